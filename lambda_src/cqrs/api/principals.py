"""Principals: who calls, as API Gateway has verified it, and what they may do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cqrs.claims import words_of
from cqrs.core.json_text import from_json
from cqrs.core.texts import PERSON_LENGTH
from cqrs.errors import ConfigurationError
from cqrs.roles import Role

if TYPE_CHECKING:
    from cqrs.api.roles import Roles

EVERY_TENANT = "*"

ASSUMED_ROLE = re.compile(r"arn:([^:]+):sts::([0-9]+):assumed-role/([^/]+)/[^/]+")
"""The caller's ARN of somebody with a role (IAM guide, "IAM identifiers")."""

ROLE_PATH = re.compile(r"(:role/)(?:[^*]+/)(?=[^/*]+$)")
"""The path of a role, which its callers' ARNs do not have; names of roles are unique without."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls.

    Attributes
    ----------
    subject
        Identity of the person or program, which nobody else has.
    name
        Its name for people.
    tenants
        Codes of the tenants that it may work for; ``*`` stands for all.
    roles
        The roles that it has in each of them.
    valid_until
        Second of the epoch at which its token ends; None if nothing says so.
    """

    subject: str
    name: str
    tenants: frozenset[str]
    roles: Roles
    valid_until: int | None = None

    @property
    def author(self) -> str:
        """The name under which items keep what it did: its subject, then its name."""
        if not self.name or self.name == self.subject:
            return self.subject[:PERSON_LENGTH]
        return f"{self.subject} ({self.name})"[:PERSON_LENGTH]

    def may_work_for(self, tenant: str) -> bool:
        """Whether a tenant is one of its own."""
        return not self.tenants.isdisjoint({tenant, EVERY_TENANT})


class Identity:
    """Makes principals of what API Gateway has verified, as the environment says.

    Parameters
    ----------
    mapping
        The setting ``api_identity``.
    """

    def __init__(self, mapping: str) -> None:
        self._text = mapping

    def principal(self, authorizer: Mapping[str, Any]) -> Principal | None:
        """The principal of a request; None if nobody was verified.

        Parameters
        ----------
        authorizer
            ``requestContext.authorizer`` of the event.
        """
        claims = _object(_object(authorizer.get("jwt")).get("claims"))
        if claims:
            return self._of_claims(claims)
        arn = _object(authorizer.get("iam")).get("userArn")
        return self._of_caller(arn) if isinstance(arn, str) and arn else None

    def _of_claims(self, claims: Mapping[str, Any]) -> Principal | None:
        names = self._mapping
        subject = claims.get(str(names.get("subject", "sub")))
        if not isinstance(subject, str) or not subject:
            return None
        name = claims.get(str(names.get("name", "name")), "")
        tenants = words_of(claims.get(str(names.get("tenants", "custom:tenants"))))
        groups = words_of(claims.get(str(names.get("roles", "cognito:groups"))))
        named = names.get("role_names")
        roles = groups if named is None else {_object(named).get(group) for group in groups}
        return Principal(
            subject, str(name), frozenset(tenants), _roles(roles), _second(claims.get("exp"))
        )

    def _of_caller(self, arn: str) -> Principal:
        role = ASSUMED_ROLE.sub(r"arn:\1:iam::\2:role/\3", arn)
        for pattern, given in _object(self._mapping.get("callers")).items():
            if _fits(pattern, role):
                caller = _object(given)
                tenants = frozenset(words_of(caller.get("tenants")))
                roles = _roles(words_of(caller.get("roles")))
                return Principal(arn, str(caller.get("name", "")), tenants, roles)
        return Principal(arn, "", frozenset(), frozenset())

    @cached_property
    def _mapping(self) -> Mapping[str, Any]:
        try:
            mapping = from_json(self._text or "{}")
        except ValueError as error:
            raise ConfigurationError(f"Setting API_IDENTITY is not JSON: {error}") from None
        return _object(mapping)


def _fits(pattern: str, role: str) -> bool:
    """Whether an ARN is one that a pattern stands for; a ``*`` stands for no ``/`` and no ``:``."""
    pattern = ROLE_PATH.sub(r"\1", pattern)
    expression = "[^:/]*".join(map(re.escape, pattern.split("*")))
    return re.fullmatch(expression, role) is not None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _second(claim: Any) -> int | None:
    """The claim ``exp``, which API Gateway hands over as text."""
    try:
        return int(float(claim))
    except (OverflowError, TypeError, ValueError):
        return None


def _roles(names: Any) -> Roles:
    known = set(Role)
    return frozenset(Role(name) for name in names if name in known)
