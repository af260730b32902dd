"""An environment as it would be deployed: its settings and definitions, from the stacks.

Machines are rendered as for AWS, also those of an environment for an emulator: nothing here lacks
what an emulator does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqrs.deployment.indexes import INDEXES
from cqrs.deployment.stream_filters import StreamFilter, stream_filters
from cqrs.testing.asl.grammar import machines_of
from cqrs.testing.aws.dynamodb import IndexOf

if TYPE_CHECKING:
    from cqrs.settings import Settings
    from stacks.environment.model import Environment

DEFAULT = "local"
"""The environment that tests run in if they do not say."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """An environment as it would be deployed.

    Attributes
    ----------
    environment
        The environment.
    settings
        The function's settings.
    definitions
        Definitions of the state machines, by their base names.
    filters
        Filters of the streams, by the base names of their tables.
    """

    environment: Environment
    settings: Settings
    definitions: Mapping[str, Mapping[str, Any]]
    filters: Mapping[str, tuple[StreamFilter, ...]]

    @property
    def calling_states(self) -> frozenset[str]:
        """Names of the states that call the function, in any of the machines."""
        return frozenset(
            name for machine in self.definitions.values() for name in _calling_states(machine)
        )

    def indexes(self, table: str) -> list[IndexOf]:
        """Indexes of a table."""
        return [
            IndexOf(one.name, one.partition_key, one.sort_key, frozenset(one.projected))
            for one in INDEXES.get(table, ())
        ]


def _calling_states(machine: Mapping[str, Any]) -> Iterator[str]:
    for name, state in machine["States"].items():
        if state["Type"] == "Task":
            yield name
        for inner in machines_of(state):
            yield from _calling_states(inner)


@lru_cache
def deployed(name: str = DEFAULT, folder: Path | None = None) -> Deployed:
    """Read an environment's file, and render its machines; once in a process.

    Parameters
    ----------
    name
        Name of the environment.
    folder
        Folder of the environment files; by default the project's.

    Raises
    ------
    EnvironmentFileError
        If the file cannot be used, or a module of ``stacks/app`` cannot be imported.
    DefinitionError
        If a module defines what cannot be.
    """
    from stacks.environment.file import load  # noqa: PLC0415 - they load pydantic
    from stacks.environment_files import FOLDER  # noqa: PLC0415 - of those
    from stacks.state_machines.definitions import definitions  # noqa: PLC0415

    environment = load(name, folder or FOLDER, {})
    as_on_aws = environment.model_copy(update={"dialect": "aws"})
    # A test sends no notices.
    settings = replace(environment.settings(), notification_email="", notification_webhook="")
    return Deployed(
        environment,
        settings,
        definitions(as_on_aws, environment.function_arn()),
        stream_filters(command_notifications=settings.are_ends_of_commands_told),
    )
