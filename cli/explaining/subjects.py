"""The thing that somebody wants to have explained, by the key that they give."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import typer

from cqrs.approvals.keys import APPROVAL, ID_SEPARATOR
from cqrs.core.keys import KEY_SEPARATOR, CommandKey, ItemKey
from cqrs.errors import ValidationError
from cqrs.imports.keys import CSV_IMPORT, ImportKey
from cqrs.tasks.keys import SINGLE, STEP_FUNCTION, TaskKey

EXECUTION_ARN = re.compile(r"arn:[^:]+:states:[^:]+:[^:]+:(?:execution|express):[^:]+:[^:]+(:.+)?")

MACHINE_PART, NAME_PART = 6, 7
"""Places in an execution's ARN (Step Functions guide, "Amazon resource names")."""

WAYS = (
    "PK SK of an item or command, the id of a task, import, approval, API request or invocation, "
    "or MACHINE/NAME or ARN of an execution"
)


class Kind(StrEnum):
    """Kinds of things that can be explained."""

    COMMAND = "command"
    ITEM = "item"
    TASK = "task"
    IMPORT = "import"
    APPROVAL = "approval request"
    EXECUTION = "execution"
    NAME = "name of an execution, or request"


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing that is to be explained.

    Attributes
    ----------
    first, second
        Partition and sort key; an execution's machine and name; or an id, and nothing.
    """

    kind: Kind
    first: str
    second: str = ""


def subject_of(words: list[str], prefix: str) -> Subject:
    """Recognise what a key names.

    Parameters
    ----------
    prefix
        The beginning of the environment's names.

    Raises
    ------
    typer.BadParameter
        If it names nothing that there could be.
    """
    if len(words) == 1 and words[0].count(" ") == 1:
        words = words[0].split(" ")  # as `cqrs doctor` prints the key of a command
    if len(words) == 2:  # noqa: PLR2004 - a partition and a sort key
        return _item(*words)
    if len(words) > 2 or not words[0]:  # noqa: PLR2004
        raise typer.BadParameter(f"give one thing: {WAYS}")
    return _by_id(words[0], prefix)


def _item(pk: str, sk: str) -> Subject:
    try:
        key = CommandKey.checked(pk, sk)
    except ValidationError:
        ItemKey.checked(pk, sk)
        return Subject(Kind.ITEM, pk, sk)
    return Subject(Kind.COMMAND, key.pk, key.sk)


def _by_id(text: str, prefix: str) -> Subject:
    if EXECUTION_ARN.fullmatch(text):
        parts = text.split(":")
        return Subject(Kind.EXECUTION, parts[MACHINE_PART].removeprefix(prefix), parts[NAME_PART])
    if text.startswith((f"{SINGLE}{KEY_SEPARATOR}", f"{STEP_FUNCTION}{KEY_SEPARATOR}")):
        task = TaskKey.parse(text)
        return Subject(Kind.TASK, task.pk, task.sk)
    if text.startswith(f"{CSV_IMPORT}{KEY_SEPARATOR}"):
        job = ImportKey.parse(text)
        return Subject(Kind.IMPORT, job.pk, job.sk)
    if text.startswith(f"{APPROVAL}{KEY_SEPARATOR}"):
        return Subject(Kind.APPROVAL, text)
    if KEY_SEPARATOR in text:
        raise typer.BadParameter(f"{text!r:.80} is half of a key; give {WAYS}")
    machine, separator, name = text.partition(ID_SEPARATOR)
    if separator:
        return Subject(Kind.EXECUTION, machine.removeprefix(prefix), name)
    return Subject(Kind.NAME, text)
