"""Everything that can fail has an alarm, and whoever gets it knows what to do."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import typer

from cli.command_line import app
from cqrs.metrics import Metric
from cqrs.resources import STREAMED_TABLES, StateMachine
from stacks.environment.file import load
from stacks.environment_files import names
from stacks.monitoring.alarms import environment_alarms
from stacks.monitoring.metrics import TABLE_OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.synth.conftest import Synthesis

Watched = tuple[str, tuple[tuple[str, str], ...]]
"""A metric's name and its dimensions."""

MACHINE_METRICS = {
    "ExecutionsFailed",
    "ExecutionsTimedOut",
    "ExecutionsAborted",
    "ExecutionThrottled",
}
EXPRESS_METRICS = {"ExecutionsFailed", "ExecutionsTimedOut"}
MONITORING = (
    "aws_cloudwatch_metric_alarm",
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_query_definition",
)
SUBSCRIBED = """
[[monitoring.subscriptions]]
protocol = "email"
endpoint = "operators@example.com"

[[monitoring.subscriptions]]
protocol = "https"
endpoint = "https://example.com/alarms"
"""


def alarms(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    """Alarms by their names."""
    found = synthesis.resources("aws_cloudwatch_metric_alarm").values()
    return {alarm["alarm_name"]: alarm for alarm in found}


def parts(alarm: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The metrics that an alarm looks at."""
    if "metric_query" not in alarm:
        yield alarm
        return
    for query in alarm["metric_query"]:
        if "metric" in query:
            yield query["metric"]


def watched(synthesis: Synthesis) -> set[Watched]:
    """All metrics that alarms look at."""
    return {
        (part["metric_name"], tuple(sorted(part["dimensions"].items())))
        for alarm in alarms(synthesis).values()
        for part in parts(alarm)
    }


def names_of(synthesis: Synthesis, kind: str) -> set[str]:
    """Names of all resources of a kind."""
    return {resource["name"] for resource in synthesis.resources(kind).values()}


def existing(synthesis: Synthesis) -> dict[str, set[str]]:
    """The names that a dimension of a metric may have."""
    (function,) = synthesis.resources("aws_lambda_function").values()
    tables = synthesis.resources("aws_dynamodb_table").values()
    return {
        "FunctionName": {function["function_name"]},
        "GlobalSecondaryIndexName": {
            index["name"] for table in tables for index in table.get("global_secondary_index", ())
        },
        "Operation": set(TABLE_OPERATIONS),
        "QueueName": names_of(synthesis, "aws_sqs_queue"),
        "StateMachineArn": {
            synthesis.environment.arn("states", f"stateMachine:{name}")
            for name in names_of(synthesis, "aws_sfn_state_machine")
        },
        "TableName": {table["name"] for table in tables},
        "RuleName": names_of(synthesis, "aws_cloudwatch_event_rule"),
        "TopicName": names_of(synthesis, "aws_sns_topic"),
        "service": {function["environment"]["variables"]["POWERTOOLS_SERVICE_NAME"]},
    }


def body(synthesis: Synthesis) -> dict[str, Any]:
    """The dashboard."""
    (dashboard,) = synthesis.resources("aws_cloudwatch_dashboard").values()
    found: dict[str, Any] = json.loads(dashboard["dashboard_body"])
    return found


def drawn(synthesis: Synthesis) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Namespace, name and dimensions of each metric on the dashboard."""
    for widget in body(synthesis)["widgets"]:
        for namespace, name, *rest, _options in widget["properties"].get("metrics", ()):
            yield namespace, name, dict(zip(rest[::2], rest[1::2], strict=True))


def test_every_state_machine_has_its_alarms(prod: Synthesis) -> None:
    machines = existing(prod)["StateMachineArn"]

    express = prod.environment.state_machine_arn(StateMachine.EXPRESS_COMMAND)
    assert len(machines) == len(prod.environment.state_machines)
    assert watched(prod) >= {
        (metric, (("StateMachineArn", machine),))
        for machine in machines
        for metric in (EXPRESS_METRICS if machine == express else MACHINE_METRICS)
    }


def test_every_queue_has_its_alarm(prod: Synthesis) -> None:
    queues = existing(prod)["QueueName"]
    set_aside = {name for name in queues if name.endswith("-dlq")}

    assert watched(prod) >= {
        ("ApproximateNumberOfMessagesVisible", (("QueueName", name),)) for name in set_aside
    }
    assert watched(prod) >= {
        ("ApproximateAgeOfOldestMessage", (("QueueName", name),)) for name in queues - set_aside
    }


def test_every_stream_is_watched_through_the_function_that_reads_it(prod: Synthesis) -> None:
    (function,) = existing(prod)["FunctionName"]
    (age,) = (alarm for alarm in alarms(prod).values() if alarm.get("metric_name") == "IteratorAge")
    mappings = prod.resources("aws_lambda_event_source_mapping").values()
    streams = [mapping for mapping in mappings if "starting_position" in mapping]

    assert age["dimensions"] == {"FunctionName": function}
    assert (age["statistic"], age["threshold"]) == ("Maximum", 300_000)
    assert len(streams) >= len(STREAMED_TABLES)
    for mapping in streams:
        assert "aws_lambda_function.function_" in mapping["function_name"]
        table = mapping["//"]["metadata"]["path"].rsplit("/", 1)[-1]
        assert table in age["alarm_description"]


def test_every_table_and_index_has_its_alarms(prod: Synthesis) -> None:
    found = watched(prod)
    for table in prod.resources("aws_dynamodb_table").values():
        itself = ("TableName", table["name"])
        for metric in ("ReadThrottleEvents", "WriteThrottleEvents"):
            assert (metric, (itself,)) in found
            for index in table.get("global_secondary_index", ()):
                assert (metric, (("GlobalSecondaryIndexName", index["name"]), itself)) in found
        for operation in TABLE_OPERATIONS:
            assert ("SystemErrors", (("Operation", operation), itself)) in found


def test_function_and_work_have_their_alarms(prod: Synthesis) -> None:
    found = {metric for metric, _ in watched(prod)}
    slow = alarms(prod)["prod-cqrs-main-slow"]

    assert found >= {"Errors", "Throttles", "Duration", "IteratorAge", "AsyncEventsDropped"}
    assert found >= {Metric.COMMAND_WAITS_TIMED_OUT.value, Metric.IMPORT_JOBS_FAILED.value}
    assert Metric.SUB_TASKS_FAILED.value in found
    assert (slow["extended_statistic"], slow["threshold"]) == ("p99", 0.8 * 60 * 1000)
    assert "statistic" not in slow


def test_every_rule_and_every_topic_that_is_subscribed_to_have_their_alarm(
    synthesise: Callable[..., Synthesis],
) -> None:
    stg = synthesise("stg", "\n[notifications]\ntopic = true\n")
    rules, topics = existing(stg)["RuleName"], existing(stg)["TopicName"]

    assert watched(stg) >= {("FailedInvocations", (("RuleName", name),)) for name in rules}
    others = {name for name in topics if name != "stg-cqrs-alarm-topic"}
    assert "stg-cqrs-notification-topic" in others
    assert watched(stg) >= {
        ("NumberOfNotificationsFailed", (("TopicName", name),)) for name in others
    }


def test_alarms_watch_what_exists(prod: Synthesis) -> None:
    known = existing(prod)
    (function,) = prod.resources("aws_lambda_function").values()
    own = function["environment"]["variables"]["POWERTOOLS_METRICS_NAMESPACE"]
    for alarm in alarms(prod).values():
        for part in parts(alarm):
            assert all(value in known[name] for name, value in part["dimensions"].items())
            if part["dimensions"].keys() == {"service"}:
                assert part["namespace"] == own
                assert part["metric_name"] in set(Metric)


def test_every_alarm_tells_the_topic_of_its_beginning_and_end(prod: Synthesis) -> None:
    (topic,) = (name for name in prod.resources("aws_sns_topic") if name.startswith("monitoring_"))
    for alarm in alarms(prod).values():
        assert alarm["alarm_actions"] == alarm["ok_actions"] == [f"${{aws_sns_topic.{topic}.arn}}"]
        assert alarm["treat_missing_data"] == "notBreaching"
        assert alarm.get("actions_enabled", True) is True


def test_an_alarm_with_several_metrics_adds_them_up(prod: Synthesis) -> None:
    summed = [alarm for alarm in alarms(prod).values() if "metric_query" in alarm]
    assert summed
    for alarm in summed:
        (total,) = (query for query in alarm["metric_query"] if "expression" in query)
        others = [query for query in alarm["metric_query"] if query is not total]
        assert total["expression"] == "SUM(FILL(METRICS(), 0))"
        assert total["return_data"] is True
        assert [query["return_data"] for query in others] == [False] * len(others)
        assert 1 < len(others) <= 10  # CloudWatch takes ten metrics in an alarm's expression


def test_the_emulator_lacks_what_it_cannot_keep(local: Synthesis) -> None:
    assert alarms(local) == {}
    assert local.resources("aws_cloudwatch_query_definition") == {}
    assert local.resources("aws_cloudwatch_dashboard")


def test_a_description_says_what_to_run(prod: Synthesis) -> None:
    commands = {command.name for command in typer.main.get_command(app).commands.values()}
    for alarm in alarms(prod).values():
        text = alarm["alarm_description"]
        assert len(text) <= 1024
        assert re.search(r"`[^`]+`", text), text
        for environment, command in re.findall(r"`cqrs --env (\S+) ([a-z-]+)", text):
            assert environment == "prod"
            assert command in commands, text
        assert "`cqrs doctor" not in text


def test_thresholds_are_the_environments(synthesise: Callable[..., Synthesis]) -> None:
    keys = "function_errors = 7\nduration_percent = 50\niterator_age_seconds = 60\n"
    keys += "oldest_message_seconds = 120\n"
    stg = synthesise("stg", f"\n[monitoring]\n{keys}")
    thresholds = {
        name.removeprefix("stg-cqrs-"): alarm["threshold"] for name, alarm in alarms(stg).items()
    }

    assert thresholds["main-errors"] == 7
    assert thresholds["main-slow"] == 30_000
    assert thresholds["streams-late"] == 60_000
    assert thresholds["notification-queue-late"] == 120
    assert thresholds["command-handler-failed"] == 0


def test_cloudwatch_may_publish_to_the_encrypted_topic_and_use_its_key(prod: Synthesis) -> None:
    (topic,) = (
        topic
        for name, topic in prod.resources("aws_sns_topic").items()
        if name.startswith("monitoring_")
    )
    (key_name, key), *others = [
        (name, key)
        for name, key in prod.resources("aws_kms_key").items()
        if name.startswith("monitoring_")
    ]

    assert others == []
    assert topic["kms_master_key_id"] == f"${{aws_kms_key.{key_name}.arn}}"
    assert key["enable_key_rotation"] is True
    for policy, action in ((topic["policy"], "sns:Publish"), (key["policy"], "kms:Decrypt")):
        (statement,) = (
            statement
            for statement in json.loads(policy)["Statement"]
            if statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        )
        assert action in statement["Action"]
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "333333333333"}}


def subscriptions(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    """The subscribers of alarms."""
    found = synthesis.resources("aws_sns_topic_subscription").items()
    return {name: one for name, one in found if name.startswith("monitoring_")}


def test_the_environment_says_who_is_told(
    prod: Synthesis, synthesise: Callable[..., Synthesis]
) -> None:
    found = subscriptions(synthesise("stg", SUBSCRIBED)).values()

    assert [(one["protocol"], one["endpoint"]) for one in found] == [
        ("email", "operators@example.com"),
        ("https", "https://example.com/alarms"),
    ]
    assert subscriptions(prod) == {}


def test_a_subscription_is_not_made_anew_where_another_one_goes(
    synthesise: Callable[..., Synthesis],
) -> None:
    both = subscriptions(synthesise("stg", SUBSCRIBED))
    second = "\n[[monitoring.subscriptions]]" + SUBSCRIBED.split("[[monitoring.subscriptions]]")[2]
    left = subscriptions(synthesise("stg", second))

    ((address, subscription),) = left.items()
    assert subscription["protocol"] == "https"
    assert both[address]["endpoint"] == subscription["endpoint"]


def test_no_monitoring_where_the_environment_wants_none(
    synthesise: Callable[..., Synthesis],
) -> None:
    without = synthesise("stg", "\n[monitoring]\nenabled = false\n")

    assert [kind for kind in MONITORING if without.resources(kind)] == []
    assert "monitoring_" not in without.text


def test_the_dashboard_shows_what_exists(synthesis: Synthesis) -> None:
    known = existing(synthesis)
    for namespace, name, dimensions in drawn(synthesis):
        assert all(value in known[key] for key, value in dimensions.items())
        if dimensions.keys() == {"service"}:
            assert (namespace, name in set(Metric)) == ("cqrs", True)
    states = [
        arn.rpartition(":")[2]
        for widget in body(synthesis)["widgets"]
        for arn in widget["properties"].get("alarms", ())
    ]
    assert sorted(states) == sorted(alarms(synthesis))


OF_LIVE = {Metric.LIVE_MESSAGES_SENT, Metric.LIVE_MESSAGES_DROPPED}
"""Of an environment with a live channel, whose dashboard `test_live` looks at."""


def test_the_dashboard_shows_every_machine_queue_table_and_metric(synthesis: Synthesis) -> None:
    shown = list(drawn(synthesis))
    values = {value for _, _, dimensions in shown for value in dimensions.values()}
    known = existing(synthesis)

    for kind in ("StateMachineArn", "QueueName", "TableName", "GlobalSecondaryIndexName"):
        assert known[kind] <= values
    assert {name for namespace, name, _ in shown if namespace == "cqrs"} == set(Metric) - OF_LIVE


def test_widgets_lie_within_the_dashboard_and_not_on_each_other(synthesis: Synthesis) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in body(synthesis)["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
        if widget["type"] == "metric":
            assert widget["properties"]["region"] == synthesis.environment.region
            assert widget["properties"]["title"]


def test_saved_queries_read_the_right_logs(prod: Synthesis) -> None:
    groups = prod.resources("aws_cloudwatch_log_group")
    read = {
        query["name"].removeprefix("prod/cqrs/"): {
            groups[re.sub(r"\$\{aws_cloudwatch_log_group\.([\w-]+)\.name\}", r"\1", name)]["name"]
            for name in query["log_group_names"]
        }
        for query in prod.resources("aws_cloudwatch_query_definition").values()
    }
    function = "/aws/lambda/prod-cqrs-main"
    machines = "/aws/vendedlogs/states/prod-cqrs-"

    assert read == {
        "function-errors": {function},
        "command-story": {
            function,
            f"{machines}command-handler",
            f"{machines}command-express",
        },
        "slow-states": {f"{machines}{name}" for name in prod.environment.state_machines},
        "rejected-rows": {function},
        "dead-lettered-records": {function},
    }


@pytest.mark.parametrize("name", names())
def test_alarms_have_names_of_their_own(name: str) -> None:
    found = [alarm.base_name for alarm in environment_alarms(load(name, variables={}))]

    assert len(found) == len(set(found))
