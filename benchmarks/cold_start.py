"""Cold starts of the function: the processor time of its import and of its first event.

The package lies unpacked as on Lambda, beside the SDK, and runs on the runtime's version of Python.
The floor is what any function pays that has the same two clients of boto3. Both have byte code of
all that they import. Wall clocks would measure what else the machine does.
"""

from __future__ import annotations

import io
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

from stacks.environment.file import load
from stacks.function.errors import PackageError
from stacks.function.interpreter import find_interpreter
from stacks.function.package import compose
from tests.unit.answering import Answering, listening
from tests.unit.sample_events import state_payload
from tooling.errors import ToolingError

ENVIRONMENT = "local"
REPETITIONS = 7
LARGEST_RATIO = 1.25

SDK = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
"""Packages that the Lambda runtime brings."""

FLOOR = """
import time
start = time.process_time()
import boto3
boto3.client("dynamodb")
boto3.client("stepfunctions")
print(time.process_time() - start)
"""

CONTEXT = """
from types import SimpleNamespace
context = SimpleNamespace(
    function_name="main",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:ap-northeast-1:000000000000:function:main",
    aws_request_id="da658bd3-2d6f-4e7b-8ec2-937234644fdc",
    get_remaining_time_in_millis=lambda: 60_000,
)
"""
"""Makes the context that Lambda hands over with an event."""

FUNCTION = f"""
import time
start = time.process_time()
import handler
imported = time.process_time()
import json, sys
event = json.loads(sys.argv[1])
{CONTEXT}
begun = time.process_time()
handler.handler(event, context)
print(imported - start, time.process_time() - begun)
"""


class NoItems(Answering):
    """DynamoDB without a single item."""

    def answer(self, _method: str, _path: str, operation: str) -> tuple[int, str, dict[str, str]]:
        """Status, body and headers."""
        self.asked.append(operation)
        return 200, "{}", {}


def measure(repetitions: int) -> bool:
    """Measure and report; False if the goal is missed.

    Raises
    ------
    ToolingError
        If there is no Python of the runtime's version.
    """
    interpreter = python_of_the_runtime()
    with tempfile.TemporaryDirectory() as name, listening(NoItems(None)) as dynamodb:
        folder = Path(name)
        unpack(folder, interpreter)
        rounds = [_round(folder, interpreter, dynamodb.url) for _ in range(repetitions)]
    floors, imports, events = zip(*rounds, strict=True)
    ratios = [imported / floor for floor, imported in zip(floors, imports, strict=True)]
    ratio: float = statistics.median(ratios)
    sys.stdout.write(
        f"{_line('two clients of boto3', floors)}\n"
        f"{_line('import of the function', imports)}\n"
        f"{_line('its first event', events)}\n"
        f"ratio of the import  {ratio:.2f}  (goal: at most {LARGEST_RATIO:.2f})\n"
    )
    return ratio <= LARGEST_RATIO


def python_of_the_runtime() -> Path:
    """The interpreter whose version is the Lambda runtime's.

    Raises
    ------
    ToolingError
        If there is none.
    """
    try:
        return find_interpreter()
    except PackageError as error:
        raise ToolingError(str(error)) from error


def unpack(folder: Path, interpreter: Path) -> None:
    """Put the function's package into ``task`` and the SDK of the runtime into ``sdk``."""
    with zipfile.ZipFile(io.BytesIO(compose(interpreter))) as package:
        package.extractall(folder / "task")
    for name in SDK:
        spec = find_spec(name)
        source = Path(str(spec and spec.origin))
        if source.name == "__init__.py":
            shutil.copytree(source.parent, folder / "sdk" / name)
        else:
            shutil.copy(source, folder / "sdk")
    subprocess.run(  # noqa: S603 - the interpreter that was found
        [interpreter, "-m", "compileall", "-q", folder / "sdk"], check=True
    )


def _round(folder: Path, interpreter: Path, endpoint_url: str) -> tuple[float, float, float]:
    environment = load(ENVIRONMENT, variables={})
    variables = {
        **environment.settings().to_environment(),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_DEFAULT_REGION": environment.region,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_LAMBDA_FUNCTION_NAME": environment.function_name,
        "AWS_SECRET_ACCESS_KEY": "test",
        "POWERTOOLS_SERVICE_NAME": environment.function_name,
        "PYTHONPATH": f"{folder / 'task'}:{folder / 'sdk'}",
    }
    machine = f"{environment.settings().resource_prefix}command-handler"
    event = json.dumps(state_payload(machine, "check_version"))
    (floor,), (imported, handled) = (
        map(float, _said([str(interpreter), "-S", "-B", "-c", program, event], variables))
        for program in (FLOOR, FUNCTION)
    )
    return floor, imported, handled


def _said(command: list[str], variables: dict[str, str]) -> list[str]:
    run = subprocess.run(  # noqa: S603 - the programs are the two above
        command, env=variables, stdout=subprocess.PIPE, check=True, text=True
    )
    return run.stdout.splitlines()[-1].split()


def _line(name: str, seconds: tuple[float, ...]) -> str:
    values = " ".join(f"{value * 1000:.0f}" for value in seconds)
    return f"{name:<22}  median {statistics.median(seconds) * 1000:.0f} ms  of {values}"
