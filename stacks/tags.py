"""Tags that the project sets itself."""

from __future__ import annotations

ENVIRONMENT_TAG = "environment"
APPLICATION_TAG = "application"
"""Whose a resource is; permissions on keys follow from them."""

CLONE_TAG = "cqrs-clone"
CLONE_OUTPUT = "clone_id"
"""Which clone has deployed to an emulator: on the function, and among the stack's outputs."""

VERSION_TAG = "cqrs-version"
"""Which version of the project is deployed: on the function."""

HOLDS_DATA = "holds-data"
NO_DATA = {HOLDS_DATA: "false"}
"""On a resource that stores nothing, although others of its type do: a plan may destroy it."""
