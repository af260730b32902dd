"""What the deployment promises to those who use it."""

from __future__ import annotations

from stacks.environment_file import load
from tests.integration.conftest import ENVIRONMENT
from tests.integration.deployed import Deployed


def test_outputs_say_the_same_as_the_naming_rules(deployed: Deployed):
    by_rule = load(ENVIRONMENT).settings().to_mapping()

    assert {name: deployed.outputs[name] for name in by_rule} == by_rule


def test_a_second_synth_plans_no_change(deployed: Deployed):
    deployed.deployment.synth()

    assert deployed.deployment.planned_changes() == {}
