"""Keys that sort by the time at which something was made.

An identity that the project gives has a ULID (ULID specification). A name that a caller gives has
the time before it. Both forms are stored, so neither may change.
"""

from __future__ import annotations

import re

from cqrs.core.keys import KEY_SEPARATOR

ULID = re.compile("[0-9A-HJKMNP-TV-Z]{26}")

BEFORE_ALL, BEHIND_ALL = "\0", "\U0010ffff" * 8
"""Around all keys, of whatever form others have written."""


def new_ulid() -> str:
    """The identity of something new; a later one is greater."""
    import ulid  # noqa: PLC0415 - only when something is made

    return str(ulid.ULID())


def dated(moment: str, name: str) -> str:
    """A key of what was made at some time, as items record it, under a name of somebody else's."""
    return f"{moment}{KEY_SEPARATOR}{name}"
