"""Hold the function that stores changes of several accounts' books at once."""


def commit_books(store: str) -> str:
    """Return the function's definition; store is the part shared with commit_book.

    One entry per change in the first arrays, each of another account, and the rows of all
    changes together in the others. Either every change is stored, and every answer is
    'committed', or none: then what is stale says why, and the others say 'again'.
    """
    return f"""
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
    p_decisions decisions[],
    p_rules decision_rules[],
    p_audit audit[],
    p_notices notice_input[],
    p_intakes intakes[],
    p_reply replies[]
) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    v_said text[];
BEGIN
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
{store}
    RETURN v_said;
END
$$"""  # noqa: S608 - own names; values are parameters
