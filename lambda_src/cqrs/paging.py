"""How long a page of a list may be."""

from cqrs.errors import ValidationError

DEFAULT_PAGE = 20
LONGEST_PAGE = 100


def refuse_bad_limit(limit: int, *, longest: int = LONGEST_PAGE) -> None:
    """Check the length of a page.

    Raises
    ------
    ValidationError
        It is not 1 to the longest.
    """
    if not 1 <= limit <= longest:
        raise ValidationError(f"limit is {limit}; it must be 1 to {longest}.")
