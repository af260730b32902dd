"""What may differ between environments, and the names of all resources of one.

An :class:`Environment` is read from ``environments/<name>.toml`` (see
:mod:`stacks.environment_file`). The stack names its resources by the rules below, and the command
line derives :class:`cqrs.settings.Settings` from the same ones when no Terraform outputs are at
hand.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)

from cqrs.resources import (
    FUNCTION,
    NOTIFICATION_TOPIC,
    STREAMED_TABLES,
    Queue,
    StateMachine,
    Table,
    dead_letter_queue,
)
from cqrs.settings import Settings
from stacks.tags import APPLICATION_TAG, CLONE_TAG, ENVIRONMENT_TAG, NO_DATA, VERSION_TAG

CLOUDWATCH_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
)  # fmt: skip
"""Retention periods that CloudWatch Logs accepts (API reference, PutRetentionPolicy)."""

NAME_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
"""Names of environments and applications; a bucket name allows no other characters."""

QUEUE_VISIBILITY_FACTOR = 6
"""Visibility timeout of a queue, in function timeouts (Lambda guide, "Using Lambda with SQS")."""

NAME_LIMITS = {"queue": 80, "state machine": 80, "function": 64, "role": 64, "bucket": 63}
"""Longest names that AWS accepts, by resource; a table's 255 characters are out of reach."""

LAYER_VERSION = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:layer:[a-zA-Z0-9_-]+:[0-9]+"
)
"""ARN of a layer's version (Lambda API reference, PublishLayerVersion)."""

BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")
"""Name of a bucket, old ones of us-east-1 included (S3 guide, "General purpose bucket naming
rules")."""

MAX_STATE_SECONDS = 99_999_999
"""Longest timeout of a state or an execution (Amazon States Language)."""

QUEUE_RETENTION_SECONDS = 4 * 86_400
"""Time that a queue keeps a message; its dead-letter queue keeps it longer."""

DEAD_LETTER_RETENTION_DAYS = 14
"""Longest retention of SQS: time to notice and redrive."""

ENDPOINTS = {
    "email": (re.compile(r"[^@\s]+@[^@\s]+"), "operators@example.com"),
    "email-json": (re.compile(r"[^@\s]+@[^@\s]+"), "operators@example.com"),
    "https": (re.compile(r"https://\S+"), "https://example.com/alarms"),
    "sms": (re.compile(r"\+[0-9]{5,15}"), "+819012345678"),
    "sqs": (re.compile(r"arn:aws[a-z-]*:sqs:\S+"), "arn:aws:sqs:REGION:ACCOUNT:NAME"),
    "lambda": (
        re.compile(r"arn:aws[a-z-]*:lambda:\S+"),
        "arn:aws:lambda:REGION:ACCOUNT:function:NAME",
    ),
}
"""Form of a subscription's endpoint, and an example, by protocol (SNS API reference, Subscribe)."""

TAG_TEXT = re.compile(r"[\w\s+=.:/@-]*")
TAG_KEY_LENGTH, TAG_VALUE_LENGTH, MAX_TAGS = 128, 256, 50
"""What all services take as a tag (Tagging guide, "Tag naming limits and requirements")."""

TO_BE_DEPLOYED = "to_be_deployed"
"""Key of the context of a validation: whether its workflows must be defined in this clone."""

MAX_LAYERS = 5
"""Layers that a function takes (Lambda guide, "Lambda quotas")."""


def _allowed_retention(days: int) -> int:
    if days not in CLOUDWATCH_RETENTION_DAYS:
        allowed = ", ".join(map(str, CLOUDWATCH_RETENTION_DAYS))
        raise ValueError(f"must be a period that CloudWatch Logs accepts: {allowed}")
    return days


def _layer_version(arn: str) -> str:
    if not LAYER_VERSION.fullmatch(arn):
        raise ValueError(
            "must be the ARN of a layer's version, arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION"
        )
    return arn


def _bucket_name(name: str) -> str:
    if not BUCKET_NAME.fullmatch(name):
        raise ValueError("must be a bucket's name, such as my-team-files")
    return name


def _usable_tags(tags: dict[str, str]) -> dict[str, str]:
    own = {ENVIRONMENT_TAG, APPLICATION_TAG, CLONE_TAG, VERSION_TAG, *NO_DATA}
    # IAM takes keys that differ in upper and lower case alone for one.
    lower = Counter(key.lower() for key in tags)
    if twice := [key for key, times in lower.items() if times > 1]:
        raise ValueError(f"has {twice[0]} twice, in upper and lower case, which AWS refuses")
    if taken := own & lower.keys():
        raise ValueError(
            f"must leave {', '.join(sorted(taken))} to the project, which sets it itself"
        )
    for key, value in tags.items():
        fits = 0 < len(key) <= TAG_KEY_LENGTH and len(value) <= TAG_VALUE_LENGTH
        is_text = TAG_TEXT.fullmatch(key) and TAG_TEXT.fullmatch(value)
        if not fits or not is_text or key.lower().startswith("aws:"):
            raise ValueError(
                f"has a tag that AWS refuses, {key[:TAG_KEY_LENGTH]!r}: a key has 1 to "
                f"{TAG_KEY_LENGTH} characters and does not begin with aws:, a value has at most "
                f"{TAG_VALUE_LENGTH}; both consist of letters, digits, spaces and + - = . _ : / @"
            )
    # The function has all of them but the tag of what holds no data, which is on a key.
    room = MAX_TAGS - len(own - NO_DATA.keys())
    if len(tags) > room:
        raise ValueError(f"has {len(tags)} tags; a resource takes {room} beside its own")
    return tags


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    is_complete = parts.scheme in {"http", "https"} and bool(parts.hostname)
    if not (is_complete and _has_valid_port(parts)) or parts.path.strip("/"):
        raise ValueError("must be a URL such as http://localhost:4566")
    return url.rstrip("/")


def _known_workflows(names: list[str], info: ValidationInfo) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("names a workflow twice")
    if not (info.context and info.context.get(TO_BE_DEPLOYED)):
        return names
    from stacks.state_machines.custom import custom_workflows  # noqa: PLC0415 - they are imported

    known = custom_workflows()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(
            f"names {', '.join(map(repr, unknown))}, which no module of stacks/state_machines "
            f"defines; defined are {', '.join(sorted(known)) or 'none'}"
        )
    return names


def _has_valid_port(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


BucketName = Annotated[str, AfterValidator(_bucket_name)]
LayerVersionArn = Annotated[str, AfterValidator(_layer_version)]
RetentionDays = Annotated[int, AfterValidator(_allowed_retention)]
StateSeconds = Annotated[int, Field(ge=1, le=MAX_STATE_SECONDS)]
TtlDays = Annotated[int, Field(ge=0, le=36500)]


class Section(BaseModel):
    """Base of all tables of an environment file: typed strictly, and closed to unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class LogOptions(Section):
    """``[logs]``."""

    function_retention_days: RetentionDays = Field(
        default=180, description="Days that the function's log is kept; default 180."
    )
    state_machine_retention_days: RetentionDays = Field(
        default=180, description="Days that the state machines' logs are kept; default 180."
    )
    state_machine_execution_data: bool = Field(
        default=True,
        description="Whether the state machines' logs hold what their states get and answer, task "
        "tokens and rows of imports among it; default true. Step Functions keeps the same in the "
        "histories of executions for 90 days.",
    )


class EncryptionOptions(Section):
    """``[encryption]``: the key that encrypts what is stored."""

    customer_managed_key: bool = Field(
        default=False,
        description="Whether the environment has a KMS key of its own, which costs a fee a month "
        "and one for its use, in the place of the keys of AWS; default false.",
    )


class FunctionOptions(Section):
    """``[function]``."""

    memory_mb: int = Field(default=512, ge=128, le=10240, description="Memory in MB; default 512.")
    timeout_seconds: int = Field(
        default=60,
        ge=20,
        le=900,
        description="Longest invocation in seconds; default 60. In less, no import could begin.",
    )
    architecture: Literal["arm64", "x86_64"] = Field(
        default="arm64",
        description="Instruction set; default arm64. The function costs less by it.",
    )
    reserved_concurrency: int | None = Field(
        default=None, ge=1, description="Concurrency kept for the function; default: none kept."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that the function logs; default INFO."
    )
    layers: list[LayerVersionArn] = Field(
        default_factory=list,
        max_length=MAX_LAYERS,
        description="ARNs of layer versions in the environment's region, built for the function's "
        "Python and architecture; default none. A compiled library such as pydantic gets into the "
        "function by a layer, as its package holds Python sources only.",
    )


class StreamOptions(Section):
    """``[streams]``: the event sources of the tables' streams."""

    batch_size: int = Field(
        default=1, ge=1, le=10000, description="Records an invocation; default 1."
    )
    parallelization_factor: int = Field(
        default=1,
        ge=1,
        le=10,
        description="Batches of one shard worked on at a time; default 1. "
        "Records of one key keep their order whatever it is.",
    )
    max_retry_attempts: int = Field(
        default=10,
        ge=0,
        le=10000,
        description="Retries of a failed batch before it goes to the on-failure queue; default 10.",
    )
    max_record_age_seconds: int = Field(
        default=21600,
        ge=60,
        le=86400,
        description="Age at which a record goes to the on-failure queue; default 21600. "
        "A stream holds records for a day.",
    )


class QueueOptions(Section):
    """``[queues]``: the queues and their event sources."""

    # A batch above ten needs a batching window, which would delay every single message.
    batch_size: int = Field(
        default=1, ge=1, le=10, description="Messages an invocation; default 1."
    )
    max_receive_count: int = Field(
        default=5,
        ge=1,
        le=1000,
        description="Receives before a message goes to the dead-letter queue; default 5.",
    )
    discarded_days: TtlDays = Field(
        default=0,
        description="Days after which the records of dead letters that `cqrs discard` gave up "
        "expire, 0 to keep them; default 0.",
    )


class CommandOptions(Section):
    """``[command]``: the command-handler state machine."""

    wait_seconds: StateSeconds = Field(
        default=60,
        description="How long a command waits for a signal of its predecessor before it looks "
        "for itself; default 60.",
    )
    execution_timeout_seconds: StateSeconds = Field(
        default=900, description="Longest execution in seconds; default 900."
    )

    @model_validator(mode="after")
    def _waits_within_execution(self) -> CommandOptions:
        if self.wait_seconds >= self.execution_timeout_seconds:
            raise ValueError(
                "wait_seconds must be less than execution_timeout_seconds, "
                f"{self.execution_timeout_seconds}"
            )
        return self


class TaskOptions(Section):
    """``[task]``: the task-handler state machine."""

    max_concurrency: int = Field(
        default=2, ge=0, le=40, description="Sub-tasks run at a time, 0 for no limit; default 2."
    )
    execution_timeout_seconds: StateSeconds = Field(
        default=900, description="Longest execution in seconds; default 900."
    )


class ImportOptions(Section):
    """``[import_csv]``: the import-csv state machine."""

    max_concurrency: int = Field(
        default=50, ge=1, le=10000, description="Batches worked on at a time; default 50."
    )
    max_items_per_batch: int = Field(default=10, ge=1, description="Rows in a batch; default 10.")
    source_buckets: list[BucketName] = Field(
        default_factory=list,
        description="Buckets beside the environment's own to import from; default none.",
    )
    uploads_days: TtlDays = Field(
        default=0,
        description="Days after which files that `cqrs import` uploaded expire, 0 to keep them; "
        "default 0.",
    )


class ApprovalOptions(Section):
    """``[approval]``: states that wait for somebody's approval."""

    timeout_seconds: int = Field(
        default=7 * 86_400,
        ge=1,
        le=365 * 86_400,
        description="How long an answer is waited for: a week by default; default 604800.",
    )
    heartbeat_seconds: int = Field(
        default=86_400,
        ge=0,
        description="Longest time between two heartbeats (`cqrs approvals heartbeat`) while it is "
        "waited for, a day by default; default 86400. 0 needs none.",
    )

    @model_validator(mode="after")
    def _beats_while_it_waits(self) -> ApprovalOptions:
        if self.heartbeat_seconds >= self.timeout_seconds:
            raise ValueError(
                f"heartbeat_seconds must be less than timeout_seconds, {self.timeout_seconds}"
            )
        return self


class NotificationOptions(Section):
    """``[notifications]``: what is told beside the changes of tasks and imports, and to whom."""

    commands: bool = Field(
        default=False,
        description="Whether the end of every command is told, which costs an invocation and a "
        "message each; default false.",
    )
    topic: bool = Field(
        default=False,
        description="Whether there is an SNS topic that notifications are posted to; "
        "default false.",
    )


class Subscription(Section):
    """``[[monitoring.subscriptions]]``: somebody who is told of alarms."""

    protocol: Literal["email", "email-json", "https", "sms", "sqs", "lambda"] = Field(
        description="How. E-mail and HTTPS endpoints must confirm it; a queue or a function must "
        "allow the topic to reach it."
    )
    endpoint: str = Field(
        min_length=1, description="Where: an address, a URL, a number or an ARN, by the protocol."
    )

    @model_validator(mode="after")
    def _endpoint_of_protocol(self) -> Subscription:
        form, example = ENDPOINTS[self.protocol]
        if not form.fullmatch(self.endpoint):
            raise ValueError(
                f"endpoint: must be as {example} for the protocol {self.protocol}; it is "
                f"{self.endpoint!r}"
            )
        return self


def _each_once(subscriptions: list[Subscription]) -> list[Subscription]:
    if len({(one.protocol, one.endpoint) for one in subscriptions}) < len(subscriptions):
        raise ValueError("names a subscription twice")
    return subscriptions


class MonitoringOptions(Section):
    """``[monitoring]``: alarms, dashboard and saved queries."""

    enabled: bool = Field(default=True, description="Whether there are any; default true.")
    subscriptions: Annotated[list[Subscription], AfterValidator(_each_once)] = Field(
        default_factory=list, description="Who is told of alarms; default nobody."
    )
    function_errors: int = Field(
        default=0,
        ge=0,
        description="Failed invocations in five minutes that raise no alarm yet; default 0.",
    )
    duration_percent: int = Field(
        default=80,
        ge=1,
        le=99,
        description="Part of the function's timeout that 99 of 100 invocations stay below, in "
        "percent; default 80.",
    )
    iterator_age_seconds: int = Field(
        default=300,
        ge=1,
        le=86_400,
        description="Age of a stream's record, when it reaches the function, that raises no alarm "
        "yet; default 300.",
    )
    oldest_message_seconds: int = Field(
        default=900,
        ge=1,
        description="Age of a queue's oldest message that raises no alarm yet; default 900.",
    )


class TtlOptions(Section):
    """``[ttl_days]``: days after which items of a table expire; 0, the default, keeps them."""

    commands: TtlDays = Field(default=0, description="Commands; default 0.")
    history: TtlDays = Field(default=0, description="Earlier states; default 0.")
    tasks: TtlDays = Field(default=0, description="Tasks and sub-tasks; default 0.")
    import_tmp: TtlDays = Field(default=0, description="Import jobs; default 0.")
    approvals: TtlDays = Field(default=0, description="Approval requests; default 0.")


class Environment(Section):
    """One environment: the keys of its file, and the names that follow from them."""

    name: str = Field(pattern=NAME_PATTERN, description="The name of the file, without its suffix.")
    application: str = Field(
        pattern=NAME_PATTERN,
        description="Short name of the application; resources are named "
        "`<environment>-<application>-...`.",
    )
    account_id: str = Field(pattern=r"^[0-9]{12}$", description="AWS account, 12 digits, quoted.")
    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$", description="AWS region.")
    endpoint: Annotated[str, AfterValidator(_http_url)] | None = Field(
        default=None,
        description="Endpoint of an emulator; default none. Where there is one, the environment "
        "variable AWS_ENDPOINT_URL takes its place.",
    )
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
    monitoring: MonitoringOptions = Field(
        default_factory=MonitoringOptions, description="Monitoring."
    )
    ttl_days: TtlOptions = Field(default_factory=TtlOptions, description="Expiry of items.")
    workflows: Annotated[list[str], AfterValidator(_known_workflows)] = Field(
        default_factory=list, description="Custom workflows to deploy, by name; default none."
    )
    tags: Annotated[dict[str, str], AfterValidator(_usable_tags)] = Field(
        default_factory=dict,
        description="Tags of all resources, beside `environment` and `application`.",
    )

    @model_validator(mode="after")
    def _emulator_has_endpoint(self) -> Environment:
        if (self.dialect == "emulator") != (self.endpoint is not None):
            raise ValueError('dialect: must be "emulator" where there is an endpoint, else "aws"')
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
    def _executions_outlast_a_call(self) -> Environment:
        longest = self.function.timeout_seconds
        for section, options in (("command", self.command), ("task", self.task)):
            if options.execution_timeout_seconds < longest:
                raise ValueError(
                    f"{section}.execution_timeout_seconds: must be at least the "
                    f"{longest} s that one call may take (function.timeout_seconds); it is "
                    f"{options.execution_timeout_seconds}"
                )
        return self

    @model_validator(mode="after")
    def _tries_before_messages_expire(self) -> Environment:
        tries = self.queues.max_receive_count
        if tries * self.queue_visibility_seconds >= QUEUE_RETENTION_SECONDS:
            raise ValueError(
                f"queues.max_receive_count: {tries} tries of a message, "
                f"{self.queue_visibility_seconds} s apart, take longer than a queue keeps it "
                f"({QUEUE_RETENTION_SECONDS} s), so it would be lost before it is set aside"
            )
        return self

    @model_validator(mode="after")
    def _names_within_limits(self) -> Environment:
        for kind, name in self._longest_names():
            if len(name) > NAME_LIMITS[kind]:
                base_name = name.removeprefix(self.prefix)
                key = f"workflows: {base_name}" if base_name in self.workflows else "application:"
                raise ValueError(
                    f"{key} is too long: the {kind} name {name} has {len(name)} characters, "
                    f"and AWS accepts {NAME_LIMITS[kind]}"
                )
        return self

    def _longest_names(self) -> list[tuple[str, str]]:
        queues = [*Queue, *(dead_letter_queue(name) for name in (*Queue, *STREAMED_TABLES))]
        machines = [self.state_machine(machine) for machine in self.state_machines]
        return [
            ("bucket", self.bucket),
            ("bucket", self.state_bucket),
            ("function", self.function_name),
            ("queue", max((self.qualified(name) for name in queues), key=len)),
            ("state machine", max(machines, key=len)),
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
    def prefix(self) -> str:
        """Beginning of every resource name."""
        return f"{self.name}-{self.application}-"

    @property
    def partition(self) -> str:
        """ARN partition of the region (IAM guide, "Amazon resource names")."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def bucket(self) -> str:
        """Bucket name; the account makes it unique in the world."""
        return f"{self.prefix}{self.account_id}"

    @property
    def state_bucket(self) -> str:
        """Name of the bucket that holds Terraform's state."""
        return f"{self.prefix}tfstate-{self.account_id}"

    @property
    def function_name(self) -> str:
        """Name of the function."""
        return self.qualified(FUNCTION)

    @property
    def queue_visibility_seconds(self) -> int:
        """Visibility timeout of the queues."""
        return QUEUE_VISIBILITY_FACTOR * self.function.timeout_seconds

    @property
    def key_alias(self) -> str:
        """Alias of the customer-managed key."""
        return f"alias/{self.prefix}data"

    def qualified(self, base_name: str) -> str:
        """Name of a table, queue, function or state machine."""
        return f"{self.prefix}{base_name}"

    def state_machine(self, machine: str) -> str:
        """Name of a state machine."""
        return self.qualified(machine)

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource in the environment's region and account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def iam_arn(self, resource: str) -> str:
        """ARN of a role or a user, which has no region."""
        return f"arn:{self.partition}:iam::{self.account_id}:{resource}"

    def bucket_arn(self, bucket: str, objects: str = "") -> str:
        """ARN of a bucket, or of its objects, such as ``/results/*``."""
        return f"arn:{self.partition}:s3:::{bucket}{objects}"

    def table_arn(self, table: Table) -> str:
        """ARN of a table."""
        return self.arn("dynamodb", f"table/{self.qualified(table)}")

    def queue_arn(self, base_name: str) -> str:
        """ARN of a queue."""
        return self.arn("sqs", self.qualified(base_name))

    def queue_url(self, base_name: str) -> str:
        """URL of a queue."""
        suffix = ".cn" if self.partition == "aws-cn" else ""
        host = self.endpoint or f"https://sqs.{self.region}.amazonaws.com{suffix}"
        return f"{host}/{self.account_id}/{self.qualified(base_name)}"

    def topic_arn(self) -> str:
        """ARN of the topic of notifications."""
        return self.arn("sns", self.qualified(NOTIFICATION_TOPIC))

    def function_arn(self) -> str:
        """ARN of the function."""
        return self.arn("lambda", f"function:{self.function_name}")

    def state_machine_arn(self, machine: str) -> str:
        """ARN of a state machine."""
        return self.arn("states", f"stateMachine:{self.state_machine(machine)}")

    def execution_arns(self, machine: str) -> str:
        """Pattern of the ARNs of a state machine's executions."""
        return self.arn("states", f"execution:{self.state_machine(machine)}:*")

    def settings(self) -> Settings:
        """Derive what the runtime and the command line must be told of this environment."""
        return Settings(
            resource_prefix=self.prefix,
            commands_table=self.qualified(Table.COMMANDS),
            data_table=self.qualified(Table.DATA),
            history_table=self.qualified(Table.HISTORY),
            tasks_table=self.qualified(Table.TASKS),
            import_tmp_table=self.qualified(Table.IMPORT_TMP),
            approvals_table=self.qualified(Table.APPROVALS),
            bucket=self.bucket,
            function_name=self.function_name,
            command_state_machine_arn=self.state_machine_arn(StateMachine.COMMAND),
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
            command_notifications=self.notifications.commands,
            notification_topic_arn=self.topic_arn() if self.notifications.topic else "",
        )
