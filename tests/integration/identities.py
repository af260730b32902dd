"""Users of the emulator who hold certain policies and nothing else.

MiniStack enforces what policies say of every caller, the function's role included, when it is
started with ``AUTH=true``. Emulator difference: it enforces the role of a state machine nowhere. So
a user who holds the role's policies tries it out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import boto3
import localstack_client.session

from stacks.emulator_access import KEY_VARIABLE, SECRET_VARIABLE

ROOT = "test"
"""Key and secret of MiniStack's root user."""


@dataclass(frozen=True)
class Identity:
    """Somebody with an access key."""

    key_id: str
    secret: str
    endpoint: str
    region: str

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables by which a deployment and the command line are this one's."""
        return {KEY_VARIABLE: self.key_id, SECRET_VARIABLE: self.secret}

    def client(self, service: str, **options: Any) -> Any:
        """A client of a service."""
        session = boto3.Session(self.key_id, self.secret, region_name=self.region)
        return session.client(service, **{"endpoint_url": self.endpoint, **options})


def session(region: str, key_id: str = ROOT) -> localstack_client.session.Session:
    """Access to the emulator for tests that are not about permissions.

    Its clients go to ``AWS_ENDPOINT_URL``, whatever endpoint they are made for.
    """
    return localstack_client.session.Session(
        aws_access_key_id=key_id, aws_secret_access_key=ROOT, region_name=region
    )


def root(endpoint: str, region: str) -> Identity:
    """The account's root user, who may do all."""
    return Identity(ROOT, ROOT, endpoint, region)


def user(owner: Identity, name: str, policies: Iterable[Mapping[str, Any]]) -> Identity:
    """Make a user who holds policies."""
    iam = owner.client("iam")
    iam.create_user(UserName=name)
    for number, policy in enumerate(policies, start=1):
        made = iam.create_policy(PolicyName=f"{name}-{number}", PolicyDocument=json.dumps(policy))
        iam.attach_user_policy(UserName=name, PolicyArn=made["Policy"]["Arn"])
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Identity(key["AccessKeyId"], key["SecretAccessKey"], owner.endpoint, owner.region)


def policies_of_role(owner: Identity, role: str) -> list[Mapping[str, Any]]:
    """The policies of a deployed role."""
    iam = owner.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    assert names, role
    documents = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names
    ]
    return [json.loads(unquote(one)) if isinstance(one, str) else one for one in documents]
