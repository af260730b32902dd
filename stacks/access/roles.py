"""Roles that one AWS service assumes, each with the statements of its one inline policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.access.statements import Statement, policy_document
from stacks.bindings import Construct, IamRole, IamRolePolicy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stacks.environment.model import Environment


class ServiceRole(Construct):
    """A role for one service, named like the resource that it is for."""

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        name: str,
        service: str,
        statements: Iterable[Statement],
    ) -> None:
        super().__init__(scope, "role")
        self._role = IamRole(
            self, "role", name=name, assume_role_policy=_trust(environment, service)
        )
        self.policy = IamRolePolicy(
            self,
            "policy",
            role=self._role.name,
            name="permissions",
            policy=policy_document([statement.render() for statement in statements]),
        )

    @property
    def arn(self) -> str:
        """ARN of the role."""
        return str(self._role.arn)


def _trust(environment: Environment, service: str) -> str:
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    if service == "states":
        # Against the confused deputy (Step Functions guide, "Cross-service confused deputy").
        statement["Condition"] = {
            "StringEquals": {"aws:SourceAccount": environment.account_id},
            "ArnLike": {"aws:SourceArn": environment.state_machine_arn("*")},
        }
    if service == "scheduler":
        # Likewise (EventBridge Scheduler guide, "Confused deputy prevention"), which takes no
        # single schedule.
        group = environment.arn("scheduler", "schedule-group/default")
        statement["Condition"] = {
            "StringEquals": {"aws:SourceAccount": environment.account_id, "aws:SourceArn": group},
        }
    return policy_document([statement])
