"""The one Lambda function, its log and its role."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from cqrs import __version__
from cqrs.resources import HANDLER
from stacks.accepted_risks import accept
from stacks.access.roles import ServiceRole
from stacks.bindings import (
    AssetType,
    Construct,
    LambdaFunction,
    LambdaFunctionEnvironment,
    LambdaFunctionLoggingConfig,
    LambdaFunctionRecursionConfig,
    LambdaFunctionTracingConfig,
    LambdaFunctionVpcConfig,
    TerraformAsset,
)
from stacks.encryption import EncryptionKey, arn_of, use_of_data
from stacks.function.package import source_code_hash
from stacks.function.permissions import handler_statements
from stacks.function.runtime import RUNTIME
from stacks.logs import log_group_of
from stacks.tags import CLONE_TAG, VERSION_TAG

if TYPE_CHECKING:
    from pathlib import Path

    from stacks.environment.model import Environment
    from stacks.options.network import VpcOptions

ACCEPTED = {
    "CKV_AWS_116": "Only EventBridge invokes it asynchronously, to report ended executions; what "
    "it may lose, `cqrs doctor` finds.",
    "CKV_AWS_272": "Its package is composed from pinned sources by whoever deploys; a signing "
    "profile is the account's choice.",
}


class HandlerFunction(Construct):
    """The function that serves every event source and every state.

    It knows tables, queues and state machines by names that follow from the environment, and not by
    reference. The state machines name the function, and a plan shows its variables and its
    permissions before anything exists.
    """

    def __init__(
        self,
        scope: Construct,
        environment: Environment,
        package: Path,
        key: EncryptionKey | None,
        clone: str,
        console_url: str,
    ) -> None:
        super().__init__(scope, "function")
        log_group = log_group_of(
            self,
            name=environment.function_log_group,
            days=environment.logs.function_retention_days,
            key=key,
        )
        self.role = ServiceRole(
            self,
            environment,
            name=environment.function_name,
            service="lambda",
            statements=[
                *handler_statements(environment, log_group.name),
                *use_of_data(key),
            ],
        )
        code_hash = source_code_hash(package)
        asset = TerraformAsset(
            self,
            "package",
            path=str(package),
            type=AssetType.FILE,
            # By default it would be of the file's very bytes, and stand in the planned path.
            asset_hash=base64.b64decode(code_hash).hex(),
        )
        options = environment.function
        self._function = LambdaFunction(
            self,
            "function",
            function_name=environment.function_name,
            role=self.role.arn,
            runtime=RUNTIME,
            architectures=[options.architecture],
            handler=HANDLER,
            layers=options.layers or None,
            filename=asset.path,
            source_code_hash=code_hash,
            publish=options.versions == "published",
            memory_size=options.memory_mb,
            timeout=options.timeout_seconds,
            reserved_concurrent_executions=options.reserved_concurrency,
            environment=LambdaFunctionEnvironment(variables=_variables(environment, console_url)),
            kms_key_arn=arn_of(key),
            logging_config=LambdaFunctionLoggingConfig(log_format="Text", log_group=log_group.name),
            tracing_config=LambdaFunctionTracingConfig(mode="Active"),
            vpc_config=_in_network(options.vpc),
            depends_on=[self.role.policy],
            tags={VERSION_TAG: __version__, **({CLONE_TAG: clone} if clone else {})},
        )
        accept(self._function, _accepted(environment, key))
        _allow_messages_to_itself(self, self._function)
        self.log_group_name = str(log_group.name)
        self._environment = environment

    @property
    def name(self) -> str:
        """Name of the function."""
        return str(self._function.function_name)

    @property
    def arn(self) -> str:
        """ARN of the function, which runs the code that was deployed last.

        Event sources and rules invoke it so. They hand over one event, which has nothing to do with
        the code of before, and a deployment need not change them.
        """
        return str(self._function.arn)

    @property
    def invoke_arn(self) -> str:
        """ARN by which an API names the function, as it runs the code that was deployed last."""
        return str(self._function.invoke_arn)

    @property
    def arn_of_states(self) -> str:
        """ARN by which a definition names the function.

        A published version has code and variables that no deployment changes. So an execution that
        waits for a week goes on with the code that it began with. An alias would be resolved at
        each call (Lambda guide, "Manage Lambda function versions"; Step Functions guide, "Call a
        Lambda function with Step Functions"). Terraform publishes one with each change, and deletes
        none but all of them with the function.
        """
        if self._environment.function.versions == "latest":
            return self._environment.function_arn()
        return str(self._function.qualified_arn)


def _allow_messages_to_itself(scope: Construct, function: LambdaFunction) -> None:
    """Let messages of the function reach it as often as it sends them.

    An import hands what is left over to the function's own queue. By default Lambda drops such a
    message after some 16 of them in a row, and tells nobody but the account's health events. The
    import would stop in the middle. (Lambda guide, "Use Lambda recursive loop detection to prevent
    infinite loops"). Instead, the function counts how often work was handed on.
    """
    LambdaFunctionRecursionConfig(
        scope, "recursion", function_name=function.function_name, recursive_loop="Allow"
    )


def _variables(environment: Environment, console_url: str) -> dict[str, str]:
    settings = replace(environment.settings(), notification_console_url=console_url)
    return {
        **settings.to_environment(),
        "POWERTOOLS_SERVICE_NAME": environment.function_name,
        "POWERTOOLS_METRICS_NAMESPACE": environment.application,
        "POWERTOOLS_LOG_LEVEL": environment.function.log_level,
    }


def _in_network(vpc: VpcOptions | None) -> LambdaFunctionVpcConfig | None:
    if vpc is None:
        return None
    return LambdaFunctionVpcConfig(
        subnet_ids=vpc.subnet_ids, security_group_ids=vpc.security_group_ids
    )


def _accepted(environment: Environment, key: EncryptionKey | None) -> dict[str, str]:
    without_key = {"CKV_AWS_173": "Its variables hold names and no secrets; Lambda encrypts them."}
    unreserved = {"CKV_AWS_115": "Reserving concurrency is the environment's choice."}
    called = "AWS and the webhook" if environment.notifications.webhook else "AWS"
    outside = {
        "CKV_AWS_117": f"It calls nothing but {called}, over TLS; a VPC would only add endpoints."
    }
    return {
        **ACCEPTED,
        **({} if environment.function.vpc else outside),
        **({} if key else without_key),
        **({} if environment.function.reserved_concurrency else unreserved),
    }
