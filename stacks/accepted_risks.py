"""Findings of checkov that are accepted, each noted at its resource together with the reason.

checkov reads no comments in Terraform's JSON. So a note goes into the resource's own comment
(``//``, Terraform documentation, "JSON configuration syntax") in the form that checkov reads in
CloudFormation's metadata. ``tests/synth/test_security.py`` holds the findings against the notes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Resource(Protocol):
    """An object that can bear a note."""

    def add_override(self, path: str, value: Any) -> None:
        """Put a value into the resource's configuration."""


def accept(resource: Resource, reasons: Mapping[str, str]) -> None:
    """Note why findings stand.

    Parameters
    ----------
    resource
        The resource that they are about.
    reasons
        Reasons by the identifier of the check, such as ``CKV_AWS_117``.
    """
    if reasons:
        skips = [{"id": check, "comment": reason} for check, reason in reasons.items()]
        resource.add_override("//.checkov", {"skip": skips})
