"""The promises at the end of every run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cqrs.aws.item_store import Address
from cqrs.commands.models import CommandStatus
from cqrs.testing.asl.state_machine import Ended
from cqrs.testing.text import Text, thaw, view
from tests.model.monitor import COMMANDS, DATA, HISTORY
from tests.model.scenarios import PK
from tests.model.violation import Violation

if TYPE_CHECKING:
    from tests.model.world import World

REQUESTS = 21
"""Requests of an attempt. Three start it: a look at the command two before it, a start that is left
to the one before, and StartExecution. One is to decide, two to wait, one for the TTL, and two for
history. Two go to each of two sync handlers. Three finish or fail it and see to its successor. Five
are for the event of its end. It asks the execution, would fail the command, reads it, and sees
to its successor again, whether that waits or was left to it."""

REQUESTS_OF_RETRIES = 6
"""Those of a sync handler's three repeats."""

REQUESTS_OF_A_FAULT = 4
"""Those that one fault, or a wait that times out, may cause to be repeated."""

ENOUGH_TO_FAIL = 4
"""Faults of one state that use up its retries."""


def check_end(world: World) -> None:
    """Check a world in which nothing happens any more.

    Raises
    ------
    Violation
        If one of the rules does not hold.
    """
    for execution in world.executions.values():
        if not isinstance(execution.at, Ended):
            raise Violation("3 nobody waits for ever", f"{execution.name} has not ended")
    for item in world.scenario.items:
        _Item(world, item).check()
    _check_answers(world)
    _check_requests(world)


def _check_requests(world: World) -> None:
    """A command's cost depends on what goes wrong with it, and not on its version."""
    monitor, costs = world.monitor, Counter[str]()
    for actor, requests in monitor.requests.items():
        if not actor.startswith(("publisher", "doctor")):
            costs[_command_of(actor)] += requests
    attempts = Counter(_command_of(name) for name in world.executions)
    extra = REQUESTS_OF_A_FAULT * (monitor.faults + monitor.quiet_rounds)
    for command, cost in costs.items():
        allowed = extra + REQUESTS * max(1, attempts[command])
        if any(f"{sk}@{version}" == command for sk, version in world.scenario.poison):
            allowed += REQUESTS_OF_RETRIES
        if cost > allowed:
            raise Violation("5 costs do not grow", f"{command} took {cost} requests of {allowed}")


def _command_of(actor: str) -> str:
    label = re.search(r"\w+@\d+", actor)
    assert label, actor
    return label[0]


class _Item:
    """The rules for one item."""

    def __init__(self, world: World, sk: str) -> None:
        self._world = world
        self._sk = sk
        state = world.tables.get((DATA, PK, sk))
        self._state = None if state is None else view(state)
        self._version = self._state["version"] if self._state else 0
        self._published = {
            int(address[2].rpartition("@")[2]): view(text)
            for address, text in world.monitor.published.items()
            if address[2].rpartition("@")[0] == sk
        }
        self._commands = dict(_commands(world.tables, sk))

    def check(self) -> None:
        self._versions_have_no_gaps()
        self._all_have_ended()
        self._failures_stop_successors()
        self._state_is_the_latest()
        self._history_is_complete()

    def _versions_have_no_gaps(self) -> None:
        versions = sorted(self._published)
        if versions != list(range(1, len(versions) + 1)):
            raise Violation("1 versions move by one", f"{self._sk} has versions {versions}")

    def _all_have_ended(self) -> None:
        for version in self._published:
            address = COMMANDS, PK, f"{self._sk}@{version}"
            if address in self._world.monitor.gone:
                continue
            if self._commands[version]["status"] == CommandStatus.PUBLISHED:
                raise Violation("6 nothing is lost", f"{address[2]} is neither applied nor failed")

    def _failures_stop_successors(self) -> None:
        failed = [
            version
            for version, command in sorted(self._commands.items())
            if command["status"] == CommandStatus.FAILED
        ]
        if not failed:
            return
        rule, first = "4 failures stop successors", failed[0]
        if failed != list(range(first, len(self._published) + 1)):
            raise Violation(rule, f"{self._sk} fails at {failed} only")
        if not self._may_fail(first):
            error = self._commands[first].get("error")
            raise Violation(rule, f"{self._sk}@{first} fails with {error} for no reason")
        for version in failed[1:]:
            command, before = self._commands[version], f"{PK} {self._sk}@{version - 1} "
            if command["error"] == "ExecutionAborted" and self._world.monitor.stopped:
                continue
            if command["error"] != "PredecessorFailed" or before not in command["cause"]:
                raise Violation(rule, f"{self._sk}@{version} fails with {command['error']}")

    def _may_fail(self, version: int) -> bool:
        if (self._sk, version) in self._world.scenario.poison:
            return True
        if self._world.monitor.stopped or self._world.scenario.retries:
            return True
        if self._world.monitor.faults >= ENOUGH_TO_FAIL:
            return True
        synchronous = self._commands[version]["syncMode"] == "SYNC"
        return synchronous and self._world.monitor.faults > 0

    def _state_is_the_latest(self) -> None:
        finished = [
            version
            for version in self._published
            if (COMMANDS, PK, f"{self._sk}@{version}") in self._world.monitor.gone
            or self._commands[version]["status"] == CommandStatus.FINISHED
        ]
        applied = len(finished)
        # The command that failed may have failed after it was applied.
        if self._version not in {applied, min(applied + 1, len(self._published))}:
            raise Violation("6 nothing is lost", f"{self._sk} is at {self._version}, not {applied}")
        if self._world.monitor.sights.get(self._sk, 0) < applied:
            raise Violation("2 versions in order", f"the handler has not seen {self._sk}@{applied}")
        if self._state is not None:
            self._says_what_was_published(self._state, self._version)

    def _history_is_complete(self) -> None:
        kept = {
            address[2]: view(text)
            for address, text in self._world.tables.items()
            if address[0] == HISTORY and address[2].rpartition("@")[0] == self._sk
        }
        versions = {int(sk.rpartition("@")[2]) for sk in kept}
        earlier = set(range(1, self._version))
        # A command that fails may have kept the state that it then did not replace.
        if not earlier <= versions <= {*earlier, self._version}:
            raise Violation("6 nothing is lost", f"history of {self._sk} holds {sorted(versions)}")
        if versions != earlier and self._version == len(self._published):
            raise Violation("6 nothing is lost", f"history holds the latest state of {self._sk}")
        for state in kept.values():
            self._says_what_was_published(state, state["version"])

    def _says_what_was_published(self, state: Any, version: int) -> None:
        command = self._published[version]
        if (state["attributes"], state["requestId"]) != (
            command["attributes"],
            command["requestId"],
        ):
            raise Violation("6 nothing is lost", f"{self._sk} at {version} is not what was said")


def _commands(tables: Mapping[Address, Text], item: str) -> Iterator[tuple[int, Any]]:
    for (table, _, sk), text in tables.items():
        base, _, version = sk.rpartition("@")
        if table == COMMANDS and base == item:
            yield int(version), view(text)


def _check_answers(world: World) -> None:
    """Every publisher that got a new version made it, and it alone."""
    for publisher in world.publishers:
        for answer in map(thaw, publisher.answers):
            if not answer.get("changed"):
                continue
            command = world.monitor.published[COMMANDS, answer["pk"], answer["sk"]]
            if view(command)["requestId"] != answer["requestId"]:
                raise Violation("6 nothing is lost", f"{answer['sk']} was published over")
