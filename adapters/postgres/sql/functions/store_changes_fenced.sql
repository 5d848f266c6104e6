-- Store changes of several accounts' books at once: every change, and every answer is
-- 'committed', or none: then what is stale says why, and the others say 'again'.
--
-- One book per change, each of another account of the one tenant, and the rows of all changes
-- together. A book that another holds is not waited for: its change says 'held'. The fences are
-- looked at behind the books' locks, by a statement that begins after they were granted.
CREATE OR REPLACE FUNCTION store_changes(
    p_tenant uuid,
    p_books book_input[],
    p_new_orders orders[],
    p_orders orders[],
    p_decisions decision_input[],
    p_rules decision_rule_input[],
    p_audit audit_input[],
    p_notices notice_input[],
    p_intakes intake_input[],
    p_replies replies[]
) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    v_held uuid[];
    v_said text[];
BEGIN
    PERFORM set_config('ballast.tenant', p_tenant::text, true);
    v_held := ARRAY(
        SELECT b.account_id FROM books b
        WHERE b.account_id = ANY (ARRAY(SELECT a.account_id FROM unnest(p_books) a))
        FOR NO KEY UPDATE SKIP LOCKED
    );
    SELECT array_agg(
        CASE
            WHEN EXISTS (
                SELECT FROM used_keys u WHERE u.tenant_id = p_tenant AND u.key = ANY (a.keys)
            ) THEN 'replied'
            WHEN a.account_id <> ALL (v_held) THEN 'held'
            WHEN NOT EXISTS (
                SELECT FROM books b
                WHERE b.account_id = a.account_id AND b.version = a.expected
            ) THEN 'book'
            ELSE coalesce((
                SELECT f.cause FROM broken_fences(
                    p_tenant, a.account_id, a.rules_version, a.must_be_released,
                    p_new_orders || p_orders
                ) f LIMIT 1
            ), 'committed')
        END ORDER BY a.place
    )
    INTO v_said
    FROM unnest(p_books) WITH ORDINALITY AS a(
        account_id, expected, rules_version, must_be_released, keys, cash, day_date,
        opening_equity, peak_equity, sequences, place
    );
    IF NOT ('committed' = ALL (v_said)) THEN
        RETURN array_replace(v_said, 'committed', 'again');
    END IF;
    UPDATE books b SET
        version = b.version + 1,
        cash = coalesce(a.cash, b.cash),
        day_date = coalesce(a.day_date, b.day_date),
        opening_equity = coalesce(a.opening_equity, b.opening_equity),
        peak_equity = coalesce(a.peak_equity, b.peak_equity),
        sequences = a.sequences
    FROM unnest(p_books) a WHERE b.account_id = a.account_id;
    IF p_replies IS NOT NULL THEN
        INSERT INTO replies SELECT * FROM unnest(p_replies);
        IF EXISTS (
            SELECT FROM unnest(p_replies) r
            JOIN claims c ON c.tenant_id = p_tenant AND c.key = r.key
        ) THEN
            RAISE EXCEPTION 'the key is claimed' USING ERRCODE = '23505',
                CONSTRAINT = 'replies_key';
        END IF;
    END IF;
    IF p_new_orders IS NOT NULL THEN
        INSERT INTO orders SELECT * FROM unnest(p_new_orders);
    END IF;
    IF p_orders IS NOT NULL THEN
        PERFORM move_orders(p_orders);
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
        INSERT INTO notices (id, tenant_id, account_id, channel, sequence, type, subject, at,
            market_at, body)
        SELECT * FROM unnest(p_notices);
    END IF;
    IF p_intakes IS NOT NULL THEN
        INSERT INTO intakes SELECT * FROM unnest(p_intakes);
    END IF;
    RETURN v_said;
END
$$;
