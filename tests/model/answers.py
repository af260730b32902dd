"""Each answer to a publisher is true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cqrs.aws.item_store import Address
from cqrs.commands.models import LATEST, CommandStatus
from cqrs.testing.text import Text, view
from tests.model.monitor import COMMANDS, Monitor
from tests.model.scenarios import PK, SYNCHRONOUS, Publish
from tests.model.violation import Violation

TRUTH = "8 a publisher is told the truth"

NOTHING_WRITTEN = frozenset(
    {"VersionConflict", "CommandInProgress", "PredecessorFailed", "NoSuchItem", "ItemDeleted"}
)
"""Errors of a call that has stored no command."""

STORED = "CommandFailed"


class Asked(NamedTuple):
    """A publish call that gets its answer.

    Attributes
    ----------
    call
        The call that it makes.
    identity
        The beginning of the request id of the command that it makes.
    since
        The newest version of its item when it began.
    """

    call: Publish
    identity: str
    since: int


def check_answer(
    monitor: Monitor, tables: Mapping[Address, Text], asked: Asked, answer: Text
) -> None:
    """Check an answer in the moment in which it is given.

    Raises
    ------
    Violation
        If it is not true.
    """
    told, made = view(answer), _made(monitor, asked)
    if len(made) > 1:
        raise Violation("1 versions move by one", f"one call makes {made}")
    if "error" in told:
        _refusal_is_true(monitor, tables, asked, told, made)
    elif told["changed"]:
        _change_is_true(monitor, tables, asked, told, made)
    else:
        _sameness_is_true(monitor, asked, told, made)


def _made(monitor: Monitor, asked: Asked) -> list[str]:
    """Commands that the call has made, each of another version."""
    return [
        address[2]
        for address, text in monitor.published.items()
        if view(text)["requestId"].startswith(f"{asked.identity}-")
    ]


def _change_is_true(
    monitor: Monitor, tables: Mapping[Address, Text], asked: Asked, told: Any, made: list[str]
) -> None:
    call = asked.call
    if made != [told["sk"]]:
        raise Violation(TRUTH, f"{asked.identity} gets {told['sk']} and has made {made}")
    if call.version not in (LATEST, _version(told["sk"]) - 1):
        raise Violation(TRUTH, f"{told['sk']} does not build on version {call.version}")
    address = COMMANDS, told["pk"], told["sk"]
    if call.method not in SYNCHRONOUS or address in monitor.gone:
        return
    status = view(tables[address])["status"]
    if status != CommandStatus.FINISHED:
        raise Violation(TRUTH, f"{told['sk']} is told to be applied and is {status}")


def _sameness_is_true(monitor: Monitor, asked: Asked, told: Any, made: list[str]) -> None:
    version = _version(told["sk"])
    if made:
        raise Violation(TRUTH, f"{asked.identity} has made {made}, and gets no change")
    if not asked.since <= version <= monitor.newest(asked.call.item):
        raise Violation(TRUTH, f"{told['sk']} was not the newest version during {asked.identity}")
    says = view(monitor.published[COMMANDS, told["pk"], told["sk"]])["attributes"]
    if says != asked.call.attributes(asked.identity.rpartition(".")[0]):
        raise Violation(TRUTH, f"{told['sk']} does not say what {asked.identity} does")


def _refusal_is_true(
    monitor: Monitor, tables: Mapping[Address, Text], asked: Asked, told: Any, made: list[str]
) -> None:
    call, error = asked.call, told["error"]
    if error == STORED:
        _failure_is_true(tables, asked, made)
        return
    if error not in NOTHING_WRITTEN:
        raise Violation(TRUTH, f"{asked.identity} is told {error}")
    if made:
        raise Violation(TRUTH, f"{asked.identity} has made {made}, and is told {error}")
    if error != "VersionConflict":
        return
    current = told["current"]
    if current == call.version or not asked.since <= current <= monitor.newest(call.item):
        raise Violation(TRUTH, f"{asked.identity} gets a conflict with version {current}")


def _failure_is_true(tables: Mapping[Address, Text], asked: Asked, made: list[str]) -> None:
    """The command failed, or somebody has started it again since."""
    commands = [view(tables[COMMANDS, PK, sk]) for sk in made]
    if not any(
        command["status"] == CommandStatus.FAILED or command.get("attempt") for command in commands
    ):
        raise Violation(TRUTH, f"{asked.identity} gets a failure, and has made {made}")


def _version(sk: str) -> int:
    return int(sk.rpartition("@")[2])
