"""The answer to Ctrl-C, in whichever moment it comes: a line and an exit code, and no traceback."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from cli.terminal.last_words import GOES_ON, INTERRUPTED, NOTHING_ASKED, tell


class CtrlC:
    """Ends the process, except while a command runs, which may have something to put in order.

    A KeyboardInterrupt that comes while modules are imported, or while the interpreter ends, is
    shown with its traceback, and nothing can catch it there.
    """

    def __init__(self) -> None:
        self._message = NOTHING_ASKED
        self._is_raised = False

    def take_over(self) -> None:
        """See to Ctrl-C from now on; who started this process may have it ignored."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._handle)
            sys.unraisablehook = self._unraisable

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Raise KeyboardInterrupt in the block, once: after that, Ctrl-C ends the process."""
        self._message = GOES_ON
        self._is_raised = True
        try:
            yield
        finally:
            self._is_raised = False
            # The code behind the block has told, or tells, how the command ended.
            self._message = ""

    def _handle(self, *_signal: Any) -> None:
        if not self._is_raised:
            self._leave()
        self._is_raised = False
        raise KeyboardInterrupt

    def _unraisable(self, what: Any) -> None:
        """See to an error in the interpreter's own callbacks, from which it goes no further."""
        if issubclass(what.exc_type, KeyboardInterrupt):
            self._leave()
        sys.__unraisablehook__(what)

    def _leave(self) -> NoReturn:
        if self._message:
            tell(self._message)
        os._exit(INTERRUPTED)


ctrl_c = CtrlC()
"""Of this process."""
