"""The editor's container has the versions that set-up asks for, and runs set-up."""

from __future__ import annotations

import json
import re
import tomllib
from urllib.parse import urlsplit

import pytest
import yaml

from stacks.environment.file import load
from stacks.function.runtime import PYTHON
from tooling.paths import ROOT
from tooling.terraform import PINNED_VERSION

CONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
FEATURES = {
    identity.rpartition("/")[2].partition(":")[0]: options
    for identity, options in CONTAINER["features"].items()
}

KINDS = {
    "name": str, "image": str, "features": dict, "postCreateCommand": str, "forwardPorts": list,
    "portsAttributes": dict, "customizations": dict,
}  # fmt: skip
"""Keys of the specification's schema that are used, with the kinds that it gives them."""


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def pythons(workflow: str) -> list[list[str]]:
    """The versions of Python that each job asks for; its last one comes first on PATH."""
    jobs = yaml.safe_load(text(workflow))["jobs"].values()
    return [
        step["with"]["python-version"].split()
        for job in jobs
        for step in job.get("steps", ())
        if "python-version" in step.get("with", {})
    ]


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def test_its_keys_are_those_of_the_specification():
    assert {key: type(value) for key, value in CONTAINER.items()} == KINDS
    assert all(isinstance(port, int) and 0 < port < 65536 for port in CONTAINER["forwardPorts"])


@pytest.mark.parametrize("identity", CONTAINER["features"])
def test_features_are_pinned(identity):
    assert re.fullmatch(r"ghcr\.io/devcontainers/features/[a-z-]+:\d+", identity)


def test_python_is_the_one_of_continuous_integration():
    found = re.search(r"/python:1-(\d+\.\d+)-", CONTAINER["image"])
    assert found
    least = tomllib.loads(text("pyproject.toml"))["project"]["requires-python"]
    (*_, tested) = pythons(".github/workflows/test.yml")[0]

    assert found[1] == tested
    assert numbers(found[1]) >= numbers(least.removeprefix(">="))


@pytest.mark.parametrize("workflow", ["deploy", "plan", "test"])
def test_continuous_integration_can_compile_for_the_functions_runtime(workflow):
    installed = pythons(f".github/workflows/{workflow}.yml")

    assert installed
    assert all(PYTHON in versions for versions in installed)


def test_node_is_new_enough():
    least = re.search(r'\[ "\$\{major%%\.\*\}" -ge (\d+) \]', text("tooling/setup.sh"))
    assert least

    assert int(FEATURES["node"]["version"]) >= int(least[1])


def test_terraform_is_the_pinned_one():
    assert FEATURES["terraform"]["version"] == PINNED_VERSION


def test_it_sets_up_and_shows_the_emulators_port():
    port = urlsplit(load("local", variables={}).endpoint or "").port

    assert CONTAINER["postCreateCommand"] == "make setup"
    assert CONTAINER["forwardPorts"] == [port]
    assert list(CONTAINER["portsAttributes"]) == [str(port)]
