-- Store notices without an account, each under the next number of its channel.
--
-- Exact in a transaction and in one statement alike: each channel's insert has a snapshot of its
-- own, taken after the lock was granted, so whoever else numbers the channel waits for the end of
-- this. A channel's notices are stored together: many people are told of many facts at once.
--
-- The journal is read by transaction, and one that wrote before it told may be older than the one
-- that told before it. Its notices then stand under that one's transaction, right behind: nobody
-- has read so far, since readers wait for the oldest transaction that runs.
CREATE OR REPLACE FUNCTION tell_next(p_notices notice_input[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    own record;
BEGIN
    -- In one order, so that two who tell several tenants never wait for each other.
    FOR own IN
        SELECT tenant_id, channel, array_agg(
            (id, tenant_id, account_id, channel, sequence, type, subject, at, market_at,
                body)::notice_input
            ORDER BY ordinality
        ) AS notices
        FROM unnest(p_notices) WITH ORDINALITY
        GROUP BY tenant_id, channel ORDER BY tenant_id, channel
    LOOP
        PERFORM pg_advisory_xact_lock(
            hashtextextended(format('notices %s %s', own.tenant_id, own.channel), 0)
        );
        INSERT INTO notices (xact, id, tenant_id, account_id, channel, sequence, type, subject, at,
            market_at, body)
        SELECT greatest(pg_current_xact_id(), last.xact), told.id, own.tenant_id, NULL,
            own.channel, coalesce(last.sequence, 0) + told.ordinality, told.type, told.subject,
            told.at, told.market_at, told.body
        FROM unnest(own.notices) WITH ORDINALITY AS told
        LEFT JOIN (
            SELECT n.sequence, n.xact FROM notices n
            WHERE n.tenant_id = own.tenant_id AND n.account_id IS NULL
                AND n.channel = own.channel
            ORDER BY n.sequence DESC LIMIT 1
        ) AS last ON true
        ORDER BY told.ordinality;
    END LOOP;
END
$$;
