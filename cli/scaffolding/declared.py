"""Beginning what an environment has deployed: workflows, queues, and environments themselves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from cli.scaffolding.additions import with_workflow
from cli.scaffolding.names import Name
from cli.scaffolding.part import (
    APP,
    CQRS,
    DECLARED,
    ENVIRONMENTS,
    TESTS,
    UP,
    Part,
    forms_of,
    pytest_of,
)
from cli.scaffolding.templates import filled
from cli.scaffolding.writing import ChangedFile, NewFile
from cqrs.errors import ValidationError
from stacks.environment_files import COMMON as COMMON_FILE

if TYPE_CHECKING:
    from cqrs.application import Application

COMMON = f"{ENVIRONMENTS}/{COMMON_FILE}"
ACCOUNT = re.compile(r"[0-9]{12}")
SOME_ACCOUNT = "111111111111"
SYNTH = "make test-synth"


def workflow(name: Name, folder: Path) -> Part:
    """A workflow: its state machine, the class of its states, and its place in the list."""
    values, test = forms_of(name), f"{TESTS}/test_{name.module}.py"
    return Part(
        (
            NewFile(f"{DECLARED}/{name.module}.py", filled("workflow_stack", **values)),
            NewFile(f"{APP}/{name.module}.py", filled("workflow", **values)),
            ChangedFile(COMMON, with_workflow(COMMON, name.dashed)),
            NewFile(test, filled("workflow_test", **values)),
        ),
        (
            pytest_of(test),
            SYNTH,
            UP,
            f"{CQRS} workflow start {name.dashed} --watch "
            """--input '{"tenant": "acme", "id": "1"}'""",
        ),
        lambda application: _register_workflow(application, name.dashed),
        tuple(
            f"{ENVIRONMENTS}/{path.name} has a list of workflows of its own: add the name there, "
            "if that environment is to have it."
            for path in sorted((folder / ENVIRONMENTS).glob("*.toml"))
            if path.name != COMMON_FILE
            and re.search(r"^workflows\s*=", path.read_text(encoding="utf-8"), re.MULTILINE)
        ),
    )


def _register_workflow(application: Application, name: str) -> None:
    from stacks.declarations import custom_workflow  # noqa: PLC0415 - few parts declare something

    application.workflow(name)(type("Some", (), {}))
    custom_workflow(name)(lambda _: {})


def queue(name: Name) -> Part:
    """A queue of the application's own, with what handles its messages."""
    values, test = forms_of(name), f"{TESTS}/test_{name.module}.py"
    return Part(
        (
            NewFile(f"{DECLARED}/{name.module}.py", filled("queue_stack", **values)),
            NewFile(f"{APP}/{name.module}.py", filled("queue", **values)),
            NewFile(test, filled("queue_test", **values)),
        ),
        (pytest_of(test), SYNTH, UP),
        lambda _: _declare_queue(name.dashed),
    )


def _declare_queue(name: str) -> None:
    from stacks.declarations import queue as declare  # noqa: PLC0415 - few parts declare something

    declare(name)


def environment(name: Name, account_id: str | None) -> Part:
    """An environment: its file, and a test that it protects its data.

    Raises
    ------
    ValidationError
        If the account's id is none.
    """
    if account_id is not None and not ACCOUNT.fullmatch(account_id):
        raise ValidationError(f"--account-id is {account_id!r:.80}; it must be 12 digits.")
    if f"{name.dashed}.toml" == COMMON_FILE:
        raise ValidationError(f"{COMMON} has what all environments share. Give another name.")
    account = f'account_id = "{account_id or SOME_ACCOUNT}"'
    if account_id is None:
        account += " # Replace it by your own."
    test = f"{TESTS}/test_{name.module}_environment.py"
    values = {**forms_of(name), "account": account}
    return Part(
        (
            NewFile(f"{ENVIRONMENTS}/{name.dashed}.toml", filled("environment", **values)),
            NewFile(test, filled("environment_test", **values)),
        ),
        (pytest_of(test), f"make synth ENV={name.dashed}"),
        notes=()
        if account_id
        else (f"account_id is {SOME_ACCOUNT} for now: replace it by your own before you deploy.",),
    )
