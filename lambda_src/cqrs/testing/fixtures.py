"""The fixture for pytest; a ``conftest.py`` imports it.

Examples
--------
>>> from cqrs.testing.fixtures import environment  # noqa: F401
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cqrs.testing.environment import MemoryEnvironment


@pytest.fixture
def environment() -> Iterator[MemoryEnvironment]:
    """The project's application in an environment in memory, a new one for each test."""
    with MemoryEnvironment() as opened:
        yield opened
