"""A rough forecast of a rebuild: its items, its time and its price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.core.keys import item_type
from cqrs.read_models.segment_work import SETTLE_SECONDS

if TYPE_CHECKING:
    from cqrs.items.data import DataService
    from cqrs.read_models.declarations import ReadModel

PAGE_ITEMS = 1000

SAMPLE_PAGES = 4
"""Pages that are read of a part of the table, before a smaller one is taken."""

PARTS = (1, 16, 256, 4096)
"""Parts of the table of which one is read."""

ITEMS_A_SECOND = 200
"""docs/reliability.md has what was measured."""

READ_USD, WRITE_USD = 0.1425e-6, 0.715e-6
"""Prices of a read and a write unit."""


def estimate_rebuild(data: DataService, model: ReadModel) -> dict[str, Any]:
    """Tell roughly what a rebuild of a read model would do; nothing is written.

    It reads a sample: a part of the data table, as large as one invocation has time for.

    Returns
    -------
    dict
        ``items`` and whether that is ``exact``; ``seconds``; ``usd``, by the prices of
        docs/architecture.md, with two writes for each item and one more for the database.
    """
    parts = PARTS[0]
    for parts in PARTS:
        found, is_whole = _sampled(data, model, parts)
        if is_whole:
            break
    items = found * parts
    return {
        "items": items,
        "exact": parts == 1,
        "seconds": items // ITEMS_A_SECOND + 2 * SETTLE_SECONDS,
        "usd": round(items * (2 * READ_USD + 4 * WRITE_USD), 4),
    }


def _sampled(data: DataService, model: ReadModel, parts: int) -> tuple[int, bool]:
    found, start = 0, None
    for _ in range(SAMPLE_PAGES):
        page = data.scan(
            (0, parts),
            limit=PAGE_ITEMS,
            start_after=start,
            wants=lambda pk: item_type(pk) in model.item_types,
        )
        found, start = found + len(page.items) + len(page.damaged), page.last_key
        if start is None:
            return found, True
    return found, False
