"""Sessions of the AWS SDK: of an emulator, and of an account of AWS."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cqrs.aws.bare_session import BareSession
from cqrs.errors import ConfigurationError
from stacks.emulator_access import access_key
from stacks.environment_files import AWS_HOSTS

if TYPE_CHECKING:
    from stacks.environment.model import Environment

FILES = ("config_file", "credentials_file")
SECTIONS = ("s3", "proxies_config")


def emulator_session(environment: Environment) -> BareSession:
    """Session of an emulator, which reads neither variables nor files of the AWS SDK.

    They are about accounts of AWS: a profile that does not exist would stop it, and real
    credentials must not be sent to an emulator.
    """
    from botocore.configprovider import (  # noqa: PLC0415 - that takes longer than a help should
        BOTOCORE_DEFAUT_SESSION_VARIABLES,
        ConstantProvider,
    )
    from botocore.session import Session  # noqa: PLC0415

    session = Session()
    store = session.get_component("config_store")
    for name, (_, _, default, _) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items():
        store.set_config_provider(name, ConstantProvider(default))
    for name in FILES:
        store.set_config_provider(name, ConstantProvider(os.devnull))
    for name in SECTIONS:
        store.set_config_provider(name, ConstantProvider(None))
    store.set_config_provider("region", ConstantProvider(environment.region))
    access = access_key(environment.account_id)
    session.set_credentials(access.key_id, access.secret)
    return BareSession(session)


def account_session(environment: Environment) -> BareSession:
    """Session of an account of AWS, as variables and files say.

    Raises
    ------
    ConfigurationError
        If they cannot be used: a profile is missing, or a file is broken.
    """
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    try:
        session = Session()
        session.set_config_variable("region", environment.region)
        # The SDK would not find out before it is asked for something.
        session.get_scoped_config()
        return BareSession(session)
    except (BotoCoreError, ValueError) as error:
        raise unusable(error) from error


def unusable(error: Exception) -> ConfigurationError:
    """The error for settings that the SDK cannot be used with."""
    return ConfigurationError(
        f"The AWS settings of this shell cannot be used: {error} Correct AWS_PROFILE and the "
        "other variables that begin with AWS_, or the files in ~/.aws."
    )


def refuse_elsewhere(environment: Environment, url: str) -> None:
    """See that requests for an account of AWS go to AWS.

    Raises
    ------
    ConfigurationError
        If a profile, or a variable for a service, sends them elsewhere.
    """
    host = urlsplit(url).hostname or ""
    if not host.endswith(AWS_HOSTS):
        raise ConfigurationError(
            f"{environment.name} is in AWS, and this shell's settings send its requests to {url}: "
            "take `endpoint_url` out of the profile that AWS_PROFILE names, or choose another."
        )
