"""What an application declares for itself in ``stacks/app``. Take the names from here."""

from stacks.declarations.workflows import custom_workflow

__all__ = ["custom_workflow"]
