"""Whether an emulator has just what a deployment would bring, so that none is needed.

A note lies in the folder of the deployment, which goes with the emulator. It tells what the
deployment was made of and what was there after it. A deployment is left out only if all of that is
as it was; if anything cannot be told, there is one.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from cli.deployed.sessions import emulator_session
from stacks.environment.file import DATABASE_VARIABLE
from stacks.environment.model import Environment
from stacks.tags import ENVIRONMENT_TAG
from tooling.deployment import Deployment
from tooling.paths import ROOT

FOLDERS = ("lambda_src", "stacks", "environments", "tooling", "cli")
SUFFIXES = {".py", ".json", ".toml"}
FILES = (
    ".terraform.lock.hcl",
    "cdktf.json",
    "main.py",
    "package-lock.json",
    "pyproject.toml",
    "uv.lock",
)
VARIABLES = ("AWS_", "CDKTF_", "CQRS_", "TF_", "TERRAFORM_", DATABASE_VARIABLE)
"""Begin the names of variables that synthesis or Terraform may read."""

NOTE = "deployed.json"


class LastDeployment:
    """The last deployment of an environment to this clone's emulator.

    Parameters
    ----------
    deployment
        The deployment, which has a folder of its own.
    environment
        The environment.
    """

    def __init__(self, deployment: Deployment, environment: Environment) -> None:
        self._deployment = deployment
        self._environment = environment

    def is_current(self) -> bool:
        """Whether everything is as it was after it."""
        note = self._note()
        if note is None:
            return False
        try:
            known = json.loads(note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return bool(known == {"made_of": self._made_of(), "there": self._there()})

    def remember(self) -> None:
        """Note how everything is now; what cannot be told is not noted."""
        note, there = self._note(), self._there()
        if note is None or there is None:
            return
        note.write_text(json.dumps({"made_of": self._made_of(), "there": there}), encoding="utf-8")

    def forget(self) -> None:
        """Let the next deployment take place."""
        note = self._note()
        if note is not None:
            note.unlink(missing_ok=True)

    def _note(self) -> Path | None:
        folder = self._deployment.work_folder
        return None if folder is None else folder / NOTE

    def _made_of(self) -> str:
        """A hash of all that a deployment is made of, the state that it starts from included."""
        digest = hashlib.sha256()
        for name, content in self._parts():
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()

    def _parts(self) -> Iterator[tuple[str, bytes]]:
        for file in _files():
            yield str(file.relative_to(ROOT)), file.read_bytes()
        variables = self._deployment.variables()
        terraform = Path(variables["TERRAFORM_BINARY_NAME"]).stat()
        yield "terraform", f"{terraform.st_size} {terraform.st_mtime_ns}".encode()
        yield "python", sys.version.encode()
        installed = sorted(f"{found.name} {found.version}" for found in distributions())
        yield "packages", "\n".join(installed).encode()
        yield "variables", json.dumps(_read_by_tools(variables), sort_keys=True).encode()
        for file in sorted(Path(variables["CQRS_STATE_DIR"]).glob("*.tfstate")):
            yield file.name, file.read_bytes()

    def _there(self) -> Any:
        """The parts of the environment that the emulator has; None if it does not say."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            return self._looked_up()
        except (BotoCoreError, ClientError):
            return None

    def _looked_up(self) -> dict[str, Any]:
        environment, endpoint = self._environment, self._deployment.endpoint_url
        session = emulator_session(environment)
        functions, machines, tagged = (
            session.client(service, endpoint_url=endpoint)
            for service in ("lambda", "stepfunctions", "resourcegroupstaggingapi")
        )
        name = environment.function_name
        mappings = functions.list_event_source_mappings(FunctionName=name)
        tags = [{"Key": ENVIRONMENT_TAG, "Values": [environment.name]}]
        pages = tagged.get_paginator("get_resources").paginate(TagFilters=tags)
        return {
            "function": functions.get_function_configuration(FunctionName=name)["RevisionId"],
            "mappings": sorted(
                [mapping["UUID"], mapping["State"]] for mapping in mappings["EventSourceMappings"]
            ),
            "machines": {
                machine: _definition(machines, environment.state_machine_arn(machine))
                for machine in environment.state_machines
            },
            "tagged": sorted(
                found["ResourceARN"] for page in pages for found in page["ResourceTagMappingList"]
            ),
        }


def _definition(client: Any, arn: str) -> str:
    definition = client.describe_state_machine(stateMachineArn=arn)["definition"]
    return hashlib.sha256(definition.encode()).hexdigest()


def _files() -> Iterator[Path]:
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in SUFFIXES and file.is_file():
                yield file
    yield from (ROOT / name for name in FILES if (ROOT / name).is_file())


def _read_by_tools(variables: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in variables.items() if key.startswith(VARIABLES)}
