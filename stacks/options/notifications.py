"""The reports of the work, and who gets them."""

from __future__ import annotations

from pydantic import Field

from stacks.options.section import Section


class NotificationOptions(Section):
    """``[notifications]``: what is told beside the changes of tasks and imports, and to whom."""

    commands: bool = Field(
        default=False,
        description="Whether the end of every command is told, which costs an invocation and a "
        "message each; default false.",
    )
    topic: bool = Field(
        default=False,
        description="Whether there is an SNS topic that notifications are posted to; "
        "default false.",
    )
