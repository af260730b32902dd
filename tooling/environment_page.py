"""``python -m tooling.environment_page``: write the page of all keys of an environment file.

The page is made of the model that reads the files, so that it cannot say anything else.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from types import NoneType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_jsonable_python

from stacks.environment.file import NO_KEYS
from stacks.environment.model import Environment
from tooling.paths import ROOT

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

PAGE = ROOT / "docs" / "environments.md"

_HEAD = """# Environments

A file `environments/<name>.toml` describes an environment: all that tells it from the others.
These are its keys. One that is left out has its default; one that is misspelt is refused.

`make synth ENV=<name>` reads the file and says what is wrong with it.

The keys in `environments/common.toml` hold for every environment. A key in an environment's own
file takes its place; of a table, each key for itself. A list is replaced as a whole.

An environment is added by a file of its own. `.venv/bin/cqrs new environment NAME` writes one that
protects its data, and a test of that ([command-line.md](command-line.md#new-parts)).

Create `environments/qa.toml`:

```toml
# Where releases are tried.
account_id = "222222222222"
deletion_protection = false
```

```console
$ make synth ENV=qa
```

Every `make` target takes it as `ENV=<name>` at once, and pull requests are planned for it.
[pipeline.md](pipeline.md) says how to add its deployment.
"""
DEFAULT = re.compile(r"; default[^.]*")
"""The part of a description about the default, which has a column of its own."""

_COLUMNS = "| key | type | default | meaning |\n| --- | --- | --- | --- |"


def page() -> str:
    """Make the page."""
    tables = "\n".join(f"\n{part}" for part in _tables(Environment, ""))
    return f"{_HEAD}{tables}\n"


def _tables(model: type[BaseModel], name: str) -> Iterator[str]:
    """A table of a model's own keys, then those of its sections."""
    fields = {key: field for key, field in model.model_fields.items() if name or key not in NO_KEYS}
    rows = [_row(key, field) for key, field in fields.items() if _section(field) is None]
    title = f"## `[{name}]`" if name else "## At the top"
    if rows:
        yield "\n".join([title, "", _COLUMNS, *rows])
    for key, field in fields.items():
        section = _section(field)
        if section is not None:
            yield from _tables(section, f"{name}.{key}" if name else key)
            continue
        is_named = typing.get_origin(field.annotation) is dict
        for entry in _entries(field):
            yield from _tables(entry, f"{name}.{key}.KEY" if is_named else f"[{name}.{key}]")


def _section(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a key's own table, which may be left out; None for any other key."""
    parts = typing.get_args(field.annotation)
    may_be_left_out = parts[1:] == (NoneType,)
    kind = parts[0] if may_be_left_out else field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _entries(field: FieldInfo) -> list[type[BaseModel]]:
    """The model of what a list of tables, or of named ones, holds; nothing for any other key."""
    found = typing.get_args(field.annotation)
    return [kind for kind in found if isinstance(kind, type) and issubclass(kind, BaseModel)]


def _row(key: str, field: FieldInfo) -> str:
    meaning = DEFAULT.sub("", field.description or "").rstrip(".")
    return f"| `{key}` | {_type(field)} | {_default(field)} | {meaning}. |"


def _type(field: FieldInfo) -> str:
    schema = _schema(field)
    choices = [kind for kind in schema.get("anyOf", [schema]) if kind.get("type") != "null"]
    return ", or ".join(_described(kind) for kind in choices)


def _schema(field: FieldInfo) -> dict[str, Any]:
    schema: dict[str, Any] = TypeAdapter(field.rebuild_annotation()).json_schema()
    return schema


def _described(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    words = {
        "string": "text",
        "integer": "number",
        "boolean": "true or false",
        "array": "list",
        "object": "table",
    }
    limits = [
        f"{word} {schema[name]:,}"
        for name, word in (("minimum", "from"), ("maximum", "to"))
        if name in schema
    ]
    return " ".join([words[schema["type"]], *limits])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    default = to_jsonable_python(field.get_default(call_default_factory=True))
    if default in (None, [], {}, ""):
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
