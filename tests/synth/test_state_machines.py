"""Definitions of the state machines."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from statelint.linter import Linter

from app import application
from cqrs.commands.express_workflow import ExpressCommandWorkflow
from cqrs.commands.workflow import CommandWorkflow
from cqrs.errors import PERMANENT_ERRORS, TRANSIENT_ERRORS, PermanentError, TransientError
from cqrs.imports.workflow import ImportWorkflow
from cqrs.resources import StateMachine
from cqrs.tasks.limits import MAX_SUB_TASKS
from cqrs.tasks.workflow import TaskWorkflow
from stacks.asl import DefinitionError, Invocation
from stacks.asl.invocation import ANSWER_FIELDS
from stacks.declarations.workflows import custom_workflows
from stacks.environment.model import Environment
from stacks.state_machines.definitions import definitions
from stacks.state_machines.import_csv import import_csv_definition
from tests.synth.definitions import leads_nowhere, tasks
from tests.synth.serving import PREFIX, is_taken, problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.synth.conftest import Synthesis

Node = dict[str, Any]

WORKFLOWS = {
    StateMachine.COMMAND: CommandWorkflow,
    StateMachine.EXPRESS_COMMAND: ExpressCommandWorkflow,
    StateMachine.TASK: TaskWorkflow,
    StateMachine.IMPORT_CSV: ImportWorkflow,
    **application.custom_workflows,
}

MACHINES = (*StateMachine, *custom_workflows())

FUNCTION = "arn:aws:lambda:ap-northeast-1:000000000000:function:f"


AWS_FIELDS = {
    f'Field "{field}" not allowed in State Machine.States.import-csv{place}'
    for field, place in [
        ("Label", ""),
        ("InputType", ".ItemReader.ReaderConfig"),
        ("CSVHeaderLocation", ".ItemReader.ReaderConfig"),
    ]
}
"""Fields that AWS has and the language's specification, which statelint follows, has not."""

CONTEXT = {
    "Execution.$": "$$.Execution",
    "State.$": "$$.State",
    "StateMachine.$": "$$.StateMachine",
}
ITEM_CONTEXT = {
    "Execution": {
        "Id.$": "$$.Execution.Id",
        "Name.$": "$$.Execution.Name",
        "StartTime.$": "$$.Execution.StartTime",
    },
    "State.$": "$$.State",
    "StateMachine.$": "$$.StateMachine",
}
OF_ITEMS = {"iterator", "fail_sub_task", "csv_rows_handler"}
"""States that run once for each item of a large input, and do without the rest of it."""


def definition(synthesis: Synthesis, machine: str) -> Node:
    """Definition of a machine, which an environment that does not list it might deploy, too."""
    environment = synthesis.environment
    deployed = synthesis.definitions()
    if environment.state_machine(machine) in deployed:
        found: Node = deployed[environment.state_machine(machine)]
        return found
    invoke = Invocation(environment.function_arn(), environment.function.timeout_seconds)
    try:
        return custom_workflows()[machine](invoke)
    except DefinitionError as error:
        pytest.fail(str(error), pytrace=False)


def differences(left: Any, right: Any, path: str = "$") -> Iterator[str]:
    """Paths at which two documents differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted({*left, *right}):
            yield from differences(left.get(key), right.get(key), f"{path}.{key}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, pair in enumerate(zip(left, right, strict=True)):
            yield from differences(*pair, f"{path}[{index}]")
    elif left != right:
        yield path


@pytest.mark.parametrize("machine", MACHINES)
def test_definition_passes_statelint(synthesis: Synthesis, machine: str) -> None:
    found = definition(synthesis, machine)
    faults = [*leads_nowhere(found)] or set(Linter.validate(found)) - AWS_FIELDS

    if faults:
        pytest.fail(f"State machine {machine}: {' '.join(sorted(faults))}", pytrace=False)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_task_state_has_a_method_and_every_method_a_state(
    synthesis: Synthesis, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = {name for name, _ in tasks(definition(synthesis, machine))}

    assert called
    if machine not in WORKFLOWS:
        # A factory may ask the settings for the beginning of its machine's name.
        settings = replace(synthesis.environment.settings(), resource_prefix=PREFIX)
        for name, value in settings.to_environment().items():
            monkeypatch.setenv(name, value)
        if not is_taken(application, machine, called):
            pytest.fail(
                f"State machine {machine} has no class: decorate one in lambda_src/app with "
                f'@application.workflow("{machine}"). Or let an event factory and a handler take '
                'its calls (docs/event-sources.md, "Step Functions").',
                pytrace=False,
            )
        return
    found = " ".join(problems(WORKFLOWS[machine], called))
    if found:
        pytest.fail(f"State machine {machine} and its class do not match. {found}", pytrace=False)


def test_every_workflow_class_has_a_state_machine() -> None:
    defined = ", ".join(sorted(MACHINES))
    for machine in sorted({*WORKFLOWS} - {*MACHINES}):
        pytest.fail(
            f"{WORKFLOWS[machine].__name__} serves {machine!r}, which no module of "
            f"stacks/app defines; defined are {defined}.",
            pytrace=False,
        )


@pytest.mark.parametrize("machine", MACHINES)
def test_every_task_is_called_alike(synthesis: Synthesis, machine: str) -> None:
    for name, state in tasks(definition(synthesis, machine)):
        payload = state["Parameters"]["Payload"]
        assert payload["source"] == "step-function", name
        assert payload["context"] == (ITEM_CONTEXT if name in OF_ITEMS else CONTEXT), name
        # With ResultPath the answer is dropped, and the output is the input.
        kept = {"ResultPath": None} if "ResultPath" in state else {"OutputPath": "$.Payload[0][0]"}
        assert {field: state[field] for field in ANSWER_FIELDS & state.keys()} == kept, name
        assert state["TimeoutSeconds"] > 0, name
        waits = state["Resource"].endswith(".waitForTaskToken")
        assert ("taskToken.$" in payload) == waits, name


def retriers_of(synthesis: Synthesis, error: str) -> list[set[str]]:
    """The errors of all retriers that name one."""
    found = (task for one in synthesis.definitions().values() for _, task in tasks(one))
    named = (set(retrier["ErrorEquals"]) for task in found for retrier in task.get("Retry", ()))
    return [errors for errors in named if error in errors]


def test_an_emulators_throttling_has_the_retries_of_throttling(local: Synthesis) -> None:
    throttled = retriers_of(local, "Lambda.TooManyRequestsException")

    assert throttled
    assert retriers_of(local, "Lambda.Unknown") == throttled


def test_in_an_account_a_crash_has_not_the_retries_of_throttling(prod: Synthesis) -> None:
    crashed = retriers_of(prod, "Lambda.Unknown")

    assert crashed
    assert all("Lambda.TooManyRequestsException" not in errors for errors in crashed)


def called(synthesis: Synthesis) -> set[str]:
    """The functions that the machines of an environment call."""
    found = (task for one in synthesis.definitions().values() for _, task in tasks(one))
    return {task["Parameters"]["FunctionName"] for task in found}


def test_executions_in_an_account_keep_to_the_version_that_they_began_with(
    prod: Synthesis,
) -> None:
    ((name, function),) = prod.resources("aws_lambda_function").items()
    version = f"${{aws_lambda_function.{name}.qualified_arn}}"

    assert function["publish"] is True
    assert called(prod) == {version}


def test_an_environment_may_run_what_was_deployed_last(local: Synthesis) -> None:
    (function,) = local.resources("aws_lambda_function").values()

    assert function.get("publish", False) is False
    assert called(local) == {"arn:aws:lambda:ap-northeast-1:000000000000:function:local-cqrs-main"}


def test_events_are_handled_by_the_code_that_was_deployed_last(prod: Synthesis) -> None:
    (name,) = prod.resources("aws_lambda_function")
    latest = f"${{aws_lambda_function.{name}.arn}}"
    mappings = prod.resources("aws_lambda_event_source_mapping").values()
    targets = prod.resources("aws_cloudwatch_event_target").values()

    assert {mapping["function_name"] for mapping in mappings} == {latest}
    assert {target["arn"] for target in targets} == {latest}


def test_machines_may_call_every_version(synthesis: Synthesis) -> None:
    function = synthesis.environment.function_arn()
    policies = synthesis.resources("aws_iam_role_policy").values()
    calls = [
        statement["Resource"]
        for policy in policies
        for statement in json.loads(policy["policy"])["Statement"]
        if policy["//"]["metadata"]["path"].split("/")[1] in synthesis.environment.state_machines
        and "lambda:InvokeFunction" in statement["Action"]
    ]

    assert len(calls) == len(synthesis.environment.state_machines)
    for resources in calls:
        assert set(resources) == {function, f"{function}:*"}


def test_command_workflow_runs_as_the_guide_has_it(prod: Synthesis) -> None:
    found = definition(prod, StateMachine.COMMAND)

    assert found["StartAt"] == "check_version"
    assert found["TimeoutSeconds"] == 86_400
    assert {name: state["Next"] for name, state in found["States"].items() if "Next" in state} == {
        "check_version": "check_version_result",
        "wait_prev_command": "set_ttl_command",
        "set_ttl_command": "history_copy",
        "history_copy": "transform_data",
        "transform_data": "sync_data_all",
        "sync_data_all": "finish",
        "finish": "success",
        "fail_command": "fail",
    }
    result = found["States"]["check_version_result"]
    assert {c["NumericEquals"]: c["Next"] for c in result["Choices"]} == {
        0: "set_ttl_command",
        2: "history_copy",
        3: "transform_data",
        4: "success",
        1: "wait_prev_command",
        -1: "fail",
    }
    assert result["Default"] == "wait_prev_command"
    assert found["States"]["sync_data_all"]["MaxConcurrency"] == 0
    assert found["States"]["fail"] == {
        "Type": "Fail",
        "ErrorPath": "$.error",
        "CausePath": "$.cause",
    }


def test_any_error_of_a_command_marks_it_failed(prod: Synthesis) -> None:
    found = definition(prod, StateMachine.COMMAND)["States"]
    fallible = {name for name, state in found.items() if state["Type"] in {"Task", "Map"}}

    for name in fallible - {"fail_command"}:
        assert found[name]["Catch"][-1] == {
            "ErrorEquals": ["States.ALL"],
            "Next": "fail_command",
        }, name


def test_a_wait_that_times_out_looks_again(prod: Synthesis) -> None:
    wait = definition(prod, StateMachine.COMMAND)["States"]["wait_prev_command"]

    assert wait["TimeoutSeconds"] == 3_600
    assert wait["Catch"][0] == {
        "ErrorEquals": ["States.Timeout"],
        "Next": "check_version",
        "ResultPath": None,
    }


def test_sub_tasks_run_two_at_a_time(prod: Synthesis) -> None:
    found = definition(prod, StateMachine.TASK)

    assert found["States"]["map_state"]["MaxConcurrency"] == 2
    assert found["States"]["map_state"]["ItemsPath"] == "$"


def test_a_local_task_ends_when_the_guide_s_does(local: Synthesis) -> None:
    assert definition(local, StateMachine.TASK)["TimeoutSeconds"] == 15 * 60


@pytest.mark.parametrize("machine", StateMachine)
def test_every_machine_of_the_project_ends(synthesis: Synthesis, machine: str) -> None:
    assert definition(synthesis, machine)["TimeoutSeconds"] > 0


def test_an_import_of_millions_of_rows_is_not_ended_while_it_waits(prod: Synthesis) -> None:
    rows, slowest = 100_000_000, 100
    hours_without_aws = 6

    found = definition(prod, StateMachine.IMPORT_CSV)["TimeoutSeconds"]
    assert found > rows / slowest + hours_without_aws * 3600


def test_a_task_is_not_ended_while_its_sub_tasks_wait(prod: Synthesis) -> None:
    longest_call, at_a_time = 900, 2

    found = definition(prod, StateMachine.TASK)["TimeoutSeconds"]
    assert found > MAX_SUB_TASKS / at_a_time * longest_call


def test_a_sub_task_that_cannot_be_run_is_failed_and_stops_no_other(prod: Synthesis) -> None:
    of_sub_task = definition(prod, StateMachine.TASK)["States"]["map_state"]["ItemProcessor"]

    assert of_sub_task["StartAt"] == "iterator"
    assert of_sub_task["States"]["iterator"]["Catch"] == [
        {"ErrorEquals": ["States.ALL"], "Next": "fail_sub_task", "ResultPath": "$.error"}
    ]
    assert of_sub_task["States"]["fail_sub_task"]["End"] is True


def test_a_closure_goes_where_the_answer_leads(prod: Synthesis) -> None:
    found = definition(prod, "airport-closure")["States"]
    asking = found["request_approval"]

    assert (asking["TimeoutSeconds"], asking["HeartbeatSeconds"]) == (7 * 86_400, 86_400)
    assert asking["Parameters"]["Payload"]["timeoutSeconds"] == asking["TimeoutSeconds"]
    assert asking["Next"] == "decide"
    assert {c["Variable"]: c["Next"] for c in found["decide"]["Choices"]} == {
        "$.approved": "close_airport"
    }
    assert found["decide"]["Default"] == "record_rejection"


def test_a_wait_for_an_approval_that_is_over_has_a_branch_of_its_own(prod: Synthesis) -> None:
    asking = definition(prod, "airport-closure")["States"]["request_approval"]
    over = ["States.Timeout", "States.HeartbeatTimeout", "ApprovalExpired"]

    caught = {error: c["Next"] for c in asking["Catch"] for error in c["ErrorEquals"]}
    assert caught == {**dict.fromkeys(over, "expire"), "States.ALL": "handle_error"}
    # States.TaskFailed stands for a missed heartbeat too, so it has to be named before.
    never_again = asking["Retry"][0]
    assert never_again["MaxAttempts"] == 0
    assert {"States.HeartbeatTimeout", "ApprovalExpired"} <= set(never_again["ErrorEquals"])


def test_an_environment_says_how_long_an_approval_is_waited_for(
    synthesise: Callable[..., Synthesis],
) -> None:
    patient = synthesise("prod", "\n[approval]\ntimeout_seconds = 90\nheartbeat_seconds = 0\n")
    asking = definition(patient, "airport-closure")["States"]["request_approval"]

    assert asking["TimeoutSeconds"] == 90
    assert "HeartbeatSeconds" not in asking


def test_rows_are_imported_in_batches(prod: Synthesis) -> None:
    states_ = definition(prod, StateMachine.IMPORT_CSV)["States"]
    rows = states_["import-csv"]

    assert rows["Label"] == "import-csv"
    assert rows["MaxConcurrency"] == 50
    assert rows["ItemBatcher"]["MaxItemsPerBatch"] == 10
    # The batch goes to the function with some text around it, in 256 KB at most.
    assert 100_000 < rows["ItemBatcher"]["MaxInputBytesPerBatch"] < 240_000
    assert rows["ItemProcessor"]["ProcessorConfig"] == {
        "Mode": "DISTRIBUTED",
        "ExecutionType": "EXPRESS",
    }
    assert rows["ResultWriter"]["Parameters"]["Bucket"] == "prod-cqrs-333333333333"
    assert {rows["Next"], *(catch["Next"] for catch in rows["Catch"])} == {"finalize"}
    assert states_["finalize"]["End"] is True


def test_emulators_get_the_batch_shape_without_batching(local: Synthesis) -> None:
    rows = definition(local, StateMachine.IMPORT_CSV)["States"]["import-csv"]

    assert rows["ItemSelector"] == {
        "Items": [{"row.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"}],
        "BatchInput": {"Attributes.$": "$"},
    }
    assert rows["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] == "STANDARD"


def test_dialects_differ_in_the_rows_of_the_import_only(local: Synthesis) -> None:
    here = local.environment
    elsewhere = Environment.model_validate(
        {**here.model_dump(), "dialect": "aws", "endpoint": None}
    )
    invoke = Invocation(FUNCTION, 60)
    found = differences(
        import_csv_definition(invoke, here), import_csv_definition(invoke, elsewhere)
    )

    rows = "$.States.import-csv"
    assert set(found) == {
        f"{rows}.ItemBatcher",
        f"{rows}.ToleratedFailurePercentage",
        f"{rows}.ItemSelector.BatchInput",
        f"{rows}.ItemSelector.Items",
        f"{rows}.ItemSelector.index.$",
        f"{rows}.ItemSelector.row.$",
        f"{rows}.ItemProcessor.ProcessorConfig.ExecutionType",
        # An Express execution has five minutes for all tries.
        *(
            f"{rows}.ItemProcessor.States.csv_rows_handler.Retry[{place}].{field}"
            for place, field in [
                *product((1, 2, 3, 4), ("IntervalSeconds", "MaxDelaySeconds")),
                (1, "MaxAttempts"),
                (2, "MaxAttempts"),
            ]
        ),
    }


@pytest.mark.parametrize("machine", [StateMachine.COMMAND, StateMachine.TASK])
def test_dialects_do_not_differ_elsewhere(local: Synthesis, prod: Synthesis, machine: str) -> None:
    paths = set(differences(definition(local, machine), definition(prod, machine)))

    assert paths
    # Only the local environment has the guide's timeouts.
    wait = "$.States.wait_prev_command"
    paths -= {
        "$.TimeoutSeconds",
        f"{wait}.TimeoutSeconds",
        f"{wait}.Parameters.Payload.timeoutSeconds",
    }
    # An emulator has another name for throttling.
    renamed = ("Retry[1].ErrorEquals", "Retry[2].ErrorEquals")
    assert {path for path in paths if not path.endswith((".FunctionName", *renamed))} == set()


def test_machines_are_traced_and_logged_in_full(synthesis: Synthesis) -> None:
    machines = synthesis.resources("aws_sfn_state_machine").values()

    assert len(machines) == len(synthesis.environment.state_machines) > len(StateMachine)
    for machine in machines:
        assert machine["tracing_configuration"] == {"enabled": True}
        assert machine["logging_configuration"]["level"] == "ALL"
        assert machine["logging_configuration"]["include_execution_data"] is True


@pytest.mark.parametrize("machine", MACHINES)
def test_what_a_repeat_meets_again_is_not_repeated(synthesis: Synthesis, machine: str) -> None:
    for name, state in tasks(definition(synthesis, machine)):
        first, *_, crash, late, last = state["Retry"]
        assert first["MaxAttempts"] == 0, name
        assert {"ValidationError", "PredecessorFailed"} <= set(first["ErrorEquals"]), name
        assert "Runtime.ExitError" in crash["ErrorEquals"], name
        assert late["ErrorEquals"] == ["States.Timeout"], name
        # A crash says nothing about the work, so it is repeated more often than a failure, if there
        # is time for it.
        is_batch = name == "csv_rows_handler" and synthesis.environment.dialect == "aws"
        is_pressed = is_batch or machine == StateMachine.EXPRESS_COMMAND
        assert crash["MaxAttempts"] > last["MaxAttempts"] or is_pressed, name
        assert last["ErrorEquals"] == ["States.TaskFailed"], name
        assert last["MaxAttempts"] > 0, name


def longest_pauses(retrier: Node) -> list[float]:
    """Pauses of a retrier before jitter makes them shorter."""
    return [
        min(
            retrier["IntervalSeconds"] * retrier["BackoffRate"] ** number,
            retrier["MaxDelaySeconds"],
        )
        for number in range(retrier["MaxAttempts"])
    ]


def retrier_of(state: Node, error: str) -> Node:
    """The retrier that an error leads to, which is the first that names it."""
    found: Node = next(one for one in state["Retry"] if error in one["ErrorEquals"])
    return found


def in_standard_execution(synthesis: Synthesis, machine: str) -> Iterator[tuple[str, Node]]:
    """Task states but those that an Express execution runs."""
    if machine == StateMachine.EXPRESS_COMMAND:
        return
    for name, state in tasks(definition(synthesis, machine)):
        if name != "csv_rows_handler" or synthesis.environment.dialect != "aws":
            yield name, state


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    "error",
    [
        "Lambda.TooManyRequestsException",
        "Lambda.ServiceException",
        "Lambda.SdkClientException",
        "TransientError",
        "Throttled",
        "Contention",
        "Unreachable",
    ],
)
def test_what_time_mends_is_repeated_for_hours(
    synthesis: Synthesis, machine: str, error: str
) -> None:
    for name, state in in_standard_execution(synthesis, machine):
        pauses = longest_pauses(retrier_of(state, error))
        # Jitter makes half of each pause, as a rule.
        assert sum(pauses) / 2 > 5 * 3600, name
        # A long pause would go on when the outage is over.
        assert max(pauses) <= 300, name


@pytest.mark.parametrize("machine", MACHINES)
def test_all_that_is_repeated_comes_back_at_random_moments(
    synthesis: Synthesis, machine: str
) -> None:
    for name, state in tasks(definition(synthesis, machine)):
        repeated = [retrier for retrier in state["Retry"] if retrier["MaxAttempts"]]
        assert len(repeated) > 1, name
        assert {retrier.get("JitterStrategy") for retrier in repeated} == {"FULL"}, name
        assert all(retrier["MaxDelaySeconds"] <= 300 for retrier in repeated), name


@pytest.mark.parametrize("machine", MACHINES)
def test_a_crash_or_a_failure_is_over_within_minutes(synthesis: Synthesis, machine: str) -> None:
    for name, state in tasks(definition(synthesis, machine)):
        for error in ("Runtime.ExitError", "States.TaskFailed"):
            assert sum(longest_pauses(retrier_of(state, error))) < 300, name


@pytest.mark.parametrize("machine", MACHINES)
def test_a_late_call_is_repeated_and_a_wait_that_is_over_is_not(
    synthesis: Synthesis, machine: str
) -> None:
    for name, state in tasks(definition(synthesis, machine)):
        again = retrier_of(state, "States.Timeout")["MaxAttempts"]
        assert (again == 0) == state["Resource"].endswith(".waitForTaskToken"), name


def rows_handler_of(import_csv: Node) -> Node:
    """The state that an Express execution runs for each batch."""
    rows = import_csv["States"]["import-csv"]
    found: Node = rows["ItemProcessor"]["States"]["csv_rows_handler"]
    return found


def test_a_batch_that_lambda_throttles_gives_up_within_its_five_minutes(prod: Synthesis) -> None:
    state = rows_handler_of(definition(prod, StateMachine.IMPORT_CSV))
    pauses = longest_pauses(retrier_of(state, "Lambda.TooManyRequestsException"))

    # Most of the time is for them, and a last call has its own.
    assert 150 < sum(pauses) < 300 - state["TimeoutSeconds"]


@pytest.mark.parametrize("timeout", [20, 30, 45, 60, 120, 200, 900])
def test_a_batch_that_crashes_each_time_fails_within_its_five_minutes(
    prod: Synthesis, timeout: int
) -> None:
    found = import_csv_definition(Invocation(FUNCTION, timeout), prod.environment)
    state = rows_handler_of(found)
    crash = retrier_of(state, "Sandbox.Timedout")
    calls = crash["MaxAttempts"] + 1

    assert calls * state["TimeoutSeconds"] + sum(longest_pauses(crash)) < 300
    assert calls >= 1
    # One more would not fit, or there are as many as elsewhere.
    once_more = (calls + 1) * state["TimeoutSeconds"] + sum(longest_pauses(crash))
    assert once_more > 270 or crash["MaxAttempts"] == 6


def runtime_errors(base: type) -> set[type]:
    """The runtime's errors below one; Retry matches names exactly, and knows no base classes."""

    def below(error: type) -> set[type]:
        return {found for child in error.__subclasses__() for found in {child, *below(child)}}

    others = ("cqrs.erasure", "cqrs.exports")  # which the function's package lacks
    return {
        error
        for error in below(base)
        if error.__module__.startswith("cqrs.") and not error.__module__.startswith(others)
    }


def test_every_permanent_error_is_known_to_retry() -> None:
    assert runtime_errors(PermanentError) == set(PERMANENT_ERRORS)


def test_every_transient_error_is_known_to_retry() -> None:
    assert runtime_errors(TransientError) | {TransientError} == set(TRANSIENT_ERRORS)


def test_an_environment_may_keep_data_out_of_its_logs(synthesise: Callable[..., Synthesis]) -> None:
    stg = synthesise("stg", "\n[logs]\nstate_machine_execution_data = false\n")
    machines = stg.resources("aws_sfn_state_machine").values()

    assert {m["logging_configuration"]["include_execution_data"] for m in machines} == {False}
    assert {m["logging_configuration"]["level"] for m in machines} == {"ALL"}


def test_the_machines_that_are_compared_on_emulators_are_the_deployed_ones(
    local: Synthesis,
) -> None:
    environment = local.environment
    machines = definitions(environment, environment.function_arn())

    assert local.definitions() == {environment.qualified(name): machines[name] for name in machines}
