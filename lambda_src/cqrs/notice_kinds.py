"""Kinds of notices: changes that people and programs outside the environment hear about."""

from __future__ import annotations

from enum import StrEnum


class NoticeKind(StrEnum):
    """The change that a notice is about."""

    APPROVAL_WAITING = "approval-waiting"
    APPROVAL_EXPIRED = "approval-expired"
    TASK_FAILED = "task-failed"
    IMPORT_FAILED = "import-failed"
