#pragma once

#include "app/options.h"

namespace punnet {

/// The options that say how a model is trained and whether it is kept, the same wherever one is
/// trained.
inline void declare_recipe_options(Options& options, bool& no_promote, bool& dry_run) {
  options.setting("--recipe", "training.recipe");
  options.setting("--rank", "training.rank");
  options.setting("--max-iter", "training.max_iter");
  options.setting("--reg-param", "training.reg_param");
  options.setting("--alpha", "training.alpha");
  options.switch_setting("--implicit-prefs", "training.implicit_prefs");
  options.setting("--solver", "training.solver");
  options.switch_setting("--nonnegative", "training.nonnegative");
  options.setting("--seed", "training.seed");
  options.switch_setting("--validation", "training.validation");
  options.setting("--gate", "training.gate");
  options.setting("--engine", "training.engine");
  options.setting("--master", "training.spark_master");
  options.setting("--spark-submit", "training.spark_submit");
  options.setting("--spark-arguments", "training.spark_arguments");
  options.flag("--no-promote", no_promote, "Publish the model, but do not serve it yet.");
  options.flag("--dry-run", dry_run, "Train and measure, but keep nothing.");
}

}  // namespace punnet
