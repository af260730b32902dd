"""Work that would write again what is erased under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.approvals.indexes import BY_EXECUTION
from cqrs.commands.indexes import UNFINISHED_COMMANDS
from cqrs.commands.models import CommandStatus
from cqrs.core.execution_tenants import tenant_of_input
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.erasure.subjects import ItemSubject
from cqrs.healing.entries import UnfinishedEntries
from cqrs.imports.indexes import UNFINISHED_IMPORTS
from cqrs.read_models.run_rounds import TENANT as RUNS
from cqrs.resources import RUN_TASK, Table
from cqrs.tasks.indexes import UNFINISHED_TASKS
from cqrs.tasks.keys import STEP_FUNCTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cqrs.aws.item_store import Index
    from cqrs.core.attribute_values import Item
    from cqrs.erasure.subjects import Subject
    from cqrs.services import Services

INDEXES: tuple[tuple[Table, Index, str], ...] = (
    (Table.COMMANDS, UNFINISHED_COMMANDS, "command"),
    (Table.TASKS, UNFINISHED_TASKS, "task"),
    (Table.IMPORT_TMP, UNFINISHED_IMPORTS, "import"),
    (Table.APPROVALS, BY_EXECUTION, "approval request"),
)

OF_AN_ITEM = frozenset({Table.COMMANDS, Table.TASKS})
"""Tables with work that may write an item's versions."""

RUNNING = "RUNNING"
EXECUTIONS_OF_A_PAGE = 100


def running_work(services: Services, subject: Subject) -> Iterator[str]:
    """Name each piece of a subject's work that is under way (one Query for each partition).

    A command that failed does nothing until somebody retries it, so it is none. Custom workflows
    tell whose they are by their input (one DescribeExecution for each that runs). Of an item, its
    commands alone count. Rebuilds and replays of read models count for everybody: they write pages
    of items that they have read before.
    """
    settings = services.settings
    for table, index, what in INDEXES:
        if isinstance(subject, ItemSubject) and table not in OF_AN_ITEM:
            continue
        for entry in UnfinishedEntries(services.clients, settings.table(table), index).all():
            if table is Table.TASKS and _is_run(entry):
                yield f"run of a read model {entry['pk']} {entry['sk']}"
                continue
            if not subject.owns(entry["pk"], entry["sk"]):
                continue
            if table is Table.COMMANDS and not _is_published(services, entry):
                continue
            yield f"{what} {entry['pk']} {entry['sk']}"
    if not isinstance(subject, ItemSubject):
        yield from _workflows(services, subject.tenant)


def _is_run(task: Item) -> bool:
    """Whether a task is one of those by which runs of read models go on."""
    is_of_runs = task["pk"] == f"{STEP_FUNCTION}{KEY_SEPARATOR}{RUNS}"
    return is_of_runs and str(task["sk"]).startswith(f"{RUN_TASK}{KEY_SEPARATOR}")


def _is_published(services: Services, entry: Item) -> bool:
    """Whether a command of the index has not failed; the table itself is not behind."""
    item = services.store.get(services.settings.commands_table, entry["pk"], entry["sk"])
    return item is not None and item.get("status") == CommandStatus.PUBLISHED


def _workflows(services: Services, tenant: str) -> Iterator[str]:
    for name in services.settings.workflow_names:
        machine = services.settings.state_machine_arn(name)
        for arn in _running(services, machine):
            description = services.step_functions.describe(arn)
            if description is not None and tenant_of_input(description.input) == tenant:
                yield f"execution {arn.rpartition(':')[2]} of {name}"


def _running(services: Services, machine: str) -> Iterator[str]:
    cursor: str | None = None
    while True:
        page = services.execution_reader.list(
            machine, status=RUNNING, limit=EXECUTIONS_OF_A_PAGE, cursor=cursor
        )
        for execution in page.executions:
            yield execution.arn
        if page.cursor is None:
            return
        cursor = page.cursor
