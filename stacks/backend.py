"""The backend that keeps the state of an environment for Terraform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.bindings import LocalBackend, S3Backend, TerraformStack

if TYPE_CHECKING:
    from pathlib import Path

    from stacks.environment.model import Environment

STATE_KEY = "terraform.tfstate"
"""Key of the state in its bucket; every environment has a bucket of its own."""


def terraform_backend(
    stack: TerraformStack, environment: Environment, *, local_folder: Path | None
) -> None:
    """Keep the state in the environment's bucket for it, or in a folder.

    Parameters
    ----------
    local_folder
        Folder of the state of what lives on this machine or nowhere.
    """
    if local_folder is not None:
        path = local_folder / f"terraform.{environment.name}.tfstate"
        LocalBackend(stack, path=str(path))
        return
    S3Backend(
        stack,
        bucket=environment.state_bucket,
        key=STATE_KEY,
        region=environment.region,
        encrypt=True,
        allowed_account_ids=[environment.account_id],
    )
    # Locks by a conditional write of S3's own (Terraform documentation, "S3 backend"); the bindings
    # do not know the argument.
    stack.add_override("terraform.backend.s3.use_lockfile", value=True)
