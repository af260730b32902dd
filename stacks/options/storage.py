"""The stored data: how it is encrypted, and how long it is kept."""

from __future__ import annotations

from pydantic import Field

from stacks.options.section import Section, TtlDays


class EncryptionOptions(Section):
    """``[encryption]``: the key that encrypts what is stored."""

    customer_managed_key: bool = Field(
        default=False,
        description="Whether the environment has a KMS key of its own, in the place of the keys "
        "of AWS. It costs a fee a month and one for its use; default false.",
    )


class TtlOptions(Section):
    """``[ttl_days]``: days after which items of a table expire; 0, the default, keeps them."""

    commands: TtlDays = Field(default=0, description="Commands; default 0.")
    history: TtlDays = Field(default=0, description="Earlier states; default 0.")
    tasks: TtlDays = Field(default=0, description="Tasks and sub-tasks; default 0.")
    import_tmp: TtlDays = Field(default=0, description="Import jobs; default 0.")
    approvals: TtlDays = Field(default=0, description="Approval requests; default 0.")
