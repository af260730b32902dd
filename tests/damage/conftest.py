"""Fixtures of the unit tests, and a clock that lets nothing wait."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from tests.unit.conftest import clients, services, settings, sync_handlers

__all__ = ["clients", "services", "settings", "sync_handlers"]


@pytest.fixture(autouse=True)
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let executions be asked for as fast as it goes; AWS's limit is not in these tests."""
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _seconds: None)
    monkeypatch.setattr("cqrs.aws.pace.time", clock)
