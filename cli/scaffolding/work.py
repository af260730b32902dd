"""Beginning tasks and imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cli.scaffolding.names import Name
from cli.scaffolding.part import APP, CQRS, TESTS, UP, Part, forms_of, nothing, pytest_of
from cli.scaffolding.templates import filled
from cli.scaffolding.writing import NewFile

if TYPE_CHECKING:
    from cqrs.application import Application


def task(name: Name) -> Part:
    """A type of tasks with its handler."""
    values, test = forms_of(name), f"{TESTS}/test_{name.module}.py"
    return Part(
        (
            NewFile(f"{APP}/{name.module}.py", filled("task", **values)),
            NewFile(test, filled("task_test", **values)),
        ),
        (
            pytest_of(test),
            UP,
            f'{CQRS} task create {name.module} --tenant acme --input \'{{"name": "Ann"}}\' --watch',
        ),
        lambda application: _register(application.task(name.module)),
    )


def _register(register: Callable[[Callable[..., Any]], Any]) -> None:
    register(nothing)


def import_strategy(name: Name, of: Name | None) -> Part:
    """A target of imports with its strategy.

    Parameters
    ----------
    of
        The type of the items that rows become; by default what the name is the plural of.
    """
    of = of or name.one
    module = f"{name.module}_import"
    values = {**forms_of(name), "TYPE": of.type, "import_module": module}
    test, rows = f"{TESTS}/test_{module}.py", "id,name,amount\\n1,one,3\\n"
    return Part(
        (
            NewFile(f"{APP}/{module}.py", filled("import", **values)),
            NewFile(test, filled("import_test", **values)),
        ),
        (
            pytest_of(test),
            UP,
            f"printf '{rows}' > /tmp/{name.module}.csv",
            f"{CQRS} import /tmp/{name.module}.csv --target {name.module} --tenant acme --watch",
        ),
        lambda application: _register_strategy(application, name.module),
        (
            f"Rows become items of {of.type}; --item-type chooses another type. "
            "If such items need more attributes, add columns for them.",
        ),
    )


class _SomeStrategy:
    """As much of a strategy as its registration needs."""

    def transform(self, _row: Mapping[str, str]) -> None:
        """Make nothing of a row."""


def _register_strategy(application: Application, target: str) -> None:
    application.import_strategy(target)(_SomeStrategy)
