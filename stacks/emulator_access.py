"""By which access key an emulator takes requests."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_VARIABLE = "EMULATOR_ACCESS_KEY_ID"
SECRET_VARIABLE = "EMULATOR_SECRET_ACCESS_KEY"  # noqa: S105 - a variable's name


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key of an emulator; never one of AWS."""

    key_id: str
    secret: str


def access_key(account_id: str, variables: Mapping[str, str] = os.environ) -> AccessKey:
    """Choose the key for an emulator.

    Parameters
    ----------
    account_id
        The account, whose number emulators take for the key of its root user.
    variables
        Environment variables, of which two may name the key of somebody with less than all rights.
    """
    named = variables.get(KEY_VARIABLE)
    # "test" is the secret of a root user if an emulator checks signatures.
    return AccessKey(named or account_id, variables[SECRET_VARIABLE] if named else "test")
