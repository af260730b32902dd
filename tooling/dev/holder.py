"""One ``make dev`` for an environment at a time."""

import fcntl
import getpass
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from tooling.errors import ToolingError


@contextmanager
def held(environment: str, folder: Path) -> Iterator[None]:
    """Hold an environment, as seen from this clone, for as long as the block lasts.

    The lock is the process's own, and goes with it however that ends.

    Raises
    ------
    ToolingError
        If another process holds it; the message names that.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "holder.json").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            message = (
                f"make dev of {environment} runs already: {_told(file.read())}. End that one with "
                "Ctrl-C first."
            )
            raise ToolingError(message) from None
        file.truncate(0)
        json.dump(_holder(), file)
        file.flush()
        yield


def _holder() -> dict[str, str | int]:
    return {
        "pid": os.getpid(),
        "user": getpass.getuser(),
        "host": platform.node(),
        "since": datetime.now().astimezone().isoformat(timespec="seconds"),
    }


def _told(content: str) -> str:
    try:
        known = json.loads(content)
        return "process {pid} of {user} on {host}, since {since}".format(**known)
    except (ValueError, KeyError, TypeError):
        return "it has just begun"
