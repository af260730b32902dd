"""The parts that runs work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cqrs.commands.sync_handlers import SyncHandlers
    from cqrs.core.deadline import Deadline
    from cqrs.healing.entries import UnfinishedEntries
    from cqrs.items.data import DataService
    from cqrs.items.history import HistoryService
    from cqrs.read_models.declarations import ReadModelRegistry
    from cqrs.read_models.generations import GenerationRecords
    from cqrs.read_models.places_of import Places
    from cqrs.read_models.runs import RunRecords
    from cqrs.tasks.service import TaskService


@dataclass(frozen=True, slots=True, kw_only=True)
class RunParts:
    """Records of read models and of runs, and the services that runs read items with.

    Attributes
    ----------
    writer_seconds
        How long an invocation may last that writes into read models.
    """

    registry: ReadModelRegistry
    places: Places
    generations: GenerationRecords
    runs: RunRecords
    data: DataService
    history: HistoryService
    tasks: TaskService
    sync_handlers: SyncHandlers
    unfinished: UnfinishedEntries
    deadline: Deadline
    writer_seconds: float
