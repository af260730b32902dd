"""The construct that deploys a state machine with its role and its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.access.roles import ServiceRole
from stacks.access.statements import Statement
from stacks.bindings import (
    Construct,
    SfnStateMachine,
    SfnStateMachineEncryptionConfiguration,
    SfnStateMachineLoggingConfiguration,
    SfnStateMachineTracingConfiguration,
    TerraformResourceLifecycle,
)
from stacks.documents import render
from stacks.encryption import use_of_executions
from stacks.logs import log_group_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.asl import Definition
    from stacks.encryption import EncryptionKey
    from stacks.environment.model import Environment

DATA_KEY_SECONDS = 900
"""Longest time for which Step Functions uses a data key again, so that it asks KMS least (API
reference, EncryptionConfiguration)."""

EMULATOR_LIFECYCLE = TerraformResourceLifecycle(ignore_changes=["tracing_configuration"])
"""MiniStack accepts tracing and does not report it, which every plan would show as a change."""


class StateMachineConstruct(Construct):
    """A state machine that calls the function, traced and logged as the environment says."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        machine: str,
        definition: Definition,
        statements: Sequence[Statement] = (),
        *,
        key: EncryptionKey | None,
        is_express: bool = False,
    ) -> None:
        super().__init__(scope, machine)
        name = environment.qualified(machine)
        log_group = log_group_of(
            self,
            name=environment.machine_log_group(machine),
            days=environment.logs.state_machine_retention_days,
            key=key,
        )
        role = ServiceRole(
            self,
            environment,
            name=name,
            service="states",
            statements=[
                *_common_statements(environment.function_arn()),
                *use_of_executions(key, environment, machine),
                *statements,
            ],
        )
        self._machine = SfnStateMachine(
            self,
            "state-machine",
            name=name,
            type="EXPRESS" if is_express else "STANDARD",
            role_arn=role.arn,
            definition=render(definition),
            logging_configuration=SfnStateMachineLoggingConfiguration(
                level=environment.logs.state_machine_level,
                include_execution_data=environment.logs.state_machine_execution_data,
                log_destination=f"{log_group.arn}:*",
            ),
            encryption_configuration=_encrypted_with(key),
            tracing_configuration=SfnStateMachineTracingConfiguration(enabled=True),
            depends_on=[role.policy],
            lifecycle=EMULATOR_LIFECYCLE if environment.dialect == "emulator" else None,
        )
        self.log_group_name = str(log_group.name)

    @property
    def arn(self) -> str:
        """ARN of the state machine."""
        return str(self._machine.arn)


def _encrypted_with(
    key: EncryptionKey | None,
) -> SfnStateMachineEncryptionConfiguration | None:
    """Encrypt definition, inputs, outputs and history with the environment's own key."""
    if key is None:
        return None
    return SfnStateMachineEncryptionConfiguration(
        type="CUSTOMER_MANAGED_KMS_KEY",
        kms_key_id=key.arn,
        kms_data_key_reuse_period_seconds=DATA_KEY_SECONDS,
    )


def _common_statements(function_arn: str) -> list[Statement]:
    return [
        # Executions that began earlier call earlier versions.
        Statement(
            "InvokeFunction", ("lambda:InvokeFunction",), (function_arn, f"{function_arn}:*")
        ),
        # Neither log delivery nor X-Ray has resources to narrow these to (Step Functions guide,
        # "Logging in CloudWatch Logs" and "Tracing with X-Ray").
        Statement(
            "DeliverLogs",
            (
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ),
            ("*",),
        ),
        Statement(
            "SendTraces",
            (
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ),
            ("*",),
        ),
    ]
