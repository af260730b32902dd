"""The differences between environments, and the names of all resources of one.

An :class:`Environment` is read from ``environments/<name>.toml`` (see
:mod:`stacks.environment.file`). The stack names its resources by the rules below. The command line
derives :class:`cqrs.settings.Settings` from the same ones when no Terraform outputs are at hand.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    model_validator,
)

from cqrs.resources import (
    API_ALIAS,
    API_TABLE,
    CONNECTIONS_TABLE,
    EXECUTIONS_ENDED,
    FAILED_EVENTS,
    HEALER,
    OWN_STREAM,
    STREAMED_TABLES,
    Queue,
    StateMachine,
    Table,
    dead_letter_queue,
)
from cqrs.settings import Settings
from cqrs.states import EXPRESS_SECONDS, Lane
from stacks.declarations.resources import (
    Own,
    OwnBucket,
    OwnQueue,
    OwnResource,
    OwnSchedule,
    OwnTable,
    OwnTopic,
)
from stacks.documents import render
from stacks.environment.names import Names
from stacks.options.api import RESERVED_WORDS, ApiOptions
from stacks.options.console import ConsoleOptions
from stacks.options.development import DevelopmentOptions
from stacks.options.function import (
    FunctionOptions,
    LogOptions,
)
from stacks.options.healing import HealingOptions
from stacks.options.monitoring import MonitoringOptions
from stacks.options.notifications import ARN_BEGIN, NotificationOptions
from stacks.options.read_models import ReadModelOptions
from stacks.options.sources import (
    QUEUE_RETENTION_SECONDS,
    QueueOptions,
    StreamOptions,
)
from stacks.options.storage import EncryptionOptions, TtlOptions
from stacks.options.tags import Tags
from stacks.options.workflows import (
    ApprovalOptions,
    CommandOptions,
    ImportOptions,
    TaskOptions,
)
from stacks.tags import APPLICATION_TAG, ENVIRONMENT_TAG

QUEUE_VISIBILITY_FACTOR = 6
"""Visibility timeout of a queue, in function timeouts (Lambda guide, "Using Lambda with SQS")."""

DOCUMENTS_LENGTH = 2_000
"""Characters of all JSON in the function's variables, which have 4 KB together (Lambda guide,
"Lambda quotas"). Names and settings take up to 2 KB."""

LOCAL_CONSOLE = "http://localhost:3000"
"""The console of an environment on an emulator, as ``make console`` serves it."""

LONGEST_EXPRESS_CALL = 90
"""Longest timeout of the function in the Express lane. A call that is late has another try, and the
time to say that it failed."""

NAME_LIMITS = {
    "queue": 80,
    "state machine": 80,
    "function": 64,
    "role": 64,
    "bucket": 63,
    "rule": 64,
    "schedule": 64,
}
"""Longest names that AWS accepts, by resource; a table's 255 characters are out of reach."""

TO_BE_DEPLOYED = "to_be_deployed"
"""Key of the context of a validation: whether its workflows must be defined in this clone."""


def _known_workflows(names: list[str], info: ValidationInfo) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("names a workflow twice")
    if not (info.context and info.context.get(TO_BE_DEPLOYED)):
        return names
    from stacks.declarations.workflows import custom_workflows  # noqa: PLC0415 - they are imported

    known = custom_workflows()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(
            f"names {', '.join(map(repr, unknown))}, which no module of stacks/app "
            f"defines; defined are {', '.join(sorted(known)) or 'none'}"
        )
    return names


class Environment(Names):
    """One environment: the keys of its file, and the names that follow from them."""

    dialect: Literal["aws", "emulator"] = Field(
        default="aws",
        description="`emulator` renders what emulators lack in a form that they run; default aws.",
    )
    deletion_protection: bool = Field(
        default=True,
        description="Whether tables, queues, bucket and key resist their deletion; default true.",
    )
    point_in_time_recovery: bool = Field(
        default=True, description="Whether tables can be restored to any second; default true."
    )
    encryption: EncryptionOptions = Field(
        default_factory=EncryptionOptions, description="Encryption at rest."
    )
    logs: LogOptions = Field(default_factory=LogOptions, description="Logs.")
    function: FunctionOptions = Field(default_factory=FunctionOptions, description="The function.")
    streams: StreamOptions = Field(default_factory=StreamOptions, description="Streams.")
    queues: QueueOptions = Field(default_factory=QueueOptions, description="Queues.")
    command: CommandOptions = Field(default_factory=CommandOptions, description="Commands.")
    task: TaskOptions = Field(default_factory=TaskOptions, description="Tasks.")
    import_csv: ImportOptions = Field(default_factory=ImportOptions, description="Imports.")
    notifications: NotificationOptions = Field(
        default_factory=NotificationOptions, description="Notifications."
    )
    approval: ApprovalOptions = Field(default_factory=ApprovalOptions, description="Approvals.")
    healing: HealingOptions = Field(default_factory=HealingOptions, description="Healing.")
    api: ApiOptions = Field(default_factory=ApiOptions, description="The HTTP API.")
    read_models: ReadModelOptions = Field(
        default_factory=ReadModelOptions, description="Read models."
    )
    console: ConsoleOptions = Field(default_factory=ConsoleOptions, description="The web console.")
    monitoring: MonitoringOptions = Field(
        default_factory=MonitoringOptions, description="Monitoring."
    )
    ttl_days: TtlOptions = Field(default_factory=TtlOptions, description="Expiry of items.")
    workflows: Annotated[list[str], AfterValidator(_known_workflows)] = Field(
        default_factory=list, description="Custom workflows to deploy, by name; default none."
    )
    development: DevelopmentOptions = Field(
        default_factory=DevelopmentOptions, description="Development."
    )
    tags: Tags = Field(
        default_factory=dict,
        description="Tags of all resources, beside `environment` and `application`.",
    )

    database_url: str = Field(
        default="", exclude=True, description="DATABASE_URL, in an environment on an emulator."
    )
    own_resources: tuple[OwnResource, ...] = Field(
        default=(), exclude=True, description="The application's own declarations."
    )

    @model_validator(mode="after")
    def _emulator_has_endpoint(self) -> Environment:
        if (self.dialect == "emulator") != (self.endpoint is not None):
            raise ValueError('dialect: must be "emulator" if there is an endpoint, else "aws"')
        return self

    @model_validator(mode="after")
    def _development_of_unprotected(self) -> Environment:
        if self.development.enabled and self.deletion_protection:
            raise ValueError(
                "development.enabled: must be false, as deletion_protection is true, and each "
                "saved file would go live"
            )
        return self

    @model_validator(mode="after")
    def _certificate_within_region(self) -> Environment:
        home = f"arn:{self.partition}:acm:{self.region}:"
        for section, options in (("api", self.api), ("api.live", self.api.live)):
            certificate = options.certificate_arn
            if certificate and not certificate.startswith(home):
                raise ValueError(
                    f"{section}.certificate_arn: {certificate} is of another region; the API takes "
                    f"one of its own, which begins with {home}"
                )
        return self

    @model_validator(mode="after")
    def _console_can_sign_in(self) -> Environment:
        if not self.console.enabled:
            return self
        if self.endpoint is not None:
            raise ValueError(
                "console.enabled: must be false on an emulator, for which `make console` serves it"
            )
        if not self.api.has_user_pool:
            raise ValueError(
                "console.enabled: needs a user pool, at which people sign in: set enabled of [api] "
                "and of [api.user_pool] to true"
            )
        if self.partition != "aws":
            raise ValueError(
                f"console.enabled: must be false in {self.region}, as the console is made for "
                "CloudFront in the partition aws"
            )
        return self

    @model_validator(mode="after")
    def _links_lead_to_one_console(self) -> Environment:
        if self.console.enabled and self.notifications.console_url:
            raise ValueError(
                "notifications.console_url: must be left out, as [console] makes a console that "
                "links lead to"
            )
        return self

    @model_validator(mode="after")
    def _webhook_is_safe(self) -> Environment:
        webhook = self.notifications.webhook
        if webhook is None:
            return self
        if self.endpoint is None and not webhook.has_tls:
            raise ValueError(
                f"notifications.webhook.url: must begin with https, as only an environment on an "
                f"emulator may post without TLS; it is {webhook.url!r}"
            )
        home = f"arn:{self.partition}:secretsmanager:{self.region}:"
        if webhook.secret.startswith(ARN_BEGIN) and not webhook.secret.startswith(home):
            raise ValueError(
                f"notifications.webhook.secret: {webhook.secret} is of another region; the "
                f"function reads one of its own, which begins with {home}"
            )
        return self

    @model_validator(mode="after")
    def _documents_fit_into_variables(self) -> Environment:
        told = self.notifications
        documents = [told.email_document, told.webhook_document]
        if self.api.enabled:
            documents.append(self.api.identity_document)
        size = sum(map(len, documents))
        if any(documents[:2]) and size > DOCUMENTS_LENGTH:
            raise ValueError(
                f"notifications: email and webhook have, with api.identity, {size:,} characters "
                f"as JSON, and the function's variables have room for {DOCUMENTS_LENGTH:,}. Name "
                "lists of your mail system in the place of single addresses"
            )
        return self

    @model_validator(mode="after")
    def _domain_of_user_pool(self) -> Environment:
        taken = [word for word in RESERVED_WORDS if word in self.user_pool_domain]
        if self.api.has_user_pool and taken:
            raise ValueError(
                f"api.user_pool.domain_prefix: must be given, as Cognito refuses the word "
                f"{taken[0]} in {self.user_pool_domain}, which it is otherwise"
            )
        return self

    @model_validator(mode="after")
    def _layers_within_region(self) -> Environment:
        home = f"arn:{self.partition}:lambda:{self.region}:"
        for layer in self.function.layers:
            if not layer.startswith(home):
                raise ValueError(
                    f"function.layers: {layer} is of another region; a function takes layers of "
                    f"its own one, which begin with {home}"
                )
        return self

    @model_validator(mode="after")
    def _database_in_aws(self) -> Environment:
        if self.endpoint is not None and self.read_models.sql.engine != "none":
            raise ValueError(
                "read_models.sql: an emulator has no database; remove the section, and name a "
                "PostgreSQL in the variable DATABASE_URL"
            )
        return self

    @model_validator(mode="after")
    def _executions_outlast_a_call(self) -> Environment:
        longest = self.function.timeout_seconds
        for section, execution in (
            ("command", self.command.execution_timeout_seconds),
            ("task", self.task.execution_timeout_seconds),
            ("import_csv", self.import_csv.execution_timeout_seconds),
        ):
            if execution < longest:
                raise ValueError(
                    f"{section}.execution_timeout_seconds: must be at least the "
                    f"{longest} s that one call may take (function.timeout_seconds); it is "
                    f"{execution}"
                )
        return self

    @model_validator(mode="after")
    def _express_commands_end(self) -> Environment:
        """See that an Express execution has the time that it needs, and somebody to follow it.

        It takes five minutes at most, and nobody reports its end.
        """
        if self.command.lane is not Lane.EXPRESS:
            return self
        if not self.healing.rate_minutes:
            raise ValueError(
                'command.lane: "express" needs the healer, which begins commands again whose '
                "execution has died; healing.rate_minutes is 0"
            )
        if self.function.timeout_seconds > LONGEST_EXPRESS_CALL:
            raise ValueError(
                f'command.lane: "express" leaves {EXPRESS_SECONDS} s for all states of a command, '
                f"and function.timeout_seconds is {self.function.timeout_seconds}; it must be "
                f"{LONGEST_EXPRESS_CALL} at most"
            )
        return self

    @model_validator(mode="after")
    def _tries_before_messages_expire(self) -> Environment:
        tries = self.queues.max_receive_count
        if tries * self.queue_visibility_seconds >= QUEUE_RETENTION_SECONDS:
            raise ValueError(
                f"queues.max_receive_count: {tries} tries of a message, "
                f"{self.queue_visibility_seconds} s apart, take longer than a queue keeps it "
                f"({QUEUE_RETENTION_SECONDS} s). It would be lost before it is set aside"
            )
        return self

    @model_validator(mode="after")
    def _queues_within_reserved_concurrency(self) -> Environment:
        """See that queues get no more than there is.

        Messages that Lambda has no room for are received again and again, and set aside unhandled.
        (Lambda guide, "Configuring scaling behavior for SQS event source mappings").
        """
        reserved = self.function.reserved_concurrency
        taken = sum(self.queues.max_concurrency.of(queue) for queue in self.queue_names)
        if reserved is not None and taken > reserved:
            raise ValueError(
                f"queues.max_concurrency: the queues may take {taken} of the function's "
                f"concurrency together, and function.reserved_concurrency is {reserved}"
            )
        return self

    @model_validator(mode="after")
    def _names_within_limits(self) -> Environment:
        for kind, name in self._longest_names():
            if len(name) > NAME_LIMITS[kind]:
                base_name = name.removeprefix(self.prefix)
                key = f"workflows: {base_name}" if base_name in self.workflows else "application:"
                if any(base_name.startswith(own.name) for own in self.own_resources):
                    key = f"stacks/app: {base_name}"
                raise ValueError(
                    f"{key} is too long: the {kind} name {name} has {len(name)} characters, "
                    f"and AWS accepts {NAME_LIMITS[kind]}"
                )
        return self

    def _longest_names(self) -> list[tuple[str, str]]:
        set_aside = [dead_letter_queue(source) for source in self.dead_letter_sources]
        queues = [*self.queue_names, *set_aside]
        machines = [self.state_machine(machine) for machine in self.state_machines]
        rules = [EXECUTIONS_ENDED, *(own.name for own in self.own(OwnSchedule))]
        return [
            ("bucket", self.bucket),
            ("bucket", self.state_bucket),
            ("bucket", self.console_bucket),
            *(("bucket", self.own_bucket(own.name)) for own in self.own(OwnBucket)),
            ("function", self.function_name),
            ("queue", max((self.qualified(name) for name in queues), key=len)),
            ("rule", max((self.qualified(name) for name in rules), key=len)),
            ("state machine", max(machines, key=len)),
            ("schedule", self.qualified(HEALER)),
            ("role", max([self.function_name, *machines], key=len)),
        ]

    @property
    def all_tags(self) -> dict[str, str]:
        """Tags of everything that belongs to it."""
        return {ENVIRONMENT_TAG: self.name, APPLICATION_TAG: self.application, **self.tags}

    @property
    def state_machines(self) -> tuple[str, ...]:
        """Base names of all its state machines, the custom ones last."""
        return (*StateMachine, *self.workflows)

    @property
    def standard_machines(self) -> tuple[str, ...]:
        """Those whose executions can be described, stopped and answered."""
        return tuple(name for name in self.state_machines if name != StateMachine.EXPRESS_COMMAND)

    def own(self, kind: type[Own]) -> tuple[Own, ...]:
        """The application's own declarations of a kind, by name."""
        return tuple(resource for resource in self.own_resources if isinstance(resource, kind))

    @property
    def queue_names(self) -> tuple[str, ...]:
        """Base names of all queues that the function consumes, the application's own last."""
        return (*Queue, *(own.name for own in self.own(OwnQueue)))

    @property
    def table_names(self) -> tuple[str, ...]:
        """Base names of all tables, the application's own last."""
        api = (API_TABLE,) if self.api.enabled else ()
        live = (CONNECTIONS_TABLE,) if self.api.has_live else ()
        return (*Table, *api, *live, *(own.name for own in self.own(OwnTable)))

    @property
    def streamed_table_names(self) -> tuple[str, ...]:
        """Base names of the tables whose stream invokes the function."""
        return (*STREAMED_TABLES, *(own.name for own in self.own(OwnTable) if own.stream))

    @property
    def has_own_events(self) -> bool:
        """Whether topics, buckets or schedules of the application's own invoke the function."""
        return any((self.own(OwnTopic), self.own(OwnBucket), self.own(OwnSchedule)))

    @property
    def dead_letter_sources(self) -> tuple[str, ...]:
        """Base names of all that has a dead-letter queue or an on-failure queue."""
        events = (FAILED_EVENTS,) if self.has_own_events else ()
        return (*self.queue_names, *self.streamed_table_names, *events)

    @property
    def user_pool_domain(self) -> str:
        """First part of the hosted domain of the user pool."""
        return self.api.user_pool.domain_prefix or f"{self.prefix}{self.account_id}"

    @property
    def has_pages(self) -> bool:
        """Whether pages of some origin use links to the bucket."""
        return bool(self.api.cors_origins) or self.console.enabled

    @property
    def live_url(self) -> str:
        """Address at which clients reach the WebSocket API."""
        if self.api.live.domain_name:
            return f"wss://{self.api.live.domain_name}"
        return self.live_endpoint.replace("http", "ws", 1)

    @property
    def import_buckets(self) -> tuple[str, ...]:
        """Names of the buckets beside the environment's own to import from."""
        own = (self.own_bucket(own.name) for own in self.own(OwnBucket) if own.imports)
        return (*self.import_csv.source_buckets, *own)

    @property
    def queue_visibility_seconds(self) -> int:
        """Visibility timeout of the queues."""
        return QUEUE_VISIBILITY_FACTOR * self.function.timeout_seconds

    def settings(self) -> Settings:
        """Derive the settings of this environment for the runtime and the command line."""
        return Settings(
            resource_prefix=self.prefix,
            environment_name=self.name,
            commands_table=self.qualified(Table.COMMANDS),
            data_table=self.qualified(Table.DATA),
            history_table=self.qualified(Table.HISTORY),
            tasks_table=self.qualified(Table.TASKS),
            import_tmp_table=self.qualified(Table.IMPORT_TMP),
            approvals_table=self.qualified(Table.APPROVALS),
            read_models_table=self.qualified(Table.READ_MODELS),
            bucket=self.bucket,
            function_name=self.function_name,
            command_state_machine_arn=self.state_machine_arn(StateMachine.COMMAND),
            express_command_state_machine_arn=self.state_machine_arn(StateMachine.EXPRESS_COMMAND),
            command_lane=self.command.lane.value,
            unknown_item_types=self.command.unknown_types.value,
            verified_answers_only=self.approval.verified_only,
            task_state_machine_arn=self.state_machine_arn(StateMachine.TASK),
            import_csv_state_machine_arn=self.state_machine_arn(StateMachine.IMPORT_CSV),
            task_action_queue_url=self.queue_url(Queue.TASK_ACTION),
            notification_queue_url=self.queue_url(Queue.NOTIFICATION),
            import_action_queue_url=self.queue_url(Queue.IMPORT_ACTION),
            commands_ttl_days=self.ttl_days.commands,
            history_ttl_days=self.ttl_days.history,
            tasks_ttl_days=self.ttl_days.tasks,
            import_tmp_ttl_days=self.ttl_days.import_tmp,
            approvals_ttl_days=self.ttl_days.approvals,
            max_receive_count=self.queues.max_receive_count,
            function_timeout_seconds=self.function.timeout_seconds,
            queue_visibility_seconds=self.queue_visibility_seconds,
            command_notifications=self.notifications.commands,
            live_commands=self.api.has_live and self.api.live.commands,
            notification_topic_arn=self.topic_arn() if self.notifications.topic else "",
            notification_email=self.notifications.email_document,
            notification_webhook=self.notifications.webhook_document,
            notification_console_url=self.console_url,
            api_table=self.qualified(API_TABLE) if self.api.enabled else "",
            api_identity=self.api.identity_document if self.api.enabled else "",
            api_function_alias=self.api_function_alias or "",
            function_aliases=self.function.aliases_document,
            connections_table=self.qualified(CONNECTIONS_TABLE) if self.api.has_live else "",
            live_url=self.live_url if self.api.has_live else "",
            live_endpoint=self.live_endpoint if self.api.has_live else "",
            sql_database=self._sql_database(),
            own_resources=" ".join(self._marked_resources()),
            workflows=" ".join(self.workflows),
        )

    @property
    def console_url(self) -> str:
        """Address of the web console, if it does not follow from what the stack makes."""
        if self.notifications.console_url:
            return self.notifications.console_url
        if self.console.domain_name:
            return f"https://{self.console.domain_name}"
        return LOCAL_CONSOLE if self.endpoint is not None and self.api.enabled else ""

    @property
    def api_function_alias(self) -> str | None:
        """Alias of the function that API Gateway alone invokes.

        Emulator difference: MiniStack 1.5.33 leaves the alias of an integration out.
        """
        return API_ALIAS if self.api.enabled and self.dialect == "aws" else None

    @property
    def alias_names(self) -> list[str]:
        """Names of all aliases of the function."""
        of_api = self.api_function_alias
        return [*self.function.aliases, *([] if of_api is None else [of_api])]

    @property
    def has_sql(self) -> bool:
        """Whether read models may lie in SQL."""
        return bool(self.database_url) or self.read_models.sql.engine != "none"

    def _sql_database(self) -> str:
        if not self.has_sql:
            return ""
        if self.database_url:
            return render({"engine": "url", "url": self.database_url})
        options = self.read_models.sql
        host = options.host or f"{options.cluster_id}.dsql.{self.region}.on.aws"
        target = {
            "engine": options.engine,
            "host": host,
            "port": options.port,
            "database": options.database,
            "user": options.user,
            "region": self.region,
        }
        return render({**target, **({"ca_bundle": options.ca_bundle} if options.ca_bundle else {})})

    @property
    def sql_login(self) -> tuple[str, str]:
        """Action and resource of IAM by which the function logs in to its database."""
        options = self.read_models.sql
        if options.engine == "dsql":
            return "dsql:DbConnect", self.arn("dsql", f"cluster/{options.cluster_id}")
        return "rds-db:connect", self.arn("rds-db", f"dbuser:{options.resource_id}/{options.user}")

    def _marked_resources(self) -> list[str]:
        """The application's own declarations, each with its kind."""
        streams = [own.name for own in self.own(OwnTable) if own.stream]
        return [
            *(f"{own.kind}:{own.name}" for own in self.own_resources),
            *(f"{OWN_STREAM}:{name}" for name in streams),
        ]
