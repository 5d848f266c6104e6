-- Say which fences of a change do not hold, the first that applies first: what the tenant's rules
-- and latches were when it was decided on. p_must_be_released: true, no latch may be engaged over
-- the account or an order of the change that comes in or gets new terms; null, none that is
-- halted; false, whatever they are. A latch of nobody's is the whole firm's.
--
-- One SELECT and stable, so that it becomes part of the statement that asks and sees what that
-- sees: ask behind the book's lock, by a statement that begins after it was granted.
CREATE FUNCTION broken_fences(
    p_tenant uuid, p_account uuid, p_rules_version bigint, p_must_be_released boolean,
    p_orders orders[]
) RETURNS TABLE (cause text)
LANGUAGE sql STABLE AS $$
    SELECT 'rules' WHERE p_rules_version <> coalesce(
        (SELECT s.version FROM rule_sets s WHERE s.tenant_id = p_tenant), 0
    )
    UNION ALL
    (SELECT CASE l.level WHEN 'reducing' THEN 'reducing' ELSE 'halted' END FROM latches l
    WHERE p_must_be_released IS DISTINCT FROM false
        AND l.tenant_id IN (p_tenant, '00000000-0000-0000-0000-000000000000')
        AND l.released_at IS NULL
        AND (p_must_be_released OR l.level <> 'reducing')
        AND (l.account_id IS NULL OR l.account_id = p_account)
        AND (l.broker IS NULL
            OR l.broker = (SELECT a.broker FROM accounts a WHERE a.id = p_account))
        AND ((l.symbol IS NULL AND l.strategy_id IS NULL) OR EXISTS (
            SELECT FROM unnest(p_orders) o
            WHERE o.account_id = p_account AND o.state IN ('accepted', 'pending_update')
                AND (l.symbol IS NULL OR l.symbol = o.symbol)
                AND (l.strategy_id IS NULL
                    OR lower(normalize(btrim(l.strategy_id), NFKC))
                        = lower(normalize(btrim(o.strategy_id), NFKC)))
        ))
    ORDER BY l.level)
$$;
