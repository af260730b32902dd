"""The stores of the services, and one in the place of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cqrs.services import Services


def use_store(services: Services, store: Any) -> None:
    """Let all services of an application work on one store."""
    services.store = store
    services.command_store = services.task_store = store
    services.import_store = services.approval_store = store
