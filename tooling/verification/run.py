"""One run: say what it will do, ask, run the tests, look at AWS, clean up, tell."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cli.deployed.clients import VerifiedClients
from cli.deployed.connection import Connection, connect
from cqrs.errors import CqrsError
from cqrs.resources import Table
from stacks.environment_files import EnvironmentFileError
from tooling.errors import ToolingError
from tooling.paths import ROOT
from tooling.verification.assumptions import assumptions
from tooling.verification.cleaning import Cleaner
from tooling.verification.costs import CHARGES, PRICES_OF, bound
from tooling.verification.mark import new_mark
from tooling.verification.observations import Observer
from tooling.verification.report import Row, compare, disagreements, table
from tooling.verification.suite import run_tests

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from cqrs.settings import Settings
    from stacks.environment.model import Environment

FOLDER = ROOT / ".build" / "verify"


@dataclass(frozen=True)
class Choices:
    """The choices of whoever starts a run.

    Attributes
    ----------
    auto_approve
        Go ahead without asking.
    allow_protected
        Also if the environment protects its data against deletion.
    tests
        Chooses tests by their names, as pytest's ``-k`` does.
    """

    auto_approve: bool = False
    allow_protected: bool = False
    tests: str = ""


def verify_environment(
    environment: Environment,
    outputs: AbstractContextManager[Path],
    choices: Choices,
    announce: Callable[[str], None],
) -> None:
    """Verify an environment that is deployed.

    Parameters
    ----------
    environment
        The environment.
    outputs
        Gives the file of its Terraform outputs.
    choices
        The choices that were made.
    announce
        Is told what happens.

    Raises
    ------
    ToolingError
        If it may not be verified, nobody agrees, a test fails, AWS does not behave as is assumed,
        or something of the run is left.
    """
    _refuse_protected(environment, is_allowed=choices.allow_protected)
    with outputs as file:
        try:
            connection = connect(environment.name, file)
            clients = _clients(connection)
            clients.recognise()
            announce(_introduction(connection, clients))
        except (CqrsError, EnvironmentFileError) as error:
            raise ToolingError(str(error)) from None
        _require_consent(connection.environment, auto_approve=choices.auto_approve)
        Run(connection, clients, file, announce).carry_out(choices.tests)


class Run:
    """A run on an environment that was found and agreed on.

    Parameters
    ----------
    connection, clients
        The environment.
    outputs
        The file of its Terraform outputs.
    announce
        Is told what happens.
    """

    def __init__(
        self,
        connection: Connection,
        clients: VerifiedClients,
        outputs: Path,
        announce: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._environment = connection.environment
        self._clients = clients
        self._outputs = outputs
        self._announce = announce
        self._mark = new_mark()
        self._begun = datetime.now(UTC)
        self._failures: list[str] = []
        self._notes: list[str] = []

    def carry_out(self, tests: str) -> None:
        """Run the tests, look at AWS, and clean up whatever comes of them.

        Parameters
        ----------
        tests
            Chooses tests by their names; all if it is empty.

        Raises
        ------
        ToolingError
            If something failed, disagrees or is left.
        """
        name = self._environment.name
        self._announce(f"The tenants of this run begin with {self._mark}.")
        rows: list[Row] = []
        if tests:
            self._notes.append(f"Only the tests that fit {tests!r} ran.")
        try:
            if not run_tests(self._clients.place, self._outputs, self._mark, tests):
                self._failures.append("Tests failed: see above.")
            rows = self._observe()
        except BaseException as error:
            self._notes.append(f"The run was broken off by {type(error).__name__}. {error}".strip())
            raise
        finally:
            self._clean()
            file = self._write(rows)
        if self._failures:
            told = " ".join(self._failures)
            message = f"{name} is not as it should be. {told} The report is {file}."
            raise ToolingError(message)
        self._announce(f"{name} is verified. The report is {file}.")

    def _observe(self) -> list[Row]:
        self._announce("Looking at how AWS behaves, which takes a few minutes.")
        seen = Observer(self._connection, self._clients, self._mark).observe()
        is_emulator = self._environment.endpoint is not None
        rows = compare(assumptions(self._environment), seen, is_emulator=is_emulator)
        self._announce(table(rows))
        self._failures += disagreements(rows)
        return rows

    def _clean(self) -> None:
        settings = self._connection.settings
        tables = tables_of(settings)
        cleaner = Cleaner(self._environment, self._clients, tables, settings.bucket, self._mark)
        try:
            removed, left = cleaner.clean()
        except Exception as error:  # noqa: BLE001 - what failed before is to be told as well
            self._failures.append(
                f"Cleaning up failed, so tenants that begin with {self._mark} are left: "
                f"{type(error).__name__}: {error}."
            )
            return
        self._announce(
            f"Removed {removed} items and objects. A search of {len(tables)} tables and of the "
            f"bucket for {self._mark} finds {left}. {_remains(self._environment)}"
        )
        if left.total:
            self._failures.append(f"Something of the run is left: {left}.")

    def _write(self, rows: list[Row]) -> Path:
        FOLDER.mkdir(parents=True, exist_ok=True)
        begun = self._begun.strftime("%Y-%m-%dT%H%M%SZ")
        file = FOLDER / f"{self._environment.name}-{begun}.md"
        failures = "".join(f"- {one}\n" for one in (*self._notes, *self._failures))
        text = f"# Verification of {self._environment.name}\n\n{_where(self._environment)}\n\n"
        file.write_text(f"{text}{table(rows)}\n{failures}".rstrip() + "\n", encoding="utf-8")
        return file.relative_to(ROOT)


def _refuse_protected(environment: Environment, *, is_allowed: bool) -> None:
    if environment.deletion_protection and not is_allowed:
        message = (
            f"{environment.name} protects its data (deletion_protection), and a run writes and "
            "deletes items of tenants of its own there: verify another environment, or repeat with "
            "ALLOW_PROTECTED=1."
        )
        raise ToolingError(message)


def tables_of(settings: Settings) -> tuple[str, ...]:
    """Names of all tables of an environment."""
    return tuple(settings.table(table) for table in Table)


def _clients(connection: Connection) -> VerifiedClients:
    clients = connection.services.clients
    if not isinstance(clients, VerifiedClients):
        raise TypeError("the connection has other clients than the command line")
    return clients


def _introduction(connection: Connection, clients: VerifiedClients) -> str:
    environment = connection.environment
    counts = ", ".join(f"{charge.count:,} {charge.what}" for charge in CHARGES)
    what_for = "Nothing, as this is an emulator; on AWS" if environment.endpoint else "On AWS"
    return (
        f"{_where(environment)}\nYou are {clients.caller().arn}.\n"
        f"{what_for} it costs at most {bound():.2f} USD: {counts}, at AWS's list prices of Tokyo "
        f"of {PRICES_OF}. A search through large tables costs more. Beside tenants of its own it "
        "makes a function, a state machine, a role and a bucket, and removes them. It lets "
        "commands and tasks fail, so alarms go off."
    )


def _where(environment: Environment) -> str:
    return (
        f"Environment {environment.name} in account {environment.account_id}, region "
        f"{environment.region}, at {environment.endpoint or 'AWS'}."
    )


def _remains(environment: Environment) -> str:
    days = environment.logs
    return (
        "Some things stay for a while: histories of executions (90 days), metrics and traces. Logs "
        f"of the function stay for {days.function_retention_days} days, and those of the state "
        f"machines for {days.state_machine_retention_days}."
    )


def _require_consent(environment: Environment, *, auto_approve: bool) -> None:
    if auto_approve or environment.endpoint is not None:
        return
    if not sys.stdin.isatty():
        message = (
            f"Without a terminal nobody can approve to verify {environment.name}: repeat with "
            "AUTO_APPROVE=1."
        )
        raise ToolingError(message)
    from cli.consent import is_agreed  # noqa: PLC0415

    if not is_agreed(f"Verify {environment.name}?"):
        raise ToolingError("Nothing was done.")
