"""Store one accepted plain order by a function of plain values.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TAKEN = """
    p_tenant uuid, p_account uuid, p_expected bigint, p_rules_version bigint,
    p_must_be_released boolean, p_id uuid, p_client_order_id text, p_symbol text, p_side text,
    p_type text, p_quantity text, p_limit_price text, p_time_in_force text, p_at timestamptz,
    p_market_at timestamptz, p_strategy_id text, p_actor text, p_reserved_price text,
    p_decision_id uuid, p_record bytea, p_rules bytea, p_rules_at integer, p_audit_id uuid,
    p_action text, p_trace_id text, p_detail text, p_notice_id uuid, p_sequence bigint,
    p_body text, p_fingerprint text, p_key text, p_request_hash bytea, p_status integer,
    p_reply bytea
"""
# False when the book is at another version. Whatever else is stale is raised, as nothing
# written above may stand; commit_book says what it is. The fences are looked at behind the
# book's lock, by a statement that begins after it was granted.
FUNCTION = f"""
CREATE FUNCTION accept_order({_TAKEN}) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE books SET version = p_expected + 1,
        sequences = sequences || jsonb_build_object('orders', p_sequence)
    WHERE account_id = p_account AND version = p_expected;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF (p_rules_version IS NOT NULL AND p_rules_version <> coalesce(
            (SELECT version FROM rule_sets WHERE tenant_id = p_tenant), 0
        ))
        OR (p_must_be_released AND EXISTS (
            SELECT 1 FROM latches WHERE tenant_id = p_tenant AND released_at IS NULL
                AND (account_id IS NULL OR account_id = p_account)
        ))
        OR (p_key IS NOT NULL AND EXISTS (
            SELECT 1 FROM claims WHERE tenant_id = p_tenant AND key = p_key
        ))
    THEN
        RAISE EXCEPTION 'stale' USING ERRCODE = 'BL006';
    END IF;
    INSERT INTO orders (id, tenant_id, account_id, client_order_id, symbol, side, type,
        quantity, limit_price, time_in_force, post_only, reduce_only, state, accepted_at,
        updated_at, market_at, strategy_id, actor, origin, filled_quantity, filled_notional,
        waiting, reserved_price, request_sent, cancel_wanted, reason)
    VALUES (p_id, p_tenant, p_account, p_client_order_id, p_symbol, p_side, p_type,
        p_quantity::numeric, p_limit_price::numeric, p_time_in_force, false, false,
        'accepted', p_at, p_at, p_market_at, p_strategy_id, p_actor, 'client', 0, 0,
        false, p_reserved_price::numeric, false, false, '');
    INSERT INTO decisions (order_id, id, approved, record, rules, rules_at)
    VALUES (p_id, p_decision_id, true, p_record, p_rules, p_rules_at);
    INSERT INTO audit (id, tenant_id, account_id, actor, action, subject, at, market_at,
        trace_id, detail)
    VALUES (p_audit_id, p_tenant, p_account, p_actor, p_action, p_id::text, p_at, p_market_at,
        p_trace_id, p_detail);
    INSERT INTO notices (id, tenant_id, account_id, channel, sequence, type, subject, at,
        market_at, body)
    VALUES (p_notice_id, p_tenant, p_account, 'orders', p_sequence, 'order.accepted',
        p_id::text, p_at, p_market_at, p_body);
    INSERT INTO intakes (account_id, at, fingerprint, symbol)
    VALUES (p_account, p_at, p_fingerprint, p_symbol);
    IF p_key IS NOT NULL THEN
        INSERT INTO replies (tenant_id, key, request_hash, status, body, at)
        VALUES (p_tenant, p_key, p_request_hash, p_status, p_reply, p_at);
    END IF;
    RETURN true;
END
$$"""  # noqa: S608 - own names; values are parameters


def upgrade() -> None:
    """Make the function."""
    op.execute(FUNCTION)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP FUNCTION accept_order")
