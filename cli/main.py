"""The command line's entry point, which is ready for Ctrl-C before it imports the rest.

Those imports take most of a second. So this module itself imports nothing that has to be loaded.
"""

import sys


def main() -> None:
    """Run the command line; the exit code is 0, 1 for refused or failed, 2 for wrong usage."""
    try:
        from cli.terminal.interruption import ctrl_c  # noqa: PLC0415

        ctrl_c.take_over()
        from cli.command_line import run_and_write_out  # noqa: PLC0415

        code = run_and_write_out(sys.argv[1:])
    except KeyboardInterrupt:  # in the moment before it was taken over
        from cli.terminal.last_words import INTERRUPTED, NOTHING_ASKED, tell  # noqa: PLC0415

        tell(NOTHING_ASKED)
        code = INTERRUPTED
    sys.exit(code)
