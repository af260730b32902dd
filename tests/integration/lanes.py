"""A deployed stack in another lane. That is one variable of the function."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from cqrs.services import Services
from cqrs.states import Lane
from tests.integration.deployed import Deployed
from tests.integration.function_variables import function_variables

LANE = "command_lane"
"""Name of the setting, as of an output; the variable's is in upper case."""


@contextmanager
def in_lane(deployed: Deployed, lane: Lane) -> Iterator[Deployed]:
    """Let commands run in a lane."""
    original = deployed.services.settings
    settings = replace(original, command_lane=lane.value)
    services = Services(settings, deployed.services.clients, deployed.services.sync_handlers)
    with function_variables(deployed, {LANE.upper(): lane.value}):
        yield replace(deployed, services=services, outputs={**deployed.outputs, LANE: lane.value})
