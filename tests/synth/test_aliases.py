"""Aliases of the function, as an environment asks for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stacks.environment.file import load
from stacks.environment_files import EnvironmentFileError
from stacks.identities.policies import policies
from tests.synth.conftest import ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.synth.conftest import Synthesis

TWO = """
[function.aliases.nightly]
tenants = ["acme", "beta"]

[function.aliases.reports]
tenants = ["globex"]
"""


@pytest.fixture(scope="module")
def synthesis(synthesise: Callable[..., Synthesis]) -> Synthesis:
    return synthesise("prod", TWO)


def test_each_alias_is_of_the_function_and_its_newest_code(synthesis: Synthesis) -> None:
    aliases = {one["name"]: one for one in synthesis.resources("aws_lambda_alias").values()}

    assert aliases.keys() == {"nightly", "reports"}
    for alias in aliases.values():
        assert alias["function_name"].startswith("${aws_lambda_function.")
        assert alias["function_version"] == "$LATEST"


def test_the_function_knows_their_tenants(synthesis: Synthesis) -> None:
    (function,) = synthesis.resources("aws_lambda_function").values()
    known = json.loads(function["environment"]["variables"]["FUNCTION_ALIASES"])

    assert known == {"nightly": ["acme", "beta"], "reports": ["globex"]}


def test_a_deployer_may_make_them(synthesis: Synthesis) -> None:
    documents = policies(synthesis.environment, "deployer")
    (statement,) = (
        one
        for document in documents
        for one in document["Statement"]
        if "lambda:CreateAlias" in one["Action"]
    )
    function = synthesis.environment.function_arn()

    assert statement["Resource"] == [function, f"{function}:nightly", f"{function}:reports"]


def test_without_them_there_is_nothing_of_it(prod: Synthesis) -> None:
    (function,) = prod.resources("aws_lambda_function").values()

    assert prod.resources("aws_lambda_alias") == {}
    assert "FUNCTION_ALIASES" not in function["environment"]["variables"]
    assert "lambda:CreateAlias" not in json.dumps(policies(prod.environment, "deployer"))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("12", "not of digits alone"),
        ('"a b"', "must be of letters"),
        ('"$LATEST"', "must be of letters"),
        ("http-api", "choose another name"),
    ],
)
def test_names_that_lambda_refuses_are_refused(name: str, error: str, tmp_path: Path) -> None:
    text = (ENVIRONMENTS / "prod.toml").read_text()
    (tmp_path / "prod.toml").write_text(f'{text}\n[function.aliases.{name}]\ntenants = ["acme"]\n')
    with pytest.raises(EnvironmentFileError, match=error):
        load("prod", tmp_path, variables={})
