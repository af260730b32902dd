"""Terraform installs the provider that a committed lock file describes, and no other."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tooling.provider_registry import HOST, PROGRAM, Registry, package, running
from tooling import cdktf
from tooling.errors import ToolingError
from tooling.host import PLATFORMS, platform_name
from tooling.plugin_mirror import AWS_PROVIDER_VERSION, provider_settings
from tooling.provider_lock import FILE_NAME, place_lock, write_lock
from tooling.terraform import CHECKSUMS, find_terraform

STACK = {"terraform": {"required_providers": {"aws": {"version": "5.100.0", "source": "aws"}}}}
OTHERS = f"""\
provider "registry.opentofu.org/hashicorp/aws" {{
  version     = "{AWS_PROVIDER_VERSION}"
  constraints = "{AWS_PROVIDER_VERSION}"
  hashes = [
    "h1:edXOJWE4ORX8Fm+dpVpICzMZJat4AX0VRCAy/xkcOc0=",
  ]
}}
"""


@pytest.fixture
def registry() -> Iterator[Registry]:
    with running(Registry({name: package(f"genuine {name}") for name in PLATFORMS})) as served:
        yield served


class Clone:
    """A clone whose Terraform knows one registry and no mirror."""

    def __init__(self, folder: Path, registry: Registry) -> None:
        self.folder, self.registry = folder, registry
        self.lock = folder / FILE_NAME
        self.tools = folder / ".tools"
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": str(registry.configure(folder / "terraformrc")),
        }

    def write_lock(self) -> str:
        write_lock(find_terraform(), self.environ, lock=self.lock)
        return self.lock.read_text()

    def environment(self) -> dict[str, str]:
        settings = provider_settings(
            find_terraform(), self.environ, tools=self.tools, shared_folders=[], lock=self.lock
        )
        return self.environ | settings

    def init(self, name: str = "stack") -> subprocess.CompletedProcess[str]:
        """Initialise a stack as deployments do."""
        stack, environment = self.folder / name, self.environment()
        stack.mkdir()
        (stack / "cdk.tf.json").write_text(json.dumps(STACK))
        if self.lock.exists():
            place_lock(self.lock, stack, environment)
        return subprocess.run(
            [find_terraform().binary, "init", "-input=false", "-no-color"],
            cwd=stack,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
        )

    def installed(self, name: str = "stack") -> str:
        (program,) = (self.folder / name / ".terraform").glob(
            f"providers/{HOST}/hashicorp/aws/{AWS_PROVIDER_VERSION}/{platform_name()}/{PROGRAM}"
        )
        return program.read_text()


@pytest.fixture
def clone(tmp_path: Path, registry: Registry) -> Clone:
    return Clone(tmp_path, registry)


def replace_packages(registry: Registry) -> None:
    registry.packages = {name: package(f"replaced {name}") for name in PLATFORMS}


def test_every_platform_that_terraform_is_pinned_for_is_locked():
    assert set(PLATFORMS) == set(CHECKSUMS)


def test_the_registry_is_asked_for_every_platform(clone):
    text = clone.write_lock()

    assert {f"/packages/{name}" for name in PLATFORMS} <= set(clone.registry.asked)
    assert f'version     = "{AWS_PROVIDER_VERSION}"' in text
    for kind in ("h1", "zh"):
        assert len(set(re.findall(rf'"{kind}:(\S+)"', text))) == len(PLATFORMS)


def test_the_locked_package_is_installed(clone):
    clone.write_lock()
    outcome = clone.init()

    assert outcome.returncode == 0, outcome.stdout
    assert clone.installed() == f"genuine {platform_name()}"
    assert (clone.folder / "stack" / FILE_NAME).read_text() in clone.lock.read_text()


def test_a_replaced_package_is_refused(clone):
    clone.write_lock()
    replace_packages(clone.registry)
    outcome = clone.init()

    assert outcome.returncode == 1
    assert "doesn't match any of the checksums" in " ".join(outcome.stdout.split())


def test_without_a_lock_file_the_registry_decides(clone):
    replace_packages(clone.registry)
    outcome = clone.init()

    assert outcome.returncode == 0, outcome.stdout
    assert clone.installed() == f"replaced {platform_name()}"


@pytest.mark.parametrize("is_locked", [True, False])
def test_a_lock_file_comes_before_the_cache(clone, is_locked):
    genuine = dict(clone.registry.packages)
    replace_packages(clone.registry)
    clone.init("earlier")
    clone.registry.packages = genuine
    if is_locked:
        clone.write_lock()
    clone.environ["TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"] = "true"
    outcome = clone.init()

    assert outcome.returncode == 0, outcome.stdout
    assert clone.installed().startswith("genuine" if is_locked else "replaced")


def test_the_cache_serves_what_is_locked(clone):
    clone.write_lock()
    clone.init("earlier")
    clone.registry.asked.clear()

    assert clone.init().returncode == 0
    assert not [path for path in clone.registry.asked if path.startswith("/packages/")]


def test_arguments_of_the_caller_stay(clone):
    clone.lock.touch()
    clone.environ["TF_CLI_ARGS_init"] = "-upgrade=false"

    assert clone.environment()["TF_CLI_ARGS_init"] == "-upgrade=false -lockfile=readonly"


def test_a_lock_file_may_be_of_two_registries(clone):
    clone.lock.write_text(OTHERS)
    text = clone.write_lock()
    outcome = clone.init()

    assert OTHERS in text
    assert outcome.returncode == 0, outcome.stdout
    assert "opentofu" not in (clone.folder / "stack" / FILE_NAME).read_text()


def stale(text: str) -> str:
    return text.replace(AWS_PROVIDER_VERSION, "5.99.0")


def of_another_registry(_text: str) -> str:
    return OTHERS


def cut_off(text: str) -> str:
    return text[: text.index("hashes")]


@pytest.mark.parametrize("change", [stale, of_another_registry, cut_off])
def test_a_lock_file_of_another_provider_is_refused_and_renewed(clone, change):
    text = clone.write_lock()
    clone.lock.write_text(change(text))
    address = f"{HOST}/hashicorp/aws {AWS_PROVIDER_VERSION}"

    with pytest.raises(ToolingError, match=f"no checksums of {address}: run make lock-provider"):
        clone.init()

    renewed = clone.write_lock()
    assert text[text.index("provider") :] in renewed
    assert "5.99.0" not in renewed


def test_a_registry_that_is_away_leaves_the_file_as_it_is(clone):
    before = clone.write_lock()
    clone.registry.packages = {}

    with pytest.raises(ToolingError, match=f"{HOST} gives no checksums: "):
        clone.write_lock()

    assert clone.lock.read_text() == before


@pytest.mark.parametrize("is_named", [True, False])
def test_a_mirror_is_as_it_was(clone, is_named):
    mirror = clone.folder / "shared" / "mirror"
    (mirror / HOST / "hashicorp" / "aws" / AWS_PROVIDER_VERSION / platform_name()).mkdir(
        parents=True
    )
    environ = {"HOME": str(clone.folder)} | ({"TF_PLUGIN_MIRROR": str(mirror)} if is_named else {})

    def settings() -> dict[str, str]:
        return provider_settings(
            find_terraform(),
            environ,
            tools=clone.tools,
            shared_folders=[mirror.parent],
            lock=clone.lock,
        )

    before = settings()
    clone.write_lock()
    assert settings() == before
    assert "TF_CLI_ARGS_init" not in before


class Cdktf:
    """A program in the place of cdktf, and what stands in the stacks' folders when it runs."""

    def __init__(self, folder: Path) -> None:
        self.output = folder / "out"
        self._seen = folder / "seen"
        self.program = folder / "cdktf"
        self.program.write_text(
            f"#!/bin/sh\ncd {self.output} && ls stacks/*/.t* >{self._seen}\n:\n"
        )
        self.program.chmod(0o755)

    def locked(self, environment: dict[str, str], **variables: str) -> list[str]:
        cdktf.run_cdktf(["synth"], self.output, {**environment, **variables})
        return [line.split("/")[1] for line in self._seen.read_text().splitlines()]


def test_the_stacks_that_are_synthesised_get_the_lock(clone, monkeypatch):
    ran = Cdktf(clone.folder)
    monkeypatch.setattr(cdktf, "CDKTF", ran.program)
    monkeypatch.setattr(cdktf, "PROVIDER_LOCK", clone.lock)

    assert ran.locked(clone.environment()) == []
    clone.write_lock()
    assert ran.locked(clone.environment(), CQRS_ENVIRONMENT="prod") == ["prod"]
    assert ran.locked(clone.environment()) == cdktf.all_names()
    clone.lock.unlink()
    assert ran.locked(clone.environment()) == []
