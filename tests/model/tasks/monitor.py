"""The rules' knowledge of the past."""

from __future__ import annotations

from collections.abc import Hashable


class Monitor:
    """Remembers what the items themselves do not tell.

    Attributes
    ----------
    begun
        Invocations that have begun a single task in its attempt, by its sort key.
    tried
        How often an execution has called the function with a sub-task, by both.
    runs
        How often the handler ran, by sort key.
    refused
        Sort keys of tasks and sub-tasks that the handler has refused.
    retried
        How many have set out to run a task again, by its sort key.
    restarters
        Those of them that did it.
    faults
        Whether anything has gone wrong.
    """

    __slots__ = ("begun", "faults", "refused", "restarters", "retried", "runs", "tried")

    def __init__(self) -> None:
        self.begun: dict[str, frozenset[str]] = {}
        self.tried: dict[tuple[str, str], int] = {}
        self.runs: dict[str, int] = {}
        self.refused: frozenset[str] = frozenset()
        self.retried: dict[str, int] = {}
        self.restarters: frozenset[str] = frozenset()
        self.faults = False

    def copy(self) -> Monitor:
        """Another monitor that knows the same."""
        other = Monitor()
        other.begun = self.begun.copy()
        other.tried = self.tried.copy()
        other.runs = self.runs.copy()
        other.refused = self.refused
        other.retried = self.retried.copy()
        other.restarters = self.restarters
        other.faults = self.faults
        return other

    def key(self) -> Hashable:
        """The past that the rules' verdict on the future depends on."""
        return (
            frozenset(self.begun.items()),
            frozenset(self.tried.items()),
            frozenset(self.runs.items()),
            self.refused,
            frozenset(self.retried.items()),
            self.restarters,
            self.faults,
        )

    def begins(self, sk: str, actor: str) -> None:
        """Know that an invocation has begun a single task."""
        self.begun[sk] = self.begun.get(sk, frozenset()) | {actor}

    def tries(self, execution: str, sk: str) -> None:
        """Know that an execution calls the function with a sub-task."""
        self.tried[execution, sk] = self.tried.get((execution, sk), 0) + 1

    def runs_again(self, sk: str) -> int:
        """Know that the handler runs, and tell the how-manieth time it is."""
        self.runs[sk] = self.runs.get(sk, 0) + 1
        return self.runs[sk]

    def forgets(self, sk: str) -> None:
        """Know that a task or sub-task is run again: what was tried before does not count."""
        self.begun.pop(sk, None)
        self.refused -= {sk}

    def restarts(self, actor: str) -> bool:
        """Know that somebody has run a task again; False for whoever did it before."""
        is_first = actor not in self.restarters
        self.restarters |= {actor}
        return is_first

    def sets_out(self, sk: str) -> int:
        """Know that somebody sets out to run a task again, and tell the how-manieth it is."""
        self.retried[sk] = self.retried.get(sk, 0) + 1
        return self.retried[sk]

    def refuses(self, sk: str) -> None:
        """Know that the handler has refused a task."""
        self.refused |= {sk}
