"""Roles of the principals at the HTTP API."""

from enum import StrEnum


class Role(StrEnum):
    """What a principal may do in its tenants; a principal may have several."""

    READER = "reader"
    PUBLISHER = "publisher"
    APPROVER = "approver"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"
