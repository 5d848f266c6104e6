"""Keep people's workspaces: a shelf for each person, with one default, and the layouts.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # One row holds the default: two of them, or one of somebody else's, cannot be written.
    """
    CREATE TABLE workspace_shelves (
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid NOT NULL,
        revision bigint NOT NULL,
        default_id uuid,
        PRIMARY KEY (tenant_id, user_id)
    )""",
    # Names are ordered and compared by their bytes, as the core does. How the server packs large
    # values is left to it: a back-up must go back into one that was built without lz4.
    """
    CREATE TABLE workspaces (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        user_id uuid NOT NULL,
        name text COLLATE "C" NOT NULL,
        version integer NOT NULL CHECK (version > 0),
        size_bytes integer NOT NULL,
        sha256 bytea NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        layout bytea NOT NULL,
        CHECK (size_bytes = octet_length(layout)),
        UNIQUE (tenant_id, user_id, name),
        UNIQUE (tenant_id, user_id, id),
        FOREIGN KEY (tenant_id, user_id) REFERENCES workspace_shelves
    )""",
    # Looked at when the change is whole: the shelf is written first, its lock decides races.
    """
    ALTER TABLE workspace_shelves ADD CONSTRAINT workspace_shelves_default
        FOREIGN KEY (tenant_id, user_id, default_id)
        REFERENCES workspaces (tenant_id, user_id, id) DEFERRABLE INITIALLY DEFERRED""",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Remove them."""
    op.execute("ALTER TABLE workspace_shelves DROP CONSTRAINT workspace_shelves_default")
    op.execute("DROP TABLE workspaces, workspace_shelves")
