"""All that an environment's deployment touches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.identities.managed.api import api
from stacks.identities.managed.console import console
from stacks.identities.managed.data import data
from stacks.identities.managed.keys import keys
from stacks.identities.managed.messages import messages
from stacks.identities.managed.monitoring import logs, monitoring
from stacks.identities.managed.network import network
from stacks.identities.managed.roles import roles
from stacks.identities.managed.work import work

if TYPE_CHECKING:
    from stacks.environment.model import Environment
    from stacks.identities.managed.kind import Managed


def managed(environment: Environment) -> list[Managed]:
    """List the kinds of resources, in the order of the policies."""
    return [
        *data(environment),
        *messages(environment),
        *work(environment),
        *network(environment),
        *api(environment),
        *console(environment),
        *roles(environment),
        *logs(environment),
        *monitoring(environment),
        *keys(environment),
    ]
