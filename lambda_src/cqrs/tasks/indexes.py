"""Indexes of the tasks table: tasks by tenant, by type and not over, and sub-tasks that run now.

All are sparse. A task is listed under its status and time, and sub-tasks only while they run. So
counting those of a task reads no more than its concurrency.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.aws.item_store import Index
from cqrs.core.keys import KEY_SEPARATOR
from cqrs.storage import status_listing
from cqrs.storage.status_listing import LISTED_AS, by_tenant
from cqrs.storage.unfinished_work import unfinished_index

if TYPE_CHECKING:
    from cqrs.tasks.keys import TaskKey
    from cqrs.tasks.models import TaskStatus

RUNNING_OF = "runningOf"

BY_TENANT = by_tenant("tasks_by_tenant")
BY_TYPE = Index("tasks_by_type", "tenantAndType", LISTED_AS)
RUNNING = Index("running_sub_tasks", RUNNING_OF, "sk")
UNFINISHED_TASKS = unfinished_index("unfinished_tasks")


def listing(key: TaskKey, status: TaskStatus) -> dict[str, str]:
    """Attributes that list a new task, by tenant, by type and as not over."""
    return {
        **status_listing.listing(key, status),
        BY_TYPE.partition_key: partition_of_type(key.tenant, key.task_type),
    }


def partition_of_type(tenant: str, task_type: str) -> str:
    """Partition of a tenant's tasks of one type."""
    return f"{task_type}{KEY_SEPARATOR}{tenant}"


def running_of(parent: TaskKey) -> str:
    """Partition of the sub-tasks of a task that run now."""
    return str(parent)
