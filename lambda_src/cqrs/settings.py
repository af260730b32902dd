"""Deployment settings of the runtime, and the one list of what it must be told.

Every field of :class:`Settings` is an environment variable of the function (its name in upper
case). It is also a Terraform output of the stack (its name as it stands). The command line needs
the same to reach an environment. Only what may be empty has a default: a setting that is forgotten
or misspelt anywhere is missed, and does not mean something else.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cqrs.errors import ConfigurationError
from cqrs.states import Lane

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cqrs.resources import Table


class UnknownTypes(StrEnum):
    """Whether items of types that nobody has registered are published."""

    ALLOW = "allow"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Names, ARNs and URLs of one deployed environment.

    Attributes
    ----------
    resource_prefix
        ``<environment>-<application>-``, the beginning of every resource name.
    environment_name
        Name of the environment; empty in what an earlier version has deployed.
    commands_table, data_table, history_table, tasks_table, import_tmp_table, approvals_table,
    read_models_table
        Table names.
    bucket
        Bucket of imported files, their results, and attributes too large for DynamoDB.
    command_state_machine_arn, express_command_state_machine_arn
        ARNs of the state machines of commands.
    task_state_machine_arn, import_csv_state_machine_arn
        ARNs of the other state machines.
    command_lane
        The one of the two lanes in which commands are started.
    task_action_queue_url, notification_queue_url, import_action_queue_url
        URLs of the queues.
    commands_ttl_days, history_ttl_days, tasks_ttl_days, import_tmp_ttl_days, approvals_ttl_days
        Days after which an item of that table expires; 0 keeps items for ever.
    max_receive_count
        How often a message is delivered before it goes to its dead-letter queue.
    function_timeout_seconds, queue_visibility_seconds
        The longest invocation of the function, and how long a message stays hidden from others
        once it was received.
    command_notifications
        Whether the end of every command is told.
    live_commands
        Whether it is told to those who listen live.
    unknown_item_types
        Whether items of types that nobody has registered are published: ``allow`` or ``refuse``.
    verified_answers_only
        Whether requests for approval take only answers of those whom somebody has verified.
    notification_topic_arn
        Topic that notifications are posted to; empty if there is none.
    notification_email, notification_webhook
        Receivers of notices by e-mail, and the webhook that gets them, as JSON; empty if there are
        none.
    notification_console_url
        Address of the web console, which links in notices lead to; empty if there is none.
    api_table
        Table of the HTTP API; empty if there is none.
    api_identity
        How claims and IAM roles become a principal of the HTTP API, as JSON; empty likewise.
    api_function_alias
        Alias of the function that API Gateway alone invokes; empty if the environment has none.
    function_aliases
        Tenants of each alias of the function that is for some alone, as JSON; empty likewise.
    connections_table
        Table of the live channel; empty if there is none.
    live_url
        Address at which clients reach the live channel; empty likewise.
    live_endpoint
        Address at which the function reaches its connections; empty likewise.
    sql_database
        The database of read models in SQL, as JSON; empty if there is none.
    own_resources
        The application's own declarations, each as ``<kind>:<base name>``.
    workflows
        Names of the environment's custom workflows.
    """

    resource_prefix: str
    commands_table: str
    data_table: str
    history_table: str
    tasks_table: str
    import_tmp_table: str
    approvals_table: str
    read_models_table: str
    bucket: str
    function_name: str
    command_state_machine_arn: str
    express_command_state_machine_arn: str
    task_state_machine_arn: str
    import_csv_state_machine_arn: str
    task_action_queue_url: str
    notification_queue_url: str
    import_action_queue_url: str
    commands_ttl_days: int
    history_ttl_days: int
    tasks_ttl_days: int
    import_tmp_ttl_days: int
    approvals_ttl_days: int
    max_receive_count: int
    function_timeout_seconds: int
    queue_visibility_seconds: int
    command_notifications: bool
    live_commands: bool
    command_lane: str
    unknown_item_types: str
    verified_answers_only: bool
    environment_name: str = ""
    notification_topic_arn: str = ""
    notification_email: str = ""
    notification_webhook: str = ""
    notification_console_url: str = ""
    api_table: str = ""
    api_identity: str = ""
    api_function_alias: str = ""
    function_aliases: str = ""
    connections_table: str = ""
    live_url: str = ""
    live_endpoint: str = ""
    sql_database: str = ""
    own_resources: str = ""
    workflows: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings from environment variables, as the function does.

        Raises
        ------
        ConfigurationError
            If a variable is missing, or is none of what is needed.
        """
        return cls.from_mapping({name.lower(): value for name, value in environment.items()})

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Settings:
        """Read the settings from a mapping of field names, such as Terraform outputs.

        Raises
        ------
        ConfigurationError
            If a value is missing, or is none of what is needed.
        """
        known = {field.name: values[field.name] for field in fields(cls) if field.name in values}
        missing = [name for name in REQUIRED if known.get(name, "") == ""]
        if missing:
            raise ConfigurationError(
                f"Settings are incomplete: {', '.join(name.upper() for name in missing)} "
                "missing. Set them as environment variables of the function, or deploy the "
                "stack again so that its outputs hold them."
            )
        typed: dict[str, Any] = {name: _typed(name, value) for name, value in known.items()}
        return cls(**typed)

    @property
    def are_commands_express(self) -> bool:
        """Whether commands are started in the Express lane."""
        return self.command_lane == Lane.EXPRESS

    @property
    def are_ends_of_commands_told(self) -> bool:
        """Whether the commands table's stream tells the end of a command."""
        return self.command_notifications or self.live_commands

    @property
    def has_notices(self) -> bool:
        """Whether people or programs outside the environment get notices."""
        return bool(self.notification_email or self.notification_webhook)

    @property
    def are_unknown_types_refused(self) -> bool:
        """Whether items of types that nobody has registered are refused."""
        return self.unknown_item_types == UnknownTypes.REFUSE

    @property
    def workflow_names(self) -> tuple[str, ...]:
        """Names of the custom workflows, each that of its state machine."""
        return tuple(self.workflows.split())

    def table(self, table: Table) -> str:
        """Name of a table."""
        return str(getattr(self, f"{table.value}_table"))

    def state_machine_arn(self, name: str) -> str:
        """ARN of a state machine, such as a custom one.

        Parameters
        ----------
        name
            The machine's name without the environment's prefix.
        """
        others = self.command_state_machine_arn.rpartition(":")[0]
        return f"{others}:{self.resource_prefix}{name}"

    def queue_url(self, name: str) -> str:
        """URL of a queue, or of a dead-letter queue.

        Parameters
        ----------
        name
            The queue's name without the environment's prefix.
        """
        others = self.notification_queue_url.rpartition("/")[0]
        return f"{others}/{self.resource_prefix}{name}"

    def own(self, kind: str) -> tuple[str, ...]:
        """Base names of the resources of a kind that the application declares for itself."""
        marked = (entry.partition(":") for entry in self.own_resources.split())
        return tuple(name for mark, _, name in marked if mark == kind)

    def to_environment(self) -> dict[str, str]:
        """Environment variables that :meth:`from_environment` reads back."""
        return {
            name.upper(): str(value) for name, value in self.to_mapping().items() if value != ""
        }

    def to_mapping(self) -> dict[str, str | int]:
        """Field names and values, as the stack's outputs hold them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


TYPES = {field.name: field.type for field in fields(Settings)}
REQUIRED = tuple(field.name for field in fields(Settings) if field.default is MISSING)


def _typed(name: str, value: object) -> str | int:
    if TYPES[name] == "bool":
        return _true_or_false(name, value)
    return _whole_number(name, value) if TYPES[name] == "int" else str(value)


def _true_or_false(name: str, value: object) -> bool:
    text = str(value).lower()
    if text not in {"true", "false"}:
        raise ConfigurationError(f"Setting {name.upper()} is {value!r}; it must be true or false.")
    return text == "true"


def _whole_number(name: str, value: object) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = -1
    if number < 0:
        raise ConfigurationError(
            f"Setting {name.upper()} is {value!r}; it must be a whole number, 0 or more."
        )
    return number
