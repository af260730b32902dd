"""The deployed function with unreliable handlers in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.deployed import Deployed
from tests.integration.overlay import with_modules

HANDLERS = ("recorder", "coin_tosses")
"""Modules of this folder that go into the function's package."""


FAULTY = "faulty"
"""Module of this folder whose handlers have a mistake each."""

SUDDEN_DEATH = "sudden_death"
"""Module of this folder that makes the function's processes die."""


@contextmanager
def unreliable_function(deployed: Deployed, *further: str) -> Iterator[None]:
    """Run the deployed function with unreliable handlers beside the application's own.

    Parameters
    ----------
    further
        Modules of this folder that go into the function's package too.
    """
    modules = [Path(__file__).with_name(f"{name}.py") for name in (*HANDLERS, *further)]
    with with_modules(deployed, modules):
        yield
