"""Imports with one mistake in them, which the model must find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from cqrs.aws.item_store import Check, Put, Update
from cqrs.commands.ordering import Ordering
from cqrs.core.failures import refusal
from cqrs.imports.chunks.importer import BatchImporter
from cqrs.imports.chunks.publisher import ChunkIsTooLarge, ChunkPublisher, ItemIsBusy
from cqrs.imports.closer import ImportCloser
from cqrs.imports.execution_failures import ExecutionFailures
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ETAG, MAP_IS_OVER, ImportKind, status_of
from cqrs.imports.queue import ImportQueue, _rest_key
from cqrs.imports.records import (
    CANCELLED_AT,
    CLOSED,
    HANDED_BACK,
    ImportRecords,
)
from cqrs.imports.starter import ImportStarter
from cqrs.imports.workflow import ImportWorkflow
from cqrs.storage.large_values import LargeValues
from tests.model.forgetful import without
from tests.model.imports.exploration import Settings
from tests.model.imports.program import Change
from tests.model.mistake import Mistake, believe_all_ends


@dataclass(frozen=True, slots=True)
class Mutation(Mistake):
    """A mistake in the services, or in what modules hold.

    Attributes
    ----------
    patches
        Values of modules' attributes, by their full names.
    """

    patches: dict[str, Any] = field(default_factory=dict)

    def settings(self) -> Settings:
        """Programs with the mistake in them."""
        return Settings(Change(self.wire, self.patches))


def _method(kind: type, name: str, function: Callable[..., Any]) -> dict[str, Any]:
    return {f"{kind.__module__}:{kind.__qualname__}.{name}": function}


# Rests


def _counts_what_had_no_time_as_done(
    self: Any, key: Any, job: Any, message: dict[str, Any]
) -> None:
    first = message["row"]
    rows = self._rest(_rest_key(key, first))
    rest = self._importer.run(self._import(key, job), rows, taken_over=first)
    if rest is not None:
        self.hand_over(key, [row for row in rows if row.number >= rest.number])
    self._records.hand_back(key, first)
    self._closer.close_if_done(key)


def _hands_back_first(self: Any, key: Any, job: Any, message: dict[str, Any]) -> None:
    first = message["row"]
    rows = self._rest(_rest_key(key, first))
    rest = self._importer.run(self._import(key, job), rows, taken_over=first)
    if rest is not None and rest.number == first:
        self._send_on(message)
        return
    self._records.hand_back(key, first)
    self._closer.close_if_done(key)
    if rest is not None:
        self.hand_over(key, [row for row in rows if row.number >= rest.number])


def _without_what_was_taken_over(real: Callable[..., Any]) -> Callable[..., Any]:
    def run(self: Any, job: Any, rows: Any, *, taken_over: int = 0) -> Any:
        del taken_over
        return real(self, job, rows)

    return run


_forgets_that_it_took_over = _without_what_was_taken_over(BatchImporter.run)


def _sends_nothing_again(_self: Any, _key: Any) -> None:
    return


def _looks_once(self: Any, key: Any) -> bool:
    progress = self._records.readable_progress(key)
    return bool(progress.handed_over <= progress.handed_back)


def _does_not_look(_self: Any, _key: Any) -> bool:
    return True


# Chunks


def _passes_over_its_own_chunk(self: Any, job: Any, chunk: Any, taken_over: int) -> Any:
    through = _imports_chunk(self, job, chunk, taken_over)
    return None if through is None else chunk.last


_imports_chunk = BatchImporter._import


def _imports_the_first_part(self: Any, job: Any, coming: Any, chunk: Any, taken_over: int) -> Any:
    """A chunk that is too large is done with its first part."""
    try:
        return _imports_in_turn(self, job, coming, chunk, taken_over)
    except ChunkIsTooLarge as error:
        last = chunk.last
        del chunk.drafts[error.fewer :]
        _imports_in_turn(self, job, coming, chunk, taken_over)
        return last


_imports_in_turn = BatchImporter._import_in_turn


# Batches that failed


def _forgets(_self: Any, _key: Any, _manifest: str) -> bool:
    return True


def _hands_batches_back_first(self: Any, key: Any, message: dict[str, Any]) -> None:
    self._records.hand_back(key, message["row"])
    self._closer.close_if_done(key)
    _reads_batches(self, key, message)


_reads_batches = ImportQueue._read_batches


def _leaves_batches(self: Any, key: Any, message: dict[str, Any], _place: Any) -> None:
    self._records.hand_back(key, message["row"])
    self._closer.close_if_done(key)


def _counts_no_rest(self: Any, key: Any, _first: int, **_how: Any) -> bool:
    del self, key
    return True


def _takes_any_file(_self: Any, _given: Any) -> None:
    return


def _drops(_self: Any, _message: Any) -> None:
    return


# The end


def _counts_before_it_closes(self: Any, key: Any) -> Any:
    progress = self._records.readable_progress(key)
    self._records.close_counters(key)
    return progress


def _settles_nothing(self: Any, key: Any) -> Any:
    self._records.close_counters(key)
    return self._records.readable_progress(key)


def _counts_nobody(_self: Any, _key: Any, _attempt: int, _who: str) -> int:
    return 1


def _closes_no_counters(_self: Any, _key: Any) -> None:
    return


def _takes_all_for_complete(_self: Any, _item: Any, _counts: Any) -> bool:
    return True


def _takes_nothing_for_complete(_self: Any, _item: Any, _counts: Any) -> bool:
    return False


# The start


def _looks_again(self: Any, event: Any) -> None:
    """Each delivery looks at the file, and ends the job if that is gone."""
    key = ImportKey.from_mapping(event.new_image)
    job = self._records.read(key)
    if status_of(job).is_final or MAP_IS_OVER in job:
        self._canceller().go_on(key)
        return

    def look() -> None:
        begun = self._records.start(key, self._look_at_file(key, job))
        if begun is not None:
            self._set_off(key, begun)

    refused = refusal(look)
    if refused is not None:
        self._closer.end_of_batches(key, refused)


# Items that others change


def _gives_up(_self: Any, command: Any, **_may_wait: bool) -> str:
    return f"The command {command.key} of its item is still being applied: import it again."


def _only_waits(_self: Any, _command: Any, **_may_wait: bool) -> None:
    raise ItemIsBusy


# The file


def _takes_any_rows(self: Any, event: Any) -> Any:
    self._files = SimpleNamespace(refuse_other=lambda _given: None)
    return _takes_rows(self, event)


_takes_rows = ImportWorkflow.csv_rows_handler


# Objects


def _one_object(self: Any, name: str, value: Any, place: str, **_sizes: Any) -> dict[str, Any]:
    if not value or name == "attributes":
        return {name: value}
    self._objects.put_json(f"{place}.json", value)
    return {f"{name}Key": f"{place}.json"}


# Conditions


def _kind(kind: ImportKind) -> Callable[[Any], bool]:
    return lambda action: isinstance(action, Put) and action.item.get("kind") == kind


def _counts(name: str = "total") -> Callable[[Any], bool]:
    return lambda action: isinstance(action, Update) and name in action.increase


def _assigns(name: str) -> Callable[[Any], bool]:
    return lambda action: isinstance(action, Update) and name in action.assign


def _begins(action: Any) -> bool:
    return isinstance(action, Update) and action.assign.get("status") == "PROCESSING"


def _settles(action: Any) -> bool:
    return isinstance(action, Update) and "open" in action.remove


MUTATIONS = [
    Mutation(
        "a rest that had no time counts as done",
        "two rests",
        patches=_method(ImportQueue, "_read_rest", _counts_what_had_no_time_as_done),
    ),
    Mutation(
        "a rest is handed back before what is left of it is handed over",
        "map, a rest",
        patches=_method(ImportQueue, "_read_rest", _hands_back_first),
    ),
    Mutation(
        "a rest does not know that it was handed over to itself",
        "map, a rest",
        patches=_method(BatchImporter, "run", _forgets_that_it_took_over),
    ),
    Mutation(
        "nobody waits for rests",
        "map, a rest",
        patches=_method(ImportCloser, "_are_rests_done", _does_not_look),
    ),
    Mutation(
        "rests are looked at once",
        "rests while counters are read",
        patches=_method(ImportCloser, "_are_rests_done", _looks_once),
    ),
    Mutation(
        "a rest is handed over twice",
        "map, a rest",
        without(_kind(ImportKind.HANDED_OVER)),
    ),
    Mutation(
        "a rest is handed back twice",
        "two rests",
        without(_assigns(HANDED_BACK)),
    ),
    Mutation(
        "a rest that nobody sent is not sent again",
        "a batch that dies with its execution",
        patches=_method(ImportQueue, "send_rests_again", _sends_nothing_again),
    ),
    Mutation(
        "batches that failed are forgotten",
        "map, a batch that fails",
        patches=_method(ImportQueue, "hand_over_batches", _forgets),
    ),
    Mutation(
        "batches that failed are handed back before their rests are handed over",
        "two batches that fail while counters are read",
        patches=_method(ImportQueue, "_read_batches", _hands_batches_back_first),
    ),
    Mutation(
        "batches for which there was no time count as done",
        "batches that fail and messages that come twice",
        patches=_method(ImportQueue, "_send_batches", _leaves_batches),
    ),
    Mutation(
        "a rest is handed over and not counted",
        "map, a batch that fails",
        patches=_method(ImportRecords, "hand_over", _counts_no_rest),
    ),
    Mutation(
        "batches of another file are begun again",
        "batches of another file that fail",
        patches=_method(ExecutionFailures, "of_file", _takes_any_file),
    ),
    Mutation(
        "a message that could do nothing is not sent on",
        "two rests",
        patches=_method(ImportQueue, "_send_on", _drops),
    ),
    Mutation(
        "a batch hands over after the map is over",
        "a batch that outlives its execution",
        without(lambda action: isinstance(action, Check), MAP_IS_OVER),
    ),
    Mutation(
        "a row is rejected for a command that is being applied",
        "a batch that dies before its sync handlers ran",
        patches=_method(ChunkPublisher, "_wait_for", _gives_up),
    ),
    Mutation(
        "a row waits for a process that died",
        "a batch that dies before its sync handlers ran",
        patches=_method(ChunkPublisher, "_wait_for", _only_waits),
    ),
    Mutation(
        "rejected rows of two writers share an object",
        "a command that fails",
        patches=_method(LargeValues, "place", _one_object),
    ),
    Mutation(
        "a file is read without its ETag",
        "direct",
        patches={"cqrs.imports.csv.source.READS": frozenset()},
    ),
    Mutation(
        "a batch takes rows of any file",
        "map, without versions",
        patches=_method(ImportWorkflow, "csv_rows_handler", _takes_any_rows),
    ),
    Mutation(
        "a chunk is published after the end",
        "cancelled while batches run",
        without(_counts(), CLOSED),
    ),
    Mutation(
        "counters stay open",
        "cancelled while batches run",
        patches=_method(ImportRecords, "close_counters", _closes_no_counters),
    ),
    Mutation(
        "counters are summed before they are closed",
        "cancelled while batches run",
        patches=_method(ImportCloser, "_final_progress", _counts_before_it_closes),
    ),
    Mutation(
        "an end is taken without asking the execution",
        "map, redriven",
        believe_all_ends,
    ),
    Mutation(
        "a record that comes again looks at the file",
        "map, comes twice and is deleted",
        patches=_method(ImportStarter, "start", _looks_again),
    ),
    Mutation(
        "a failed look ends a job that was begun",
        "map, comes twice and is deleted",
        without(_assigns(MAP_IS_OVER), ETAG),
    ),
    Mutation(
        "a chunk is marked twice",
        "direct, comes twice and is deleted",
        without(_kind(ImportKind.CHUNK)),
    ),
    Mutation(
        "a repeat goes on behind its own chunk, and not behind the one that is marked",
        "later versions that do not fit into one chunk",
        patches=_method(BatchImporter, "_import", _passes_over_its_own_chunk),
    ),
    Mutation(
        "a chunk that is too large counts as done with its first part",
        "later versions that do not fit into one chunk",
        patches=_method(BatchImporter, "_import_in_turn", _imports_the_first_part),
    ),
    Mutation(
        "an open chunk is settled twice",
        "sync handlers, cancelled",
        without(_settles),
    ),
    Mutation(
        "nobody counts who dies of a sync handler",
        "direct, with a deadly sync handler",
        patches=_method(Ordering, "take_over", _counts_nobody),
    ),
    Mutation(
        "an end leaves open chunks",
        "sync handlers, cancelled",
        patches=_method(ImportCloser, "_final_progress", _settles_nothing),
    ),
    Mutation(
        "a job ends twice",
        "direct, comes twice and is deleted",
        without(_assigns("finishedAt"), "#status"),
    ),
    Mutation(
        "a cancelled job ends otherwise",
        "direct, cancelled",
        without(_assigns("finishedAt"), CANCELLED_AT),
    ),
    Mutation(
        "a job that is over is begun",
        "direct, cancelled",
        without(_begins, "#"),
    ),
    Mutation(
        "a job that fails counts as complete",
        "direct",
        patches=_method(ImportCloser, "_is_complete", _takes_all_for_complete),
    ),
]
