"""Who is behind a call of a service, and which try of it this is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cqrs.aws.item_store import Action
    from cqrs.core.keys import CommandKey, ItemKey

CREATED_BY = "createdBy"
"""Attribute with the name of whoever made something."""

IS_VERIFIED = "createdByIsVerified"
"""Attribute that is true if that name was verified; items of earlier releases have none."""


@dataclass(frozen=True)
class Origin:
    """The origin of calls; by default nobody in particular, each call by itself.

    Attributes
    ----------
    author
        Who calls, as somebody has verified it; empty if nobody has.
    identity
        ULID that all tries of one call share; None if each try is a call of its own.
    """

    author: str = ""
    identity: str | None = None

    def published(self, _key: ItemKey) -> int | None:
        """The version of an item that an earlier try of the call has published."""
        return None

    def beside(self, _key: CommandKey) -> Sequence[Action]:
        """Writes that belong into the transaction that publishes a command."""
        return ()


UNKNOWN = Origin()
