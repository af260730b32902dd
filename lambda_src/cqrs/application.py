"""The application: it registers handlers, and the Lambda entry point calls it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, TypeVar

from cqrs.actions import register_actions
from cqrs.actions.direct_actions import DirectActions
from cqrs.commands.sync_handlers import SyncHandler, SyncHandlers
from cqrs.core.item_content import FIRST_SCHEMA_VERSION
from cqrs.core.registration_arguments import refuse_missing, refuse_unrun
from cqrs.dispatch import Dispatcher, transformers
from cqrs.errors import ConfigurationError
from cqrs.events.bus import EventBus
from cqrs.events.factory import (
    EventFactory,
)
from cqrs.events.own_resources import OwnResources
from cqrs.events.workflows import state_methods
from cqrs.imports.models import PublishMode
from cqrs.imports.strategies import ImportStrategies
from cqrs.item_types.registry import ItemTypes, Upcaster
from cqrs.notifications.queue import NotificationHandler, NotificationHandlers
from cqrs.resources import RUN_TASK, StateMachine
from cqrs.routes import Routes
from cqrs.services import Services
from cqrs.settings import Settings
from cqrs.tasks.handlers import TaskHandler, TaskHandlers

if TYPE_CHECKING:
    from cqrs.api.door import Door
    from cqrs.api.live.door import LiveDoor
    from cqrs.api.own_routes import OwnRoute
    from cqrs.api.roles import Roles
    from cqrs.approvals.service import ApprovalService
    from cqrs.aws.clients import Clients
    from cqrs.aws.step_functions import StepFunctionsService
    from cqrs.commands.service import CommandService
    from cqrs.events.types import StepFunctionsEvent
    from cqrs.imports.service import ImportService
    from cqrs.items.data import DataService
    from cqrs.items.history import HistoryService
    from cqrs.read_models.declarations import Project, ReadModelRegistry
    from cqrs.read_models.places import Place
    from cqrs.read_models.service import ReadModels
    from cqrs.read_models.sql_tables import SqlTable
    from cqrs.tasks.models import Task
    from cqrs.tasks.service import TaskService

Handler = TypeVar("Handler", bound=Callable[..., Any])
Class = TypeVar("Class", bound=type)
UpcasterFunction = TypeVar("UpcasterFunction", bound=Upcaster)

NO_STATE = "A method that is not a state has a name that begins with an underscore."


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
        self._item_types = ItemTypes()
        self._read_models: ReadModelRegistry | None = None
        self._notification_handlers = NotificationHandlers()
        self._factories: list[EventFactory] = []
        self._custom_workflows: dict[str, type] = {}
        self._actions = DirectActions()
        register_actions(self._actions, lambda: self.services)
        self._bus = EventBus()
        self._routes = Routes(
            lambda: self.services,
            self._actions,
            self._notification_handlers,
            self._custom_workflows,
        )
        self._routes.register(self._bus)
        self._own_routes: list[OwnRoute] = []
        self._live_actions: dict[str, Roles] = {}
        self._dispatcher = Dispatcher(
            lambda: self.services,
            self._bus,
            self._factories,
            self._answer_http,
            self._answer_live,
        )

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
            If the name is taken, or missing, or a call of the function would not run it.
        """
        refuse_missing(name, "sync_handler", "name")

        def register(handler: SyncHandler) -> SyncHandler:
            refuse_unrun(handler, "sync_handler")
            self._sync_handlers.register(name, handler, item_type)
            return handler

        return register

    def read_model(
        self,
        name: str,
        *,
        item_types: Iterable[str],
        version: int = 1,
        place: SqlTable | Place | None = None,
    ) -> Callable[[Project], Project]:
        """Show items of some types by what a function makes of each.

        The function takes an :class:`~cqrs.ItemState` and returns how it is shown: entries in the
        stack's table, a row in SQL, None for nowhere. It is called with no item that is deleted.

        Parameters
        ----------
        name
            The read model's name, in executions, errors and keys.
        item_types
            Types of the items, as in ``["AIRPORT"]``.
        version
            Raised by a change of what is shown. The versions of one name are registered beside each
            other until a rebuild has replaced the older one.
        place
            A table of SQL, or a place of one's own; the stack's table by default.

        Raises
        ------
        ConfigurationError
            If the model has that version already, a sync handler has its name, or an argument
            cannot be what it is.
        """
        refuse_missing(name, "read_model", "name")
        from cqrs.read_models.declarations import ReadModelRegistry  # noqa: PLC0415 - not all do

        if self._read_models is None:
            self._read_models = ReadModelRegistry()
            self._task_handlers.register(RUN_TASK, self._work_on_run, is_internal=True)
        registry = self._read_models

        def register(project: Project) -> Project:
            refuse_unrun(project, "read_model")
            is_new = name not in registry.names
            model = registry.register(name, project, item_types, version, place)
            if is_new:
                self._sync_handlers.register(
                    name,
                    lambda command: self.services.read_models.apply(name, command),
                    lambda pk: self.services.read_models.shows(model, pk),
                )
            return project

        return register

    def _work_on_run(self, task: Task) -> object:
        return self.services.read_model_runs.work(task)

    def task(self, task_type: str) -> Callable[[TaskHandler], TaskHandler]:
        """Work off a type of task with a function.

        Raises
        ------
        ConfigurationError
            If the type has a handler already, or is missing, or a call of the function would not
            run it.
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
            The notification's ``action``: one of :class:`~cqrs.notifications.queue.Action`, or of
            the application's own.

        Raises
        ------
        ConfigurationError
            If it is missing, or a call of the function would not run it.
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
            The target that the rows are for.
        publish_mode
            How rows become versions of their items.

        Raises
        ------
        ConfigurationError
            If the target has a strategy already, or is missing, or a call of one of the class's
            methods would not run it.
        """
        refuse_missing(target, "import_strategy", "target")

        def register(strategy: Class) -> Class:
            self._import_strategies.register(target, strategy, publish_mode)
            return strategy

        return register

    def item_type(
        self,
        name: str,
        schema: str | Mapping[str, Any],
        *,
        version: int = FIRST_SCHEMA_VERSION,
        validators: bool = False,
    ) -> None:
        """Let the attributes of a type's items be just what a schema says.

        Parameters
        ----------
        name
            The type: ``AIRPORT`` for items of ``AIRPORT#<tenant>``.
        schema
            The name of a pydantic model, as in ``"app.models:Airport"``. The package holds its
            schema, so the function imports neither its module nor pydantic. Otherwise a JSON
            Schema, or the path of its file within ``lambda_src``, as in ``"app/airport.json"``.
        version
            The version of the schema, which a change raises that stored items do not fit.
        validators
            Whether the model's own validators are run too. Then a layer has to bring pydantic.

        Raises
        ------
        ConfigurationError
            If the type has a schema already, or one of the arguments cannot be what it is.
        """
        refuse_missing(name, "item_type", "type of item")
        from cqrs.item_types.item_type import ItemType  # noqa: PLC0415 - few have any

        self._item_types.register(ItemType(name, schema, version, validators).checked())

    def upcaster(
        self, item_type: str, *, from_version: int
    ) -> Callable[[UpcasterFunction], UpcasterFunction]:
        """Make attributes of one version of a type's schema into those of the next.

        The function takes attributes and returns others. It is called whenever an item is read that
        is stored in that version, so the same attributes must always give the same.

        Parameters
        ----------
        item_type
            The type.
        from_version
            The version that it leads on from.

        Raises
        ------
        ConfigurationError
            If there is one already, the type is missing, or a call of the function would not run
            it.
        """
        refuse_missing(item_type, "upcaster", "type of item")

        def register(upcaster: UpcasterFunction) -> UpcasterFunction:
            refuse_unrun(upcaster, "upcaster")
            self._item_types.register_upcaster(item_type, from_version, upcaster)
            return upcaster

        return register

    def event_handler(self, event_type: type) -> Callable[[Handler], Handler]:
        """Give a type of event to a function, or to a class with a method ``execute``.

        An application's handler replaces a built-in one of the same event type.

        Raises
        ------
        ConfigurationError
            If the class has no method ``execute``, the type is missing, or a call of the handler
            would not run it.
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
            If the class is not a subclass of EventFactory, or a call of one of its methods would
            not run it.
        """
        if not issubclass(factory, EventFactory):
            raise ConfigurationError(
                f"{factory.__name__} is not an event factory: derive it from cqrs.EventFactory."
            )
        made = factory()
        for transform in transformers(made).values():
            refuse_unrun(transform, "event_factory")
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
            If the machine is served already, or is missing, or a call of one of the class's methods
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

        A payload that does not fit the function's annotations is refused. Those that count are
        text, bool, int, float, dict or Mapping, list or Sequence, None, or several of them.

        Raises
        ------
        ConfigurationError
            If the name is taken, or missing, or a call of the function would not run it.
        """
        refuse_missing(name, "action", "name")

        def register(action: Handler) -> Handler:
            refuse_unrun(action, "action")
            self._actions.register(name, action)
            return action

        return register

    def route(
        self,
        method: str,
        path: str,
        *,
        role: str | Iterable[str],
        summary: str = "",
        statuses: Iterable[int] = (200, 204),
    ) -> Callable[[Handler], Handler]:
        """Let a function answer requests of the HTTP API; it is given an ApiCall.

        It returns any JSON value, None for an answer without a body, or an ApiAnswer.

        Parameters
        ----------
        method
            ``GET``, ``POST``, ``PUT``, ``PATCH`` or ``DELETE``.
        path
            Its path below ``/v1/tenants/{tenant}``, such as ``/stock/{id}``.
        role
            The role that a principal needs, or several of which one is enough. Roles that include
            one of them are let in as well.
        summary
            The route in a line, for the OpenAPI page; by default the first of the docstring.
        statuses
            Those of its good answers, for the OpenAPI page and for clients that are made of it. By
            default those of a function that returns JSON or None.

        Raises
        ------
        ConfigurationError
            If the route is taken or malformed, or a call of the function would not run it.
        """
        from cqrs.api.own_routes import add_own_route  # noqa: PLC0415 - not every team has some

        def register(handler: Handler) -> Handler:
            refuse_unrun(handler, "route")
            add_own_route(self._own_routes, handler, method, path, role, summary, statuses)
            return handler

        return register

    def live_action(self, action: str, *, role: str | Iterable[str]) -> None:
        """Let principals follow a kind of change of one's own on the live channel.

        Without it nobody may, as only the application knows who may read of it.

        Parameters
        ----------
        action
            The notification's ``action``, as ``services.notifications.send`` was given it.
        role
            The role that a principal needs, or several of which one is enough.

        Raises
        ------
        ConfigurationError
            If it is taken or malformed.
        """
        from cqrs.api.live.actions import add_own_action  # noqa: PLC0415 - not every team has some

        add_own_action(self._live_actions, action, role)

    def import_modules(self, package: str, *, leave_out: Sequence[str] = ()) -> None:
        """Import all modules of a package, which register what they hold.

        They are imported in alphabetical order, those of packages within it too.

        Parameters
        ----------
        package
            Name of the package, such as ``__name__`` in its ``__init__.py``.
        leave_out
            Modules and packages of it that are not imported, by their names within it, such as
            those of pydantic models of item types.
        """
        _import_all(package, {f"{package}.{name}" for name in leave_out})

    @property
    def item_types(self) -> ItemTypes:
        """The registered types of items; ``schema_of`` gives the schema of each."""
        return self._item_types

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
            If a factory returned something that is not a sequence of events.
        """
        return self._dispatcher.is_taken(call, self._routes.state)

    # Services

    @cached_property
    def services(self) -> Services:
        """All services of the environment.

        Raises
        ------
        ConfigurationError
            If the environment variables do not say which resources those are.
        """
        settings = self._settings or Settings.from_environment(os.environ)
        return Services(
            settings,
            self._clients,
            self._sync_handlers,
            self._task_handlers,
            self._import_strategies,
            item_types=self._item_types,
            read_models=self._read_models,
            handles=self._dispatcher.handle_within,
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
    def read_models(self) -> ReadModels:
        """Reading what shows items otherwise than the data table does."""
        return self.services.read_models

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

    @cached_property
    def resources(self) -> OwnResources:
        """The queues, tables, topics and buckets that the application declares for itself."""
        return OwnResources(self.services.settings)

    # Entry

    def prepare(self) -> None:
        """Make what most events need, before the first of them comes.

        If something cannot be made, as without a setting, the first event is told so.
        """
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - of the function alone

        with suppress(BotoCoreError, ConfigurationError):
            self.services.prepare()

    def _answer_http(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return self._door.answer(event)

    @cached_property
    def _door(self) -> Door:
        from cqrs.api.door import Door  # noqa: PLC0415 - of requests of the HTTP API alone

        return Door(lambda: self.services, self._own_routes)

    def _answer_live(self, event: Mapping[str, Any]) -> dict[str, Any]:
        return self._live_door.answer(event)

    @cached_property
    def _live_door(self) -> LiveDoor:
        from cqrs.api.live.door import LiveDoor  # noqa: PLC0415 - of the live channel alone

        return LiveDoor(self.services, self._live_actions)

    def handle(
        self,
        event: Any,
        remaining_milliseconds: Callable[[], int] | None = None,
        invoked_arn: str = "",
    ) -> Any:
        """Handle one invocation of the function.

        Parameters
        ----------
        event
            The event of the invocation.
        remaining_milliseconds
            ``get_remaining_time_in_millis`` of Lambda's context; by default there is no end.
        invoked_arn
            ``invoked_function_arn`` of Lambda's context: the function, its alias or version.

        Returns
        -------
        object
            For DynamoDB streams and SQS ``{"batchItemFailures": [...]}``; for a state
            ``[[output]]``; for a direct invocation ``{"status": ...}``; for an API
            ``{"statusCode": ...}``; otherwise None.

        Raises
        ------
        UnsupportedEventError
            If the event comes from no known source, or nothing handles it. A request of the HTTP
            API that came past it is one.
        ConfigurationError
            If an event factory returned something that is not a sequence of events.
        """
        return self._dispatcher.handle(event, remaining_milliseconds, invoked_arn)


def _import_all(package: str, left_out: Set[str]) -> None:
    modules = iter_modules(import_module(package).__path__, f"{package}.")
    for module in sorted(modules, key=lambda found: found.name):
        if module.name not in left_out:
            import_module(module.name)
            if module.ispkg:
                _import_all(module.name, left_out)


def _is_event_type(given: Any) -> bool:
    """Tell whether something is a class of events, and not one that handles them."""
    return isinstance(given, type) and not _has_execute(given)


def _has_execute(candidate: type) -> bool:
    return callable(getattr(candidate, "execute", None))
