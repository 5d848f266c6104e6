-- Store one change of an account's book, or say what is stale.
--
-- What is stale is raised, not returned, once anything was written: none of it may stand. A key
-- that is claimed is told as the unique key of the answers is: it is not new. Of a report that
-- another has applied either the row is met, or, when that was deleted meanwhile, the mark that
-- was raised with it: the row comes first. One engaged latch per scope and cause is enough; the
-- account's book row is locked.
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
    p_decisions decision_input[],
    p_rules decision_rule_input[],
    p_audit audit_input[],
    p_notices notice_input[],
    p_intakes intake_input[],
    p_reply replies[],
    p_positions position_input[],
    p_fills fills[],
    p_ledger ledger[],
    p_postings posting_input[],
    p_latches latches[],
    p_broker text,
    p_heard bigint
) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('ballast.tenant', p_tenant::text, true);
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
    IF p_heard IS NOT NULL THEN
        INSERT INTO applied_reports VALUES (p_broker, p_heard) ON CONFLICT DO NOTHING;
        IF NOT FOUND OR EXISTS (
            SELECT 1 FROM broker_reports WHERE broker = p_broker AND heard >= p_heard
        ) THEN
            RAISE EXCEPTION 'heard' USING ERRCODE = 'BL007';
        END IF;
    END IF;
    IF p_orders IS NOT NULL THEN
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
        INSERT INTO audit (id, tenant_id, account_id, actor, action, subject, at, market_at,
            trace_id, detail, session_id, ip, user_agent, before, after, reason, key_id, mac)
        SELECT * FROM unnest(p_audit);
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
        IF EXISTS (
            SELECT 1 FROM unnest(p_reply) r
            JOIN claims c ON c.tenant_id = r.tenant_id AND c.key = r.key
        ) THEN
            RAISE EXCEPTION 'the key is claimed' USING ERRCODE = '23505',
                CONSTRAINT = 'replies_key';
        END IF;
    END IF;
    IF p_positions IS NOT NULL THEN
        INSERT INTO positions SELECT * FROM unnest(p_positions)
        ON CONFLICT (account_id, symbol) DO UPDATE SET
            quantity = excluded.quantity,
            cost = excluded.cost,
            realised_pnl = excluded.realised_pnl,
            commissions = excluded.commissions,
            multiplier = excluded.multiplier,
            split_on = excluded.split_on,
            split_from = excluded.split_from;
    END IF;
    IF p_fills IS NOT NULL THEN
        INSERT INTO fills SELECT * FROM unnest(p_fills);
    END IF;
    IF p_ledger IS NOT NULL THEN
        INSERT INTO ledger SELECT * FROM unnest(p_ledger);
        INSERT INTO postings SELECT * FROM unnest(p_postings);
    END IF;
    IF p_latches IS NOT NULL THEN
        INSERT INTO latches SELECT * FROM unnest(p_latches) l WHERE NOT EXISTS (
            SELECT 1 FROM latches e WHERE e.tenant_id = l.tenant_id
                AND e.account_id IS NOT DISTINCT FROM l.account_id
                AND e.cause = l.cause AND e.released_at IS NULL
        );
    END IF;
    RETURN 'committed';
END
$$;
