"""The authorizer: whose tokens the API takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks.bindings import Apigatewayv2Authorizer, Apigatewayv2AuthorizerJwtConfiguration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.bindings import Apigatewayv2Api, Construct

TOKEN_SOURCE = "$request.header.Authorization"  # noqa: S105 - where a token is, and none itself


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


def authorizer(scope: Construct, api: Apigatewayv2Api, issuer: Issuer) -> Apigatewayv2Authorizer:
    """Make the authorizer, which checks signature, issuer, audience and times of a token."""
    return Apigatewayv2Authorizer(
        scope,
        "authorizer",
        api_id=api.id,
        name="jwt",
        authorizer_type="JWT",
        identity_sources=[TOKEN_SOURCE],
        jwt_configuration=Apigatewayv2AuthorizerJwtConfiguration(
            issuer=issuer.url, audience=list(issuer.audience)
        ),
    )
