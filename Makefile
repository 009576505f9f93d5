# The front door. `make` alone explains the targets; the work is in CMakePresets.json and tools/.

PREFIX ?= /usr/local
JOBS ?= 2
MINUTES ?= 60

.DEFAULT_GOAL := help
.PHONY: help build demo demo-cluster test torture check lint asan tsan fuzz bench bench-full bench-cluster install clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

build: ## the release binary, build/release/punnet
	@tools/setup
	@cmake --preset release >/dev/null
	@cmake --build --preset release --parallel $(JOBS) --target punnet

demo: build ## the whole story on real grocery data, everything under build/demo/
	@tools/demo

demo-cluster: build ## the same story on a real Kafka, Cassandra and HDFS, everything under build/demo-cluster/
	@tools/setup --tests
	@tools/demo --cluster

test: ## every test: the release build by ctest, then the binary by pytest
	@tools/setup --tests
	@tools/test release
	@tools/test e2e
	@tools/test durability

torture: build ## an hour of trials to break what docs/reliability.md promises; MINUTES=600 for a night
	@tools/setup --tests
	@tools/torture --minutes $(MINUTES)

check: ## the fast loop: unit and contract tests of the dev build
	@tools/setup
	@tools/test dev

lint: ## clang-format, clang-tidy, rustfmt, clippy, headers that compile alone, who includes whom
	@tools/setup --lint
	@tools/lint

asan: ## unit and contract tests under the address and undefined behaviour sanitizers
	@tools/setup
	@tools/test asan

tsan: ## unit and contract tests under the thread sanitizer
	@tools/setup
	@tools/test tsan

fuzz: ## made-up bytes for every parser of foreign bytes, some three minutes
	@tools/setup --tests
	@tools/fuzz

bench: ## the figures of docs/performance.md, against peers too; at most 20 minutes
	@tools/setup --tests
	@tools/bench

bench-full: ## the same with more pairs and larger data, some hours
	@tools/setup --tests
	@tools/bench --full

bench-cluster: ## the stream on a real Kafka, Cassandra and HDFS, and the original's job in Spark beside it
	@tools/setup --tests
	@tools/bench --cluster

install: build ## the release build under PREFIX (/usr/local)
	@cmake --install build/release --prefix $(PREFIX)

clean: ## remove build/; the virtual environments stay
	rm -rf build
