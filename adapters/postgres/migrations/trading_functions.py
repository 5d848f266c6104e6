"""Hold the functions and triggers of trading as the second revision creates them."""

from adapters.postgres.migrations.trading_batch import commit_books
from domain.orders.states import TRANSITIONS, OrderState

# Written out at migration time: a later change of the table needs a revision of its own,
# and a test compares what is stored with what the domain says.
_ENTRIES = ", ".join(f"'{state.value}'" for state in sorted(TRANSITIONS[OrderState.INITIALIZED]))
_MOVES = ", ".join(
    f"('{before.value}', '{after.value}')"
    for before in OrderState
    for after in sorted(TRANSITIONS[before])
)

# What both ways of storing share.
STORE = """    IF p_orders IS NOT NULL THEN
        INSERT INTO orders SELECT * FROM unnest(p_orders)
        ON CONFLICT (id) DO UPDATE SET
            quantity = excluded.quantity,
            limit_price = excluded.limit_price,
            stop_price = excluded.stop_price,
            trail = excluded.trail,
            display_quantity = excluded.display_quantity,
            state = excluded.state,
            updated_at = excluded.updated_at,
            filled_quantity = excluded.filled_quantity,
            filled_notional = excluded.filled_notional,
            venue_order_id = excluded.venue_order_id,
            waiting = excluded.waiting,
            reserved_price = excluded.reserved_price,
            pending_terms = excluded.pending_terms,
            settled_state = excluded.settled_state,
            sent_at = excluded.sent_at,
            request_sent = excluded.request_sent,
            cancel_wanted = excluded.cancel_wanted,
            reason = excluded.reason,
            market_at = excluded.market_at;
    END IF;
    IF p_decisions IS NOT NULL THEN
        INSERT INTO decisions SELECT * FROM unnest(p_decisions);
    END IF;
    IF p_rules IS NOT NULL THEN
        INSERT INTO decision_rules SELECT * FROM unnest(p_rules) ON CONFLICT DO NOTHING;
    END IF;
    IF p_audit IS NOT NULL THEN
        INSERT INTO audit SELECT * FROM unnest(p_audit);
    END IF;
    IF p_notices IS NOT NULL THEN
        INSERT INTO notices (id, tenant_id, account_id, channel, sequence, type, subject,
            at, market_at, body)
        SELECT * FROM unnest(p_notices);
    END IF;
    IF p_intakes IS NOT NULL THEN
        INSERT INTO intakes SELECT * FROM unnest(p_intakes);
    END IF;
    IF p_reply IS NOT NULL THEN
        INSERT INTO replies SELECT * FROM unnest(p_reply);
    END IF;
"""

COMMIT_BOOK = f"""
CREATE FUNCTION commit_book(
    p_tenant uuid,
    p_account uuid,
    p_expected bigint,
    p_rules_version bigint,
    p_must_be_released boolean,
    p_cash jsonb,
    p_day_date date,
    p_opening_equity numeric,
    p_peak_equity numeric,
    p_sequences jsonb,
    p_orders orders[],
    p_decisions decisions[],
    p_rules decision_rules[],
    p_audit audit[],
    p_notices notice_input[],
    p_intakes intakes[],
    p_reply replies[],
    p_positions positions[],
    p_fills fills[],
    p_ledger ledger[],
    p_postings postings[],
    p_latches latches[],
    p_broker text,
    p_heard bigint
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF p_reply IS NOT NULL AND EXISTS (
        SELECT 1 FROM replies WHERE tenant_id = p_tenant AND key = p_reply[1].key
    ) THEN
        RETURN 'replied';
    END IF;
    UPDATE books SET version = p_expected + 1, cash = p_cash, day_date = p_day_date,
        opening_equity = p_opening_equity, peak_equity = p_peak_equity,
        sequences = p_sequences
    WHERE account_id = p_account AND version = p_expected;
    IF NOT FOUND THEN
        RETURN 'book';
    END IF;
    -- Raised, not returned: whatever was written above must not stand.
    IF p_rules_version IS NOT NULL AND p_rules_version <> coalesce(
        (SELECT version FROM rule_sets WHERE tenant_id = p_tenant), 0
    ) THEN
        RAISE EXCEPTION 'rules' USING ERRCODE = 'BL001';
    END IF;
    IF p_must_be_released AND EXISTS (
        SELECT 1 FROM latches WHERE tenant_id = p_tenant AND released_at IS NULL
            AND (account_id IS NULL OR account_id = p_account)
    ) THEN
        RAISE EXCEPTION 'halted' USING ERRCODE = 'BL002';
    END IF;
{STORE}    IF p_positions IS NOT NULL THEN
        INSERT INTO positions SELECT * FROM unnest(p_positions)
        ON CONFLICT (account_id, symbol) DO UPDATE SET
            quantity = excluded.quantity,
            cost = excluded.cost,
            realised_pnl = excluded.realised_pnl,
            commissions = excluded.commissions,
            multiplier = excluded.multiplier;
    END IF;
    IF p_fills IS NOT NULL THEN
        INSERT INTO fills SELECT * FROM unnest(p_fills);
    END IF;
    IF p_ledger IS NOT NULL THEN
        INSERT INTO ledger SELECT * FROM unnest(p_ledger);
        INSERT INTO postings SELECT * FROM unnest(p_postings);
    END IF;
    IF p_latches IS NOT NULL THEN
        INSERT INTO latches SELECT * FROM unnest(p_latches);
    END IF;
    IF p_heard IS NOT NULL THEN
        INSERT INTO broker_reports VALUES (p_broker, p_heard)
        ON CONFLICT (broker) DO UPDATE
        SET heard = greatest(broker_reports.heard, excluded.heard);
    END IF;
    RETURN 'committed';
END
$$"""  # noqa: S608 - own names; values are parameters

FUNCTIONS = (
    f"INSERT INTO order_transitions VALUES {_MOVES}",  # noqa: S608 - own names; values are parameters
    f"""
    CREATE FUNCTION check_order_move() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.state NOT IN ({_ENTRIES}) THEN
                RAISE EXCEPTION 'initialized -> %', NEW.state USING ERRCODE = 'BL003',
                    DETAIL = NEW.id::text;
            END IF;
        ELSIF NEW.state <> OLD.state AND NOT EXISTS (
            SELECT 1 FROM order_transitions WHERE before = OLD.state AND after = NEW.state
        ) THEN
            RAISE EXCEPTION '% -> %', OLD.state, NEW.state USING ERRCODE = 'BL003',
                DETAIL = NEW.id::text;
        END IF;
        RETURN NEW;
    END
    $$""",  # noqa: S608 - own names; values are parameters
    """
    CREATE TRIGGER orders_move BEFORE UPDATE OF state ON orders
    FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION check_order_move()""",
    # After, not before: a row that ends as an update on conflict is no insert.
    # The condition spares the usual order a call of the function.
    f"""
    CREATE TRIGGER orders_entry AFTER INSERT ON orders
    FOR EACH ROW WHEN (NEW.state NOT IN ({_ENTRIES})) EXECUTE FUNCTION check_order_move()""",
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% of % is refused: its rows are immutable', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'BL004';
    END
    $$""",
    *(
        f"""
        CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
        for table in (
            "ledger",
            "postings",
            "fills",
            "audit",
            "decisions",
            "decision_rules",
            "notices",
        )
    ),
    """
    CREATE FUNCTION check_balance() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT 1 FROM added GROUP BY transaction_id, asset HAVING sum(amount) <> 0
        ) THEN
            RAISE EXCEPTION 'postings do not sum to zero' USING ERRCODE = 'BL005';
        END IF;
        RETURN NULL;
    END
    $$""",
    """
    CREATE TRIGGER postings_balance AFTER INSERT ON postings
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION check_balance()""",
    """
    CREATE TYPE notice_input AS (
        id uuid, tenant_id uuid, account_id uuid, channel text, sequence bigint,
        type text, subject text, at timestamptz, market_at timestamptz, body text
    )""",
    COMMIT_BOOK,
    commit_books(STORE),
)
