"""The deployment's promises to those who use it."""

from __future__ import annotations

import pytest

from stacks.environment.file import load
from stacks.environment.names import LIVE_ID
from tests.integration.conftest import ENVIRONMENT
from tests.integration.deployed import Deployed
from tests.integration.identities import Identity
from tooling.errors import ToolingError
from tooling.plan_review.changes import Change, read_changes


def test_outputs_say_the_same_as_the_naming_rules(deployed: Deployed):
    # Of all names, AWS gives the id of the WebSocket API alone.
    live_id = deployed.outputs["live_endpoint"].rpartition("/")[0].rpartition("/")[2]
    by_rule = {
        name: value.replace(LIVE_ID, live_id) if isinstance(value, str) else value
        for name, value in load(ENVIRONMENT).settings().to_mapping().items()
    }

    assert {name: deployed.outputs[name] for name in by_rule} == by_rule


def test_a_second_synth_plans_no_change(deployed: Deployed):
    deployed.deployment.synth()

    assert deployed.deployment.planned_changes() == {}


def retention(deployed: Deployed, deployer: Identity) -> int:
    group = deployed.outputs["function_log_group"]
    found = deployer.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return int(found[0]["retentionInDays"])


def test_a_reviewed_deployment_carries_out_just_the_plan_that_was_reviewed(
    deployed: Deployed, deployer: Identity
):
    group = deployed.outputs["function_log_group"]
    wanted = retention(deployed, deployer)
    deployer.client("logs").put_retention_policy(logGroupName=group, retentionInDays=1)
    reviewed: list[Change] = []

    def refuse(_plan: str) -> None:
        raise ToolingError("it is not wanted")

    with pytest.raises(ToolingError, match="it is not wanted"):
        deployed.deployment.deploy_reviewed(refuse)
    assert retention(deployed, deployer) == 1

    deployed.deployment.deploy_reviewed(lambda plan: reviewed.extend(read_changes(plan)))

    assert [(change.name, change.attributes) for change in reviewed] == [
        (group, ("retention_in_days",))
    ]
    assert retention(deployed, deployer) == wanted
    assert deployed.deployment.planned_changes() == {}
