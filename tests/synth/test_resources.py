"""Resources, their names and how they are wired."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from cqrs import __version__
from cqrs.resources import EXECUTIONS_ENDED, STREAMED_TABLES, Queue, Table
from cqrs.settings import Settings
from stacks.environment.file import load
from tests.synth.conftest import ENVIRONMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synth.conftest import Synthesis


NOT_THERE = {"exists": False}
NEW_COMMAND = {
    "eventName": ["INSERT"],
    "dynamodb": {"NewImage": {"syncMode": {"S": [{"anything-but": ["SYNC"]}, NOT_THERE]}}},
}
UNLISTED_COMMAND = {
    "eventName": ["INSERT"],
    "dynamodb": {
        "NewImage": {
            "status": {"S": [{"anything-but": ["FINISHED", "FAILED"]}, NOT_THERE]},
            "unfinished": {"S": [NOT_THERE]},
        }
    },
}


def patterns_of(mapping: dict[str, Any]) -> list[Any]:
    """The patterns of an event source mapping, of which a record passes one."""
    return [json.loads(entry["pattern"]) for entry in mapping["filter_criteria"]["filter"]]


def by_construct(synthesis: Synthesis, kind: str) -> dict[str, dict[str, Any]]:
    """Resources of one kind by the last part of their construct paths."""
    return {
        resource["//"]["metadata"]["path"].rsplit("/", 1)[-1]: resource
        for resource in synthesis.resources(kind).values()
    }


def test_settings_name_the_resources(prod: Synthesis) -> None:
    settings = prod.environment.settings()
    tables = {table["name"] for table in prod.resources("aws_dynamodb_table").values()}
    queues = {queue["name"] for queue in prod.resources("aws_sqs_queue").values()}
    machines = {m["name"] for m in prod.resources("aws_sfn_state_machine").values()}
    buckets = {bucket["bucket"] for bucket in prod.resources("aws_s3_bucket").values()}
    (function,) = prod.resources("aws_lambda_function").values()

    assert tables >= {
        settings.commands_table,
        settings.data_table,
        settings.history_table,
        settings.tasks_table,
        settings.import_tmp_table,
        settings.approvals_table,
    }
    assert {
        url.rsplit("/", 1)[-1]
        for url in (
            settings.task_action_queue_url,
            settings.notification_queue_url,
            settings.import_action_queue_url,
        )
    } <= queues
    assert {
        arn.rsplit(":", 1)[-1]
        for arn in (
            settings.command_state_machine_arn,
            settings.express_command_state_machine_arn,
            settings.task_state_machine_arn,
            settings.import_csv_state_machine_arn,
            *(settings.state_machine_arn(name) for name in prod.environment.workflows),
        )
    } == machines
    assert settings.bucket == "prod-cqrs-333333333333"
    assert settings.bucket in buckets
    assert function["function_name"] == settings.function_name == "prod-cqrs-main"


def test_settings_of_an_account() -> None:
    settings = load("prod", ENVIRONMENTS, variables={}).settings()

    assert settings.commands_table == "prod-cqrs-commands"
    assert settings.command_state_machine_arn == (
        "arn:aws:states:ap-northeast-1:333333333333:stateMachine:prod-cqrs-command-handler"
    )
    assert settings.task_action_queue_url == (
        "https://sqs.ap-northeast-1.amazonaws.com/333333333333/prod-cqrs-task-action-queue"
    )
    assert settings.tasks_ttl_days == 180


def test_function_reads_its_settings_back(synthesis: Synthesis) -> None:
    (function,) = synthesis.resources("aws_lambda_function").values()
    variables = function["environment"]["variables"]

    assert Settings.from_environment(variables) == synthesis.environment.settings()
    assert variables["POWERTOOLS_SERVICE_NAME"] == function["function_name"]
    assert function["tracing_config"] == {"mode": "Active"}


def test_function_tells_its_version(synthesis: Synthesis) -> None:
    (function,) = synthesis.resources("aws_lambda_function").values()

    assert function["tags"]["cqrs-version"] == __version__


def test_function_has_the_layers_of_its_environment(
    prod: Synthesis, synthesise: Callable[..., Synthesis]
) -> None:
    layers = [f"arn:aws:lambda:ap-northeast-1:222222222222:layer:{name}:1" for name in ("b", "a")]
    (function,) = (
        synthesise("stg", f"\n[function]\nlayers = {layers}\n")
        .resources("aws_lambda_function")
        .values()
    )
    (without,) = prod.resources("aws_lambda_function").values()

    assert function["layers"] == layers
    assert "layers" not in without


def test_every_setting_is_an_output(synthesis: Synthesis) -> None:
    outputs = synthesis.configuration["output"]

    assert {field.name for field in fields(Settings)} <= set(outputs)
    assert outputs["commands_table"]["value"].startswith("${aws_dynamodb_table.")


def test_tables_are_keyed_alike(synthesis: Synthesis) -> None:
    for table in synthesis.resources("aws_dynamodb_table").values():
        assert (table["hash_key"], table["range_key"]) == ("pk", "sk")
        assert table["billing_mode"] == "PAY_PER_REQUEST"
        assert table["ttl"] == {"attribute_name": "ttl", "enabled": True}
        assert table["server_side_encryption"]["enabled"] is True


def test_tables_that_start_work_have_streams(synthesis: Synthesis) -> None:
    tables = by_construct(synthesis, "aws_dynamodb_table")
    streamed = {name for name, table in tables.items() if table["stream_enabled"]}

    assert streamed >= set(STREAMED_TABLES)
    assert {tables[name]["stream_view_type"] for name in STREAMED_TABLES} == {"NEW_IMAGE"}
    assert streamed & set(Table) == set(STREAMED_TABLES)


def test_production_data_resists_destruction(prod: Synthesis, local: Synthesis) -> None:
    keepers = ["aws_dynamodb_table", "aws_kms_key", "aws_s3_bucket", "aws_sqs_queue"]
    for kind in keepers:
        for name, resource in prod.resources(kind).items():
            if not name.startswith("monitoring_"):  # nothing is kept under its key
                assert resource["lifecycle"] == {"prevent_destroy": True}
        for resource in local.resources(kind).values():
            assert "lifecycle" not in resource
    for table in prod.resources("aws_dynamodb_table").values():
        assert table["deletion_protection_enabled"] is True
        assert table["point_in_time_recovery"] == {"enabled": True}


def all_but(*kinds: str) -> dict[str, Any]:
    rules = [{"anything-but": list(kinds)}, NOT_THERE]
    return {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": {"kind": {"S": rules}}}}


def test_streams_pass_what_needs_work(synthesis: Synthesis) -> None:
    mappings = by_construct(synthesis, "aws_lambda_event_source_mapping")
    patterns = {
        name: patterns_of(mapping) for name, mapping in mappings.items() if name in STREAMED_TABLES
    }

    assert patterns == {
        "commands": [NEW_COMMAND, UNLISTED_COMMAND],
        "tasks": [all_but("SUB_TASK")],
        "import_tmp": [
            all_but("COUNTERS", "CHUNK", "REJECTED", "PASSED_OVER", "HANDED_OVER", "HEALING")
        ],
    }


def test_the_end_of_commands_passes_where_the_environment_wants_it_told(
    synthesise: Callable[..., Synthesis],
) -> None:
    telling = synthesise("stg", "\n[notifications]\ncommands = true\n")
    mappings = by_construct(telling, "aws_lambda_event_source_mapping")

    assert patterns_of(mappings["commands"]) == [
        NEW_COMMAND,
        UNLISTED_COMMAND,
        {
            "eventName": ["INSERT", "MODIFY"],
            "dynamodb": {"NewImage": {"status": {"S": ["FINISHED", "FAILED"]}}},
        },
    ]


def test_a_topic_is_there_only_where_the_environment_asks_for_it(
    prod: Synthesis, synthesise: Callable[..., Synthesis]
) -> None:
    asking = synthesise("stg", "\n[notifications]\ntopic = true\n")
    arn = asking.environment.settings().notification_topic_arn
    names = {topic["name"] for topic in asking.resources("aws_sns_topic").values()}

    assert arn.removeprefix("arn:aws:sns:ap-northeast-1:222222222222:") in names
    assert not any(n.startswith("notification-topic_") for n in prod.resources("aws_sns_topic"))
    assert prod.environment.settings().notification_topic_arn == ""
    assert "prod-cqrs-notification-topic" not in prod.text


def consumed(synthesis: Synthesis) -> set[str]:
    """Base names of the queues that the function consumes."""
    return {name for name in by_construct(synthesis, "aws_sqs_queue") if not name.endswith("-dlq")}


def streamed(synthesis: Synthesis) -> set[str]:
    """Base names of the tables that have a stream."""
    tables = by_construct(synthesis, "aws_dynamodb_table").items()
    return {name for name, table in tables if table["stream_enabled"]}


def test_every_queue_and_every_stream_reports_partial_failures(synthesis: Synthesis) -> None:
    mappings = by_construct(synthesis, "aws_lambda_event_source_mapping")

    assert set(mappings) == consumed(synthesis) | streamed(synthesis)
    assert set(mappings) >= {*STREAMED_TABLES, *Queue}
    for mapping in mappings.values():
        assert mapping["function_response_types"] == ["ReportBatchItemFailures"]


def test_a_message_comes_alone_and_records_come_as_many_as_there_are(
    prod: Synthesis, local: Synthesis
) -> None:
    sizes = {
        name: mapping["batch_size"]
        for name, mapping in by_construct(prod, "aws_lambda_event_source_mapping").items()
    }
    assert sizes == dict.fromkeys(consumed(prod), 1) | dict.fromkeys(streamed(prod), 10)
    # MiniStack takes no partial failures.
    for mapping in by_construct(local, "aws_lambda_event_source_mapping").values():
        assert mapping["batch_size"] == 1


def test_streams_of_an_account_have_ten_batches_at_a_time(
    prod: Synthesis, synthesise: Callable[..., Synthesis]
) -> None:
    for synthesis in (prod, synthesise("stg"), synthesise("dev")):
        mappings = by_construct(synthesis, "aws_lambda_event_source_mapping")
        for name in streamed(synthesis):
            assert mappings[name]["parallelization_factor"] == 10


def test_no_guard_of_lambda_s_ends_what_the_function_hands_to_itself(
    synthesis: Synthesis,
) -> None:
    (function,) = synthesis.resources("aws_lambda_function")
    (recursion,) = synthesis.resources("aws_lambda_function_recursion_config").values()

    assert recursion["recursive_loop"] == "Allow"
    assert f"aws_lambda_function.{function}." in recursion["function_name"]


def concurrency_of(synthesis: Synthesis) -> dict[str, int]:
    """Batches of each event source that may be worked on at a time, if the source caps them."""
    mappings = by_construct(synthesis, "aws_lambda_event_source_mapping")
    return {
        name: mapping["scaling_config"]["maximum_concurrency"]
        for name, mapping in mappings.items()
        if "scaling_config" in mapping
    }


def test_queues_leave_most_of_an_account_s_concurrency_to_states_and_streams(
    prod: Synthesis,
) -> None:
    account = 1000
    taken = concurrency_of(prod)

    assert set(taken) == consumed(prod)
    assert sum(taken.values()) <= account / 2
    assert taken[Queue.TASK_ACTION] == max(taken.values())


def test_an_environment_caps_each_of_its_queues(synthesise: Callable[..., Synthesis]) -> None:
    caps = "\n[queues.max_concurrency]\ntask_action = 7\nnotification = 2\n"
    taken = concurrency_of(synthesise("stg", caps))

    assert {queue: taken[queue] for queue in Queue} == {
        Queue.TASK_ACTION: 7,
        Queue.NOTIFICATION: 2,
        Queue.IMPORT_ACTION: 20,
    }


def test_failed_records_end_in_the_queue_of_their_table(synthesis: Synthesis) -> None:
    mappings = by_construct(synthesis, "aws_lambda_event_source_mapping")
    for name in streamed(synthesis):
        stream = mappings[name]
        destination = stream["destination_config"]["on_failure"]["destination_arn"]
        assert f"queues_{name}-dlq_" in destination
        assert stream["starting_position"] == "TRIM_HORIZON"
        # No number of tries outlasts an outage, and a stream holds its records for 24 hours.
        assert stream["maximum_retry_attempts"] == -1
        assert 12 * 3600 < stream["maximum_record_age_in_seconds"] < 24 * 3600
        assert stream["bisect_batch_on_function_error"] is True


def test_failed_messages_end_in_the_queue_beside(prod: Synthesis) -> None:
    queues = by_construct(prod, "aws_sqs_queue")
    for name in consumed(prod):
        redrive = json.loads(queues[name]["redrive_policy"])
        allow = json.loads(queues[f"{name}-dlq"]["redrive_allow_policy"])
        assert redrive["deadLetterTargetArn"].endswith(f":{queues[f'{name}-dlq']['name']}")
        assert [arn.rsplit(":")[-1] for arn in allow["sourceQueueArns"]] == [queues[name]["name"]]
        assert queues[f"{name}-dlq"]["message_retention_seconds"] == 14 * 24 * 3600


def test_ends_of_all_machines_of_the_environment_are_told(synthesis: Synthesis) -> None:
    environment = synthesis.environment
    rules = synthesis.resources("aws_cloudwatch_event_rule").values()
    (rule,) = (rule for rule in rules if rule["name"] == environment.qualified(EXECUTIONS_ENDED))
    detail = json.loads(rule["event_pattern"])["detail"]
    (match,) = detail["stateMachineArn"]
    ((operator, prefix),) = match.items()

    assert operator == "prefix"
    for machine in (*environment.state_machines, "one-that-comes-later"):
        assert environment.state_machine_arn(machine).startswith(prefix)
    others = environment.model_copy(update={"application": f"{environment.application}x"})
    assert not others.state_machine_arn("command-handler").startswith(prefix)


def test_messages_stay_hidden_for_six_invocations(prod: Synthesis) -> None:
    (function,) = prod.resources("aws_lambda_function").values()
    queues = by_construct(prod, "aws_sqs_queue")

    for name in consumed(prod):
        assert queues[name]["visibility_timeout_seconds"] >= 6 * function["timeout"], name


def test_every_bucket_is_private(prod: Synthesis) -> None:
    buckets = {f"${{aws_s3_bucket.{name}.id}}" for name in prod.resources("aws_s3_bucket")}
    accesses = prod.resources("aws_s3_bucket_public_access_block").values()
    policies = prod.resources("aws_s3_bucket_policy").values()

    assert {access["bucket"] for access in accesses} == buckets
    assert {policy["bucket"] for policy in policies} == buckets
    for access in accesses:
        denied = {value for key, value in access.items() if key.startswith(("block", "ignore"))}
        assert denied == {True}
        assert access["restrict_public_buckets"] is True
    for policy in policies:
        (statement,) = json.loads(policy["policy"])["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def lifecycle_rules(synthesis: Synthesis) -> dict[str, dict[str, Any]]:
    lifecycles = synthesis.resources("aws_s3_bucket_lifecycle_configuration")
    (lifecycle,) = (found for name, found in lifecycles.items() if name.startswith("storage_"))
    return {rule["id"]: rule for rule in lifecycle["rule"]}


def test_leftovers_expire_in_every_bucket(synthesis: Synthesis) -> None:
    lifecycles = synthesis.resources("aws_s3_bucket_lifecycle_configuration").values()
    leftovers = {
        "id": "expire-leftovers",
        "status": "Enabled",
        "filter": [{"prefix": ""}],
        "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}],
        "noncurrent_version_expiration": [{"noncurrent_days": 30}],
    }

    assert len(lifecycles) == len(synthesis.resources("aws_s3_bucket"))
    for lifecycle in lifecycles:
        assert leftovers in lifecycle["rule"]
    assert set(lifecycle_rules(synthesis)) == {
        "expire-leftovers",
        "expire-dead-letters",
        "expire-import-copies",
        "expire-tries",
        "expire-exports",
        "expire-import-results",
    }


def test_only_copies_expire(prod: Synthesis, synthesise: Callable[..., Synthesis]) -> None:
    """Items refer to what lies elsewhere, and some of them never expire."""
    all_days = "\n[queues]\ndiscarded_days = 1\n[import_csv]\nuploads_days = 1\n"
    rules = lifecycle_rules(synthesise("dev", all_days))
    expiring = {rule["filter"][0]["prefix"] for rule in rules.values() if "expiration" in rule}

    assert expiring == {
        "dead-letters/",
        "exports/",
        "discarded/",
        "import-copies/",
        "import-results/",
        "tries/",
        "uploads/",
    }
    assert lifecycle_rules(prod)["expire-import-results"]["expiration"] == [{"days": 30}]


def test_answers_of_batches_are_kept_if_the_environment_says_so(
    synthesise: Callable[..., Synthesis],
) -> None:
    kept = lifecycle_rules(synthesise("stg", "\n[import_csv]\nresults_days = 0\n"))

    assert "expire-import-results" not in kept


def test_what_a_letter_cannot_hold_outlives_it_and_its_discarding_is_kept(
    synthesis: Synthesis, synthesise: Callable[..., Synthesis]
) -> None:
    rules = lifecycle_rules(synthesis)
    queues = synthesis.resources("aws_sqs_queue").values()
    longest = max(queue["message_retention_seconds"] for queue in queues)

    assert rules["expire-dead-letters"]["filter"] == [{"prefix": "dead-letters/"}]
    (expiration,) = rules["expire-dead-letters"]["expiration"]
    assert expiration["days"] * 86_400 > longest

    rules = lifecycle_rules(synthesise("stg", "\n[queues]\ndiscarded_days = 3653\n"))
    assert rules["expire-discarded"] == {
        "id": "expire-discarded",
        "status": "Enabled",
        "filter": [{"prefix": "discarded/"}],
        "expiration": [{"days": 3653}],
    }


def test_uploaded_files_expire_where_the_environment_says_so(
    prod: Synthesis, synthesise: Callable[..., Synthesis]
) -> None:
    rules = lifecycle_rules(synthesise("stg", "\n[import_csv]\nuploads_days = 90\n"))

    assert rules["expire-leftovers"] == lifecycle_rules(prod)["expire-leftovers"]
    assert rules["expire-uploads"] == {
        "id": "expire-uploads",
        "status": "Enabled",
        "filter": [{"prefix": "uploads/"}],
        "expiration": [{"days": 90}],
    }


def test_provider_reaches_the_environment_alone(prod: Synthesis, local: Synthesis) -> None:
    (aws,) = prod.configuration["provider"]["aws"]
    (emulator,) = local.configuration["provider"]["aws"]

    assert aws["allowed_account_ids"] == ["333333333333"]
    assert "endpoints" not in aws
    assert set(emulator["endpoints"][0].values()) == {"http://localhost:4566"}


def test_second_synthesis_is_identical(
    local: Synthesis, synthesise: Callable[[str], Synthesis]
) -> None:
    again = synthesise("local")

    assert again.text == local.text
    assert again.package == local.package
