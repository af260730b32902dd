"""Groups of roles, which routes name. No role includes another one."""

from __future__ import annotations

from cqrs.roles import Role

Roles = frozenset[Role]

READERS: Roles = frozenset({Role.READER, Role.PUBLISHER, Role.OPERATOR, Role.ADMINISTRATOR})
"""Those who read items, commands, tasks and imports."""

PUBLISHERS: Roles = frozenset({Role.PUBLISHER, Role.ADMINISTRATOR})
"""Those who publish, and make tasks and imports."""

ASKED: Roles = frozenset({Role.APPROVER, Role.OPERATOR, Role.ADMINISTRATOR})
"""Those who read requests for approval."""

ANSWERERS: Roles = frozenset({Role.APPROVER, Role.ADMINISTRATOR})
"""Those who answer them."""

ANYBODY: Roles = frozenset(Role)
"""Those who have any role."""

REPAIRERS: Roles = frozenset({Role.OPERATOR, Role.ADMINISTRATOR})
"""Those who cancel and repair."""
