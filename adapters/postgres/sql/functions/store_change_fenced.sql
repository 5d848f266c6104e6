-- Store one change of an account's book, or say what is stale.
--
-- Nothing is written until the book, held, has the version that the change was decided on and the
-- fences hold. What is stale after that is raised, as none of it may stand: a key that was used,
-- first of all, and one that is claimed as if it were; a report that another has applied, of
-- which either the row is met, or, when that was deleted meanwhile, the mark that was raised
-- with it: the row comes first. Row by row, which for the few rows of one change costs less than
-- a scan of each array; many are store_changes'. One engaged latch per scope and cause is enough;
-- the book is held.
CREATE OR REPLACE FUNCTION store_change(
    p_tenant uuid,
    p_book book_input,
    p_new_orders orders[],
    p_orders orders[],
    p_decisions decision_input[],
    p_rules decision_rule_input[],
    p_audit audit_input[],
    p_notices notice_input[],
    p_intakes intake_input[],
    p_replies replies[],
    p_positions position_input[],
    p_fills fills[],
    p_ledger ledger[],
    p_postings posting_input[],
    p_latches latches[],
    p_broker text,
    p_heard bigint
) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    v_reply replies;
    v_order orders;
    v_decision decision_input;
    v_audit audit_input;
    v_notice notice_input;
    v_intake intake_input;
BEGIN
    PERFORM set_config('ballast.tenant', p_tenant::text, true);
    PERFORM 1 FROM books WHERE account_id = p_book.account_id FOR NO KEY UPDATE;
    UPDATE books SET
        version = version + 1,
        cash = coalesce(p_book.cash, cash),
        day_date = coalesce(p_book.day_date, day_date),
        opening_equity = coalesce(p_book.opening_equity, opening_equity),
        peak_equity = coalesce(p_book.peak_equity, peak_equity),
        sequences = p_book.sequences
    WHERE account_id = p_book.account_id AND version = p_book.expected
        AND NOT EXISTS (SELECT FROM broken_fences(
            p_tenant, p_book.account_id, p_book.rules_version, p_book.must_be_released,
            p_new_orders || p_orders
        ));
    IF NOT FOUND THEN
        RETURN CASE
            WHEN EXISTS (
                SELECT FROM used_keys WHERE tenant_id = p_tenant AND key = ANY (p_book.keys)
            ) THEN 'replied'
            WHEN NOT EXISTS (
                SELECT FROM books
                WHERE account_id = p_book.account_id AND version = p_book.expected
            ) THEN 'book'
            -- One that has come to hold just now is for who decides again.
            ELSE coalesce((
                SELECT cause FROM broken_fences(
                    p_tenant, p_book.account_id, p_book.rules_version, p_book.must_be_released,
                    p_new_orders || p_orders
                ) LIMIT 1
            ), 'book')
        END;
    END IF;
    IF p_replies IS NOT NULL THEN
        FOREACH v_reply IN ARRAY p_replies LOOP
            INSERT INTO replies VALUES (v_reply.*);
            IF EXISTS (
                SELECT FROM claims WHERE tenant_id = p_tenant AND key = v_reply.key
            ) THEN
                RAISE EXCEPTION 'the key is claimed' USING ERRCODE = '23505',
                    CONSTRAINT = 'replies_key';
            END IF;
        END LOOP;
    END IF;
    IF p_heard IS NOT NULL THEN
        INSERT INTO applied_reports VALUES (p_broker, p_heard) ON CONFLICT DO NOTHING;
        IF NOT FOUND OR EXISTS (
            SELECT FROM broker_reports WHERE broker = p_broker AND heard >= p_heard
        ) THEN
            RAISE EXCEPTION 'heard' USING ERRCODE = 'BL007';
        END IF;
    END IF;
    IF p_new_orders IS NOT NULL THEN
        FOREACH v_order IN ARRAY p_new_orders LOOP
            INSERT INTO orders VALUES (v_order.*);
        END LOOP;
    END IF;
    IF p_orders IS NOT NULL THEN
        PERFORM move_orders(p_orders);
    END IF;
    IF p_decisions IS NOT NULL THEN
        FOREACH v_decision IN ARRAY p_decisions LOOP
            INSERT INTO decisions VALUES (v_decision.*);
        END LOOP;
    END IF;
    IF p_rules IS NOT NULL THEN
        INSERT INTO decision_rules SELECT * FROM unnest(p_rules) ON CONFLICT DO NOTHING;
    END IF;
    IF p_audit IS NOT NULL THEN
        FOREACH v_audit IN ARRAY p_audit LOOP
            INSERT INTO audit (id, tenant_id, account_id, actor, action, subject, at, market_at,
                trace_id, detail, session_id, ip, user_agent, before, after, reason, key_id, mac)
            VALUES (v_audit.*);
        END LOOP;
    END IF;
    IF p_notices IS NOT NULL THEN
        FOREACH v_notice IN ARRAY p_notices LOOP
            INSERT INTO notices (id, tenant_id, account_id, channel, sequence, type, subject,
                at, market_at, body)
            VALUES (v_notice.*);
        END LOOP;
    END IF;
    IF p_intakes IS NOT NULL THEN
        FOREACH v_intake IN ARRAY p_intakes LOOP
            INSERT INTO intakes VALUES (v_intake.*);
        END LOOP;
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
                AND e.cause = l.cause AND e.level = l.level AND e.released_at IS NULL
        );
    END IF;
    RETURN 'committed';
END
$$;
