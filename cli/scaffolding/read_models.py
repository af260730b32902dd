"""Beginning a read model."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cli.scaffolding.literals import literal
from cli.scaffolding.names import LONGEST, Name
from cli.scaffolding.part import (
    APP,
    CQRS,
    TESTS,
    UP,
    Part,
    forms_of,
    nothing,
    publish_line,
    pytest_of,
)
from cli.scaffolding.templates import filled
from cli.scaffolding.writing import NewFile
from cqrs.errors import ValidationError

if TYPE_CHECKING:
    from cqrs.application import Application

BY = "by"
ATTRIBUTE = re.compile(rf"[A-Za-z_][A-Za-z0-9_-]{{0,{LONGEST - 1}}}")


def read_model(name: Name, of: Name | None, by: str | None, others: Mapping[str, Any]) -> Part:
    """A read model that lists the items of a type by an attribute.

    Parameters
    ----------
    of, by
        The type and the attribute; by default what a name such as ``books_by_author`` says.
    others
        The attributes that items of the type need besides.

    Raises
    ------
    ValidationError
        If the name does not say them.
    """
    if by is not None and not ATTRIBUTE.fullmatch(by):
        raise ValidationError(
            f"--by is {by!r:.80}; it must be the name of an attribute: letters, digits, dashes and "
            f"underscores, {LONGEST} at most."
        )
    if said := name.split(BY):
        of, by = of or said[0].one, by or said[1].module
    if of is None or by is None:
        raise ValidationError(
            f"The name {name.module} does not say which items are listed by which attribute. Say "
            "it with --item-type and --by, or give a name such as books_by_author."
        )
    values = {
        **forms_of(name),
        "TYPE": of.type,
        "attribute": by,
        "others": literal(others),
    }
    test = f"{TESTS}/test_{name.module}.py"
    item = {**others, by: "one"}
    return Part(
        (
            NewFile(f"{APP}/{name.module}.py", filled("read_model", **values)),
            NewFile(test, filled("read_model_test", **values)),
        ),
        (
            pytest_of(test),
            UP,
            publish_line(of.type, "1", item),
            f"{CQRS} read-model entries {name.module} {shlex.quote(f'{name.type}_one#acme')}",
        ),
        _registering_read_model(name),
        (
            f"It lists items of {of.type} by their attribute {by}; --item-type and --by "
            "choose others. If such items need more attributes, --attributes or OTHERS in the test "
            "tells them.",
        ),
    )


def _registering_read_model(name: Name) -> Callable[[Application], None]:
    def attempt(application: Application) -> None:
        application.sync_handler(name.module)(nothing)
        application.action(f"list_{name.module}")(nothing)

    return attempt
