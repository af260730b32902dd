"""Fixtures of the unit tests."""

from tests.unit.conftest import clients, services, settings, sync_handlers

__all__ = ["clients", "services", "settings", "sync_handlers"]
