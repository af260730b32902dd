"""Quiet logs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.model.invocations import silent_logs


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with silent_logs():
        yield
