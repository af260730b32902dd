"""A deployed stack in another lane. That is one variable of the function."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from cqrs.services import Services
from cqrs.states import Lane
from tests.integration.deployed import Deployed

LANE = "command_lane"
"""Name of the setting, as of an output; the variable's is in upper case."""


@contextmanager
def in_lane(deployed: Deployed, lane: Lane) -> Iterator[Deployed]:
    """Let commands run in a lane."""
    original = deployed.services.settings
    settings = replace(original, command_lane=lane.value)
    services = Services(settings, deployed.services.clients, deployed.services.sync_handlers)
    _tell_function(deployed, lane.value)
    try:
        yield replace(deployed, services=services, outputs={**deployed.outputs, LANE: lane.value})
    finally:
        _tell_function(deployed, original.command_lane)


def _tell_function(deployed: Deployed, lane: str) -> None:
    client, name = deployed.services.clients.lambda_, deployed.services.settings.function_name
    told = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables = {**told, LANE.upper(): lane}
    client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})
    client.get_waiter("function_updated_v2").wait(FunctionName=name)
