"""Lists name everything that they are of, once, however short their pages are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from cqrs.imports.models import ImportStatus
from cqrs.resources import Table
from cqrs.tasks.models import TaskStatus
from tests.damage.world import World
from tests.unit.importing import TENANT

MOST_PAGES = 60


def misnamed(world: World) -> list[str]:
    """Items that a list does not name, or names more than once."""
    services, items = world.services, world.items()

    def listed(table: Table, statuses: Iterable[str]) -> Counter[str]:
        beginnings = tuple(f"{status}#" for status in statuses)
        return Counter(
            f"{pk}/{sk}"
            for (where, pk, sk), item in items.items()
            if where is table
            and item.get("tenant") == TENANT
            and str(item.get("listedAs", "")).startswith(beginnings)
        )

    pending = Counter(
        f"{pk}/{sk}"
        for (where, pk, sk), item in items.items()
        if where is Table.APPROVALS and item.get("pendingOf") == TENANT and "pendingSince" in item
    )
    return [
        *_differences(
            "tasks",
            listed(Table.TASKS, TaskStatus),
            _walked(services.tasks.list, lambda page: [task.key for task in page.tasks]),
        ),
        *_differences(
            "imports",
            listed(Table.IMPORT_TMP, ImportStatus),
            _walked(services.imports.list, lambda page: [job.key for job in page.jobs]),
        ),
        *_differences(
            "pending requests",
            pending,
            _walked(
                services.approvals.list_pending,
                lambda page: [request.key for request in page.requests],
            ),
        ),
    ]


def _walked(read: Callable[..., Any], keys: Callable[[Any], Iterable[object]]) -> Counter[str]:
    named: Counter[str] = Counter()
    cursor = None
    for _ in range(MOST_PAGES):
        page = read(TENANT, limit=1, cursor=cursor)
        named.update(map(str, keys(page)))
        named.update(damaged.key for damaged in page.damaged)
        cursor = page.cursor
        if cursor is None:
            return named
    return named + Counter({"no last page": 1})


def _differences(what: str, held: Counter[str], named: Counter[str]) -> list[str]:
    hidden, beyond = held - named, named - held
    return [
        *(f"the list of {what} hides {key}" for key in hidden),
        *(f"the list of {what} names {key} as well" for key in beyond),
    ]
