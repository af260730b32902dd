"""The reference's resources: tables, topic, bucket, function, event source and state machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benchmarks.reference import machine, program
from benchmarks.stack import CLIENT, session

if TYPE_CHECKING:
    pass

PREFIX = "dev-reference-"
"""``<NODE_ENV>-<APP_NAME>-``, the beginning of the names that the reference builds."""

FUNCTION = f"{PREFIX}main"
MODULE = "bench"
COMMANDS, DATA, HISTORY = (f"{PREFIX}{MODULE}-{table}" for table in ("command", "data", "history"))
MASTER = f"{PREFIX}master-data"
"""The table of its settings, times to live among them."""

RUNTIME = "nodejs20.x"
MEMORY_MB = 512
TIMEOUT_SECONDS = 60
ROLE = "arn:aws:iam::000000000000:role/reference"


def deploy(endpoint: str) -> str:
    """Create everything on an emulator; the state machine's ARN."""
    aws = _Resources(endpoint)
    stream = aws.table(COMMANDS, stream=True)
    for name in (DATA, HISTORY, MASTER):
        aws.table(name)
    topic, bucket = aws.topic(f"{PREFIX}main-sns"), aws.bucket(f"{PREFIX}main")
    arn = aws.machine(f"{PREFIX}command-handler")
    aws.function(variables(topic, bucket, arn))
    aws.event_source(stream)
    return arn


def variables(topic: str, bucket: str, machine_arn: str) -> dict[str, str]:
    """The function's environment variables. It starts with none less."""
    return {
        "APP_NAME": "reference",
        "APPSYNC_ENDPOINT": "http://127.0.0.1:9/graphql",  # nobody is notified
        "ATTRIBUTE_LIMIT_SIZE": "389120",
        "EVENT_SOURCE_DISABLED": "false",
        "LOG_LEVEL": "info",
        "NODE_ENV": "dev",
        "NODE_NO_WARNINGS": "1",
        "NODE_PATH": str(program.MODULES),
        "S3_BUCKET_NAME": bucket,
        "SES_FROM_EMAIL": "nobody@example.com",
        "SFN_COMMAND_ARN": machine_arn,
        "SNS_ALARM_TOPIC_ARN": topic,
        "SNS_TOPIC_ARN": topic,
    }


class _Resources:
    """Creates resources one by one."""

    def __init__(self, endpoint: str) -> None:
        self._session = session(CLIENT)
        self._endpoint = endpoint

    def _client(self, service: str) -> Any:
        return self._session.client(service, endpoint_url=self._endpoint)

    def table(self, name: str, *, stream: bool = False) -> str:
        """A table; the ARN of its stream, or nothing."""
        streaming = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        made = self._client("dynamodb").create_table(
            TableName=name,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")
            ],
            BillingMode="PAY_PER_REQUEST",
            **({"StreamSpecification": streaming} if stream else {}),
        )
        return str(made["TableDescription"].get("LatestStreamArn", ""))

    def topic(self, name: str) -> str:
        """A topic without subscribers; its ARN."""
        return str(self._client("sns").create_topic(Name=name)["TopicArn"])

    def bucket(self, name: str) -> str:
        """A bucket; its name."""
        where = {"LocationConstraint": self._session.region_name}
        self._client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)
        return name

    def machine(self, name: str) -> str:
        """The state machine; its ARN."""
        made = self._client("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(machine.definition(FUNCTION)), roleArn=ROLE
        )
        return str(made["stateMachineArn"])

    def function(self, environment: dict[str, str]) -> None:
        """The function, which can be called when this returns."""
        client = self._client("lambda")
        client.create_function(
            FunctionName=FUNCTION,
            Runtime=RUNTIME,
            Role=ROLE,
            Handler=program.HANDLER,
            Code={"ZipFile": program.package_without_modules()},
            Environment={"Variables": environment},
            MemorySize=MEMORY_MB,
            Timeout=TIMEOUT_SECONDS,
        )
        client.get_waiter("function_active_v2").wait(FunctionName=FUNCTION)

    def event_source(self, stream: str) -> None:
        """Records of the stream, one at a time as in the guide."""
        self._client("lambda").create_event_source_mapping(
            EventSourceArn=stream,
            FunctionName=FUNCTION,
            StartingPosition="TRIM_HORIZON",
            BatchSize=1,
            FilterCriteria={"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"]})}]},
        )
