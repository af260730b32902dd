"""Messages of imports that are sent on: they come later each time, and not for ever."""

from __future__ import annotations

from typing import Any

import pytest

from cqrs.core.deadline import Deadline
from cqrs.errors import Throttled, TransientError
from cqrs.imports import hops
from cqrs.imports.chunks import pace
from cqrs.imports.chunks.publisher import ChunkPublisher, ItemIsBusy
from cqrs.imports.hops import LONGEST_DELAY, MOST_HOPS, delay_seconds
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ImportStatus, ProcessingMode
from cqrs.metrics import Metric
from tests.unit.importing import Imports, csv_of, seconds_left
from tests.unit.test_import_pace import Clock

ROWS = [("AAA", "Aville", "1"), ("BBB", "Bville", "1")]
DIRECT, STEP_FUNCTION = ProcessingMode.DIRECT, ProcessingMode.STEP_FUNCTION


@pytest.fixture
def imports(settings, clients) -> Imports:
    return Imports(settings, clients)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(pace, "time", found)
    return found


def begun(imports: Imports, mode: ProcessingMode = DIRECT) -> ImportKey:
    imports.upload(csv_of(*ROWS))
    key = imports.make(mode)
    imports.start(key)
    return key


def refuse(monkeypatch: pytest.MonkeyPatch, times: float, error: Exception) -> list[int]:
    """Let chunks fail so often; how often they were begun, one a call."""
    real, begun = ChunkPublisher.publish, []

    def publish(self: Any, *given: Any, **more: Any) -> Any:
        begun.append(1)
        if len(begun) <= times:
            raise error
        return real(self, *given, **more)

    monkeypatch.setattr(ChunkPublisher, "publish", publish)
    return begun


def during(clock: Clock, seconds: float) -> Any:
    """Remaining milliseconds of an invocation that has begun now."""
    ends = clock.now + seconds
    return lambda: int((ends - clock.now) * 1000)


def test_delays_double_up_to_what_sqs_takes():
    for number in range(1, MOST_HOPS + 1):
        longest = min(LONGEST_DELAY, 2 ** (number - 1))
        drawn = [delay_seconds(number) for _ in range(50)]
        assert longest / 2 <= min(drawn) <= max(drawn) <= longest
        assert longest < 60 or max(drawn) - min(drawn) > longest / 10
    assert delay_seconds(0) == 0
    least = sum(min(LONGEST_DELAY, 2 ** (number - 1)) / 2 for number in range(1, MOST_HOPS + 1))
    assert least > 11 * 3600


def test_a_throttled_chunk_waits_within_its_invocation(
    imports: Imports, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    key = begun(imports)
    tried = refuse(monkeypatch, 5, Throttled("too many"))
    (message,) = imports.take_messages()

    imports.deliver(message, during(clock, 900))

    assert len(tried) > 5
    assert clock.slept
    assert imports.job(key).status is ImportStatus.COMPLETED
    assert imports.take_messages() == []


@pytest.mark.parametrize("error", [Throttled("too many"), TransientError("away"), ItemIsBusy()])
def test_a_file_of_which_no_row_is_done_comes_later_and_later(
    imports: Imports, clock: Clock, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    key = begun(imports)
    with monkeypatch.context() as patch:
        refuse(patch, float("inf"), error)
        for number in range(1, 13):
            (message,) = imports.take_messages()
            imports.deliver(message, during(clock, 60))
            assert LONGEST_DELAY >= imports.delays[-1] >= min(LONGEST_DELAY, 2 ** (number - 1)) / 2
    assert clock.now < 12 * 60

    (message,) = imports.take_messages()
    assert message["hops"] == 12
    imports.deliver(message, during(clock, 60))
    assert imports.job(key).status is ImportStatus.COMPLETED


def test_a_batch_that_can_do_nothing_leaves_its_rows_for_later(
    imports: Imports, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    key = begun(imports, STEP_FUNCTION)
    with monkeypatch.context() as patch:
        refuse(patch, float("inf"), Throttled("too many"))
        imports.services.deadline.begin(during(clock, 60))
        assert imports.import_batch(key, ROWS) == {"rows": 2, "left": 2}
        imports.services.deadline.begin(None)
        imports.finalize(key)
        (rest,) = imports.take_messages()
        assert (rest["row"], rest["hops"], imports.delays[-1]) == (1, 1, 1)
        imports.deliver(rest, during(clock, 60))
    (rest,) = imports.take_messages()
    assert rest["hops"] == 2

    imports.deliver(rest, during(clock, 60))

    assert (imports.job(key).status, imports.job(key).counts.succeeded) == (
        ImportStatus.COMPLETED,
        2,
    )


@pytest.mark.parametrize("mode", ProcessingMode)
def test_progress_lets_hops_begin_again(
    imports: Imports, monkeypatch: pytest.MonkeyPatch, mode: ProcessingMode
):
    monkeypatch.setattr("cqrs.imports.chunks.importer.CHUNK_ROWS", 1)
    key = begun(imports, mode)
    if mode is STEP_FUNCTION:
        imports.services.deadline.begin(seconds_left(60, 1))
        imports.import_batch(key, ROWS)
        imports.services.deadline.begin(None)
    (message,) = imports.take_messages()

    imports.deliver({**message, "hops": 7}, seconds_left(60, 59, 1))

    (rest,) = imports.take_messages()
    assert (rest["row"], rest.get("hops", 0), imports.delays[-1]) == (2, 0, 0)


@pytest.mark.parametrize("mode", ProcessingMode)
def test_rows_that_nobody_can_do_end_their_import_with_a_reason(
    imports: Imports, clock: Clock, monkeypatch: pytest.MonkeyPatch, mode: ProcessingMode
):
    key = begun(imports, mode)
    refuse(monkeypatch, float("inf"), Throttled("too many"))
    if mode is STEP_FUNCTION:
        imports.services.deadline.begin(during(clock, 30))
        imports.import_batch(key, ROWS)
        imports.services.deadline.begin(None)
        imports.finalize(key)
    monkeypatch.setattr(hops, "MOST_HOPS", 3)
    counted: list[Metric] = []
    monkeypatch.setattr("cqrs.imports.queue.count", counted.append)
    delivered = 0
    while (messages := imports.take_messages()) and delivered < 10:
        (message,) = messages
        imports.deliver(message, during(clock, 30))
        delivered += 1

    job = imports.job(key)
    assert delivered == (4 if mode is STEP_FUNCTION else 5)
    assert (job.status, job.error) == (ImportStatus.FAILED, "TooManyTries")
    assert "from row 1 on were left to another invocation 3 times" in (job.cause or "")
    assert "import the file again" in (job.cause or "")
    assert counted == [Metric.IMPORT_MESSAGES_GIVEN_UP]


def test_a_message_that_aws_fails_elsewhere_is_sent_on(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
):
    key = begun(imports)
    (message,) = imports.take_messages()
    with monkeypatch.context() as patch:
        patch.setattr(
            imports.services.import_records,
            "read",
            lambda _key: (_ for _ in ()).throw(Throttled("too many")),
        )
        imports.deliver(message)
    (again,) = imports.take_messages()
    assert again == {**message, "hops": 1}

    imports.deliver(again)

    assert imports.job(key).status is ImportStatus.COMPLETED


def test_an_invocation_without_an_end_does_not_wait(
    imports: Imports, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    begun(imports)
    refuse(monkeypatch, float("inf"), Throttled("too many"))
    (message,) = imports.take_messages()
    assert isinstance(imports.services.deadline, Deadline)

    imports.deliver(message)

    assert clock.slept == []
