"""Roles that one AWS service assumes, each with the statements of its one inline policy.

Also the one statement of resources' own policies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks.bindings import Construct, IamRole, IamRolePolicy
from stacks.documents import render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stacks.environment import Environment

POLICY_VERSION = "2012-10-17"

Conditions = Mapping[str, Mapping[str, str | list[str]]]
"""Values by condition key, by operator (IAM guide, "IAM JSON policy elements: Condition")."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One concern: actions that are allowed on resources, under conditions if there are any."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions | None = None

    def render(self) -> dict[str, object]:
        """Render the statement as IAM reads it."""
        return {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
            **({"Condition": self.conditions} if self.conditions else {}),
        }


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
            policy=_document([statement.render() for statement in statements]),
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
    return _document([statement])


def _document(statements: list[dict[str, object]]) -> str:
    return render({"Version": POLICY_VERSION, "Statement": statements})


def refuse_plain_http(environment: Environment, actions: str, *resources: str) -> str | None:
    """Render a resource's own policy, which takes no requests but those over TLS.

    Emulator difference: emulators speak plain HTTP, so there is none for them.
    """
    if environment.endpoint is not None:
        return None
    statement: dict[str, object] = {
        "Sid": "RefusePlainHttp",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return _document([statement])
