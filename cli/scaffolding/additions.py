"""Adding to files that an application has already: modules, and the list of workflows."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable
from typing import Any

from cli.scaffolding.writing import NothingWritten

LONGEST_LINE = 100

LIST = re.compile(r"^workflows\s*=\s*\[(?P<rest>[^\n]*)\n?", re.MULTILINE)
TABLE = re.compile(r"^\[", re.MULTILINE)


def appended(
    path: str, docstring: str, imports: dict[str, tuple[str, ...]], content: str
) -> Callable[[str], str]:
    """Append to a module, with the names that it needs; a module that is not there begins so.

    Parameters
    ----------
    imports
        The names by the modules that they come from.
    """

    def change(text: str) -> str:
        lines = (text or f'"""{docstring}"""\n').rstrip("\n").split("\n")
        # From the last one on, so that lines before it keep their numbers.
        for module, names in reversed(imports.items()):
            _import(lines, _parsed(path, lines), module, names)
        return "\n".join(lines) + "\n" + content

    return change


def _parsed(path: str, lines: list[str]) -> ast.Module:
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError as error:
        raise NothingWritten(
            f"{path}:{error.lineno} is not valid Python ({error.msg}): correct that first."
        ) from None


def defines(path: str, text: str, name: str) -> bool:
    """Tell whether a module has something of a name."""
    tree = _parsed(path, text.split("\n"))
    return any(
        name in {getattr(node, "name", None), getattr(node, "id", None), getattr(node, "asname", 0)}
        for node in ast.walk(tree)
    )


def _import(lines: list[str], tree: ast.Module, module: str, names: tuple[str, ...]) -> None:
    """Import what a module lacks, in the statement that it has for that or in a new one."""
    found = [
        node
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == module and not node.level
    ]
    known = {alias.name for node in found for alias in node.names if alias.asname is None}
    if known.issuperset(names):
        return
    if not found:
        place, blank = _beginning(tree)
        lines[place:place] = [*blank, *_statement(module, set(names))]
        return
    first = found[0]
    kept = {_written(alias) for alias in first.names}
    lines[first.lineno - 1 : first.end_lineno] = _statement(module, kept | {*names})


def _beginning(tree: ast.Module) -> tuple[int, list[str]]:
    """The line before which there is room for an import, and the blank lines before that."""
    end, blank = 0, list[str]()
    for node in tree.body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if is_docstring or is_future:
            end, blank = node.end_lineno or end, [""]
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            break
        else:
            end, blank = node.end_lineno or end, []
    return end, blank


def _written(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _statement(module: str, names: set[str]) -> list[str]:
    ordered = sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= LONGEST_LINE:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in ordered), ")"]


def with_workflow(path: str, name: str) -> Callable[[str], str]:
    """Add a workflow to the list of a file of the environments."""

    def change(text: str) -> str:
        before = _settings(path, text)
        wanted = {**before, "workflows": [name, *before.get("workflows", [])]}
        changed = _with_first(text, name)
        if _settings(path, changed) != wanted:
            raise NothingWritten(
                f'"{name}" cannot be added to the list in {path}, which is written in an unusual '
                "form. Write it as workflows = [, with a line for each name and one for the ]."
            )
        return changed

    return change


def _settings(path: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise NothingWritten(f"{path} is not valid TOML: {error}. Correct that first.") from None


def _with_first(text: str, name: str) -> str:
    listed = LIST.search(text)
    if listed is not None:
        rest = listed["rest"]
        remains = f"    {rest.lstrip()}\n" if rest.strip() else ""
        entry = f'workflows = [\n    "{name}",\n{remains}'
        return text[: listed.start()] + entry + text[listed.end() :]
    table = TABLE.search(text)
    place = table.start() if table else len(text)
    return f'{text[:place]}workflows = [\n    "{name}",\n]\n{text[place:]}'
