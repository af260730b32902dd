"""The database of read models."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from stacks.options.section import Section

DSQL_ID = r"^[a-z0-9]{26}$"
"""Identifier of a cluster of Aurora DSQL (DSQL API reference, GetCluster)."""

RESOURCE_ID = r"^(cluster|db|prx)-[A-Za-z0-9]+$"
"""Identifier by which IAM knows a cluster, an instance or a proxy (Aurora guide, "Creating and
using an IAM policy for IAM database access")."""


class SqlOptions(Section):
    """``[read_models.sql]``."""

    engine: Literal["none", "dsql", "postgresql"] = Field(
        default="none",
        description="The database of read models in SQL: `dsql` is a cluster of Aurora DSQL, and "
        "`postgresql` one of Aurora PostgreSQL or RDS; default none. On an emulator the variable "
        "DATABASE_URL names one instead.",
    )
    cluster_id: str | None = Field(
        default=None,
        pattern=DSQL_ID,
        description="Identifier of the cluster of Aurora DSQL, in the environment's account and "
        "region.",
    )
    host: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9.-]*$",
        description="Host name of the PostgreSQL cluster or proxy.",
    )
    resource_id: str | None = Field(
        default=None,
        pattern=RESOURCE_ID,
        description="Resource id of that cluster, instance or proxy, by which IAM knows it: "
        "`cluster-ABCD...`, `db-ABCD...` or `prx-ABCD...`.",
    )
    port: int = Field(default=5432, ge=1, le=65535, description="Its port; default 5432.")
    database: str = Field(
        default="postgres",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$",
        description="Name of the database; default postgres, the only one of DSQL.",
    )
    user: str = Field(
        default="cqrs",
        pattern=r"^[a-z_][a-z0-9_]{0,62}$",
        description="The database's role that the function takes by its IAM role; default cqrs.",
    )
    ca_bundle: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_./-]+\.pem$",
        description="File within `lambda_src` of the certificates that the database's is checked "
        "by; default: those of the system, which know DSQL and proxies. RDS has its own.",
    )

    @model_validator(mode="after")
    def _engine_has_its_keys(self) -> SqlOptions:
        needed: dict[str, tuple[str, ...]] = {
            "none": (),
            "dsql": ("cluster_id",),
            "postgresql": ("host", "resource_id"),
        }
        for name in ("cluster_id", "host", "resource_id"):
            is_given = getattr(self, name) is not None
            if is_given and name not in needed[self.engine]:
                raise ValueError(f'{name} does not belong to engine = "{self.engine}"; remove it')
            if not is_given and name in needed[self.engine]:
                raise ValueError(f'{name} must be given, as engine is "{self.engine}"')
        if self.engine == "dsql" and (self.database, self.port) != ("postgres", 5432):
            raise ValueError("database and port of DSQL are postgres and 5432; remove the keys")
        return self


class ReadModelOptions(Section):
    """``[read_models]``."""

    sql: SqlOptions = Field(default_factory=SqlOptions, description="Read models in SQL.")
