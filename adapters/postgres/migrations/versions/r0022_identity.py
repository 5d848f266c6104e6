"""Keep where devices are at home, who began an enrolment, and what addresses are compared by.

Revision ID: 0022
Revises: 0021
"""

from unicodedata import normalize

from alembic import op
from sqlalchemy import text

from adapters.postgres.migrations.collisions import AddressesCollide

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_SAME = """
SELECT tenant_id, string_agg(id::text, ' and ' ORDER BY id) AS ids FROM users
GROUP BY tenant_id, address HAVING count(*) > 1 ORDER BY tenant_id LIMIT 1
"""


def upgrade() -> None:
    """A known device is away from home until a factor is shown on it again."""
    op.execute("ALTER TABLE devices ADD COLUMN homes text[] NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE factor_tries ADD COLUMN at_home boolean NOT NULL DEFAULT false")
    op.execute("ALTER TABLE totp_factors ADD COLUMN session_id uuid")

    for table in ("users", "invitations"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN address text")
        _fill(table)
        op.execute(f"ALTER TABLE {table} ALTER COLUMN address SET NOT NULL")
    _check()
    op.execute("DROP INDEX users_address")
    op.execute("DROP INDEX users_email")
    op.execute("CREATE UNIQUE INDEX users_email ON users (tenant_id, address)")
    op.execute("CREATE INDEX users_address ON users (address)")


def _fill(table: str) -> None:
    connection = op.get_bind()
    filled = text(f"UPDATE {table} SET address = :address WHERE id = :id")  # noqa: S608 - own names; values are parameters
    for row in connection.execute(text(f"SELECT id, email FROM {table}")).all():  # noqa: S608 - own names; values are parameters
        connection.execute(filled, {"id": row.id, "address": _normal(row.email)})


def _normal(email: str) -> str:
    """Return the form as it was when this revision was made (domain/identity/address.py)."""
    return normalize("NFKC", normalize("NFKC", email).casefold())


def _check() -> None:
    same = op.get_bind().execute(text(_SAME)).first()
    if same is not None:
        raise AddressesCollide(
            f"the users {same.ids} of tenant {same.tenant_id} have addresses that differ in"  # noqa: S608 - own names; values are parameters
            " letters which count as one now (such as ß and ss): give one of them another with"
            " UPDATE users SET email = '...' WHERE id = '...', and migrate again"
        )


def downgrade() -> None:
    """Wrong codes of a known device count alike, from wherever."""
    op.execute("DROP INDEX users_address")
    op.execute("DROP INDEX users_email")
    for table in ("users", "invitations"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN address")
    op.execute("CREATE UNIQUE INDEX users_email ON users (tenant_id, lower(email))")
    op.execute("CREATE INDEX users_address ON users (lower(email))")
    op.execute("ALTER TABLE totp_factors DROP COLUMN session_id")
    op.execute("ALTER TABLE factor_tries DROP COLUMN at_home")
    op.execute("ALTER TABLE devices DROP COLUMN homes")
