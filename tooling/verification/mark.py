"""The mark of a run, by which everything that it makes is found again."""

import secrets

_BYTES = 6


def new_mark() -> str:
    """Make up the mark of a run.

    The tenants of the run begin with it, and so do the names of what it makes beside them. It is of
    small letters and digits, which the names of all resources may have.
    """
    return f"verify{secrets.token_hex(_BYTES)}"
