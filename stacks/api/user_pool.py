"""The user pool: users, groups, and the client that signs them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cqrs.resources import USER_POOL
from stacks.api.addresses import user_pool_url
from stacks.api.authorizer import Issuer
from stacks.bindings import (
    CognitoUserGroup,
    CognitoUserPool,
    CognitoUserPoolAccountRecoverySetting,
    CognitoUserPoolAccountRecoverySettingRecoveryMechanism,
    CognitoUserPoolAdminCreateUserConfig,
    CognitoUserPoolClient,
    CognitoUserPoolClientTokenValidityUnits,
    CognitoUserPoolDomain,
    CognitoUserPoolPasswordPolicy,
    CognitoUserPoolSchema,
    CognitoUserPoolSchemaStringAttributeConstraints,
    CognitoUserPoolSoftwareTokenMfaConfiguration,
    CognitoUserPoolUsernameConfiguration,
    Construct,
    TerraformResourceLifecycle,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stacks.environment.model import Environment

TENANTS_ATTRIBUTE = "tenants"
TENANTS_CLAIM = f"custom:{TENANTS_ATTRIBUTE}"
TENANTS_LENGTH = 2048
"""Longest value of an attribute (Cognito guide, "Working with user attributes")."""

PASSWORD_LENGTH = 12
TEMPORARY_PASSWORD_DAYS = 7

SCOPES = ("openid", "email", "profile")

READABLE = ("email", "email_verified", "name", TENANTS_CLAIM)
WRITABLE = ("locale",)
"""Attributes that users see in their tokens, and those that they set for themselves. Tenants and
name are an administrator's to give. An empty list would stand for all that there are (Cognito API
reference, CreateUserPoolClient)."""


class UserPool(Construct):
    """A pool whose users an administrator makes, with a group for each role.

    Parameters
    ----------
    own_pages
        Addresses of the stack's own pages, to which people come back when they have signed in.
    """

    def __init__(
        self, scope: Construct, environment: Environment, own_pages: Sequence[str] = ()
    ) -> None:
        super().__init__(scope, "user-pool")
        self._environment = environment
        self._own_pages = [f"{page}/" for page in own_pages]
        self._pool = self._create()
        self._client = self._create_client()
        CognitoUserPoolDomain(
            self,
            "domain",
            domain=environment.user_pool_domain,
            user_pool_id=self._pool.id,
        )
        for group, role in environment.api.identity.role_names.items():
            CognitoUserGroup(
                self,
                f"group-{group}",
                name=group,
                user_pool_id=self._pool.id,
                description=f"Has the role {role.value}",
            )

    @property
    def issuer(self) -> Issuer:
        """The pool as a provider of identities."""
        region = self._environment.region
        suffix = "amazonaws.com.cn" if self._environment.partition == "aws-cn" else "amazonaws.com"
        return Issuer(
            f"https://cognito-idp.{region}.{suffix}/{self._pool.id}", [str(self._client.id)]
        )

    @property
    def client_id(self) -> str:
        """Id of the app client."""
        return str(self._client.id)

    @property
    def outputs(self) -> dict[str, object]:
        """For a client that signs its users in."""
        return {
            "user_pool_id": self._pool.id,
            "user_pool_client_id": self._client.id,
            "user_pool_domain": user_pool_url(self._environment),
        }

    def _create(self) -> CognitoUserPool:
        protected = self._environment.deletion_protection
        mfa = self._environment.api.user_pool.mfa
        return CognitoUserPool(
            self,
            "pool",
            name=self._environment.qualified(USER_POOL),
            user_pool_tier="LITE",
            username_attributes=["email"],
            auto_verified_attributes=["email"],
            username_configuration=CognitoUserPoolUsernameConfiguration(case_sensitive=False),
            schema=[
                CognitoUserPoolSchema(
                    name=TENANTS_ATTRIBUTE,
                    attribute_data_type="String",
                    developer_only_attribute=False,
                    mutable=True,
                    required=False,
                    string_attribute_constraints=CognitoUserPoolSchemaStringAttributeConstraints(
                        min_length="0", max_length=str(TENANTS_LENGTH)
                    ),
                )
            ],
            # A person who signs up alone would still have no tenant and no role.
            admin_create_user_config=CognitoUserPoolAdminCreateUserConfig(
                allow_admin_create_user_only=True
            ),
            password_policy=CognitoUserPoolPasswordPolicy(
                minimum_length=PASSWORD_LENGTH,
                require_lowercase=True,
                require_uppercase=True,
                require_numbers=True,
                require_symbols=True,
                temporary_password_validity_days=TEMPORARY_PASSWORD_DAYS,
            ),
            account_recovery_setting=CognitoUserPoolAccountRecoverySetting(
                recovery_mechanism=[
                    CognitoUserPoolAccountRecoverySettingRecoveryMechanism(
                        name="verified_email", priority=1
                    )
                ]
            ),
            mfa_configuration=mfa,
            software_token_mfa_configuration=None
            if mfa == "OFF"
            else CognitoUserPoolSoftwareTokenMfaConfiguration(enabled=True),
            deletion_protection="ACTIVE" if protected else "INACTIVE",
            # Users and their passwords cannot be made again.
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )

    def _create_client(self) -> CognitoUserPoolClient:
        options = self._environment.api.user_pool
        return CognitoUserPoolClient(
            self,
            "client",
            name=self._environment.qualified(USER_POOL),
            user_pool_id=self._pool.id,
            # A page in a browser keeps no secret: PKCE takes its place.
            generate_secret=False,
            allowed_oauth_flows_user_pool_client=True,
            allowed_oauth_flows=["code"],
            allowed_oauth_scopes=list(SCOPES),
            supported_identity_providers=["COGNITO"],
            callback_urls=[*options.callback_urls, *self._own_pages],
            logout_urls=[*options.logout_urls, *self._own_pages],
            explicit_auth_flows=self._flows(),
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            read_attributes=list(READABLE),
            write_attributes=list(WRITABLE),
            access_token_validity=options.token_minutes,
            id_token_validity=options.token_minutes,
            refresh_token_validity=options.session_days,
            token_validity_units=[
                CognitoUserPoolClientTokenValidityUnits(
                    access_token="minutes",  # noqa: S106 - a unit
                    id_token="minutes",  # noqa: S106
                    refresh_token="days",  # noqa: S106
                )
            ],
        )

    def _flows(self) -> list[str]:
        """Ways to sign in beside the hosted page.

        Emulator difference: on an emulator `cqrs token` signs its own users in. In an account a
        password is told to nobody but Cognito.
        """
        flows = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]
        if self._environment.dialect == "aws":
            return flows
        return ["ALLOW_ADMIN_USER_PASSWORD_AUTH", *flows]
