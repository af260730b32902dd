"""Makes the schemas of the application's item types; a program of its own, in a new process.

It imports the application from the folder that its first argument names, as the function does when
it starts. The others are the folders in which all else is found. It writes the schemas of the
pydantic models to standard output, by the models' names. If anything of the item types cannot be
used, it says so in a sentence, with exit code 1.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout


def main(folder: str, *others: str) -> None:
    """Write the schemas of the models of the application that lies in a folder."""
    sys.path[:] = [folder, *dict.fromkeys([*sys.path, *others])]
    try:
        # The answer holds nothing that the application writes.
        with redirect_stdout(sys.stderr):
            schemas = model_schemas()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the application may raise anything
        sys.exit(_told(error))
    sys.stdout.write(_json(schemas))


def model_schemas() -> dict[str, object]:
    """The schemas of all models, by their names; those of JSON are only looked at.

    Raises
    ------
    ConfigurationError
        If an item type or an upcaster cannot be used, or the function would import a model.
    """
    from app import application  # noqa: PLC0415 - it lies in the folder
    from cqrs import ConfigurationError  # noqa: PLC0415

    types = application.item_types
    problems = types.problems()
    if problems:
        raise ConfigurationError(" ".join(problems))
    models = {known.model for known in types if known.model is not None}
    imported = sorted(model for model in models if model.partition(":")[0] in sys.modules)
    if imported:
        raise ConfigurationError(
            f"{', '.join(imported)} would be imported when the function starts, which lacks "
            "pydantic: leave its module out, as in application.import_modules(__name__, "
            'leave_out=("models",)), and import it nowhere else.'
        )
    schemas = {known.model: types.schema_of(known.name) for known in types}
    return {model: schemas[model] for model in sorted(models)}


def _told(error: BaseException) -> str:
    from cqrs import CqrsError  # noqa: PLC0415 - it lies in the folder

    if isinstance(error, CqrsError):
        return str(error)
    return f"The application cannot be imported: {type(error).__name__}: {error}"


def _json(schemas: dict[str, object]) -> str:

    return f"{json.dumps(schemas, indent=1)}\n" if schemas else ""


if __name__ == "__main__":
    main(*sys.argv[1:])
