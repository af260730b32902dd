"""The calls that docs/api.md shows are answered by the deployed sample as it shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cqrs.roles import Role
from tests.integration.closures import Closures, waiting
from tests.integration.deployed import Deployed, wait_for
from tests.integration.guide import OTHERS, Command, commands
from tests.integration.http_client import People, skip_without_api
from tooling.paths import ROOT

GUIDE = ROOT / "docs" / "api.md"

OF_API = re.compile(r'^curl (?!.*\$ID).*"\$(API|API_URL|URL)[/"]|^curl "\$ALL/[^$]*$', re.DOTALL)
"""Calls of the deployment, unlike those of an identity provider. Letters and faults, which ``$ID``
names, are left behind by tests/integration/test_api_operations.py."""

STATUS = re.compile(r"^HTTP/[\d.]+ (\d{3})", re.MULTILINE)

APPROVAL = "close-KIX"
"""The request that the document answers."""

FILE = """iata,name,city,state,country,latitude,longitude
HND,Haneda,Tokyo,,Japan,35.6,139.8
ITM,Itami,Osaka,,Japan,95.0,135.4
"""


@dataclass
class Reader:
    """Somebody who copies the calls into a shell, with what earlier answers have told.

    Attributes
    ----------
    folder
        The shell's.
    variables
        The shell's.
    names
        Names of the document, and those that the deployment has in their place.
    """

    folder: Path
    variables: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)

    def follow(self, command: Command) -> None:
        """Run a call, again while what it reads is not there yet."""
        shown = [self._here(line) for line in command.shown]
        reads = " -X " not in command.command
        expected = STATUS.search("\n".join(shown))

        def answer() -> str | None:
            printed = self._run(self._here(command.command))
            status = STATUS.findall(printed)[-1]
            if status == "404" and reads and expected is None:
                return None
            wanted = expected[1] if expected else "2.."
            assert re.fullmatch(wanted, status), f"{command.command}\n{printed}"
            return printed

        printed = wait_for(answer, command.command)
        for line in shown:
            self._compare(line, printed)

    def _compare(self, shown: str, printed: str) -> None:
        if STATUS.match(shown):
            return
        if not shown.startswith("{"):
            assert shown in printed.splitlines(), f"{shown}\n{printed}"
            return
        told = json.loads(printed.splitlines()[-1])
        members = re.findall(r'"(\w+)":("[^"]*"|\w+|\[\])', shown)
        assert members
        for name, text in members:
            value = [] if text == "[" else json.loads(text)
            if str(value).endswith(OTHERS) and name != "url":
                continue
            if name in {"id", "name", "upload"}:
                self.names[value] = re.findall(rf'"{name}":"([^"]+)"', printed)[0]
            elif name == "url":
                self.variables["URL"] = told["url"]
            elif name in told and told[name] != value:
                raise AssertionError(f"{shown}\n{printed}")

    def _here(self, text: str) -> str:
        for name, real in self.names.items():
            text = text.replace(name, real)
        return text

    def _run(self, command: str) -> str:
        # With headers, and without carriage returns; those that the document asks for are the same.
        script = f'curl() {{ command curl -sS -i "$@" | tr -d "\\r"; }}\n{command}'
        ended = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env={**os.environ, **self.variables},
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
        assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
        return ended.stdout


@pytest.fixture
def reader(deployed: Deployed, tenant: str, tmp_path: Path) -> Iterator[Reader]:
    skip_without_api(deployed)
    client = People(deployed).client(tenant, *Role, of="*")
    (tmp_path / "airports.csv").write_text(FILE, encoding="utf-8")
    variables = {
        "API_URL": client.api_url,
        "ALL": f"{client.api_url}/v1/environment",
        "API": f"{client.api_url}/v1/tenants/{tenant}",
        "TOKEN": client.token,
        "AUTH": f"Authorization: Bearer {client.token}",
        "JSON": "Content-Type: application/json",
    }
    with waiting(deployed, 900):
        approval = Closures(deployed, tenant).ask("UKY")
        names = {APPROVAL: approval.request_id, "/tenants/acme/": f"/tenants/{tenant}/"}
        yield Reader(tmp_path, variables, names)


def test_each_call_is_answered_as_it_is_shown(reader: Reader) -> None:
    calls = [each for each in commands(GUIDE.read_text("utf-8")) if OF_API.match(each.command)]
    assert len(calls) > 20

    for call in calls:
        reader.follow(call)
