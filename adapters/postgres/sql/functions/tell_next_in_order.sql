-- Store notices without an account, each under the next number of its channel.
--
-- Exact in a transaction and in one statement alike: each insert has a snapshot of its own, taken
-- after the lock was granted, so whoever else numbers the channel waits for the end of this.
--
-- The journal is read by transaction, and one that wrote before it told may be older than the one
-- that told before it. Its notice then stands under that one's transaction, right behind: nobody
-- has read so far, since readers wait for the oldest transaction that runs.
CREATE OR REPLACE FUNCTION tell_next(p_notices notice_input[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    told notice_input;
BEGIN
    -- In one order, so that two who tell several tenants never wait for each other.
    FOR told IN
        SELECT id, tenant_id, account_id, channel, sequence, type, subject, at, market_at, body
        FROM unnest(p_notices) WITH ORDINALITY ORDER BY tenant_id, channel, ordinality
    LOOP
        PERFORM pg_advisory_xact_lock(
            hashtextextended(format('notices %s %s', told.tenant_id, told.channel), 0)
        );
        INSERT INTO notices (xact, id, tenant_id, account_id, channel, sequence, type, subject, at,
            market_at, body)
        SELECT greatest(pg_current_xact_id(), last.xact), told.id, told.tenant_id, NULL,
            told.channel, coalesce(last.sequence, 0) + 1, told.type, told.subject, told.at,
            told.market_at, told.body
        FROM (VALUES (1)) AS once
        LEFT JOIN LATERAL (
            SELECT n.sequence, n.xact FROM notices n
            WHERE n.tenant_id = told.tenant_id AND n.account_id IS NULL
                AND n.channel = told.channel
            ORDER BY n.sequence DESC LIMIT 1
        ) AS last ON true;
    END LOOP;
END
$$;
