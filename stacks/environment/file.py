"""Reading environment files, and saying what is wrong with one that cannot be used."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from cqrs.likely_names import did_you_mean
from stacks.asl import DefinitionError
from stacks.declarations.modules import BrokenModuleError, import_application
from stacks.declarations.resources import own_resources, resources_of
from stacks.environment.model import TO_BE_DEPLOYED, Environment
from stacks.environment_files import (
    AWS_HOSTS,
    COMMON,
    ENDPOINT_VARIABLE,
    FOLDER,
    EnvironmentFileError,
    names,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic_core import ErrorDetails

WITHOUT_API_VARIABLE = "CQRS_WITHOUT_API"
"""Leaves the HTTP API out of an environment on an emulator.

Emulator difference: LocalStack 4.14.0 has neither HTTP APIs nor user pools in its free edition.
"""

DATABASE_VARIABLE = "DATABASE_URL"
"""Names the PostgreSQL of an environment on an emulator."""

IGNORE_VARIABLE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"

REASONS = {
    "bool_type": "must be true or false",
    "dict_type": "must be a table",
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": "must be a whole number",
    "int_type": "must be a whole number",
    "less_than_equal": "must be at most {le}",
    "list_type": "must be a list",
    "model_type": "must be a table",
    "string_pattern_mismatch": "must match {pattern}",
    "string_type": "must be text in quotes",
    "too_long": "must have at most {max_length} entries",
}
"""The meaning of each kind of refusal to the author of a file, in TOML's terms."""

NO_KEYS = {
    "name": "is the name of the file; remove the key",
    "own_resources": "are declared in stacks/app; remove the key",
    "database_url": "is the variable DATABASE_URL; remove the key",
}
"""The parts of an environment that its file does not give."""


def load(
    name: str,
    folder: Path = FOLDER,
    variables: Mapping[str, str] = os.environ,
    *,
    to_be_deployed: bool = True,
) -> Environment:
    """Read ``<name>.toml``, and what it leaves to ``common.toml``.

    Parameters
    ----------
    name
        Name of the environment.
    folder
        Folder of the environment files.
    variables
        Environment variables. ``AWS_ENDPOINT_URL`` takes the place of an endpoint in the file; an
        environment without one is in AWS and does not follow it. ``CQRS_WITHOUT_API`` leaves the
        HTTP API out of one with an endpoint. ``DATABASE_URL`` gives such a one read models in SQL.
    to_be_deployed
        Whether the workflows that it lists must be defined in this clone, and what the application
        declares for itself belongs to it. To find out imports the application, which whoever works
        on what is deployed already can do without.

    Raises
    ------
    EnvironmentFileError
        If the file is missing, is not TOML, or has keys or values that cannot be used; or the
        application cannot be imported.
    """
    path = folder / f"{name}.toml"
    if path.name == COMMON:
        raise _unknown(path)
    own, common = _read(path), _read_common(folder)
    content = _merged(common, own)
    if to_be_deployed:
        _import_application()
    problems: list[tuple[tuple[str | int, ...], str]] = [
        ((key,), f"{key}: {reason}") for key, reason in NO_KEYS.items() if key in content
    ]
    declared = resources_of(name) if to_be_deployed else ()
    if "endpoint" in content and variables.get(ENDPOINT_VARIABLE):
        content["endpoint"] = variables[ENDPOINT_VARIABLE]
    if "endpoint" in content and variables.get(WITHOUT_API_VARIABLE):
        content.pop("api", None)
    database = variables.get(DATABASE_VARIABLE, "") if "endpoint" in content else ""
    try:
        environment = Environment.model_validate(
            {
                **content,
                "name": name,
                "own_resources": declared,
                "database_url": database,
            },
            context={TO_BE_DEPLOYED: to_be_deployed},
        )
    except ValidationError as error:
        problems += [(details["loc"], _problem(details)) for details in error.errors()]
    if problems:
        shared = folder / COMMON
        raise EnvironmentFileError(
            "\n".join(
                f"{shared if _has(common, key) and not _has(own, key) else path}: {problem}"
                for key, problem in problems
            )
        )
    return environment


def _import_application() -> None:
    try:
        import_application()
    except (BrokenModuleError, DefinitionError) as error:
        raise EnvironmentFileError(str(error)) from None
    known = names()
    for resource in own_resources():
        if unknown := resource.environments.difference(known):
            raise EnvironmentFileError(
                f"The {resource.kind} {resource.name!r} is declared for "
                f"{', '.join(map(repr, sorted(unknown)))}, and there are the environments "
                f"{', '.join(known)}."
            )


def refuse_leftover_endpoint(
    environment: Environment, variables: Mapping[str, str] = os.environ
) -> None:
    """See that nothing sends an environment's requests elsewhere than to AWS, if that is in AWS.

    Raises
    ------
    EnvironmentFileError
        If ``AWS_ENDPOINT_URL``, or the like for a service, is set, which SDK and provider follow.
    """
    if environment.endpoint is not None:
        return
    for name, url in variables.items():
        if url and (name == ENDPOINT_VARIABLE or _leads_elsewhere(name, url, variables)):
            raise EnvironmentFileError(
                f"{name} is set to {_without_user(url)}, and {environment.name} is in AWS: "
                "unset it."
            )


def _leads_elsewhere(name: str, url: str, variables: Mapping[str, str]) -> bool:
    """Whether a service's variable names anything but AWS, as a VPC endpoint of it would be."""
    if not name.startswith(f"{ENDPOINT_VARIABLE}_"):
        return False
    is_ignored = variables.get(IGNORE_VARIABLE, "").lower() == "true"
    return not (is_ignored or (urlsplit(url).hostname or "").endswith(AWS_HOSTS))


def _without_user(text: str) -> str:
    """The text, with the user and password of a URL hidden."""
    return re.sub(r"(?<=//)[^/?#]*@", "***@", text)


def _unknown(path: Path) -> EnvironmentFileError:
    known = names(path.parent)
    return EnvironmentFileError(
        f"{path}: no such environment; there are: {', '.join(known) or 'none'}."
        f"{did_you_mean(path.stem, known)}"
    )


def _read_common(folder: Path) -> dict[str, Any]:
    path = folder / COMMON
    return _read(path) if path.exists() else {}


def _merged(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of both; of a key that both have, the own value, and of a table its keys likewise."""
    merged = {**common, **own}
    for key in common.keys() & own.keys():
        if isinstance(common[key], dict) and isinstance(own[key], dict):
            merged[key] = _merged(common[key], own[key])
    return merged


def _has(content: Any, key: Sequence[str | int]) -> bool:
    """Whether a file says something of a key."""
    for part in key:
        if not (isinstance(content, dict) and part in content):
            return False
        content = content[part]
        if not isinstance(content, dict):
            return True
    return bool(key)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise _unknown(path) from None
    except OSError as error:
        raise EnvironmentFileError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EnvironmentFileError(f"{path}: is not valid TOML: {error}") from None
    except RecursionError:
        raise EnvironmentFileError(f"{path}: is not valid TOML: it is nested too deep") from None


def _problem(details: ErrorDetails) -> str:
    key = ".".join(map(str, details["loc"]))
    reason = _reason(details)
    return f"{key}: {reason}" if key else reason  # a rule over several keys names them itself


def _reason(details: ErrorDetails) -> str:
    context = details.get("ctx", {})
    value = details["input"]
    is_elsewhere = isinstance(value, dict) or isinstance(context.get("error"), DefinitionError)
    given = "" if is_elsewhere else f"; it is {_without_user(repr(value))}"
    match details["type"]:
        case "extra_forbidden":
            return "is not a known key"
        case "missing":
            return "is required"
        case "value_error":
            return f"{context['error']}{given}"
        case known if known in REASONS:
            return f"{REASONS[known].format(**context)}{given}"
        case _:
            return f"{details['msg'].replace('Input should be', 'must be')}{given}"
