"""Passwords that IAM makes for databases, by the credentials of the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.read_models.sql_target import Engine

if TYPE_CHECKING:
    from cqrs.aws.clients import Clients
    from cqrs.read_models.sql_target import SqlTarget

ADMIN = "admin"
"""Role of DSQL that a right of its own leads to (``dsql:DbConnectAdmin``)."""


def iam_token(clients: Clients, target: SqlTarget) -> str:
    """Sign a login; nothing is asked of AWS.

    (DSQL guide, "Generating an authentication token in Amazon Aurora DSQL"; Aurora guide,
    "Connecting to your DB cluster using IAM authentication".)
    """
    if target.engine is Engine.DSQL:
        client = clients.dsql
        if target.user == ADMIN:
            return str(client.generate_db_connect_admin_auth_token(target.host, target.region))
        return str(client.generate_db_connect_auth_token(target.host, target.region))
    return str(
        clients.rds.generate_db_auth_token(
            target.host, target.port, target.user, Region=target.region
        )
    )
