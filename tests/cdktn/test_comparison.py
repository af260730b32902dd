"""Stacks that cdktn synthesises are those that cdktf does, but for what is known."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from stacks import bindings
from stacks.environment_files import names
from tests.cdktn.comparison import KNOWN, Configuration, differences, unexpected
from tests.cdktn.conftest import Pair


@pytest.mark.parametrize("name", names())
def test_nothing_differs_but_what_is_known(pairs: dict[str, Pair], name: str) -> None:
    assert unexpected(pairs[name].before, pairs[name].after) == []


def test_nothing_known_belongs_to_a_resource() -> None:
    assert "resource" not in {known.place[0] for known in KNOWN}


def test_every_kind_of_resource_is_compared(pairs: dict[str, Pair]) -> None:
    kinds = {getattr(found, "TF_RESOURCE_TYPE", "") for found in vars(bindings).values()}
    compared = {kind for pair in pairs.values() for kind in pair.after["resource"]}

    assert compared == {kind for kind in kinds if kind.startswith("aws_")}


def test_a_changed_value_of_any_attribute_is_found(pairs: dict[str, Pair]) -> None:
    resources = pairs["prod"].before["resource"]
    attributes = sum(len(resource) for named in resources.values() for resource in named.values())
    mutant = changed(resources)

    found = differences(resources, mutant)

    assert len(found) == json.dumps(mutant).count('"changed"') > attributes
    assert {difference.after for difference in found} == {'"changed"'}


def changed(value: Any) -> Any:
    """The same with another value in each place."""
    if isinstance(value, dict) and value:
        return {key: changed(inner) for key, inner in value.items()}
    if isinstance(value, list) and value:
        return [changed(inner) for inner in value]
    return "changed"


def first(configuration: Configuration, kind: str) -> Configuration:
    found: Configuration = next(iter(configuration["resource"][kind].values()))
    return found


def without_an_attribute(mutant: Configuration) -> None:
    del first(mutant, "aws_sqs_queue")["name"]


def with_a_further_attribute(mutant: Configuration) -> None:
    first(mutant, "aws_sqs_queue")["fifo_queue"] = False


def with_null(mutant: Configuration) -> None:
    first(mutant, "aws_sqs_queue")["fifo_queue"] = None


def with_true_as_a_number(mutant: Configuration) -> None:
    table = first(mutant, "aws_dynamodb_table")
    assert table["deletion_protection_enabled"] is True
    table["deletion_protection_enabled"] = 1


def without_a_resource(mutant: Configuration) -> None:
    mutant["resource"]["aws_sns_topic"].popitem()


def under_another_address(mutant: Configuration) -> None:
    topics = mutant["resource"]["aws_sns_topic"]
    name, topic = topics.popitem()
    topics[f"{name}_"] = topic


def of_another_kind(mutant: Configuration) -> None:
    mutant["resource"]["aws_topic"] = mutant["resource"].pop("aws_sns_topic")


def without_an_output(mutant: Configuration) -> None:
    del mutant["output"]["function_arn"]


def of_another_provider_version(mutant: Configuration) -> None:
    mutant["terraform"]["required_providers"]["aws"]["version"] = "7.0.0"


def as_before(mutant: Configuration) -> None:
    mutant["terraform"]["required_providers"]["aws"]["source"] = "aws"


@pytest.mark.parametrize(
    "change",
    [
        without_an_attribute,
        with_a_further_attribute,
        with_null,
        with_true_as_a_number,
        without_a_resource,
        under_another_address,
        of_another_kind,
        without_an_output,
        of_another_provider_version,
        as_before,
    ],
)
def test_any_other_change_is_found(
    pairs: dict[str, Pair], change: Callable[[Configuration], None]
) -> None:
    pair = pairs["prod"]
    mutant = copy.deepcopy(pair.after)
    change(mutant)

    assert unexpected(pair.before, mutant)
