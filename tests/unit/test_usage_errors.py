"""A message about wrong usage is one line."""

from __future__ import annotations

import pytest

from cli.command_line import run


def test_choices_of_a_missing_argument_stand_on_one_line(capsys: pytest.CaptureFixture[str]):
    assert run(["completion"]) == 2

    assert "Choose from: bash, zsh, fish" in capsys.readouterr().err
