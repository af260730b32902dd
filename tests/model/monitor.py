"""The rules that hold at every moment, watched while a run goes on."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from cqrs.aws.item_store import Address
from cqrs.commands.models import CommandStatus
from cqrs.testing.text import Text, view
from tests.model.program import RECORDER
from tests.model.tape import Sight
from tests.model.violation import Violation

COMMANDS, DATA, HISTORY = "commands", "data", "history"


class Monitor:
    """Remembers what a rule needs to know of the past.

    Attributes
    ----------
    sights
        The latest version that the recording handler saw of each item.
    gone
        Commands that have expired.
    published
        The content of each command when it was written.
    stopped
        Whether an execution was stopped as a whole.
    restarts
        How many commands that had ended were started again.
    excused
        Executions that were started on the ground of an end that a restart has undone meanwhile,
        or to fail behind one that failed.
    quiet_rounds
        How often all that waited had to time out.
    healed
        How often somebody started what nobody worked on.
    early
        How many Express executions found that it was not their turn.
    requests
        How many calls each actor has made.
    """

    __slots__ = (
        "early",
        "excused",
        "faults",
        "gone",
        "healed",
        "published",
        "quiet_rounds",
        "requests",
        "restarts",
        "sights",
        "stopped",
    )

    def __init__(self) -> None:
        self.sights: dict[str, int] = {}
        self.gone: frozenset[Address] = frozenset()
        self.published: dict[Address, Text] = {}
        self.requests: dict[str, int] = {}
        self.restarts = 0
        self.excused: frozenset[str] = frozenset()
        self.faults = 0
        self.stopped = False
        self.quiet_rounds = 0
        self.healed = 0
        self.early = 0

    def copy(self) -> Monitor:
        """Another monitor that knows the same."""
        other: Monitor = object.__new__(Monitor)
        other.sights = self.sights.copy()
        other.gone = self.gone
        other.published = self.published.copy()
        other.requests = self.requests.copy()
        other.restarts = self.restarts
        other.excused = self.excused
        other.faults = self.faults
        other.stopped = self.stopped
        other.quiet_rounds = self.quiet_rounds
        other.healed = self.healed
        other.early = self.early
        return other

    def key(self) -> Hashable:
        """The past that the rules' verdict on the future depends on."""
        return (
            frozenset(self.sights.items()),
            self.gone,
            frozenset(self.published.items()),
            self.stopped,
            self.restarts,
            self.healed,
            self.early,
            self.excused,
        )

    def newest(self, sk: str) -> int:
        """The newest version of an item that was ever published."""
        return sum(address[2].rpartition("@")[0] == sk for address in self.published)

    def requested(self, actor: str) -> None:
        """Count a call."""
        self.requests[actor] = self.requests.get(actor, 0) + 1

    def expired(self, address: Address) -> None:
        """Know that a command is gone for a good reason."""
        self.gone |= {address}

    def written(
        self,
        tables: Mapping[Address, Text],
        address: Address,
        before: Text | None,
        after: Text,
    ) -> None:
        """Check a write."""
        old, new = (None if before is None else view(before)), view(after)
        match address[0]:
            case "data":
                self._data_moves_by_one(tables, address, old, new)
            case "history":
                self._history_stays(address, old, new)
            case "commands":
                self._command_is_whole(address, new)
                self._status_is_final(address, old, new)
                self._finished_was_seen(address, new)
                self.published.setdefault(address, after)

    def seen(self, tables: Mapping[Address, Text], sight: Sight) -> None:
        """Check a version that reaches the recording handler."""
        latest = self.sights.get(sight.sk, 0)
        if sight.version <= latest:
            return
        place = f"{sight.sk}@{sight.version}"
        if sight.version != latest + 1:
            raise Violation("2 versions in order", f"{RECORDER} sees {place} after {latest}")
        command = self.published.get((COMMANDS, sight.pk, place))
        if command is None:
            raise Violation("2 versions in order", f"{RECORDER} sees {place}, and there is none")
        if view(command)["attributes"] != view(sight.attributes):
            raise Violation("2 versions in order", f"{RECORDER} sees another content of {place}")
        self._predecessor_is_over(tables, sight.pk, sight.sk, sight.version)
        self.sights[sight.sk] = sight.version

    def _data_moves_by_one(
        self, tables: Mapping[Address, Text], address: Address, old: Any, new: Any
    ) -> None:
        before = old["version"] if old else 0
        _, pk, sk = address
        if new["version"] == before and new == old:
            return
        if new["version"] != before + 1:
            raise Violation(
                "1 versions move by one", f"{sk} moves from {before} to {new['version']}"
            )
        self._predecessor_is_over(tables, pk, sk, new["version"])

    def _predecessor_is_over(
        self, tables: Mapping[Address, Text], pk: str, sk: str, version: int
    ) -> None:
        """Nothing of a version comes before every handler was done with the version before."""
        before = version - 1
        if before == 0:
            return
        address = COMMANDS, pk, f"{sk}@{before}"
        rule = "3 nobody starts early"
        if self.sights.get(sk, 0) < before:
            raise Violation(rule, f"{sk}@{version} begins before {RECORDER} saw {before}")
        if view(tables[DATA, pk, sk])["version"] < before:
            raise Violation(rule, f"{sk}@{version} begins before {before} is applied")
        if address in self.gone:
            return
        status = view(tables[address])["status"]
        if status == CommandStatus.FAILED:
            raise Violation("4 failures stop successors", f"{sk}@{version} begins, {before} failed")
        if status != CommandStatus.FINISHED:
            raise Violation(rule, f"{sk}@{version} begins while {before} is under way")

    def _history_stays(self, address: Address, old: Any, new: Any) -> None:
        if old is not None and old != new:
            raise Violation("6 nothing is lost", f"history changes at {address[2]}")

    def _command_is_whole(self, address: Address, new: Any) -> None:
        if address in self.gone or "requestId" not in new:
            raise Violation("6 nothing is lost", f"{address[2]} is written after it was deleted")

    def _finished_was_seen(self, address: Address, new: Any) -> None:
        sk, _, version = address[2].rpartition("@")
        if new["status"] == CommandStatus.FINISHED and self.sights.get(sk, 0) < int(version):
            raise Violation("2 versions in order", f"{address[2]} ends unseen by {RECORDER}")

    def _status_is_final(self, address: Address, old: Any, new: Any) -> None:
        if old is None or old["status"] == new["status"]:
            return
        if old["requestId"] != new["requestId"]:
            raise Violation("6 nothing is lost", f"{address[2]} is published over another one")
        if old["status"] == CommandStatus.FAILED and new.get("attempt", 0) > old.get("attempt", 0):
            return
        if old["status"] != CommandStatus.PUBLISHED:
            change = f"{old['status']} becomes {new['status']}"
            raise Violation("4 failures stop successors", f"{address[2]}: {change}")
