"""Options that take numbers: all of them refuse what only Python reads as one."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
import typer
from typer.models import ArgumentInfo

from cli.catalogue import COMMANDS
from cli.command_line import run
from cli.commands_on_demand import registered_by
from cli.default_command import DEFAULT
from cqrs.core.json_text import from_json

NOT_NUMBERS = ["1_0", " 10", "+10", "1e1", "nan", "inf", "٣", "ten", "", "0x10"]


def commands(group: typer.Typer, *path: str) -> Iterator[tuple[list[str], Any]]:
    for info in group.registered_commands:
        name = info.name or info.callback.__name__.replace("_", "-")
        yield [*path, name], info.callback
    for info in group.registered_groups:
        yield from commands(info.typer_instance, *path, info.typer_instance.info.name)


def is_number_option(kind: Any) -> bool:
    told, *annotations = get_args(kind) if get_origin(kind) is Annotated else (kind,)
    is_argument = any(isinstance(each, ArgumentInfo) for each in annotations)
    return not is_argument and bool({int, float} & {told, *get_args(told)})


def number_options() -> list[list[str]]:
    return [
        [*path, f"--{name.replace('_', '-')}"]
        for module in dict.fromkeys(entry.module for entry in COMMANDS.values())
        for path, callback in commands(registered_by(module))
        for name, kind in get_type_hints(callback, include_extras=True).items()
        if name in inspect.signature(callback).parameters and is_number_option(kind)
    ]


def test_there_are_options_that_take_numbers():
    found = [" ".join(option) for option in number_options()]

    assert {"publish --wait-seconds", "history --before", "task list --limit"} <= set(found)
    assert not any(option.startswith(f"import {DEFAULT} ") for option in found)


@pytest.mark.parametrize("text", NOT_NUMBERS)
@pytest.mark.parametrize("option", number_options(), ids=" ".join)
def test_what_only_python_takes_for_a_number_is_refused(
    option: list[str], text: str, capsys: pytest.CaptureFixture[str]
):
    code = run([*option[:-1], f"{option[-1]}={text}"])

    said = capsys.readouterr().err
    assert code == 2
    assert option[-1] in said
    assert "is not a " in said


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_so_is_an_argument(text: str, capsys: pytest.CaptureFixture[str]):
    assert run(["diff", "NOTE#acme", "NOTE#1", text]) == 2
    assert "is not a whole number" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["0", "101", "-1"])
def test_what_is_out_of_range_is_refused(text: str, capsys: pytest.CaptureFixture[str]):
    assert run(["task", "list", f"--limit={text}"]) == 2
    assert f"{text} is not in the range 1 to 100" in capsys.readouterr().err


def test_numbers_of_json_are_those_of_json():
    for text in ("1_0", "NaN", "-Infinity", "+1", "010", "٣", "1."):
        with pytest.raises(ValueError, match=r"."):
            from_json(text)
