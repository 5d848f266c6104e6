-- Store changes of several accounts' books at once: every change, and every answer is
-- 'committed', or none: then what is stale says why, and the others say 'again'.
--
-- One entry per change in the first arrays, each of another account of the one tenant, and the
-- rows of all changes together in the others.
CREATE FUNCTION commit_books(
    p_tenants uuid[],
    p_accounts uuid[],
    p_expected bigint[],
    p_rules_versions bigint[],
    p_must_be_released boolean[],
    p_cash jsonb[],
    p_day_dates date[],
    p_opening_equities numeric[],
    p_peak_equities numeric[],
    p_sequences jsonb[],
    p_keys text[],
    p_orders orders[],
    p_decisions decision_input[],
    p_rules decision_rule_input[],
    p_audit audit_input[],
    p_notices notice_input[],
    p_intakes intake_input[],
    p_reply replies[]
) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    v_said text[];
BEGIN
    PERFORM set_config('ballast.tenant', p_tenants[1]::text, true);
    IF NOT (p_tenants[1] = ALL (p_tenants)) THEN
        RAISE EXCEPTION 'several tenants' USING ERRCODE = 'BL008';
    END IF;
    -- In one order, so that two batches never wait for each other.
    PERFORM 1 FROM books WHERE account_id = ANY (p_accounts)
    ORDER BY account_id FOR NO KEY UPDATE;
    SELECT array_agg(
        CASE
            WHEN a.key IS NOT NULL AND EXISTS (
                SELECT 1 FROM replies r WHERE r.tenant_id = a.tenant AND r.key = a.key
            ) THEN 'replied'
            WHEN NOT EXISTS (
                SELECT 1 FROM books b WHERE b.account_id = a.account AND b.version = a.expected
            ) THEN 'book'
            WHEN a.rules_version IS NOT NULL AND a.rules_version <> coalesce(
                (SELECT s.version FROM rule_sets s WHERE s.tenant_id = a.tenant), 0
            ) THEN 'rules'
            WHEN a.must_be_released AND EXISTS (
                SELECT 1 FROM latches l WHERE l.tenant_id = a.tenant AND l.released_at IS NULL
                    AND (l.account_id IS NULL OR l.account_id = a.account)
            ) THEN 'halted'
            ELSE 'committed'
        END ORDER BY a.place
    ) INTO v_said
    FROM unnest(
        p_tenants, p_accounts, p_expected, p_rules_versions, p_must_be_released, p_keys
    ) WITH ORDINALITY AS a(
        tenant, account, expected, rules_version, must_be_released, key, place
    );
    IF NOT ('committed' = ALL (v_said)) THEN
        RETURN array_replace(v_said, 'committed', 'again');
    END IF;
    UPDATE books b SET version = a.expected + 1, cash = a.cash, day_date = a.day_date,
        opening_equity = a.opening_equity, peak_equity = a.peak_equity, sequences = a.sequences
    FROM unnest(p_accounts, p_expected, p_cash, p_day_dates, p_opening_equities,
        p_peak_equities, p_sequences
    ) AS a(account, expected, cash, day_date, opening_equity, peak_equity, sequences)
    WHERE b.account_id = a.account;
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

    RETURN v_said;
END
$$;
