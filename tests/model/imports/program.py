"""The real code of imports as a function, as :mod:`tests.model.program` has that of commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pkgutil import resolve_name
from types import SimpleNamespace
from typing import Any

from cqrs.aws.item_store import TRANSACTION_ITEMS
from cqrs.commands.sync_handlers import SyncHandlers
from cqrs.imports.keys import ImportKey
from cqrs.imports.models import ProcessingMode, PublishMode
from cqrs.imports.records import NewJob
from cqrs.services import Services
from cqrs.storage.large_values import LargeValues
from cqrs.testing.text import Text, thaw
from tests.model.imports.clients import ImportClients, ImportStore
from tests.model.imports.files import PlaceStrategy
from tests.model.invocations import Step
from tests.model.mistake import Wiring
from tests.model.program import NOW, Program
from tests.model.stores import use_store

KEY = ImportKey("CSV_IMPORT#acme", "places#01ARZ3NDEKTSV4RRFFQ69G5FAV")
BUCKET, FILE = "files", "in.csv"

SECONDS = 60
"""That an invocation has, and a second if its time is nearly over."""

PATIENCE = 2
"""How often an invocation waits for a command that is being applied."""

OWN_UUID = "as"
"""Part of an invocation's event: what sets apart the objects that it writes."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes that are small in a model, and large in the world.

    Attributes
    ----------
    chunk_rows
        Rows of a chunk.
    actions
        Actions of a transaction that publishes a chunk.
    counters
        Items that a job's counters are spread over.
    has_handlers
        Whether the application has a sync handler.
    is_large
        Whether rejected rows lie in the bucket.
    is_torn
        Whether other writes may come in between the items of a query.
    """

    chunk_rows: int = 1
    actions: int = TRANSACTION_ITEMS
    counters: int = 1
    has_handlers: bool = False
    is_large: bool = False
    is_torn: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the real code.

    Attributes
    ----------
    wire
        Replaces services by others.
    patches
        Values of modules' attributes, by their full names.
    """

    wire: Wiring = lambda _: None
    patches: Mapping[str, Any] = field(default_factory=dict)


class _SmallItems(LargeValues):
    """Takes any value but an empty one for a large one."""

    def place(self, name: str, value: Any, place: str, **_sizes: Any) -> dict[str, Any]:
        return super().place(name, value, place, inline_bytes=-1 if value else 0)


class ImportProgram(Program):
    """Runs invocations of an application that imports.

    Parameters
    ----------
    sizes
        The small sizes.
    change
        The code in the place of the real one; by default none.
    remember
        Whether the same invocation with the same results is run only once.
    """

    def __init__(
        self, sizes: Sizes, change: Change | None = None, *, remember: bool = True
    ) -> None:
        self._sizes = sizes
        self._change = change or Change()
        self._uuid = SimpleNamespace()
        self._is_short_of_time = False
        self._patches = self._patched()
        super().__init__(wire=self._wire, remember=remember)
        self._application.import_strategy("places")(PlaceStrategy)

    def _wire(self, services: Services) -> None:
        services.clients = ImportClients(self._tape)
        self._store = ImportStore(
            self._tape, is_torn=self._sizes.is_torn, actions=self._sizes.actions
        )
        use_store(services, self._store)
        if self._sizes.is_large:
            services.large_values = _SmallItems(services.objects)
            services.attributes = type(services.attributes)(LargeValues(services.objects))
        if not self._sizes.has_handlers:
            services.sync_handlers = SyncHandlers()
        self._change.wire(services)

    def _run(self, event: Text, results: tuple[Text, ...]) -> Step:
        with self._small(event):
            return super()._run(event, results)

    def _handle(self, event: dict[str, Any]) -> Any:
        self._store.chunks = 0
        self._is_short_of_time = "chunks" in event
        if "create" in event:
            mode, publish_mode = event["create"]
            job = NewJob(BUCKET, FILE, ProcessingMode(mode), PublishMode(publish_mode))
            self._services.import_records.create(KEY, job)
            return None
        if "cancel" in event:
            self._services.deadline.begin(None)
            self._application.imports.cancel(KEY, by="Ann")
            return None
        return self._application.handle(event["event"], self._clock(event.get("chunks")))

    def _clock(self, chunks: int | None) -> Callable[[], int]:
        """The rest of the time, of an invocation that has it for so many chunks."""
        looks = count()

        def remaining() -> int:
            is_over = chunks is not None and self._store.chunks >= chunks and next(looks) > 0
            return 1_000 if is_over else SECONDS * 1_000

        return remaining

    def _age(self, _moment: str) -> float:
        """How long ago a command was published: either its publisher may be alive, or not."""
        return 0.0 if self._is_short_of_time else SECONDS + 1.0

    @contextmanager
    def _small(self, event: Text) -> Iterator[None]:
        # The warm-up has an event that is none.
        owner = thaw(event).get(OWN_UUID, "") if event.startswith("{") else ""
        numbers = count()

        def identity() -> SimpleNamespace:
            return SimpleNamespace(hex=f"{owner}-{next(numbers)}")

        self._uuid.uuid4 = identity
        kept = [getattr(place, name) for place, name, _ in self._patches]
        for place, name, value in self._patches:
            setattr(place, name, value)
        try:
            yield
        finally:
            for (place, name, _), value in zip(self._patches, kept, strict=True):
                setattr(place, name, value)

    def _patched(self) -> list[tuple[Any, str, Any]]:
        """The places that something else takes while the program runs: its name, and what."""
        values = {
            "cqrs.imports.chunks.importer.CHUNK_ROWS": self._sizes.chunk_rows,
            "cqrs.imports.chunks.publisher.TRANSACTION_ITEMS": self._sizes.actions,
            "cqrs.imports.keys.COUNTER_SHARDS": self._sizes.counters,
            "cqrs.imports.chunks.publisher.now_iso": lambda: NOW,
            "cqrs.imports.records.now_iso": lambda: NOW,
            "cqrs.aws.clients.back_off": lambda _attempt: None,
            "cqrs.imports.chunks.publisher.back_off": lambda _attempt: None,
            "cqrs.imports.chunks.publisher.PATIENCE": PATIENCE,
            "cqrs.imports.chunks.publisher.seconds_since": self._age,
            "cqrs.imports.chunks.finisher.back_off": lambda _attempt: None,
            "cqrs.imports.chunks.pace.time": SimpleNamespace(monotonic=float, sleep=float),
            "cqrs.imports.hops.random": SimpleNamespace(uniform=lambda _least, most: most),
            "cqrs.storage.large_values.uuid": self._uuid,
            "cqrs.imports.csv.errors_file.uuid": self._uuid,
            "cqrs.imports.chunks.finisher.uuid": self._uuid,
            "cqrs.aws.step_functions.time": SimpleNamespace(sleep=lambda _seconds: None),
            **self._change.patches,
        }
        places = {full: full.rpartition(".") for full in values}
        return [
            (resolve_name(places[full][0]), places[full][2], value)
            for full, value in values.items()
        ]
