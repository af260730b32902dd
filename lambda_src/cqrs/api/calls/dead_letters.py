"""Dead letters over HTTP: looking at them, giving them back, and giving them up.

SQS has no pages. So an answer shows the letters that it met, and says how many there are besides.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from cqrs.actions.room import Room
from cqrs.api.answers import LARGEST_BODY, ApiAnswer
from cqrs.api.problems import Problem
from cqrs.api.time_limits import has_time, keep_to_answer
from cqrs.core.moments import asked_moment
from cqrs.core.observability import logger
from cqrs.core.texts import DECISION_LENGTH, message_of
from cqrs.dead_letters.delivery import Answer
from cqrs.dead_letters.discarded_letters import Decision, DiscardedLetters
from cqrs.dead_letters.discarding import GONE, discard
from cqrs.dead_letters.queue import DeadLetterQueue, count_dead_letters, sources
from cqrs.dead_letters.redriving import Redriving
from cqrs.dead_letters.rows import item_of, letter_row
from cqrs.errors import ConfigurationError, ValidationError
from cqrs.storage.paging import DEFAULT_PAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.api.call import ApiCall
    from cqrs.dead_letters.queue import Letter
    from cqrs.dead_letters.redriving import Redriven
    from cqrs.services import Services

MOST_LETTERS = 500
"""Letters that are passed through for one: each is hidden from others meanwhile, and shown again by
a request of its own."""


class DeadLetterCalls:
    """Requests about dead letters.

    Parameters
    ----------
    services
        The environment's.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    # Looking

    def list_dead_letter_sources(self, _call: ApiCall) -> ApiAnswer:
        """All that has dead letters, with their numbers."""
        counted = [
            {"source": str(source), "letters": count_dead_letters(self._services, source)}
            for source in sources(self._services.settings)
        ]
        return ApiAnswer(200, {"sources": counted})

    def list_dead_letters(self, call: ApiCall) -> ApiAnswer:
        """Letters of a source, the oldest of those met first, without their whole bodies."""
        source = self._source(call)
        count = count_dead_letters(self._services, source)
        limit = min(count, call.query.get("limit", DEFAULT_PAGE))
        letters = self._queue(call, source).look(limit)[:limit]
        shown = [self._shown(source, letter, whole=False) for letter in letters]
        return ApiAnswer(200, {"letters": shown, "not_shown": max(0, count - len(shown))})

    def get_dead_letter(self, call: ApiCall) -> ApiAnswer:
        """A letter with its whole body."""
        source, letters = self._source(call), None
        letters = self._queue(call, source)
        found = letters.find(lambda letter: letter.id == call.path["id"])
        if not found:
            raise _not_met(call, letters)
        return ApiAnswer(200, self._shown(source, found[0], whole=True))

    # Giving back

    def redrive_dead_letter(self, call: ApiCall) -> ApiAnswer:
        """Give one letter back."""
        source, reason = self._source(call), _reason(call, is_needed=False)
        keep_to_answer(call, self._services)
        letters = self._queue(call, source)
        outcome = None
        try:
            for letter in letters.take_these([call.path["id"]]):
                outcome = self._redriving(source).give_back(letters, letter)
        finally:
            letters.release()
        if outcome is None:
            raise _not_met(call, letters)
        self._note(call, source, outcome, reason)
        if outcome.stays:
            raise _stays(outcome.message_id, outcome.result)
        return ApiAnswer(200, _redriven(outcome))

    def redrive_dead_letters(self, call: ApiCall) -> ApiAnswer:
        """Give back the letters of a source, as many as there is time for."""
        source, reason = self._source(call), _reason(call, is_needed=False)
        keep_to_answer(call, self._services)
        done = self._redriving(source).all(self._queue(call, source))
        for outcome in done.results:
            self._note(call, source, outcome, reason)
        body = {
            "letters": [_redriven(outcome) for outcome in done.results],
            "left": max(0, done.left),
            "stopped": done.stopped or None,
        }
        return ApiAnswer(200, body)

    # Giving up

    def discard_dead_letter(self, call: ApiCall) -> ApiAnswer:
        """Keep a letter with who, when and why, and delete it."""
        source = self._source(call)
        decision = Decision(call.principal.author, _reason(call, is_needed=True), datetime.now(UTC))
        letter_id = call.path["id"]
        (outcome,) = discard(self._services, source, [letter_id], decision, _goes_on(call))
        if outcome.result == GONE:
            raise _not_met(call)
        if not outcome.is_discarded:
            raise _stays(letter_id, outcome.result)
        logger.info(
            "Dead letter discarded",
            extra={"by": decision.by, "why": decision.why, "source": source, "letter": letter_id},
        )
        body = {"id": letter_id, "result": outcome.result, "record": outcome.record}
        return ApiAnswer(200, body)

    def list_discarded_letters(self, call: ApiCall) -> ApiAnswer:
        """A page of the records of letters that were given up, of the oldest letters first."""
        asked = call.query.get("since")
        since = None if asked is None else asked_moment(asked)
        limit, goes_on = call.query.get("limit", DEFAULT_PAGE), has_time(call)
        entries = DiscardedLetters(self._services).entries(since, call.query.get("cursor"))
        room, damaged, cursor = Room(LARGEST_BODY), list[str](), None
        for uri, record in islice(entries, limit):
            if isinstance(record, str):
                damaged.append(f"{uri} cannot be read: {record}.")
            elif not room.takes({**record, "record": uri}, uri, "Read it in the bucket."):
                break
            cursor = uri
            if not goes_on():
                break
        else:
            cursor = cursor if next(entries, None) is not None else None
        return ApiAnswer(200, {"letters": room.entries, "damaged": damaged, "cursor": cursor})

    def _source(self, call: ApiCall) -> str:
        name, known = call.path["source"], sources(self._services.settings)
        for source in known:
            if name == source:
                return str(source)
        raise Problem(
            404,
            "not-found",
            f"{name[:80]!r} has no dead letters; there are those of {', '.join(known)}.",
        )

    def _queue(self, call: ApiCall, source: str) -> DeadLetterQueue:
        return DeadLetterQueue(self._services, source, _goes_on(call))

    def _redriving(self, source: str) -> Redriving:
        handles = self._services.handles
        if handles is None:
            raise ConfigurationError("This process is not the function, and handles no events.")
        return Redriving(self._services, source, _within(handles))

    def _shown(self, source: str, letter: Letter, *, whole: bool) -> dict[str, Any]:
        row = letter_row(self._services, source, letter, whole=whole)
        told = {name: value for name, value in row.items() if name != "message"}
        return {"id": letter.id, "item": item_of(letter), **told}

    def _note(self, call: ApiCall, source: str, outcome: Redriven, reason: str) -> None:
        """Tell the log who did it; nothing else keeps that of a letter that is handled."""
        logger.info(
            "Dead letter stays" if outcome.stays else "Dead letter given back",
            extra={
                "by": call.principal.author,
                "why": reason,
                "source": source,
                "letter": outcome.message_id,
                "result": outcome.result,
            },
        )


def _within(handles: Callable[[Any], Any]) -> Callable[[dict[str, Any]], Answer]:
    """Hand events to the function within the invocation at hand."""

    def deliver(event: dict[str, Any]) -> Answer:
        try:
            return Answer(handles(event))
        except Exception as error:  # noqa: BLE001 - whatever a letter holds, the caller is told
            return Answer(None, f"{type(error).__name__}: {message_of(error)}")

    return deliver


def _goes_on(call: ApiCall) -> Callable[[int], bool]:
    is_early = has_time(call)
    return lambda taken: taken < MOST_LETTERS and is_early()


def _redriven(outcome: Redriven) -> dict[str, Any]:
    return {"id": outcome.message_id, "result": outcome.result, "given_back": not outcome.stays}


def _reason(call: ApiCall, *, is_needed: bool) -> str:
    reason: str = call.body.get("reason", "")
    if is_needed and not reason.strip():
        raise ValidationError("The reason is blank; say why, as the record of the letter keeps it.")
    if len(reason) > DECISION_LENGTH:
        raise ValidationError(
            f"The reason has {len(reason):,} characters; {DECISION_LENGTH:,} are taken."
        )
    return reason


def _not_met(call: ApiCall, letters: DeadLetterQueue | None = None) -> Problem:
    some = f"the first {MOST_LETTERS} looked at" if letters and letters.is_cut else "those"
    return Problem(
        404,
        "not-found",
        f"There is no dead letter {call.path['id'][:80]!r} among {some} of {call.path['source']}. "
        "If somebody is looking at it, it comes back within a minute.",
    )


def _stays(letter_id: str, result: str) -> Problem:
    return Problem(409, "letter-stays", f"The letter {letter_id} stays: {result}")
