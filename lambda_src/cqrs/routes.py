"""Handlers of the events of the project's own sources: one table for each kind of event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from cqrs.aws.step_functions import execution_arn
from cqrs.core.observability import logger
from cqrs.core.reading import reading
from cqrs.errors import UnsupportedEventError
from cqrs.events.types import (
    DirectEvent,
    DynamoDBStreamEvent,
    ExecutionStatusEvent,
    IgnoredEvent,
    SqsEvent,
    StepFunctionsEvent,
)
from cqrs.events.workflows import Workflows
from cqrs.execution_events import ERRORS
from cqrs.notifications.queue import AUDIENCE, Audience, Notification
from cqrs.resources import Queue, StateMachine

if TYPE_CHECKING:
    from cqrs.actions.direct_actions import DirectActions
    from cqrs.api.live.fan_out import FanOut
    from cqrs.events.bus import EventBus
    from cqrs.notifications.queue import NotificationHandlers
    from cqrs.services import Services


class Handler(Protocol):
    """A service that handles events."""

    def handle(self, event: Any, /) -> None:
        """Handle one event."""


Find = Callable[[], Handler]
"""Finds a handler; its module is imported when it is asked for."""


def streams(services: Services) -> dict[str, Find]:
    """Tell what handles a record, by the table of its stream."""
    settings = services.settings
    return {
        settings.commands_table: lambda: services.command_stream,
        settings.tasks_table: lambda: services.task_stream,
        settings.import_tmp_table: lambda: services.import_stream,
    }


def queues(services: Services) -> dict[str, Find]:
    """Tell what handles a message, by its queue; notifications have the application's handlers."""
    prefix = services.settings.resource_prefix
    return {
        f"{prefix}{Queue.TASK_ACTION}": lambda: services.task_queue,
        f"{prefix}{Queue.IMPORT_ACTION}": lambda: services.import_queue,
    }


def ended_executions(services: Services) -> dict[str, Find]:
    """Tell what handles an execution that ended, by its state machine."""
    settings = services.settings
    return {
        settings.command_state_machine_arn: lambda: services.ended_command_executions,
        settings.task_state_machine_arn: lambda: services.ended_task_executions,
        settings.import_csv_state_machine_arn: lambda: services.ended_import_executions,
    }


WORKFLOWS: dict[str, Callable[[Services], object]] = {
    StateMachine.COMMAND: lambda services: services.command_workflow,
    StateMachine.EXPRESS_COMMAND: lambda services: services.express_command_workflow,
    StateMachine.TASK: lambda services: services.task_workflow,
    StateMachine.IMPORT_CSV: lambda services: services.import_workflow,
}
"""The classes that serve the states of a state machine; custom ones have classes of the
application's own."""


class Routes:
    """Leads each event of a deployed environment to what handles it.

    Parameters
    ----------
    services
        Makes the services of the environment.
    actions
        The actions that may be invoked directly.
    notification_handlers
        The application's handlers of notifications.
    custom_workflows
        The application's classes, by the state machines that they serve.
    """

    def __init__(
        self,
        services: Callable[[], Services],
        actions: DirectActions,
        notification_handlers: NotificationHandlers,
        custom_workflows: Mapping[str, type],
    ) -> None:
        self._services = services
        self._actions = actions
        self._notification_handlers = notification_handlers
        self._custom_workflows = custom_workflows

    def register(self, bus: EventBus) -> None:
        """Let a bus lead the project's own events here."""
        bus.register(DynamoDBStreamEvent, self.stream_record)
        bus.register(SqsEvent, self.message)
        bus.register(StepFunctionsEvent, self.state)
        bus.register(DirectEvent, self._actions.run)
        bus.register(ExecutionStatusEvent, self.execution_status)
        bus.register(IgnoredEvent, lambda _event: None)

    def stream_record(self, event: DynamoDBStreamEvent) -> None:
        """Handle a record of a table's stream.

        Raises
        ------
        UnsupportedEventError
            If no service takes the stream of the table.
        """
        find = streams(self._services()).get(event.table)
        if find is None:
            raise UnsupportedEventError(f"No handler takes the stream of table {event.table}.")
        with reading(f"A record of {event.table}"):
            find().handle(event)

    def message(self, event: SqsEvent) -> None:
        """Handle a message of a queue.

        Raises
        ------
        UnsupportedEventError
            If no service takes the messages of the queue.
        """
        services = self._services()
        if event.queue == f"{services.settings.resource_prefix}{Queue.NOTIFICATION}":
            self._notification(event)
            return
        find = queues(services).get(event.queue)
        if find is None:
            raise UnsupportedEventError(f"No handler takes the messages of queue {event.queue}.")
        with reading(f"A message of {event.queue}, or what it names,"):
            find().handle(event)

    def _notification(self, event: SqsEvent) -> None:
        """Tell all whom a message is for: those who listen live, those outside, and handlers."""
        body = event.json()
        notification, services = Notification.from_message(body), self._services()
        match body.get(AUDIENCE):
            case Audience.EMAIL | Audience.WEBHOOK as way:
                services.outside.tell(notification, Audience(way))
            case Audience.HANDLERS:
                self._notification_handlers.handle(notification)
            case Audience.LISTENERS:
                self._tell_listeners(notification, event.message_id)
            case _:
                self._tell_listeners(notification, event.message_id)
                if not self._is_handed_over(notification):
                    self._notification_handlers.handle(notification)

    def _is_handed_over(self, notification: Notification) -> bool:
        """Whether it goes its ways by messages of their own, as it is for some outside too."""
        services = self._services()
        if not services.settings.has_notices:
            return False
        has_handlers = self._notification_handlers.take(notification.action)
        return services.outside.hand_over(notification, has_handlers=has_handlers)

    def _tell_listeners(self, notification: Notification, message_id: str) -> None:
        if self._services().settings.live_endpoint:
            self._fan_out.tell(notification, message_id)

    @cached_property
    def _fan_out(self) -> FanOut:
        from cqrs.api.live.fan_out import FanOut  # noqa: PLC0415 - of notifications alone

        return FanOut.of(self._services())

    def state(self, event: StepFunctionsEvent) -> Any:
        """Call the method that a state is named after.

        Raises
        ------
        UnsupportedEventError
            If nothing serves the state machine, or its class has no such method.
        """
        machine, state = event.context.state_machine.name, event.context.state.name
        if self._workflows.base_name(machine) not in WORKFLOWS:
            return self._workflows.call(event)
        with reading(f"The data that state {state} of {machine} works on"):
            return self._workflows.call(event)

    def execution_status(self, event: ExecutionStatusEvent) -> None:
        """Handle an execution's change of status, unless the execution goes on.

        Raises
        ------
        UnsupportedEventError
            If the state machine is none of the environment's.
        """
        with reading(f"The data that execution {event.name} worked on"):
            self._execution_status(event)

    def _execution_status(self, event: ExecutionStatusEvent) -> None:
        services = self._services()
        execution = execution_arn(event.state_machine_arn, event.name)
        if event.status in ERRORS and not services.step_functions.has_ended(execution):
            # Redriven since: what waits for it waits on.
            logger.info("Execution goes on", extra={"execution": event.name})
            return
        find = ended_executions(services).get(event.state_machine_arn)
        if find is not None:
            find().handle(_with_input(event, services))
        elif event.state_machine_arn.startswith(services.settings.state_machine_arn("")):
            services.ended_approval_executions.handle(event)
        else:
            raise UnsupportedEventError(
                f"No handler takes the status of executions of {event.state_machine_arn}."
            )

    @cached_property
    def _workflows(self) -> Workflows:
        workflows = Workflows(self._services().settings.resource_prefix)
        for machine, find in WORKFLOWS.items():
            workflows.register(machine, self._maker(find))
        for machine, workflow in self._custom_workflows.items():
            workflows.register(machine, workflow)
        return workflows

    def _maker(self, find: Callable[[Services], object]) -> Callable[[], object]:
        return lambda: find(self._services())


def _with_input(event: ExecutionStatusEvent, services: Services) -> ExecutionStatusEvent:
    """An event with the execution's input (one DescribeExecution if it came without).

    EventBridge leaves a large input out, and that of a machine with a key of the account's. (Step
    Functions guide, "Automating Step Functions event delivery with EventBridge").
    """
    if event.input is not None or event.status not in ERRORS:
        return event
    execution = execution_arn(event.state_machine_arn, event.name)
    return replace(event, input=services.step_functions.input_of(execution))
