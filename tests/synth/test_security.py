"""Checkov's findings in the synthesised stacks, held against what the stacks say they accept."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.synth.test_console import WITH_CONSOLE
from tests.synth.test_notices import EMAIL, WEBHOOK
from tooling.paths import CHECKOV

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.synth.conftest import Synthesis

UNREACHABLE = "http://127.0.0.1:9"

Finding = tuple[str, str]
"""A resource's Terraform name and the identifier of a check."""


class Scan:
    """Checkov's findings in configurations, each under a name."""

    def __init__(self, folder: Path, configurations: dict[str, dict[str, Any]]) -> None:
        for name, configuration in configurations.items():
            (folder / name).mkdir()
            # checkov 3.3.30 stumbles over required_version, and only resources are of interest.
            resources = json.dumps({"resource": configuration["resource"]}, indent=1)
            (folder / name / "cdk.tf.json").write_text(resources)
        command = [CHECKOV, "--directory", folder, "--framework", "terraform_json", "--output"]
        ended = subprocess.run(
            [*command, "json", "--quiet", "--compact", "--skip-download", "--soft-fail"],
            # It has to do without all that it might fetch.
            env={"PATH": os.defpath, "HTTPS_PROXY": UNREACHABLE, "HTTP_PROXY": UNREACHABLE},
            capture_output=True,
            check=True,
            text=True,
            timeout=120,
        )
        self._report: dict[str, Any] = json.loads(ended.stdout)

    @property
    def summary(self) -> dict[str, int]:
        """How many checks passed and failed, and what could not be read."""
        found: dict[str, int] = self._report["summary"]
        return found

    def findings(self, name: str) -> set[Finding]:
        """Failed checks of one configuration."""
        return {
            (check["resource"].rsplit(".", 1)[-1], check["check_id"])
            for check in self._report["results"]["failed_checks"]
            if check["file_path"] == f"/{name}/cdk.tf.json"
        }


@pytest.fixture(scope="module")
def dev(synthesise: Callable[..., Synthesis]) -> Synthesis:
    return synthesise("dev")


@pytest.fixture(scope="module")
def console(synthesise: Callable[..., Synthesis]) -> Synthesis:
    return synthesise("prod", EMAIL + WEBHOOK + WITH_CONSOLE)


@pytest.fixture(scope="module")
def scan(
    prod: Synthesis,
    dev: Synthesis,
    console: Synthesis,
    tmp_path_factory: pytest.TempPathFactory,
) -> Scan:
    synthesised = {
        "prod": prod.configuration,
        "dev": dev.configuration,
        "console": console.configuration,
    }
    return Scan(tmp_path_factory.mktemp("checkov"), synthesised)


def accepted(synthesis: Synthesis) -> dict[Finding, str]:
    """Findings that the stack accepts, with the reasons."""
    return {
        (name, skip["id"]): skip["comment"]
        for resources in synthesis.configuration["resource"].values()
        for name, resource in resources.items()
        for skip in resource["//"].get("checkov", {}).get("skip", [])
    }


def test_checkov_has_read_everything(scan: Scan) -> None:
    assert scan.summary["parsing_errors"] == 0
    assert scan.summary["passed"] > 200


@pytest.mark.parametrize("environment", ["prod", "dev", "console"])
def test_each_finding_is_accepted_and_each_acceptance_is_needed(
    scan: Scan, environment: str, request: pytest.FixtureRequest
) -> None:
    synthesis: Synthesis = request.getfixturevalue(environment)

    assert scan.findings(environment) == set(accepted(synthesis))
    assert all(reason.endswith(".") for reason in accepted(synthesis).values())


def test_production_accepts_nothing_about_encryption(prod: Synthesis) -> None:
    about_keys = {"CKV_AWS_119", "CKV_AWS_145", "CKV_AWS_158", "CKV_AWS_173"}

    assert not about_keys & {check for _, check in accepted(prod)}


def test_a_new_mistake_is_found(prod: Synthesis, tmp_path: Path) -> None:
    configuration = prod.configuration
    name, *_ = configuration["resource"]["aws_s3_bucket_public_access_block"]
    access = configuration["resource"]["aws_s3_bucket_public_access_block"][name]
    access["block_public_acls"] = False

    assert (name, "CKV_AWS_53") in Scan(tmp_path, {"prod": configuration}).findings("prod")
