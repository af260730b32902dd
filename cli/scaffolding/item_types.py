"""Beginning a type of items."""

from __future__ import annotations

from pathlib import Path

from cli.scaffolding.additions import appended, defines
from cli.scaffolding.names import Name
from cli.scaffolding.part import APP, TESTS, UP, Part, forms_of, publish_line, pytest_of
from cli.scaffolding.templates import filled
from cli.scaffolding.writing import ChangedFile, NewFile, NothingWritten

MODELS, ITEM_TYPES = f"{APP}/models.py", f"{APP}/item_types.py"
MODEL_BASES = ("BaseModel", "Field")


def item_type(name: Name, folder: Path) -> Part:
    """A type of items: its model, its registration and its test."""
    values = forms_of(name)
    _refuse_taken_class(folder, name)
    model = appended(
        MODELS,
        "Pydantic models of item types; the function has their schemas, and not this module.",
        {"pydantic": MODEL_BASES},
        filled("model", **values),
    )
    registration = appended(
        ITEM_TYPES,
        "The item types: what the attributes of their items must be.",
        {"app.registry": ("application",)},
        filled("item_type", **values),
    )
    test = f"{TESTS}/test_{name.module}_type.py"
    return Part(
        (
            ChangedFile(MODELS, model),
            ChangedFile(ITEM_TYPES, registration),
            NewFile(test, filled("item_type_test", **values)),
        ),
        (
            pytest_of(test),
            UP,
            publish_line(name.type, "1", {"amount": 3}),
        ),
        lambda application: application.item_type(name.type, f"app.models:{name.class_name}"),
        _left_out(folder),
    )


def _refuse_taken_class(folder: Path, name: Name) -> None:
    models = folder / MODELS
    text = models.read_text(encoding="utf-8") if models.is_file() else ""
    if name.class_name in MODEL_BASES or defines(MODELS, text, name.class_name):
        raise NothingWritten(
            f"{MODELS} has something called {name.class_name} already. Choose another name, or "
            "rename that first."
        )


def _left_out(folder: Path) -> tuple[str, ...]:
    package = folder / APP / "__init__.py"
    if package.is_file() and '"models"' in package.read_text(encoding="utf-8"):
        return ()
    return (
        f"The function has no pydantic. So let {APP}/__init__.py call application.import_modules("
        '__name__, leave_out=("models",)).',
    )
