"""An invocation of the real code as a function: from its results so far to what it does next."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from cqrs.core.observability import logger, metrics
from cqrs.testing.text import Text, freeze, thaw
from tests.model.tape import Suspended, Tape

MOST_STEPS = 200_000
"""How many moments are remembered before all are forgotten."""


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """The invocation makes a call and waits for its result."""

    call: Any


@dataclass(frozen=True, slots=True, eq=False)
class Returns:
    """The invocation ends with an answer."""

    answer: Text


@dataclass(frozen=True, slots=True, eq=False)
class Raises:
    """The invocation ends with an error, as Lambda reports it."""

    error: str
    cause: Text


Step = Calls | Returns | Raises


class Invocations(ABC):
    """Runs invocations, and remembers how each went on.

    Parameters
    ----------
    remember
        Whether the same invocation with the same results is run only once.
    """

    def __init__(self, *, remember: bool = True) -> None:
        self._tape = Tape()
        self._remember = remember
        self._steps: dict[tuple[Text, tuple[Text, ...]], Step] = {}

    @abstractmethod
    def _handle(self, event: dict[str, Any]) -> Any:
        """Invoke the application."""

    @abstractmethod
    def _repeatable(self, event: Text) -> AbstractContextManager[None]:
        """Take chance and time away: the same event gives the same calls."""

    @property
    def known_steps(self) -> int:
        """How many different moments of invocations were run."""
        return len(self._steps)

    def next(self, event: Text, results: tuple[Text, ...]) -> Step:
        """The next step of an invocation after the results that it got."""
        if not self._remember:
            return self._run(event, results)
        step = self._steps.get((event, results))
        if step is None:
            if len(self._steps) == MOST_STEPS:
                self._steps.clear()
            step = self._steps[event, results] = self._run(event, results)
        return step

    def _run(self, event: Text, results: tuple[Text, ...]) -> Step:
        self._tape.rewind(results)
        try:
            with self._repeatable(event):
                return Returns(freeze(self._handle(thaw(event))))
        except Suspended as suspended:
            return Calls(suspended.call)
        except Exception as error:  # noqa: BLE001 - Lambda reports whatever it is
            name = type(error).__name__
            return Raises(name, freeze({"errorMessage": str(error), "errorType": name}))
        finally:
            metrics.clear_metrics()


@contextmanager
def silent_logs() -> Iterator[None]:
    """Keep the runtime's log out of the way: failures are what the model is made of."""
    level = logger.log_level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
