"""The command line in this process, on an environment whose AWS is moto."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

import cli.deployed.connection
from cli.command_line import run
from cli.deployed.connection import Connection
from cqrs.services import Services
from stacks.environment.model import Environment
from tests.unit.conftest import PREFIX, REGION

ENVIRONMENT = Environment.model_validate(
    {
        "name": PREFIX.partition("-")[0],
        "application": "cqrs",
        "account_id": "123456789012",
        "region": REGION,
        "workflows": ["country-report"],
    }
)


@dataclass(frozen=True)
class Ended:
    """The end of a run of the command line."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


class Operator:
    """Runs ``cqrs`` on an environment."""

    def __init__(
        self, services: Services, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
    ) -> None:
        connection = Connection(ENVIRONMENT, services)
        patch.setattr(cli.deployed.connection, "connect", lambda *_: connection)
        patch.setenv("COLUMNS", "80")
        self._capture = capture

    def run(self, *arguments: str) -> Ended:
        self._capture.readouterr()
        code = run(list(arguments))
        printed = self._capture.readouterr()
        assert "Traceback" not in printed.err
        return Ended(code, printed.out, printed.err)

    def items(self, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
        ended = self.run("--json", *arguments)
        assert ended.code == code, ended
        items: list[dict[str, Any]] = ended.document["items"]
        return items
