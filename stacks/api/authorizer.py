"""The authorizer: whose tokens the API takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks.bindings import Apigatewayv2Authorizer, Apigatewayv2AuthorizerJwtConfiguration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.bindings import Apigatewayv2Api, Construct
    from stacks.environment.model import Environment

TOKEN_SOURCE = "$request.header.Authorization"  # noqa: S105 - the place of a token, and none itself


@dataclass(frozen=True, slots=True)
class Issuer:
    """A provider of identities.

    Attributes
    ----------
    url
        The claim ``iss`` of its tokens.
    audience
        Values of ``aud``, or of ``client_id`` if a token has no ``aud``.
    """

    url: str
    audience: Sequence[str]


def authorizer(
    scope: Construct, environment: Environment, api: Apigatewayv2Api, issuer: Issuer
) -> Apigatewayv2Authorizer:
    """Make the authorizer, which checks signature, issuer, audience and times of a token.

    Emulator difference: MiniStack 1.5.33 tells a payload format of every authorizer, and each plan
    would take it away. AWS has it of those that call a function.
    """
    return Apigatewayv2Authorizer(
        scope,
        "authorizer",
        api_id=api.id,
        name="jwt",
        authorizer_type="JWT",
        authorizer_payload_format_version="2.0" if environment.dialect == "emulator" else None,
        identity_sources=[TOKEN_SOURCE],
        jwt_configuration=Apigatewayv2AuthorizerJwtConfiguration(
            issuer=issuer.url, audience=list(issuer.audience)
        ),
    )
