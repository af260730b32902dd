"""Log groups: encrypted, and kept for as long as the environment says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.accepted_risks import accept
from stacks.bindings import CloudwatchLogGroup
from stacks.encryption import EncryptionKey, arn_of

if TYPE_CHECKING:
    from stacks.bindings import Construct

YEAR_DAYS = 365


def log_group_of(
    scope: Construct, *, name: str, days: int, key: EncryptionKey | None
) -> CloudwatchLogGroup:
    """Make the log group of a function or a state machine.

    Parameters
    ----------
    name
        Its full name.
    days
        How long events are kept.
    key
        The key that encrypts it in the place of CloudWatch's own key.
    """
    group = CloudwatchLogGroup(
        scope, "log-group", name=name, retention_in_days=days, kms_key_id=arn_of(key)
    )
    without_key = {"CKV_AWS_158": "Encrypted with CloudWatch's own key."}
    short = {"CKV_AWS_338": "Logs are for repairs; what happened to data is in the history table."}
    accept(group, {**({} if key else without_key), **(short if days < YEAR_DAYS else {})})
    return group
