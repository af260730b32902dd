from __future__ import annotations

import pytest

from cqrs.errors import ConfigurationError
from cqrs.settings import Settings


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


def test_expiry_is_off_unless_it_is_set(settings):
    required = {name: value for name, value in settings.to_mapping().items() if "ttl" not in name}

    read = Settings.from_mapping(required)

    assert (read.commands_ttl_days, read.approvals_ttl_days) == (0, 0)


def test_every_missing_setting_is_named_at_once(settings):
    environment = settings.to_environment()
    del environment["DATA_TABLE"]
    environment["BUCKET"] = ""

    with pytest.raises(ConfigurationError, match="DATA_TABLE, BUCKET missing"):
        Settings.from_environment(environment)


@pytest.mark.parametrize("days", ["-1", "1.5", "thirty", "", None, True])
def test_days_that_are_no_whole_number_are_refused(settings, days):
    values = {**settings.to_mapping(), "tasks_ttl_days": days}

    with pytest.raises(ConfigurationError, match=r"TASKS_TTL_DAYS is .* whole number"):
        Settings.from_mapping(values)
