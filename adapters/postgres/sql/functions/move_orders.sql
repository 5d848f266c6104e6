-- Make the function that stores orders which may be stored already, from the columns that orders
-- has: a revision that adds one runs this file again. What an order is never changes, all else
-- is what the change says.
DO $make$
DECLARE
    v_written text;
BEGIN
    SELECT string_agg(format('%1$I = excluded.%1$I', attname), ', ' ORDER BY attnum)
    INTO STRICT v_written
    FROM pg_attribute
    WHERE attrelid = 'orders'::regclass AND attnum > 0 AND NOT attisdropped
        AND attname <> ALL (ARRAY[
            'id', 'tenant_id', 'account_id', 'client_order_id', 'symbol', 'side', 'type',
            'trail_kind', 'time_in_force', 'expires_at', 'post_only', 'reduce_only',
            'accepted_at', 'strategy_id', 'actor', 'origin', 'group_id', 'role', 'parent_id'
        ]);
    EXECUTE format($function$
        CREATE OR REPLACE FUNCTION move_orders(p_orders orders[]) RETURNS void
        LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO orders SELECT * FROM unnest(p_orders)
            ON CONFLICT (id) DO UPDATE SET %s;
        END
        $$
    $function$, v_written);
END
$make$;
