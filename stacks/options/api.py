"""The HTTP API, and its user pool."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from stacks.documents import render
from stacks.options.domain import (
    checked_certificate,
    checked_domain_name,
    refuse_half_a_domain,
)
from stacks.options.identity import IdentityOptions
from stacks.options.live import LiveOptions
from stacks.options.section import RetentionDays, Section

ANY_ORIGIN = "*"

PREFLIGHT_SECONDS = 3600
"""How long a browser remembers what a page may do; most forget after two hours (Fetch standard)."""

DOMAIN_PREFIX = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
RESERVED_WORDS = ("aws", "amazon", "cognito")
"""Form of a hosted domain's prefix, and words that it must not have (Cognito guide, "Using the
Amazon Cognito domain")."""

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts to which Cognito redirects without TLS (Cognito API reference, CreateUserPoolClient)."""

IDENTITY_LENGTH = 1_500
"""Characters of the mapping of identities. All variables of a function have 4 KB together (Lambda
guide, "Lambda quotas"), of which names and settings take up to 2 KB."""


def _origin(origin: str) -> str:
    parts = urlsplit(origin)
    is_origin = parts.scheme in {"http", "https"} and f"{parts.scheme}://{parts.netloc}" == origin
    if origin != ANY_ORIGIN and not (is_origin and parts.hostname and "@" not in origin):
        raise ValueError(
            "must be an origin such as https://app.example.com, without a path or a slash at its "
            "end, or * for every origin"
        )
    return origin


def _issuer(url: str) -> str:
    parts = urlsplit(url)
    is_https = parts.scheme == "https" and parts.hostname
    if url and (not is_https or parts.query or parts.fragment or "@" in parts.netloc):
        raise ValueError(
            "must be the URL in the claim `iss` of its tokens, such as https://login.example.com"
        )
    return url


def _redirect_url(url: str) -> str:
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and parts.hostname in LOCAL_HOSTS
    if not (parts.hostname and (parts.scheme == "https" or is_local)) or parts.fragment:
        raise ValueError(
            "must be a URL with https such as https://app.example.com/signed-in, or with http of "
            "localhost"
        )
    return url


def _domain_prefix(prefix: str) -> str:
    if prefix and not DOMAIN_PREFIX.fullmatch(prefix):
        raise ValueError("must be 1 to 63 small letters, digits and hyphens between them")
    if taken := [word for word in RESERVED_WORDS if word in prefix]:
        raise ValueError(f"must not have the word {taken[0]} in it, which Cognito refuses")
    return prefix


Origin = Annotated[str, AfterValidator(_origin)]
RedirectUrl = Annotated[str, AfterValidator(_redirect_url)]


class UserPoolOptions(Section):
    """``[api.user_pool]``: a Cognito user pool, if there is no provider of identities yet."""

    enabled: bool = Field(
        default=False,
        description="Whether the stack makes a user pool, whose tokens the API takes; default "
        "false.",
    )
    domain_prefix: Annotated[str, AfterValidator(_domain_prefix)] = Field(
        default="",
        description="First part of the hosted domain, which no other pool of the region has. By "
        "default it is `<environment>-<application>-<account>`.",
    )
    callback_urls: list[RedirectUrl] = Field(
        default=["http://localhost:3000/"],
        min_length=1,
        description="Addresses that the hosted page may send a signed-in user to.",
    )
    logout_urls: list[RedirectUrl] = Field(
        default=["http://localhost:3000/"],
        description="Addresses that it may send a signed-out user to.",
    )
    mfa: Literal["OFF", "OPTIONAL", "ON"] = Field(
        default="OPTIONAL",
        description="Whether users have a second factor, an authenticator app; default OPTIONAL.",
    )
    token_minutes: int = Field(
        default=60,
        ge=5,
        le=1440,
        description="Minutes that an ID or access token holds; default 60. A role that was taken "
        "away is kept that long.",
    )
    session_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="Days after which a user has to sign in again; default 30.",
    )


class ApiOptions(Section):
    """``[api]``: the HTTP API, by which clients without AWS keys reach the function."""

    enabled: bool = Field(default=False, description="Whether there is one; default false.")
    issuer: Annotated[str, AfterValidator(_issuer)] = Field(
        default="",
        description="Address of the OpenID provider whose tokens the API takes; default none.",
    )
    audience: list[Annotated[str, Field(min_length=1)]] = Field(
        default_factory=list,
        description="Values of `aud`, or of `client_id` in a token without, that it takes; default "
        "none.",
    )
    iam: bool = Field(
        default=False,
        description="Whether the paths below `/iam/v1` take requests signed with IAM credentials; "
        "default false.",
    )
    cors_origins: list[Origin] = Field(
        default_factory=list,
        description="Origins whose pages may call it from a browser, `*` for all; default none.",
    )
    cors_credentials: bool = Field(
        default=False,
        description="Whether browsers may send cookies with the calls; default false. A token in "
        "`Authorization` needs none.",
    )
    throttle_rate: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Requests a second, of all clients together, beyond which it answers 429; "
        "default 100.",
    )
    throttle_burst: int = Field(
        default=200,
        ge=1,
        le=5_000,
        description="Requests at once, beyond which it answers 429; default 200.",
    )
    domain_name: Annotated[str, AfterValidator(checked_domain_name)] = Field(
        default="", description="Domain name of its own; default none."
    )
    certificate_arn: Annotated[str, AfterValidator(checked_certificate)] = Field(
        default="",
        description="ARN of that domain's certificate in ACM, in the environment's region; default "
        "none.",
    )
    access_log_retention_days: RetentionDays = Field(
        default=180, description="Days that its access log is kept; default 180."
    )
    user_pool: UserPoolOptions = Field(
        default_factory=UserPoolOptions, description="A user pool of the stack's own."
    )
    identity: IdentityOptions = Field(
        default_factory=IdentityOptions, description="How claims become a principal."
    )
    live: LiveOptions = Field(
        default_factory=LiveOptions, description="A channel that notifies clients of changes."
    )

    @property
    def has_user_pool(self) -> bool:
        """Whether the stack makes a user pool."""
        return self.enabled and self.user_pool.enabled

    @property
    def has_live(self) -> bool:
        """Whether there is a live channel."""
        return self.enabled and self.live.enabled

    @property
    def identity_document(self) -> str:
        """The mapping of identities, as the function reads it."""
        return render(self.identity.model_dump(mode="json"))

    @model_validator(mode="after")
    def _one_source_of_tokens(self) -> Self:
        if not self.enabled:
            return self
        if self.user_pool.enabled and (self.issuer or self.audience):
            raise ValueError(
                "takes the tokens of its user pool or of an issuer: remove issuer and audience, or "
                "user_pool.enabled"
            )
        if not self.user_pool.enabled and not (self.issuer and self.audience):
            raise ValueError(
                "enabled needs to know whose tokens to take: give issuer and audience of an OpenID "
                "provider, or set user_pool.enabled to true"
            )
        return self

    @model_validator(mode="after")
    def _domain_has_certificate(self) -> Self:
        refuse_half_a_domain(self.domain_name, self.certificate_arn)
        return self

    @model_validator(mode="after")
    def _live_has_tickets(self) -> Self:
        if self.live.enabled and not self.enabled:
            raise ValueError(
                "live.enabled needs the HTTP API, which gives the tickets to it: set enabled to "
                "true, or remove live.enabled"
            )
        if self.live.domain_name and self.live.domain_name == self.domain_name:
            raise ValueError(
                "live.domain_name is that of the HTTP API, and API Gateway puts no WebSocket API "
                "beside another one: give it a domain of its own"
            )
        return self

    @model_validator(mode="after")
    def _credentials_of_named_origins(self) -> Self:
        if self.cors_credentials and ANY_ORIGIN in self.cors_origins:
            raise ValueError(
                "cors_origins has *, and cors_credentials is true, which browsers refuse: name the "
                "origins, or leave cors_credentials out"
            )
        if ANY_ORIGIN in self.cors_origins and len(self.cors_origins) > 1:
            raise ValueError("cors_origins has * beside others: * stands for every origin")
        if self.cors_credentials and not self.cors_origins:
            raise ValueError("cors_credentials needs cors_origins: name the origins")
        return self

    @model_validator(mode="after")
    def _callers_can_call(self) -> Self:
        if self.identity.callers and not self.iam:
            raise ValueError(
                "identity.callers has principals that sign with IAM, and nothing takes their "
                "requests: set iam to true, or remove the callers"
            )
        if len(self.identity_document) > IDENTITY_LENGTH:
            raise ValueError(
                f"identity is too long: {len(self.identity_document):,} characters as JSON, and "
                f"the function's variables have room for {IDENTITY_LENGTH:,}: join callers by a "
                "pattern with *"
            )
        return self
