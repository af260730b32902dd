"""LocalStack as a process, with functions in processes and MiniStack's DynamoDB."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tooling.child_environment import without_aws_access
from tooling.errors import ToolingError
from tooling.localstack.compose import variables
from tooling.localstack.health import is_healthy
from tooling.ministack import MiniStack
from tooling.paths import LOCALSTACK_FUNCTION_PYTHON, LOCALSTACK_PYTHON, ROOT
from tooling.server_process import HOST, ServerProcess, free_port

READY_WITHIN_SECONDS = 120.0

ENTRY_POINTS = """\
[localstack.lambda.runtime_executor]
process = tooling.localstack.processes.plugins:ProcessExecutorPlugin

[localstack.aws.provider]
dynamodb:external = tooling.localstack.processes.dynamodb:dynamodb
dynamodbstreams:external = tooling.localstack.processes.dynamodb:dynamodbstreams
"""
"""By these LocalStack finds the plugin, which need not be installed."""

METADATA = "Metadata-Version: 2.1\nName: localstack-processes\nVersion: 1\n"


@contextmanager
def as_process(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run LocalStack for as long as the block, and give its endpoint.

    Parameters
    ----------
    folder
        An empty folder for its log and its files.
    settings
        Variables of LocalStack's beyond, or instead of, the usual ones.

    Raises
    ------
    ToolingError
        If it is not installed, or does not come up.
    """
    if not LOCALSTACK_PYTHON.exists():
        message = "LocalStack is not installed in this clone: run make setup-localstack."
        raise ToolingError(message)
    with MiniStack(folder / "dynamodb" / "ministack.log") as dynamodb:
        port, log = free_port(), folder / "localstack.log"
        endpoint = f"http://{HOST}:{port}"
        process = ServerProcess(
            [str(LOCALSTACK_PYTHON), "-m", "localstack.runtime.main"],
            {**_environment(folder, port, dynamodb.endpoint_url), **(settings or {})},
            log,
        )
        try:
            if not process.is_up_within(READY_WITHIN_SECONDS, lambda: is_healthy(endpoint)):
                message = f"LocalStack did not come up on port {port}: see {log}."
                raise ToolingError(message)
            yield endpoint
        finally:
            process.stop()


def _environment(folder: Path, port: int, dynamodb_url: str) -> dict[str, str]:
    temporary, volume = folder / "tmp", folder / "volume"
    for made in (temporary, volume):
        made.mkdir()
    return {
        **without_aws_access(os.environ),
        **variables(),
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        "LOCALSTACK_HOST": f"{HOST}:{port}",
        "LOCALSTACK_VOLUME_DIR": str(volume),
        "TMPDIR": str(temporary),
        "DNS_ADDRESS": "0",  # It would serve on port 53, if it may.
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "LAMBDA_PROCESS_PYTHON": str(LOCALSTACK_FUNCTION_PYTHON),
        "PROVIDER_OVERRIDE_DYNAMODB": "external",
        "PROVIDER_OVERRIDE_DYNAMODBSTREAMS": "external",
        "DYNAMODB_EXTERNAL_URL": dynamodb_url,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(_plugin(folder / "plugin"))]),
    }


def _plugin(folder: Path) -> Path:
    """Write the plugin's metadata, and return the folder to look for them in."""
    information = folder / "localstack_processes-1.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(METADATA)
    (information / "entry_points.txt").write_text(ENTRY_POINTS)
    return folder
