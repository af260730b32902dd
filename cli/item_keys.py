"""The arguments that name an item."""

from __future__ import annotations

from typing import Annotated

import typer

PartitionKey = Annotated[str, typer.Argument(help="<TYPE>#<tenant>", show_default=False)]
SortKey = Annotated[str, typer.Argument(help="<TYPE>#<id>", show_default=False)]
