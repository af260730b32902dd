"""The four programs: both functions as Lambda would run them, and the floor of each runtime."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.cold_start import python_of_the_runtime, unpack
from benchmarks.reference import deployment as reference
from benchmarks.reference import program as reference_program
from benchmarks.side_by_side.processes import NODE, NODE_FLOOR, PYTHON, PYTHON_FLOOR, Program
from benchmarks.side_by_side.sides import TENANT
from tests.integration.deployed import Deployed
from tests.unit.sample_events import state_payload

CHECKED_VERSION = "check_version"
ANSWER = "[[{"
STREAMS = "arn:aws:dynamodb:ap-northeast-1:000000000000:table"


@dataclass(frozen=True, slots=True)
class Programs:
    """A side's function with an event for it, and its floor.

    Attributes
    ----------
    function, floor
        The programs.
    event
        The event that Step Functions sends for ``check_version``.
    """

    function: Program
    floor: Program
    event: Mapping[str, Any]


@contextmanager
def python_programs(deployed: Deployed, item: str) -> Iterator[Programs]:
    """The project's, which lie unpacked for as long as the block.

    Parameters
    ----------
    deployed
        The stack that answers the function.
    item
        One whose first version has been applied.
    """
    settings = deployed.services.settings
    machine = f"{settings.resource_prefix}command-handler"
    event = state_payload(machine, CHECKED_VERSION)
    event["context"]["Execution"]["Input"] = {"pk": f"NOTE#{TENANT}", "sk": f"NOTE#{item}@1"}
    with TemporaryDirectory() as name:
        folder, interpreter = Path(name), str(python_of_the_runtime())
        unpack(folder, Path(interpreter))
        variables = {
            **_variables(deployed, settings.function_name),
            "PYTHONPATH": f"{folder / 'task'}:{folder / 'sdk'}",
        }
        start = [interpreter, "-S", "-B", "-c"]
        yield Programs(
            Program([*start, PYTHON], folder, variables, ANSWER),
            Program([*start, PYTHON_FLOOR], folder, variables),
            event,
        )


def node_programs(deployed: Deployed, item: str, machine_arn: str) -> Programs:
    """The reference's.

    Parameters
    ----------
    deployed
        The stack beside which it is deployed.
    item
        One that has no version yet.
    machine_arn
        Its state machine's ARN.
    """
    variables = _variables(deployed, reference.FUNCTION)
    start = [str(shutil.which("node")), "-e"]
    folder = reference_program.FOLDER
    return Programs(
        Program([*start, NODE], folder, variables, ANSWER),
        Program([*start, NODE_FLOOR], folder, variables),
        _event_of_the_reference(item, machine_arn),
    )


def _variables(deployed: Deployed, function: str) -> dict[str, str]:
    """Those of the function, and what Lambda adds."""
    clients = deployed.services.clients
    configured = clients.lambda_.get_function_configuration(FunctionName=function)
    return {
        "PATH": os.environ["PATH"],
        **configured["Environment"]["Variables"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": clients.dynamodb.meta.region_name,
        "AWS_REGION": clients.dynamodb.meta.region_name,
        "AWS_ENDPOINT_URL": deployed.endpoint,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configured["MemorySize"]),
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    }


def _event_of_the_reference(item: str, machine_arn: str) -> dict[str, Any]:
    """The same event, whose execution has the stream's whole record as its input."""
    event = state_payload(machine_arn.rpartition(":")[2], CHECKED_VERSION)
    image = {
        "pk": {"S": f"NOTE#{TENANT}"},
        "sk": {"S": f"{item}@1"},
        "id": {"S": f"NOTE#{TENANT}#{item}"},
        "code": {"S": item},
        "name": {"S": item},
        "version": {"N": "1"},
        "tenantCode": {"S": TENANT},
        "type": {"S": "NOTE"},
    }
    event["context"]["Execution"]["Input"] = {
        "eventName": "INSERT",
        "dynamodb": {"Keys": {key: image[key] for key in ("pk", "sk")}, "NewImage": image},
        "source": f"{STREAMS}/{reference.COMMANDS}/stream/1",
    }
    event["context"]["StateMachine"]["Id"] = machine_arn
    return event
