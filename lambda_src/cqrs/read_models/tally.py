"""Figures of a page of a run, and examples of what is odd in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cqrs.core.log_keys import ITEM, error_keys
from cqrs.core.observability import logger
from cqrs.core.texts import message_of
from cqrs.read_models.runs import MOST_EXAMPLES

if TYPE_CHECKING:
    from cqrs.core.keys import ItemKey

LONGEST_EXAMPLE = 500


@dataclass(slots=True)
class Tally:
    """Counts by name, and at most ``MOST_EXAMPLES`` examples."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def note(self, told: str) -> None:
        """Keep an example, unless there are enough."""
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(told[:LONGEST_EXAMPLE])

    def refuse(self, key: ItemKey, error: Exception) -> None:
        """Count an item that a read model or sync handler has refused."""
        self.counts["refused"] += 1
        self.note(f"{key}: {type(error).__name__}: {message_of(error)}")
        logger.info("A read model refused an item", extra={ITEM: str(key), **error_keys(error)})
