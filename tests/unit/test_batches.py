from __future__ import annotations

import pytest

from cqrs.errors import ValidationError
from cqrs.events.batches import handle_messages, handle_stream_records
from tests.unit.sample_events import sqs_event, stream_event


class Handled:
    """Handles records, refuses some, and keeps the order."""

    def __init__(self, *refused: int) -> None:
        self._refused = refused
        self.places: list[int] = []

    def __call__(self, _record) -> None:
        place = len(self.places)
        self.places.append(place)
        if place in self._refused:
            raise KeyError(f"record {place}")


def never(record, error):
    raise AssertionError(f"{record} was buried for {error}")


def messages(count):
    return sqs_event(*["{}"] * count)["Records"]


def records(count):
    return stream_event(*[{"pk": {"S": str(n)}} for n in range(count)])["Records"]


def failures(answer):
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_messages_that_fail_come_back_and_the_others_do_not():
    handled = Handled(1, 3)

    answer = handle_messages(messages(5), handled, never)

    assert failures(answer) == ["message-1", "message-3"]
    assert handled.places == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_batch_without_failures_says_so(count):
    assert handle_messages(messages(count), Handled(), never) == {"batchItemFailures": []}
    assert handle_stream_records(records(count), Handled(), never) == {"batchItemFailures": []}


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_of_which_every_message_fails_fails_as_a_whole(count):
    handled = Handled(*range(count))

    with pytest.raises(KeyError, match=f"record {count - 1}"):
        handle_messages(messages(count), handled, never)

    assert len(handled.places) == count


def test_a_stream_stops_at_its_first_failure_and_goes_on_from_there():
    handled = Handled(2, 3)

    answer = handle_stream_records(records(5), handled, never)

    assert failures(answer) == [records(5)[2]["dynamodb"]["SequenceNumber"]]
    assert handled.places == [0, 1, 2]


def test_a_stream_whose_first_record_fails_fails_as_a_whole():
    handled = Handled(0)

    with pytest.raises(KeyError, match="record 0"):
        handle_stream_records(records(3), handled, never)

    assert handled.places == [0]


def test_an_interruption_of_the_process_is_no_failure_of_a_record():
    def interrupted(_record):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        handle_messages(messages(2), interrupted, never)


SOURCES = [(handle_messages, messages), (handle_stream_records, records)]


class Graveyard:
    """Keeps what is buried."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def __call__(self, _record, error) -> None:
        self.reasons.append(str(error))


def refuse(_record):
    raise ValidationError("no good")


@pytest.mark.parametrize(
    ("handle", "batch"), [(handle_messages, messages), (handle_stream_records, records)]
)
def test_what_fails_for_good_is_buried_and_holds_up_nothing(handle, batch):
    buried = Graveyard()

    assert handle(batch(3), refuse, buried) == {"batchItemFailures": []}
    assert buried.reasons == ["no good"] * 3


def test_what_is_too_deep_for_its_handler_is_buried_on_the_first_try():
    def descend(record):
        descend([record])

    buried = Graveyard()

    assert handle_messages(messages(1), descend, buried) == {"batchItemFailures": []}
    assert ["recursion" in reason for reason in buried.reasons] == [True]


@pytest.mark.parametrize(
    ("handle", "batch"), [(handle_messages, messages), (handle_stream_records, records)]
)
def test_what_cannot_be_buried_comes_back(handle, batch):
    def full(_record, _error):
        raise OSError("the queue does not answer")

    with pytest.raises(OSError, match="does not answer"):
        handle(batch(1), refuse, full)


def test_what_fails_on_its_last_try_is_buried_with_what_it_failed_with():
    buried = Graveyard()
    last = {"message-1"}

    answer = handle_messages(
        messages(3), Handled(0, 1), buried, lambda message: message["messageId"] in last
    )

    assert failures(answer) == ["message-0"]
    assert buried.reasons == ["'record 1'"]


@pytest.mark.parametrize(("handle", "batch"), SOURCES)
def test_what_fails_for_good_comes_back_where_it_cannot_be_buried(handle, batch, caplog):
    refused = iter([None, ValidationError("no good"), None])

    def refuse_second(_record):
        if (error := next(refused)) is not None:
            raise error

    answer = handle(batch(3), refuse_second, None)

    record = batch(3)[1]
    identifier = record.get("messageId") or record["dynamodb"]["SequenceNumber"]
    assert failures(answer) == [identifier]
    assert [record.reason for record in caplog.records] == ["no good"]


def test_a_last_try_comes_back_where_it_cannot_be_buried():
    answer = handle_messages(messages(2), Handled(1), None, lambda _message: True)

    assert failures(answer) == ["message-1"]
