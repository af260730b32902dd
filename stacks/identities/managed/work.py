"""Terraform's calls for the function, its event sources and the state machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.access.emulator import known_conditions
from stacks.identities.managed.kind import Managed

if TYPE_CHECKING:
    from stacks.environment.model import Environment


def work(environment: Environment) -> list[Managed]:
    """Function, event sources and state machines."""
    function = environment.function_arn()
    of_function = known_conditions(environment, {"ArnLike": {"lambda:FunctionArn": f"{function}*"}})
    mappings = (environment.arn("lambda", "event-source-mapping:*"),)
    return [
        Managed(
            "Function",
            (function,),
            (
                "lambda:GetFunction",
                "lambda:GetFunctionCodeSigningConfig",
                "lambda:GetFunctionConfiguration",
                "lambda:GetFunctionRecursionConfig",
                "lambda:GetPolicy",
                "lambda:ListTags",
                "lambda:ListVersionsByFunction",
            ),
            (
                "lambda:AddPermission",
                "lambda:CreateFunction",
                "lambda:DeleteFunction",
                "lambda:DeleteFunctionConcurrency",
                "lambda:PublishVersion",
                "lambda:PutFunctionConcurrency",
                "lambda:PutFunctionRecursionConfig",
                "lambda:RemovePermission",
                "lambda:TagResource",
                "lambda:UntagResource",
                "lambda:UpdateFunctionCode",
                "lambda:UpdateFunctionConfiguration",
            ),
        ),
        # Terraform waits until a version is there, and deletes none.
        Managed(
            "Versions",
            (f"{function}:*",),
            ("lambda:GetFunction", "lambda:GetFunctionConfiguration"),
        ),
        Managed(
            "EventSources",
            mappings,
            ("lambda:GetEventSourceMapping",),
            ("lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"),
            of_function,
        ),
        # A resource that does not exist yet has no ARN.
        Managed("NewEventSources", ("*",), (), ("lambda:CreateEventSourceMapping",), of_function),
        Managed(
            "TagsOfEventSources",
            mappings,
            ("lambda:ListTags",),
            ("lambda:TagResource", "lambda:UntagResource"),
        ),
        *([_failed_events(function)] if environment.has_own_events else []),
        *_aliases(environment),
        *([_layers(environment)] if environment.function.layers else []),
        Managed(
            "StateMachines",
            (environment.state_machine_arn("*"),),
            (
                "states:DescribeStateMachine",
                "states:ListStateMachineVersions",
                "states:ListTagsForResource",
            ),
            (
                "states:CreateStateMachine",
                "states:DeleteStateMachine",
                "states:TagResource",
                "states:UntagResource",
                "states:UpdateStateMachine",
            ),
        ),
        # It takes a definition, and no resource (Step Functions API reference).
        Managed("Definitions", ("*",), ("states:ValidateStateMachineDefinition",)),
    ]


def _failed_events(function: str) -> Managed:
    return Managed(
        "FailedEvents",
        # With a qualifier, of which a function without versions has one.
        (function, f"{function}:$LATEST"),
        ("lambda:GetFunctionEventInvokeConfig",),
        (
            "lambda:DeleteFunctionEventInvokeConfig",
            "lambda:PutFunctionEventInvokeConfig",
            "lambda:UpdateFunctionEventInvokeConfig",
        ),
    )


def _aliases(environment: Environment) -> list[Managed]:
    """Aliases; a call names one by the function, or by its own ARN."""
    names = environment.alias_names
    if not names:
        return []
    function = environment.function_arn()
    return [
        Managed(
            "Aliases",
            (function, *(f"{function}:{name}" for name in names)),
            ("lambda:GetAlias", "lambda:GetPolicy"),
            (
                "lambda:AddPermission",
                "lambda:CreateAlias",
                "lambda:DeleteAlias",
                "lambda:RemovePermission",
                "lambda:UpdateAlias",
            ),
        )
    ]


def _layers(environment: Environment) -> Managed:
    return Managed("Layers", tuple(environment.function.layers), ("lambda:GetLayerVersion",))
