"""Which class serves which state machine: one class a machine, one method a Task state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.errors import ConfigurationError, UnsupportedEventError
from cqrs.states import ERROR_STATUS

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.events.types import StepFunctionsEvent


Workflow = Any
"""An object whose public methods are named after states and take a StepFunctionsEvent."""


class Workflows:
    """Calls the method that a state is named after.

    Parameters
    ----------
    resource_prefix
        The beginning of the names of deployed state machines.
    """

    def __init__(self, resource_prefix: str) -> None:
        self._prefix = resource_prefix
        self._makers: dict[str, Callable[[], Workflow]] = {}
        self._made: dict[str, Workflow] = {}

    def register(self, machine: str, make: Callable[[], Workflow]) -> None:
        """Let an object serve a state machine; it is made at the machine's first call.

        Raises
        ------
        ConfigurationError
            If the machine is served already.
        """
        if machine in self._makers:
            raise ConfigurationError(
                f"State machine {machine!r} has two workflow classes; keep one of them."
            )
        self._makers[machine] = make

    def call(self, event: StepFunctionsEvent) -> Any:
        """Call the state's method.

        Raises
        ------
        UnsupportedEventError
            If no class serves the machine, or it has no method of the state's name.
        """
        machine = self.base_name(event.context.state_machine.name)
        method = self._method(machine, event.context.state.name)
        return method(event)

    def base_name(self, deployed_name: str) -> str:
        """Name of a machine without the environment's prefix."""
        # A child of a Distributed Map is called <machine>/<label>.
        return deployed_name.partition("/")[0].removeprefix(self._prefix)

    def _method(self, machine: str, state: str) -> Callable[[StepFunctionsEvent], Any]:
        if machine not in self._makers:
            raise UnsupportedEventError(
                f"No workflow serves state machine {machine!r}; bind a class to it with "
                f"@application.workflow({machine!r}). Known are {', '.join(self._makers)}."
            )
        if machine not in self._made:
            self._made[machine] = self._makers[machine]()
        workflow = self._made[machine]
        if state not in state_methods(type(workflow)):
            raise UnsupportedEventError(
                f"{type(workflow).__name__} has no method {state!r}, which state machine "
                f"{machine!r} calls: name one after the state."
            )
        method: Callable[[StepFunctionsEvent], Any] = getattr(workflow, state)
        return method


def error_result(error: str, cause: str) -> dict[str, str]:
    """Output of a state that reports an error instead of raising it, for a Choice to branch on.

    Unlike an exception it is not retried, and the execution goes on (guide, "Error handling").

    Parameters
    ----------
    error
        Its name.
    cause
        Its explanation.
    """
    return {"status": ERROR_STATUS, "error": error, "cause": cause}


def state_methods(workflow: type) -> set[str]:
    """Names of the states that a workflow class serves: those of its public methods."""
    return {
        name
        for name in dir(workflow)
        if not name.startswith("_") and callable(getattr(workflow, name))
    }
