"""Keys of approval requests: ``APPROVAL#<tenant>`` and the request id that the workflow gives.

More is read than new work may use: whatever a key was made of, what is listed can be shown and
closed.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from cqrs.core.keys import KEY_SEPARATOR, SORT_KEY_BYTES
from cqrs.core.tenants import checked_tenant
from cqrs.core.texts import checked_text
from cqrs.core.work_keys import WorkKey
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

APPROVAL = "APPROVAL"
"""The beginning of partition keys."""

REQUEST_ID = re.compile(r"[^\s/\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,200}")
"""No slash, which parts the keys in an id, and nothing that breaks a line or is not text.

Every name that an execution can have fits (Step Functions API reference, StartExecution).
"""

ID_SEPARATOR = "/"

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
            If the tenant or the request id is none.
        """
        return cls(f"{_PREFIX}{checked_tenant(tenant)}", checked_new_request_id(request_id))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a key from its text.

        Raises
        ------
        ValidationError
            If it is not of the form ``<pk>/<sk>``.
        """
        pk, separator, request_id = text.rpartition(ID_SEPARATOR)
        if not separator or not pk.startswith(_PREFIX):
            raise ValidationError(
                f"{text[:80]!r} is not the id of an approval request: one looks like "
                f"{_PREFIX}acme/close-JFK."
            )
        return cls._read(pk, request_id)

    @classmethod
    def readings(cls, text: str) -> Iterator[Self]:
        """All keys with a text, that of :meth:`parse` first.

        There are several if a tenant or a request id has a slash, as no new one may have.

        Raises
        ------
        ValidationError
            If there is none.
        """
        yield cls.parse(text)
        parts = text.split(ID_SEPARATOR)
        for end in range(len(parts) - 2, 0, -1):
            with suppress(ValidationError):
                yield cls._read(ID_SEPARATOR.join(parts[:end]), ID_SEPARATOR.join(parts[end:]))

    @classmethod
    def _read(cls, pk: str, request_id: str) -> Self:
        checked_text(request_id, "The request id")
        if not request_id or len(request_id.encode()) > SORT_KEY_BYTES:
            raise _refused(request_id)
        return cls(f"{_PREFIX}{checked_tenant(pk.removeprefix(_PREFIX))}", request_id)

    @property
    def request_id(self) -> str:
        """Identity of the request, by which its making is idempotent."""
        return self.sk


def checked_new_request_id(request_id: Any) -> str:
    """Check the id of a request that is to be made.

    Raises
    ------
    ValidationError
        If it is none.
    """
    if not isinstance(request_id, str) or not REQUEST_ID.fullmatch(request_id):
        raise _refused(request_id)
    return request_id


def _refused(request_id: Any) -> ValidationError:
    return ValidationError(
        f"The request id {str(request_id)[:80]!r} must be 1 to 200 characters without spaces, "
        "slashes and control characters, as in 'close-JFK'. The execution's name is a good one."
    )
