"""The way of an invocation to its handlers: by its source, as events, over the bus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from cqrs.aws.application_code import application_code
from cqrs.aws.step_functions import checked_output, task_output
from cqrs.core.log_keys import error_keys, log_with
from cqrs.core.observability import logger
from cqrs.core.reading import reading
from cqrs.entrance import Entrance
from cqrs.errors import ConfigurationError, UnsupportedEventError
from cqrs.events.batches import REPLAYED, handle_messages, handle_stream_records
from cqrs.events.factory import (
    DefaultEventFactory,
    EventFactory,
    queue_of,
    receive_count,
    step_functions_event,
    table_of,
)
from cqrs.events.sources import detect_source
from cqrs.events.suspects import CountedTries, is_suspect
from cqrs.events.types import Event, EventSource, IgnoredEvent, StepFunctionsEvent
from cqrs.resources import OWN_STREAM, STREAMED_TABLES, OwnKind, Queue
from cqrs.subjects import (
    about_action,
    about_execution,
    about_messages,
    about_records,
    about_state,
)

if TYPE_CHECKING:
    from cqrs.events.bus import EventBus
    from cqrs.services import Services


class Dispatcher:
    """Hands invocations over.

    Parameters
    ----------
    services
        Makes the services of the environment.
    bus
        Knows which handler takes which event.
    factories
        The application's event factories, of which the first is asked first.
    answer_http
        Answers a request of the HTTP API, which no event factory is asked about: what a principal
        may do is decided in one place.
    answer_live
        Answers an event of the live channel, likewise.
    """

    def __init__(
        self,
        services: Callable[[], Services],
        bus: EventBus,
        factories: Sequence[EventFactory],
        answer_http: Callable[[Mapping[str, Any]], Any],
        answer_live: Callable[[Mapping[str, Any]], Any],
    ) -> None:
        self._services = services
        self._bus = bus
        self._factories = factories
        self._entries: Mapping[EventSource, Callable[[Any], Any]] = {
            EventSource.DYNAMODB_STREAM: self._handle_stream,
            EventSource.SQS: self._handle_queue,
            EventSource.SNS: partial(self._handle_records, EventSource.SNS),
            EventSource.S3: partial(self._handle_records, EventSource.S3),
            EventSource.EVENT_BRIDGE: self._handle_event,
            EventSource.STEP_FUNCTION: self._handle_state,
            EventSource.DIRECT: self._handle_action,
            EventSource.HTTP: answer_http,
            EventSource.LIVE: answer_live,
        }

    def handle(
        self, event: Any, remaining_milliseconds: Callable[[], int] | None, invoked_arn: str
    ) -> Any:
        """Handle one invocation, as :meth:`cqrs.application.Application.handle` does."""
        source = detect_source(event)
        refusal = Entrance(self._services().settings, invoked_arn).refusal(source, event)
        if refusal is not None:
            return refusal
        self._services().deadline.begin(remaining_milliseconds)
        return self._entries[source](event)

    def handle_within(self, event: Any) -> Any:
        """Handle an event within another invocation, whose time goes on.

        Raises
        ------
        UnsupportedEventError
            If it is a request of the HTTP API, which only API Gateway makes.
        """
        source = detect_source(event)
        if source is EventSource.HTTP:
            raise UnsupportedEventError("A request of the HTTP API is not handled again.")
        return self._entries[source](event)

    def events(self, source: EventSource, record: Any) -> Sequence[Event]:
        """Make events of what a source has sent, by the first factory that takes it.

        Raises
        ------
        ConfigurationError
            If a factory returned what is not a sequence of events.
        """
        for factory in (*self._factories, DefaultEventFactory()):
            with application_code(f"event factory {type(factory).__name__}"):
                events = transformer(factory, source)(record)
            if not isinstance(events, Sequence) or isinstance(events, str | bytes):
                raise ConfigurationError(
                    f"{type(factory).__name__} made a {type(events).__name__} of what came from "
                    f"{source.value}. Return a list of events, cqrs.IGNORED for what calls for "
                    "nothing, or () for what is not its own."
                )
            if events:
                return events
        return ()

    def is_taken(self, call: StepFunctionsEvent, built_in: Callable[[Any], Any]) -> bool:
        """Tell whether a factory and a handler of the application's own take a state's call.

        A factory that refuses the call's input has taken it for its own, too.

        Parameters
        ----------
        call
            The state's call.
        built_in
            The handler that takes it otherwise.

        Raises
        ------
        ConfigurationError
            If a factory returned what is not a sequence of events.
        """
        try:
            events = self.events(EventSource.STEP_FUNCTION, call)
        except ConfigurationError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, no other factory is asked then
            return True
        return all(
            self._bus.handler_of(event) not in (None, built_in)
            and not isinstance(event, IgnoredEvent)
            for event in events
        )

    def _handle_stream(self, event: Mapping[str, Any]) -> Any:
        records = event["Records"]
        handle = partial(self._execute_all, EventSource.DYNAMODB_STREAM)
        streamed = (*STREAMED_TABLES, *self._services().settings.own(OWN_STREAM))
        is_own = self._is_own(_source(records, table_of), streamed)
        about = about_records(self._prefix, _source(records, table_of))
        if not is_own or _is_replay(records):
            return handle_stream_records(records, handle, None, about=about)
        if not is_suspect(records):
            return handle_stream_records(records, handle, self._set_aside_record, about=about)
        table = table_of(records[0]["eventSourceARN"])
        tries = CountedTries(self._services().objects, table, records[0])
        return handle_stream_records(
            records, tries.handling(handle), self._set_aside_record, tries.are_used_up, about
        )

    def _handle_queue(self, event: Mapping[str, Any]) -> Any:
        records = event["Records"]
        handle = partial(self._execute_all, EventSource.SQS)
        queues = (*Queue, *self._services().settings.own(OwnKind.QUEUE))
        is_own = self._is_own(_source(records, queue_of), queues)
        set_aside = self._set_aside_message if is_own else None
        about = about_messages(self._prefix, _source(records, queue_of))
        return handle_messages(records, handle, set_aside, self._is_last_try, about)

    def _handle_records(self, source: EventSource, event: Mapping[str, Any]) -> None:
        """Handle each record, and raise what the first failed with once all have been."""
        failures = []
        for record in event.get("Records", ()):
            try:
                self._execute_all(source, record)
            except Exception as error:  # noqa: BLE001 - the others are handled all the same
                logger.error("Record failed", extra=error_keys(error))
                failures.append(error)
        if failures:
            raise failures[0]

    def _handle_state(self, event: Mapping[str, Any]) -> Any:
        call = step_functions_event(event)
        machine = call.context.state_machine.name.partition("/")[0].removeprefix(self._prefix)
        log_with(about_state(call, machine))
        output = self._execute_one(EventSource.STEP_FUNCTION, call)
        return task_output(checked_output(output, call.context))

    def _handle_event(self, event: Mapping[str, Any]) -> None:
        log_with(about_execution(event.get("detail")))
        self._execute_all(EventSource.EVENT_BRIDGE, event)

    def _handle_action(self, event: Mapping[str, Any]) -> Any:
        log_with(about_action(event))
        return self._execute_one(EventSource.DIRECT, event)

    def _execute_all(self, source: EventSource, record: Any) -> None:
        for event in self.events(source, record):
            self._bus.execute(event)

    def _execute_one(self, source: EventSource, record: Any) -> Any:
        events = self.events(source, record)
        if len(events) != 1:
            raise UnsupportedEventError(
                f"The event factory made {len(events)} events of one {source.value} call, which "
                "waits for one answer: return one event."
            )
        return self._bus.execute(events[0])

    def _is_own(self, name: str, base_names: Iterable[str]) -> bool:
        """Tell whether a source is the environment's; each of those has a dead-letter queue."""
        return name in {f"{self._prefix}{base_name}" for base_name in base_names}

    @property
    def _prefix(self) -> str:
        return self._services().settings.resource_prefix

    def _is_last_try(self, message: Mapping[str, Any]) -> bool:
        return receive_count(message) >= self._services().settings.max_receive_count

    def _set_aside_record(self, record: Mapping[str, Any], error: Exception) -> None:
        table = table_of(record["eventSourceARN"])
        self._services().dead_letters.set_aside_record(table, record, error)

    def _set_aside_message(self, message: Mapping[str, Any], error: Exception) -> None:
        queue = queue_of(message["eventSourceARN"])
        self._services().dead_letters.set_aside_message(queue, message, error)


def _is_replay(records: Sequence[Mapping[str, Any]]) -> bool:
    with reading("A batch of records"):
        return any(record.get("eventID") == REPLAYED for record in records)


def _source(records: Sequence[Mapping[str, Any]], name_of: Callable[[str], str]) -> str:
    """Name of the table or queue that a batch comes from."""
    with reading("A batch of records"):
        return name_of(records[0]["eventSourceARN"])


def transformer(factory: EventFactory, source: EventSource) -> Callable[[Any], Any]:
    """The method by which a factory makes events of what a source sends."""
    return transformers(factory)[source]


def transformers(factory: EventFactory) -> dict[EventSource, Callable[[Any], Any]]:
    """The methods by which a factory makes events, by the sources that it is asked about."""
    return {
        EventSource.DYNAMODB_STREAM: factory.transform_dynamodb_stream,
        EventSource.SQS: factory.transform_sqs,
        EventSource.SNS: factory.transform_sns,
        EventSource.S3: factory.transform_s3,
        EventSource.EVENT_BRIDGE: factory.transform_event_bridge,
        EventSource.STEP_FUNCTION: factory.transform_step_function,
        EventSource.DIRECT: factory.transform_direct,
    }
