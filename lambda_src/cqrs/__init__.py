"""The runtime of command-sourced workflows: what every user of the project keeps.

An application imports its names from here. The rooms behind may change with any version. A name
that stands here moves or changes with a word in the change log only.

If a docstring here or in ``stacks`` names the guide, it means the page "Step Functions" of MBC CQRS
Serverless' documentation. This project builds that system in Python.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"
"""The project's version, which stands here alone; the top entry of CHANGELOG.md is of it."""

if TYPE_CHECKING:
    from cqrs.api.answers import ApiAnswer as ApiAnswer
    from cqrs.api.call import ApiCall as ApiCall
    from cqrs.api.principals import Principal as Principal
    from cqrs.application import Application as Application
    from cqrs.approvals.keys import ApprovalKey as ApprovalKey
    from cqrs.approvals.models import ApprovalRequest as ApprovalRequest
    from cqrs.approvals.models import ApprovalStatus as ApprovalStatus
    from cqrs.approvals.models import WaitingState as WaitingState
    from cqrs.aws.step_functions import StepFunctionsContext as StepFunctionsContext
    from cqrs.aws.step_functions import caught_error as caught_error
    from cqrs.aws.step_functions import execution_arn as execution_arn
    from cqrs.commands.models import Command as Command
    from cqrs.commands.models import CommandStatus as CommandStatus
    from cqrs.commands.models import PublishResult as PublishResult
    from cqrs.core.attribute_values import from_attribute_values as from_attribute_values
    from cqrs.core.execution_names import execution_name as execution_name
    from cqrs.core.keys import KEY_SEPARATOR as KEY_SEPARATOR
    from cqrs.core.keys import CommandKey as CommandKey
    from cqrs.core.keys import ItemKey as ItemKey
    from cqrs.core.keys import tenant_code as tenant_code
    from cqrs.core.observability import logger as logger
    from cqrs.errors import ApprovalAnswered as ApprovalAnswered
    from cqrs.errors import ApprovalExpired as ApprovalExpired
    from cqrs.errors import CommandFailed as CommandFailed
    from cqrs.errors import CommandInProgress as CommandInProgress
    from cqrs.errors import ConditionFailed as ConditionFailed
    from cqrs.errors import ConfigurationError as ConfigurationError
    from cqrs.errors import CqrsError as CqrsError
    from cqrs.errors import HandlerLeft as HandlerLeft
    from cqrs.errors import InvalidItem as InvalidItem
    from cqrs.errors import NotFoundError as NotFoundError
    from cqrs.errors import PermanentError as PermanentError
    from cqrs.errors import PredecessorFailed as PredecessorFailed
    from cqrs.errors import SkipRow as SkipRow
    from cqrs.errors import TransientError as TransientError
    from cqrs.errors import UnsupportedEventError as UnsupportedEventError
    from cqrs.errors import UpcasterFailed as UpcasterFailed
    from cqrs.errors import ValidationError as ValidationError
    from cqrs.errors import VersionAlreadyApplied as VersionAlreadyApplied
    from cqrs.errors import VersionConflict as VersionConflict
    from cqrs.errors import VersionGap as VersionGap
    from cqrs.events.factory import DefaultEventFactory as DefaultEventFactory
    from cqrs.events.factory import EventFactory as EventFactory
    from cqrs.events.factory import queue_of as queue_of
    from cqrs.events.factory import table_of as table_of
    from cqrs.events.types import IGNORED as IGNORED
    from cqrs.events.types import DirectEvent as DirectEvent
    from cqrs.events.types import DynamoDBStreamEvent as DynamoDBStreamEvent
    from cqrs.events.types import Event as Event
    from cqrs.events.types import EventBridgeEvent as EventBridgeEvent
    from cqrs.events.types import S3Event as S3Event
    from cqrs.events.types import SnsEvent as SnsEvent
    from cqrs.events.types import SqsEvent as SqsEvent
    from cqrs.events.types import StepFunctionsEvent as StepFunctionsEvent
    from cqrs.events.workflows import error_result as error_result
    from cqrs.imports.keys import ImportKey as ImportKey
    from cqrs.imports.models import ImportedItem as ImportedItem
    from cqrs.imports.models import ImportJob as ImportJob
    from cqrs.imports.models import ImportStatus as ImportStatus
    from cqrs.imports.models import ProcessingMode as ProcessingMode
    from cqrs.imports.models import PublishMode as PublishMode
    from cqrs.item_types.item_type import ItemType as ItemType
    from cqrs.item_types.registry import ItemTypes as ItemTypes
    from cqrs.items.data import DataItem as DataItem
    from cqrs.items.read_models import Entry as Entry
    from cqrs.notifications.queue import Notification as Notification
    from cqrs.read_models.item_state import ItemState as ItemState
    from cqrs.read_models.sql_tables import SqlTable as SqlTable
    from cqrs.services import Services as Services
    from cqrs.settings import Settings as Settings
    from cqrs.tasks.keys import TaskKey as TaskKey
    from cqrs.tasks.models import Task as Task
    from cqrs.tasks.models import TaskStatus as TaskStatus

_HOMES = {
    "ApiAnswer": "cqrs.api.answers",
    "ApiCall": "cqrs.api.call",
    "Principal": "cqrs.api.principals",
    "Application": "cqrs.application",
    "ApprovalKey": "cqrs.approvals.keys",
    "ApprovalRequest": "cqrs.approvals.models",
    "ApprovalStatus": "cqrs.approvals.models",
    "WaitingState": "cqrs.approvals.models",
    "StepFunctionsContext": "cqrs.aws.step_functions",
    "caught_error": "cqrs.aws.step_functions",
    "execution_arn": "cqrs.aws.step_functions",
    "Command": "cqrs.commands.models",
    "CommandStatus": "cqrs.commands.models",
    "PublishResult": "cqrs.commands.models",
    "from_attribute_values": "cqrs.core.attribute_values",
    "KEY_SEPARATOR": "cqrs.core.keys",
    "CommandKey": "cqrs.core.keys",
    "ItemKey": "cqrs.core.keys",
    "execution_name": "cqrs.core.execution_names",
    "tenant_code": "cqrs.core.keys",
    "logger": "cqrs.core.observability",
    "ApprovalAnswered": "cqrs.errors",
    "ApprovalExpired": "cqrs.errors",
    "CommandFailed": "cqrs.errors",
    "CommandInProgress": "cqrs.errors",
    "ConditionFailed": "cqrs.errors",
    "ConfigurationError": "cqrs.errors",
    "CqrsError": "cqrs.errors",
    "HandlerLeft": "cqrs.errors",
    "InvalidItem": "cqrs.errors",
    "NotFoundError": "cqrs.errors",
    "PermanentError": "cqrs.errors",
    "PredecessorFailed": "cqrs.errors",
    "SkipRow": "cqrs.errors",
    "TransientError": "cqrs.errors",
    "UnsupportedEventError": "cqrs.errors",
    "UpcasterFailed": "cqrs.errors",
    "ValidationError": "cqrs.errors",
    "VersionAlreadyApplied": "cqrs.errors",
    "VersionConflict": "cqrs.errors",
    "VersionGap": "cqrs.errors",
    "DefaultEventFactory": "cqrs.events.factory",
    "EventFactory": "cqrs.events.factory",
    "queue_of": "cqrs.events.factory",
    "table_of": "cqrs.events.factory",
    "IGNORED": "cqrs.events.types",
    "DirectEvent": "cqrs.events.types",
    "DynamoDBStreamEvent": "cqrs.events.types",
    "Event": "cqrs.events.types",
    "EventBridgeEvent": "cqrs.events.types",
    "S3Event": "cqrs.events.types",
    "SnsEvent": "cqrs.events.types",
    "SqsEvent": "cqrs.events.types",
    "StepFunctionsEvent": "cqrs.events.types",
    "error_result": "cqrs.events.workflows",
    "ImportKey": "cqrs.imports.keys",
    "ImportJob": "cqrs.imports.models",
    "ImportStatus": "cqrs.imports.models",
    "ImportedItem": "cqrs.imports.models",
    "ProcessingMode": "cqrs.imports.models",
    "PublishMode": "cqrs.imports.models",
    "ItemType": "cqrs.item_types.item_type",
    "ItemTypes": "cqrs.item_types.registry",
    "DataItem": "cqrs.items.data",
    "Entry": "cqrs.items.read_models",
    "Notification": "cqrs.notifications.queue",
    "ItemState": "cqrs.read_models.item_state",
    "SqlTable": "cqrs.read_models.sql_tables",
    "Services": "cqrs.services",
    "Settings": "cqrs.settings",
    "TaskKey": "cqrs.tasks.keys",
    "Task": "cqrs.tasks.models",
    "TaskStatus": "cqrs.tasks.models",
}
"""The module of each name; it is imported when the name is asked for, as cold starts count."""

__all__ = [
    "IGNORED",
    "KEY_SEPARATOR",
    "ApiAnswer",
    "ApiCall",
    "Application",
    "ApprovalAnswered",
    "ApprovalExpired",
    "ApprovalKey",
    "ApprovalRequest",
    "ApprovalStatus",
    "Command",
    "CommandFailed",
    "CommandInProgress",
    "CommandKey",
    "CommandStatus",
    "ConditionFailed",
    "ConfigurationError",
    "CqrsError",
    "DataItem",
    "DefaultEventFactory",
    "DirectEvent",
    "DynamoDBStreamEvent",
    "Entry",
    "Event",
    "EventBridgeEvent",
    "EventFactory",
    "HandlerLeft",
    "ImportJob",
    "ImportKey",
    "ImportStatus",
    "ImportedItem",
    "InvalidItem",
    "ItemKey",
    "ItemState",
    "ItemType",
    "ItemTypes",
    "NotFoundError",
    "Notification",
    "PermanentError",
    "PredecessorFailed",
    "Principal",
    "ProcessingMode",
    "PublishMode",
    "PublishResult",
    "S3Event",
    "Services",
    "Settings",
    "SkipRow",
    "SnsEvent",
    "SqlTable",
    "SqsEvent",
    "StepFunctionsContext",
    "StepFunctionsEvent",
    "Task",
    "TaskKey",
    "TaskStatus",
    "TransientError",
    "UnsupportedEventError",
    "UpcasterFailed",
    "ValidationError",
    "VersionAlreadyApplied",
    "VersionConflict",
    "VersionGap",
    "WaitingState",
    "caught_error",
    "error_result",
    "execution_arn",
    "execution_name",
    "from_attribute_values",
    "logger",
    "queue_of",
    "table_of",
    "tenant_code",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
