"""A connection to PostgreSQL or Aurora DSQL, which survives freezes and outages.

The driver is pg8000: it is Python alone, so it fits the package whatever the function's
architecture. It is imported here, and only a process that asks a database imports this module.

On AWS a connection is authenticated by an IAM token, which counts at its beginning alone, and is
always encrypted. A token is good for minutes, so each connection gets a new one.
"""

from __future__ import annotations

import ssl
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pg8000.exceptions import DatabaseError, InterfaceError  # type: ignore[import-untyped]
from pg8000.native import Connection  # type: ignore[import-untyped]

from cqrs.core.backoff import back_off
from cqrs.core.texts import checked_text
from cqrs.errors import ConfigurationError, TransientError, ValidationError
from cqrs.read_models.sql_target import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cqrs.read_models.sql_target import SqlTarget

TIMEOUT_SECONDS = 10
"""Of each answer on the socket; a peer that is gone without a word is found out by it."""

IDLE_SECONDS = 10.0
"""After so long a connection is tried before it is used: the process may have been frozen."""

LONGEST_SECONDS = 3000.0
"""Age at which a connection is replaced. DSQL ends one after an hour (DSQL guide, "Cluster quotas
and database limits")."""

ATTEMPTS = 8
"""Tries of a statement that meets others."""

SERIALIZATION = ("40001", "40P01")
"""Errors of a statement that met another one. DSQL says OC000 or OC001 in their message (DSQL
guide, "Concurrency control in Aurora DSQL"; PostgreSQL documentation, "PostgreSQL Error Codes")."""

AWAY = ("08", "28", "53", "57", "58", "25006")
"""Beginnings of errors that say nothing of the statement: connections, resources, operators, and a
server that only reads for a while. A refused login is among them, as a grant mends it."""

NOT_MIGRATED = ("42P01", "42703")
"""No such table or column."""

ZERO = "\0"

BROKEN = (InterfaceError, OSError, EOFError)
"""Errors of a connection, and not of a statement."""


class Database:
    """One connection, opened when it is needed.

    Parameters
    ----------
    target
        The database.
    token
        Makes a password of IAM; asked for each connection if the target has an engine of AWS.
    """

    def __init__(self, target: SqlTarget, token: Callable[[SqlTarget], str]) -> None:
        self._target = target
        self._token = token
        self._connection: Connection | None = None
        self._opened = self._used = 0.0

    def run(self, statement: str, /, **parameters: Any) -> list[Sequence[Any]]:
        """Run a statement in a transaction of its own, and give its rows.

        It may be run again after it was done and its answer got lost, so it must come to the same.

        Raises
        ------
        TransientError
            If the database is away or busy, or not migrated yet.
        ValidationError
            If it refuses the statement or a value.
        """
        return self._run(statement, parameters)[0]

    def change(self, statement: str, /, **parameters: Any) -> int:
        """Run a statement that writes, and count the rows that it wrote."""
        return self._run(statement, parameters)[1]

    def close(self) -> None:
        """End the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*BROKEN):  # it may be gone
                connection.close()

    def _run(self, statement: str, parameters: dict[str, Any]) -> tuple[list[Sequence[Any]], int]:
        reason = ""
        for attempt in range(ATTEMPTS):
            try:
                return self._asked(statement, parameters)
            except DatabaseError as error:
                code, reason = _told(error)
                if code not in SERIALIZATION:
                    raise self._refusal(code, reason) from error
            except BROKEN as error:
                self.close()
                reason = str(error)
                if attempt:
                    raise self._gone(reason) from error
            back_off(attempt)
        raise TransientError(
            f"The database of read models was busy {ATTEMPTS} times in a row: {reason}"
        )

    def _asked(self, statement: str, parameters: dict[str, Any]) -> tuple[list[Sequence[Any]], int]:
        _refuse_odd_text(parameters)
        connection = self._ready()
        try:
            rows = connection.run(statement, **parameters) or []
        except DatabaseError:
            raise  # the database has told that it is ready for the next one
        except BaseException:
            # Half a statement may be sent. The next one would be given the rest of its answer.
            self.close()
            raise
        self._used = time.time()
        return rows, connection.row_count

    def _ready(self) -> Connection:
        # The clock of the day goes on while a process is frozen.
        now = time.time()
        if self._connection is not None and now - self._opened > LONGEST_SECONDS:
            self.close()
        if self._connection is not None and not 0 <= now - self._used < IDLE_SECONDS:
            try:
                self._connection.run("SELECT 1")
            except (*BROKEN, DatabaseError):
                self.close()
        if self._connection is None:
            self._connection = self._open()
            self._opened = now
        return self._connection

    def _open(self) -> Connection:
        target = self._target
        if target.engine is Engine.URL:
            parts = urlsplit(target.url)
            return Connection(
                unquote(parts.username or "postgres"),
                host=parts.hostname or "127.0.0.1",
                port=parts.port or target.port,
                database=parts.path.lstrip("/") or "postgres",
                password=unquote(parts.password) if parts.password else None,
                timeout=TIMEOUT_SECONDS,
            )
        context = ssl.create_default_context(cafile=target.ca_bundle and _bundle(target.ca_bundle))
        return Connection(
            target.user,
            host=target.host,
            port=target.port,
            database=target.database,
            password=self._token(target),
            ssl_context=context,
            timeout=TIMEOUT_SECONDS,
            application_name="cqrs",
        )

    def _refusal(self, code: str, reason: str) -> Exception:
        if code in NOT_MIGRATED:
            return TransientError(
                f"The database of read models is not migrated: {reason}. Run `cqrs read-model "
                "migrate`; until then commands wait."
            )
        if code.startswith(AWAY):
            self.close()
            return self._gone(reason)
        return ValidationError(f"The database of read models refused it ({code}): {reason}")

    def _gone(self, reason: str) -> TransientError:
        return TransientError(
            f"The database of read models, {self._target.address}, does not answer: {reason}. "
            "Commands wait for it."
        )


def _refuse_odd_text(parameters: dict[str, Any]) -> None:
    for name, value in parameters.items():
        if isinstance(value, str):
            checked_text(value, f"The parameter {name} of a statement")
            if ZERO in value:
                raise ValidationError(
                    f"The parameter {name} of a statement has a zero character (U+0000), which no "
                    "text of PostgreSQL has: leave it out."
                )


def _bundle(name: str) -> str:
    path = Path(__file__).resolve().parents[2] / name
    if not path.is_file():
        raise ConfigurationError(
            f"ca_bundle of [read_models.sql] is {name}, and there is no such file in lambda_src."
        )
    return str(path)


def _told(error: DatabaseError) -> tuple[str, str]:
    told = error.args[0] if error.args else ""
    if isinstance(told, dict):
        return str(told.get("C", "")), str(told.get("M", ""))
    return "", str(told)
