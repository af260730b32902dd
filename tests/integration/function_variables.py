"""The deployed function with other settings, for as long as a test needs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.integration.deployed import Deployed


@contextmanager
def function_variables(deployed: Deployed, changed: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the function, and set them back at the end."""
    before = variables_of(deployed)
    _set(deployed, {**before, **changed})
    try:
        yield
    finally:
        _set(deployed, before)


def variables_of(deployed: Deployed) -> dict[str, str]:
    """The function's variables as they are now."""
    client, name = deployed.services.clients.lambda_, deployed.services.settings.function_name
    configuration = client.get_function_configuration(FunctionName=name)
    return dict(configuration["Environment"]["Variables"])


def _set(deployed: Deployed, variables: Mapping[str, str]) -> None:
    client, name = deployed.services.clients.lambda_, deployed.services.settings.function_name
    environment = {"Variables": dict(variables)}
    client.update_function_configuration(FunctionName=name, Environment=environment)
    deployed.wait_until_replaced()
