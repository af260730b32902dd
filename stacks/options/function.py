"""The function and its log."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from cqrs.resources import API_ALIAS
from stacks.documents import render
from stacks.options.network import VpcOptions
from stacks.options.section import RetentionDays, Section

LAYER_VERSION = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:layer:[a-zA-Z0-9_-]+:[0-9]+"
)
"""ARN of a layer's version (Lambda API reference, PublishLayerVersion)."""

ALIAS_NAME = re.compile(r"(?![0-9]+$)[a-zA-Z0-9_-]{1,128}")
"""Name of an alias (Lambda API reference, CreateAlias)."""

MAX_LAYERS = 5
"""Layers that a function takes (Lambda guide, "Lambda quotas")."""


def _layer_version(arn: str) -> str:
    if not LAYER_VERSION.fullmatch(arn):
        raise ValueError(
            "must be the ARN of a layer's version, arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION"
        )
    return arn


def _alias_name(name: str) -> str:
    if not ALIAS_NAME.fullmatch(name):
        raise ValueError("must be of letters, digits, - and _, and not of digits alone")
    if name == API_ALIAS:
        raise ValueError("is the alias that the HTTP API invokes; choose another name")
    return name


AliasName = Annotated[str, AfterValidator(_alias_name)]

LayerVersionArn = Annotated[str, AfterValidator(_layer_version)]


class LogOptions(Section):
    """``[logs]``."""

    function_retention_days: RetentionDays = Field(
        default=180, description="Days that the function's log is kept; default 180."
    )
    state_machine_retention_days: RetentionDays = Field(
        default=180, description="Days that the state machines' logs are kept; default 180."
    )
    state_machine_level: Literal["ALL", "ERROR", "FATAL", "OFF"] = Field(
        default="ALL",
        description="Events of executions that the state machines' logs hold; default ALL. Their "
        "price is in docs/scale.md.",
    )
    state_machine_execution_data: bool = Field(
        default=True,
        description="Whether the state machines' logs hold what their states get and answer, task "
        "tokens and rows of imports among it; default true. Step Functions keeps the same in the "
        "histories of executions for 90 days.",
    )


class AliasOptions(Section):
    """``[function.aliases.NAME]``."""

    tenants: list[Annotated[str, Field(min_length=1)]] = Field(
        min_length=1, description="Codes of the tenants that its invocations may work for."
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
    versions: Literal["published", "latest"] = Field(
        default="published",
        description="The code that executions call, `published` or `latest`; default published. "
        "They keep to the version of their deployment to their end, or call what was deployed "
        "last.",
    )
    reserved_concurrency: int | None = Field(
        default=None, ge=1, description="Concurrency kept for the function; default: none kept."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that the function logs; default INFO."
    )
    aliases: dict[AliasName, AliasOptions] = Field(
        default_factory=dict,
        description="Aliases for direct invocations of some tenants alone, by name; default none. "
        "A caller who may invoke no more than an alias reaches no other tenant.",
    )
    vpc: VpcOptions | None = Field(
        default=None,
        description="Network of the function, for a database inside a VPC; default: none.",
    )
    layers: list[LayerVersionArn] = Field(
        default_factory=list,
        max_length=MAX_LAYERS,
        description="ARNs of layer versions in the environment's region, built for the function's "
        "Python and architecture; default none. A compiled library such as pydantic gets into the "
        "function by a layer, as its package holds Python alone.",
    )

    @property
    def aliases_document(self) -> str:
        """The tenants of each alias, as the function reads them; empty if there is no alias."""
        tenants = {name: alias.tenants for name, alias in self.aliases.items()}
        return render(tenants) if tenants else ""
