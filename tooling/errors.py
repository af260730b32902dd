"""The one error that the tool chain shows to people."""


class ToolingError(Exception):
    """Something outside the project stands in the way.

    The message is one sentence that says what to do about it: it is printed alone, without a
    traceback.
    """
