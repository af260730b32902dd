"""The deployed API answers as its description says, whatever is asked.

Schemathesis reads ``/openapi.json``, and makes requests of it. They are its examples, the edges of
each schema, others beyond them, random ones, and some that follow links. Its checks are these:

- no 5xx, and no status, media type, header or body that the description does not have
- what fits the description is not refused for its form, and what does not fit is refused
- a method that a path does not take is answered by 405 with ``Allow``
- without the token nothing is answered
- what was made is there, and what was deleted is not
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cqrs.roles import Role
from tests.integration.deployed import Deployed
from tests.integration.http_client import People, skip_without_api
from tooling.paths import ROOT

CONFIG = Path(__file__).parent / "description" / "schemathesis.toml"
SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"

EXAMPLES = int(os.environ.get("API_EXAMPLES", "0"))
"""Random requests of each route; 0 for a few, which take about a minute."""

FEW = ("--phases", "examples,fuzzing,stateful", "--max-examples", "4")
MANY = ("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", str(EXAMPLES))
"""With the edges of each schema, which are more than a thousand requests."""

LONGEST_SECONDS = 300 + 30 * EXAMPLES


def test_it_answers_as_its_description_says(deployed: Deployed, tenant: str) -> None:
    skip_without_api(deployed)
    client = People(deployed).client(tenant, *Role, of="*")
    command = [
        *(SCHEMATHESIS, "--config-file", CONFIG, "run", f"{client.api_url}/openapi.json"),
        *(MANY if EXAMPLES else FEW),
        *("--seed", os.environ.get("API_SEED", "1"), "--no-color"),
    ]
    access = {"API_URL": client.api_url, "API_TOKEN": client.token, "API_TENANT": tenant}

    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **access},
        capture_output=True,
        check=False,
        text=True,
        timeout=LONGEST_SECONDS,
    )

    if ended.returncode:
        pytest.fail(ended.stdout[-20_000:] + ended.stderr[-5_000:], pytrace=False)
