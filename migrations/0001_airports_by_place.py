"""The table of the sample's airports_by_place."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make it."""
    op.execute(
        """CREATE TABLE airports_by_place (
  generation integer NOT NULL,
  pk text NOT NULL,
  sk text NOT NULL,
  version bigint NOT NULL,
  is_deleted boolean NOT NULL,
  is_forgotten boolean NOT NULL,
  name text,
  search text,
  city text,
  country text,
  latitude double precision,
  longitude double precision,
  PRIMARY KEY (generation, pk, sk)
)"""
    )
    op.execute(
        "CREATE INDEX airports_by_place_index_1 ON airports_by_place (generation, pk, search)"
    )
    op.execute(
        "CREATE INDEX airports_by_place_index_2 ON airports_by_place (generation, pk, latitude)"
    )


def downgrade() -> None:
    """Remove it."""
    op.execute("DROP TABLE airports_by_place")
