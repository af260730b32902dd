"""The TypeScript client is what the description gives, compiles, and does the use cases over HTTP.

Its own tests (``clients/typescript/test``) run on Node.js. Those against a deployed API are given
its address, a token and a tenant.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cqrs.roles import Role
from tests.integration.closures import Closures, waiting
from tests.integration.deployed import Deployed
from tests.integration.http_client import People, skip_without_api
from tooling.paths import ROOT

CLIENT = ROOT / "clients" / "typescript"
LONGEST_SECONDS = 300


def run(*command: str | Path, **variables: str) -> str:
    """Run a command in the client's folder; what it prints. The test fails if the command does."""
    ended = subprocess.run(
        command,
        cwd=CLIENT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=LONGEST_SECONDS,
    )
    if ended.returncode:
        pytest.fail(ended.stdout[-20_000:], pytrace=False)
    return ended.stdout


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    """The client's packages, as ``make client`` installs them."""
    run("sh", ROOT / "tooling" / "setup.sh", "client")


@pytest.fixture(scope="module")
def built() -> None:
    """The client, its tests and the examples of its README, compiled."""
    run("npm", "run", "--silent", "build-tests")


def test_it_is_what_the_description_gives() -> None:
    run("npm", "run", "--silent", "check-generated")


@pytest.mark.usefixtures("built")
def test_its_own_tests_pass() -> None:
    told = run("npm", "test")

    assert "# fail 0" in told


@pytest.mark.usefixtures("built")
def test_it_does_the_use_cases(deployed: Deployed, tenant: str) -> None:
    skip_without_api(deployed)
    client = People(deployed).client(tenant, *Role)
    with waiting(deployed, 900):
        approval = Closures(deployed, tenant).ask("UKY")

        told = run(
            *("node", "--experimental-websocket", "--test", "--test-reporter=tap"),
            "build/test/deployed.test.js",
            API_URL=client.api_url,
            API_TOKEN=client.token,
            API_TENANT=tenant,
            API_APPROVAL=approval.request_id,
        )

    assert "# skipped 0" in told
