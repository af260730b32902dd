from __future__ import annotations

from dataclasses import fields

import pytest

from cqrs.errors import ConfigurationError
from cqrs.settings import Settings

MAY_BE_EMPTY = {
    "api_function_alias",
    "api_identity",
    "api_table",
    "connections_table",
    "function_aliases",
    "live_endpoint",
    "live_url",
    "environment_name",
    "notification_console_url",
    "notification_email",
    "notification_topic_arn",
    "notification_webhook",
    "own_resources",
    "sql_database",
    "workflows",
}


def test_the_function_reads_what_the_stack_writes(settings):
    environment = settings.to_environment()

    assert environment["COMMANDS_TABLE"] == settings.commands_table
    assert environment["COMMANDS_TTL_DAYS"] == "0"
    assert Settings.from_environment(environment) == settings


def test_settings_read_outputs_and_overlook_others(settings):
    outputs = {**settings.to_mapping(), "history_ttl_days": 30, "dashboard_url": "https://x"}

    read = Settings.from_mapping(outputs)

    assert read.history_ttl_days == 30
    assert read.bucket == settings.bucket


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_a_setting_that_is_misspelt_is_missed(settings, name):
    values = settings.to_mapping()
    values[f"{name}_"] = values.pop(name)
    if name in MAY_BE_EMPTY:
        assert getattr(Settings.from_mapping(values), name) == ""
        return

    with pytest.raises(ConfigurationError, match=f"incomplete: {name.upper()} missing"):
        Settings.from_mapping(values)


def test_every_missing_setting_is_named_at_once(settings):
    environment = settings.to_environment()
    del environment["DATA_TABLE"]
    environment["BUCKET"] = ""

    with pytest.raises(ConfigurationError, match="DATA_TABLE, BUCKET missing"):
        Settings.from_environment(environment)


@pytest.mark.parametrize("days", ["-1", "1.5", "thirty", None, True])
def test_days_that_are_no_whole_number_are_refused(settings, days):
    values = {**settings.to_mapping(), "tasks_ttl_days": days}

    with pytest.raises(ConfigurationError, match=r"TASKS_TTL_DAYS is .* whole number"):
        Settings.from_mapping(values)


@pytest.mark.parametrize(("given", "read"), [(True, True), ("true", True), ("False", False)])
def test_what_is_true_or_false_is_read_from_outputs_and_from_variables(settings, given, read):
    values = {**settings.to_mapping(), "command_notifications": given}

    found = Settings.from_mapping(values)

    assert found.command_notifications is read
    assert Settings.from_environment(found.to_environment()) == found


def test_what_is_neither_true_nor_false_is_refused(settings):
    with pytest.raises(ConfigurationError, match=r"COMMAND_NOTIFICATIONS is 'yes'.* true or"):
        Settings.from_mapping({**settings.to_mapping(), "command_notifications": "yes"})


def test_a_topic_that_is_not_there_is_no_variable(settings):
    assert "NOTIFICATION_TOPIC_ARN" not in settings.to_environment()
