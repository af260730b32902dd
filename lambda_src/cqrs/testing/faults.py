"""Faults that a test asks for: refused requests, lost answers, and processes that die."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from cqrs.errors import ValidationError
from cqrs.likely_names import did_you_mean
from cqrs.testing.failures import InjectedFailure

BAD_REQUEST, SERVER_ERROR = 400, 500
SERVER_CODES = frozenset({"InternalServerError", "InternalFailure", "ServiceUnavailable"})
ALWAYS = 1_000_000_000

When = Callable[[Mapping[str, Any]], bool]


class RefusedOnPurpose(ClientError, InjectedFailure):  # type: ignore[misc]
    """AWS refuses a request, as a test has asked for."""


class LostOnPurpose(EndpointConnectionError, InjectedFailure):  # type: ignore[misc]
    """The answer of a request is lost, as a test has asked for."""


class DiedOnPurpose(Exception, InjectedFailure):
    """A process of the function dies, as a test has asked for."""


def _anything(_request: Mapping[str, Any]) -> bool:
    return True


@dataclass(slots=True)
class _Fault:
    service: str
    operation: str
    code: str
    when: When
    left: int


@dataclass(slots=True)
class _Death:
    state: str
    left: int
    is_after: bool


@dataclass(slots=True)
class Faults:
    """The faults that are still to happen.

    A name that nothing has is refused: its fault would never happen, and the test would pass.

    Attributes
    ----------
    operations
        The operations of each service in memory; if there are none, any is taken.

    Examples
    --------
    >>> environment.faults.refuse("dynamodb", "update_item", "ThrottlingException", times=2)
    >>> environment.faults.die_in("finish", after=True)
    """

    operations: Mapping[str, Collection[str]] = field(default_factory=dict)
    _states: Collection[str] = ()
    _faults: list[_Fault] = field(default_factory=list)
    _lost: list[_Fault] = field(default_factory=list)
    _deaths: list[_Death] = field(default_factory=list)

    def refuse(
        self,
        service: str,
        operation: str,
        code: str = "ThrottlingException",
        *,
        times: int = 1,
        when: When = _anything,
    ) -> None:
        """Let AWS refuse the next requests of an operation.

        Parameters
        ----------
        service, operation
            As the client calls them, such as ``dynamodb`` and ``update_item``.
        code
            The code of the error.
        times
            How often. The runtime makes a throttled request again: 12 times, for 5 seconds.
        when
            Tells by a request whether it is meant.

        Raises
        ------
        ValidationError
            If there is no such service or operation in memory.
        """
        self._refuse_unknown(service, operation)
        self._faults.append(_Fault(service, operation, code, when, times))

    def lose_answer(
        self, service: str, operation: str, *, times: int = 1, when: When = _anything
    ) -> None:
        """Let the next requests of an operation be done, and their answers be lost.

        Raises
        ------
        ValidationError
            If there is no such service or operation in memory.
        """
        self._refuse_unknown(service, operation)
        self._lost.append(_Fault(service, operation, "", when, times))

    def die_in(self, state: str, *, times: int = 1, after: bool = False) -> None:
        """Let the function's process die when a state calls it next.

        Parameters
        ----------
        state
            Name of the state.
        after
            Whether its method has done its work by then.

        Raises
        ------
        ValidationError
            If no state of that name calls the function.
        """
        self._refuse_unknown_state(state)
        self._deaths.append(_Death(state, times, after))

    def know_states(self, states: Collection[str]) -> None:
        """Take the names of the states that call the function; from then on, only these can die.

        Raises
        ------
        ValidationError
            If a state that shall die is none of them.
        """
        self._states = states
        for death in self._deaths:
            self._refuse_unknown_state(death.state)

    def clear(self) -> None:
        """Let none of them happen any more."""
        self._faults.clear()
        self._lost.clear()
        self._deaths.clear()

    def before(self, service: str, operation: str, request: Mapping[str, Any]) -> None:
        """Refuse a request, if that was asked for.

        Raises
        ------
        RefusedOnPurpose
            If it was.
        """
        fault = _taken(self._faults, service, operation, request)
        if fault is not None:
            status = SERVER_ERROR if fault.code in SERVER_CODES else BAD_REQUEST
            raise RefusedOnPurpose(
                {
                    "Error": {"Code": fault.code, "Message": "refused on purpose, by the test"},
                    "ResponseMetadata": {"HTTPStatusCode": status},
                },
                operation,
            )

    def after(self, service: str, operation: str, request: Mapping[str, Any]) -> None:
        """Lose an answer, if that was asked for.

        Raises
        ------
        LostOnPurpose
            If it was.
        """
        if _taken(self._lost, service, operation, request) is not None:
            raise LostOnPurpose(endpoint_url=f"memory://{service}")

    def death(self, event: Any, *, is_after: bool) -> DiedOnPurpose | None:
        """The end of the process that was asked for in an invocation, if any."""
        context = event.get("context") if isinstance(event, Mapping) else None
        state = (context or {}).get("State", {}).get("Name")
        for death in self._deaths:
            if death.state == state and death.is_after == is_after and death.left:
                death.left -= 1
                return DiedOnPurpose(f"The process died in {state}, on purpose")
        return None

    def _refuse_unknown(self, service: str, operation: str) -> None:
        if not self.operations:
            return
        _refuse_unknown("service in memory is called", service, self.operations)
        known = self.operations[service]
        _refuse_unknown(f"operation of {service} in memory is called", operation, known)

    def _refuse_unknown_state(self, state: str) -> None:
        if self._states:
            _refuse_unknown("state that calls the function has the name", state, self._states)


def _refuse_unknown(subject: str, given: str, known: Collection[str]) -> None:
    if given not in known:
        raise ValidationError(
            f"No {subject} {given!r:.80}, so the fault would never happen."
            f"{did_you_mean(given, known)} There are {', '.join(sorted(known))}."
        )


def _taken(
    faults: list[_Fault], service: str, operation: str, request: Mapping[str, Any]
) -> _Fault | None:
    for fault in faults:
        is_meant = (fault.service, fault.operation) == (service, operation) and fault.left
        if is_meant and fault.when(request):
            fault.left -= 1
            return fault
    return None
