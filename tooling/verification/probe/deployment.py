"""The probe in the account: made for a run, and taken away at its end."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tooling.verification.probe.definition import FUNCTION_SECONDS, definition
from tooling.verification.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stacks.environment.model import Environment

FUNCTION = Path(__file__).with_name("function.py")
MEMORY_MB = 128

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}
_NOT_YET = frozenset({"InvalidParameterValueException", "AccessDeniedException"})
"""Errors of a role that services do not know yet (IAM guide, "Changes that I make are not always
immediately visible")."""


class Probe:
    """The deployed probe.

    Parameters
    ----------
    client
        Gives the client of a service.
    function, machine
        The function's name, and the ARN of the state machine.
    """

    def __init__(self, client: Callable[[str], Any], function: str, machine: str) -> None:
        self._client = client
        self._function = function
        self._machine = machine
        self._started: dict[str, str] = {}

    def start(self, probe: str, **given: Any) -> str:
        """Start an execution, and return its ARN."""
        text = json.dumps({"probe": probe, **given})
        answer = self._client("stepfunctions").start_execution(
            stateMachineArn=self._machine, input=text
        )
        return str(answer["executionArn"])

    def end_of(self, execution: str) -> dict[str, Any]:
        """Wait for an execution's end, and describe it."""

        def ended() -> dict[str, Any] | None:
            found = self._client("stepfunctions").describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else dict(found)

        return wait_for(ended, f"the end of {execution}")

    def use_up_concurrency(self) -> None:
        """Let no further invocation of the function through."""
        self._client("lambda").put_function_concurrency(
            FunctionName=self._function, ReservedConcurrentExecutions=0
        )


@contextmanager
def deployed_probe(
    environment: Environment, client: Callable[[str], Any], mark: str
) -> Iterator[Probe]:
    """Make the probe, and take it away at the end."""
    name = environment.qualified(mark)
    with ExitStack() as undo:
        iam, functions, machines = (client(one) for one in ("iam", "lambda", "stepfunctions"))
        deployed = functions.get_function_configuration(FunctionName=environment.function_name)
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))
        undo.callback(iam.delete_role, RoleName=name)
        function_arn = environment.arn("lambda", f"function:{name}")
        iam.put_role_policy(
            RoleName=name, PolicyName=name, PolicyDocument=json.dumps(_may_invoke(function_arn))
        )
        undo.callback(iam.delete_role_policy, RoleName=name, PolicyName=name)
        role_arn = role["Role"]["Arn"]
        _when_known(
            lambda: functions.create_function(
                FunctionName=name,
                Runtime=deployed["Runtime"],
                Role=role_arn,
                Handler="function.handler",
                Code={"ZipFile": _package()},
                Timeout=FUNCTION_SECONDS,
                MemorySize=MEMORY_MB,
            )
        )
        undo.callback(functions.delete_function, FunctionName=name)
        functions.get_waiter("function_active_v2").wait(FunctionName=name)
        machine = _when_known(
            lambda: machines.create_state_machine(
                name=name, definition=json.dumps(definition(function_arn)), roleArn=role_arn
            )
        )["stateMachineArn"]
        undo.callback(machines.delete_state_machine, stateMachineArn=machine)
        probe = Probe(client, name, machine)
        wait_for(lambda: _is_allowed(probe), "the probe's first answer")
        yield probe


def _is_allowed(probe: Probe) -> bool | None:
    """Whether the machine may invoke the function, which takes a moment to come true."""
    return probe.end_of(probe.start("answer"))["status"] == "SUCCEEDED" or None


def _when_known(make: Callable[[], Any]) -> Any:
    from botocore.exceptions import ClientError  # noqa: PLC0415

    def made() -> Any:
        try:
            return make()
        except ClientError as error:
            if error.response["Error"]["Code"] in _NOT_YET:
                return None
            raise

    return wait_for(made, "the probe's role to be known")


def _may_invoke(function_arn: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function_arn}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _package() -> bytes:
    content = io.BytesIO()
    entry = zipfile.ZipInfo(FUNCTION.name)
    # Lambda runs it as another user than the file's owner.
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(content, "w") as package:
        package.writestr(entry, FUNCTION.read_bytes())
    return content.getvalue()
