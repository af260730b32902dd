"""One synthesis of the local and the production environment, shared by all tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stacks.asl import DefinitionError
from stacks.bindings import App
from stacks.declarations import resources
from stacks.environment.file import load
from stacks.function.package import write_package
from stacks.workflow_stack import WorkflowStack

if TYPE_CHECKING:
    from collections.abc import Callable

    from stacks.environment.model import Environment

Resource = dict[str, Any]

ENVIRONMENTS = Path(__file__).parents[1] / "environments"
"""Environments of the tests' own: whoever changes the project's breaks no test by it."""


LAMBDA_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")


@dataclass(frozen=True)
class Synthesis:
    """The synthesised stack of one environment."""

    environment: Environment
    folder: Path

    @property
    def text(self) -> str:
        """The Terraform configuration as it was written."""
        return (self.folder / "cdk.tf.json").read_text()

    @property
    def package(self) -> bytes:
        """The function's deployment package."""
        (file,) = self.folder.rglob("function.zip")
        return file.read_bytes()

    @property
    def configuration(self) -> Resource:
        """The Terraform configuration."""
        content: Resource = json.loads(self.text)
        return content

    def resources(self, kind: str) -> dict[str, Resource]:
        """All resources of one kind, by their Terraform names."""
        found: dict[str, Resource] = self.configuration["resource"].get(kind, {})
        return found

    def definitions(self) -> dict[str, Resource]:
        """Definitions of the state machines, by their full names."""
        machines = self.resources("aws_sfn_state_machine").values()
        return {machine["name"]: json.loads(machine["definition"]) for machine in machines}


@pytest.fixture(scope="session")
def synthesise(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Synthesis]:
    """Synthesise an environment, with an addition to its file, into a folder of its own."""
    state_folder = tmp_path_factory.mktemp("state")

    def run(
        name: str,
        addition: str = "",
        *,
        folder: Path = ENVIRONMENTS,
        offline_endpoint: str | None = None,
    ) -> Synthesis:
        file = folder / f"{name}.toml"
        folder = tmp_path_factory.mktemp("synth")
        (folder / file.name).write_text(file.read_text() + addition)
        environment = load(name, folder, variables={})
        app = App(outdir=str(folder))
        package = write_package(folder / "function.zip")
        try:
            WorkflowStack(
                app,
                environment,
                package=package,
                state_folder=state_folder,
                offline_endpoint=offline_endpoint,
            )
        except DefinitionError as error:
            pytest.fail(str(error), pytrace=False)
        app.synth()
        return Synthesis(environment, folder / "stacks" / name)

    return run


@pytest.fixture
def nothing_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is declared in ``stacks/app`` but what a test declares."""
    resources.own_resources()
    monkeypatch.setattr(resources, "_declared", {})


@pytest.fixture(scope="session")
def local(synthesise: Callable[..., Synthesis]) -> Synthesis:
    """The local environment, in the emulators' dialect."""
    return synthesise("local")


@pytest.fixture(scope="session")
def prod(synthesise: Callable[..., Synthesis]) -> Synthesis:
    """The production environment."""
    return synthesise("prod")


@pytest.fixture(params=["local", "prod"])
def synthesis(request: pytest.FixtureRequest) -> Synthesis:
    """Each of the two in turn."""
    found: Synthesis = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def lambda_runtime(tmp_path: Path) -> Path:
    """A folder with the packages that the Lambda runtime brings, and no other."""
    for name in LAMBDA_RUNTIME:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        file = Path(spec.origin)
        source = file.parent if file.name == "__init__.py" else file
        (tmp_path / source.name).symlink_to(source)
    return tmp_path
