"""An environment in memory, in which an application runs as it is deployed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import Clients
from cqrs.core.attribute_values import from_attribute_values, to_attribute_values
from cqrs.core.observability import metrics
from cqrs.events.types import DIRECT_SOURCE
from cqrs.notifications.queue import Notification
from cqrs.resources import API_ALIAS, UPLOADS_PREFIX, Queue
from cqrs.testing.account import HEALER, Account
from cqrs.testing.aws.session import OPERATIONS, MemorySession
from cqrs.testing.binding import bound, default_application
from cqrs.testing.clock import BEGINNING, Clock
from cqrs.testing.deployed import DEFAULT, Deployed, deployed
from cqrs.testing.executions import ExecutionView, view_of
from cqrs.testing.failures import Failure, Failures, HandlerFailed
from cqrs.testing.faults import Faults
from cqrs.testing.function import Function
from cqrs.testing.http import ApiClient, claims_of
from cqrs.testing.letters import DeadLetter, letter_of
from cqrs.testing.rules import Rules

if TYPE_CHECKING:
    from cqrs.application import Application
    from cqrs.approvals.service import ApprovalService
    from cqrs.commands.service import CommandService
    from cqrs.events.own_resources import OwnResources
    from cqrs.imports.keys import ImportKey
    from cqrs.imports.service import ImportService
    from cqrs.items.data import DataService
    from cqrs.items.history import HistoryService
    from cqrs.read_models.service import ReadModels
    from cqrs.services import Services
    from cqrs.tasks.service import TaskService
    from cqrs.testing.aws.sns import Posted

MOST_STEPS = 100_000
"""How much may happen until all is quiet; more is taken for a circle."""

SEED = 1


class NeverQuiet(AssertionError):
    """Work leads to work without an end."""


class EnvironmentBusy(RuntimeError):
    """Two environments in memory are open at a time."""


_open: list[MemoryEnvironment] = []


class MemoryEnvironment:
    """An environment: its tables, queues, state machines and function, in memory.

    Time stands still but for :meth:`settle`, :meth:`advance` and pauses of the code itself. All
    chance is the same each time. An environment is open from ``with`` on to its end, and one at a
    time: meanwhile the application has its services.

    Parameters
    ----------
    application
        The application; by default that of ``lambda_src/app``.
    name
        Name of the environment's file, which settings and definitions come from.
    folder
        Folder of that file; by default ``environments``.
    now
        The time at which it begins.
    seed
        Of all chance, such as ids.
    healing
        Whether the healer runs by its schedule when time is advanced. By default it runs when
        :meth:`heal` is called, as in memory little is left behind for it.
    packages
        Packages of the application, whose modules follow the environment's clock.

    Examples
    --------
    >>> with MemoryEnvironment() as environment:
    ...     environment.commands.publish("AIRPORT#acme", "AIRPORT#KIX", name="Kansai")
    ...     environment.settle()
    ...     assert environment.data.get("AIRPORT#acme", "AIRPORT#KIX").version == 1
    """

    def __init__(
        self,
        application: Application | None = None,
        *,
        name: str = DEFAULT,
        folder: Path | None = None,
        now: datetime = BEGINNING,
        seed: int = SEED,
        healing: bool = False,
        packages: Iterable[str] = ("app",),
    ) -> None:
        self._application = application
        self._name = name
        self._folder = folder
        self._clock = Clock(now)
        self._seed = seed
        self._healing = healing
        self._packages = ("cqrs", *packages)
        self._failures = Failures()
        self._open = ExitStack()
        self.faults = Faults(OPERATIONS)

    # Its life

    def __enter__(self) -> MemoryEnvironment:
        """Open it.

        Raises
        ------
        EnvironmentBusy
            If another one is open.
        EnvironmentFileError
            If the environment's file, or a module of ``stacks/app``, cannot be used.
        NotKnown
            If a definition uses what the interpreter does not know.
        ValidationError
            If a fault is asked for in a state that is not there.
        """
        if _open:
            raise EnvironmentBusy(
                "Another MemoryEnvironment is open, and the application can be in one at a time. "
                "Leave its `with` first; a test that has the fixture needs no other."
            )
        if self._application is None:
            self._application = default_application()
        self._deployed = deployed(self._name, self._folder)
        self.faults.know_states(self._deployed.calling_states)
        settings = self._deployed.settings
        self._function = Function(
            self._application,
            self._clock,
            self._failures,
            self.faults,
            settings.function_timeout_seconds,
        )
        self._account = Account(self._deployed, self._clock, self._function, healing=self._healing)
        region = self._deployed.environment.region
        session = MemorySession(self._account.services, self.faults, region)
        rules = Rules(
            self._clock, self._sleep, self._seed, self._packages, self._failures.recording
        )
        with ExitStack() as entered:
            entered.enter_context(rules.hold())
            entered.enter_context(bound(self._application, settings, Clients(session)))
            entered.callback(metrics.clear_metrics)
            entered.callback(_open.remove, self)
            _open.append(self)
            self._open = entered.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it.

        Raises
        ------
        HandlerFailed
            If the application's code has failed, and nobody has seen it.
        """
        self._open.close()
        if kind is None:
            self._failures.raise_unseen()

    @property
    def application(self) -> Application:
        """The application in it."""
        if self._application is None or self not in _open:
            raise EnvironmentBusy("The environment is not open: use it within its `with`.")
        return self._application

    @property
    def deployed(self) -> Deployed:
        """The environment as it would be deployed: its settings and definitions."""
        return self._deployed

    # Services

    @property
    def services(self) -> Services:
        """All services, as the function has them."""
        return self.application.services

    @property
    def commands(self) -> CommandService:
        """Publishing and reading commands."""
        return self.application.commands

    @property
    def data(self) -> DataService:
        """The latest states."""
        return self.application.data

    @property
    def read_models(self) -> ReadModels:
        """Reading what shows items otherwise than the data table does."""
        return self.application.read_models

    @property
    def history(self) -> HistoryService:
        """The earlier states."""
        return self.application.history

    @property
    def tasks(self) -> TaskService:
        """Making and reading tasks."""
        return self.application.tasks

    @property
    def imports(self) -> ImportService:
        """Making and reading import jobs."""
        return self.application.imports

    @property
    def approvals(self) -> ApprovalService:
        """Reading requests for approval, and answering."""
        return self.application.approvals

    @property
    def resources(self) -> OwnResources:
        """The application's own queues, tables, topics and buckets."""
        return self.application.resources

    @property
    def clients(self) -> Clients:
        """Clients of AWS in memory, as the application has them."""
        return self.services.clients

    # Time

    @property
    def now(self) -> datetime:
        """The environment's time."""
        return self._clock.moment()

    def settle(self) -> None:
        """Let all happen that is due, and all that it leads to.

        Pauses before another try pass, as those of retries. Timeouts, waits and schedules are not
        waited for: :meth:`advance` is for these.

        Raises
        ------
        HandlerFailed
            If the application's code has failed, and the test does not expect it.
        NeverQuiet
            If work leads to work without an end.
        """
        __tracebackhide__ = True
        self._run_until_quiet()
        self._failures.raise_unseen()

    def advance(self, **time: float) -> None:
        """Let time pass, and all happen in it.

        Parameters
        ----------
        time
            As ``datetime.timedelta`` takes it, such as ``hours=1``.

        Raises
        ------
        HandlerFailed
            If the application's code has failed, and the test does not expect it.
        NeverQuiet
            If work leads to work without an end.
        """
        self._run_until_quiet()
        until = self._clock.now + timedelta(**time).total_seconds()
        steps = 0
        while (following := self._clock.next_at) is not None and following <= until:
            steps = self._step(steps)
        self._clock.now = max(self._clock.now, until)
        self.settle()

    def _run_until_quiet(self) -> None:
        steps = 0
        while True:
            following, pause = self._clock.next_at, self._clock.next_pause_at
            if following is None or (pause is None and following > self._clock.now):
                return
            steps = self._step(steps)

    def _step(self, steps: int) -> int:
        if steps == MOST_STEPS:
            running = ", ".join(str(one) for one in self.executions() if one.is_running)
            raise NeverQuiet(
                f"{MOST_STEPS:,} things have happened, the last at {self.now:%Y-%m-%d %H:%M:%S}, "
                "and more are to come. Does a handler publish what calls it again? "
                f"Running: {running or 'no execution'}."
            )
        self._clock.step()
        return steps + 1

    def _sleep(self, seconds: float) -> None:
        """Let time pass within the code; what is due meanwhile happens."""
        until = self._clock.now + max(seconds, 0.0)
        self._clock.run(until)
        self._clock.now = max(self._clock.now, until)

    # Failures

    @property
    def failures(self) -> list[Failure]:
        """All exceptions of the application's code so far, but those that were injected."""
        return list(self._failures.all)

    def expect_failures(self, *kinds: type[BaseException]) -> AbstractContextManager[list[Failure]]:
        """Let the application's code fail within a block; gives a list of what has.

        Parameters
        ----------
        kinds
            Classes of exceptions; by default any.

        Raises
        ------
        NothingFailed
            If nothing has failed by the end of the block.
        """
        return self._failures.expect(*kinds)

    # Work

    def start_workflow(self, name: str, given: Any, execution: str = "test") -> ExecutionView:
        """Start an execution of a custom workflow, and let it go on until all is quiet.

        Parameters
        ----------
        name
            The workflow's name without the environment's prefix.
        given
            The input.
        execution
            Name of the execution.

        Returns
        -------
        ExecutionView
            The execution, as it is then.
        """
        machine = self.services.settings.state_machine_arn(name)
        self.application.step_functions.start(machine, execution, given)
        self.settle()
        return self.execution(name, execution)

    def execution(self, machine: str, name: str | None = None) -> ExecutionView:
        """The execution of a machine, as it is now.

        Parameters
        ----------
        machine
            Its base name, such as ``command-handler``.
        name
            Name of the execution; by default the newest.

        Raises
        ------
        LookupError
            If there is none.
        """
        found = [one for one in self.executions(machine) if name in {None, one.name}]
        if not found:
            known = ", ".join(str(one) for one in self.executions()) or "none"
            raise LookupError(f"{machine} has no execution {name or ''}; there are: {known}.")
        return found[-1]

    def executions(self, machine: str | None = None) -> list[ExecutionView]:
        """Executions in the order of their starts; by default those of all machines."""
        prefix = self._deployed.settings.resource_prefix
        views = [view_of(run, prefix) for run in self._account.step_functions.runs.values()]
        return [view for view in views if machine in {None, view.machine}]

    def stop(self, execution: ExecutionView, error: str = "", cause: str = "") -> None:
        """Stop an execution, as a person at the console does, and settle."""
        request = {"executionArn": execution.arn, "error": error, "cause": cause}
        self._account.step_functions.stop_execution(**request)
        self.settle()

    def put_file(self, name: str, content: str | bytes, *, bucket: str = "") -> tuple[str, str]:
        """Put a file into a bucket.

        Parameters
        ----------
        name
            Its name; in the environment's own bucket it is put among the uploads.
        content
            Its content.
        bucket
            Base name of one of the application's own buckets; by default the environment's.

        Returns
        -------
        tuple
            Bucket and key, as ``create_csv_import`` takes them.
        """
        settings = self._deployed.settings
        where = self.resources.bucket_name(bucket) if bucket else settings.bucket
        key = name if bucket else f"{UPLOADS_PREFIX}/{name}"
        body = content.encode() if isinstance(content, str) else content
        self._account.objects.put_object(Bucket=where, Key=key, Body=body)
        return where, key

    def import_csv(
        self, target: str, content: str | bytes, *, tenant: str = "acme", **options: Any
    ) -> ImportKey:
        """Import a CSV file, and settle.

        Parameters
        ----------
        target
            The target of its rows.
        content
            The file, with a line of column names.
        tenant
            Tenant code.
        options
            As ``ImportService.create_csv_import`` takes them, such as ``mode="DIRECT"``.

        Returns
        -------
        ImportKey
            Key of the job, for ``environment.imports``.
        """
        bucket, key = self.put_file(f"{tenant}/{target}.csv", content)
        job = self.imports.create_csv_import(bucket, key, target, tenant, **options)
        self.settle()
        return job

    def send(self, queue: str, body: str, **attributes: str) -> None:
        """Send a message to one of the application's own queues, and settle.

        Parameters
        ----------
        queue
            Its declared name.
        body
            The message.
        attributes
            Texts of its attributes.
        """
        told = {
            name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
        }
        url = self.resources.queue_url(queue)
        self._account.queues.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=told)
        self.settle()

    def publish_to(self, topic: str, message: str) -> None:
        """Publish a message to one of the application's own topics, and settle."""
        arn = self.resources.topic_arn(topic)
        self._account.topics.publish(TopicArn=arn, Message=message)
        self.settle()

    def run_schedule(self, name: str) -> None:
        """Let one of the application's own schedules invoke the function now, and settle.

        Raises
        ------
        LookupError
            If no schedule of the name is declared.
        """
        schedules = self._account.schedules
        if name not in schedules:
            raise LookupError(f"No schedule is called {name!r}; there are {', '.join(schedules)}.")
        schedules[name]()
        self.settle()

    def heal(self) -> None:
        """Let the healer run now, and settle."""
        self.run_schedule(HEALER)

    def invoke(self, event: Any) -> Any:
        """Invoke the function with an event, settle, and return the answer.

        Raises
        ------
        HandlerFailed
            If the invocation failed, or other code of the application did.
        """
        outcome = self._function.invoke(event)
        self.settle()
        if outcome.error:
            raise HandlerFailed(f"The invocation failed: {outcome.error}: {outcome.cause}")
        return outcome.answer

    def act(self, action: str, **payload: Any) -> Any:
        """Invoke an action directly, settle, and return the answer: its status, and its result."""
        return self.invoke({"source": DIRECT_SOURCE, "action": action, "payload": payload})

    def api(
        self,
        *roles: str,
        tenant: str = "acme",
        tenants: Iterable[str] = (),
        subject: str = "somebody",
        name: str = "",
    ) -> ApiClient:
        """A client of the HTTP API, which asks as a principal.

        Parameters
        ----------
        roles
            Roles of the principal, such as ``publisher``.
        tenant
            The tenant of paths without one.
        tenants
            All tenants that the principal may work for; by default that one.
        subject, name
            The principal's identity, and its name for people.

        Raises
        ------
        LookupError
            If the environment has no API.
        """
        settings = self._deployed.settings
        if not settings.api_table:
            raise LookupError(
                f"The environment {self._name} has no HTTP API: set [api] enabled in its file."
            )
        claims = claims_of(settings.api_identity, subject, name, tenants or (tenant,), roles)
        return ApiClient(self._ask, claims, tenant)

    def _ask(self, event: dict[str, Any]) -> Any:
        alias = f"{self._deployed.environment.function_arn()}:{API_ALIAS}"
        outcome = self._function.invoke(event, alias)
        self.settle()
        if outcome.error:
            raise HandlerFailed(f"The request failed: {outcome.error}: {outcome.cause}")
        return outcome.answer

    # Outcomes

    @property
    def notifications(self) -> list[Notification]:
        """All notifications that were sent, in order."""
        name = self._deployed.environment.qualified(Queue.NOTIFICATION)
        sent = self._account.queues.all[name].sent
        return [Notification.from_message(message.json()) for message in sent]

    @property
    def posted(self) -> list[Posted]:
        """All messages that were published to topics, in order."""
        return list(self._account.topics.posted)

    @property
    def dead_letters(self) -> list[DeadLetter]:
        """All that was set aside."""
        return [
            letter_of(source, message)
            for source in self._deployed.environment.dead_letter_sources
            for message in self._account.dead_letter_queue(source).waiting
        ]

    def sent_to(self, queue: str) -> list[Any]:
        """Bodies of all messages that one of the application's own queues was ever sent."""
        name = self._deployed.environment.qualified(queue)
        return [message.body for message in self._account.queues.all[name].sent]

    def items(self, table: str) -> list[dict[str, Any]]:
        """All items of a table, by their keys, as they are stored.

        Parameters
        ----------
        table
            Its base name, such as ``commands`` or one of the application's own.
        """
        found = self._account.dynamodb.tables[self._deployed.environment.qualified(table)]
        return [from_attribute_values(item) for item in found.all_items()]

    def put_item(self, table: str, item: Mapping[str, Any]) -> None:
        """Put an item into one of the application's own tables, as others do, and settle."""
        name = self._deployed.environment.qualified(table)
        self._account.dynamodb.put_item(TableName=name, Item=to_attribute_values(item))
        self.settle()

    def file(self, key: str, bucket: str = "") -> bytes:
        """The content of an object; by default of the environment's bucket.

        Raises
        ------
        LookupError
            If there is none.
        """
        where = bucket or self._deployed.settings.bucket
        contents = self._account.objects.contents
        if (where, key) not in contents:
            known = ", ".join(sorted(key for name, key in contents if name == where)) or "none"
            raise LookupError(f"{where} has no object {key}; there are: {known}.")
        return contents[where, key]
