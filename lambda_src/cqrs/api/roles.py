"""Groups of roles, which routes name, and the roles that include another one.

The one place of the table of roles in docs/api.md, for the routes of an application's own too.
"""

from __future__ import annotations

from cqrs.roles import Role

Roles = frozenset[Role]

INCLUDING: dict[Role, Roles] = {
    Role.READER: frozenset({Role.PUBLISHER, Role.OPERATOR, Role.ADMINISTRATOR}),
    Role.PUBLISHER: frozenset({Role.ADMINISTRATOR}),
    Role.APPROVER: frozenset({Role.ADMINISTRATOR}),
    Role.OPERATOR: frozenset({Role.ADMINISTRATOR}),
    Role.ADMINISTRATOR: frozenset(),
}
"""By each role those that may do all that it may."""


def with_including(*roles: Role) -> Roles:
    """Roles, and those that include one of them."""
    return frozenset(roles).union(*(INCLUDING[role] for role in roles))


READERS: Roles = with_including(Role.READER)
"""Those who read items, commands, tasks and imports."""

PUBLISHERS: Roles = with_including(Role.PUBLISHER)
"""Those who publish, and make tasks and imports."""

ASKED: Roles = with_including(Role.APPROVER, Role.OPERATOR)
"""Those who read requests for approval."""

ANSWERERS: Roles = with_including(Role.APPROVER)
"""Those who answer them."""

ANYBODY: Roles = frozenset(Role)
"""Those who have any role."""

REPAIRERS: Roles = with_including(Role.OPERATOR)
"""Those who cancel and repair."""

ADMINISTRATORS: Roles = with_including(Role.ADMINISTRATOR)
"""Those who rebuild read models."""
