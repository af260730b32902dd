"""Failures of the application's code, kept with their tracebacks until a test has seen them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cqrs.aws import application_code
from cqrs.errors import CqrsError

REFUSING = frozenset(
    {
        "cqrs.api.own_table",
        "cqrs.imports.chunks.rows",
        "cqrs.item_types.known_types",
        "cqrs.item_types.models",
    }
)
"""Modules that hand on refusals of the application's code, as of a row or a request that is wrong.
There an error of the project is an answer, and no failure."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception that the application's code, or the project's, has raised in an invocation.

    Attributes
    ----------
    where
        The invocation, in words.
    error
        The exception.
    """

    where: str
    error: BaseException

    def __str__(self) -> str:
        return f"{type(self.error).__name__}: {self.error} (in {self.where})"


class HandlerFailed(AssertionError):
    """The application's code has failed, and the test expects no failure.

    The exception is its ``__cause__``, so that its traceback is shown.
    """


class NothingFailed(AssertionError):
    """A test expects failures, and there were none."""


class InjectedFailure:
    """Marks exceptions that a test has asked for."""


@dataclass(slots=True)
class Failures:
    """All failures in an environment."""

    all: list[Failure] = field(default_factory=list)
    where: str = "the test itself"
    _unseen: list[Failure] = field(default_factory=list)
    _expecting: list[Expected] = field(default_factory=list)

    def note(self, error: BaseException) -> None:
        """Note an exception, unless it is one that was noted already, or asked for."""
        chain = list(chain_of(error))
        if any(isinstance(one, InjectedFailure) for one in chain):
            return
        known = {id(one) for failure in self.all for one in chain_of(failure.error)}
        if any(id(one) in known for one in chain):
            return
        failure = Failure(self.where, error)
        self.all.append(failure)
        for expected in reversed(self._expecting):
            if isinstance(error, expected.kinds):
                expected.failures.append(failure)
                return
        self._unseen.append(failure)

    def raise_unseen(self) -> None:
        """Show the test what has failed since it looked last.

        Raises
        ------
        HandlerFailed
            If something has.
        """
        __tracebackhide__ = True
        if not self._unseen:
            return
        unseen, self._unseen = self._unseen, []
        first, *others = unseen
        more = "".join(f"\n  and {failure}" for failure in others)
        raise HandlerFailed(
            f"{first}{more}\nIts traceback is above. If the test is about this failure, let it "
            f"happen in: with environment.expect_failures({type(first.error).__name__}):"
        ) from first.error

    @contextmanager
    def expect(self, *kinds: type[BaseException]) -> Iterator[list[Failure]]:
        """Let failures happen.

        Raises
        ------
        NothingFailed
            If there was none.
        """
        expected = Expected(kinds or (BaseException,))
        self._expecting.append(expected)
        try:
            yield expected.failures
        finally:
            self._expecting.remove(expected)
        if not expected.failures:
            told = " or ".join(kind.__name__ for kind in kinds) or "failure"
            raise NothingFailed(
                f"No {told} of the application's code: it ran well, or did not run. Call "
                "environment.settle() within the block, and look at environment.executions()."
            )

    def recording(self, module: str) -> Callable[..., Any]:
        """Stand in for ``application_code`` in a module, and note what the code raises."""
        original = application_code.application_code
        refuses = module in REFUSING

        @contextmanager
        def recorded(called: str = "", **about: str) -> Iterator[None]:
            with original(called, **about):
                try:
                    yield
                except Exception as error:
                    if not (refuses and isinstance(error, CqrsError)):
                        self.note(error)
                    raise

        return recorded


@dataclass(slots=True, eq=False)
class Expected:
    """Failures that a block of a test is about."""

    kinds: tuple[type[BaseException], ...]
    failures: list[Failure] = field(default_factory=list)


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """An exception, and those that led to it."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__
