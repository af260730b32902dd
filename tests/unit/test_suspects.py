"""Records of a stream that fail again and again, though AWS is there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cqrs.application import Application
from cqrs.errors import Unreachable
from cqrs.events.suspects import MOST_TRIES
from cqrs.resources import Table, dead_letter_queue
from cqrs.services import Services
from tests.unit.conftest import PREFIX, MotoClients
from tests.unit.sample_events import stream_event

LATE = 301
COMMAND = {
    "pk": {"S": "ORDER#acme"},
    "sk": {"S": "ORDER#1@1"},
    "version": {"N": "1"},
    "syncMode": {"S": "ASYNC"},
}


class ProcessDied(KeyboardInterrupt):
    """Stands for the end of a process, as nothing catches it."""


class Stream:
    """Delivers records of the commands table as often as it is told to."""

    def __init__(self, settings: Any, clients: MotoClients, monkeypatch: Any) -> None:
        self._settings, self._clients, self._monkeypatch = settings, clients, monkeypatch
        self.handled = 0
        self.failure: BaseException | None = None

    def deliver(self, *, records: int = 1, age: float = LATE) -> Any:
        """Deliver once, to a process of its own, and return what it raised."""
        application = Application(self._settings, self._clients)
        services: Services = application.services

        def handle(_event: Any) -> None:
            self.handled += 1
            if self.failure is not None:
                raise self.failure

        self._monkeypatch.setattr(services.command_stream, "handle", handle)
        images = [{**COMMAND, "sk": {"S": f"ORDER#1@{n + 1}"}} for n in range(records)]
        try:
            application.handle(stream_event(*images, seconds_ago=age), None)
        except BaseException as error:  # noqa: BLE001 - the end of a process too
            return error
        return None

    @property
    def letters(self) -> list[dict[str, Any]]:
        sqs = self._clients.sqs
        name = f"{PREFIX}{dead_letter_queue(Table.COMMANDS)}"
        answer = sqs.receive_message(
            QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"],
            VisibilityTimeout=0,
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    @property
    def objects(self) -> dict[str, Any]:
        s3, bucket = self._clients.s3, f"{PREFIX}files"
        entries = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return {
            entry["Key"]: json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
            for entry in entries
        }


@pytest.fixture
def stream(settings, clients, monkeypatch) -> Stream:
    return Stream(settings, clients, monkeypatch)


def reason(letter: dict[str, Any]) -> tuple[str, str]:
    attributes = letter["MessageAttributes"]
    return attributes["error"]["StringValue"], attributes["reason"]["StringValue"]


def test_a_record_that_ends_each_process_is_set_aside_after_ten(stream: Stream) -> None:
    stream.failure = ProcessDied()
    ends = [stream.deliver() for _ in range(MOST_TRIES)]

    assert {type(end) for end in ends} == {ProcessDied}
    assert stream.letters == []
    assert stream.deliver() is None
    assert stream.handled == MOST_TRIES
    (letter,) = stream.letters
    assert reason(letter)[0] == "TooManyTries"


def test_a_record_that_a_handler_fails_is_set_aside_with_its_error(stream: Stream) -> None:
    stream.failure = OSError("no room")
    ends = [stream.deliver() for _ in range(MOST_TRIES)]

    assert [type(end) for end in ends] == [OSError] * (MOST_TRIES - 1) + [type(None)]
    (letter,) = stream.letters
    assert reason(letter) == ("OSError", "no room")


def test_what_aws_fails_is_never_set_aside(stream: Stream) -> None:
    stream.failure = Unreachable("Step Functions is away")
    ends = {type(stream.deliver()) for _ in range(3 * MOST_TRIES)}

    assert ends == {Unreachable}
    assert stream.letters == []
    stream.failure = None
    assert stream.deliver() is None


def test_an_outage_takes_no_try_from_a_record_that_fails_too(stream: Stream) -> None:
    stream.failure = OSError("no room")
    for _ in range(MOST_TRIES - 1):
        stream.deliver()
    stream.failure = Unreachable("Step Functions is away")
    assert isinstance(stream.deliver(), Unreachable)
    stream.failure = OSError("no room")

    assert stream.deliver() is None
    assert len(stream.letters) == 1


@pytest.mark.parametrize(("records", "age"), [(1, 0), (1, 290), (2, LATE)])
def test_no_request_is_made_for_records_in_time_or_of_a_backlog(
    stream: Stream, records: int, age: float
) -> None:
    stream.failure = OSError("no room")
    for _ in range(2 * MOST_TRIES):
        assert isinstance(stream.deliver(records=records, age=age), OSError)

    assert stream.letters == []
    assert stream.objects == {}


def test_each_record_has_its_own_tries(stream: Stream) -> None:
    stream.failure = OSError("no room")
    stream.deliver()

    assert stream.objects == {f"tries/{PREFIX}commands/{1:021}.json": {"tries": 1}}


def test_a_bucket_that_is_away_keeps_no_record_from_its_handler(
    stream: Stream, clients: MotoClients
) -> None:
    def refuse(**_details: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")

    clients.s3.meta.events.register("provide-client-params.s3.GetObject", refuse)
    stream.failure = Unreachable("Step Functions is away")
    assert isinstance(stream.deliver(), Unreachable)
    stream.failure = None

    assert stream.deliver() is None
    assert stream.handled == 2
