"""The declarations of an application for itself are deployed like the project's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cqrs.resources import OwnKind
from stacks.asl import DefinitionError
from stacks.declarations import bucket, queue, resources, schedule, table, topic
from stacks.declarations.resources import TAKEN, own_resources
from stacks.environment import file
from stacks.environment.file import load
from stacks.environment_files import EnvironmentFileError
from stacks.identities.policies import policies
from tests.synth.conftest import ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.synth.conftest import Resource, Synthesis

DECLARE = {OwnKind.QUEUE: queue, OwnKind.TABLE: table, OwnKind.TOPIC: topic, OwnKind.BUCKET: bucket}
PREFIX = "stg-cqrs-"
ARN = "ap-northeast-1:222222222222"


@pytest.fixture(scope="module")
def own(synthesise: Callable[..., Synthesis]) -> Iterator[Synthesis]:
    """An environment with one resource of each kind, and a table without a stream."""
    own_resources()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resources, "_declared", {})
        queue("jobs")
        table("orders", stream=True)
        table("notes")
        topic("news")
        bucket("files", imports=True)
        schedule("dawn", "rate(1 day)")
        yield synthesise("stg")


def named(synthesis: Synthesis, kind: str, name: str, key: str = "name") -> Resource:
    """The resource of a kind that has a name."""
    (found,) = (one for one in synthesis.resources(kind).values() if one[key] == name)
    return found


def at(synthesis: Synthesis, kind: str, path: str) -> Resource:
    """The resource of a kind that stands at a place of the stack."""
    (found,) = (
        one
        for one in synthesis.resources(kind).values()
        if one["//"]["metadata"]["path"] == f"stg/{path}"
    )
    return found


def allowed(synthesis: Synthesis, owner: str, resource: str) -> set[str]:
    """The actions that a role may do on one resource."""
    return {
        action
        for policy in synthesis.resources("aws_iam_role_policy").values()
        if policy["//"]["metadata"]["path"].split("/")[1] == owner
        for statement in json.loads(policy["policy"])["Statement"]
        if resource in statement["Resource"]
        for action in statement["Action"]
    }


def test_a_queue_is_consumed_and_sets_aside(own: Synthesis) -> None:
    jobs = named(own, "aws_sqs_queue", f"{PREFIX}jobs")
    letters = named(own, "aws_sqs_queue", f"{PREFIX}jobs-dlq")
    mapping = at(own, "aws_lambda_event_source_mapping", "event-sources/jobs")

    redrive = json.loads(jobs["redrive_policy"])
    assert redrive["deadLetterTargetArn"] == f"arn:aws:sqs:{ARN}:{PREFIX}jobs-dlq"
    assert redrive["maxReceiveCount"] == own.environment.queues.max_receive_count
    assert jobs["lifecycle"] == letters["lifecycle"] == {"prevent_destroy": True}
    assert "aws_sqs_queue.queues_jobs_" in mapping["event_source_arn"]
    assert mapping["scaling_config"] == {"maximum_concurrency": 20}
    assert "sqs:ReceiveMessage" in allowed(own, "function", f"arn:aws:sqs:{ARN}:{PREFIX}jobs")
    assert allowed(own, "function", f"arn:aws:sqs:{ARN}:{PREFIX}jobs-dlq") == {"sqs:SendMessage"}


def test_a_table_with_a_stream_is_read_and_sets_aside(own: Synthesis) -> None:
    orders = named(own, "aws_dynamodb_table", f"{PREFIX}orders")
    mapping = at(own, "aws_lambda_event_source_mapping", "event-sources/orders")

    assert orders["stream_view_type"] == "NEW_AND_OLD_IMAGES"
    assert orders["deletion_protection_enabled"] is True
    assert orders["lifecycle"] == {"prevent_destroy": True}
    assert "filter_criteria" not in mapping
    destination = mapping["destination_config"]["on_failure"]["destination_arn"]
    assert "aws_sqs_queue.queues_orders-dlq_" in destination
    arn = f"arn:aws:dynamodb:{ARN}:table/{PREFIX}orders"
    assert "dynamodb:GetRecords" in allowed(own, "function", f"{arn}/stream/*")
    may = allowed(own, "function", arn)
    assert {"dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"} <= may
    assert "dynamodb:Scan" not in may


def test_a_table_without_a_stream_is_a_table_alone(own: Synthesis) -> None:
    assert named(own, "aws_dynamodb_table", f"{PREFIX}notes")["stream_enabled"] is False
    assert f"{PREFIX}notes-dlq" not in own.text
    assert f"{PREFIX}notes/stream" not in own.text


def permission(synthesis: Synthesis, path: str) -> Resource:
    """A permission to invoke the function."""
    found = at(synthesis, "aws_lambda_permission", path)
    assert found["action"] == "lambda:InvokeFunction"
    assert "aws_lambda_function.function_" in found["function_name"]
    return found


def test_a_topic_is_subscribed_to(own: Synthesis) -> None:
    news = named(own, "aws_sns_topic", f"{PREFIX}news")
    subscription = at(own, "aws_sns_topic_subscription", "subscriptions/news")
    permitted = permission(own, "subscriptions/news-permission")

    (statement,) = json.loads(news["policy"])["Statement"]
    assert (statement["Effect"], statement["Resource"]) == (
        "Deny",
        [f"arn:aws:sns:{ARN}:{PREFIX}news"],
    )
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert subscription["protocol"] == "lambda"
    assert permitted["principal"] == "sns.amazonaws.com"
    assert permitted["source_arn"] == subscription["topic_arn"]
    assert allowed(own, "function", f"arn:aws:sns:{ARN}:{PREFIX}news") == {"sns:Publish"}


def test_a_bucket_notifies_and_may_be_imported_from(own: Synthesis) -> None:
    name = f"{PREFIX}files-222222222222"
    files = named(own, "aws_s3_bucket", name, "bucket")
    notification = at(own, "aws_s3_bucket_notification", "subscriptions/files")
    permitted = permission(own, "subscriptions/files-permission")

    assert files["lifecycle"] == {"prevent_destroy": True}
    assert files["force_destroy"] is False
    (notified,) = notification["lambda_function"]
    assert notified["events"] == ["s3:ObjectCreated:*"]
    assert permitted["principal"] == "s3.amazonaws.com"
    assert permitted["source_account"] == "222222222222"
    assert permitted["source_arn"].startswith("${aws_s3_bucket.buckets_files_")
    assert "s3:GetObject" in allowed(own, "import-csv", f"arn:aws:s3:::{name}/*")
    assert "s3:PutObject" in allowed(own, "function", f"arn:aws:s3:::{name}/*")


def test_a_schedule_invokes_the_function(own: Synthesis) -> None:
    rule = named(own, "aws_cloudwatch_event_rule", f"{PREFIX}dawn")
    target = at(own, "aws_cloudwatch_event_target", "schedules/dawn-target")
    permitted = permission(own, "schedules/dawn-permission")

    assert rule["schedule_expression"] == "rate(1 day)"
    assert "aws_lambda_function.function_" in target["arn"]
    assert permitted["principal"] == "events.amazonaws.com"
    assert target["rule"].rpartition(".")[0] == permitted["source_arn"].rpartition(".")[0]


def test_events_that_fail_are_set_aside_where_there_are_any(
    own: Synthesis, synthesise: Callable[..., Synthesis], monkeypatch: pytest.MonkeyPatch
) -> None:
    (config,) = own.resources("aws_lambda_function_event_invoke_config").values()
    destination = config["destination_config"]["on_failure"]["destination"]

    assert "aws_sqs_queue.queues_events-dlq_" in destination
    arn = f"arn:aws:sqs:{ARN}:{PREFIX}events-dlq"
    assert allowed(own, "function", arn) == {"sqs:SendMessage"}
    monkeypatch.setattr(resources, "_declared", {})
    queue("jobs")
    without = synthesise("stg")
    assert without.resources("aws_lambda_function_event_invoke_config") == {}
    assert "events-dlq" not in without.text


def test_the_function_and_the_outputs_know_them(own: Synthesis) -> None:
    (function,) = own.resources("aws_lambda_function").values()
    told = function["environment"]["variables"]["OWN_RESOURCES"].split()

    assert set(told) == {
        "queue:jobs",
        "table:orders",
        "stream:orders",
        "table:notes",
        "topic:news",
        "bucket:files",
        "schedule:dawn",
    }
    outputs = own.configuration["output"]
    assert set(outputs["own_resources"]["value"].split()) == set(told)
    assert "jobs" in outputs["queue_arns"]["value"]
    assert {"orders", "notes"} <= outputs["table_arns"]["value"].keys()
    assert {"jobs", "orders", "events"} <= outputs["dead_letter_queue_urls"]["value"].keys()
    assert "news" in outputs["topic_arns"]["value"]
    assert "files" in outputs["bucket_names"]["value"]
    assert "dawn" in outputs["rule_arns"]["value"]


def test_they_are_watched_and_shown(own: Synthesis) -> None:
    found = own.resources("aws_cloudwatch_metric_alarm").values()
    alarms = {alarm["alarm_name"].removeprefix(PREFIX) for alarm in found}
    (dashboard,) = own.resources("aws_cloudwatch_dashboard").values()

    assert alarms >= {
        "jobs-late",
        "jobs-dlq-not-empty",
        "orders-dlq-not-empty",
        "orders-table-reads-throttled",
        "notes-table-system-errors",
        "news-not-delivered",
        "dawn-not-delivered",
        "events-dlq-not-empty",
    }
    for name in ("jobs", "jobs-dlq", "orders", "notes", "news", "dawn", "events-dlq"):
        assert f'"{PREFIX}{name}"' in dashboard["dashboard_body"], name


def test_whoever_deploys_and_operates_may_do_so(own: Synthesis) -> None:
    def on(identity: str, resource: str) -> set[str]:
        return {
            action
            for document in policies(own.environment, identity)
            for statement in document["Statement"]
            if resource in statement["Resource"]
            for action in statement["Action"]
        }

    bucket_arn = f"arn:aws:s3:::{PREFIX}files-222222222222"
    function = f"arn:aws:lambda:{ARN}:function:{PREFIX}main"
    assert {"s3:CreateBucket", "s3:PutBucketNotification"} <= on("deployer", bucket_arn)
    assert "s3:DeleteBucket" not in on("deployer", bucket_arn)
    assert "s3:GetBucketNotification" in on("planner", bucket_arn)
    assert "lambda:PutFunctionEventInvokeConfig" in on("deployer", function)
    for letters in ("jobs-dlq", "orders-dlq", "events-dlq"):
        arn = f"arn:aws:sqs:{ARN}:{PREFIX}{letters}"
        assert "sqs:ReceiveMessage" in on("reader", arn)
        assert "sqs:DeleteMessage" in on("operator", arn)
    assert on("operator", f"arn:aws:sqs:{ARN}:{PREFIX}jobs") == {"sqs:SendMessage"}


# Declaring


@pytest.mark.usefixtures("nothing_declared")
@pytest.mark.parametrize("kind", DECLARE)
@pytest.mark.parametrize("name", ["", "Orders", "my_orders", "-orders", "orders-dlq", "orders\n"])
def test_what_is_no_name_is_refused(kind: OwnKind, name: str) -> None:
    with pytest.raises(DefinitionError, match=f"A {kind} cannot be called"):
        DECLARE[kind](name)


@pytest.mark.usefixtures("nothing_declared")
@pytest.mark.parametrize("name", ["jobs", *sorted(map(str, TAKEN))])
def test_a_name_that_is_taken_is_refused(name: str) -> None:
    queue("jobs")

    with pytest.raises(DefinitionError, match=f"Two resources are called '{name}'; rename the top"):
        topic(name)


@pytest.mark.usefixtures("nothing_declared")
@pytest.mark.parametrize(
    "expression", ["", "1 day", "rate(0 days)", "rate(1.5 hours)", "cron()", "at(2026-01-01)"]
)
def test_a_schedule_that_eventbridge_would_not_read_is_refused(expression: str) -> None:
    with pytest.raises(DefinitionError, match=r"Schedule 'dawn' cannot be .*rate\(1 day\)"):
        schedule("dawn", expression)


@pytest.mark.usefixtures("nothing_declared")
def test_only_the_environments_that_are_named_have_it() -> None:
    queue("jobs", environments=["prod"])
    table("orders")

    found = {name: load(name, ENVIRONMENTS, variables={}).own_resources for name in ("stg", "prod")}

    assert [own.name for own in found["stg"]] == ["orders"]
    assert [own.name for own in found["prod"]] == ["jobs", "orders"]


@pytest.mark.usefixtures("nothing_declared")
def test_an_environment_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "names", lambda: ["local", "prod"])
    queue("jobs", environments=["prod", "prd"])

    with pytest.raises(EnvironmentFileError, match=r"queue 'jobs' is .* 'prd', and .* prod"):
        load("prod", ENVIRONMENTS, variables={})


@pytest.mark.usefixtures("nothing_declared")
def test_a_name_that_is_too_long_is_the_reason() -> None:
    bucket("b" * 50)

    with pytest.raises(EnvironmentFileError, match=r"stacks/app: b+-3+ is too long: the bucket"):
        load("prod", ENVIRONMENTS, variables={})
