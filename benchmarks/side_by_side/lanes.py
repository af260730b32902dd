"""The project's function in the Express lane, for as long as a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.side_by_side.executions import Executions
from benchmarks.side_by_side.sides import Ours
from cqrs.states import Lane
from tests.integration.deployed import Deployed

LANE = "COMMAND_LANE"


@contextmanager
def in_the_express_lane(deployed: Deployed) -> Iterator[Ours]:
    """The project's own side, whose commands are started in the Express lane."""
    settings, clients = deployed.services.settings, deployed.services.clients
    function = settings.function_name
    configured = clients.lambda_.get_function_configuration(FunctionName=function)
    standard = configured["Environment"]["Variables"]

    def configure(variables: dict[str, str]) -> None:
        clients.lambda_.update_function_configuration(
            FunctionName=function, Environment={"Variables": variables}
        )
        clients.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)

    configure({**standard, LANE: Lane.EXPRESS})
    try:
        side = Ours(deployed)
        machine = settings.express_command_state_machine_arn
        side.executions = Executions(clients.step_functions, machine)
        yield side
    finally:
        configure(standard)
