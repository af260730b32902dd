"""Who may follow which kind of change: those who may read the changed thing over HTTP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cqrs.api.own_routes import roles_of
from cqrs.api.roles import ASKED, READERS
from cqrs.errors import ConfigurationError
from cqrs.notifications.queue import Action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cqrs.api.roles import Roles

FOLLOWERS: Mapping[str, Roles] = {
    Action.TASK_STATUS: READERS,
    Action.IMPORT_STATUS: READERS,
    Action.COMMAND_STATUS: READERS,
    Action.APPROVAL_STATUS: ASKED,
}
"""The roles of which a principal needs one, by the kind of change."""

OWN_ACTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def add_own_action(own: dict[str, Roles], action: str, role: str | Iterable[str]) -> None:
    """Add a kind of change of an application's own.

    Raises
    ------
    ConfigurationError
        If it is taken or malformed, or a role is none.
    """
    if not isinstance(action, str) or not OWN_ACTION.fullmatch(action):
        raise ConfigurationError(
            f"The action {action!r:.80} of a live channel must be 1 to 64 letters, digits, dots, "
            "dashes and underscores, as the notification's action is."
        )
    if action in {*FOLLOWERS, *own}:
        raise ConfigurationError(
            f"The action {action!r} of the live channel is declared already; keep one of the two."
        )
    own[action] = roles_of(role, "live action")
