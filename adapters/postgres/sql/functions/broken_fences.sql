-- Say which fences of a change do not hold, the first that applies first: what the tenant's rules
-- and latches were when it was decided on.
--
-- One SELECT and stable, so that it becomes part of the statement that asks and sees what that
-- sees: ask behind the book's lock, by a statement that begins after it was granted.
CREATE FUNCTION broken_fences(
    p_tenant uuid, p_account uuid, p_rules_version bigint, p_must_be_released boolean
) RETURNS TABLE (cause text)
LANGUAGE sql STABLE AS $$
    SELECT 'rules' WHERE p_rules_version <> coalesce(
        (SELECT s.version FROM rule_sets s WHERE s.tenant_id = p_tenant), 0
    )
    UNION ALL
    SELECT 'halted' FROM latches l
    WHERE p_must_be_released AND l.tenant_id = p_tenant AND l.released_at IS NULL
        AND (l.account_id IS NULL OR l.account_id = p_account)
$$;
