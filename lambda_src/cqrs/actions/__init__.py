"""The services by direct invocation: one module a service, one method an action.

An action's parameters are the keys of its payload. Its answer is JSON; None if what was asked for
is not there. A module is imported when the first of its actions is called, which keeps cold starts
short, so the names of the methods stand here.
"""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from cqrs.core.reading import reading
from cqrs.deployment.healing import HEAL

# ruff: noqa: PLC0415

if TYPE_CHECKING:
    from collections.abc import Callable

    from cqrs.actions.direct_actions import Action, DirectActions
    from cqrs.services import Services

PUBLISH_SYNC = "publish_sync"
CREATE_TASK = "create_task"
CREATE_STEP_FUNCTION_TASK = "create_step_function_task"
CANCEL_TASK = "cancel_task"
RETRY_TASK = "retry_task"
CREATE_CSV_IMPORT = "create_csv_import"
CANCEL_CSV_IMPORT = "cancel_csv_import"
LIST_ITEM_TYPES = "list_item_types"


def register_actions(actions: DirectActions, services: Callable[[], Services]) -> None:
    """Make the public calls of all services callable; services are made at the first call."""
    for make, names in ACTIONS.items():
        for name in names:
            actions.register_lazily(name, partial(_made, make, services, name))


def _made(make: Callable[[Services], Any], services: Callable[[], Services], name: str) -> Action:
    action: Action = getattr(make(services()), name)

    @wraps(action)
    def readable(**payload: Any) -> Any:
        with reading(f"The data that action {name} works on"):
            return action(**payload)

    return readable


def _commands(services: Services) -> object:
    from cqrs.actions.commands import CommandActions

    return CommandActions(services.commands, services.repair)


def _data(services: Services) -> object:
    from cqrs.actions.data import DataActions

    return DataActions(services.data)


def _history(services: Services) -> object:
    from cqrs.actions.history import HistoryActions

    return HistoryActions(services.history)


def _tasks(services: Services) -> object:
    from cqrs.actions.tasks import TaskActions

    return TaskActions(services.tasks)


def _imports(services: Services) -> object:
    from cqrs.actions.imports import ImportActions

    return ImportActions(services.imports, services.objects)


def _approvals(services: Services) -> object:
    from cqrs.actions.approvals import ApprovalActions

    return ApprovalActions(services.approvals)


def _item_types(services: Services) -> object:
    from cqrs.actions.item_types import ItemTypeActions

    return ItemTypeActions(services.item_types, services.typed_items)


def _read_models(services: Services) -> object:
    from cqrs.actions.read_models import ReadModelActions

    return ReadModelActions(
        services.read_models, services.read_model_registry, services.read_model_runs
    )


def _healing(services: Services) -> object:
    from cqrs.actions.healing import HealingActions

    return HealingActions(services.healer)


ACTIONS: dict[Callable[[Services], object], tuple[str, ...]] = {
    _read_models: (
        "forget_item",
        "forget_tenant",
        "list_read_models",
        "show_read_model",
        "estimate_rebuild",
        "rebuild_read_model",
        "replay_read_model",
        "replay_item",
        "replay_progress",
        "cut_over_read_model",
        "roll_back_read_model",
        "cancel_rebuild",
        "drop_read_model",
    ),
    _commands: (
        "publish",
        PUBLISH_SYNC,
        "publish_partial_update",
        "publish_partial_update_sync",
        "get_command",
        "get_command_status",
        "get_newest_version",
        "retry_command",
        "get_command_obstacle",
    ),
    _data: ("get_data", "list_data"),
    _history: ("get_history", "list_history"),
    _tasks: (
        CREATE_TASK,
        CREATE_STEP_FUNCTION_TASK,
        "get_task",
        "list_tasks",
        "list_sub_tasks",
        CANCEL_TASK,
        RETRY_TASK,
    ),
    _imports: (
        CREATE_CSV_IMPORT,
        CANCEL_CSV_IMPORT,
        "get_csv_import",
        "list_csv_imports",
        "list_rejected_rows",
        "list_passed_over_rows",
        "get_rejected_rows_link",
    ),
    _approvals: (
        "get_approval",
        "list_pending_approvals",
        "approve",
        "reject",
        "heartbeat_approval",
        "close_approval",
    ),
    _item_types: (LIST_ITEM_TYPES, "check_item"),
    _healing: (HEAL,),
}
