"""Hold what the audit chain's revision makes of tables and functions; never edited after."""

from adapters.postgres.migrations.versions import (
    r0004_keys,
    r0008_accepting,
    r0010_applied_reports,
)

_ENTRY = """id uuid, tenant_id uuid, account_id uuid, actor text, action text, subject text,
        at timestamptz, market_at timestamptz, trace_id text, detail text, session_id uuid,
        ip text, user_agent text, before text, after text, reason text, key_id text, mac bytea"""
_COLUMNS = ", ".join(part.split()[0] for part in _ENTRY.split(","))

TABLES = (
    "CREATE SEQUENCE audit_seq AS bigint",
    # One pass over the table: entries that stand already are numbered as they lie.
    """
    ALTER TABLE audit
        ADD COLUMN session_id uuid,
        ADD COLUMN ip text NOT NULL DEFAULT '',
        ADD COLUMN user_agent text NOT NULL DEFAULT '',
        ADD COLUMN before text NOT NULL DEFAULT '{}',
        ADD COLUMN after text NOT NULL DEFAULT '{}',
        ADD COLUMN reason text NOT NULL DEFAULT '',
        ADD COLUMN key_id text,
        ADD COLUMN mac bytea,
        ADD COLUMN seq bigint NOT NULL DEFAULT nextval('audit_seq')""",
    # A number is only ever handed out to a transaction that has its id already: whoever sees
    # the number knows that the transaction is among those that the snapshot counts.
    """
    ALTER TABLE audit ALTER COLUMN seq SET DEFAULT
        CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('audit_seq') END""",
    "ALTER SEQUENCE audit_seq OWNED BY audit.seq",
    "ALTER TABLE audit DROP CONSTRAINT audit_pkey",
    "ALTER TABLE audit ADD PRIMARY KEY (seq)",
    """
    CREATE TABLE audit_links (
        tenant_id uuid NOT NULL,
        position bigint NOT NULL,
        seq bigint NOT NULL,
        entry_id uuid NOT NULL,
        mac bytea NOT NULL,
        key_id text NOT NULL,
        adopted boolean NOT NULL,
        link bytea NOT NULL,
        PRIMARY KEY (tenant_id, position)
    )""",
    """
    CREATE TRIGGER audit_links_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_links
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
    f"CREATE TYPE audit_input AS ({_ENTRY})",
)
DROPPED_TABLES = (
    "DROP TYPE audit_input",
    "DROP TABLE audit_links",
    "ALTER TABLE audit DROP CONSTRAINT audit_pkey",
    """
    ALTER TABLE audit DROP COLUMN session_id, DROP COLUMN ip, DROP COLUMN user_agent,
        DROP COLUMN before, DROP COLUMN after, DROP COLUMN reason, DROP COLUMN key_id,
        DROP COLUMN mac, DROP COLUMN seq""",
    "ALTER TABLE audit ADD PRIMARY KEY (id)",
    "DELETE FROM reader_cursors WHERE reader LIKE 'audit%'",
)


def _with_input(written: str) -> str:
    """Let a function take entries as they are sent, which lack the number."""
    return _exchanged(
        written,
        ("p_audit audit[]", "p_audit audit_input[]"),
        (
            "INSERT INTO audit SELECT * FROM unnest(p_audit)",
            f"INSERT INTO audit ({_COLUMNS})\n        SELECT * FROM unnest(p_audit)",  # noqa: S608 - own names; values are parameters
        ),
    )


def _exchanged(written: str, *parts: tuple[str, str]) -> str:
    for old, new in parts:
        if written.count(old) != 1:
            raise ValueError(f"the function has {old!r} {written.count(old)} times")
        written = written.replace(old, new)
    return written


_ADDED = "p_session_id uuid, p_ip text, p_user_agent text, p_key_id text, p_mac bytea"
# Other types of parameters make another function: the old one goes first.
DROPPED_FUNCTIONS = (
    "DROP FUNCTION accept_order",
    "DROP FUNCTION commit_books",
    "DROP FUNCTION commit_book",
)
# As the revisions before leave them.
FUNCTIONS_BEFORE = (
    r0010_applied_reports.AFTER,
    r0004_keys.checked(r0004_keys.BATCH),
    r0008_accepting.FUNCTION,
)
FUNCTIONS = (
    _with_input(FUNCTIONS_BEFORE[0]),
    _with_input(FUNCTIONS_BEFORE[1]),
    _exchanged(
        FUNCTIONS_BEFORE[2],
        (
            "p_detail text,",
            f"p_detail text,\n    {_ADDED},",
        ),
        ("trace_id, detail)", "trace_id, detail, session_id, ip, user_agent, key_id, mac)"),
        (
            "p_trace_id, p_detail);",
            "p_trace_id, p_detail, p_session_id, p_ip, p_user_agent, p_key_id, p_mac);",
        ),
    ),
)
