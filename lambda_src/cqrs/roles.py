"""Roles of the principals at the HTTP API."""

from enum import StrEnum


class Role(StrEnum):
    """Rights of a principal in its tenants; a principal may have several roles."""

    READER = "reader"
    PUBLISHER = "publisher"
    APPROVER = "approver"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
