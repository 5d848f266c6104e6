"""Create letters."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate

revision = "0121"
down_revision = "0120"


def upgrade() -> None:
    """Create them: what is known of each beside its age file, and the key that they are for."""
    op.execute(
        "CREATE TABLE letters ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        " name text NOT NULL,"
        " sealed_for text NOT NULL,"
        " handover text NOT NULL,"
        " readers text NOT NULL,"
        " size bigint NOT NULL,"
        " sha256 text NOT NULL,"
        " created_at timestamptz NOT NULL,"
        " version bigint NOT NULL,"
        " UNIQUE (tenant_id, sealed_for, name))"
    )
    isolate("letters")
    # Ciphertext does not compress: what would try it only costs time.
    op.execute(
        "CREATE TABLE letter_contents ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        " content bytea STORAGE EXTERNAL NOT NULL CHECK (octet_length(content) <= 10485760),"
        " version bigint NOT NULL)"
    )
    isolate("letter_contents")
    op.execute(
        "CREATE TABLE letter_keys ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        " recipient text NOT NULL,"
        " threshold bigint NOT NULL,"
        " trustees text NOT NULL,"
        " set_at timestamptz NOT NULL,"
        " version bigint NOT NULL,"
        " UNIQUE (tenant_id))"
    )
    isolate("letter_keys")


def downgrade() -> None:
    """Drop them."""
    for table in ("letter_keys", "letter_contents", "letters"):
        op.execute(f"DROP TABLE {table}")
