"""Lets a state that waits for its token fail if the call that it made has failed.

Emulator difference: AWS fails such a state by itself, with the error's name, and repeats it.
MiniStack takes no notice, so there the state would wait until its timeout.
"""

from __future__ import annotations

from typing import Any

from app.registry import application
from cqrs.aws.clients import Clients

PAST_THE_PROXY = Clients()
CAUSE_LENGTH = 1_000

handle = application.handle


def handle_telling(event: Any, *arguments: Any) -> Any:
    """Handle an event, and report a state's failure past the proxy."""
    try:
        return handle(event, *arguments)
    except Exception as error:
        token = event.get("taskToken")
        if token is not None:
            PAST_THE_PROXY.step_functions.send_task_failure(
                taskToken=token, error=type(error).__name__, cause=str(error)[:CAUSE_LENGTH]
            )
        raise


application.handle = handle_telling  # type: ignore[assignment]
