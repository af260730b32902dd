"""Terraform's calls for keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.access.emulator import known_conditions
from stacks.identities.managed.kind import Managed
from stacks.tags import APPLICATION_TAG, ENVIRONMENT_TAG, NO_DATA

if TYPE_CHECKING:
    from stacks.environment.model import Environment


def keys(environment: Environment) -> list[Managed]:
    """Keys, which have no names and are known by their tags."""
    arns = (environment.arn("kms", "key/*"),)
    tags = {APPLICATION_TAG: environment.application, ENVIRONMENT_TAG: environment.name}
    own = {f"aws:ResourceTag/{tag}": value for tag, value in tags.items()}
    new = {f"aws:RequestTag/{tag}": value for tag, value in tags.items()}
    without_data = {f"aws:ResourceTag/{tag}": value for tag, value in NO_DATA.items()}
    by_lambda = {"kms:ViaService": f"lambda.{environment.region}.amazonaws.com"}
    by_states = {"kms:ViaService": f"states.{environment.region}.amazonaws.com"}
    return [
        Managed(
            "NewKeys",
            ("*",),
            (),
            ("kms:CreateKey",),
            known_conditions(environment, {"StringEquals": new}),
        ),
        # A key is made with its tags, which takes the right to tag keys of any name (KMS guide,
        # "Controlling access to tags"). One that is an environment's already is none of those.
        Managed(
            "TagsOfNewKeys",
            ("*",),
            (),
            ("kms:TagResource",),
            known_conditions(
                environment, {"StringEquals": new, "Null": dict.fromkeys(own, "true")}
            ),
        ),
        # Lambda tells a function's variables to those only who may use their key (Lambda guide,
        # "Securing environment variables"). Without them a plan would want to set them again.
        Managed(
            "Variables",
            arns,
            ("kms:Decrypt",),
            (),
            known_conditions(environment, {"StringEquals": {**own, **by_lambda}}),
        ),
        # A definition that is encrypted is told to those only who may use its key (Step Functions
        # API reference, DescribeStateMachine).
        Managed(
            "EncryptedDefinitions",
            arns,
            ("kms:Decrypt",),
            (),
            known_conditions(environment, {"StringEquals": {**own, **by_states}}),
        ),
        Managed(
            "Keys",
            arns,
            (
                "kms:DescribeKey",
                "kms:GetKeyPolicy",
                "kms:GetKeyRotationStatus",
                "kms:ListResourceTags",
            ),
            (
                # Tables and the function use the key by grants of whoever makes them.
                "kms:CreateAlias",
                "kms:CreateGrant",
                "kms:Decrypt",
                "kms:DeleteAlias",
                "kms:EnableKeyRotation",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:PutKeyPolicy",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
                "kms:UpdateAlias",
                "kms:UpdateKeyDescription",
            ),
            known_conditions(environment, {"StringEquals": own}),
        ),
        # Anybody who could say of the data's key that it holds none could then delete it.
        Managed(
            "TagsOfKeys",
            arns,
            (),
            ("kms:TagResource",),
            known_conditions(
                environment,
                {
                    "StringEquals": own,
                    "ForAllValues:StringNotEquals": {"aws:TagKeys": list(NO_DATA)},
                },
            ),
        ),
        Managed(
            "KeysToDelete",
            arns,
            (),
            ("kms:ScheduleKeyDeletion",),
            known_conditions(
                environment,
                {
                    "StringEquals": {
                        **own,
                        **(without_data if environment.deletion_protection else {}),
                    }
                },
            ),
        ),
        Managed(
            "Alias",
            (environment.arn("kms", environment.key_alias),),
            (),
            ("kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"),
        ),
        Managed("Aliases", ("*",), ("kms:ListAliases",)),
    ]
