"""The services of one environment, wired together; each is made when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from cqrs.aws.clients import Clients
from cqrs.aws.item_store import ItemStore
from cqrs.aws.step_functions import StepFunctionsService
from cqrs.core.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.approvals.ended_executions import EndedApprovalExecutions
    from cqrs.approvals.service import ApprovalService
    from cqrs.aws.alarms import AlarmReader
    from cqrs.aws.executions import ExecutionReader
    from cqrs.aws.log_events import LogEventReader
    from cqrs.aws.object_store import ObjectStore
    from cqrs.aws.pace import Pace
    from cqrs.commands.data_writer import DataWriter
    from cqrs.commands.ended_executions import EndedCommandExecutions
    from cqrs.commands.executions import CommandExecutions
    from cqrs.commands.express_workflow import ExpressCommandWorkflow
    from cqrs.commands.models import Command
    from cqrs.commands.ordering import Ordering
    from cqrs.commands.records import CommandRecords
    from cqrs.commands.repair import RepairService
    from cqrs.commands.service import CommandService
    from cqrs.commands.starter import CommandStarter
    from cqrs.commands.stream import CommandStream
    from cqrs.commands.sync_handlers import SyncHandlers
    from cqrs.commands.workflow import Collaborators as CommandCollaborators
    from cqrs.commands.workflow import CommandWorkflow
    from cqrs.events.dead_letters import DeadLetters
    from cqrs.events.large_letters import WholeLetters
    from cqrs.healing.healer import Healer
    from cqrs.healing.kinds import Kinds
    from cqrs.healing.retelling import Retelling
    from cqrs.imports.canceller import ImportCanceller
    from cqrs.imports.chunks.finisher import CommandFinisher
    from cqrs.imports.chunks.importer import BatchImporter
    from cqrs.imports.chunks.rows import RowReaders
    from cqrs.imports.chunks.settler import ChunkSettler
    from cqrs.imports.closer import ImportCloser
    from cqrs.imports.csv.source import FilesAsRead
    from cqrs.imports.ended_executions import EndedImportExecutions
    from cqrs.imports.execution_failures import ExecutionFailures
    from cqrs.imports.queue import ImportQueue
    from cqrs.imports.records import ImportRecords
    from cqrs.imports.service import ImportService
    from cqrs.imports.starter import ImportStarter
    from cqrs.imports.strategies import ImportStrategies
    from cqrs.imports.stream import ImportStream
    from cqrs.imports.workflow import ImportWorkflow
    from cqrs.item_types.known_types import TypedItems
    from cqrs.item_types.registry import ItemTypes
    from cqrs.items.data import DataService
    from cqrs.items.history import HistoryService
    from cqrs.notifications.heard import HeardNotifications
    from cqrs.notifications.links import ConsoleLinks
    from cqrs.notifications.listeners import Listeners
    from cqrs.notifications.outside import Outside
    from cqrs.notifications.queue import Notifications
    from cqrs.notifications.topic import NotificationTopic
    from cqrs.read_models.declarations import ReadModelRegistry
    from cqrs.read_models.generations import GenerationRecords
    from cqrs.read_models.places_of import Places
    from cqrs.read_models.run_service import RunService
    from cqrs.read_models.service import ReadModels
    from cqrs.settings import Settings
    from cqrs.storage.full_items import RoomyItemStore
    from cqrs.storage.large_attributes import LargeAttributes
    from cqrs.storage.large_values import LargeValues
    from cqrs.storage.time_to_live import TimeToLive
    from cqrs.tasks.canceller import TaskCanceller
    from cqrs.tasks.ended_executions import EndedTaskExecutions
    from cqrs.tasks.handlers import TaskHandlers
    from cqrs.tasks.queue import TaskQueue
    from cqrs.tasks.records import TaskRecords
    from cqrs.tasks.service import TaskService
    from cqrs.tasks.stream import TaskStream
    from cqrs.tasks.workflow import TaskWorkflow

# Imports stay inside the properties: an invocation loads only what its event needs, which keeps
# cold starts short.
# ruff: noqa: PLC0415


class Services:
    """Everything that works on one deployed environment.

    Parameters
    ----------
    settings
        Names of its resources.
    clients
        Clients of AWS; made from the process's credentials by default.
    sync_handlers, task_handlers, import_strategies
        The application's handlers; None in a process that does not know the application.
    pace
        The pace at which executions are asked for; None for a process that asks for few.
    item_types
        The application's types of items. If neither these nor the sync handlers are given, the
        process does not know the application, and asks the deployed function for its types.
    read_models
        The application's read models; None in a process that does not know the application.
    handles
        Handles an event as the function does, within the invocation at hand; None in a process that
        is not the function.
    """

    def __init__(
        self,
        settings: Settings,
        clients: Clients | None = None,
        sync_handlers: SyncHandlers | None = None,
        task_handlers: TaskHandlers | None = None,
        import_strategies: ImportStrategies | None = None,
        pace: Pace | None = None,
        item_types: ItemTypes | None = None,
        handles: Callable[[Any], Any] | None = None,
        read_models: ReadModelRegistry | None = None,
    ) -> None:
        self.settings = settings
        self.handles = handles
        self.clients = clients or Clients()
        self.deadline = Deadline()
        self._sync_handlers = sync_handlers
        self._task_handlers = task_handlers
        self._import_strategies = import_strategies
        self._pace = pace
        self._item_types = item_types
        self._read_models = read_models

    def prepare(self) -> None:
        """Make what most events need, which are those of commands."""
        self.clients.prepare()
        _ = self.command_stream
        _ = (
            self.express_command_workflow
            if self.settings.are_commands_express
            else self.command_workflow
        )

    @cached_property
    def store(self) -> ItemStore:
        """DynamoDB."""
        return ItemStore(self.clients)

    @cached_property
    def command_store(self) -> RoomyItemStore:
        """DynamoDB for those who mark commands."""
        from cqrs.resources import ATTRIBUTES_PREFIX
        from cqrs.storage.large_attributes import ATTRIBUTES

        return self._roomy_store((ATTRIBUTES,), ATTRIBUTES_PREFIX)

    @cached_property
    def task_store(self) -> RoomyItemStore:
        """DynamoDB for those who mark tasks."""
        from cqrs.resources import TASKS_PREFIX
        from cqrs.tasks.models import INPUT, RESULT

        return self._roomy_store((INPUT, RESULT), TASKS_PREFIX)

    @cached_property
    def import_store(self) -> RoomyItemStore:
        """DynamoDB for those who mark import jobs."""
        from cqrs.imports.models import COLUMNS

        return self._roomy_store(kept=(COLUMNS,))

    @cached_property
    def approval_store(self) -> RoomyItemStore:
        """DynamoDB for those who mark requests for approval."""
        from cqrs.approvals.models import SUBJECT

        return self._roomy_store(kept=(SUBJECT,))

    def _roomy_store(
        self, names: tuple[str, ...] = (), place: str = "", kept: tuple[str, ...] = ()
    ) -> RoomyItemStore:
        from cqrs.storage.full_items import RoomyItemStore

        return RoomyItemStore(
            self.clients, names, place, lambda: self.large_values, lambda: self.objects, kept
        )

    @cached_property
    def step_functions(self) -> StepFunctionsService:
        """Step Functions."""
        return StepFunctionsService(self.clients, self._pace)

    @cached_property
    def execution_reader(self) -> ExecutionReader:
        """Lists and histories of executions."""
        from cqrs.aws.executions import ExecutionReader

        return ExecutionReader(self.clients)

    @cached_property
    def alarm_reader(self) -> AlarmReader:
        """Lists the environment's alarms."""
        from cqrs.aws.alarms import AlarmReader

        return AlarmReader(self.clients, self.settings.resource_prefix)

    @cached_property
    def log_reader(self) -> LogEventReader:
        """Reads the function's log at a pace, and leaves it at once if AWS throttles."""
        from cqrs.aws.clients import send_once
        from cqrs.aws.log_events import AT_ONCE, REQUESTS_A_SECOND, LogEventReader
        from cqrs.aws.pace import Pace

        return LogEventReader(self.clients, Pace(REQUESTS_A_SECOND, AT_ONCE), send_once)

    @cached_property
    def large_values(self) -> LargeValues:
        """Values, inline or in the bucket."""
        from cqrs.storage.large_values import LargeValues

        return LargeValues(self.objects)

    @cached_property
    def objects(self) -> ObjectStore:
        """The environment's bucket."""
        from cqrs.aws.object_store import ObjectStore

        return ObjectStore(self.clients, self.settings.bucket)

    @cached_property
    def attributes(self) -> LargeAttributes:
        """Attributes, inline or in the bucket."""
        from cqrs.storage.large_attributes import LargeAttributes

        return LargeAttributes(self.large_values)

    @cached_property
    def time_to_live(self) -> TimeToLive:
        """When items expire."""
        from cqrs.storage.time_to_live import TimeToLive

        return TimeToLive(self.store, self.settings)

    @cached_property
    def data(self) -> DataService:
        """The latest states."""
        from cqrs.items.data import DataService

        return DataService(self.store, self.attributes, self.settings.data_table, self.typed_items)

    @cached_property
    def read_models(self) -> ReadModels:
        """The application's read models."""
        from cqrs.items.read_models import ReadModels as DataTableEntries
        from cqrs.read_models.service import ReadModels

        return ReadModels(
            self.read_model_registry,
            self.read_model_generations,
            self.read_model_places,
            DataTableEntries(self.store, self.settings.data_table),
        )

    @cached_property
    def read_model_registry(self) -> ReadModelRegistry:
        """The application's declarations of read models."""
        from cqrs.read_models.declarations import ReadModelRegistry

        return self._read_models or ReadModelRegistry()

    @cached_property
    def read_model_generations(self) -> GenerationRecords:
        """The fillings of read models."""
        from cqrs.read_models.generations import GenerationRecords

        return GenerationRecords(self.store, self.settings.read_models_table)

    @cached_property
    def read_model_places(self) -> Places:
        """The places of read models."""
        from cqrs.read_models.places_of import Places

        return Places(self.clients, self.store, self.settings)

    @cached_property
    def read_model_runs(self) -> RunService:
        """Rebuilds and replays of read models."""
        from cqrs.commands.indexes import UNFINISHED_COMMANDS
        from cqrs.healing.entries import UnfinishedEntries
        from cqrs.read_models.run_parts import RunParts
        from cqrs.read_models.run_service import RunService
        from cqrs.read_models.runs import RunRecords

        settings = self.settings
        return RunService(
            RunParts(
                registry=self.read_model_registry,
                places=self.read_model_places,
                generations=self.read_model_generations,
                runs=RunRecords(self.store, settings.read_models_table),
                data=self.data,
                history=self.history,
                tasks=self._task_service(None),  # they are internal
                sync_handlers=self.sync_handlers,
                unfinished=UnfinishedEntries(
                    self.clients, settings.commands_table, UNFINISHED_COMMANDS
                ),
                deadline=self.deadline,
                writer_seconds=settings.function_timeout_seconds,
            )
        )

    @cached_property
    def history(self) -> HistoryService:
        """The earlier states."""
        from cqrs.items.history import HistoryService

        return HistoryService(
            self.store, self.attributes, self.settings, self.time_to_live, self.typed_items
        )

    @cached_property
    def commands(self) -> CommandService:
        """Publishing and reading commands."""
        from cqrs.commands.service import Collaborators, CommandService

        return CommandService(
            Collaborators(
                store=self.store,
                settings=self.settings,
                attributes=self.attributes,
                records=self.command_records,
                ordering=self.ordering,
                sync_handlers=self._sync_handlers,
                typed_items=self.typed_items,
                repair=lambda: self.repair,
            )
        )

    @cached_property
    def typed_items(self) -> TypedItems:
        """The checks and upcasts of items by their types."""
        if self._item_types is None and self._sync_handlers is None:
            from cqrs.item_types.asked_types import AskedTypes

            return AskedTypes(self.clients, self.settings)
        from cqrs.item_types.known_types import KnownTypes

        return KnownTypes(self.item_types, self.settings)

    @cached_property
    def item_types(self) -> ItemTypes:
        """The application's types of items."""
        from cqrs.item_types.registry import ItemTypes

        return self._item_types or ItemTypes()

    @cached_property
    def command_records(self) -> CommandRecords:
        """The writes of new commands."""
        from cqrs.commands.records import CommandRecords

        return CommandRecords(
            self.settings, self.attributes, self.history, self.data_writer, self.time_to_live
        )

    @cached_property
    def command_workflow(self) -> CommandWorkflow:
        """States of the command-handler state machine."""
        from cqrs.commands.workflow import CommandWorkflow

        return CommandWorkflow(self._of_command_workflow())

    def _of_command_workflow(self) -> CommandCollaborators:
        from cqrs.commands.workflow import Collaborators

        return Collaborators(
            store=self.command_store,
            settings=self.settings,
            ordering=self.ordering,
            time_to_live=self.time_to_live,
            history=self.history,
            data_writer=self.data_writer,
            sync_handlers=self.sync_handlers,
            commands=self.commands,
        )

    @cached_property
    def express_command_workflow(self) -> ExpressCommandWorkflow:
        """States of the Express state machine of commands."""
        from cqrs.commands.express_workflow import ExpressCommandWorkflow

        return ExpressCommandWorkflow(self._of_command_workflow(), self.command_starter)

    @cached_property
    def task_workflow(self) -> TaskWorkflow:
        """States of the task-handler state machine."""
        from cqrs.tasks.workflow import TaskWorkflow

        return TaskWorkflow(self.task_records, self.task_handlers)

    @cached_property
    def tasks(self) -> TaskService:
        """Making and reading tasks."""
        return self._task_service(self._task_handlers)

    def _task_service(self, handlers: TaskHandlers | None) -> TaskService:
        from cqrs.tasks.service import TaskService

        return TaskService(
            self.store, self.settings, self.task_records, handlers, lambda: self.task_canceller
        )

    @cached_property
    def task_records(self) -> TaskRecords:
        """The writes of tasks."""
        from cqrs.tasks.records import TaskRecords

        return TaskRecords(self.task_store, self.settings, self.large_values, self.time_to_live)

    @cached_property
    def task_queue(self) -> TaskQueue:
        """Tasks whose turn has come."""
        from cqrs.tasks.queue import TaskQueue

        return TaskQueue(
            self.clients,
            self.settings,
            self.task_records,
            self.task_handlers,
            self.step_functions,
            lambda: self.task_canceller,
        )

    @cached_property
    def task_stream(self) -> TaskStream:
        """Queues new tasks, and notifies of their changes."""
        from cqrs.tasks.stream import TaskStream

        return TaskStream(
            self.task_records, self.task_queue, lambda: self.task_canceller, self.notifications
        )

    @cached_property
    def ended_task_executions(self) -> EndedTaskExecutions:
        """Settles tasks whose executions ended early."""
        from cqrs.tasks.ended_executions import EndedTaskExecutions

        return EndedTaskExecutions(self.task_canceller, self.task_records, self.step_functions)

    @cached_property
    def task_canceller(self) -> TaskCanceller:
        """Ends tasks that shall not go on."""
        from cqrs.tasks.canceller import TaskCanceller

        return TaskCanceller(self.task_records, self.step_functions, self.settings)

    @cached_property
    def task_handlers(self) -> TaskHandlers:
        """The application's task handlers."""
        from cqrs.tasks.handlers import TaskHandlers

        return self._task_handlers or TaskHandlers()

    @cached_property
    def notifications(self) -> Notifications:
        """Messages that report changes."""
        from cqrs.notifications.queue import Notifications

        return Notifications(self.clients, self.settings)

    @cached_property
    def heard_notifications(self) -> HeardNotifications:
        """Messages that report changes, if somebody listens live."""
        from cqrs.notifications.heard import HeardNotifications

        return HeardNotifications(self.notifications, lambda: self.listeners)

    @cached_property
    def listeners(self) -> Listeners:
        """Who listens live to what."""
        from cqrs.notifications.listeners import Listeners

        return Listeners(self.store, self.settings.connections_table)

    @cached_property
    def topic(self) -> NotificationTopic:
        """Posts notifications to whoever subscribes to them."""
        from cqrs.notifications.topic import NotificationTopic

        return NotificationTopic(self.clients, self.settings)

    @cached_property
    def console_links(self) -> ConsoleLinks:
        """Links into the web console."""
        from cqrs.notifications.links import ConsoleLinks

        return ConsoleLinks(self.settings.notification_console_url)

    @cached_property
    def outside(self) -> Outside:
        """Notices for people and programs outside the environment."""
        from cqrs.notifications.notices import NoticeMaker
        from cqrs.notifications.outside import Outside
        from cqrs.notifications.ways import ways_of

        notices = NoticeMaker(self.settings.environment_name, self.console_links)
        return Outside(self.notifications, notices, ways_of(self.clients, self.settings))

    @cached_property
    def import_workflow(self) -> ImportWorkflow:
        """States of the import-csv state machine."""
        from cqrs.imports.workflow import ImportWorkflow

        return ImportWorkflow(
            self.batch_importer,
            self.import_queue,
            self.import_closer,
            self.row_readers,
            self.files_as_read,
            self.execution_failures,
            self.deadline,
        )

    @cached_property
    def imports(self) -> ImportService:
        """Making and reading import jobs."""
        from cqrs.imports.service import ImportService

        return ImportService(
            self.store,
            self.settings,
            self.import_records,
            self._import_strategies,
            lambda: self.import_canceller,
        )

    @cached_property
    def import_records(self) -> ImportRecords:
        """The writes of import jobs."""
        from cqrs.imports.records import ImportRecords

        return ImportRecords(self.import_store, self.settings, self.large_values, self.time_to_live)

    @cached_property
    def import_starter(self) -> ImportStarter:
        """Starts new import jobs."""
        from cqrs.imports.starter import ImportStarter

        return ImportStarter(
            self.clients,
            self.settings,
            self.import_records,
            self.import_closer,
            self.import_strategies,
            self.step_functions,
            self.import_queue,
            lambda: self.import_canceller,
        )

    @cached_property
    def import_stream(self) -> ImportStream:
        """Starts new import jobs, and notifies of their start and end."""
        from cqrs.imports.stream import ImportStream

        return ImportStream(self.import_starter, self.notifications, lambda: self.import_canceller)

    @cached_property
    def import_queue(self) -> ImportQueue:
        """Files that are read in the function, and rests of batches."""
        from cqrs.imports.queue import ImportQueue

        return ImportQueue(
            self.clients,
            self.settings,
            self.import_records,
            self.import_closer,
            self.batch_importer,
            self.row_readers,
            self.deadline,
        )

    @cached_property
    def import_closer(self) -> ImportCloser:
        """Closes import jobs."""
        from cqrs.imports.closer import ImportCloser
        from cqrs.imports.row_totals import RowTotals

        totals = RowTotals(self.clients, self.settings, self.deadline)
        return ImportCloser(
            self.import_records, self.objects, totals, self.chunk_settler, self.deadline
        )

    @cached_property
    def import_canceller(self) -> ImportCanceller:
        """Ends cancelled import jobs."""
        from cqrs.imports.canceller import ImportCanceller

        return ImportCanceller(
            self.settings, self.import_records, self.import_closer, self.step_functions
        )

    @cached_property
    def execution_failures(self) -> ExecutionFailures:
        """Why executions of import jobs failed."""
        from cqrs.aws.map_runs import MapRuns
        from cqrs.imports.execution_failures import ExecutionFailures

        return ExecutionFailures(self.step_functions, MapRuns(self.clients), self.files_as_read)

    @cached_property
    def files_as_read(self) -> FilesAsRead:
        """Whether maps have read the files of their jobs."""
        from cqrs.imports.csv.source import FilesAsRead

        return FilesAsRead(self.clients, self.settings)

    @cached_property
    def batch_importer(self) -> BatchImporter:
        """Imports rows."""
        from cqrs.imports.chunks.importer import BatchImporter
        from cqrs.imports.chunks.pace import Pace
        from cqrs.imports.chunks.publisher import ChunkPublisher

        publisher = ChunkPublisher(
            self.store,
            self.settings,
            self.command_records,
            self.attributes,
            self.sync_handlers,
            self.command_finisher,
            self.deadline,
        )
        return BatchImporter(
            self.import_records, publisher, self.chunk_settler, Pace(), self.deadline
        )

    @cached_property
    def chunk_settler(self) -> ChunkSettler:
        """Runs the sync handlers of imported rows."""
        from cqrs.imports.chunks.settler import ChunkSettler

        return ChunkSettler(self.store, self.import_records, self.command_finisher, self.deadline)

    @cached_property
    def command_finisher(self) -> CommandFinisher:
        """Does what is left of commands that imports published."""
        from cqrs.imports.chunks.finisher import CommandFinisher

        return CommandFinisher(self.commands, self.ordering, self.sync_handlers)

    @cached_property
    def row_readers(self) -> RowReaders:
        """Readers of the rows of import jobs."""
        from cqrs.imports.chunks.rows import RowReaders

        return RowReaders(self.import_strategies, self.typed_items)

    @cached_property
    def import_strategies(self) -> ImportStrategies:
        """The application's import strategies."""
        from cqrs.imports.strategies import ImportStrategies

        return self._import_strategies or ImportStrategies()

    @cached_property
    def ended_import_executions(self) -> EndedImportExecutions:
        """Settles import jobs whose executions ended early."""
        from cqrs.imports.ended_executions import EndedImportExecutions

        return EndedImportExecutions(
            self.import_closer, self.import_queue, self.execution_failures, self.step_functions
        )

    @cached_property
    def approvals(self) -> ApprovalService:
        """Asking for approvals, and answering."""
        from cqrs.approvals.closer import ApprovalCloser
        from cqrs.approvals.delivery import AnswerDelivery
        from cqrs.approvals.notifier import ApprovalNotifier
        from cqrs.approvals.records import ApprovalRecords
        from cqrs.approvals.service import ApprovalService, Collaborators

        records = ApprovalRecords(self.approval_store, self.settings, self.time_to_live)
        notifier = ApprovalNotifier(self.notifications)
        closer = ApprovalCloser(records, self.step_functions, notifier)
        return ApprovalService(
            Collaborators(
                store=self.store,
                settings=self.settings,
                records=records,
                step_functions=self.step_functions,
                delivery=AnswerDelivery(records, self.step_functions, closer, notifier),
                closer=closer,
                notifier=notifier,
            )
        )

    @cached_property
    def ended_approval_executions(self) -> EndedApprovalExecutions:
        """Settles requests whose executions ended early."""
        from cqrs.approvals.ended_executions import EndedApprovalExecutions

        return EndedApprovalExecutions(self.store, self.settings, self.approvals)

    @cached_property
    def command_stream(self) -> CommandStream:
        """Starts each new command when its turn is near, and notifies of its end."""
        from cqrs.commands.stream import CommandStream

        settings = self.settings
        if settings.live_commands and not settings.command_notifications:
            return CommandStream(self.command_starter, self.heard_notifications)
        return CommandStream(self.command_starter, self.notifications)

    @cached_property
    def command_starter(self) -> CommandStarter:
        """Starts of commands, now or at the end of those before them."""
        from cqrs.commands.starter import CommandStarter

        return CommandStarter(self.command_store, self.settings, self.command_executions)

    @cached_property
    def command_executions(self) -> CommandExecutions:
        """Executions of commands."""
        return self._command_executions(self.step_functions)

    def _command_executions(self, step_functions: StepFunctionsService) -> CommandExecutions:
        from cqrs.commands.executions import ExpressExecutions, StandardExecutions

        standard = StandardExecutions(step_functions, self.settings.command_state_machine_arn)
        if self.settings.are_commands_express:
            express = self.settings.express_command_state_machine_arn
            return ExpressExecutions(step_functions, express, standard)
        return standard

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """Records and messages that cannot be handled."""
        from cqrs.events.dead_letters import DeadLetters

        return DeadLetters(self.clients, self.settings, self.whole_letters)

    @cached_property
    def whole_letters(self) -> WholeLetters:
        """Bodies that dead letters cannot hold, in the bucket."""
        from cqrs.events.large_letters import WholeLetters

        return WholeLetters(self.objects)

    @cached_property
    def ended_command_executions(self) -> EndedCommandExecutions:
        """Settles commands whose executions ended early."""
        from cqrs.commands.ended_executions import EndedCommandExecutions

        return EndedCommandExecutions(self.ordering, lambda: self.repair)

    @cached_property
    def repair(self) -> RepairService:
        """Starting failed commands again."""
        from cqrs.commands.repair import RepairService

        return RepairService(
            self.command_store, self.settings, self.command_executions, self.command_starter
        )

    def stuck_work(
        self,
        retelling: Retelling,
        step_functions: StepFunctionsService,
        failed: Callable[[Command], None] | None = None,
    ) -> Kinds:
        """All work that can stand still, to be looked at now.

        Parameters
        ----------
        retelling
            Tells the function again.
        step_functions
            Tells which executions run.
        failed
            Takes the commands that failed; None to pass them over.
        """
        from cqrs.approvals.indexes import BY_EXECUTION
        from cqrs.commands.indexes import UNFINISHED_COMMANDS
        from cqrs.healing.entries import UnfinishedEntries
        from cqrs.healing.healer import MOST_BEGUN
        from cqrs.healing.kinds import Kind, Kinds
        from cqrs.healing.patience import Patience
        from cqrs.healing.publishers import Publishers
        from cqrs.healing.stuck_approvals import StuckApprovals
        from cqrs.healing.stuck_commands import StuckCommands
        from cqrs.healing.stuck_imports import StuckImports
        from cqrs.healing.stuck_tasks import StuckTasks
        from cqrs.imports.indexes import UNFINISHED_IMPORTS
        from cqrs.tasks.indexes import UNFINISHED_TASKS

        settings, patience = self.settings, Patience.of(self.settings)
        imports = UnfinishedEntries(self.clients, settings.import_tmp_table, UNFINISHED_IMPORTS)
        deadline = self.deadline
        commands = StuckCommands(
            settings.commands_table,
            repair=self.repair,
            ordering=self.ordering,
            executions=self._command_executions(step_functions),
            publishers=Publishers(
                self.store,
                self.import_records,
                imports,
                patience,
                lambda: deadline.seconds_left() >= deadline.seconds_given / 2,
            ),
            patience=patience,
            failed=failed,
            is_behind=self.command_starter.is_on_its_way,
        )
        return Kinds(
            patience,
            commands=Kind(
                "command",
                settings.commands_table,
                UnfinishedEntries(self.clients, settings.commands_table, UNFINISHED_COMMANDS),
                commands,
                most_mended=MOST_BEGUN if self.settings.are_commands_express else None,
            ),
            tasks=Kind(
                "task",
                settings.tasks_table,
                UnfinishedEntries(self.clients, settings.tasks_table, UNFINISHED_TASKS),
                StuckTasks(settings, self.task_records, step_functions, retelling, patience),
            ),
            imports=Kind(
                "import",
                settings.import_tmp_table,
                imports,
                StuckImports(settings, self.import_records, step_functions, retelling, patience),
            ),
            approvals=Kind(
                "approval request",
                settings.approvals_table,
                UnfinishedEntries(self.clients, settings.approvals_table, BY_EXECUTION),
                StuckApprovals(
                    settings.approvals_table, self.store, self.approvals, step_functions, patience
                ),
            ),
        )

    def healer(self) -> Healer:
        """Mends what stands still now."""
        from cqrs.aws.pace import Pace
        from cqrs.healing.healer import Healer
        from cqrs.healing.notes import Notes

        pace = Pace()
        kinds = self.stuck_work(self.retelling, StepFunctionsService(self.clients, pace))
        notes = Notes(self.store, self.settings.import_tmp_table)
        return Healer(kinds, notes, self.deadline, pace)

    @cached_property
    def retelling(self) -> Retelling:
        """Tells the services of this process again what the function was told once."""
        from cqrs.healing.retelling import Within
        from cqrs.resources import Table

        settings = self.settings
        return Within(
            settings,
            {Table.TASKS: lambda: self.task_stream, Table.IMPORT_TMP: lambda: self.import_stream},
            {
                settings.task_state_machine_arn: lambda: self.ended_task_executions,
                settings.import_csv_state_machine_arn: lambda: self.ended_import_executions,
            },
        )

    @cached_property
    def ordering(self) -> Ordering:
        """The ordering protocol."""
        from cqrs.commands.ordering import Ordering

        return Ordering(
            self.command_store, self.settings, self.step_functions, self.command_starter
        )

    @cached_property
    def data_writer(self) -> DataWriter:
        """The built-in sync handler."""
        from cqrs.commands.data_writer import DataWriter

        return DataWriter(self.store, self.settings.data_table, lambda: self.attributes)

    @cached_property
    def sync_handlers(self) -> SyncHandlers:
        """The application's sync handlers."""
        from cqrs.commands.sync_handlers import SyncHandlers

        return self._sync_handlers or SyncHandlers()
