"""The deployed function with unreliable handlers in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.deployed import Deployed
from tests.integration.overlay import with_modules

HANDLERS = ("recorder", "coin_tosses")
"""Modules of this folder that go into the function's package."""


@contextmanager
def unreliable_function(deployed: Deployed) -> Iterator[None]:
    """Run the deployed function with unreliable handlers beside the application's own."""
    modules = [Path(__file__).with_name(f"{name}.py") for name in HANDLERS]
    with with_modules(deployed, modules):
        yield
