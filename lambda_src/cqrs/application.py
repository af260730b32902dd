"""The application: where handlers are registered, and what the Lambda entry point calls."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from cqrs.actions import register_actions
from cqrs.actions.direct import DirectActions
from cqrs.aws.application_code import application_code
from cqrs.aws.step_functions import checked_output, execution_arn, task_output
from cqrs.commands.sync_handlers import SyncHandler, SyncHandlers
from cqrs.core.observability import logger
from cqrs.core.reading import reading
from cqrs.core.registration_arguments import refuse_missing, refuse_unrun
from cqrs.errors import ConfigurationError, UnsupportedEventError
from cqrs.events.batches import handle_messages, handle_stream_records
from cqrs.events.bus import EventBus
from cqrs.events.factory import (
    DefaultEventFactory,
    EventFactory,
    queue_of,
    receive_count,
    step_functions_event,
    table_of,
)
from cqrs.events.sources import detect_source
from cqrs.events.types import (
    DirectEvent,
    DynamoDBStreamEvent,
    Event,
    EventSource,
    ExecutionStatusEvent,
    IgnoredEvent,
    SqsEvent,
    StepFunctionsEvent,
)
from cqrs.events.workflows import Workflows, state_methods
from cqrs.execution_events import ERRORS
from cqrs.imports.models import PublishMode
from cqrs.imports.strategies import ImportStrategies
from cqrs.notifications.queue import Notification, NotificationHandler, NotificationHandlers
from cqrs.resources import STREAMED_TABLES, Queue, StateMachine
from cqrs.services import Services
from cqrs.settings import Settings
from cqrs.tasks.handlers import TaskHandler, TaskHandlers

if TYPE_CHECKING:
    from cqrs.approvals.service import ApprovalService
    from cqrs.aws.clients import Clients
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.commands.service import CommandService
    from cqrs.imports.service import ImportService
    from cqrs.items.data import DataService
    from cqrs.items.history import HistoryService
    from cqrs.tasks.service import TaskService

Handler = TypeVar("Handler", bound=Callable[..., Any])
Class = TypeVar("Class", bound=type)

NO_STATE = "A method that is no state has a name that begins with an underscore."


class Application:
    """One deployed application: its handlers, and the services that they use.

    Parameters
    ----------
    settings
        Names of the environment's resources; read from environment variables at first use by
        default.
    clients
        Clients of AWS; made from the process's credentials by default.

    Examples
    --------
    >>> application = Application()
    >>> @application.sync_handler("audit")
    ... def audit(command): ...
    """

    def __init__(self, settings: Settings | None = None, clients: Clients | None = None) -> None:
        self._settings = settings
        self._clients = clients
        self._sync_handlers = SyncHandlers()
        self._task_handlers = TaskHandlers()
        self._import_strategies = ImportStrategies()
        self._notification_handlers = NotificationHandlers()
        self._factories: list[EventFactory] = []
        self._custom_workflows: dict[str, type] = {}
        self._actions = DirectActions()
        register_actions(self._actions, lambda: self.services)
        self._bus = EventBus()
        self._bus.register(DynamoDBStreamEvent, self._on_stream_record)
        self._bus.register(SqsEvent, self._on_message)
        self._bus.register(StepFunctionsEvent, self._on_state)
        self._bus.register(DirectEvent, self._on_direct)
        self._bus.register(ExecutionStatusEvent, self._on_execution_status)
        self._bus.register(IgnoredEvent, lambda _event: None)

    # Registration

    def sync_handler(
        self, name: str, *, item_type: str | None = None
    ) -> Callable[[SyncHandler], SyncHandler]:
        """Call a function with every command that is applied.

        Parameters
        ----------
        name
            Its name in executions and errors.
        item_type
            Only commands whose partition key has this type; all by default.

        Raises
        ------
        ConfigurationError
            The name is taken, or missing, or a call of the function would not run it.
        """
        refuse_missing(name, "sync_handler", "name")

        def register(handler: SyncHandler) -> SyncHandler:
            refuse_unrun(handler, "sync_handler")
            self._sync_handlers.register(name, handler, item_type)
            return handler

        return register

    def task(self, task_type: str) -> Callable[[TaskHandler], TaskHandler]:
        """Work off a type of task with a function.

        Raises
        ------
        ConfigurationError
            The type has a handler already, or is missing, or a call of the function would not run
            it.
        """
        refuse_missing(task_type, "task", "type of task")

        def register(handler: TaskHandler) -> TaskHandler:
            refuse_unrun(handler, "task")
            self._task_handlers.register(task_type, handler)
            return handler

        return register

    def on_notification(self, action: str) -> Callable[[NotificationHandler], NotificationHandler]:
        """Tell a function of every change of a kind; one may be told twice.

        Parameters
        ----------
        action
            What the notification's ``action`` says: one of :class:`~cqrs.notifications.queue.Action`,
            or of the application's own.

        Raises
        ------
        ConfigurationError
            It is missing, or a call of the function would not run it.
        """
        refuse_missing(action, "on_notification", "action")

        def register(handler: NotificationHandler) -> NotificationHandler:
            refuse_unrun(handler, "on_notification")
            self._notification_handlers.register(action, handler)
            return handler

        return register

    def import_strategy(
        self, target: str, *, publish_mode: PublishMode = PublishMode.SYNC
    ) -> Callable[[Class], Class]:
        """Make items of a target's rows with a class that has a method ``transform``.

        A pydantic model that has a method ``to_item`` is such a class by itself.

        Parameters
        ----------
        target
            What the rows are for.
        publish_mode
            How rows become versions of their items.

        Raises
        ------
        ConfigurationError
            The target has a strategy already, or is missing, or a call of one of the class's
            methods would not run it.
        """
        refuse_missing(target, "import_strategy", "target")

        def register(strategy: Class) -> Class:
            self._import_strategies.register(target, strategy, publish_mode)
            return strategy

        return register

    def event_handler(self, event_type: type) -> Callable[[Handler], Handler]:
        """Give a type of event to a function, or to a class with a method ``execute``.

        An application's handler replaces a built-in one of the same event type.

        Raises
        ------
        ConfigurationError
            The class has no method ``execute``, the type is missing, or a call of the handler would
            not run it.
        """
        refuse_missing(event_type, "event_handler", "event type", fits=_is_event_type)

        def register(handler: Handler) -> Handler:
            if isinstance(handler, type) and not _has_execute(handler):
                raise ConfigurationError(
                    f"{handler.__name__} cannot handle {event_type.__name__}: give it a method "
                    "execute(self, event)."
                )
            execute = handler().execute if isinstance(handler, type) else handler
            refuse_unrun(execute, "event_handler")
            self._bus.replace(event_type, execute)
            return handler

        return register

    def event_factory(self, factory: Class) -> Class:
        """Ask a subclass of EventFactory before those registered earlier and the default one.

        Raises
        ------
        ConfigurationError
            The class is not a subclass of EventFactory, or a call of one of its methods would not
            run it.
        """
        if not issubclass(factory, EventFactory):
            raise ConfigurationError(
                f"{factory.__name__} is not an event factory: derive it from "
                "cqrs.events.factory.EventFactory."
            )
        made = factory()
        for source in EventSource:
            refuse_unrun(_transformer(made, source), "event_factory")
        self._factories.insert(0, made)
        return factory

    def workflow(self, state_machine: str) -> Callable[[Class], Class]:
        """Let a class serve a state machine: one method for each of its Task states.

        Parameters
        ----------
        state_machine
            Name of the machine without the environment's prefix.

        Raises
        ------
        ConfigurationError
            The machine is served already, or is missing, or a call of one of the class's methods
            would not run it.
        """
        refuse_missing(state_machine, "workflow", "name of the state machine")

        def register(workflow: Class) -> Class:
            if state_machine in {*StateMachine, *self._custom_workflows}:
                raise ConfigurationError(
                    f"State machine {state_machine!r} has two workflow classes; keep one of them."
                )
            for state in sorted(state_methods(workflow)):
                refuse_unrun(getattr(workflow, state), "workflow", NO_STATE)
            self._custom_workflows[state_machine] = workflow
            return workflow

        return register

    def action(self, name: str) -> Callable[[Handler], Handler]:
        """Make a function callable by direct invocation; the payload's keys are its parameters.

        A payload that does not fit the function's annotations is refused, where these are text,
        bool, int, float, dict or Mapping, list or Sequence, None, or several of them.

        Raises
        ------
        ConfigurationError
            The name is taken, or missing, or a call of the function would not run it.
        """
        refuse_missing(name, "action", "name")

        def register(action: Handler) -> Handler:
            refuse_unrun(action, "action")
            self._actions.register(name, action)
            return action

        return register

    @property
    def custom_workflows(self) -> Mapping[str, type]:
        """The classes that serve custom state machines, by the machines' names."""
        return dict(self._custom_workflows)

    def takes(self, call: StepFunctionsEvent) -> bool:
        """Tell whether an event factory and a handler of one's own take a state's call.

        A factory that refuses the call's input has taken it for its own, too.

        Raises
        ------
        ConfigurationError
            A factory returned what is no sequence of events.
        """
        try:
            events = self._events(EventSource.STEP_FUNCTION, call)
        except ConfigurationError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, no other factory is asked then
            return True
        built_in = (None, self._on_state)
        return all(
            self._bus.handler_of(event) not in built_in and not isinstance(event, IgnoredEvent)
            for event in events
        )

    # Services

    @cached_property
    def services(self) -> Services:
        """All services of the environment.

        Raises
        ------
        ConfigurationError
            The environment variables do not say which resources those are.
        """
        settings = self._settings or Settings.from_environment(os.environ)
        return Services(
            settings,
            self._clients,
            self._sync_handlers,
            self._task_handlers,
            self._import_strategies,
        )

    @property
    def commands(self) -> CommandService:
        """Publishing and reading commands."""
        return self.services.commands

    @property
    def data(self) -> DataService:
        """The latest states."""
        return self.services.data

    @property
    def history(self) -> HistoryService:
        """The earlier states."""
        return self.services.history

    @property
    def imports(self) -> ImportService:
        """Making and reading import jobs."""
        return self.services.imports

    @property
    def tasks(self) -> TaskService:
        """Making and reading tasks."""
        return self.services.tasks

    @property
    def approvals(self) -> ApprovalService:
        """Asking for approvals, and answering."""
        return self.services.approvals

    @property
    def step_functions(self) -> StepFunctionsService:
        """Executions and callbacks."""
        return self.services.step_functions

    # Entry

    def handle(self, event: Any, remaining_milliseconds: Callable[[], int] | None = None) -> Any:
        """Handle one invocation of the function.

        Parameters
        ----------
        event
            What the function was invoked with.
        remaining_milliseconds
            ``get_remaining_time_in_millis`` of Lambda's context; by default there is no end.

        Returns
        -------
        object
            For DynamoDB streams and SQS ``{"batchItemFailures": [...]}``; for a state
            ``[[output]]``; for a direct invocation ``{"status": ...}``; otherwise None.

        Raises
        ------
        UnsupportedEventError
            The event comes from no known source, or nothing handles it.
        ConfigurationError
            An event factory returned what is no sequence of events.
        """
        source = detect_source(event)
        self.services.deadline.begin(remaining_milliseconds)
        return self._entries[source](event)

    @cached_property
    def _entries(self) -> Mapping[EventSource, Callable[[Any], Any]]:
        return {
            EventSource.DYNAMODB_STREAM: self._handle_stream,
            EventSource.SQS: self._handle_queue,
            EventSource.SNS: partial(self._handle_records, EventSource.SNS),
            EventSource.S3: partial(self._handle_records, EventSource.S3),
            EventSource.EVENT_BRIDGE: partial(self._execute_all, EventSource.EVENT_BRIDGE),
            EventSource.STEP_FUNCTION: self._handle_state,
            EventSource.DIRECT: partial(self._execute_one, EventSource.DIRECT),
        }

    def _handle_stream(self, event: Mapping[str, Any]) -> Any:
        records = event["Records"]
        handle = partial(self._execute_all, EventSource.DYNAMODB_STREAM)
        is_own = self._is_own(_source(records, table_of), STREAMED_TABLES)
        return handle_stream_records(records, handle, self._bury_record if is_own else None)

    def _handle_queue(self, event: Mapping[str, Any]) -> Any:
        records = event["Records"]
        handle = partial(self._execute_all, EventSource.SQS)
        is_own = self._is_own(_source(records, queue_of), Queue)
        bury = self._bury_message if is_own else None
        return handle_messages(records, handle, bury, self._is_last_try)

    def _is_own(self, name: str, base_names: Iterable[str]) -> bool:
        """Tell whether a source is one of the project's, which have a dead-letter queue each."""
        prefix = self.services.settings.resource_prefix
        return name in {f"{prefix}{base_name}" for base_name in base_names}

    def _is_last_try(self, message: Mapping[str, Any]) -> bool:
        return receive_count(message) >= self.services.settings.max_receive_count

    def _bury_record(self, record: Mapping[str, Any], error: Exception) -> None:
        table = table_of(record["eventSourceARN"])
        self.services.dead_letters.bury_record(table, record, error)

    def _bury_message(self, message: Mapping[str, Any], error: Exception) -> None:
        queue = queue_of(message["eventSourceARN"])
        self.services.dead_letters.bury_message(queue, message, error)

    def _handle_records(self, source: EventSource, event: Mapping[str, Any]) -> None:
        """Handle each record, and raise what the first failed with once all have been."""
        failures = []
        for record in event.get("Records", ()):
            try:
                self._execute_all(source, record)
            except Exception as error:  # noqa: BLE001 - the others are handled all the same
                logger.exception("Record failed", extra={"error": str(error)})
                failures.append(error)
        if failures:
            raise failures[0]

    def _handle_state(self, event: Mapping[str, Any]) -> Any:
        call = step_functions_event(event)
        logger.append_keys(execution=call.context.execution.name, state=call.context.state.name)
        output = self._execute_one(EventSource.STEP_FUNCTION, call)
        return task_output(checked_output(output, call.context))

    def _execute_all(self, source: EventSource, record: Any) -> None:
        for event in self._events(source, record):
            self._bus.execute(event)

    def _execute_one(self, source: EventSource, record: Any) -> Any:
        events = self._events(source, record)
        if len(events) != 1:
            raise UnsupportedEventError(
                f"The event factory made {len(events)} events of one {source.value} call, which "
                "waits for one answer: return one event."
            )
        return self._bus.execute(events[0])

    def _events(self, source: EventSource, record: Any) -> Sequence[Event]:
        for factory in (*self._factories, DefaultEventFactory()):
            with application_code():
                events = _transformer(factory, source)(record)
            if not isinstance(events, Sequence) or isinstance(events, str | bytes):
                raise ConfigurationError(
                    f"{type(factory).__name__} made a {type(events).__name__} of what came from "
                    f"{source.value}: return a list of events, cqrs.events.types.IGNORED for what calls "
                    "for nothing, or () for what is not its own."
                )
            if events:
                return events
        return ()

    # Built-in handlers

    def _on_stream_record(self, event: DynamoDBStreamEvent) -> None:
        settings = self.services.settings
        with reading(f"A record of {event.table}"):
            if event.table == settings.commands_table:
                self.services.command_stream.handle(event)
            elif event.table == settings.tasks_table:
                self.services.task_stream.handle(event)
            elif event.table == settings.import_tmp_table:
                self.services.import_stream.handle(event)
            else:
                raise UnsupportedEventError(f"No handler takes the stream of table {event.table}.")

    def _on_message(self, event: SqsEvent) -> None:
        prefix = self.services.settings.resource_prefix
        if event.queue == f"{prefix}{Queue.TASK_ACTION}":
            with reading(f"A message of {event.queue}, or what it names,"):
                self.services.task_queue.handle(event)
        elif event.queue == f"{prefix}{Queue.IMPORT_ACTION}":
            with reading(f"A message of {event.queue}, or what it names,"):
                self.services.import_queue.handle(event)
        elif event.queue == f"{prefix}{Queue.NOTIFICATION}":
            self._notification_handlers.handle(Notification.from_message(event.json()))
        else:
            raise UnsupportedEventError(f"No handler takes the messages of queue {event.queue}.")

    def _on_state(self, event: StepFunctionsEvent) -> Any:
        machine, state = event.context.state_machine.name, event.context.state.name
        if self._workflows.base_name(machine) not in {*StateMachine}:
            return self._workflows.call(event)
        with reading(f"What state {state} of {machine} works on"):
            return self._workflows.call(event)

    def _on_execution_status(self, event: ExecutionStatusEvent) -> None:
        settings = self.services.settings
        execution = execution_arn(event.state_machine_arn, event.name)
        if event.status in ERRORS and not self.services.step_functions.has_ended(execution):
            # Redriven since: what waits for it waits on.
            logger.info("Execution goes on", extra={"execution": event.name})
            return
        if event.state_machine_arn == settings.command_state_machine_arn:
            self.services.ended_executions.handle(event)
        elif event.state_machine_arn == settings.task_state_machine_arn:
            self.services.ended_task_executions.handle(event)
        elif event.state_machine_arn == settings.import_csv_state_machine_arn:
            self.services.ended_import_executions.handle(event)
        elif event.state_machine_arn.startswith(settings.state_machine_arn("")):
            self.services.ended_approval_executions.handle(event)
        else:
            raise UnsupportedEventError(
                f"No handler takes the status of executions of {event.state_machine_arn}."
            )

    def _on_direct(self, event: DirectEvent) -> Any:
        return self._actions.run(event)

    @cached_property
    def _workflows(self) -> Workflows:
        workflows = Workflows(self.services.settings.resource_prefix)
        workflows.register(StateMachine.COMMAND, lambda: self.services.command_workflow)
        workflows.register(StateMachine.TASK, lambda: self.services.task_workflow)
        workflows.register(StateMachine.IMPORT_CSV, lambda: self.services.import_workflow)
        for machine, workflow in self._custom_workflows.items():
            workflows.register(machine, workflow)
        return workflows


def _source(records: Sequence[Mapping[str, Any]], name_of: Callable[[str], str]) -> str:
    """Name of the table or queue that a batch comes from."""
    with reading("A batch of records"):
        return name_of(records[0]["eventSourceARN"])


def _is_event_type(given: Any) -> bool:
    """Tell whether something is a class of events, and not one that handles them."""
    return isinstance(given, type) and not _has_execute(given)


def _has_execute(candidate: type) -> bool:
    return callable(getattr(candidate, "execute", None))


def _transformer(factory: EventFactory, source: EventSource) -> Callable[[Any], Any]:
    transformers: dict[EventSource, Callable[[Any], Any]] = {
        EventSource.DYNAMODB_STREAM: factory.transform_dynamodb_stream,
        EventSource.SQS: factory.transform_sqs,
        EventSource.SNS: factory.transform_sns,
        EventSource.S3: factory.transform_s3,
        EventSource.EVENT_BRIDGE: factory.transform_event_bridge,
        EventSource.STEP_FUNCTION: factory.transform_step_function,
        EventSource.DIRECT: factory.transform_direct,
    }
    return transformers[source]
