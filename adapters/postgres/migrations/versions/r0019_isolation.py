"""Keep tenants apart by row-level security, the second layer behind the conditions of queries.

Every table that has tenants' rows says of which tenant each is, by a column of its own: what
a policy had to look up elsewhere, the order path would pay for at every row.

Revision ID: 0019
Revises: 0018
"""

from alembic import op

from adapters.postgres.migrations.isolation import LOOKUPS, TENANT, isolate_all, release_all
from adapters.postgres.migrations.isolation_functions import (
    BEFORE,
    DROPPED,
    DROPPED_TYPES,
    FUNCTIONS,
    TYPES,
)

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# Where the tenant of a row stands until now; the tables are filled before they are guarded.
_OWNERS = {
    "books": "SELECT o.tenant_id FROM accounts o WHERE o.id = t.account_id",
    "positions": "SELECT o.tenant_id FROM accounts o WHERE o.id = t.account_id",
    "intakes": "SELECT o.tenant_id FROM accounts o WHERE o.id = t.account_id",
    "decisions": "SELECT o.tenant_id FROM orders o WHERE o.id = t.order_id",
    "postings": "SELECT o.tenant_id FROM ledger o WHERE o.id = t.transaction_id",
}
_IMMUTABLE = ("decisions", "postings")
_NOBODY = "'00000000-0000-0000-0000-000000000000'::uuid"
# The rules that decisions were taken by are kept once for each tenant: they say its limits.
_RULES = (
    "ALTER TABLE decision_rules DISABLE TRIGGER decision_rules_immutable",
    "ALTER TABLE decision_rules DROP CONSTRAINT decision_rules_pkey",
    "ALTER TABLE decision_rules ADD COLUMN tenant_id uuid",
    """
    INSERT INTO decision_rules (digest, record, tenant_id)
        SELECT r.digest, r.record, d.tenant_id FROM decision_rules r JOIN (
            SELECT DISTINCT rules, tenant_id FROM decisions WHERE rules IS NOT NULL
        ) d ON d.rules = r.digest""",
    "DELETE FROM decision_rules WHERE tenant_id IS NULL",
    "ALTER TABLE decision_rules ALTER COLUMN tenant_id SET DEFAULT ballast_tenant()",
    "ALTER TABLE decision_rules ADD PRIMARY KEY (tenant_id, digest)",
    "ALTER TABLE decision_rules ENABLE TRIGGER decision_rules_immutable",
)
_RULES_BEFORE = (
    "ALTER TABLE decision_rules DISABLE TRIGGER decision_rules_immutable",
    """
    DELETE FROM decision_rules r WHERE EXISTS (
        SELECT 1 FROM decision_rules o WHERE o.digest = r.digest AND o.tenant_id < r.tenant_id
    )""",
    "ALTER TABLE decision_rules DROP CONSTRAINT decision_rules_pkey",
    "ALTER TABLE decision_rules DROP COLUMN tenant_id",
    "ALTER TABLE decision_rules ADD PRIMARY KEY (digest)",
    "ALTER TABLE decision_rules ENABLE TRIGGER decision_rules_immutable",
)


def upgrade() -> None:
    """Give every row its tenant, every table its policy."""
    op.execute(TENANT)
    for table in _OWNERS:
        _add_tenant(table)
    for statement in (*_RULES, *TYPES):
        op.execute(statement)
    for statement in DROPPED[: len(BEFORE)]:
        op.execute(statement)
    for statement in (*FUNCTIONS, *LOOKUPS):
        op.execute(statement)
    # A view reads with the rights of its owner, whom no policy binds, unless it is told.
    op.execute("ALTER VIEW used_keys SET (security_invoker = true)")
    isolate_all()
    # Whoever stores a secret holds the key's version as it is (FOR SHARE, which wants the
    # right to update): all may, and none may change one.
    op.execute("ALTER TABLE secret_keys ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY read ON secret_keys FOR SELECT USING (true)")
    op.execute("CREATE POLICY hold ON secret_keys FOR UPDATE USING (true) WITH CHECK (false)")


def downgrade() -> None:
    """Go back to conditions of queries alone."""
    op.execute("DROP POLICY hold ON secret_keys")
    op.execute("DROP POLICY read ON secret_keys")
    op.execute("ALTER TABLE secret_keys DISABLE ROW LEVEL SECURITY")
    release_all()
    op.execute("ALTER VIEW used_keys RESET (security_invoker)")
    op.execute("DROP FUNCTION tenant_by_id, tenant_by_digest, tenant_by_credential_id")
    for statement in (*DROPPED, *DROPPED_TYPES, *_RULES_BEFORE):
        op.execute(statement)
    for table in _OWNERS:
        op.execute(f"ALTER TABLE {table} DROP COLUMN tenant_id")
    for statement in BEFORE:
        op.execute(statement)
    op.execute("DROP FUNCTION ballast_tenant")


def _add_tenant(table: str) -> None:
    """Say of which tenant each row is: what is written from now on, by the writer's tenant."""
    op.execute(f"ALTER TABLE {table} ADD COLUMN tenant_id uuid")
    trigger = f"TRIGGER {table}_immutable"
    if table in _IMMUTABLE:
        op.execute(f"ALTER TABLE {table} DISABLE {trigger}")
    op.execute(f"UPDATE {table} t SET tenant_id = coalesce(({_OWNERS[table]}), {_NOBODY})")  # noqa: S608 - own names; values are parameters
    if table in _IMMUTABLE:
        op.execute(f"ALTER TABLE {table} ENABLE {trigger}")
    op.execute(
        f"ALTER TABLE {table} ALTER COLUMN tenant_id SET NOT NULL,"
        " ALTER COLUMN tenant_id SET DEFAULT ballast_tenant()"
    )
