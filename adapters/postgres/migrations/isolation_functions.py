"""Hold the functions that store orders, as row-level security wants them; never edited after.

Each enters its tenant first thing, so that an order costs no statement and no round trip
more; the rows that the tables complete by themselves (`DEFAULT ballast_tenant()`) are then
that tenant's too.
"""

from adapters.postgres.migrations import audit_chain

_ENTER = "    PERFORM set_config('ballast.tenant', p_tenant::text, true);"
_ENTER_FIRST = "    PERFORM set_config('ballast.tenant', p_tenants[1]::text, true);"
# Of one tenant all: whoever was let in by the first must not store for another.
_ONE_TENANT = """    IF NOT (p_tenants[1] = ALL (p_tenants)) THEN
        RAISE EXCEPTION 'several tenants' USING ERRCODE = 'BL008';
    END IF;"""

# As they are sent: without the tenant, which the table's default adds.
_INPUTS = {
    "position": "account_id uuid, symbol text, quantity numeric, cost numeric,"
    " realised_pnl numeric, commissions numeric, multiplier numeric, split_on date,"
    " split_from numeric",
    "decision": "order_id uuid, id uuid, approved boolean, record bytea, rules bytea,"
    " rules_at integer",
    "decision_rule": "digest bytea, record bytea",
    "intake": "account_id uuid, at timestamptz, fingerprint text, symbol text",
    "posting": "transaction_id uuid, line smallint, ledger text, asset text, amount numeric",
}
TYPES = tuple(f"CREATE TYPE {name}_input AS ({fields})" for name, fields in _INPUTS.items())
DROPPED_TYPES = tuple(f"DROP TYPE {name}_input" for name in _INPUTS)

DROPPED = (*audit_chain.DROPPED_FUNCTIONS, "DROP FUNCTION accept_orders")
BEFORE = audit_chain.FUNCTIONS


def _entering(written: str, first: str) -> str:
    """Let a function enter its tenant first, and take rows without their tenant."""
    if written.count("\nBEGIN\n") != 1:
        raise ValueError("the function begins in another way")
    written = written.replace("\nBEGIN\n", f"\nBEGIN\n{first}\n")
    for name in _INPUTS:
        written = written.replace(f" {name}s[]", f" {name}_input[]")
    return written


ACCEPT_ORDERS = f"""
CREATE FUNCTION accept_orders(
    p_tenant uuid, p_orders json, p_record bytea[], p_rules bytea[], p_mac bytea[],
    p_request_hash bytea[], p_reply bytea[]
) RETURNS uuid[] LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    stored uuid[];
BEGIN
{_ENTER}
    WITH given AS (
        SELECT * FROM ROWS FROM (
            json_to_recordset(p_orders) AS (
                tenant_id uuid, account_id uuid, expected bigint, rules_version bigint,
                must_be_released boolean, id uuid, client_order_id text, symbol text, side text,
                type text, quantity text, limit_price text, time_in_force text, at timestamptz,
                market_at timestamptz, strategy_id text, actor text, reserved_price text,
                decision_id uuid, rules_at integer, audit_id uuid, action text, trace_id text,
                detail text, session_id uuid, ip text, user_agent text, key_id text, notice_id
                uuid, sequence bigint, body text, fingerprint text, key text, status integer
            ),
            unnest(p_record), unnest(p_rules), unnest(p_mac), unnest(p_request_hash),
            unnest(p_reply)
        ) AS g(
            tenant_id, account_id, expected, rules_version, must_be_released, id, client_order_id,
            symbol, side, type, quantity, limit_price, time_in_force, at, market_at, strategy_id,
            actor, reserved_price, decision_id, rules_at, audit_id, action, trace_id, detail,
            session_id, ip, user_agent, key_id, notice_id, sequence, body, fingerprint, key,
            status, record, rules, mac, request_hash, reply
        )
    ),
    free AS (
        SELECT g.* FROM given g JOIN books b ON b.account_id = g.account_id
        WHERE b.version = g.expected
            AND (g.rules_version IS NULL OR g.rules_version = coalesce(
                (SELECT s.version FROM rule_sets s WHERE s.tenant_id = g.tenant_id), 0
            ))
            AND (NOT g.must_be_released OR (
                SELECT 1 FROM latches l WHERE l.tenant_id = g.tenant_id AND l.released_at IS NULL
                    AND (l.account_id IS NULL OR l.account_id = g.account_id) LIMIT 1
            ) IS NULL)
            AND (g.key IS NULL OR (
                SELECT 1 FROM used_keys u WHERE u.tenant_id = g.tenant_id AND u.key = g.key LIMIT 1
            ) IS NULL)
        FOR NO KEY UPDATE OF b SKIP LOCKED
    ),
    moved AS (
        UPDATE books b SET version = f.expected + 1,
            sequences = b.sequences || jsonb_build_object('orders', f.sequence)
        FROM free f WHERE b.account_id = f.account_id AND b.version = f.expected
        RETURNING f.*
    ),
    put_order AS (
        INSERT INTO orders (id, tenant_id, account_id, client_order_id, symbol, side, type,
            quantity, limit_price, time_in_force, post_only, reduce_only, state, accepted_at,
            updated_at, market_at, strategy_id, actor, origin, filled_quantity, filled_notional,
            waiting, reserved_price, request_sent, cancel_wanted, reason)
        SELECT id, tenant_id, account_id, client_order_id, symbol, side, type,
            quantity::numeric, limit_price::numeric, time_in_force, false, false,
            'accepted', at, at, market_at, strategy_id, actor, 'client', 0, 0,
            false, reserved_price::numeric, false, false, ''
        FROM moved
    ),
    put_decision AS (
        INSERT INTO decisions (order_id, id, approved, record, rules, rules_at)
        SELECT id, decision_id, true, record, rules, rules_at FROM moved
    ),
    put_audit AS (
        INSERT INTO audit (id, tenant_id, account_id, actor, action, subject, at, market_at,
            trace_id, detail, session_id, ip, user_agent, key_id, mac)
        SELECT audit_id, tenant_id, account_id, actor, action, id::text, at, market_at,
            trace_id, detail, session_id, ip, user_agent, key_id, mac
        FROM moved
    ),
    put_notice AS (
        INSERT INTO notices (id, tenant_id, account_id, channel, sequence, type, subject, at,
            market_at, body)
        SELECT notice_id, tenant_id, account_id, 'orders', sequence, 'order.accepted',
            id::text, at, market_at, body
        FROM moved
    ),
    put_intake AS (
        INSERT INTO intakes (account_id, at, fingerprint, symbol)
        SELECT account_id, at, fingerprint, symbol FROM moved
    ),
    put_reply AS (
        INSERT INTO replies (tenant_id, key, request_hash, status, body, at)
        SELECT tenant_id, key, request_hash, status, reply, at FROM moved WHERE key IS NOT NULL
    )
    SELECT array_agg(account_id) INTO stored FROM moved;
    RETURN stored;
END
$$"""  # noqa: S608 - own names; values are parameters

FUNCTIONS = (
    _entering(BEFORE[0], _ENTER),
    _entering(BEFORE[1], f"{_ENTER_FIRST}\n{_ONE_TENANT}"),
    _entering(BEFORE[2], _ENTER),
    ACCEPT_ORDERS,
)
