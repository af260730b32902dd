"""The declarations of an application for itself in ``stacks/app``. Take the names from here."""

from stacks.declarations.resources import bucket, queue, schedule, table, topic
from stacks.declarations.workflows import custom_workflow

__all__ = ["bucket", "custom_workflow", "queue", "schedule", "table", "topic"]
