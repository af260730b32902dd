"""The model finds every mistake that is put into the protocol."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import cqrs.commands
from tests.model.exploration import explore
from tests.model.mutations import CONDITIONS, MUTATIONS, REDUNDANT, Mutation
from tests.model.scenarios import exhaustive
from tests.model.search import Broken

MAKERS, MADE = {"Condition", "in_attempt"}, "IS_NEW"
"""Functions that make conditions, and one that is made once for all."""

SCENARIOS = {scenario.name: scenario for scenario in exhaustive()}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mistake_is_found(mutation: Mutation) -> None:
    with pytest.raises(Broken):
        explore(mutation.settings().of(SCENARIOS[mutation.shows_in]))


@pytest.mark.parametrize("mutation", REDUNDANT, ids=lambda mutation: mutation.name)
def test_a_redundant_condition_changes_nothing(mutation: Mutation) -> None:
    """Why, says :data:`tests.model.mutations.REDUNDANT`; the long run looks further."""
    explore(mutation.settings().of(SCENARIOS[mutation.shows_in]))


def test_every_condition_of_the_protocol_has_its_mutation() -> None:
    known = {place for place, *_ in CONDITIONS} | {
        mutation.name.removeprefix("without ").partition(":")[0] for mutation in REDUNDANT
    }

    assert known == conditions_in(Path(cqrs.commands.__path__[0]))


def conditions_in(folder: Path) -> set[str]:
    """File and function of each place that makes a condition."""
    return {
        f"{file.name} {function.name}"
        for file in folder.glob("*.py")
        for function in ast.walk(ast.parse(file.read_text()))
        if isinstance(function, ast.FunctionDef) and function.name not in MAKERS
        if any(_makes_condition(node) for node in ast.walk(function))
    }


def _makes_condition(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return node.id == MADE
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS
