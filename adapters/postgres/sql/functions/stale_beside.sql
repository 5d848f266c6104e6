-- Say what is stale, or nothing where the other accounts are as they were when the order was
-- decided on.
--
-- The books are held in one order, as in commit_books, so that two never wait for each other.
-- What is held is looked at by a statement that begins after, so that it sees what those that
-- held it before have stored; an account that was opened meanwhile counts as a change.
CREATE FUNCTION stale_beside(
    p_tenant uuid, p_account uuid, p_others uuid[], p_versions bigint[], p_key text
) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('ballast.tenant', p_tenant::text, true);
    PERFORM 1 FROM books b WHERE b.account_id = p_account OR b.account_id = ANY (p_others)
    ORDER BY b.account_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT 1 FROM used_keys WHERE tenant_id = p_tenant AND key = p_key) THEN
        RETURN 'replied';
    END IF;
    IF EXISTS (
        SELECT 1 FROM (
            SELECT a.id, b.version FROM accounts a JOIN books b ON b.account_id = a.id
            WHERE a.tenant_id = p_tenant AND a.id <> p_account
        ) s FULL JOIN unnest(p_others, p_versions) AS o(id, version) ON o.id = s.id
        WHERE s.version IS DISTINCT FROM o.version
    ) THEN
        RETURN 'others';
    END IF;
    RETURN NULL;
END
$$;
