"""Emulator difference: the name of the error of a call that found no concurrency left.

MiniStack calls it ``Lambda.Unknown``, as AWS calls a process that ended in the midst of its work.
It takes 50 calls at a time (:mod:`tooling.ministack`), so a burst meets that error often. A crash
of a process has another name there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stacks.asl.retriers import THROTTLED

if TYPE_CHECKING:
    from stacks.asl.states import Definition

UNKNOWN = "Lambda.Unknown"


def with_names_of_emulators(definition: Definition) -> Definition:
    """Give the emulator's name for throttling the retries that throttling has."""
    return {name: _renamed(value) for name, value in definition.items()}


def _renamed(value: Any) -> Any:
    if isinstance(value, list):
        return [_renamed(one) for one in value]
    if isinstance(value, dict):
        return {
            name: _retried(more) if name == "Retry" else _renamed(more)
            for name, more in value.items()
        }
    return value


def _retried(retriers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**retrier, "ErrorEquals": _errors(retrier["ErrorEquals"])} for retrier in retriers]


def _errors(names: list[str]) -> list[str]:
    others = [name for name in names if name != UNKNOWN]
    return [*others, UNKNOWN] if THROTTLED in names else others
