"""A terminal of a certain size, for what this process or another one prints."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Terminal:
    """The screen's end of a pseudo-terminal; it has ``columns`` characters a line."""

    def __init__(self, columns: int) -> None:
        self._master, self.slave = os.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        self._received = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def received(self) -> str:
        """All that came, once everybody has closed their end."""
        self._reader.join(timeout=30)
        os.close(self._master)
        return self._received.decode().replace("\r\n", "\n")

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self._master, 65536)
            except OSError as error:
                if error.errno == errno.EIO:  # nobody holds the other end any more
                    return
                raise
            if not piece:
                return
            self._received += piece


@contextmanager
def writing_to(terminal: Terminal, encoding: str = "utf-8") -> Iterator[TextIO]:
    """A stream that leads to a terminal; closed behind the block."""
    with open(terminal.slave, "w", encoding=encoding, newline="") as stream:  # noqa: PTH123
        yield stream
