"""The parts of `make verify` that need nothing deployed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from stacks.environment.file import load
from tooling.verification.assumptions import Assumption, Difference, Subject, assumptions
from tooling.verification.costs import bound
from tooling.verification.mark import new_mark
from tooling.verification.report import compare, disagreements, table

ASSUMED = {
    Subject.EXIT: Assumption(frozenset({"A", "B"}), Difference("E", "it has another name")),
    Subject.STATE_TIMEOUT: Assumption(frozenset({"T"})),
}


def verdicts(seen: tuple[str, str], *, is_emulator: bool) -> list[str]:
    told = dict(zip(ASSUMED, seen, strict=True))
    return [row.verdict for row in compare(ASSUMED, told, is_emulator=is_emulator)]


@pytest.mark.parametrize(
    ("seen", "is_emulator", "expected"),
    [
        (("A", "T"), False, ["yes", "yes"]),
        (("B", "T"), True, ["yes", "yes"]),
        (("E", "T"), True, ["emulator: it has another name", "yes"]),
        (("E", "T"), False, ["no", "yes"]),
        (("C", "T"), True, ["no", "yes"]),
        (("A", "not seen: it failed"), True, ["yes", "no"]),
    ],
)
def test_what_is_seen_is_compared(seen: tuple[str, str], *, is_emulator: bool, expected: list[str]):
    assert verdicts(seen, is_emulator=is_emulator) == expected


def test_a_disagreement_is_a_sentence_and_a_row():
    rows = compare(ASSUMED, {Subject.EXIT: "C|D", Subject.STATE_TIMEOUT: "T"}, is_emulator=False)

    (sentence,) = disagreements(rows)
    assert sentence == f"{Subject.EXIT}: the project takes A or B for granted, and C|D was seen."
    assert f"| {Subject.EXIT} | A or B | C\\|D | no |" in table(rows)


def test_every_subject_has_an_assumption():
    assert assumptions(load("dev")).keys() == set(Subject)


def test_marks_differ_and_may_be_parts_of_all_names():
    first, second = new_mark(), new_mark()

    assert first != second
    assert first.isalnum()
    assert first == first.lower()


def test_a_run_costs_less_than_a_dollar():
    assert 0 < bound() < 1


def test_an_environment_that_protects_its_data_is_refused():
    ended = subprocess.run(
        [sys.executable, "-m", "tooling", "verify", "prod"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode == 1
    assert "prod protects its data" in ended.stderr
    assert "ALLOW_PROTECTED=1" in ended.stderr
    assert "Traceback" not in ended.stderr
