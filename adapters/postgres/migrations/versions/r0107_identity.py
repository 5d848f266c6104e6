"""Create users, members, sessions, devices, second factors, passkeys and secrets."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate
from adapters.postgres.migrations.scripts import run

revision = "0107"
down_revision = "0106"

_TABLES = (
    "users",
    "members",
    "account_grants",
    "personal_tokens",
    "devices",
    "sessions",
    "refresh_tokens",
    "invitations",
    "password_resets",
    "ended_tokens",
    "identity_changes",
    "totp_factors",
    "backup_codes",
    "login_challenges",
    "factor_tries",
    "factor_recoveries",
    "login_records",
    "login_failures",
    "user_notices",
    "passkeys",
    "passkey_challenges",
    "secrets",
    "api_keys",
)
# Without tenants' rows: see isolation.py.
_SHARED = ("secret_keys",)


def upgrade() -> None:
    """Create them."""
    run("tables/identity", "tables/secrets", "functions/tell_identity_change")
    isolate(*_TABLES)
    # Whoever stores a secret holds the key's version as it is (FOR SHARE, which wants the
    # right to update): all may, and none may change one.
    op.execute("ALTER TABLE secret_keys ENABLE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY read ON secret_keys FOR SELECT USING (true)")
    op.execute("CREATE POLICY hold ON secret_keys FOR UPDATE USING (true) WITH CHECK (false)")


def downgrade() -> None:
    """Drop them."""
    op.execute(f"DROP TABLE {', '.join((*_TABLES, *_SHARED))}")
    op.execute("DROP FUNCTION tell_identity_change")
