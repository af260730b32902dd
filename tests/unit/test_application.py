from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest

from cqrs.application import Application
from cqrs.aws.step_functions import StepFunctionsContext
from cqrs.errors import (
    ConfigurationError,
    HandlerLeft,
    UnsupportedEventError,
    ValidationError,
)
from cqrs.events.factory import EventFactory
from cqrs.events.types import (
    IGNORED,
    DirectEvent,
    EventBridgeEvent,
    S3Event,
    SnsEvent,
    SqsEvent,
    StepFunctionsEvent,
)
from cqrs.states import CheckResult
from tests.unit import sample_events as samples

MACHINE = "test-cqrs-custom-workflow"


@pytest.fixture
def application(settings, clients):
    return Application(settings, clients)


@dataclass(frozen=True)
class CustomWorkflowEvent:
    """An event of an application's own, as in the guide's step 2."""

    context: StepFunctionsContext
    input: Any


class CustomWorkflowHandler:
    """One method for each state, as in the guide's step 3."""

    def execute(self, event: CustomWorkflowEvent) -> dict[str, Any]:
        return getattr(self, event.context.state.name)(event)

    def initialize(self, event: CustomWorkflowEvent) -> dict[str, Any]:
        return {"status": "initialized", "data": event.input}

    def process(self, _event: CustomWorkflowEvent) -> dict[str, Any]:
        return {"status": "processed"}


class CustomEventFactory(EventFactory):
    """Reads the calls of one machine and leaves the others, as in the guide's step 4."""

    def transform_step_function(self, event: StepFunctionsEvent) -> list[Any]:
        if "custom-workflow" in event.context.state_machine.name:
            return [CustomWorkflowEvent(event.context, event.input)]
        return []


# Registration


@pytest.mark.parametrize(
    ("decorator", "form"),
    [
        ("sync_handler", "@application.sync_handler(<name>)"),
        ("task", "@application.task(<type of task>)"),
        ("on_notification", "@application.on_notification(<action>)"),
        ("import_strategy", "@application.import_strategy(<target>)"),
        ("workflow", "@application.workflow(<name of the state machine>)"),
        ("action", "@application.action(<name>)"),
    ],
)
def test_a_decorator_without_its_name_is_refused_with_the_right_form(application, decorator, form):
    decorate = getattr(application, decorator)

    with pytest.raises(ConfigurationError, match="stands above CustomWorkflowHandler without its"):
        decorate(CustomWorkflowHandler)
    with pytest.raises(ConfigurationError) as refused:

        @decorate
        def greet(_anything: Any) -> None:
            pass

    assert f"stands above greet without its {form.partition('<')[2][:-2]}" in str(refused.value)
    assert f"write {form}, with the parentheses" in str(refused.value)
    with pytest.raises(ConfigurationError, match="was given None for its"):
        decorate(None)


def test_an_event_handler_without_its_event_type_is_refused(application):
    with pytest.raises(ConfigurationError, match="stands above greet without its event type"):

        @application.event_handler
        def greet(_event: Any) -> None:
            pass

    with pytest.raises(ConfigurationError, match="was given 'orders' for its event type"):
        application.event_handler("orders")


# Workflows of an application's own


def test_an_event_handler_class_without_its_event_type_is_refused(application):
    """A class is what the decorator takes, but not one that handles."""
    with pytest.raises(ConfigurationError, match="stands above CustomWorkflowHandler without its"):
        application.event_handler(CustomWorkflowHandler)


def test_an_event_handler_class_serves_the_states_of_a_custom_workflow(application):
    application.event_factory(CustomEventFactory)
    application.event_handler(CustomWorkflowEvent)(CustomWorkflowHandler)

    first = application.handle(samples.state_payload(MACHINE, "initialize"))
    second = application.handle(samples.state_payload(MACHINE, "process"))

    assert first == [[{"status": "initialized", "data": {"some": "input"}}]]
    assert second == [[{"status": "processed"}]]


def test_calls_that_a_factory_leaves_go_to_the_built_in_workflows(application):
    application.event_factory(CustomEventFactory)
    key = application.commands.publish("AIRPORT#acme", "AIRPORT#JFK", version=0).key

    answer = application.handle(samples.state_payload(state="check_version"))

    assert answer == [[{**key.to_mapping(), "result": CheckResult.APPLY.value}]]


def test_an_application_starts_executions_of_its_workflow(application, step_functions):
    arn = "arn:aws:states:ap-northeast-1:123456789012:stateMachine:test-cqrs-custom-workflow"

    assert application.step_functions.start(arn, "workflow-1", {"requestId": "r1"}) is True
    assert step_functions.started == {"workflow-1": {"requestId": "r1"}}


def test_a_workflow_class_has_a_method_for_each_state(application):
    made = []

    @application.workflow("custom-workflow")
    class Custom:
        def __init__(self) -> None:
            made.append(self)

        def initialize(self, event: StepFunctionsEvent) -> Any:
            return event.input

        def wait(self, event: StepFunctionsEvent) -> Any:
            return {"token": event.task_token}

    call = samples.state_payload
    assert application.handle(call(MACHINE, "initialize")) == [[{"some": "input"}]]
    assert application.handle(call(MACHINE, "wait", taskToken="t")) == [[{"token": "t"}]]
    # A child of a Distributed Map is called <machine>/<label>.
    assert application.handle(call(f"{MACHINE}/rows", "initialize")) == [[{"some": "input"}]]
    assert len(made) == 1


def answering(application: Application, output: Any) -> None:
    """Let the state `fetch` answer with an output."""

    @application.workflow("custom-workflow")
    class Custom:
        def fetch(self, _event: StepFunctionsEvent) -> Any:
            return output


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        (object(), f"output of {MACHINE}.fetch is a object; use what JSON knows"),
        ({"rows": [{"at": {1}}]}, f"output of {MACHINE}.fetch.rows[0].at is a set;"),
        ({"share": float("nan")}, f"output of {MACHINE}.fetch.share is nan"),
        ({1: "x"}, f"output of {MACHINE}.fetch has the key 1; the keys of an object are text"),
    ],
)
def test_an_output_that_is_not_json_is_refused_with_its_place(application, output, complaint):
    answering(application, output)

    with pytest.raises(ValidationError) as refused:
        application.handle(samples.state_payload(MACHINE, "fetch"))

    assert complaint in str(refused.value)


def test_an_output_that_would_end_the_execution_is_refused_with_its_heaviest_part(application):
    rows = [{"name": "x", "photo": "東" * 90_000}, {"name": "y", "photo": ""}]
    answering(application, {"status": "fetched", "page": {"rows": rows}})

    with pytest.raises(ValidationError) as refused:
        application.handle(samples.state_payload(MACHINE, "fetch"))

    assert "takes 270,101 bytes" in str(refused.value)
    assert f"most of them in output of {MACHINE}.fetch.page.rows[0].photo;" in str(refused.value)
    assert "in a table or in the bucket, and pass its key" in str(refused.value)


@pytest.mark.parametrize("output", [{"share": 1e-200}, {"count": 10**40}])
def test_an_output_may_hold_numbers_that_dynamodb_does_not_keep(application, output):
    answering(application, output)

    assert application.handle(samples.state_payload(MACHINE, "fetch")) == [[output]]


@pytest.mark.parametrize("output", ["東" * 85_000, ["x" * 1000] * 250, None])
def test_an_output_that_leaves_room_for_the_headers_of_the_invocation_is_answered(
    application, output
):
    answering(application, output)

    assert application.handle(samples.state_payload(MACHINE, "fetch")) == [[output]]


def test_an_output_that_leaves_no_room_for_the_headers_of_the_invocation_is_refused(application):
    answering(application, ["x" * 1000] * 260)

    with pytest.raises(ValidationError, match=rf"most of them in output of {MACHINE}.fetch;"):
        application.handle(samples.state_payload(MACHINE, "fetch"))


@pytest.mark.parametrize("state", ["unknown", "_private", "__init__", "prefix"])
def test_a_state_without_a_public_method_is_refused(application, state):
    @application.workflow("custom-workflow")
    class Custom:
        prefix = "not a method"

        def _private(self, event: StepFunctionsEvent) -> Any:
            return event

    with pytest.raises(UnsupportedEventError, match=f"Custom has no method '{state}'"):
        application.handle(samples.state_payload(MACHINE, state))


def test_a_machine_that_nobody_serves_is_refused_with_those_that_are_served(application):
    with pytest.raises(
        UnsupportedEventError, match=r"'other'; bind a class .*Known are command-handler"
    ):
        application.handle(samples.state_payload("test-cqrs-other"))


@pytest.mark.parametrize("machine", ["custom-workflow", "command-handler"])
def test_a_machine_is_served_by_one_class(application, machine):
    application.workflow("custom-workflow")(type("Custom", (), {}))

    with pytest.raises(ConfigurationError, match=f"'{machine}' has two workflow classes"):
        application.workflow(machine)(type("Custom", (), {}))


# Factories and handlers


@pytest.mark.parametrize(
    ("event_type", "event", "answer"),
    [
        (SqsEvent, samples.sqs_event("{}"), {"batchItemFailures": []}),
        (SnsEvent, samples.SNS, None),
        (S3Event, samples.S3, None),
        (EventBridgeEvent, samples.EVENT_BRIDGE, None),
    ],
)
def test_a_handler_takes_the_events_of_a_source(application, event_type, event, answer):
    seen = []
    application.event_handler(event_type)(seen.append)

    assert application.handle(event) == answer
    assert [type(entry) for entry in seen] == [event_type]


def test_each_message_of_a_batch_is_acknowledged_on_its_own(application):
    @application.event_handler(SqsEvent)
    def handle(event: SqsEvent) -> None:
        if event.body == "bad luck":
            raise TimeoutError

    answer = application.handle(samples.sqs_event("a", "bad luck", "b"))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}


ENDS_OF_A_PROCESS = [
    SystemExit(3),
    GeneratorExit("done"),
    asyncio.CancelledError("halt"),
    BaseExceptionGroup("two", [asyncio.CancelledError(), SystemExit()]),
]


@pytest.mark.parametrize("end", ENDS_OF_A_PROCESS, ids=lambda end: type(end).__name__)
@pytest.mark.parametrize("place", ["handler", "factory"])
def test_code_that_would_end_the_process_fails_its_own_message(application, place, end):
    def leave_on_bad_luck(body: str) -> None:
        if body == "bad luck":
            raise end

    class Factory(EventFactory):
        def transform_sqs(self, record):
            if place == "factory":
                leave_on_bad_luck(record["body"])
            return ()

    application.event_factory(Factory)

    @application.event_handler(SqsEvent)
    def handle(event: SqsEvent) -> None:
        leave_on_bad_luck(event.body)

    answer = application.handle(samples.sqs_event("a", "bad luck", "b"))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}
    with pytest.raises(HandlerLeft, match=f"^{type(end).__name__}: .* would end the process"):
        application.handle(samples.sqs_event("bad luck"))


def test_a_person_who_ends_the_process_ends_it(application):
    @application.event_handler(SqsEvent)
    def handle(_event: SqsEvent) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        application.handle(samples.sqs_event("a"))


def test_every_record_of_a_notification_is_handled(application):
    seen = []
    application.event_handler(SnsEvent)(lambda event: seen.append(event.message))

    application.handle({"Records": samples.SNS["Records"] * 2})

    assert seen == ["Hello from SNS!"] * 2


def test_the_other_records_of_a_notification_are_handled_before_the_error_of_one(application):
    seen = []

    @application.event_handler(S3Event)
    def handle(event: S3Event) -> None:
        seen.append(event.key)
        if len(seen) < 3:
            raise ValidationError(f"{len(seen)} is no good")

    with pytest.raises(ValidationError, match="1 is no good"):
        application.handle({"Records": samples.S3["Records"] * 3})

    assert len(seen) == 3


def test_what_s3_sends_to_try_a_notification_is_nothing_to_handle(application):
    assert application.handle(samples.S3_TEST) is None


@pytest.mark.parametrize(
    ("event", "answer"),
    [
        (samples.stream_event({"pk": {"S": "a"}}), {"batchItemFailures": []}),
        (samples.sqs_event("no JSON"), {"batchItemFailures": []}),
        (samples.SNS, None),
        (samples.S3, None),
        (samples.EVENT_BRIDGE, None),
        (samples.state_payload(), [[None]]),
        (samples.direct_event("no such action"), None),
    ],
)
def test_what_a_factory_ignores_is_done_with(application, clients, event, answer):
    methods = [name for name in vars(EventFactory) if name.startswith("transform_")]
    ignoring = dict.fromkeys(methods, lambda _self, _record: IGNORED)
    application.event_factory(type("Ignoring", (EventFactory,), ignoring))

    assert application.handle(event) == answer
    url = clients.sqs.get_queue_url(QueueName="test-cqrs-task-action-queue-dlq")["QueueUrl"]
    assert "Messages" not in clients.sqs.receive_message(QueueUrl=url)


@pytest.mark.parametrize(
    ("made", "kind"),
    [(None, "NoneType"), ("event", "str"), ({"a": 1}, "dict"), (iter([1]), "list_iterator")],
)
def test_a_factory_that_makes_no_sequence_is_named(application, made, kind):
    factory = type("Orders", (EventFactory,), {"transform_sns": lambda _self, _record: made})
    application.event_factory(factory)

    with pytest.raises(
        ConfigurationError, match=rf"Orders made a {kind} .*aws:sns\. Return a list"
    ):
        application.handle(samples.SNS)


@pytest.mark.parametrize("event", [samples.SNS, samples.S3, samples.EVENT_BRIDGE])
def test_an_event_that_nobody_handles_is_not_lost_silently(application, event):
    with pytest.raises(
        UnsupportedEventError, match=r"register one with @application.event_handler"
    ):
        application.handle(event)


def test_a_record_of_a_table_that_nobody_serves_is_set_aside_with_the_reason(application, clients):
    image = {"pk": {"S": "TASK#a"}, "sk": {"S": "b#1"}}
    event = samples.stream_event(image, table="test-cqrs-tasks")

    assert application.handle(event) == {"batchItemFailures": []}

    letter = letter_in(clients, "tasks-dlq")
    assert json.loads(letter["Body"]) == {"record": event["Records"][0]}
    assert letter["MessageAttributes"]["error"]["StringValue"] == "UnsupportedEventError"
    assert "test-cqrs-tasks" in letter["MessageAttributes"]["reason"]["StringValue"]


def test_a_message_that_nobody_takes_is_set_aside_as_it_is(application, clients):
    event = samples.sqs_event("important", queue="test-cqrs-import-action-queue")

    assert application.handle(event) == {"batchItemFailures": []}

    letter = letter_in(clients, "import-action-queue-dlq")
    assert letter["Body"] == "important"
    assert "import-action-queue" in letter["MessageAttributes"]["reason"]["StringValue"]


def test_a_queue_that_is_only_called_like_one_of_the_projects_is_another(application):
    notified = []
    application.on_notification("import-status")(notified.append)
    body = {"action": "import-status", "pk": "A#t", "sk": "s", "tenant": "t", "content": {}}

    def deliver(queue):
        application.handle(samples.sqs_event(json.dumps(body), queue=queue))

    with pytest.raises(UnsupportedEventError, match="queue notification-queue"):
        deliver("notification-queue")
    assert notified == []

    deliver("test-cqrs-notification-queue")
    assert len(notified) == 1


@pytest.mark.parametrize("queue", ["airport-renamings", "notification-queue", "test-cqrs-orders"])
def test_a_message_of_another_queue_that_fails_for_good_goes_back(application, queue):
    good, bad = json.dumps({"n": 1}), "no JSON"
    application.event_handler(SqsEvent)(lambda event: event.json())

    answer = application.handle(samples.sqs_event(good, bad, queue=queue))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}


@pytest.mark.parametrize("table", ["orders", "tasks", "test-cqrs-data"])
def test_a_record_of_another_table_that_fails_for_good_goes_back(application, table):
    class Orders(EventFactory):
        def transform_dynamodb_stream(self, record):
            if "total" not in record["dynamodb"]["NewImage"]:
                raise ValidationError("An order needs total.")
            return IGNORED

    application.event_factory(Orders)
    good, bad = {"pk": {"S": "a"}, "total": {"N": "1"}}, {"pk": {"S": "b"}}

    answer = application.handle(samples.stream_event(good, bad, table=table))

    assert answer == {"batchItemFailures": [{"itemIdentifier": f"{2:021}"}]}


def letter_in(clients, queue):
    url = clients.sqs.get_queue_url(QueueName=f"test-cqrs-{queue}")["QueueUrl"]
    answer = clients.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
    (letter,) = answer["Messages"]
    return letter


@pytest.mark.parametrize(
    ("event", "what"),
    [
        ({"Records": [{"eventSource": "aws:sqs"}]}, "A batch of records"),
        ({"Records": [{"eventSource": "aws:sqs", "eventSourceARN": 5}]}, "A batch of records"),
        (
            {"Records": [{"eventSource": "aws:sqs", "eventSourceARN": "arn:a:b"}]},
            "A batch of SQS messages",
        ),
        (
            {"Records": [{"eventSource": "aws:dynamodb", "eventSourceARN": "a:table/b"}]},
            "A batch of records of a DynamoDB stream",
        ),
        ({"Records": [{"EventSource": "aws:sns"}]}, "A notification of SNS"),
        ({"Records": [{"eventSource": "aws:s3", "s3": []}]}, "A notification of S3"),
        ({"source": "x", "detail-type": "y", "detail": 1}, "An event of EventBridge"),
    ],
)
def test_an_event_that_no_source_sends_is_named(application, event, what):
    with pytest.raises(ValidationError, match=f"^{what} cannot be read"):
        application.handle(event)


def test_a_factory_may_make_several_events_of_one_record(application):
    seen = []

    class PerLine(EventFactory):
        def transform_sqs(self, record):
            return record["body"].split()

    application.event_factory(PerLine)
    application.event_handler(str)(seen.append)

    application.handle(samples.sqs_event("one two", "three"))

    assert seen == ["one", "two", "three"]


def test_a_call_that_waits_for_an_answer_becomes_one_event(application):
    class Doubled(EventFactory):
        def transform_step_function(self, event):
            return [event, event]

    application.event_factory(Doubled)

    with pytest.raises(UnsupportedEventError, match="made 2 events of one step-function call"):
        application.handle(samples.state_payload())


def test_the_factory_registered_last_is_asked_first(application):
    def factory(name: str) -> type:
        return type(name, (EventFactory,), {"transform_sqs": lambda _self, _record: [name]})

    seen = []
    application.event_handler(str)(seen.append)
    for name in ("First", "Second"):
        application.event_factory(factory(name))

    application.handle(samples.sqs_event("{}"))

    assert seen == ["Second"]


def test_a_handler_of_the_application_replaces_a_built_in_one(application):
    application.event_handler(DirectEvent)(lambda event: {"mine": event.action})

    assert application.handle(samples.direct_event("anything")) == {"mine": "anything"}


def test_a_handler_class_needs_a_method_execute(application):
    class Handler:
        def run(self, event): ...

    with pytest.raises(ConfigurationError, match=r"Handler cannot handle SqsEvent.*execute"):
        application.event_handler(SqsEvent)(Handler)


def test_a_factory_that_is_none_is_refused_at_registration(application):
    class Factory:
        def transform_sqs(self, record): ...

    with pytest.raises(ConfigurationError, match=r"derive it from cqrs\.EventFactory"):
        application.event_factory(Factory)


# Direct actions


def test_an_action_gets_its_payload_as_parameters(application):
    @application.action("add")
    def add(one: int, *, other: int = 1) -> int:
        return one + other

    handle = application.handle
    assert handle(samples.direct_event("add", one=2)) == {"status": "ok", "result": 3}
    assert handle(samples.direct_event("add", one=2, other=5)) == {"status": "ok", "result": 7}
    assert add(1) == 2


def test_an_action_without_parameters_needs_no_payload(application):
    application.action("ping")(lambda: "pong")

    answer = application.handle({"source": "direct", "action": "ping"})

    assert answer == {"status": "ok", "result": "pong"}


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        (samples.direct_event("unknown"), "There is no action 'unknown'; known are add"),
        (samples.direct_event("add"), "missing a required argument: 'one'"),
        (samples.direct_event("add", one=1, two=2), "unexpected keyword argument 'two'"),
        ({"source": "direct", "action": "add", "payload": [1]}, "'add' is a list"),
        ({"source": "direct", "action": "add", "payload": None}, "'add' is a NoneType"),
        ({"source": "direct", "action": None}, "must name its action"),
        ({"source": "direct", "action": ["add"]}, "There is no action"),
    ],
)
def test_a_callers_mistake_is_an_error_result(application, event, cause):
    application.action("add")(lambda one: one)

    answer = application.handle(event)

    assert (answer["status"], answer["error"]) == ("error", "ValidationError")
    assert cause in answer["cause"]


def test_an_error_that_an_action_raises_on_purpose_is_an_error_result(application):
    @application.action("refuse")
    def refuse() -> None:
        raise ValidationError("not on a Sunday")

    assert application.handle(samples.direct_event("refuse")) == {
        "status": "error",
        "error": "ValidationError",
        "cause": "not on a Sunday",
    }


def test_a_fault_of_an_action_fails_the_invocation(application):
    application.action("broken")(lambda: {}["missing"])

    with pytest.raises(KeyError, match="missing"):
        application.handle(samples.direct_event("broken"))


def test_names_are_taken_once(application):
    application.action("add")(lambda: None)
    application.sync_handler("audit")(lambda _command: None)

    with pytest.raises(ConfigurationError, match="Two actions are called 'add'"):
        application.action("add")(lambda: None)
    with pytest.raises(ConfigurationError, match="Two sync handlers are called 'audit'"):
        application.sync_handler("audit")(lambda _command: None)
    with pytest.raises(ConfigurationError, match="'data' is the built-in one"):
        application.sync_handler("data")(lambda _command: None)


# Services


def test_registered_sync_handlers_run_with_the_commands_of_their_type(application):
    seen = []

    @application.sync_handler("audit", item_type="AIRPORT")
    def audit(command) -> None:
        seen.append((command.pk, command.version))

    application.commands.publish_sync("AIRPORT#acme", "AIRPORT#JFK")
    application.commands.publish_sync("HOTEL#acme", "HOTEL#1")

    assert seen == [("AIRPORT#acme", 1)]
    assert application.data.get("HOTEL#acme", "HOTEL#1").version == 1
    assert application.history.list("HOTEL#acme", "HOTEL#1").items == []


def test_handlers_can_be_registered_where_nothing_is_deployed(monkeypatch, settings):
    for name in settings.to_environment():
        monkeypatch.delenv(name, raising=False)
    application = Application()
    application.action("add")(lambda: None)

    with pytest.raises(ConfigurationError, match="COMMANDS_TABLE"):
        _ = application.services
