"""Keep members with their roles, the accounts granted to them, personal access tokens.

Whoever was a user before owns the tenant, as everyone could do everything.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # A person's id is the user's. Machines have no user: nothing to log in with.
    """
    CREATE TABLE members (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        kind text NOT NULL CHECK (kind IN ('person', 'machine')),
        role text NOT NULL
            CHECK (role IN ('owner', 'trader', 'viewer', 'trustee', 'auditor', 'agent')),
        name text NOT NULL,
        created_at timestamptz NOT NULL,
        disabled_at timestamptz,
        version integer NOT NULL,
        UNIQUE (tenant_id, id),
        CHECK ((kind = 'machine') = (role = 'agent'))
    )""",
    """
    INSERT INTO members
        SELECT id, tenant_id, 'person', 'owner', left(email, 64), created_at, NULL, 1 FROM users
    """,
    # Of one tenant, member and account both: the tables themselves refuse another's.
    "CREATE UNIQUE INDEX accounts_of_tenant ON accounts (tenant_id, id)",
    """
    CREATE TABLE account_grants (
        tenant_id uuid NOT NULL REFERENCES tenants,
        member_id uuid NOT NULL,
        account_id uuid NOT NULL,
        level text NOT NULL CHECK (level IN ('role', 'read')),
        PRIMARY KEY (member_id, account_id),
        FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id),
        FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
    )""",
    """
    CREATE TABLE personal_tokens (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        member_id uuid NOT NULL,
        name text NOT NULL,
        digest bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
        hint text NOT NULL,
        scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
        accounts uuid[],
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        created_by text NOT NULL,
        last_used_at timestamptz,
        revoked_at timestamptz,
        FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
    )""",
    "CREATE INDEX personal_tokens_of ON personal_tokens (tenant_id, member_id)",
)


def upgrade() -> None:
    """Make the tables; users there are become owners."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Remove them: everyone can do everything again."""
    op.execute("DROP TABLE personal_tokens, account_grants, members")
    op.execute("DROP INDEX accounts_of_tenant")
