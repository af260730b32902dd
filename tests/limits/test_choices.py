"""The cases that the command line takes."""

from __future__ import annotations

import argparse

import pytest

from tests.limits.__main__ import chosen, positive
from tests.limits.cases import CASES


def names(*given: str) -> list[str]:
    return [case.name for case in chosen(list(given))]


def test_a_whole_name_is_one_case_and_a_beginning_all_of_it() -> None:
    assert names("tokyo-overload") == ["tokyo-overload"]
    assert names("tokyo-over") == ["tokyo-overload", "tokyo-overload-quarter"]
    assert chosen(None) == list(CASES)


@pytest.mark.parametrize("name", ["", "nonsense"])
def test_a_name_of_no_case_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"there are {CASES[0].name}"):
        chosen([name])


@pytest.mark.parametrize("text", ["0", "-1"])
def test_fewer_seeds_than_one_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not 1 or more"):
        positive(text)
