#include "app/run.h"

int main(int argc, char** argv) { return punnet::run(argc, argv); }
