"""The permissions to plan or deploy an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.access.emulator import deployment_differences
from stacks.access.statements import Statement
from stacks.backend import STATE_KEY
from stacks.identities.managed.everything import managed

if TYPE_CHECKING:
    from stacks.environment.model import Environment

LOCK_KEY = f"{STATE_KEY}.tflock"
"""Object that locks the state (Terraform documentation, "S3 backend")."""


def planner_statements(environment: Environment) -> list[Statement]:
    """Allow ``make plan`` and ``make plan-review``, which take no lock: to read."""
    return [
        *_state(environment),
        *(statement for kind in managed(environment) for statement in kind.reading()),
        *deployment_differences(environment),
    ]


def deployer_statements(environment: Environment) -> list[Statement]:
    """Allow ``make deploy``.

    If the environment is protected against deletion, it does not allow to delete what holds data:
    lifting the protection is an administrator's business.
    """
    state = environment.bucket_arn(environment.state_bucket, f"/{STATE_KEY}")
    lock = environment.bucket_arn(environment.state_bucket, f"/{LOCK_KEY}")
    return [
        *planner_statements(environment),
        Statement("WriteState", ("s3:PutObject",), (state,)),
        Statement("LockState", ("s3:DeleteObject", "s3:GetObject", "s3:PutObject"), (lock,)),
        *(statement for kind in managed(environment) for statement in kind.writing()),
    ]


def _state(environment: Environment) -> list[Statement]:
    bucket = environment.bucket_arn(environment.state_bucket)
    return [
        Statement("FindState", ("s3:ListBucket",), (bucket,)),
        Statement("ReadState", ("s3:GetObject",), (f"{bucket}/{STATE_KEY}",)),
    ]
