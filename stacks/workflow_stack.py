"""The stack of one environment: its constructs wired together, and its outputs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cqrs.resources import (
    API_TABLE,
    CONNECTIONS_TABLE,
    FAILED_EVENTS,
    Queue,
    StateMachine,
    Table,
)
from stacks.api.http_api import HttpApi
from stacks.api.live.live_api import LiveApi
from stacks.api.user_pool import SCOPES
from stacks.backend import terraform_backend
from stacks.bindings import Construct, TerraformOutput, TerraformStack
from stacks.console.distribution import Console
from stacks.data.buckets import OwnBuckets, Storage
from stacks.data.tables import Tables
from stacks.declarations.resources import OwnBucket, OwnSchedule, OwnTopic
from stacks.encryption import EncryptionKey
from stacks.function.aliases import TenantAliases
from stacks.function.handler_function import HandlerFunction
from stacks.function.network import NetworkEndpoints
from stacks.monitoring.monitoring import Monitoring
from stacks.provider import aws_provider
from stacks.queues import Queues
from stacks.sources.event_sources import EventSources
from stacks.sources.execution_events import ExecutionEvents
from stacks.sources.healing_schedule import HealingSchedule
from stacks.sources.own_events import FailedEvents, Schedules, Subscriptions
from stacks.state_machines.definitions import definitions
from stacks.state_machines.import_csv_permissions import import_csv_statements
from stacks.state_machines.state_machine import StateMachineConstruct
from stacks.tags import CLONE_OUTPUT
from stacks.topics import NotificationTopic, OwnTopics

if TYPE_CHECKING:
    from pathlib import Path

    from cqrs.settings import Settings
    from stacks.environment.model import Environment

TERRAFORM_VERSION = ">= 1.10"


class WorkflowStack(TerraformStack):
    """All resources of one environment.

    Parameters
    ----------
    environment
        The environment; its name is the stack's.
    package
        The function's deployment package.
    state_folder
        Folder of the Terraform state of what is not in AWS.
    offline_endpoint
        An emulator to ask in the place of AWS, for a plan from nothing that needs no account.
    clone
        Id of the clone that deploys, which marks what it deploys to an emulator; an account of AWS
        is everybody's.
    """

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        *,
        package: Path,
        state_folder: Path,
        offline_endpoint: str | None = None,
        clone: str = "",
    ) -> None:
        super().__init__(scope, environment.name)
        self.add_override("terraform.required_version", TERRAFORM_VERSION)
        is_local = (offline_endpoint or environment.endpoint) is not None
        terraform_backend(self, environment, local_folder=state_folder if is_local else None)
        aws_provider(self, environment, offline_endpoint=offline_endpoint)
        self._environment = environment
        self._clone = clone if environment.dialect == "emulator" else ""
        self._key = (
            EncryptionKey(self, environment)
            if environment.encryption.customer_managed_key
            else None
        )
        self._tables = Tables(self, environment, self._key)
        self._queues = Queues(self, environment, self._key)
        self._console = Console(self, environment) if environment.console.enabled else None
        own_pages = [] if self._console is None else [self._console.url]
        self._storage = Storage(self, environment, self._key, own_pages)
        self._topic = (
            NotificationTopic(self, environment, self._key)
            if environment.notifications.topic
            else None
        )
        self._function = HandlerFunction(
            self, environment, package, self._key, self._clone, self._console_url
        )
        vpc = environment.function.vpc
        if vpc is not None and vpc.vpc_id:
            NetworkEndpoints(self, environment, vpc, vpc.vpc_id)
        TenantAliases(self, environment, self._function)
        EventSources(
            self,
            environment,
            tables=self._tables,
            queues=self._queues,
            function=self._function,
        )
        ExecutionEvents(self, environment, self._function)
        if environment.healing.rate_minutes:
            HealingSchedule(self, environment, self._function)
        self._own_topics = OwnTopics(self, environment, self._key)
        self._own_buckets = OwnBuckets(self, environment, self._key)
        Subscriptions(
            self,
            environment,
            topics=self._own_topics,
            buckets=self._own_buckets,
            function=self._function,
        )
        Schedules(self, environment, self._function)
        if environment.has_own_events:
            FailedEvents(self, self._function, self._queues.dead_letter_arn(FAILED_EVENTS))
        self._api = (
            HttpApi(self, environment, self._function, self._key, own_pages)
            if environment.api.enabled
            else None
        )
        if self._console is not None and self._api is not None and self._api.users is not None:
            self._console.configure(client_id=self._api.users.client_id, scopes=" ".join(SCOPES))
        self._live = (
            LiveApi(self, environment, self._api.entrance, self._key)
            if self._api is not None and environment.api.has_live
            else None
        )
        self._machines = self._state_machines()
        if environment.monitoring.enabled:
            Monitoring(
                self,
                environment,
                function_log_group=self._function.log_group_name,
                machine_log_groups={
                    name: machine.log_group_name for name, machine in self._machines.items()
                },
                api_log_group=None if self._api is None else self._api.log_group_name,
                live_log_group=None if self._live is None else self._live.log_group_name,
            )
        self._define_outputs()

    def _state_machines(self) -> dict[str, StateMachineConstruct]:
        environment = self._environment
        permissions = import_csv_statements(environment, self._key)
        return {
            name: StateMachineConstruct(
                self,
                environment,
                name,
                definition,
                permissions if name == StateMachine.IMPORT_CSV else (),
                key=self._key,
                is_express=name == StateMachine.EXPRESS_COMMAND,
            )
            for name, definition in definitions(environment, self._function.arn_of_states).items()
        }

    def _define_outputs(self) -> None:
        for name, value in {**self._settings().to_mapping(), **self._further_outputs()}.items():
            TerraformOutput(self, name, value=value)

    def _settings(self) -> Settings:
        """Read what names a resource from that resource; all else is as the environment says."""
        tables, queues, machines = self._tables, self._queues, self._machines
        return replace(
            self._environment.settings(),
            commands_table=tables.name(Table.COMMANDS),
            data_table=tables.name(Table.DATA),
            history_table=tables.name(Table.HISTORY),
            tasks_table=tables.name(Table.TASKS),
            import_tmp_table=tables.name(Table.IMPORT_TMP),
            approvals_table=tables.name(Table.APPROVALS),
            read_models_table=tables.name(Table.READ_MODELS),
            bucket=self._storage.name,
            function_name=self._function.name,
            command_state_machine_arn=machines[StateMachine.COMMAND].arn,
            task_state_machine_arn=machines[StateMachine.TASK].arn,
            import_csv_state_machine_arn=machines[StateMachine.IMPORT_CSV].arn,
            express_command_state_machine_arn=machines[StateMachine.EXPRESS_COMMAND].arn,
            task_action_queue_url=queues.url(Queue.TASK_ACTION),
            notification_queue_url=queues.url(Queue.NOTIFICATION),
            import_action_queue_url=queues.url(Queue.IMPORT_ACTION),
            api_table=tables.name(API_TABLE) if self._environment.api.enabled else "",
            connections_table=tables.name(CONNECTIONS_TABLE)
            if self._environment.api.has_live
            else "",
            notification_topic_arn="" if self._topic is None else self._topic.arn,
            notification_console_url=self._console_url,
        )

    @property
    def _console_url(self) -> str:
        """Address of the console that links in notices lead to; empty if there is none."""
        return self._environment.console_url if self._console is None else self._console.url

    def _further_outputs(self) -> dict[str, object]:
        environment = self._environment
        sources = environment.dead_letter_sources
        streamed = environment.streamed_table_names
        return {
            "region": environment.region,
            "account_id": environment.account_id,
            **({CLONE_OUTPUT: self._clone} if self._clone else {}),
            **({} if self._api is None else self._api.outputs),
            **({} if self._live is None else self._live.outputs),
            **({} if self._console is None else self._console.outputs),
            "bucket_arn": self._storage.arn,
            **self._own_outputs(),
            "function_arn": self._function.arn,
            "function_log_group": self._function.log_group_name,
            "function_role_arn": self._function.role.arn,
            "table_arns": {table: self._tables.arn(table) for table in environment.table_names},
            "stream_arns": {table: self._tables.stream_arn(table) for table in streamed},
            "queue_arns": {queue: self._queues.arn(queue) for queue in environment.queue_names},
            "dead_letter_queue_arns": {s: self._queues.dead_letter_arn(s) for s in sources},
            "dead_letter_queue_urls": {s: self._queues.dead_letter_url(s) for s in sources},
            "state_machine_arns": {
                machine: construct.arn for machine, construct in self._machines.items()
            },
            "state_machine_log_groups": {
                machine: construct.log_group_name for machine, construct in self._machines.items()
            },
        }

    def _own_outputs(self) -> dict[str, object]:
        """The application's own declarations, beside its queues and tables."""
        environment = self._environment
        outputs = {
            "topic_arns": {t.name: self._own_topics.arn(t.name) for t in environment.own(OwnTopic)},
            "bucket_names": {
                b.name: self._own_buckets.name(b.name) for b in environment.own(OwnBucket)
            },
            "rule_arns": {
                s.name: environment.arn("events", f"rule/{environment.qualified(s.name)}")
                for s in environment.own(OwnSchedule)
            },
        }
        return {name: value for name, value in outputs.items() if value}
