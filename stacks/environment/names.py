"""The names of all resources of an environment, and their ARNs."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field

from cqrs.resources import API, API_LOGS, FUNCTION, FUNCTION_LOGS, MACHINE_LOGS, NOTIFICATION_TOPIC
from stacks.environment_files import NAME_PATTERN
from stacks.options.section import Section

LIVE_LOGICAL_ID = "live"
LIVE_ID = f"${{aws_apigatewayv2_api.{LIVE_LOGICAL_ID}.id}}"
"""Terraform's expression for the id of the WebSocket API, which AWS gives."""

LIVE_STAGE = "v1"
"""Stage of the WebSocket API, which is part of its address."""


def _http_url(url: str) -> str:
    parts = urlsplit(url)
    is_complete = parts.scheme in {"http", "https"} and bool(parts.hostname)
    if not (is_complete and _has_valid_port(parts)) or parts.path.strip("/"):
        raise ValueError("must be a URL such as http://localhost:4566")
    if "@" in parts.netloc:
        raise ValueError("must be a URL without a user, such as http://localhost:4566")
    return url.rstrip("/")


def _has_valid_port(parts: SplitResult) -> bool:
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


class Names(Section):
    """The keys of a file that names follow from, and the names."""

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
        description="Endpoint of an emulator; default none. If there is one, the environment "
        "variable AWS_ENDPOINT_URL takes its place.",
    )

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
    def console_bucket(self) -> str:
        """Name of the bucket with the web console's files."""
        return f"{self.prefix}console-{self.account_id}"

    @property
    def function_name(self) -> str:
        """Name of the function."""
        return self.qualified(FUNCTION)

    @property
    def key_alias(self) -> str:
        """Alias of the customer-managed key."""
        return f"alias/{self.prefix}data"

    def qualified(self, base_name: str) -> str:
        """Name of a table, queue, function or state machine."""
        return f"{self.prefix}{base_name}"

    @property
    def function_log_group(self) -> str:
        """Name of the function's log group."""
        return f"{FUNCTION_LOGS}{self.function_name}"

    @property
    def api_log_group(self) -> str:
        """Name of the log group of the HTTP API's access log."""
        return f"{API_LOGS}{self.qualified(API)}"

    def machine_log_group(self, machine: str) -> str:
        """Name of a state machine's log group."""
        return f"{MACHINE_LOGS}{self.state_machine(machine)}"

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

    def own_bucket(self, base_name: str) -> str:
        """Name of a bucket of the application's own."""
        return f"{self.prefix}{base_name}-{self.account_id}"

    def table_arn(self, table: str) -> str:
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

    def topic_arn(self, base_name: str = NOTIFICATION_TOPIC) -> str:
        """ARN of a topic; by default of that of notifications."""
        return self.arn("sns", self.qualified(base_name))

    @property
    def live_endpoint(self) -> str:
        """Address at which the function reaches the connections of the WebSocket API.

        Emulator difference: MiniStack 1.5.33 serves it at its own address, as the HTTP API.
        """
        if self.endpoint is not None:
            return f"{self.endpoint}/_aws/execute-api/{LIVE_ID}/{LIVE_STAGE}"
        suffix = "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"
        return f"https://{LIVE_ID}.execute-api.{self.region}.{suffix}/{LIVE_STAGE}"

    def function_arn(self) -> str:
        """ARN of the function."""
        return self.arn("lambda", f"function:{self.function_name}")

    def state_machine_arn(self, machine: str) -> str:
        """ARN of a state machine."""
        return self.arn("states", f"stateMachine:{self.state_machine(machine)}")

    def execution_arns(self, machine: str) -> str:
        """Pattern of the ARNs of a state machine's executions."""
        return self.arn("states", f"execution:{self.state_machine(machine)}:*")
