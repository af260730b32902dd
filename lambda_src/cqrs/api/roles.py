"""Roles of principals, and the groups of them that routes name.

They are told apart by what they may do; none includes another one.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A principal's role."""

    READER = "reader"
    PUBLISHER = "publisher"
    APPROVER = "approver"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


Roles = frozenset[Role]

READERS: Roles = frozenset({Role.READER, Role.PUBLISHER, Role.OPERATOR, Role.ADMINISTRATOR})
"""Those who read items, commands, tasks and imports."""

PUBLISHERS: Roles = frozenset({Role.PUBLISHER, Role.ADMINISTRATOR})
"""Those who publish, and make tasks and imports."""

ASKED: Roles = frozenset({Role.APPROVER, Role.OPERATOR, Role.ADMINISTRATOR})
"""Those who read requests for approval."""

ANSWERERS: Roles = frozenset({Role.APPROVER, Role.ADMINISTRATOR})
"""Those who answer them."""

REPAIRERS: Roles = frozenset({Role.OPERATOR, Role.ADMINISTRATOR})
"""Those who cancel and repair."""
