"""Create the states of patterns, which are the market's and all tenants share."""

from alembic import op

revision = "0127"
down_revision = "0126"


def upgrade() -> None:
    """Create them."""
    op.execute(
        "CREATE TABLE pattern_states ("
        ' symbol text COLLATE "C" PRIMARY KEY,'
        " lap integer NOT NULL,"
        " at timestamptz NOT NULL,"
        " number integer NOT NULL,"
        " told text NOT NULL)"
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE pattern_states")
