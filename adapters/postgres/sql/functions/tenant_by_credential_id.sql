-- Return whose row it is, and nothing else, for whoever holds a passkey and no tenant yet.
--
-- Temporary things are looked for last, as nowhere they are first: a view of the caller's by the
-- name of pg_policies would run the caller's functions with the owner's rights.
CREATE FUNCTION tenant_by_credential_id(p_table text, p_value bytea) RETURNS uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found uuid;
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_policies WHERE schemaname = 'public' AND tablename = p_table
    ) THEN
        RAISE EXCEPTION 'table % is not a tenant''s', p_table USING ERRCODE = '42P01';
    END IF;
    EXECUTE format('SELECT tenant_id FROM public.%I WHERE credential_id = $1', p_table)
        INTO found USING p_value;
    RETURN found;
END
$$;
