"""Imports by direct invocation: making a job, as a built-in action."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cqrs.direct import Action, DirectActions
    from cqrs.imports.service import ImportService

CREATE_CSV_IMPORT = "create_csv_import"
"""Name of the action and of the call; a payload's keys are the call's parameters."""


def register_import_actions(actions: DirectActions, imports: Callable[[], ImportService]) -> None:
    """Make the call of an import service callable, which is made at the first of them."""
    actions.register_lazily(CREATE_CSV_IMPORT, lambda: _action(imports()))


def _action(imports: ImportService) -> Action:
    def create_csv_import(
        bucket: str,
        key: str,
        target: str,
        tenant: str,
        mode: str = "STEP_FUNCTION",
        publish_mode: str | None = None,
    ) -> dict[str, Any]:
        job = imports.create_csv_import(bucket, key, target, tenant, mode, publish_mode)
        return {"id": str(job), **job.to_mapping()}

    return create_csv_import
