"""Which handler takes which type of event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cqrs.aws.application_code import application_code, ran
from cqrs.errors import ConfigurationError, UnsupportedEventError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.events.types import (
        Event,
    )


class EventBus:
    """Knows which handler takes which type of event."""

    def __init__(self) -> None:
        self._handlers: dict[type, Callable[[Any], Any]] = {}

    def register(self, event_type: type, handler: Callable[[Any], Any]) -> None:
        """Let a handler take a type of event.

        Raises
        ------
        ConfigurationError
            If another handler takes it.
        """
        if event_type in self._handlers:
            raise ConfigurationError(
                f"{event_type.__name__} has two handlers; one event type has one handler."
            )
        self._handlers[event_type] = handler

    def replace(self, event_type: type, handler: Callable[[Any], Any]) -> None:
        """Let a handler take a type of event, whoever took it before."""
        self._handlers[event_type] = handler

    def handler_of(self, event: Event) -> Callable[[Any], Any] | None:
        """The handler of an event's class, or of the nearest one that it derives from."""
        for event_type in type(event).__mro__:
            if event_type in self._handlers:
                return self._handlers[event_type]
        return None

    def execute(self, event: Event) -> Any:
        """Give an event to its handler and return the answer.

        Raises
        ------
        UnsupportedEventError
            If no handler takes it.
        """
        handler = self.handler_of(event)
        if handler is None:
            raise UnsupportedEventError(
                f"No handler takes {type(event).__name__}; register one with "
                f"@application.event_handler({type(event).__name__})."
            )
        with application_code(f"handler of {type(event).__name__}"):
            return ran(handler(event))
