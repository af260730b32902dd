"""The tests' findings about the classes and factories that serve the state machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cqrs.application import Application
from cqrs.errors import ConfigurationError, ValidationError
from cqrs.events.factory import EventFactory
from cqrs.events.types import StepFunctionsEvent
from tests.synth.serving import is_taken, problems

if TYPE_CHECKING:
    from collections.abc import Callable

MACHINE = "booking"


class Booking:
    """Each way of writing a method of a state."""

    def __init__(self, given: str) -> None:
        raise AssertionError(given)

    def good(self, event: Any) -> None: ...

    def optional(self, event: Any, *, dry: bool = False) -> None: ...

    @staticmethod
    def static(event: Any) -> None: ...

    def nothing(self) -> None: ...

    def more(self, event: Any, other: Any) -> None: ...

    def keyword(self, *, event: Any) -> None: ...


@pytest.mark.parametrize("method", ["nothing", "more", "keyword"])
def test_a_method_that_does_not_take_the_event_is_told(method: str) -> None:
    all_methods = {"good", "optional", "static", "nothing", "more", "keyword"}

    told = list(problems(Booking, all_methods))

    assert len(told) == 3
    assert (
        f"Booking.{method} cannot be called with the event alone: give it one parameter beside "
        f"self, as in {method}(self, event)."
    ) in told


def test_states_and_methods_without_a_counterpart_are_told() -> None:
    class Short:
        def good(self, event: Any) -> None: ...

        def spare(self, event: Any) -> None: ...

    assert list(problems(Short, {"good", "missing"})) == [
        "Short has no method 'missing': add it.",
        "Short has a method 'spare', but there is no Task state of that name: remove it, or begin "
        "its name with an underscore.",
    ]


@dataclass(frozen=True)
class Step:
    state: str


@dataclass(frozen=True, slots=True)
class Call(StepFunctionsEvent):
    """An event that goes to the method of a class."""


def taking(make: Callable[[StepFunctionsEvent], Any]) -> Application:
    """An application that makes something of one machine's calls, and handles steps."""

    class Factory(EventFactory):
        def transform_step_function(self, event: StepFunctionsEvent) -> Any:
            if not event.context.state_machine.name.endswith(f"-{MACHINE}"):
                return ()
            return make(event)

    application = Application()
    application.event_factory(Factory)
    application.event_handler(Step)(lambda event: event.state)
    return application


def refuse(_event: StepFunctionsEvent) -> Any:
    raise ValidationError("no such input")


@pytest.mark.parametrize("make", [lambda event: [Step(event.context.state.name)], refuse])
def test_a_machine_is_taken_by_a_factory_and_a_handler(make: Any) -> None:
    assert is_taken(taking(make), MACHINE, {"one", "two"})


def only_one(event: StepFunctionsEvent) -> Any:
    return [Step("one")] if event.context.state.name == "one" else ()


@pytest.mark.parametrize(
    "make",
    [
        only_one,
        lambda event: [Call(event.context, event.input)],
        lambda event: [event.context.state.name],
    ],
    ids=["a state is left", "the event is for a class", "no handler"],
)
def test_a_machine_whose_calls_reach_no_handler_is_not_taken(make: Any) -> None:
    assert not is_taken(taking(make), MACHINE, {"one", "two"})


def test_a_factory_that_makes_no_sequence_is_told() -> None:
    with pytest.raises(ConfigurationError, match="Factory made a NoneType"):
        is_taken(taking(lambda _event: None), MACHINE, {"one"})


def test_a_factory_that_fails_on_any_machine_takes_none() -> None:
    application = Application()
    application.event_factory(
        type("Careless", (EventFactory,), {"transform_step_function": lambda _, call: call.inputs})
    )

    assert not is_taken(application, MACHINE, {"one"})
