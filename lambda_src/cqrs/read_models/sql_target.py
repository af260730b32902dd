"""The database of an environment's read models, as its settings name it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class Engine(StrEnum):
    """Kinds of databases."""

    DSQL = "dsql"
    POSTGRESQL = "postgresql"
    URL = "url"
    """A PostgreSQL of a laptop, with its password in its address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlTarget:
    """A database, and how it is reached.

    Attributes
    ----------
    engine
        Its kind.
    host, port, database, user
        Its address, and the role of the database that the function takes.
    region
        Region of the database.
    ca_bundle
        File of certificates within ``lambda_src``; empty for those of the system.
    url
        All of it, for a laptop alone.
    """

    engine: Engine
    host: str = ""
    port: int = 5432
    database: str = "postgres"
    user: str = ""
    region: str = ""
    ca_bundle: str = ""
    url: str = ""

    @property
    def address(self) -> str:
        """Its address, without a password."""
        if self.engine is Engine.URL:
            parts = urlsplit(self.url)
            return f"{parts.hostname}:{parts.port or self.port}{parts.path}"
        return f"{self.host}:{self.port}/{self.database}"

    @classmethod
    def parse(cls, document: str) -> SqlTarget:
        """Read a target as :meth:`to_document` has written it."""
        values = json.loads(document)
        return cls(**{**values, "engine": Engine(values["engine"])})

    def to_document(self) -> str:
        """The target as a setting."""
        empty = SqlTarget(engine=self.engine)
        values = {
            name: value
            for name, value in asdict(self).items()
            if name == "engine" or value != getattr(empty, name)
        }
        return json.dumps(values, separators=(",", ":"))
