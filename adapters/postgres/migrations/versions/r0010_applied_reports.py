"""Keep each report of a broker that was applied, so that accounts need not take turns.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

from adapters.postgres.migrations.versions.r0003_orders import REPLACED
from adapters.postgres.migrations.versions.r0004_keys import checked

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BEFORE = checked(REPLACED)
_ROWS = "    IF p_orders IS NOT NULL THEN\n"
_MARKED = """    IF p_heard IS NOT NULL THEN
        INSERT INTO broker_reports VALUES (p_broker, p_heard)
        ON CONFLICT (broker) DO UPDATE
        SET heard = greatest(broker_reports.heard, excluded.heard);
    END IF;
"""
# The row first, then the mark: of a report that another has applied either the row is met,
# or, when that was deleted meanwhile, the mark that was raised with it.
_APPLIED = """    IF p_heard IS NOT NULL THEN
        INSERT INTO applied_reports VALUES (p_broker, p_heard) ON CONFLICT DO NOTHING;
        IF NOT FOUND OR EXISTS (
            SELECT 1 FROM broker_reports WHERE broker = p_broker AND heard >= p_heard
        ) THEN
            RAISE EXCEPTION 'heard' USING ERRCODE = 'BL007';
        END IF;
    END IF;
"""
AFTER = _BEFORE.replace(_MARKED, "").replace(_ROWS, _APPLIED + _ROWS)


def upgrade() -> None:
    """Make the table; broker_reports goes on as the mark up to which all were applied."""
    op.execute(
        "CREATE TABLE applied_reports ("
        "broker text NOT NULL, sequence bigint NOT NULL, PRIMARY KEY (broker, sequence))"
    )
    if _BEFORE.count(_ROWS) != 1 or _BEFORE.count(_MARKED) != 1:
        raise ValueError("the function stores rows, or what was heard, in another way")
    op.execute(AFTER)


def downgrade() -> None:
    """Go back to one mark, moved by every change."""
    op.execute(_BEFORE)
    op.execute("DROP TABLE applied_reports")
