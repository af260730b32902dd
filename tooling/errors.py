"""The one error that the tool chain shows to people."""

from cli.terminal.escapes import escaped_lines


class ToolingError(Exception):
    """Something outside the project stands in the way.

    The message is one sentence that says what to do about it: it is printed alone, without a
    traceback.
    """

    @property
    def shown(self) -> str:
        """The message as a terminal may have it: parts of it may come from anywhere."""
        return escaped_lines(str(self))
