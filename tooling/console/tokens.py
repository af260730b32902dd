"""Tokens for the console on an emulator, made as ``cqrs token`` makes them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cli.deployed.pool_users import PoolUser, UserPool
from cli.deployed.sessions import emulator_session
from cqrs.resources import USER_POOL
from cqrs.roles import Role
from tooling.errors import ToolingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stacks.environment.model import Environment

EVERY_TENANT = "*"
NAME = "Local user"


class TokenOffice:
    """Makes tokens for whoever asks at this machine.

    Parameters
    ----------
    environment
        The environment.
    endpoint_url
        The emulator, which is never AWS.
    """

    def __init__(self, environment: Environment, endpoint_url: str) -> None:
        self._environment = environment
        client = emulator_session(environment).client("cognito-idp", endpoint_url=endpoint_url)
        self._pool = UserPool(client, environment.qualified(USER_POOL))
        # A sign-in sets a new password, and two at a time would undo each other's.
        self._one_at_a_time = threading.Lock()

    def token_for(self, asked: Mapping[str, Sequence[str]]) -> str:
        """A token for a user of names, tenants and roles; by default one who may do all.

        Raises
        ------
        ToolingError
            If there is no such role, or no group for it.
        """
        roles = asked.get("role") or [Role.ADMINISTRATOR]
        user = PoolUser(
            name=(asked.get("name") or [NAME])[0],
            tenants=tuple(asked.get("tenant") or [EVERY_TENANT]),
            groups=tuple(self._group(role) for role in roles),
        )
        with self._one_at_a_time:
            return self._pool.token_of(user)

    def _group(self, role: str) -> str:
        named = self._environment.api.identity.role_names.items()
        for group, given in named:
            if given.value == role:
                return group
        known = ", ".join(given.value for _, given in named)
        message = f"There is no group for the role {role[:40]!r}: use one of {known}."
        raise ToolingError(message)
