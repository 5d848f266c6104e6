"""Know an idempotency key that any route has used, wherever its answer is kept.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

from adapters.postgres.migrations.trading_batch import commit_books
from adapters.postgres.migrations.trading_functions import STORE
from adapters.postgres.migrations.versions.r0003_orders import REPLACED

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# A released claim is deleted: what is left of them was used, or is in use.
_VIEW = """
    CREATE VIEW used_keys AS
    SELECT tenant_id, key, request_hash, status, body FROM replies
    UNION ALL
    SELECT tenant_id, key, request_hash, coalesce(status, 0), coalesce(body, ''::bytea)
    FROM claims
"""
BATCH = commit_books(STORE).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
_INSERT = "INSERT INTO replies SELECT * FROM unnest(p_reply);\n"
# Told as the unique key of the answers is: the key is not new.
_CHECKED = f"""{_INSERT}        IF EXISTS (
            SELECT 1 FROM unnest(p_reply) r
            JOIN claims c ON c.tenant_id = r.tenant_id AND c.key = r.key
        ) THEN
            RAISE EXCEPTION 'the key is claimed' USING ERRCODE = '23505',
                CONSTRAINT = 'replies_key';
        END IF;
"""  # noqa: S608 - own names; values are parameters


def upgrade() -> None:
    """Add the view of all keys, and refuse an answer under a key that is claimed."""
    op.execute(_VIEW)
    for function in (REPLACED, BATCH):
        op.execute(checked(function))


def downgrade() -> None:
    """Look at the answers of changes alone again."""
    for function in (REPLACED, BATCH):
        op.execute(function)
    op.execute("DROP VIEW used_keys")


def checked(function: str) -> str:
    """Return the function with a look at the claims behind its answers."""
    if function.count(_INSERT) != 1:
        raise ValueError("the function stores answers in another way")
    return function.replace(_INSERT, _CHECKED)
