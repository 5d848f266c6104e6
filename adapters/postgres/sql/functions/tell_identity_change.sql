-- Append to the feed of whose standing changed, and wake whoever follows it.
--
-- Whoever tells waits for the one before to be over: numbers come in the order of the commits, and
-- who has read one number never misses a smaller one. The lock is any number, as long as every
-- version of Ballast uses the same.
CREATE FUNCTION tell_identity_change(
    p_tenant uuid, p_user uuid, p_session uuid, p_token text, p_kind text, p_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    told bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(72848220375364);
    INSERT INTO identity_changes (tenant_id, user_id, session_id, token_id, kind, at)
    VALUES (p_tenant, p_user, p_session, p_token, p_kind, p_at) RETURNING seq INTO told;
    PERFORM pg_notify('ballast_wake', 'identity');
    RETURN told;
END
$$;
