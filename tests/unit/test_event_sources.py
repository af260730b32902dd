"""The examples of docs/event-sources.md, run as they stand there."""

from __future__ import annotations

import copy
import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cqrs.application import Application
from cqrs.core.attribute_values import to_attribute_values
from cqrs.core.keys import ItemKey
from cqrs.errors import ValidationError
from cqrs.events.types import S3Event
from cqrs.settings import Settings
from stacks.declarations import resources
from stacks.declarations.resources import own_resources
from stacks.environment.file import load
from tests.integration.guide import Create, steps
from tests.synth.serving import is_taken
from tests.unit import sample_events as samples
from tests.unit.importing import Imports

DOCUMENT = Path(__file__).parents[2] / "docs" / "event-sources.md"
OWN = (
    "queue:airport-renamings table:orders stream:orders topic:announcements bucket:arriving-files "
    "schedule:day-begins"
)
"""The declarations of the examples, as the function gets them."""

SECTION = re.compile(r"^## (?P<title>.+?)$(?P<text>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)

EXAMPLES = {
    section["title"]: {
        step.path: step.content for step in steps(section["text"]) if isinstance(step, Create)
    }
    for section in SECTION.finditer(DOCUMENT.read_text(encoding="utf-8"))
}
HANDLERS, DECLARATIONS = "lambda_src/app/", "stacks/app/"
ACKNOWLEDGED = {"batchItemFailures": []}


@pytest.fixture
def settings(settings) -> Settings:
    return replace(settings, own_resources=OWN)


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


@pytest.fixture
def application(imports) -> Application:
    return imports.application


@pytest.fixture
def run(application, monkeypatch) -> Any:
    """Run the example of a section as a module of the application."""

    def run_example(title: str) -> None:
        registry, module = ModuleType("app.registry"), ModuleType("app.example")
        registry.application = application  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "app.registry", registry)
        # A dataclass looks for the module that it was defined in.
        monkeypatch.setitem(sys.modules, "app.example", module)
        (example,) = (
            content for path, content in EXAMPLES[title].items() if path.startswith(HANDLERS)
        )
        exec(compile(example, f"{DOCUMENT}, {title}", "exec"), vars(module))  # noqa: S102

    return run_example


DECLARED = {"SQS", "SNS", "DynamoDB streams", "EventBridge", "S3"}


def test_every_source_has_one_example_and_a_declaration_of_the_same_name():
    paths = {title: list(files) for title, files in EXAMPLES.items() if files}

    assert set(paths) == {*DECLARED, "Step Functions", "Direct invocation"}
    for title, found in paths.items():
        (handler,) = (path for path in found if path.startswith(HANDLERS))
        declared = [f"{DECLARATIONS}{Path(handler).name}"] if title in DECLARED else []
        assert [path for path in found if path != handler] == declared


def test_the_examples_declare_what_the_function_is_told_of(monkeypatch):
    own_resources()  # so that nothing else is declared meanwhile
    monkeypatch.setattr(resources, "_declared", {})
    for files in EXAMPLES.values():
        for path, content in files.items():
            if path.startswith(DECLARATIONS):
                exec(compile(content, path, "exec"), {})  # noqa: S102
    local = load("local", variables={}).model_copy(update={"own_resources": own_resources()})

    assert sorted(local.settings().own_resources.split()) == sorted(OWN.split())


def newest(application: Application, pk: str, sk: str) -> Any:
    """The newest command of an item; its version tells how many there are."""
    item = ItemKey(pk, sk)
    version = application.commands.newest_version(item)
    return application.commands.get(item.at(version)) if version else None


def test_a_message(application, run):
    run("SQS")
    application.commands.publish_sync("AIRPORT#acme", "AIRPORT#JFK", attributes={"city": "NYC"})
    body = json.dumps({"tenant": "acme", "code": "JFK", "name": "Kennedy"})

    for _ in range(2):
        answer = application.handle(samples.sqs_event(body, queue="test-cqrs-airport-renamings"))
        assert answer == ACKNOWLEDGED

    command = newest(application, "AIRPORT#acme", "AIRPORT#JFK")
    assert (command.version, command.content.name) == (2, "Kennedy")
    assert command.attributes == {"city": "NYC"}


def test_a_message_that_lacks_something_is_set_aside_with_what_it_needs(application, clients, run):
    run("SQS")
    queue = clients.sqs.create_queue(QueueName="test-cqrs-airport-renamings-dlq")["QueueUrl"]

    answer = application.handle(samples.sqs_event("{}", queue="test-cqrs-airport-renamings"))

    assert answer == ACKNOWLEDGED
    received = clients.sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])
    (letter,) = received["Messages"]
    assert letter["Body"] == "{}"
    reason = letter["MessageAttributes"]["reason"]["StringValue"]
    assert reason == "A renaming needs tenant, code and name."


def test_a_message_of_another_queue_is_left_to_its_own_handler(application, run):
    run("SQS")
    seen: list[Any] = []
    application.on_notification("x")(seen.append)
    body = {"action": "x", "pk": "A#acme", "sk": "B", "tenant": "acme", "content": {}}

    application.handle(samples.sqs_event(json.dumps(body), queue="test-cqrs-notification-queue"))

    assert [entry.sk for entry in seen] == ["B"]


def test_a_notification(application, run):
    run("SNS")

    event = copy.deepcopy(samples.SNS)
    event["Records"][0]["Sns"]["TopicArn"] = TOPIC
    for _ in range(2):
        application.handle(event)

    identifier = event["Records"][0]["Sns"]["MessageId"]
    command = newest(application, "ANNOUNCEMENT#acme", f"ANNOUNCEMENT#{identifier}")
    assert (command.version, command.attributes) == (1, {"text": "Hello from SNS!"})


def test_a_record_of_a_stream(application, run):
    run("DynamoDB streams")
    image = to_attribute_values({"pk": "acme", "sk": "7", "total": 12})

    for name in ("INSERT", "INSERT"):
        event = samples.stream_event(image, table="test-cqrs-orders", event_name=name)
        assert application.handle(event) == ACKNOWLEDGED

    command = newest(application, "ORDER#acme", "ORDER#7")
    assert (command.version, command.attributes) == (1, {"total": 12})


@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
def test_a_record_that_calls_for_nothing(application, run, name):
    run("DynamoDB streams")
    event = samples.stream_event({"pk": {"S": "acme"}}, table="test-cqrs-orders", event_name=name)
    if name == "REMOVE":
        del event["Records"][0]["dynamodb"]["NewImage"]

    assert application.handle(event) == ACKNOWLEDGED


@pytest.mark.parametrize("total", [None, "12", 1.5, True])
def test_a_record_that_lacks_something_is_set_aside_with_what_it_needs(
    application, clients, run, total
):
    run("DynamoDB streams")
    item = {"pk": "acme", "sk": "7"} | ({} if total is None else {"total": total})
    event = samples.stream_event(to_attribute_values(item), table="test-cqrs-orders")
    queue = clients.sqs.create_queue(QueueName="test-cqrs-orders-dlq")["QueueUrl"]

    assert application.handle(event) == ACKNOWLEDGED

    received = clients.sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])
    (letter,) = received["Messages"]
    why = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert why["error"] == "ValidationError"
    assert "An order needs pk, sk and total" in why["reason"]


RULE = "arn:aws:events:ap-northeast-1:123456789012:rule/test-cqrs-day-begins"
TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:test-cqrs-announcements"


def test_a_schedule(application, run):
    run("EventBridge")

    for _ in range(2):
        application.handle({**samples.EVENT_BRIDGE, "resources": [RULE]})

    command = newest(application, "DAY#acme", "DAY#2015-10-08")
    assert (command.version, command.content.name) == (1, "2015-10-08")


BUCKET = "test-cqrs-arriving-files-123456789012"


def arriving(*keys: str, bucket: str = BUCKET) -> dict[str, Any]:
    records = [copy.deepcopy(samples.S3["Records"][0]) for _ in keys]
    for record, key in zip(records, keys, strict=True):
        record["s3"]["bucket"]["name"], record["s3"]["object"]["key"] = bucket, key
    return {"Records": records}


def test_files_of_which_one_is_a_csv_file(application, imports, run, settings):
    run("S3")
    application.import_strategy("airports")(type("Any", (), {"transform": lambda *_: None}))

    application.handle(arriving("a.txt", "imports/my+airports+%E7%A9%BA.csv"))

    items = imports.services.store.query(settings.import_tmp_table, "CSV_IMPORT#acme", limit=2)
    (job,) = items.items
    assert (job["bucket"], job["key"]) == (BUCKET, "imports/my airports 空.csv")


def test_a_file_in_another_bucket_is_left_to_others(application, run):
    run("S3")
    seen: list[Any] = []
    application.event_handler(S3Event)(seen.append)

    application.handle(arriving("airports.csv", bucket="another"))

    assert [entry.key for entry in seen] == ["airports.csv"]


def test_a_state(application, run):
    run("Step Functions")

    answer = application.handle(
        samples.state_payload("test-cqrs-greeting", "greet", input={"name": "Ann"})
    )

    assert answer == [[{"greeting": "Hello Ann", "by": "greet"}]]


@pytest.mark.parametrize("given", [{}, None, {"name": 1}])
def test_a_state_whose_input_lacks_something_is_refused_with_what_it_needs(application, run, given):
    run("Step Functions")

    with pytest.raises(ValidationError, match="A greeting needs a name"):
        application.handle(samples.state_payload("test-cqrs-greeting", "greet", input=given))


def test_a_machine_that_a_factory_serves_needs_no_class(application, run):
    assert not is_taken(application, "greeting", {"greet"})

    run("Step Functions")

    assert is_taken(application, "greeting", {"greet"})
    assert not is_taken(application, "parting", {"greet"})


def test_an_action(application, run):
    run("Direct invocation")
    for code in ("JFK", "KIX"):
        application.commands.publish_sync("AIRPORT#acme", f"AIRPORT#{code}")

    answer = application.handle(samples.direct_event("airports_of", tenant="acme", limit=1))
    refused = application.handle(samples.direct_event("airports_of", tenant="acme", limit="1"))

    assert answer == {"status": "ok", "result": ["AIRPORT#JFK"]}
    assert "limit of action 'airports_of' is '1'" in refused["cause"]
