"""The keys that each line of the log has: what the function is at work on.

``cqrs logs`` and the saved queries find lines by them. ``command`` and ``item`` are
``<pk> <sk>``; ``task``, ``job`` and ``approval`` are ids, ``<pk>/<sk>``. A job is an import.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cqrs.core.keys import tenant_code
from cqrs.core.observability import logger

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXECUTION = "execution"
STATE = "state"
COMMAND = "command"
ITEM = "item"
TASK = "task"
JOB = "job"
APPROVAL = "approval"
TENANT = "tenant"
REQUEST = "request"
OPERATION = "operation"
ACTION = "action"

REFUSED = "A request was refused"
"""Message of a line with ``status`` and ``reason`` of a request to the HTTP API."""

SHOWN_LENGTH = 1000
"""Characters of a key; one that somebody else has sent may have any number."""


def work_keys(kind: str, named: object) -> dict[str, str]:
    """The keys of a piece of work, as ``{"pk", "sk"}`` names it; none if it names none.

    Parameters
    ----------
    kind
        One of this module's names.
    named
        An object, or whatever came in its place.
    """
    if not isinstance(named, dict):
        return {}
    pk, sk = named.get("pk"), named.get("sk")
    if not isinstance(pk, str) or not isinstance(sk, str):
        return {}
    separator = " " if kind in {COMMAND, ITEM} else "/"
    return {kind: f"{pk}{separator}{sk}"[:SHOWN_LENGTH], **tenant_keys(tenant_code(pk))}


def tenant_keys(tenant: object) -> dict[str, str]:
    """The key of a tenant; none if there is none."""
    return {TENANT: tenant[:SHOWN_LENGTH]} if isinstance(tenant, str) and tenant else {}


def error_keys(error: BaseException) -> dict[str, str]:
    """The keys of a line about an error: its name, the start of its message, and where it was.

    The log has the last of an unexpected error alone, and once (:mod:`cqrs.core.tracebacks`).
    """
    from cqrs.core.tracebacks import reason_of, traceback_of  # noqa: PLC0415 - few events fail

    return {"error": type(error).__name__, "reason": reason_of(error), **traceback_of(error)}


def log_with(keys: Mapping[str, str]) -> None:
    """Let each line have keys from now on, and write one about the call itself.

    By that line, which has the id of the invocation, one finds what its code prints.
    """
    logger.append_keys(**keys)
    logger.debug("Called")


@contextmanager
def logged_with(keys: Mapping[str, str]) -> Iterator[None]:
    """Let each line that is written within have keys."""
    log_with(keys)
    try:
        yield
    finally:
        logger.remove_keys(list(keys))
