"""The versions that a request is about: If-Match and If-None-Match (RFC 9110, section 13)."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cqrs.api.problems import Problem, etag
from cqrs.commands.models import FIRST, LATEST
from cqrs.core.keys import VERSION_DIGITS
from cqrs.errors import VersionConflict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cqrs.core.keys import ItemKey

ANY = "*"
WEAK = "W/"

ETAG = re.compile(rf'"[1-9][0-9]{{0,{VERSION_DIGITS - 1}}}"')


def base_version(headers: Mapping[str, str], *, may_be_new: bool) -> int:
    """The version that a change builds on.

    Parameters
    ----------
    headers
        The request's.
    may_be_new
        Whether the item need not exist.

    Raises
    ------
    Problem
        If the conditions say no version.
    """
    match, none_match = headers.get("if-match"), headers.get("if-none-match")
    if none_match is not None:
        if none_match.strip() == ANY and may_be_new:
            if match is None:
                return FIRST
            # RFC 9110, section 13.2.2: the second condition fails whenever the first one holds.
            raise Problem(
                412,
                "condition",
                "If-Match asks for a version that exists, and If-None-Match for none: send one of "
                "them.",
            )
        raise _refused(
            "If-None-Match of a change is * alone, and creates an item: send it with PUT and "
            "without If-Match."
        )
    if match is None:
        return LATEST
    if match.strip() == ANY and not may_be_new:
        return LATEST  # only what exists is changed
    if match.strip().startswith(WEAK):
        raise _refused(
            f"If-Match is {match[:80]!r}, which is a weak ETag, and says no version. A proxy that "
            f'compresses answers makes such ones: leave {WEAK} out, as in If-Match: "3".'
        )
    found = ETAG.fullmatch(match.strip())
    if found is None:
        raise _refused(
            f"If-Match is {match[:80]!r}; send the ETag of one version, with its quotes, as in "
            'If-Match: "3".'
        )
    return int(found[0].strip('"'))


@contextmanager
def refusing_other_versions(key: ItemKey) -> Iterator[None]:
    """Refuse another version than the conditions name, in the words of their headers.

    Raises
    ------
    Problem
        If the item has another one.
    """
    try:
        yield
    except VersionConflict as conflict:
        current, base = conflict.current, conflict.base
        if not current:
            told = f"There is no {key}, and no version {base} of it: leave If-Match out to make it."
        elif not base:
            told = (
                f"{key} is there already, at version {current}: leave If-None-Match out to change "
                "it, or send its ETag as If-Match."
            )
        else:
            told = (
                f"{key} is at version {current}, not {base}: read it again with pending=true, and "
                "send the ETag of that as If-Match. A change without If-Match builds on the newest."
            )
        raise Problem(
            412,
            "version-conflict",
            told,
            headers=etag(current),
            more={"current_version": current},
        ) from None


def is_known(headers: Mapping[str, str], version: int) -> bool:
    """Whether a reader has a version already (If-None-Match)."""
    known = headers.get("if-none-match", "")
    if known.strip() == ANY:
        return True  # any version at all
    # A cache may have made a weak one of it, which is as good for reading.
    return f'"{version}"' in {tag.strip().removeprefix(WEAK) for tag in known.split(",")}


def _refused(detail: str) -> Problem:
    return Problem(400, "condition", detail)
