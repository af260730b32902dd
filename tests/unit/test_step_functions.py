from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from cqrs.aws.clients import Clients
from cqrs.aws.step_functions import Heartbeat, StepFunctionsService, execution_arn
from cqrs.core.execution_names import execution_name
from cqrs.errors import ConfigurationError, TransientError, ValidationError

MACHINE = "arn:aws:states:ap-northeast-1:123456789012:stateMachine:test-cqrs-command-handler"
RUN = execution_arn(MACHINE, "run-1")


@pytest.fixture
def real_clients(clients):  # noqa: ARG001 - moto answers, and nothing is recorded
    return Clients(boto3.Session(region_name="ap-northeast-1"))


@pytest.fixture
def service(real_clients):
    return StepFunctionsService(real_clients)


@pytest.fixture
def aws(real_clients, monkeypatch):
    """Answers that moto does not give; whatever is asked must be expected, and is asked once."""
    monkeypatch.setattr("cqrs.aws.clients.SENDS", 1)
    with Stubber(real_clients.step_functions) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def machine(real_clients):
    made = real_clients.step_functions.create_state_machine(
        name="test-cqrs-command-handler",
        definition='{"StartAt": "done", "States": {"done": {"Type": "Succeed"}}}',
        roleArn="arn:aws:iam::123456789012:role/states",
    )
    return made["stateMachineArn"]


def executions(real_clients, machine):
    answer = real_clients.step_functions.list_executions(stateMachineArn=machine)
    return [execution["name"] for execution in answer["executions"]]


def test_an_execution_is_started_once_under_its_name(service, real_clients, machine):
    assert service.start(machine, "run-1", {"n": 1, "名": "空"}) is True
    assert service.start(machine, "run-1", {"n": 2}) is False

    assert executions(real_clients, machine) == ["run-1"]
    described = real_clients.step_functions.describe_execution(
        executionArn=execution_arn(machine, "run-1")
    )
    assert json.loads(described["input"]) == {"n": 1, "名": "空"}


@pytest.mark.parametrize("label", ["AIRPORT#JFK-v1", "空港", 'a b<>{}[]?*"#%\\^|~`$&,;:/' * 9, ""])
def test_names_made_of_keys_are_taken(service, real_clients, machine, label):
    name = execution_name(label, "identity")

    assert service.start(machine, name, {}) is True
    assert executions(real_clients, machine) == [name]


def test_the_status_of_an_execution_is_told_and_none_where_there_is_none(service, machine):
    service.start(machine, "run-1", {})

    assert service.status(execution_arn(machine, "run-1")) == "RUNNING"
    assert service.status(execution_arn(machine, "run-2")) is None


def test_an_execution_is_described(service, machine):
    service.start(machine, "run-1", {"n": 1})
    arn = execution_arn(machine, "run-1")

    found = service.describe(arn)

    assert (found.arn, found.name, found.status) == (arn, "run-1", "RUNNING")
    assert (found.input, found.output) == ({"n": 1}, None)
    assert (found.error, found.cause, found.stopped) == (None, None, None)
    assert found.is_running
    assert abs(datetime.now(UTC) - found.started) < timedelta(minutes=1)
    assert service.describe(execution_arn(machine, "run-2")) is None


@pytest.mark.parametrize("text", ["[" * 5000 + "]" * 5000, f'{{"a": {"9" * 5000}}}'])
def test_an_input_that_python_does_not_read_is_told_as_text(service, aws, text):
    aws.add_response("describe_execution", {
        "executionArn": RUN, "stateMachineArn": MACHINE, "name": "run-1", "status": "FAILED",
        "startDate": datetime.now(UTC), "input": text, "output": text, "error": "Gone",
    }, {"executionArn": RUN})  # fmt: skip

    found = service.describe(RUN)

    assert (found.input, found.output, found.error) == (text, text, "Gone")


def test_an_execution_is_stopped(service, machine):
    service.start(machine, "run-1", {})
    arn = execution_arn(machine, "run-1")

    assert service.stop(arn, "Withdrawn", "no longer wanted") is True
    assert service.stop(execution_arn(machine, "run-2"), "Withdrawn", "") is False

    found = service.describe(arn)
    assert (found.status, found.is_running) == ("ABORTED", False)
    assert found.stopped >= found.started


def test_why_an_execution_is_stopped_is_cut_to_what_step_functions_takes(service, aws):
    aws.add_response(
        "stop_execution",
        {"stopDate": datetime.now(UTC)},
        {"executionArn": RUN, "error": "E" * 256, "cause": "C" * 32_768},
    )

    assert service.stop(RUN, "E" * 300, "C" * 40_000) is True


def succeeded(second: int, output: str) -> dict:
    return {
        "timestamp": datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC),
        "type": "TaskSucceeded",
        "id": second,
        "taskSucceededEventDetails": {
            "resourceType": "lambda",
            "resource": "invoke",
            "output": output,
        },
    }


def test_outputs_of_tasks_come_newest_first_over_all_pages(service, aws):
    request = {
        "executionArn": RUN,
        "reverseOrder": True,
        "includeExecutionData": True,
        "maxResults": 1000,
    }
    exited = {**succeeded(8, ""), "type": "TaskStateExited"}
    del exited["taskSucceededEventDetails"]
    first = {"events": [succeeded(9, "9"), exited], "nextToken": "more"}
    second = {"events": [succeeded(7, '{"n": 7}'), succeeded(5, "5"), succeeded(4, "4")]}
    aws.add_response("get_execution_history", first, request)
    aws.add_response("get_execution_history", second, {**request, "nextToken": "more"})

    outputs = service.task_outputs(RUN, datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC))

    assert list(outputs) == [9, {"n": 7}, 5]


def test_an_execution_that_does_not_exist_has_no_outputs(service, aws):
    aws.add_client_error("get_execution_history", "ExecutionDoesNotExist")

    assert list(service.task_outputs(RUN, datetime.now(UTC))) == []


@pytest.mark.parametrize(
    ("operation", "call"),
    [
        ("describe_execution", lambda service: service.describe(RUN)),
        ("stop_execution", lambda service: service.stop(RUN, "e", "c")),
        (
            "get_execution_history",
            lambda service: list(service.task_outputs(RUN, datetime.now(UTC))),
        ),
    ],
)
def test_what_aws_says_of_an_execution_is_kept_as_the_cause(service, aws, operation, call):
    aws.add_client_error(operation, "InvalidArn", "no such form")
    aws.add_client_error(operation, "ThrottlingException", "later", http_status_code=400)

    with pytest.raises(ConfigurationError, match="no such form") as wrong:
        call(service)
    with pytest.raises(TransientError, match="later") as later:
        call(service)
    assert isinstance(wrong.value.__cause__, ClientError)
    assert isinstance(later.value.__cause__, ClientError)


def test_a_state_machine_that_does_not_exist_is_a_question_of_deployment(service):
    with pytest.raises(ConfigurationError, match="is this environment deployed"):
        service.start(MACHINE, "run-1", {})


@pytest.mark.parametrize("code", ["InvalidName", "InvalidExecutionInput", "ValidationException"])
def test_a_request_that_is_refused_for_its_form_is_told(service, aws, code):
    aws.add_client_error("start_execution", code, "not acceptable")

    with pytest.raises(ValidationError, match="not acceptable"):
        service.start(MACHINE, "run-1", {})


@pytest.mark.parametrize("value", [object(), {"at": {1, 2}}, [b"x"], float("nan")])
def test_an_input_or_output_that_is_not_json_is_refused_before_any_request(service, aws, value):  # noqa: ARG001
    with pytest.raises(ValidationError, match=r"^execution input"):
        service.start(MACHINE, "run-1", value)
    with pytest.raises(ValidationError, match=r"^output"):
        service.send_task_success("token", value)


@pytest.mark.parametrize(
    "name",
    ["", "a" * 81, "run 1", "run\n1", "a/b", "a:b", "a#b", "a\x85", "a\ufffe", "a\ud800", None, 5],
)
def test_a_name_that_no_execution_can_have_is_refused_before_any_request(service, aws, name):  # noqa: ARG001
    with pytest.raises(ValidationError, match=r"is not one of an execution\. It must be 1 to 80"):
        service.start(MACHINE, name, {})


@pytest.mark.parametrize("name", ["a" * 80, "空港.v-1_@'()!=+", "\ufffd"])
def test_any_other_name_is_asked_for(service, aws, name):
    expected = {"stateMachineArn": MACHINE, "name": name, "input": "{}"}
    started = {"executionArn": RUN, "startDate": datetime.now(UTC)}
    aws.add_response("start_execution", started, expected)

    assert service.start(MACHINE, name, {}) is True


def test_an_input_or_output_that_is_too_large_is_refused_before_any_request(service, aws):  # noqa: ARG001
    large = {"n": 1, "photo": "x" * 262_144}

    with pytest.raises(ValidationError, match=r"execution input takes 262,1.*input\.photo;"):
        service.start(MACHINE, "run-1", large)
    with pytest.raises(ValidationError, match=r"output takes 262,.*Functions takes 262,144\."):
        service.send_task_success("token", large)


def test_an_input_that_just_fits_is_sent(service, aws):
    text = "x" * (262_144 - 2)
    expected = {"stateMachineArn": MACHINE, "name": "run-1", "input": f'"{text}"'}
    started = {"executionArn": RUN, "startDate": datetime.now(UTC)}
    aws.add_response("start_execution", started, expected)

    assert service.start(MACHINE, "run-1", text) is True
    with pytest.raises(ValidationError, match="execution input takes 262,145 bytes"):
        service.start(MACHINE, "run-2", text + "x")


def test_what_takes_several_bytes_a_character_is_sent_as_it_is_counted(service, aws):
    text = "東" * 87_000
    expected = {"stateMachineArn": MACHINE, "name": "run-1", "input": f'"{text}"'}
    started = {"executionArn": RUN, "startDate": datetime.now(UTC)}
    aws.add_response("start_execution", started, expected)

    assert service.start(MACHINE, "run-1", text) is True
    with pytest.raises(ValidationError, match="execution input takes 264,002 bytes"):
        service.start(MACHINE, "run-2", "東" * 88_000)


def test_an_end_needs_no_error_and_no_cause(service, aws):
    aws.add_response("stop_execution", {"stopDate": datetime.now(UTC)}, {"executionArn": RUN})
    aws.add_response("send_task_failure", {}, {"taskToken": "token"})
    aws.add_response("send_task_failure", {}, {"taskToken": "token", "error": "Withdrawn"})

    assert service.stop(RUN, None, None) is True
    assert service.send_task_failure("token", None, None) is True
    assert service.send_task_failure("token", "Withdrawn") is True


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 400),
        ("ExecutionLimitExceeded", 400),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
    ],
)
def test_throttling_and_outages_are_transient(service, aws, code, status):
    for operation in ("start_execution", "send_task_success", "send_task_failure"):
        aws.add_client_error(operation, code, "later", http_status_code=status)

    with pytest.raises(TransientError, match=f"start_execution.*{code}"):
        service.start(MACHINE, "run-1", {})
    with pytest.raises(TransientError):
        service.send_task_success("token", {})
    with pytest.raises(TransientError):
        service.send_task_failure("token", "error", "cause")


def test_a_callback_is_answered_in_the_shape_that_states_read(service, aws):
    output = json.dumps({"Payload": [[{"approved": True}]]})
    aws.add_response("send_task_success", {}, {"taskToken": "token", "output": output})

    assert service.send_task_success("token", {"approved": True}) is True


def test_errors_and_causes_are_cut_to_what_step_functions_takes(service, aws):
    aws.add_response(
        "send_task_failure",
        {},
        {"taskToken": "token", "error": "E" * 256, "cause": "C" * 32_768},
    )

    assert service.send_task_failure("token", "E" * 300, "C" * 40_000) is True


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_token_that_is_gone_counts_as_answered(service, aws, code):
    for operation in ("send_task_success", "send_task_failure", "send_task_heartbeat"):
        aws.add_client_error(operation, code)

    assert service.send_task_success("token", {}) is False
    assert service.send_task_failure("token", "error", "cause") is False
    told = Heartbeat.UNKNOWN if code == "InvalidToken" else Heartbeat.GONE
    assert service.send_task_heartbeat("token") is told


def test_a_heartbeat_of_a_task_that_waits_is_true(service, aws):
    aws.add_response("send_task_heartbeat", {}, {"taskToken": "token"})

    assert service.send_task_heartbeat("token") is Heartbeat.TAKEN


def test_a_refused_permission_stays_what_it_is(service, aws):
    aws.add_client_error("send_task_success", "AccessDeniedException", "not authorized")

    with pytest.raises(ClientError, match="not authorized"):
        service.send_task_success("token", {})
