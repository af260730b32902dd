"""Options of the commands that list a page."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.numbers import whole_option
from cqrs.storage.paging import LONGEST_PAGE

Limit = Annotated[int, whole_option("How many to show.", least=1, most=LONGEST_PAGE)]
Cursor = Annotated[str | None, typer.Option(help="Go on where the list before ended.")]
