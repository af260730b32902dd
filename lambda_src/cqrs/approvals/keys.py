"""Keys of approval requests: ``APPROVAL#<tenant>`` and the request id that the workflow gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

from cqrs.core.keys import KEY_SEPARATOR
from cqrs.core.tenants import checked_tenant
from cqrs.core.work_keys import WorkKey
from cqrs.errors import ValidationError

APPROVAL = "APPROVAL"
"""What partition keys begin with."""

REQUEST_ID = re.compile(r"[^\s/\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,200}")
"""No slash, which parts the keys in an id, and nothing that breaks a line or is no text.

Every name that an execution can have fits (Step Functions API reference, StartExecution).
"""

_PREFIX = f"{APPROVAL}{KEY_SEPARATOR}"


@dataclass(frozen=True, slots=True, order=True)
class ApprovalKey(WorkKey):
    """Key of a request in the approvals table."""

    @classmethod
    def make(cls, tenant: str, request_id: str) -> Self:
        """Key of a tenant's request.

        Raises
        ------
        ValidationError
            The tenant or the request id is none.
        """
        return cls(f"{_PREFIX}{checked_tenant(tenant)}", _checked_request_id(request_id))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key from its text.

        Raises
        ------
        ValidationError
            It is not of the form ``<pk>/<sk>``.
        """
        pk, separator, request_id = text.rpartition("/")
        if not separator or not pk.startswith(_PREFIX):
            raise ValidationError(
                f"{text[:80]!r} is not the id of an approval request: one looks like "
                f"{_PREFIX}acme/close-JFK."
            )
        return cls.make(pk.removeprefix(_PREFIX), request_id)

    @property
    def request_id(self) -> str:
        """Identity of the request, by which its making is idempotent."""
        return self.sk


def _checked_request_id(request_id: Any) -> str:
    if not isinstance(request_id, str) or not REQUEST_ID.fullmatch(request_id):
        raise ValidationError(
            f"The request id {str(request_id)[:80]!r} must be 1 to 200 characters without "
            "spaces, slashes and control characters, as in 'close-JFK'; the execution's name is a "
            "good one."
        )
    return request_id
