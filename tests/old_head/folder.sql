SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE TYPE public.audit_input AS (
	id uuid,
	tenant_id uuid,
	account_id uuid,
	actor text,
	action text,
	subject text,
	at timestamp with time zone,
	market_at timestamp with time zone,
	trace_id text,
	detail text,
	session_id uuid,
	ip text,
	user_agent text,
	before text,
	after text,
	reason text,
	key_id text,
	mac bytea
);
CREATE TYPE public.decision_input AS (
	order_id uuid,
	id uuid,
	approved boolean,
	record bytea,
	rules bytea,
	rules_at integer
);
CREATE TYPE public.decision_rule_input AS (
	digest bytea,
	record bytea
);
CREATE TYPE public.intake_input AS (
	account_id uuid,
	at timestamp with time zone,
	fingerprint text,
	symbol text
);
CREATE TYPE public.notice_input AS (
	id uuid,
	tenant_id uuid,
	account_id uuid,
	channel text,
	sequence bigint,
	type text,
	subject text,
	at timestamp with time zone,
	market_at timestamp with time zone,
	body text
);
CREATE TYPE public.position_input AS (
	account_id uuid,
	symbol text,
	quantity numeric,
	cost numeric,
	realised_pnl numeric,
	commissions numeric,
	multiplier numeric,
	split_on date,
	split_from numeric
);
CREATE TYPE public.posting_input AS (
	transaction_id uuid,
	line smallint,
	ledger text,
	asset text,
	amount numeric
);
CREATE FUNCTION public.accept_order(p_tenant uuid, p_account uuid, p_expected bigint, p_rules_version bigint, p_must_be_released boolean, p_id uuid, p_client_order_id text, p_symbol text, p_side text, p_type text, p_quantity text, p_limit_price text, p_time_in_force text, p_at timestamp with time zone, p_market_at timestamp with time zone, p_strategy_id text, p_actor text, p_reserved_price text, p_decision_id uuid, p_record bytea, p_rules bytea, p_rules_at integer, p_audit_id uuid, p_action text, p_trace_id text, p_detail text, p_session_id uuid, p_ip text, p_user_agent text, p_key_id text, p_mac bytea, p_notice_id uuid, p_sequence bigint, p_body text, p_fingerprint text, p_key text, p_request_hash bytea, p_status integer, p_reply bytea) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('ballast.tenant', p_tenant::text, true);
    UPDATE books SET version = p_expected + 1,
        sequences = sequences || jsonb_build_object('orders', p_sequence)
    WHERE account_id = p_account AND version = p_expected;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF (p_rules_version IS NOT NULL AND p_rules_version <> coalesce(
            (SELECT version FROM rule_sets WHERE tenant_id = p_tenant), 0
        ))
        OR (p_must_be_released AND EXISTS (
            SELECT 1 FROM latches WHERE tenant_id = p_tenant AND released_at IS NULL
                AND (account_id IS NULL OR account_id = p_account)
        ))
        OR (p_key IS NOT NULL AND EXISTS (
            SELECT 1 FROM claims WHERE tenant_id = p_tenant AND key = p_key
        ))
    THEN
        RAISE EXCEPTION 'stale' USING ERRCODE = 'BL006';
    END IF;
    INSERT INTO orders (id, tenant_id, account_id, client_order_id, symbol, side, type,
        quantity, limit_price, time_in_force, post_only, reduce_only, state, accepted_at,
        updated_at, market_at, strategy_id, actor, origin, filled_quantity, filled_notional,
        waiting, reserved_price, request_sent, cancel_wanted, reason)
    VALUES (p_id, p_tenant, p_account, p_client_order_id, p_symbol, p_side, p_type,
        p_quantity::numeric, p_limit_price::numeric, p_time_in_force, false, false,
        'accepted', p_at, p_at, p_market_at, p_strategy_id, p_actor, 'client', 0, 0,
        false, p_reserved_price::numeric, false, false, '');
    INSERT INTO decisions (order_id, id, approved, record, rules, rules_at)
    VALUES (p_id, p_decision_id, true, p_record, p_rules, p_rules_at);
    INSERT INTO audit (id, tenant_id, account_id, actor, action, subject, at, market_at,
        trace_id, detail, session_id, ip, user_agent, key_id, mac)
    VALUES (p_audit_id, p_tenant, p_account, p_actor, p_action, p_id::text, p_at, p_market_at,
        p_trace_id, p_detail, p_session_id, p_ip, p_user_agent, p_key_id, p_mac);
    INSERT INTO notices (id, tenant_id, account_id, channel, sequence, type, subject, at,
        market_at, body)
    VALUES (p_notice_id, p_tenant, p_account, 'orders', p_sequence, 'order.accepted',
        p_id::text, p_at, p_market_at, p_body);
    INSERT INTO intakes (account_id, at, fingerprint, symbol)
    VALUES (p_account, p_at, p_fingerprint, p_symbol);
    IF p_key IS NOT NULL THEN
        INSERT INTO replies (tenant_id, key, request_hash, status, body, at)
        VALUES (p_tenant, p_key, p_request_hash, p_status, p_reply, p_at);
    END IF;
    RETURN true;
END
$$;
CREATE FUNCTION public.accept_orders(p_tenant uuid, p_orders json, p_record bytea[], p_rules bytea[], p_mac bytea[], p_request_hash bytea[], p_reply bytea[]) RETURNS uuid[]
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
DECLARE
    stored uuid[];
BEGIN
    PERFORM set_config('ballast.tenant', p_tenant::text, true);
    WITH given AS (
        SELECT * FROM ROWS FROM (
            json_to_recordset(p_orders) AS (
                tenant_id uuid, account_id uuid, expected bigint, rules_version bigint,
                must_be_released boolean, id uuid, client_order_id text, symbol text, side text,
                type text, quantity text, limit_price text, time_in_force text, at timestamptz,
                market_at timestamptz, strategy_id text, actor text, reserved_price text,
                decision_id uuid, rules_at integer, audit_id uuid, action text, trace_id text,
                detail text, session_id uuid, ip text, user_agent text, key_id text, notice_id
                uuid, sequence bigint, body text, fingerprint text, key text, status integer
            ),
            unnest(p_record), unnest(p_rules), unnest(p_mac), unnest(p_request_hash),
            unnest(p_reply)
        ) AS g(
            tenant_id, account_id, expected, rules_version, must_be_released, id, client_order_id,
            symbol, side, type, quantity, limit_price, time_in_force, at, market_at, strategy_id,
            actor, reserved_price, decision_id, rules_at, audit_id, action, trace_id, detail,
            session_id, ip, user_agent, key_id, notice_id, sequence, body, fingerprint, key,
            status, record, rules, mac, request_hash, reply
        )
    ),
    free AS (
        SELECT g.* FROM given g JOIN books b ON b.account_id = g.account_id
        WHERE b.version = g.expected
            AND (g.rules_version IS NULL OR g.rules_version = coalesce(
                (SELECT s.version FROM rule_sets s WHERE s.tenant_id = g.tenant_id), 0
            ))
            AND (NOT g.must_be_released OR (
                SELECT 1 FROM latches l WHERE l.tenant_id = g.tenant_id AND l.released_at IS NULL
                    AND (l.account_id IS NULL OR l.account_id = g.account_id) LIMIT 1
            ) IS NULL)
            AND (g.key IS NULL OR (
                SELECT 1 FROM used_keys u WHERE u.tenant_id = g.tenant_id AND u.key = g.key LIMIT 1
            ) IS NULL)
        FOR NO KEY UPDATE OF b SKIP LOCKED
    ),
    moved AS (
        UPDATE books b SET version = f.expected + 1,
            sequences = b.sequences || jsonb_build_object('orders', f.sequence)
        FROM free f WHERE b.account_id = f.account_id AND b.version = f.expected
        RETURNING f.*
    ),
    put_order AS (
        INSERT INTO orders (id, tenant_id, account_id, client_order_id, symbol, side, type,
            quantity, limit_price, time_in_force, post_only, reduce_only, state, accepted_at,
            updated_at, market_at, strategy_id, actor, origin, filled_quantity, filled_notional,
            waiting, reserved_price, request_sent, cancel_wanted, reason)
        SELECT id, tenant_id, account_id, client_order_id, symbol, side, type,
            quantity::numeric, limit_price::numeric, time_in_force, false, false,
            'accepted', at, at, market_at, strategy_id, actor, 'client', 0, 0,
            false, reserved_price::numeric, false, false, ''
        FROM moved
    ),
    put_decision AS (
        INSERT INTO decisions (order_id, id, approved, record, rules, rules_at)
        SELECT id, decision_id, true, record, rules, rules_at FROM moved
    ),
    put_audit AS (
        INSERT INTO audit (id, tenant_id, account_id, actor, action, subject, at, market_at,
            trace_id, detail, session_id, ip, user_agent, key_id, mac)
        SELECT audit_id, tenant_id, account_id, actor, action, id::text, at, market_at,
            trace_id, detail, session_id, ip, user_agent, key_id, mac
        FROM moved
    ),
    put_notice AS (
        INSERT INTO notices (id, tenant_id, account_id, channel, sequence, type, subject, at,
            market_at, body)
        SELECT notice_id, tenant_id, account_id, 'orders', sequence, 'order.accepted',
            id::text, at, market_at, body
        FROM moved
    ),
    put_intake AS (
        INSERT INTO intakes (account_id, at, fingerprint, symbol)
        SELECT account_id, at, fingerprint, symbol FROM moved
    ),
    put_reply AS (
        INSERT INTO replies (tenant_id, key, request_hash, status, body, at)
        SELECT tenant_id, key, request_hash, status, reply, at FROM moved WHERE key IS NOT NULL
    )
    SELECT array_agg(account_id) INTO stored FROM moved;
    RETURN stored;
END
$$;
CREATE FUNCTION public.ballast_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('ballast.tenant'::text, true), ''::text))::uuid;
CREATE FUNCTION public.check_balance() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        IF EXISTS (
            SELECT 1 FROM added GROUP BY transaction_id, asset HAVING sum(amount) <> 0
        ) THEN
            RAISE EXCEPTION 'postings do not sum to zero' USING ERRCODE = 'BL005';
        END IF;
        RETURN NULL;
    END
    $$;
CREATE FUNCTION public.check_order_move() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.state NOT IN ('accepted', 'canceled', 'denied', 'expired', 'filled', 'partially_filled', 'rejected', 'triggered', 'working') THEN
                RAISE EXCEPTION 'initialized -> %', NEW.state USING ERRCODE = 'BL003',
                    DETAIL = NEW.id::text;
            END IF;
        ELSIF NEW.state <> OLD.state AND NOT EXISTS (
            SELECT 1 FROM order_transitions WHERE before = OLD.state AND after = NEW.state
        ) THEN
            RAISE EXCEPTION '% -> %', OLD.state, NEW.state USING ERRCODE = 'BL003',
                DETAIL = NEW.id::text;
        END IF;
        RETURN NEW;
    END
    $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.fills (
    id uuid NOT NULL,
    trade_id text NOT NULL,
    order_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    symbol text NOT NULL,
    side text NOT NULL,
    quantity numeric(38,18) NOT NULL,
    price numeric(38,18) NOT NULL,
    commission numeric(38,18) NOT NULL,
    currency text NOT NULL,
    at timestamp with time zone NOT NULL,
    market_at timestamp with time zone NOT NULL,
    CONSTRAINT fills_quantity_check CHECK ((quantity > (0)::numeric))
);
CREATE TABLE public.latches (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    account_id uuid,
    cause text NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    engaged_at timestamp with time zone NOT NULL,
    flatten boolean NOT NULL,
    acknowledged_at timestamp with time zone,
    canceled_at timestamp with time zone,
    flat_at timestamp with time zone,
    released_at timestamp with time zone,
    released_by text,
    orders_cancelled integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.ledger (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    market_at timestamp with time zone NOT NULL,
    reference text NOT NULL
);
CREATE TABLE public.orders (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    client_order_id text NOT NULL,
    symbol text NOT NULL,
    side text NOT NULL,
    type text NOT NULL,
    quantity numeric(38,18) NOT NULL,
    limit_price numeric(38,18),
    stop_price numeric(38,18),
    trail numeric(38,18),
    trail_kind text,
    time_in_force text NOT NULL,
    expires_at timestamp with time zone,
    post_only boolean NOT NULL,
    reduce_only boolean NOT NULL,
    display_quantity numeric(38,18),
    state text NOT NULL,
    accepted_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    market_at timestamp with time zone NOT NULL,
    strategy_id text,
    actor text NOT NULL,
    origin text NOT NULL,
    group_id uuid,
    role text,
    parent_id uuid,
    filled_quantity numeric(38,18) NOT NULL,
    filled_notional numeric NOT NULL,
    venue_order_id text,
    waiting boolean NOT NULL,
    reserved_price numeric(38,18),
    pending_terms text,
    settled_state text,
    sent_at timestamp with time zone,
    request_sent boolean NOT NULL,
    cancel_wanted boolean NOT NULL,
    reason text NOT NULL,
    CONSTRAINT orders_filled_quantity_check CHECK ((filled_quantity >= (0)::numeric)),
    CONSTRAINT orders_quantity_check CHECK ((quantity > (0)::numeric))
)
WITH (fillfactor='80');
CREATE TABLE public.replies (
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer NOT NULL,
    body bytea NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE FUNCTION public.commit_book(p_tenant uuid, p_account uuid, p_expected bigint, p_rules_version bigint, p_must_be_released boolean, p_cash jsonb, p_day_date date, p_opening_equity numeric, p_peak_equity numeric, p_sequences jsonb, p_orders public.orders[], p_decisions public.decision_input[], p_rules public.decision_rule_input[], p_audit public.audit_input[], p_notices public.notice_input[], p_intakes public.intake_input[], p_reply public.replies[], p_positions public.position_input[], p_fills public.fills[], p_ledger public.ledger[], p_postings public.posting_input[], p_latches public.latches[], p_broker text, p_heard bigint) RETURNS text
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('ballast.tenant', p_tenant::text, true);
    IF p_reply IS NOT NULL AND EXISTS (
        SELECT 1 FROM replies WHERE tenant_id = p_tenant AND key = p_reply[1].key
    ) THEN
        RETURN 'replied';
    END IF;
    UPDATE books SET version = p_expected + 1, cash = p_cash, day_date = p_day_date,
        opening_equity = p_opening_equity, peak_equity = p_peak_equity,
        sequences = p_sequences
    WHERE account_id = p_account AND version = p_expected;
    IF NOT FOUND THEN
        RETURN 'book';
    END IF;
    -- Raised, not returned: whatever was written above must not stand.
    IF p_rules_version IS NOT NULL AND p_rules_version <> coalesce(
        (SELECT version FROM rule_sets WHERE tenant_id = p_tenant), 0
    ) THEN
        RAISE EXCEPTION 'rules' USING ERRCODE = 'BL001';
    END IF;
    IF p_must_be_released AND EXISTS (
        SELECT 1 FROM latches WHERE tenant_id = p_tenant AND released_at IS NULL
            AND (account_id IS NULL OR account_id = p_account)
    ) THEN
        RAISE EXCEPTION 'halted' USING ERRCODE = 'BL002';
    END IF;
    IF p_heard IS NOT NULL THEN
        INSERT INTO applied_reports VALUES (p_broker, p_heard) ON CONFLICT DO NOTHING;
        IF NOT FOUND OR EXISTS (
            SELECT 1 FROM broker_reports WHERE broker = p_broker AND heard >= p_heard
        ) THEN
            RAISE EXCEPTION 'heard' USING ERRCODE = 'BL007';
        END IF;
    END IF;
    IF p_orders IS NOT NULL THEN
        INSERT INTO orders SELECT * FROM unnest(p_orders)
        ON CONFLICT (id) DO UPDATE SET
            quantity = excluded.quantity,
            limit_price = excluded.limit_price,
            stop_price = excluded.stop_price,
            trail = excluded.trail,
            display_quantity = excluded.display_quantity,
            state = excluded.state,
            updated_at = excluded.updated_at,
            filled_quantity = excluded.filled_quantity,
            filled_notional = excluded.filled_notional,
            venue_order_id = excluded.venue_order_id,
            waiting = excluded.waiting,
            reserved_price = excluded.reserved_price,
            pending_terms = excluded.pending_terms,
            settled_state = excluded.settled_state,
            sent_at = excluded.sent_at,
            request_sent = excluded.request_sent,
            cancel_wanted = excluded.cancel_wanted,
            reason = excluded.reason,
            market_at = excluded.market_at;
    END IF;
    IF p_decisions IS NOT NULL THEN
        INSERT INTO decisions SELECT * FROM unnest(p_decisions);
    END IF;
    IF p_rules IS NOT NULL THEN
        INSERT INTO decision_rules SELECT * FROM unnest(p_rules) ON CONFLICT DO NOTHING;
    END IF;
    IF p_audit IS NOT NULL THEN
        INSERT INTO audit (id, tenant_id, account_id, actor, action, subject, at, market_at, trace_id, detail, session_id, ip, user_agent, before, after, reason, key_id, mac)
        SELECT * FROM unnest(p_audit);
    END IF;
    IF p_notices IS NOT NULL THEN
        INSERT INTO notices (id, tenant_id, account_id, channel, sequence, type, subject,
            at, market_at, body)
        SELECT * FROM unnest(p_notices);
    END IF;
    IF p_intakes IS NOT NULL THEN
        INSERT INTO intakes SELECT * FROM unnest(p_intakes);
    END IF;
    IF p_reply IS NOT NULL THEN
        INSERT INTO replies SELECT * FROM unnest(p_reply);
        IF EXISTS (
            SELECT 1 FROM unnest(p_reply) r
            JOIN claims c ON c.tenant_id = r.tenant_id AND c.key = r.key
        ) THEN
            RAISE EXCEPTION 'the key is claimed' USING ERRCODE = '23505',
                CONSTRAINT = 'replies_key';
        END IF;
    END IF;
    IF p_positions IS NOT NULL THEN
        INSERT INTO positions SELECT * FROM unnest(p_positions)
        ON CONFLICT (account_id, symbol) DO UPDATE SET
            quantity = excluded.quantity,
            cost = excluded.cost,
            realised_pnl = excluded.realised_pnl,
            commissions = excluded.commissions,
            multiplier = excluded.multiplier, split_on = excluded.split_on, split_from = excluded.split_from;
    END IF;
    IF p_fills IS NOT NULL THEN
        INSERT INTO fills SELECT * FROM unnest(p_fills);
    END IF;
    IF p_ledger IS NOT NULL THEN
        INSERT INTO ledger SELECT * FROM unnest(p_ledger);
        INSERT INTO postings SELECT * FROM unnest(p_postings);
    END IF;
    IF p_latches IS NOT NULL THEN
        INSERT INTO latches SELECT * FROM unnest(p_latches) l WHERE NOT EXISTS (
            SELECT 1 FROM latches e WHERE e.tenant_id = l.tenant_id
                AND e.account_id IS NOT DISTINCT FROM l.account_id
                AND e.cause = l.cause AND e.released_at IS NULL
        );
    END IF;
    RETURN 'committed';
END
$$;
CREATE FUNCTION public.commit_books(p_tenants uuid[], p_accounts uuid[], p_expected bigint[], p_rules_versions bigint[], p_must_be_released boolean[], p_cash jsonb[], p_day_dates date[], p_opening_equities numeric[], p_peak_equities numeric[], p_sequences jsonb[], p_keys text[], p_orders public.orders[], p_decisions public.decision_input[], p_rules public.decision_rule_input[], p_audit public.audit_input[], p_notices public.notice_input[], p_intakes public.intake_input[], p_reply public.replies[]) RETURNS text[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_said text[];
BEGIN
    PERFORM set_config('ballast.tenant', p_tenants[1]::text, true);
    IF NOT (p_tenants[1] = ALL (p_tenants)) THEN
        RAISE EXCEPTION 'several tenants' USING ERRCODE = 'BL008';
    END IF;
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
    IF p_orders IS NOT NULL THEN
        INSERT INTO orders SELECT * FROM unnest(p_orders)
        ON CONFLICT (id) DO UPDATE SET
            quantity = excluded.quantity,
            limit_price = excluded.limit_price,
            stop_price = excluded.stop_price,
            trail = excluded.trail,
            display_quantity = excluded.display_quantity,
            state = excluded.state,
            updated_at = excluded.updated_at,
            filled_quantity = excluded.filled_quantity,
            filled_notional = excluded.filled_notional,
            venue_order_id = excluded.venue_order_id,
            waiting = excluded.waiting,
            reserved_price = excluded.reserved_price,
            pending_terms = excluded.pending_terms,
            settled_state = excluded.settled_state,
            sent_at = excluded.sent_at,
            request_sent = excluded.request_sent,
            cancel_wanted = excluded.cancel_wanted,
            reason = excluded.reason,
            market_at = excluded.market_at;
    END IF;
    IF p_decisions IS NOT NULL THEN
        INSERT INTO decisions SELECT * FROM unnest(p_decisions);
    END IF;
    IF p_rules IS NOT NULL THEN
        INSERT INTO decision_rules SELECT * FROM unnest(p_rules) ON CONFLICT DO NOTHING;
    END IF;
    IF p_audit IS NOT NULL THEN
        INSERT INTO audit (id, tenant_id, account_id, actor, action, subject, at, market_at, trace_id, detail, session_id, ip, user_agent, before, after, reason, key_id, mac)
        SELECT * FROM unnest(p_audit);
    END IF;
    IF p_notices IS NOT NULL THEN
        INSERT INTO notices (id, tenant_id, account_id, channel, sequence, type, subject,
            at, market_at, body)
        SELECT * FROM unnest(p_notices);
    END IF;
    IF p_intakes IS NOT NULL THEN
        INSERT INTO intakes SELECT * FROM unnest(p_intakes);
    END IF;
    IF p_reply IS NOT NULL THEN
        INSERT INTO replies SELECT * FROM unnest(p_reply);
        IF EXISTS (
            SELECT 1 FROM unnest(p_reply) r
            JOIN claims c ON c.tenant_id = r.tenant_id AND c.key = r.key
        ) THEN
            RAISE EXCEPTION 'the key is claimed' USING ERRCODE = '23505',
                CONSTRAINT = 'replies_key';
        END IF;
    END IF;
    RETURN v_said;
END
$$;
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        RAISE EXCEPTION '% of % is refused: its rows are immutable', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'BL004';
    END
    $$;
CREATE FUNCTION public.stale_beside(p_tenant uuid, p_account uuid, p_others uuid[], p_versions bigint[], p_key text) RETURNS text
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.tell_identity_change(p_tenant uuid, p_user uuid, p_session uuid, p_token text, p_kind text, p_at timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
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
CREATE FUNCTION public.tenant_by_credential_id(p_table text, p_value bytea) RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
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
    $_$;
CREATE FUNCTION public.tenant_by_digest(p_table text, p_value bytea) RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
    DECLARE
        found uuid;
    BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM pg_policies WHERE schemaname = 'public' AND tablename = p_table
        ) THEN
            RAISE EXCEPTION 'table % is not a tenant''s', p_table USING ERRCODE = '42P01';
        END IF;
        EXECUTE format('SELECT tenant_id FROM public.%I WHERE digest = $1', p_table)
            INTO found USING p_value;
        RETURN found;
    END
    $_$;
CREATE FUNCTION public.tenant_by_id(p_table text, p_value uuid) RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
    DECLARE
        found uuid;
    BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM pg_policies WHERE schemaname = 'public' AND tablename = p_table
        ) THEN
            RAISE EXCEPTION 'table % is not a tenant''s', p_table USING ERRCODE = '42P01';
        END IF;
        EXECUTE format('SELECT tenant_id FROM public.%I WHERE id = $1', p_table)
            INTO found USING p_value;
        RETURN found;
    END
    $_$;
CREATE TABLE public.account_grants (
    tenant_id uuid NOT NULL,
    member_id uuid NOT NULL,
    account_id uuid NOT NULL,
    level text NOT NULL,
    CONSTRAINT account_grants_level_check CHECK ((level = ANY (ARRAY['role'::text, 'read'::text])))
);
CREATE TABLE public.accounts (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    portfolio_id uuid NOT NULL,
    name text NOT NULL,
    broker text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    currency text NOT NULL,
    kind text NOT NULL,
    leverage numeric NOT NULL
);
CREATE TABLE public.agents (
    tenant_id uuid NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    account_id uuid,
    kind text NOT NULL,
    version text NOT NULL,
    state text NOT NULL,
    since timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    last_sequence bigint NOT NULL,
    heard_at timestamp with time zone NOT NULL,
    desired text DEFAULT 'running'::text NOT NULL,
    desired_by text DEFAULT ''::text NOT NULL,
    desired_at timestamp with time zone,
    member_id uuid
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.api_keys (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    label text NOT NULL,
    broker text NOT NULL,
    environment text NOT NULL,
    account_id uuid,
    masked text NOT NULL,
    permissions text[] NOT NULL,
    allows_withdrawal boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    rotated_at timestamp with time zone NOT NULL,
    verified_at timestamp with time zone NOT NULL,
    verified boolean NOT NULL,
    last_used_at timestamp with time zone,
    expires_at timestamp with time zone,
    rotate_every_days integer NOT NULL,
    due_at timestamp with time zone NOT NULL,
    reminded_at timestamp with time zone,
    version integer NOT NULL,
    CONSTRAINT api_keys_environment_check CHECK ((environment = ANY (ARRAY['live'::text, 'paper'::text]))),
    CONSTRAINT api_keys_rotate_every_days_check CHECK ((rotate_every_days > 0)),
    CONSTRAINT api_keys_version_check CHECK ((version > 0))
);
CREATE TABLE public.applied_reports (
    broker text NOT NULL,
    sequence bigint NOT NULL
);
CREATE TABLE public.attempts (
    key bytea NOT NULL,
    failures integer NOT NULL,
    open_at timestamp with time zone NOT NULL
);
CREATE TABLE public.audit (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    account_id uuid,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    at timestamp with time zone NOT NULL,
    market_at timestamp with time zone,
    trace_id text NOT NULL,
    detail text NOT NULL,
    session_id uuid,
    ip text DEFAULT ''::text NOT NULL,
    user_agent text DEFAULT ''::text NOT NULL,
    before text DEFAULT '{}'::text NOT NULL,
    after text DEFAULT '{}'::text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    key_id text,
    mac bytea,
    seq bigint NOT NULL
);
CREATE TABLE public.audit_links (
    tenant_id uuid NOT NULL,
    "position" bigint NOT NULL,
    seq bigint NOT NULL,
    entry_id uuid NOT NULL,
    mac bytea NOT NULL,
    key_id text NOT NULL,
    adopted boolean NOT NULL,
    link bytea NOT NULL
);
CREATE SEQUENCE public.audit_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_seq OWNED BY public.audit.seq;
CREATE TABLE public.backup_codes (
    digest bytea NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    spent_at timestamp with time zone
);
CREATE TABLE public.ballast_meta (
    only_row boolean DEFAULT true NOT NULL,
    instance_id uuid DEFAULT gen_random_uuid() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ballast_meta_only_row_check CHECK (only_row)
);
CREATE TABLE public.book_checks (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    asked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    answered_at timestamp with time zone,
    problem text,
    order_id uuid
);
CREATE TABLE public.books (
    account_id uuid NOT NULL,
    version bigint NOT NULL,
    cash jsonb NOT NULL,
    day_date date,
    opening_equity numeric(38,18),
    peak_equity numeric(38,18) NOT NULL,
    sequences jsonb NOT NULL,
    tenant_id uuid DEFAULT public.ballast_tenant() NOT NULL,
    lap integer DEFAULT 1 NOT NULL
)
WITH (fillfactor='50');
CREATE TABLE public.breaches (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    rule_id uuid NOT NULL,
    rule_version integer NOT NULL,
    basis text NOT NULL,
    value numeric NOT NULL,
    breached_limit numeric NOT NULL
);
CREATE TABLE public.broker_reports (
    broker text NOT NULL,
    heard bigint NOT NULL
);
CREATE TABLE public.claims (
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    claim uuid NOT NULL,
    lapses_at timestamp with time zone NOT NULL,
    status integer,
    body bytea
);
CREATE TABLE public.command_keys (
    tenant_id uuid NOT NULL,
    key_id text NOT NULL
);
CREATE TABLE public.consumer_restarts (
    id uuid NOT NULL,
    consumer_group text NOT NULL,
    actor text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone
);
CREATE TABLE public.decision_rules (
    digest bytea NOT NULL,
    record bytea NOT NULL,
    tenant_id uuid DEFAULT public.ballast_tenant() NOT NULL
);
CREATE TABLE public.decisions (
    order_id uuid NOT NULL,
    id uuid NOT NULL,
    approved boolean NOT NULL,
    record bytea NOT NULL,
    rules bytea,
    rules_at integer,
    tenant_id uuid DEFAULT public.ballast_tenant() NOT NULL
);
CREATE TABLE public.devices (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    digest bytea NOT NULL,
    label text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    fingerprint json,
    fingerprint_digest bytea,
    trusted_at timestamp with time zone,
    trusted_until timestamp with time zone,
    proven_at timestamp with time zone,
    homes text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT devices_fingerprint CHECK (((fingerprint IS NULL) = (fingerprint_digest IS NULL))),
    CONSTRAINT devices_trust CHECK (((trusted_at IS NULL) = (trusted_until IS NULL)))
);
CREATE TABLE public.disabled_command_keys (
    tenant_id uuid NOT NULL,
    key_id text NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE TABLE public.ended_tokens (
    token_id text NOT NULL,
    tenant_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE public.factor_recoveries (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    canceled_at timestamp with time zone
);
CREATE TABLE public.factor_tries (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    network text DEFAULT ''::text NOT NULL,
    device_id uuid,
    at_home boolean DEFAULT false NOT NULL
);
CREATE TABLE public.identity_changes (
    tenant_id uuid NOT NULL,
    user_id uuid,
    session_id uuid,
    token_id text,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    seq bigint NOT NULL
);
ALTER TABLE public.identity_changes ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.identity_changes_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.inbox (
    tenant_id uuid NOT NULL,
    command_id uuid NOT NULL,
    content_hash bytea NOT NULL,
    begun_at timestamp with time zone NOT NULL
);
CREATE TABLE public.intakes (
    account_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    fingerprint text NOT NULL,
    symbol text NOT NULL,
    tenant_id uuid DEFAULT public.ballast_tenant() NOT NULL
);
CREATE TABLE public.invitations (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    digest bytea NOT NULL,
    invited_by uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    withdrawn_at timestamp with time zone,
    address text NOT NULL
);
CREATE TABLE public.leases (
    name text NOT NULL,
    holder text NOT NULL,
    token bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE public.login_challenges (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    digest bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    lasting boolean NOT NULL,
    remember boolean NOT NULL,
    device_label text NOT NULL,
    tries integer NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT login_challenges_tries_check CHECK ((tries >= 0))
);
CREATE TABLE public.login_failures (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    network text NOT NULL
);
CREATE TABLE public.login_records (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    network text NOT NULL,
    lat double precision,
    lon double precision,
    place text NOT NULL,
    device_id uuid,
    hour double precision NOT NULL,
    distance_km double precision,
    speed_kmh double precision,
    new_device boolean NOT NULL,
    new_network boolean NOT NULL,
    failures integer NOT NULL,
    fingerprint_changed boolean NOT NULL,
    learned boolean NOT NULL,
    CONSTRAINT login_records_check CHECK (((lat IS NULL) = (lon IS NULL)))
);
CREATE TABLE public.members (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    kind text NOT NULL,
    role text NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    version integer NOT NULL,
    CONSTRAINT members_check CHECK (((kind = 'machine'::text) = (role = 'agent'::text))),
    CONSTRAINT members_kind_check CHECK ((kind = ANY (ARRAY['person'::text, 'machine'::text]))),
    CONSTRAINT members_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'trader'::text, 'viewer'::text, 'trustee'::text, 'auditor'::text, 'agent'::text])))
);
CREATE TABLE public.notices (
    "position" bigint NOT NULL,
    xact xid8 DEFAULT pg_current_xact_id() NOT NULL,
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    account_id uuid,
    channel text NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    at timestamp with time zone NOT NULL,
    market_at timestamp with time zone,
    body text NOT NULL
);
ALTER TABLE public.notices ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.notices_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.order_transitions (
    before text NOT NULL,
    after text NOT NULL
);
CREATE TABLE public.passcodes (
    tenant_id uuid NOT NULL,
    hash text NOT NULL,
    failures integer NOT NULL,
    locked_until timestamp with time zone
);
CREATE TABLE public.passkey_challenges (
    digest bytea NOT NULL,
    tenant_id uuid NOT NULL,
    purpose text NOT NULL,
    user_id uuid,
    bound_to uuid,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE public.passkeys (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    credential_id bytea NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    transports text[] NOT NULL,
    aaguid uuid NOT NULL,
    backup_eligible boolean NOT NULL,
    backed_up boolean NOT NULL,
    label text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT passkeys_check CHECK ((backup_eligible OR (NOT backed_up))),
    CONSTRAINT passkeys_sign_count_check CHECK (((sign_count >= 0) AND (sign_count <= '4294967295'::bigint)))
);
CREATE TABLE public.password_resets (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    digest bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);
CREATE TABLE public.personal_tokens (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    member_id uuid NOT NULL,
    name text NOT NULL,
    digest bytea NOT NULL,
    hint text NOT NULL,
    scopes text[] NOT NULL,
    accounts uuid[],
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    CONSTRAINT personal_tokens_digest_check CHECK ((length(digest) = 32)),
    CONSTRAINT personal_tokens_scopes_check CHECK ((cardinality(scopes) > 0))
);
CREATE TABLE public.portfolios (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.positions (
    account_id uuid NOT NULL,
    symbol text NOT NULL,
    quantity numeric(38,18) NOT NULL,
    cost numeric(38,18) NOT NULL,
    realised_pnl numeric(38,18) NOT NULL,
    commissions numeric(38,18) NOT NULL,
    multiplier numeric(38,18) NOT NULL,
    split_on date,
    split_from numeric DEFAULT 0 NOT NULL,
    tenant_id uuid DEFAULT public.ballast_tenant() NOT NULL
);
CREATE TABLE public.postings (
    transaction_id uuid NOT NULL,
    line smallint NOT NULL,
    ledger text NOT NULL,
    asset text NOT NULL,
    amount numeric(38,18) NOT NULL,
    tenant_id uuid DEFAULT public.ballast_tenant() NOT NULL
);
CREATE TABLE public.process_parts (
    part text NOT NULL,
    state text NOT NULL,
    required boolean NOT NULL,
    detail text NOT NULL,
    since timestamp with time zone NOT NULL,
    told_at timestamp with time zone NOT NULL,
    version text DEFAULT ''::text NOT NULL
);
CREATE TABLE public.reader_cursors (
    reader text NOT NULL,
    cursor text NOT NULL
);
CREATE TABLE public.refresh_tokens (
    digest bytea NOT NULL,
    tenant_id uuid NOT NULL,
    session_id uuid NOT NULL,
    issued_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    salt bytea
);
CREATE TABLE public.replay_cursors (
    name text NOT NULL,
    at timestamp with time zone,
    lap integer DEFAULT 1 NOT NULL
);
CREATE TABLE public.replay_pulses (
    name text NOT NULL,
    state text NOT NULL,
    told_at timestamp with time zone NOT NULL
);
CREATE TABLE public.replay_wishes (
    name text NOT NULL,
    paused boolean NOT NULL
);
CREATE TABLE public.risk_rules (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    rule_type text NOT NULL,
    threshold numeric(38,18) NOT NULL,
    action text NOT NULL,
    is_active boolean NOT NULL,
    scope_account_id uuid,
    scope_strategy_id text,
    scope_symbol text,
    parameters text NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE public.rule_sets (
    tenant_id uuid NOT NULL,
    version bigint NOT NULL
);
CREATE TABLE public.secret_keys (
    version integer NOT NULL,
    state text NOT NULL,
    checked bytea NOT NULL,
    parameters bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT secret_keys_check CHECK (((state = 'retired'::text) = (retired_at IS NOT NULL))),
    CONSTRAINT secret_keys_state_check CHECK ((state = ANY (ARRAY['current'::text, 'decrypt_only'::text, 'retired'::text]))),
    CONSTRAINT secret_keys_version_check CHECK ((version > 0))
);
CREATE TABLE public.secrets (
    tenant_id uuid NOT NULL,
    table_name text NOT NULL COLLATE pg_catalog."C",
    column_name text NOT NULL COLLATE pg_catalog."C",
    row_id text NOT NULL COLLATE pg_catalog."C",
    key_version integer NOT NULL,
    sealed bytea NOT NULL
);
CREATE TABLE public.sessions (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    device_id uuid,
    device_label text NOT NULL,
    ip text NOT NULL,
    user_agent text NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    authenticated_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone NOT NULL,
    idle interval NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ending text
);
CREATE TABLE public.stream_alarms (
    kind text NOT NULL,
    subject text NOT NULL,
    value double precision NOT NULL,
    threshold double precision NOT NULL,
    raised_at timestamp with time zone NOT NULL
);
CREATE TABLE public.stream_tickets (
    digest bytea NOT NULL,
    sealed bytea NOT NULL,
    lapses_at timestamp with time zone NOT NULL
);
CREATE TABLE public.tenants (
    id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE public.totp_factors (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    label text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    removed_at timestamp with time zone,
    last_step bigint NOT NULL,
    last_used_at timestamp with time zone,
    session_id uuid
);
CREATE VIEW public.used_keys WITH (security_invoker='true') AS
 SELECT replies.tenant_id,
    replies.key,
    replies.request_hash,
    replies.status,
    replies.body
   FROM public.replies
UNION ALL
 SELECT claims.tenant_id,
    claims.key,
    claims.request_hash,
    COALESCE(claims.status, 0) AS status,
    COALESCE(claims.body, '\x'::bytea) AS body
   FROM public.claims;
CREATE TABLE public.user_notices (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    detail json NOT NULL,
    read_at timestamp with time zone
);
CREATE TABLE public.users (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    email text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    disabled_at timestamp with time zone,
    tokens_from timestamp with time zone,
    password_until timestamp with time zone,
    address text NOT NULL
);
CREATE TABLE public.workspace_shelves (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    revision bigint NOT NULL,
    default_id uuid
);
CREATE TABLE public.workspaces (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    size_bytes integer NOT NULL,
    sha256 bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    layout bytea NOT NULL,
    CONSTRAINT workspaces_check CHECK ((size_bytes = octet_length(layout))),
    CONSTRAINT workspaces_version_check CHECK ((version > 0))
);
ALTER TABLE ONLY public.audit ALTER COLUMN seq SET DEFAULT 
CASE
    WHEN (pg_current_xact_id() IS NOT NULL) THEN nextval('public.audit_seq'::regclass)
    ELSE NULL::bigint
END;
INSERT INTO public.accounts VALUES
	('01a20818-a009-74d0-924a-ceed7c47dc3f', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-9fdd-7277-abcf-6f0d3c88b158', 'Paper', 'paper', '2026-11-23 11:09:21.289176+00', 'USD', 'margin', 2);
INSERT INTO public.alembic_version VALUES
	('0029');
INSERT INTO public.audit VALUES
	('a949db30-b6b4-4ae9-88b7-f19b0a846c32', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'member:01a20818-9f07-7211-bf6b-c010a7274a35', '2026-11-23 11:09:21.215538+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"82411ff1dca4bd9a8040fa4ba3e248f1a48012e56dad92d7158163dcd75ae886"}', '', '283861982d285f10', '\x4e4689879b04cb57d8ba30495257141236029afde8aa04689165e8c95c14d7dd', 1),
	('30f3f0d3-d48f-4b43-b7e9-05b074efa18c', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', '2026-11-23 11:09:21.215538+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"4355e1d48fedaec89f0bb6a8861c1ab1a86fcd635e3825cf69f313831fa3d9e6"}', '', '283861982d285f10', '\x88fa7219f5c22801da2cbe08baecbfbf1fbdfb34968afbc560f1574f39d58a84', 2),
	('01a20818-9fbf-772e-a526-451eecac49b1', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'tenant.found', '01a20818-9f07-7211-bf6b-c00f864a333e', '2026-11-23 11:09:21.031565+00', NULL, '', '{}', NULL, '', '', '{}', '{"name":"Home","owner":"01a20818-9f07-7211-bf6b-c010a7274a35"}', '', '283861982d285f10', '\x4988090035c64c4aa31c61805d5dc0f279b6a8b8f8355cdbf32e7e32cc5133c6', 3),
	('091cab24-48f6-409b-b866-93cc3dc3139d', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'rule:01a20818-9fe1-7267-92e0-b69e06ca8add', '2026-11-23 11:09:21.247199+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"8af815960e1eae19edeea324356595228f791e5b047e3c7aef7710b30fae3927"}', '', '283861982d285f10', '\xf28783a4254a3b452b4309618dde1ad2197c3b1505540e7c23d7874e4bad9be1', 4),
	('01a20818-9fe9-70b6-b5c3-402231e14ee6', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'risk_rule.created', '01a20818-9fe1-7267-92e0-b69e06ca8add', '2026-11-23 11:09:21.257961+00', '2005-01-03 14:29:00+00', '', '{"action":"BLOCK","is_active":"true","name":"Max Order Value","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b69e06ca8add","rule_type":"MAX_ORDER_VALUE","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"25000","version":"1"}', NULL, '', '', '{}', '{"action":"BLOCK","is_active":"true","name":"Max Order Value","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b69e06ca8add","rule_type":"MAX_ORDER_VALUE","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"25000","version":"1"}', '', '283861982d285f10', '\x6030f36c13c1731daef9238dc376d1b432d5a4ed3e341a13efcb945ab0153bb8', 5),
	('6eb02b29-4bc3-47ab-bfd0-485a4100db71', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'rule:01a20818-9fe1-7267-92e0-b69f9a1506ca', '2026-11-23 11:09:21.247199+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"eceef1ce5ce9cdefa33aa32a9e3b6ff0e00d234ec8ab78b8815138365ba96ba9"}', '', '283861982d285f10', '\x432ab864c1a496b0962100e134dfba8c1d7ff361aa770cbe3f37e2bc1acd24d7', 6),
	('01a20818-9ff1-7053-8f67-b8a6fa333be1', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'risk_rule.created', '01a20818-9fe1-7267-92e0-b69f9a1506ca', '2026-11-23 11:09:21.265574+00', '2005-01-03 14:29:00+00', '', '{"action":"BLOCK","is_active":"true","name":"Max Position Size","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b69f9a1506ca","rule_type":"MAX_POSITION_SIZE","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"50000","version":"1"}', NULL, '', '', '{}', '{"action":"BLOCK","is_active":"true","name":"Max Position Size","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b69f9a1506ca","rule_type":"MAX_POSITION_SIZE","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"50000","version":"1"}', '', '283861982d285f10', '\x4396965fb4ea57c471ba6ece89282a919633ac763b299457d46629f2386a10e6', 7),
	('c15d0053-364a-4ee5-a7ba-df64bd7d0bac', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'rule:01a20818-9fe1-7267-92e0-b6a02d5898a0', '2026-11-23 11:09:21.247199+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"216ad6f132423710e301a94945347561cf0a72dd57e4a32bbda4fa294739554f"}', '', '283861982d285f10', '\x0c5b041495dc1b3e904a21ad8836979ed5d9af46cb9f7e72cb9983a36e798dd9', 8),
	('01a20818-9ff4-75d0-be23-2b2de33cdb27', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a02d5898a0', '2026-11-23 11:09:21.268064+00', '2005-01-03 14:29:00+00', '', '{"action":"BLOCK","is_active":"true","name":"Sector Concentration","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b6a02d5898a0","rule_type":"SECTOR_CONCENTRATION","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"25","version":"1"}', NULL, '', '', '{}', '{"action":"BLOCK","is_active":"true","name":"Sector Concentration","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b6a02d5898a0","rule_type":"SECTOR_CONCENTRATION","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"25","version":"1"}', '', '283861982d285f10', '\xf93c4b624a9705b35ecc5bbaba232bc1a8de59fd983fd4cb211757d9c6103083', 9),
	('d6f8eb3b-6c48-4a61-8343-e072b67b0252', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'rule:01a20818-9fe1-7267-92e0-b6a1fc2b9065', '2026-11-23 11:09:21.247199+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"cd4276fa465c27d7260e67739521a9f1c472e32b9c8921a97429c08cad6fe448"}', '', '283861982d285f10', '\xfdf4b46d4c738aba06e3c246f273e8e6b6fe43e03814e0c8e11e1ba7229059e4', 10),
	('01a20818-9ff6-776f-acc3-d6e8e3bb4a93', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a1fc2b9065', '2026-11-23 11:09:21.270229+00', '2005-01-03 14:29:00+00', '', '{"action":"BLOCK","is_active":"true","name":"Max Leverage","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b6a1fc2b9065","rule_type":"MAX_LEVERAGE","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"2","version":"1"}', NULL, '', '', '{}', '{"action":"BLOCK","is_active":"true","name":"Max Leverage","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b6a1fc2b9065","rule_type":"MAX_LEVERAGE","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"2","version":"1"}', '', '283861982d285f10', '\x2469c74df0203684b0ff50effd715434850208f3d86a4205a8399c06d4111070', 11),
	('8cd88780-e60d-4972-8048-d3cd8121287c', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'rule:01a20818-9fe1-7267-92e0-b6a2c38c7a11', '2026-11-23 11:09:21.247199+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"f5647e19295c99d01c8124575f6d171a39a566f65ea8ce90fca995bd3f7d3ad6"}', '', '283861982d285f10', '\xf82060390894fd9e45d2119d9dbd28b32f2cb7ef8a5211b73d2a445898ed3010', 12),
	('01a20818-9ff8-7241-bcb8-f87d10e9d071', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a2c38c7a11', '2026-11-23 11:09:21.272216+00', '2005-01-03 14:29:00+00', '', '{"action":"BLOCK","is_active":"true","name":"Position Limit","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b6a2c38c7a11","rule_type":"POSITION_LIMIT","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"50","version":"1"}', NULL, '', '', '{}', '{"action":"BLOCK","is_active":"true","name":"Position Limit","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b6a2c38c7a11","rule_type":"POSITION_LIMIT","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"50","version":"1"}', '', '283861982d285f10', '\x5663a73d294805238c221280c7239a93a4f6913133ae76209e5db134a411ebe8', 13),
	('6828cff6-2051-4e03-9af8-dd427ac35085', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'rule:01a20818-9fe1-7267-92e0-b6a38c316e47', '2026-11-23 11:09:21.247199+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"cf2d42f04dd1923068009de41f97aeb60cde9ebe2ea78586ecc1c9bb5a657aca"}', '', '283861982d285f10', '\x1016fa53f959117b5bc7d698b44d9b5c1e9be90043477da0fa7b8c1f4c43e553', 14),
	('01a20818-9ffa-737e-8569-caf80eacbde0', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a38c316e47', '2026-11-23 11:09:21.274426+00', '2005-01-03 14:29:00+00', '', '{"action":"BLOCK","is_active":"true","name":"Max Daily Loss","parameters":"unit=percent","rule_id":"01a20818-9fe1-7267-92e0-b6a38c316e47","rule_type":"MAX_DAILY_LOSS","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"5","version":"1"}', NULL, '', '', '{}', '{"action":"BLOCK","is_active":"true","name":"Max Daily Loss","parameters":"unit=percent","rule_id":"01a20818-9fe1-7267-92e0-b6a38c316e47","rule_type":"MAX_DAILY_LOSS","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"5","version":"1"}', '', '283861982d285f10', '\xf9ac8e4c5817692c5794232584e4fc16033a3997a664becfc24c69e6e9472a4e', 15),
	('7171c417-d85c-4acb-8a7c-9350286f260c', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'rule:01a20818-9fe1-7267-92e0-b6a4545a14b4', '2026-11-23 11:09:21.247199+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"1c93edff022cbcd3a26b2cbd7373adad0ab55bce3466afa7b2ccb50ac267d427"}', '', '283861982d285f10', '\xc5b805a1b0834df625ec352168101f18363c2289d47e5a3431669069da5ba910', 16),
	('01a20818-9ffc-7230-8dac-4d73fbe36ea7', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a4545a14b4', '2026-11-23 11:09:21.276205+00', '2005-01-03 14:29:00+00', '', '{"action":"HALT","is_active":"true","name":"Max Drawdown","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b6a4545a14b4","rule_type":"MAX_DRAWDOWN","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"20","version":"1"}', NULL, '', '', '{}', '{"action":"HALT","is_active":"true","name":"Max Drawdown","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b6a4545a14b4","rule_type":"MAX_DRAWDOWN","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"20","version":"1"}', '', '283861982d285f10', '\x146db2738d6d4687dc96c4fb326703968705b77c293ecb76e183ff1e0deb394b', 17),
	('3555ebf5-b4b1-4085-99e7-a7bce62bdd8b', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'rule:01a20818-9fe1-7267-92e0-b6a5fae7a56b', '2026-11-23 11:09:21.247199+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"a8a73e812a4c727ad7e39ae23a3c9894f1eecbe1e7fdefa63a9255e7c1b5578e"}', '', '283861982d285f10', '\xba011215ce772b69d75fcbcfec3b9348f9471ec7ad8b7ed2dd466557d40e870e', 18),
	('01a20818-9ffe-71ac-83a4-a8cb8b734f5b', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a5fae7a56b', '2026-11-23 11:09:21.278636+00', '2005-01-03 14:29:00+00', '', '{"action":"BLOCK","is_active":"true","name":"Price Collar","parameters":"dollars=0.50","rule_id":"01a20818-9fe1-7267-92e0-b6a5fae7a56b","rule_type":"PRICE_COLLAR","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"5","version":"1"}', NULL, '', '', '{}', '{"action":"BLOCK","is_active":"true","name":"Price Collar","parameters":"dollars=0.50","rule_id":"01a20818-9fe1-7267-92e0-b6a5fae7a56b","rule_type":"PRICE_COLLAR","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"5","version":"1"}', '', '283861982d285f10', '\xbcfffc53fdf8554609e9e55f8ef98eafdee491049d4c129f13dbb0751f8cda8e', 19),
	('74c053f7-6f96-49d2-b99e-8a18812b284c', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'rule:01a20818-9fe1-7267-92e0-b6a6648f1138', '2026-11-23 11:09:21.247199+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"501a2260638fd234b9bc944ba8be14196d3ad04feeb012ac785eba70a523adf4"}', '', '283861982d285f10', '\xd6784f9a033fd5aea1a1b67fa87588c38c53ca6ab6ff8d315ca75668f858544a', 20),
	('01a20818-a000-7315-96f9-3aec56a7e6d8', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a6648f1138', '2026-11-23 11:09:21.280068+00', '2005-01-03 14:29:00+00', '', '{"action":"BLOCK","is_active":"true","name":"Duplicate Orders","parameters":"window_s=10","rule_id":"01a20818-9fe1-7267-92e0-b6a6648f1138","rule_type":"DUPLICATE_ORDER","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"5","version":"1"}', NULL, '', '', '{}', '{"action":"BLOCK","is_active":"true","name":"Duplicate Orders","parameters":"window_s=10","rule_id":"01a20818-9fe1-7267-92e0-b6a6648f1138","rule_type":"DUPLICATE_ORDER","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"5","version":"1"}', '', '283861982d285f10', '\x56d0975646bae179b2574135ba3de725ac0f8c711394448437b23f618109c5b1', 21),
	('d6d4043c-187c-4ec8-a43f-868b316d85c1', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'rule:01a20818-9fe1-7267-92e0-b6a753815653', '2026-11-23 11:09:21.247199+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"5abae045b63624342053ee82698f442087256f73e79117e7076e8205d4f0ec43"}', '', '283861982d285f10', '\xd9cd9c8bdc857173686b2afa623318e899b9c71cf3a72bcfdf6d35e6899da7fb', 22),
	('01a20818-a001-7514-bef8-cac1bc5b56a0', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a753815653', '2026-11-23 11:09:21.281728+00', '2005-01-03 14:29:00+00', '', '{"action":"BLOCK","is_active":"true","name":"Order Rate","parameters":"window_s=1","rule_id":"01a20818-9fe1-7267-92e0-b6a753815653","rule_type":"ORDER_RATE","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"100","version":"1"}', NULL, '', '', '{}', '{"action":"BLOCK","is_active":"true","name":"Order Rate","parameters":"window_s=1","rule_id":"01a20818-9fe1-7267-92e0-b6a753815653","rule_type":"ORDER_RATE","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"100","version":"1"}', '', '283861982d285f10', '\x9c2d3bd103de668527e59a8243c3e0608cc61f4358b09b835e5a68dd71353d74', 23),
	('a747c649-b17d-4a91-858c-d4cdec4792fe', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'rule:01a20818-9fe1-7267-92e0-b6a8c8c470ef', '2026-11-23 11:09:21.247199+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"a7f76406ead7b97ba1afa154a3cc1a95e984baeeac3215c71472fdd4633a8047"}', '', '283861982d285f10', '\xbcf1d477fa42a418f676d7a6a1758aa4ebda567168dc2a312b5699adc8c81667', 24),
	('01a20818-a003-7042-9c96-682d13007e18', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a8c8c470ef', '2026-11-23 11:09:21.283364+00', '2005-01-03 14:29:00+00', '', '{"action":"WARN","is_active":"true","name":"Share of Daily Volume","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b6a8c8c470ef","rule_type":"MAX_ADV_PERCENT","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"1","version":"1"}', NULL, '', '', '{}', '{"action":"WARN","is_active":"true","name":"Share of Daily Volume","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b6a8c8c470ef","rule_type":"MAX_ADV_PERCENT","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"1","version":"1"}', '', '283861982d285f10', '\xc43043477cc03cba0d7a0506007acb0fdf7f4cf0f86d32dee2e326a4f3f0ee31', 25),
	('eb1d82c9-485b-489e-94c4-8b629f24cd83', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'rule:01a20818-9fe1-7267-92e0-b6a9537697ee', '2026-11-23 11:09:21.247199+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"88c360fe35b4dd5077368c9817fdb8d87a014e6ca6ec21aa7656035eb046a59d"}', '', '283861982d285f10', '\x6d9c820e6c0c5394d222edd2102eb47dee6a1a186491148713a1f7480db26dbe', 26),
	('01a20818-a005-7321-8365-24b89fa1ed92', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a9537697ee', '2026-11-23 11:09:21.285018+00', '2005-01-03 14:29:00+00', '', '{"action":"BLOCK","is_active":"true","name":"Stale Price","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b6a9537697ee","rule_type":"STALE_PRICE","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"345600","version":"1"}', NULL, '', '', '{}', '{"action":"BLOCK","is_active":"true","name":"Stale Price","parameters":"","rule_id":"01a20818-9fe1-7267-92e0-b6a9537697ee","rule_type":"STALE_PRICE","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","threshold":"345600","version":"1"}', '', '283861982d285f10', '\x854ecac71a1b51b4f97badd3155a0fe54c3819c30cbcaf3df908fe4c93962a96', 27),
	('91cc269c-a775-4a68-b75d-9e2ad8ea92d6', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'account:01a20818-a009-74d0-924a-ceed7c47dc3f', '2026-11-23 11:09:21.289453+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"a2d6360d2733e23a0fb12dbf4fd0fb71b19074cf596d8d4d3ed78eade0269f80"}', '', '283861982d285f10', '\x82a37474bb064e77a370eba0d31db3a688bd20411ffafc27dfc4b8602bbd44e3', 28),
	('22712653-2054-4f95-8223-791053210b65', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'factors:01a20818-9f07-7211-bf6b-c010a7274a35', '2026-11-23 11:09:21.846599+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":"9cdb7ca657460b375136a9cfa119815bd69e17fd10e96848503e5f498b20b119"}', '', '283861982d285f10', '\x108b681ee1ac97785b1609d09f17368d5e53002905666120cb1fc7b37ad9da81', 29),
	('3e77c353-90a4-430f-9ecf-566d00cfdbe4', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'ballast', 'state.record', 'codes:01a20818-9f07-7211-bf6b-c010a7274a35', '2026-11-23 11:09:21.846599+00', NULL, '', '{}', NULL, '', '', '{}', '{"state":""}', '', '283861982d285f10', '\x4a1352c2b87725e649e2d7cdd77f688287c6614af3fd01aeb4b5548b7df655fe', 30),
	('01a20818-aa28-7203-947a-ab36b33701fb', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'operator:root', 'token.sign', '01a20818-a89e-7262-a9da-f5bb189eab92', '2026-11-23 11:09:23.880895+00', NULL, '', '{"expires_at":"2026-11-23T11:14:23+00:00"}', NULL, '', '', '{}', '{}', '', '283861982d285f10', '\x2956db185e9ca7a47f3d1fcc93bacbf616ab8b31c989102940ebd4bebce5407e', 31),
	('01a20818-ab27-7246-ac02-dc6357609361', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'order.submit', '01a20818-ab25-7153-a4e2-aeb73f91c0e9', '2026-11-23 11:09:24.133552+00', '2005-01-04 14:30:00+00', 'c77d2d8a4ae48ec17e9945bc6a16c2fa', '{"state":"accepted","symbol":"IBM","side":"buy","quantity":"1"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', '', '283861982d285f10', '\xce84213fc6bb101f74dbb394881686662c5c03e5a3960e9f741e3e85fe6c7703', 32),
	('01a20818-abfc-71f0-9d88-0c0b3846404d', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'order.submit', '01a20818-abfb-70b9-9ded-eba7ef3efe39', '2026-11-23 11:09:24.347844+00', '2005-01-04 14:30:00+00', 'dc42008f32dae0b91f2a2ad8bc841f32', '{"state":"accepted","symbol":"MSFT","side":"buy","quantity":"2"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', '', '283861982d285f10', '\xf4b602527be6e3b1bf7890b6aae3c66fa1fdbdfc2f14c3d8351840915711e2a9', 33),
	('01a20818-acd2-7274-a6ca-819bd8d705d7', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'order.submit', '01a20818-acd1-737b-9dd7-40401c0dd72f', '2026-11-23 11:09:24.561819+00', '2005-01-04 14:30:00+00', 'e091c5575a0a667ee8bbe63db6f65120', '{"state":"accepted","symbol":"IBM","side":"buy","quantity":"3"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', '', '283861982d285f10', '\x7bec2ca04a4ecd436ff30ebdf454af4dc59ef82b3fdaff54886d53491d3f66a7', 34),
	('01a20818-ada6-7785-942f-a10678799809', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'order.submit', '01a20818-ada5-71b0-b00b-65925bf793c1', '2026-11-23 11:09:24.773049+00', '2005-01-04 15:30:00+00', '7b9be422ed2556cd39e7218a8303f232', '{"state":"accepted","symbol":"MSFT","side":"buy","quantity":"4"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', '', '283861982d285f10', '\xe169a422c36ded5f2ff000c6d08f148600c2928dbff347451862a96b9bb1aab0', 35),
	('01a20818-ae79-772d-a4c5-58c7dcef52c9', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'order.submit', '01a20818-ae78-703b-a054-3443a2f57b34', '2026-11-23 11:09:24.984202+00', '2005-01-04 15:30:00+00', '9c0d7f334e0b6575869cf9eac3b340b2', '{"state":"accepted","symbol":"IBM","side":"buy","quantity":"5"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', '', '283861982d285f10', '\x9e1bb09bcad767c3c511b11f2b11f8732810eaf2efba3e131ff4c813636f8653', 36),
	('01a20818-af4b-7019-977a-85cc3cc1ddd0', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'order.submit', '01a20818-af4a-7701-ac5f-01554df6d206', '2026-11-23 11:09:25.194493+00', '2005-01-04 17:45:00+00', 'cac7c009c310eadfb15351abeca2e3c3', '{"state":"accepted","symbol":"MSFT","side":"buy","quantity":"6"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', '', '283861982d285f10', '\x56c4554d6e600dc0a7a7ff89d1e65ca8c6873d6ab52fb39ef4c20bc12fafec46', 37),
	('01a20818-b01e-7537-b390-a1416537ea4e', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'order.submit', '01a20818-b01e-7537-b390-a13e54560f0d', '2026-11-23 11:09:25.406161+00', '2005-01-04 17:45:00+00', '276b15fa7ddad04855964f15b4cf77b0', '{"state":"accepted","symbol":"IBM","side":"buy","quantity":"7"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', '', '283861982d285f10', '\xef8b3e9ead8ad7a6fa2b7c4f16e7d60d1dd829ac06e9b69aa99d9d5a13062a80', 38),
	('01a20818-b0f1-76b9-9740-d42240b491a9', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'order.submit', '01a20818-b0f0-70ad-afa1-e6a27fe66e66', '2026-11-23 11:09:25.61623+00', '2005-01-04 17:45:00+00', '349ed9648fc6677f165d9724c9c8588d', '{"state":"accepted","symbol":"MSFT","side":"buy","quantity":"8"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', '', '283861982d285f10', '\xd389e5d932da9b510dd0dc6ed1d7a1afadbbe8003a9179aaad5cac659080b94d', 39),
	('01a20818-b1c1-7445-8fac-c5301bf30eb6', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'order.submit', '01a20818-b1c0-74f5-a7d3-869e6f2103dd', '2026-11-23 11:09:25.8247+00', '2005-01-04 20:59:00+00', 'e9a10815771a2dd1860c225bedcc7918', '{"state":"accepted","symbol":"IBM","side":"buy","quantity":"9"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', '', '283861982d285f10', '\x84f3bbeaa6dbd237fc673b4986330fe3d461500cb7cd1d6b998777b76a5b3003', 40),
	('01a20818-b291-7431-ab88-d89532088ce0', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'order.submit', '01a20818-b291-7431-ab88-d8927bb0f736', '2026-11-23 11:09:26.033104+00', '2005-01-04 20:59:00+00', '981497d2a9644f211f58a7b77314cf75', '{"state":"accepted","symbol":"MSFT","side":"buy","quantity":"1"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', '', '283861982d285f10', '\xf027980f752110fd592b7b63405b5207ab59631f03d422756a0ae55555002d47', 41),
	('01a20818-b3e9-7507-bdd2-857ff211ee05', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'order.submit', '01a20818-b3e9-7507-bdd2-857cf9a51eca', '2026-11-23 11:09:26.377183+00', '2005-01-05 14:30:00+00', '45d9ecfe97c956a60cf7c25b698278ec', '{"state":"accepted","symbol":"IBM","side":"buy","quantity":"2"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', '', '283861982d285f10', '\x4b3ed8bfabd041c8d4b1a1b3fc83ec94e503538dc2218d5838cd76b8678a39dd', 42),
	('01a20818-b4d9-747c-960e-d4505149e170', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'order.submit', '01a20818-b4d9-747c-960e-d44cce9d8923', '2026-11-23 11:09:26.617094+00', '2005-01-05 14:30:00+00', '199cf922158c7aa765c46493559fa91b', '{"state":"denied","symbol":"IBM","side":"buy","quantity":"100000"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', '', '283861982d285f10', '\x2212c1d119a087e6d52a77c67a60437a6c7bf2793189741456908bcfdec8521c', 43),
	('01a20818-b8e0-710c-b0f5-50095fc3c473', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'operator:root', 'token.sign', '01a20818-b8c6-7483-8284-45cc7b81c52e', '2026-11-23 11:09:27.648809+00', NULL, '', '{"expires_at":"2026-11-23T11:14:27+00:00"}', NULL, '', '', '{}', '{}', '', '283861982d285f10', '\x0fecbd99a57bb85694497fb637bf3103220924872643ac6b3fa5720d4618fa61', 44),
	('01a20818-b93a-7548-aae8-11895d3a644f', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'workspace.created', '01a20818-b93a-7548-aae8-1188a33e9cef', '2026-11-23 11:09:27.738818+00', NULL, '840164396b24922ad831c541bcdfac3a', '{"before.default":"","default":"01a20818-b93a-7548-aae8-1188a33e9cef","name":"Morning","sha256":"b99684d583cfe3580503e375afcca97e5ef1723075d2b47591d6a61a1b3f5dd6","size_bytes":"17","version":"1"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', '', '283861982d285f10', '\x12e3e1a9d33b3cf7c5389056fee3d62fc85f9744c3a5772f81d2d17d901df644', 45),
	('01a20818-bb33-7703-a0bc-aff323d19b23', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'kill_switch.activate', '01a20818-bb33-7703-a0bc-aff2f190d7a7', '2026-11-23 11:09:28.243782+00', '2005-01-06 14:30:00+00', '810582a3ba3fc65e408d9bd6e48264a8', '{"reason":"a test","flatten":"false"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{}', '{}', 'a test', '283861982d285f10', '\xc0c53605501a3f7495856314b6e2beb27e95f7b36b0c49334655cee62f4a16bc', 46),
	('01a20818-bcda-7370-890b-10549f37cbf0', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'kill_switch.release', '01a20818-bb33-7703-a0bc-aff2f190d7a7', '2026-11-23 11:09:28.666549+00', '2005-01-06 14:30:00+00', '822e67e6b64714161aae1f5f10b84d5d', '{"reason":"a test","flatten":"false","release_reason":"it is over"}', NULL, '127.0.0.1', 'python-httpx/0.28.1', '{"state":"engaged"}', '{"state":"released"}', 'it is over', '283861982d285f10', '\x5b33fa70f4e8f234121c67fca56dcc3c2de28d300214dd6b8223defe57b7b259', 47);
INSERT INTO public.audit_links VALUES
	('01a20818-9f07-7211-bf6b-c00f864a333e', 1, 1, 'a949db30-b6b4-4ae9-88b7-f19b0a846c32', '\x4e4689879b04cb57d8ba30495257141236029afde8aa04689165e8c95c14d7dd', '283861982d285f10', false, '\xc2f675041c9175c2f64710b9fc2fd9057c0ff63ca32f8b82b50a4b0dee4329ea'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 2, 2, '30f3f0d3-d48f-4b43-b7e9-05b074efa18c', '\x88fa7219f5c22801da2cbe08baecbfbf1fbdfb34968afbc560f1574f39d58a84', '283861982d285f10', false, '\xc46ce5d31583dbc4080d26c8b2cc644a145158078065fa957d5471189695d7da'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 3, 3, '01a20818-9fbf-772e-a526-451eecac49b1', '\x4988090035c64c4aa31c61805d5dc0f279b6a8b8f8355cdbf32e7e32cc5133c6', '283861982d285f10', false, '\x01766d4f94c81fb181d8e8aac30bad99f7b7b3ba7c353d97d56771e356ff1bc6'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 4, 4, '091cab24-48f6-409b-b866-93cc3dc3139d', '\xf28783a4254a3b452b4309618dde1ad2197c3b1505540e7c23d7874e4bad9be1', '283861982d285f10', false, '\x6ba7a6051a9de68ce5d460263acf072f598b775255c8520690946ea1654875bb'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 5, 5, '01a20818-9fe9-70b6-b5c3-402231e14ee6', '\x6030f36c13c1731daef9238dc376d1b432d5a4ed3e341a13efcb945ab0153bb8', '283861982d285f10', false, '\x18d14a223c70ff156580b2d13268c89d01bb2a6cd1ac59ef34891cf6789cc6a9'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 6, 6, '6eb02b29-4bc3-47ab-bfd0-485a4100db71', '\x432ab864c1a496b0962100e134dfba8c1d7ff361aa770cbe3f37e2bc1acd24d7', '283861982d285f10', false, '\x33962cbc61ece62e05183e7a7a105ecc533b436d29a8632b6e537b326a958236'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 7, 7, '01a20818-9ff1-7053-8f67-b8a6fa333be1', '\x4396965fb4ea57c471ba6ece89282a919633ac763b299457d46629f2386a10e6', '283861982d285f10', false, '\xc799b343472cf88b20c2ed8e140b9ba61b9bf8c0fbaca9fa8bc24be89e415e02'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 8, 8, 'c15d0053-364a-4ee5-a7ba-df64bd7d0bac', '\x0c5b041495dc1b3e904a21ad8836979ed5d9af46cb9f7e72cb9983a36e798dd9', '283861982d285f10', false, '\x1a2bbeafbd9f1649557c03b596b56b35e4624bb8ae72c3affcbb3697a0eccda9'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 9, 9, '01a20818-9ff4-75d0-be23-2b2de33cdb27', '\xf93c4b624a9705b35ecc5bbaba232bc1a8de59fd983fd4cb211757d9c6103083', '283861982d285f10', false, '\x8c74f26617425092724af9cbd0cd2585174a7859aa3a9b36ceec9db6eb600866'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 10, 10, 'd6f8eb3b-6c48-4a61-8343-e072b67b0252', '\xfdf4b46d4c738aba06e3c246f273e8e6b6fe43e03814e0c8e11e1ba7229059e4', '283861982d285f10', false, '\x36f81e8e054f19fe7df90b0de33c0bae6c1f4cbdd8782bec4e776b4ea5335920'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 11, 11, '01a20818-9ff6-776f-acc3-d6e8e3bb4a93', '\x2469c74df0203684b0ff50effd715434850208f3d86a4205a8399c06d4111070', '283861982d285f10', false, '\xe4ee9f77efd2033f3267ec524a27ebca527b410630bf1b9c59e938a1b96847c0'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 12, 12, '8cd88780-e60d-4972-8048-d3cd8121287c', '\xf82060390894fd9e45d2119d9dbd28b32f2cb7ef8a5211b73d2a445898ed3010', '283861982d285f10', false, '\x82b437de9633962632bb03a7122817b3030bb2aaae9fb67a2eaaeee86107d4e6'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 13, 13, '01a20818-9ff8-7241-bcb8-f87d10e9d071', '\x5663a73d294805238c221280c7239a93a4f6913133ae76209e5db134a411ebe8', '283861982d285f10', false, '\x7af1818156f29db9f7fa447b23f6475e5e785faffb4636f37f6d9eacff8537b8'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 14, 14, '6828cff6-2051-4e03-9af8-dd427ac35085', '\x1016fa53f959117b5bc7d698b44d9b5c1e9be90043477da0fa7b8c1f4c43e553', '283861982d285f10', false, '\x6b117bdea39ee4b336da637896d8313d9e7edcdb8bd7e9dd9bb195b4569b2e0d'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 15, 15, '01a20818-9ffa-737e-8569-caf80eacbde0', '\xf9ac8e4c5817692c5794232584e4fc16033a3997a664becfc24c69e6e9472a4e', '283861982d285f10', false, '\xb47d2bdf82c4f09548aca62b17fb7e4b817d10c4999a0d9b8d972803f9ea303c'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 16, 16, '7171c417-d85c-4acb-8a7c-9350286f260c', '\xc5b805a1b0834df625ec352168101f18363c2289d47e5a3431669069da5ba910', '283861982d285f10', false, '\x364a049ec7c06010c65a1a75fb7dc5c2cfff5a18900c3330c69631ffdff7662c'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 17, 17, '01a20818-9ffc-7230-8dac-4d73fbe36ea7', '\x146db2738d6d4687dc96c4fb326703968705b77c293ecb76e183ff1e0deb394b', '283861982d285f10', false, '\x7f552a0ced85ffbbfa76b252aa4473a948f3d05261d8610082ded641e68ec577'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 18, 18, '3555ebf5-b4b1-4085-99e7-a7bce62bdd8b', '\xba011215ce772b69d75fcbcfec3b9348f9471ec7ad8b7ed2dd466557d40e870e', '283861982d285f10', false, '\x2c31a876d8780b23eccd5df33597f8a0fdb737e0484cbedc9c920178e5fb6ce2'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 19, 19, '01a20818-9ffe-71ac-83a4-a8cb8b734f5b', '\xbcfffc53fdf8554609e9e55f8ef98eafdee491049d4c129f13dbb0751f8cda8e', '283861982d285f10', false, '\x9ee63597acb0bd3ac2d33ae9e033e0c65deb931e94e9f2c1928538b9a84450ad'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 20, 20, '74c053f7-6f96-49d2-b99e-8a18812b284c', '\xd6784f9a033fd5aea1a1b67fa87588c38c53ca6ab6ff8d315ca75668f858544a', '283861982d285f10', false, '\x73c7d7e6d2dacc8a8ba01dbb637cc94f09da71ab5ab1887a782dbc5c34624376'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 21, 21, '01a20818-a000-7315-96f9-3aec56a7e6d8', '\x56d0975646bae179b2574135ba3de725ac0f8c711394448437b23f618109c5b1', '283861982d285f10', false, '\x9a0ee6d5b043f1390cb172894f8155614e42f7b235447b813f8c725f37178825'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 22, 22, 'd6d4043c-187c-4ec8-a43f-868b316d85c1', '\xd9cd9c8bdc857173686b2afa623318e899b9c71cf3a72bcfdf6d35e6899da7fb', '283861982d285f10', false, '\xf4bacfe9fc9c6360cdd0475f9c5044771b1cb84fa0b9038c40a73aed1ea882cd'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 23, 23, '01a20818-a001-7514-bef8-cac1bc5b56a0', '\x9c2d3bd103de668527e59a8243c3e0608cc61f4358b09b835e5a68dd71353d74', '283861982d285f10', false, '\x3da20ef4fc48a560b010267e46b7ed9e4a267c9d09713c2b2f118bcb4bf07aa5'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 24, 24, 'a747c649-b17d-4a91-858c-d4cdec4792fe', '\xbcf1d477fa42a418f676d7a6a1758aa4ebda567168dc2a312b5699adc8c81667', '283861982d285f10', false, '\xb5a69c7ae8e4dfb0f1c7801c3bc92e6ca76800b63f9a68f1a33efb900d0834ef'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 25, 25, '01a20818-a003-7042-9c96-682d13007e18', '\xc43043477cc03cba0d7a0506007acb0fdf7f4cf0f86d32dee2e326a4f3f0ee31', '283861982d285f10', false, '\xffa1aeb0b5e302cb763b50e4500c52ebf447fe5af311a6fb7f551640e945cafe'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 26, 26, 'eb1d82c9-485b-489e-94c4-8b629f24cd83', '\x6d9c820e6c0c5394d222edd2102eb47dee6a1a186491148713a1f7480db26dbe', '283861982d285f10', false, '\x55ae1f0dded53af3979599f322662b224c643edca5de901b7a29a4d0d73837f3'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 27, 27, '01a20818-a005-7321-8365-24b89fa1ed92', '\x854ecac71a1b51b4f97badd3155a0fe54c3819c30cbcaf3df908fe4c93962a96', '283861982d285f10', false, '\xce0438b19f7e7f5b2d37327bcfb761d56f455c64ed60b4525506dd24635b90a5'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 28, 28, '91cc269c-a775-4a68-b75d-9e2ad8ea92d6', '\x82a37474bb064e77a370eba0d31db3a688bd20411ffafc27dfc4b8602bbd44e3', '283861982d285f10', false, '\x412c97105102eb2a14cb3cd44edfdce6e8e34aa815ce18e12abcabc52753dc16'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 29, 29, '22712653-2054-4f95-8223-791053210b65', '\x108b681ee1ac97785b1609d09f17368d5e53002905666120cb1fc7b37ad9da81', '283861982d285f10', false, '\x5c26b58dbab15df9733ebc1777447099ebfdb83ad760d62761e6e434a433c23b'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 30, 30, '3e77c353-90a4-430f-9ecf-566d00cfdbe4', '\x4a1352c2b87725e649e2d7cdd77f688287c6614af3fd01aeb4b5548b7df655fe', '283861982d285f10', false, '\xf0aaf34c73b387df1cd5cccfa52b838fd66dcbee045985aae8e55c55105c8dcb'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 31, 31, '01a20818-aa28-7203-947a-ab36b33701fb', '\x2956db185e9ca7a47f3d1fcc93bacbf616ab8b31c989102940ebd4bebce5407e', '283861982d285f10', false, '\x72c311735a862025f602813e16ce10a4d6e615bdc9d6917cd2a67534a6198c60'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 32, 32, '01a20818-ab27-7246-ac02-dc6357609361', '\xce84213fc6bb101f74dbb394881686662c5c03e5a3960e9f741e3e85fe6c7703', '283861982d285f10', false, '\x009cb80b5502edf0d32f41180ec82f5119db4ce50222d2ed60e8b5041030316f'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 33, 33, '01a20818-abfc-71f0-9d88-0c0b3846404d', '\xf4b602527be6e3b1bf7890b6aae3c66fa1fdbdfc2f14c3d8351840915711e2a9', '283861982d285f10', false, '\xbd05b99e0225743f066728ace41f8a339f6bc0bad11bb641969df720aff57500'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 34, 34, '01a20818-acd2-7274-a6ca-819bd8d705d7', '\x7bec2ca04a4ecd436ff30ebdf454af4dc59ef82b3fdaff54886d53491d3f66a7', '283861982d285f10', false, '\x426068412d4265684c677d5062a0f44a309289033d2d0276b235e5c6246bb9e5'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 35, 35, '01a20818-ada6-7785-942f-a10678799809', '\xe169a422c36ded5f2ff000c6d08f148600c2928dbff347451862a96b9bb1aab0', '283861982d285f10', false, '\xdca03fc4574c94394e32e0434e0caf0e49811d0b0cb04c7aeae042fdf7598103'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 36, 36, '01a20818-ae79-772d-a4c5-58c7dcef52c9', '\x9e1bb09bcad767c3c511b11f2b11f8732810eaf2efba3e131ff4c813636f8653', '283861982d285f10', false, '\x963be867536a779287c7d5dfac531e69143e3b88339509896c13a2dcf5aea035'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 37, 37, '01a20818-af4b-7019-977a-85cc3cc1ddd0', '\x56c4554d6e600dc0a7a7ff89d1e65ca8c6873d6ab52fb39ef4c20bc12fafec46', '283861982d285f10', false, '\xb3d6f833397c71b5535677da9029d985e311fdbffefb222e9f4f9c61f605eddb'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 38, 38, '01a20818-b01e-7537-b390-a1416537ea4e', '\xef8b3e9ead8ad7a6fa2b7c4f16e7d60d1dd829ac06e9b69aa99d9d5a13062a80', '283861982d285f10', false, '\x103e46c2bde15cdf5e1821fd24984ff6c1327a79c35838911f6b86dc1f91f278'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 39, 39, '01a20818-b0f1-76b9-9740-d42240b491a9', '\xd389e5d932da9b510dd0dc6ed1d7a1afadbbe8003a9179aaad5cac659080b94d', '283861982d285f10', false, '\xc848ce36f568d7951803831c22a86bab43a8a9aa8b2addb3897c20e92bc29006'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 40, 40, '01a20818-b1c1-7445-8fac-c5301bf30eb6', '\x84f3bbeaa6dbd237fc673b4986330fe3d461500cb7cd1d6b998777b76a5b3003', '283861982d285f10', false, '\x785dbc4475150928c6477048b6ce0aa67de1a42b04b8a962d72884fe03f1ab5b'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 41, 41, '01a20818-b291-7431-ab88-d89532088ce0', '\xf027980f752110fd592b7b63405b5207ab59631f03d422756a0ae55555002d47', '283861982d285f10', false, '\x65eab52c9990420be7b6ce2529182c58bfef344804a149d4293c091a58d11c44'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 42, 42, '01a20818-b3e9-7507-bdd2-857ff211ee05', '\x4b3ed8bfabd041c8d4b1a1b3fc83ec94e503538dc2218d5838cd76b8678a39dd', '283861982d285f10', false, '\x4221373cd3c74fbc535cebccfc4623bf9a2471359bd6ae4f0b89ab3bac47fbfd'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 43, 43, '01a20818-b4d9-747c-960e-d4505149e170', '\x2212c1d119a087e6d52a77c67a60437a6c7bf2793189741456908bcfdec8521c', '283861982d285f10', false, '\x1663107cae8212e01cf7fe8e0d47e466a911c81d0d4444d9c4b3b6b3ffda00e6'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 44, 44, '01a20818-b8e0-710c-b0f5-50095fc3c473', '\x0fecbd99a57bb85694497fb637bf3103220924872643ac6b3fa5720d4618fa61', '283861982d285f10', false, '\x29e2cb77778720957fe81eaba0a6a51de1a75ddd11eaa3c62abdb703a0874d57'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 45, 45, '01a20818-b93a-7548-aae8-11895d3a644f', '\x12e3e1a9d33b3cf7c5389056fee3d62fc85f9744c3a5772f81d2d17d901df644', '283861982d285f10', false, '\x4c43613332f349cced2ee5c43c8f9a873ad2cf9991be2b058f5623eac0f415b5'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 46, 46, '01a20818-bb33-7703-a0bc-aff323d19b23', '\xc0c53605501a3f7495856314b6e2beb27e95f7b36b0c49334655cee62f4a16bc', '283861982d285f10', false, '\x0976e2a0945f78a0bd7109c06fd3604b0b3dddbed4c1296ef009f10fb1b27d3c'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 47, 47, '01a20818-bcda-7370-890b-10549f37cbf0', '\x5b33fa70f4e8f234121c67fca56dcc3c2de28d300214dd6b8223defe57b7b259', '283861982d285f10', false, '\x71168734e70a0f22a0f0c275019c684e02bc9490461b321c50707e83e87936bf');
INSERT INTO public.ballast_meta VALUES
	(true, '872ac02e-78fa-4635-93cb-dc53b399d6ec', '2026-11-23 11:09:19.389349+00');
INSERT INTO public.books VALUES
	('01a20818-a009-74d0-924a-ceed7c47dc3f', 49, '{"USD": "96810.72"}', '2005-01-07', 99969.870000000000000000, 100000.000000000000000000, '{"risk": 1, "fills": 11, "orders": 45, "positions": 11}', '01a20818-9f07-7211-bf6b-c00f864a333e', 1);
INSERT INTO public.broker_reports VALUES
	('paper', 22);
INSERT INTO public.claims VALUES
	('01a20818-9f07-7211-bf6b-c00f864a333e', '61a2b23a-6fba-4312-81ce-d69d699b1ee9', '\x1b1f3bc778e950cf392ec88b52815d51e8f9d31f39f05cd1a9eb83c87bfefdf8', '01a20818-bb30-7590-a265-00a664780c91', '2026-11-23 11:10:28.240304+00', 200, '\x7b226c61746368223a7b226964223a2230316132303831382d626233332d373730332d613062632d616666326631393064376137222c2273636f7065223a2274656e616e74222c226163636f756e745f6964223a6e756c6c2c226361757365223a22706572736f6e222c22726561736f6e223a22612074657374222c226163746f72223a22757365723a30316132303831382d396630372d373231312d626636622d633031306137323734613335222c22666c617474656e223a66616c73652c22656e67616765645f6174223a22323032362d31312d32335431313a30393a32382e3234333734375a222c2261636b6e6f776c65646765645f6174223a22323032362d31312d32335431313a30393a32382e3235353937375a222c2263616e63656c65645f6174223a6e756c6c2c22666c61745f6174223a6e756c6c2c2272656c65617365645f6174223a6e756c6c2c2272656c65617365645f6279223a6e756c6c2c22666c617474656e5f63616e63656c6564223a66616c73652c226f72646572735f63616e63656c6c6564223a307d2c2261636b5f6d73223a31322e3235322c226c617463686573223a5b7b226964223a2230316132303831382d626233332d373730332d613062632d616666326631393064376137222c2273636f7065223a2274656e616e74222c226163636f756e745f6964223a6e756c6c2c226361757365223a22706572736f6e222c22726561736f6e223a22612074657374222c226163746f72223a22757365723a30316132303831382d396630372d373231312d626636622d633031306137323734613335222c22666c617474656e223a66616c73652c22656e67616765645f6174223a22323032362d31312d32335431313a30393a32382e3234333734375a222c2261636b6e6f776c65646765645f6174223a22323032362d31312d32335431313a30393a32382e3235353937375a222c2263616e63656c65645f6174223a6e756c6c2c22666c61745f6174223a6e756c6c2c2272656c65617365645f6174223a6e756c6c2c2272656c65617365645f6279223a6e756c6c2c22666c617474656e5f63616e63656c6564223a66616c73652c226f72646572735f63616e63656c6c6564223a307d5d7d'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 'bcdc11cb-fddd-4acb-a644-b40c2bcedd5f', '\xfbd3b2fc117a72310d313fcbd03c5dc0c771143693b7be31bfc65fa710aaa964', '01a20818-bcd4-727d-88e6-83fc489827e0', '2026-11-23 11:10:28.660547+00', 200, '\x7b226c617463686573223a5b7b226964223a2230316132303831382d626233332d373730332d613062632d616666326631393064376137222c2273636f7065223a2274656e616e74222c226163636f756e745f6964223a6e756c6c2c226361757365223a22706572736f6e222c22726561736f6e223a22612074657374222c226163746f72223a22757365723a30316132303831382d396630372d373231312d626636622d633031306137323734613335222c22666c617474656e223a66616c73652c22656e67616765645f6174223a22323032362d31312d32335431313a30393a32382e3234333734375a222c2261636b6e6f776c65646765645f6174223a22323032362d31312d32335431313a30393a32382e3235353937375a222c2263616e63656c65645f6174223a22323032362d31312d32335431313a30393a32382e3236343739315a222c22666c61745f6174223a6e756c6c2c2272656c65617365645f6174223a22323032362d31312d32335431313a30393a32382e3636363530325a222c2272656c65617365645f6279223a22757365723a30316132303831382d396630372d373231312d626636622d633031306137323734613335222c22666c617474656e5f63616e63656c6564223a66616c73652c226f72646572735f63616e63656c6c6564223a307d5d7d');
INSERT INTO public.decision_rules VALUES
	('\x9480ffb2b9c13792cfbe2113f521e1c79aee66b8777c67dbdaa050bf9ce0bdbd', '\x7b226170706c696564223a5b7b22616374696f6e223a22424c4f434b222c22637265617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c226964223a2230316132303831382d396665312d373236372d393265302d623639653036636138616464222c2269735f616374697665223a747275652c226e616d65223a224d6178204f726465722056616c7565222c22706172616d6574657273223a7b7d2c2272756c655f74797065223a224d41585f4f524445525f56414c5545222c2273636f7065223a7b226163636f756e745f6964223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c2273796d626f6c223a6e756c6c7d2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c227468726573686f6c64223a223235303030222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c2276657273696f6e223a317d2c7b22616374696f6e223a22424c4f434b222c22637265617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c226964223a2230316132303831382d396665312d373236372d393265302d623639663961313530366361222c2269735f616374697665223a747275652c226e616d65223a224d617820506f736974696f6e2053697a65222c22706172616d6574657273223a7b7d2c2272756c655f74797065223a224d41585f504f534954494f4e5f53495a45222c2273636f7065223a7b226163636f756e745f6964223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c2273796d626f6c223a6e756c6c7d2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c227468726573686f6c64223a223530303030222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c2276657273696f6e223a317d2c7b22616374696f6e223a22424c4f434b222c22637265617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c226964223a2230316132303831382d396665312d373236372d393265302d623661303264353839386130222c2269735f616374697665223a747275652c226e616d65223a22536563746f7220436f6e63656e74726174696f6e222c22706172616d6574657273223a7b7d2c2272756c655f74797065223a22534543544f525f434f4e43454e54524154494f4e222c2273636f7065223a7b226163636f756e745f6964223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c2273796d626f6c223a6e756c6c7d2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c227468726573686f6c64223a223235222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c2276657273696f6e223a317d2c7b22616374696f6e223a22424c4f434b222c22637265617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c226964223a2230316132303831382d396665312d373236372d393265302d623661316663326239303635222c2269735f616374697665223a747275652c226e616d65223a224d6178204c65766572616765222c22706172616d6574657273223a7b7d2c2272756c655f74797065223a224d41585f4c45564552414745222c2273636f7065223a7b226163636f756e745f6964223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c2273796d626f6c223a6e756c6c7d2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c227468726573686f6c64223a2232222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c2276657273696f6e223a317d2c7b22616374696f6e223a22424c4f434b222c22637265617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c226964223a2230316132303831382d396665312d373236372d393265302d623661326333386337613131222c2269735f616374697665223a747275652c226e616d65223a22506f736974696f6e204c696d6974222c22706172616d6574657273223a7b7d2c2272756c655f74797065223a22504f534954494f4e5f4c494d4954222c2273636f7065223a7b226163636f756e745f6964223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c2273796d626f6c223a6e756c6c7d2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c227468726573686f6c64223a223530222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c2276657273696f6e223a317d2c7b22616374696f6e223a22424c4f434b222c22637265617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c226964223a2230316132303831382d396665312d373236372d393265302d623661333863333136653437222c2269735f616374697665223a747275652c226e616d65223a224d6178204461696c79204c6f7373222c22706172616d6574657273223a7b22756e6974223a2270657263656e74227d2c2272756c655f74797065223a224d41585f4441494c595f4c4f5353222c2273636f7065223a7b226163636f756e745f6964223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c2273796d626f6c223a6e756c6c7d2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c227468726573686f6c64223a2235222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c2276657273696f6e223a317d2c7b22616374696f6e223a2248414c54222c22637265617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c226964223a2230316132303831382d396665312d373236372d393265302d623661343534356131346234222c2269735f616374697665223a747275652c226e616d65223a224d61782044726177646f776e222c22706172616d6574657273223a7b7d2c2272756c655f74797065223a224d41585f44524157444f574e222c2273636f7065223a7b226163636f756e745f6964223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c2273796d626f6c223a6e756c6c7d2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c227468726573686f6c64223a223230222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c2276657273696f6e223a317d2c7b22616374696f6e223a22424c4f434b222c22637265617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c226964223a2230316132303831382d396665312d373236372d393265302d623661356661653761353662222c2269735f616374697665223a747275652c226e616d65223a22507269636520436f6c6c6172222c22706172616d6574657273223a7b22646f6c6c617273223a22302e3530227d2c2272756c655f74797065223a2250524943455f434f4c4c4152222c2273636f7065223a7b226163636f756e745f6964223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c2273796d626f6c223a6e756c6c7d2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c227468726573686f6c64223a2235222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c2276657273696f6e223a317d2c7b22616374696f6e223a22424c4f434b222c22637265617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c226964223a2230316132303831382d396665312d373236372d393265302d623661363634386631313338222c2269735f616374697665223a747275652c226e616d65223a224475706c6963617465204f7264657273222c22706172616d6574657273223a7b2277696e646f775f73223a223130227d2c2272756c655f74797065223a224455504c49434154455f4f52444552222c2273636f7065223a7b226163636f756e745f6964223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c2273796d626f6c223a6e756c6c7d2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c227468726573686f6c64223a2235222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c2276657273696f6e223a317d2c7b22616374696f6e223a22424c4f434b222c22637265617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c226964223a2230316132303831382d396665312d373236372d393265302d623661373533383135363533222c2269735f616374697665223a747275652c226e616d65223a224f726465722052617465222c22706172616d6574657273223a7b2277696e646f775f73223a2231227d2c2272756c655f74797065223a224f524445525f52415445222c2273636f7065223a7b226163636f756e745f6964223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c2273796d626f6c223a6e756c6c7d2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c227468726573686f6c64223a22313030222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c2276657273696f6e223a317d2c7b22616374696f6e223a225741524e222c22637265617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c226964223a2230316132303831382d396665312d373236372d393265302d623661386338633437306566222c2269735f616374697665223a747275652c226e616d65223a225368617265206f66204461696c7920566f6c756d65222c22706172616d6574657273223a7b7d2c2272756c655f74797065223a224d41585f4144565f50455243454e54222c2273636f7065223a7b226163636f756e745f6964223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c2273796d626f6c223a6e756c6c7d2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c227468726573686f6c64223a2231222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c2276657273696f6e223a317d2c7b22616374696f6e223a22424c4f434b222c22637265617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c226964223a2230316132303831382d396665312d373236372d393265302d623661393533373639376565222c2269735f616374697665223a747275652c226e616d65223a225374616c65205072696365222c22706172616d6574657273223a7b7d2c2272756c655f74797065223a225354414c455f5052494345222c2273636f7065223a7b226163636f756e745f6964223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c2273796d626f6c223a6e756c6c7d2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c227468726573686f6c64223a22333435363030222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32312e3234393331342b30303a3030222c2276657273696f6e223a317d5d2c2276657273696f6e223a31327d', '01a20818-9f07-7211-bf6b-c00f864a333e');
INSERT INTO public.decisions VALUES
	('01a20818-ab25-7153-a4e2-aeb73f91c0e9', '01a20818-ab27-7246-ac02-dc626b00bca3', true, '\x7b22666f726d223a322c226b696e64223a226f72646572222c226f72646572223a7b226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138616232353731353361346532616562373366393163306539222c2266696c6c65645f7175616e74697479223a2230222c226964223a2230316132303831382d616232352d373135332d613465322d616562373366393163306539222c226c696e6b223a6e756c6c2c226f726967696e223a22636c69656e74222c2273747261746567795f6964223a6e756c6c2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c2277616974696e67223a66616c73657d2c2272756c6573223a2c22736974756174696f6e223a7b226163636f756e74223a7b2263617368223a22313030303030222c2263757272656e6379223a22555344222c22657175697479223a22313030303030222c2267726f7373223a2230222c226b696e64223a226d617267696e222c226c65766572616765223a2232222c226f70656e5f706f736974696f6e73223a302c226f70656e696e675f657175697479223a22313030303030222c227065616b5f657175697479223a22313030303030222c2272657365727665645f63617368223a2230227d2c226168656164223a302c22617665726167655f6461696c795f766f6c756d65223a2234373831313030222c22636f6c6c6172223a223130222c22636f6e646974696f6e223a7b22646f776e223a22222c22656e646564223a66616c73657d2c22636f756e7473223a5b302c305d2c22636f7665726564223a2230222c2264656274223a2230222c226d61726b65745f6e6f77223a22323030352d30312d30345431343a33303a30302b30303a3030222c226e6f77223a22323032362d31312d32335431313a30393a32342e3133333535322b30303a3030222c227065657273223a6e756c6c2c22736563746f725f67726f7373223a2230222c2273657373696f6e223a7b226174223a22323030352d30312d30345431343a33303a30302b30303a3030222c2263616c656e646172223a22584e5953222c22636c6f7365735f6174223a22323030352d30312d30345432313a30303a30302b30303a3030222c2264617465223a22323030352d30312d3034222c2269735f6f70656e223a747275652c226f70656e735f6174223a22323030352d30312d30345431343a33303a30302b30303a3030227d2c2273796d626f6c223a7b226275795f76616c7565223a2230222c2262757973223a2230222c2267726f7373223a2230222c22696e737472756d656e74223a7b2263616c656e646172223a22584e5953222c2263757272656e6379223a22555344222c226c6f74223a2231222c226d61785f7175616e74697479223a2231303030303030222c226d696e5f7175616e74697479223a2231222c226d756c7469706c696572223a2231222c226e616d65223a22496e7465726e6174696f6e616c20427573696e657373204d616368696e657320436f72706f726174696f6e222c22736563746f72223a22496e666f726d6174696f6e20546563686e6f6c6f6779222c2273796d626f6c223a2249424d222c227469636b223a22302e3031227d2c2269735f6f70656e223a66616c73652c226c6f6e675f76616c7565223a2230222c227061726b6564223a302c22706f736974696f6e223a2230222c2271756f7465223a7b2261736b223a2239372e3736222c226174223a22323030352d30312d30335432313a30303a30302b30303a3030222c22626964223a2239372e3734222c226c617374223a2239372e3735222c2273796d626f6c223a2249424d227d2c2273656c6c73223a2230222c2273686f72745f76616c7565223a2230222c2273796d626f6c223a2249424d222c22756e6b6e6f776e5f73696e6365223a6e756c6c7d2c22747261646564223a6e756c6c7d2c227465726d73223a7b22646973706c61795f7175616e74697479223a6e756c6c2c22657870697265735f6174223a6e756c6c2c226c696d69745f7072696365223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227175616e74697479223a2231222c227265647563655f6f6e6c79223a66616c73652c2273696465223a22627579222c2273746f705f7072696365223a6e756c6c2c2273796d626f6c223a2249424d222c2274696d655f696e5f666f726365223a22646179222c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274797065223a226d61726b6574227d2c2276657264696374223a7b22617070726f766564223a747275652c2268616c74223a6e756c6c2c2270726f746563746976655f6c696d6974223a223130372e3533222c22726561736f6e73223a5b5d2c2272657365727665645f7072696365223a223130372e3533222c227761726e696e6773223a5b5d7d7d', '\x9480ffb2b9c13792cfbe2113f521e1c79aee66b8777c67dbdaa050bf9ce0bdbd', 332, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-abfb-70b9-9ded-eba7ef3efe39', '01a20818-abfc-71f0-9d88-0c0af0242a9d', true, '\x7b22666f726d223a322c226b696e64223a226f72646572222c226f72646572223a7b226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138616266623730623939646564656261376566336566653339222c2266696c6c65645f7175616e74697479223a2230222c226964223a2230316132303831382d616266622d373062392d396465642d656261376566336566653339222c226c696e6b223a6e756c6c2c226f726967696e223a22636c69656e74222c2273747261746567795f6964223a6e756c6c2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c2277616974696e67223a66616c73657d2c2272756c6573223a2c22736974756174696f6e223a7b226163636f756e74223a7b2263617368223a2239393930322e3235222c2263757272656e6379223a22555344222c22657175697479223a2239393939392e3939222c2267726f7373223a2239372e3734222c226b696e64223a226d617267696e222c226c65766572616765223a2232222c226f70656e5f706f736974696f6e73223a312c226f70656e696e675f657175697479223a22313030303030222c227065616b5f657175697479223a22313030303030222c2272657365727665645f63617368223a2230227d2c226168656164223a302c22617665726167655f6461696c795f766f6c756d65223a223739383135323435222c22636f6c6c6172223a223130222c22636f6e646974696f6e223a7b22646f776e223a22222c22656e646564223a66616c73657d2c22636f756e7473223a5b302c315d2c22636f7665726564223a2230222c2264656274223a2230222c226d61726b65745f6e6f77223a22323030352d30312d30345431343a33303a30302b30303a3030222c226e6f77223a22323032362d31312d32335431313a30393a32342e3334373834342b30303a3030222c227065657273223a6e756c6c2c22736563746f725f67726f7373223a2239372e3734222c2273657373696f6e223a7b226174223a22323030352d30312d30345431343a33303a30302b30303a3030222c2263616c656e646172223a22584e5953222c22636c6f7365735f6174223a22323030352d30312d30345432313a30303a30302b30303a3030222c2264617465223a22323030352d30312d3034222c2269735f6f70656e223a747275652c226f70656e735f6174223a22323030352d30312d30345431343a33303a30302b30303a3030227d2c2273796d626f6c223a7b226275795f76616c7565223a2230222c2262757973223a2230222c2267726f7373223a2230222c22696e737472756d656e74223a7b2263616c656e646172223a22584e5953222c2263757272656e6379223a22555344222c226c6f74223a2231222c226d61785f7175616e74697479223a2231303030303030222c226d696e5f7175616e74697479223a2231222c226d756c7469706c696572223a2231222c226e616d65223a224d6963726f736f667420436f72706f726174696f6e222c22736563746f72223a22496e666f726d6174696f6e20546563686e6f6c6f6779222c2273796d626f6c223a224d534654222c227469636b223a22302e3031227d2c2269735f6f70656e223a66616c73652c226c6f6e675f76616c7565223a2230222c227061726b6564223a302c22706f736974696f6e223a2230222c2271756f7465223a7b2261736b223a2232362e3837222c226174223a22323030352d30312d30345431343a33303a30302b30303a3030222c22626964223a2232362e3835222c226c617374223a2232362e3836222c2273796d626f6c223a224d534654227d2c2273656c6c73223a2230222c2273686f72745f76616c7565223a2230222c2273796d626f6c223a224d534654222c22756e6b6e6f776e5f73696e6365223a6e756c6c7d2c22747261646564223a6e756c6c7d2c227465726d73223a7b22646973706c61795f7175616e74697479223a6e756c6c2c22657870697265735f6174223a6e756c6c2c226c696d69745f7072696365223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227175616e74697479223a2232222c227265647563655f6f6e6c79223a66616c73652c2273696465223a22627579222c2273746f705f7072696365223a6e756c6c2c2273796d626f6c223a224d534654222c2274696d655f696e5f666f726365223a22646179222c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274797065223a226d61726b6574227d2c2276657264696374223a7b22617070726f766564223a747275652c2268616c74223a6e756c6c2c2270726f746563746976655f6c696d6974223a2232392e3535222c22726561736f6e73223a5b5d2c2272657365727665645f7072696365223a2232392e3535222c227761726e696e6773223a5b5d7d7d', '\x9480ffb2b9c13792cfbe2113f521e1c79aee66b8777c67dbdaa050bf9ce0bdbd', 332, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-acd1-737b-9dd7-40401c0dd72f', '01a20818-acd2-7274-a6ca-819aae5e7dc5', true, '\x7b22666f726d223a322c226b696e64223a226f72646572222c226f72646572223a7b226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138616364313733376239646437343034303163306464373266222c2266696c6c65645f7175616e74697479223a2230222c226964223a2230316132303831382d616364312d373337622d396464372d343034303163306464373266222c226c696e6b223a6e756c6c2c226f726967696e223a22636c69656e74222c2273747261746567795f6964223a6e756c6c2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c2277616974696e67223a66616c73657d2c2272756c6573223a2c22736974756174696f6e223a7b226163636f756e74223a7b2263617368223a2239393834382e3531222c2263757272656e6379223a22555344222c22657175697479223a2239393939392e3937222c2267726f7373223a223135312e3436222c226b696e64223a226d617267696e222c226c65766572616765223a2232222c226f70656e5f706f736974696f6e73223a322c226f70656e696e675f657175697479223a22313030303030222c227065616b5f657175697479223a22313030303030222c2272657365727665645f63617368223a2230227d2c226168656164223a302c22617665726167655f6461696c795f766f6c756d65223a2234373831313030222c22636f6c6c6172223a223130222c22636f6e646974696f6e223a7b22646f776e223a22222c22656e646564223a66616c73657d2c22636f756e7473223a5b302c325d2c22636f7665726564223a2230222c2264656274223a2230222c226d61726b65745f6e6f77223a22323030352d30312d30345431343a33303a30302b30303a3030222c226e6f77223a22323032362d31312d32335431313a30393a32342e3536313831392b30303a3030222c227065657273223a6e756c6c2c22736563746f725f67726f7373223a223135312e3436222c2273657373696f6e223a7b226174223a22323030352d30312d30345431343a33303a30302b30303a3030222c2263616c656e646172223a22584e5953222c22636c6f7365735f6174223a22323030352d30312d30345432313a30303a30302b30303a3030222c2264617465223a22323030352d30312d3034222c2269735f6f70656e223a747275652c226f70656e735f6174223a22323030352d30312d30345431343a33303a30302b30303a3030227d2c2273796d626f6c223a7b226275795f76616c7565223a2230222c2262757973223a2230222c2267726f7373223a2239372e3734222c22696e737472756d656e74223a7b2263616c656e646172223a22584e5953222c2263757272656e6379223a22555344222c226c6f74223a2231222c226d61785f7175616e74697479223a2231303030303030222c226d696e5f7175616e74697479223a2231222c226d756c7469706c696572223a2231222c226e616d65223a22496e7465726e6174696f6e616c20427573696e657373204d616368696e657320436f72706f726174696f6e222c22736563746f72223a22496e666f726d6174696f6e20546563686e6f6c6f6779222c2273796d626f6c223a2249424d222c227469636b223a22302e3031227d2c2269735f6f70656e223a747275652c226c6f6e675f76616c7565223a2239372e3734222c227061726b6564223a302c22706f736974696f6e223a2231222c2271756f7465223a7b2261736b223a2239372e3735222c226174223a22323030352d30312d30345431343a33303a30302b30303a3030222c22626964223a2239372e3733222c226c617374223a2239372e3734222c2273796d626f6c223a2249424d227d2c2273656c6c73223a2230222c2273686f72745f76616c7565223a222d39372e3734222c2273796d626f6c223a2249424d222c22756e6b6e6f776e5f73696e6365223a6e756c6c7d2c22747261646564223a6e756c6c7d2c227465726d73223a7b22646973706c61795f7175616e74697479223a6e756c6c2c22657870697265735f6174223a6e756c6c2c226c696d69745f7072696365223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227175616e74697479223a2233222c227265647563655f6f6e6c79223a66616c73652c2273696465223a22627579222c2273746f705f7072696365223a6e756c6c2c2273796d626f6c223a2249424d222c2274696d655f696e5f666f726365223a22646179222c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274797065223a226d61726b6574227d2c2276657264696374223a7b22617070726f766564223a747275652c2268616c74223a6e756c6c2c2270726f746563746976655f6c696d6974223a223130372e3532222c22726561736f6e73223a5b5d2c2272657365727665645f7072696365223a223130372e3532222c227761726e696e6773223a5b5d7d7d', '\x9480ffb2b9c13792cfbe2113f521e1c79aee66b8777c67dbdaa050bf9ce0bdbd', 332, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ada5-71b0-b00b-65925bf793c1', '01a20818-ada6-7785-942f-a105c79d0524', true, '\x7b22666f726d223a322c226b696e64223a226f72646572222c226f72646572223a7b226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138616461353731623062303062363539323562663739336331222c2266696c6c65645f7175616e74697479223a2230222c226964223a2230316132303831382d616461352d373162302d623030622d363539323562663739336331222c226c696e6b223a6e756c6c2c226f726967696e223a22636c69656e74222c2273747261746567795f6964223a6e756c6c2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c2277616974696e67223a66616c73657d2c2272756c6573223a2c22736974756174696f6e223a7b226163636f756e74223a7b2263617368223a2239393535352e3236222c2263757272656e6379223a22555344222c22657175697479223a223130303030322e3236222c2267726f7373223a223434372e3030222c226b696e64223a226d617267696e222c226c65766572616765223a2232222c226f70656e5f706f736974696f6e73223a322c226f70656e696e675f657175697479223a22313030303030222c227065616b5f657175697479223a22313030303030222c2272657365727665645f63617368223a2230227d2c226168656164223a302c22617665726167655f6461696c795f766f6c756d65223a223739383135323435222c22636f6c6c6172223a223130222c22636f6e646974696f6e223a7b22646f776e223a22222c22656e646564223a66616c73657d2c22636f756e7473223a5b302c335d2c22636f7665726564223a2230222c2264656274223a2230222c226d61726b65745f6e6f77223a22323030352d30312d30345431353a33303a30302b30303a3030222c226e6f77223a22323032362d31312d32335431313a30393a32342e3737333034392b30303a3030222c227065657273223a6e756c6c2c22736563746f725f67726f7373223a223434372e3030222c2273657373696f6e223a7b226174223a22323030352d30312d30345431353a33303a30302b30303a3030222c2263616c656e646172223a22584e5953222c22636c6f7365735f6174223a22323030352d30312d30345432313a30303a30302b30303a3030222c2264617465223a22323030352d30312d3034222c2269735f6f70656e223a747275652c226f70656e735f6174223a22323030352d30312d30345431343a33303a30302b30303a3030227d2c2273796d626f6c223a7b226275795f76616c7565223a2230222c2262757973223a2230222c2267726f7373223a2235332e3332222c22696e737472756d656e74223a7b2263616c656e646172223a22584e5953222c2263757272656e6379223a22555344222c226c6f74223a2231222c226d61785f7175616e74697479223a2231303030303030222c226d696e5f7175616e74697479223a2231222c226d756c7469706c696572223a2231222c226e616d65223a224d6963726f736f667420436f72706f726174696f6e222c22736563746f72223a22496e666f726d6174696f6e20546563686e6f6c6f6779222c2273796d626f6c223a224d534654222c227469636b223a22302e3031227d2c2269735f6f70656e223a747275652c226c6f6e675f76616c7565223a2235332e3332222c227061726b6564223a302c22706f736974696f6e223a2232222c2271756f7465223a7b2261736b223a2232362e3637222c226174223a22323030352d30312d30345431353a33303a30302b30303a3030222c22626964223a2232362e3635222c226c617374223a2232362e3636222c2273796d626f6c223a224d534654227d2c2273656c6c73223a2230222c2273686f72745f76616c7565223a222d35332e3332222c2273796d626f6c223a224d534654222c22756e6b6e6f776e5f73696e6365223a6e756c6c7d2c22747261646564223a6e756c6c7d2c227465726d73223a7b22646973706c61795f7175616e74697479223a6e756c6c2c22657870697265735f6174223a6e756c6c2c226c696d69745f7072696365223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227175616e74697479223a2234222c227265647563655f6f6e6c79223a66616c73652c2273696465223a22627579222c2273746f705f7072696365223a6e756c6c2c2273796d626f6c223a224d534654222c2274696d655f696e5f666f726365223a22646179222c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274797065223a226d61726b6574227d2c2276657264696374223a7b22617070726f766564223a747275652c2268616c74223a6e756c6c2c2270726f746563746976655f6c696d6974223a2232392e3333222c22726561736f6e73223a5b5d2c2272657365727665645f7072696365223a2232392e3333222c227761726e696e6773223a5b5d7d7d', '\x9480ffb2b9c13792cfbe2113f521e1c79aee66b8777c67dbdaa050bf9ce0bdbd', 332, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ae78-703b-a054-3443a2f57b34', '01a20818-ae78-703b-a054-3445fbdf6f15', true, '\x7b22666f726d223a322c226b696e64223a226f72646572222c226f72646572223a7b226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138616537383730336261303534333434336132663537623334222c2266696c6c65645f7175616e74697479223a2230222c226964223a2230316132303831382d616537382d373033622d613035342d333434336132663537623334222c226c696e6b223a6e756c6c2c226f726967696e223a22636c69656e74222c2273747261746567795f6964223a6e756c6c2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c2277616974696e67223a66616c73657d2c2272756c6573223a2c22736974756174696f6e223a7b226163636f756e74223a7b2263617368223a2239393434382e3538222c2263757272656e6379223a22555344222c22657175697479223a223130303030322e3232222c2267726f7373223a223535332e3634222c226b696e64223a226d617267696e222c226c65766572616765223a2232222c226f70656e5f706f736974696f6e73223a322c226f70656e696e675f657175697479223a22313030303030222c227065616b5f657175697479223a22313030303030222c2272657365727665645f63617368223a2230227d2c226168656164223a302c22617665726167655f6461696c795f766f6c756d65223a2234373831313030222c22636f6c6c6172223a223130222c22636f6e646974696f6e223a7b22646f776e223a22222c22656e646564223a66616c73657d2c22636f756e7473223a5b302c345d2c22636f7665726564223a2230222c2264656274223a2230222c226d61726b65745f6e6f77223a22323030352d30312d30345431353a33303a30302b30303a3030222c226e6f77223a22323032362d31312d32335431313a30393a32342e3938343230322b30303a3030222c227065657273223a6e756c6c2c22736563746f725f67726f7373223a223535332e3634222c2273657373696f6e223a7b226174223a22323030352d30312d30345431353a33303a30302b30303a3030222c2263616c656e646172223a22584e5953222c22636c6f7365735f6174223a22323030352d30312d30345432313a30303a30302b30303a3030222c2264617465223a22323030352d30312d3034222c2269735f6f70656e223a747275652c226f70656e735f6174223a22323030352d30312d30345431343a33303a30302b30303a3030227d2c2273796d626f6c223a7b226275795f76616c7565223a2230222c2262757973223a2230222c2267726f7373223a223339332e3638222c22696e737472756d656e74223a7b2263616c656e646172223a22584e5953222c2263757272656e6379223a22555344222c226c6f74223a2231222c226d61785f7175616e74697479223a2231303030303030222c226d696e5f7175616e74697479223a2231222c226d756c7469706c696572223a2231222c226e616d65223a22496e7465726e6174696f6e616c20427573696e657373204d616368696e657320436f72706f726174696f6e222c22736563746f72223a22496e666f726d6174696f6e20546563686e6f6c6f6779222c2273796d626f6c223a2249424d222c227469636b223a22302e3031227d2c2269735f6f70656e223a747275652c226c6f6e675f76616c7565223a223339332e3638222c227061726b6564223a302c22706f736974696f6e223a2234222c2271756f7465223a7b2261736b223a2239382e3433222c226174223a22323030352d30312d30345431353a33303a30302b30303a3030222c22626964223a2239382e3431222c226c617374223a2239382e3432222c2273796d626f6c223a2249424d227d2c2273656c6c73223a2230222c2273686f72745f76616c7565223a222d3339332e3638222c2273796d626f6c223a2249424d222c22756e6b6e6f776e5f73696e6365223a6e756c6c7d2c22747261646564223a6e756c6c7d2c227465726d73223a7b22646973706c61795f7175616e74697479223a6e756c6c2c22657870697265735f6174223a6e756c6c2c226c696d69745f7072696365223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227175616e74697479223a2235222c227265647563655f6f6e6c79223a66616c73652c2273696465223a22627579222c2273746f705f7072696365223a6e756c6c2c2273796d626f6c223a2249424d222c2274696d655f696e5f666f726365223a22646179222c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274797065223a226d61726b6574227d2c2276657264696374223a7b22617070726f766564223a747275652c2268616c74223a6e756c6c2c2270726f746563746976655f6c696d6974223a223130382e3237222c22726561736f6e73223a5b5d2c2272657365727665645f7072696365223a223130382e3237222c227761726e696e6773223a5b5d7d7d', '\x9480ffb2b9c13792cfbe2113f521e1c79aee66b8777c67dbdaa050bf9ce0bdbd', 332, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-af4a-7701-ac5f-01554df6d206', '01a20818-af4b-7019-977a-85cbfabfd553', true, '\x7b22666f726d223a322c226b696e64223a226f72646572222c226f72646572223a7b226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138616634613737303161633566303135353464663664323036222c2266696c6c65645f7175616e74697479223a2230222c226964223a2230316132303831382d616634612d373730312d616335662d303135353464663664323036222c226c696e6b223a6e756c6c2c226f726967696e223a22636c69656e74222c2273747261746567795f6964223a6e756c6c2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c2277616974696e67223a66616c73657d2c2272756c6573223a2c22736974756174696f6e223a7b226163636f756e74223a7b2263617368223a2239383935362e3433222c2263757272656e6379223a22555344222c22657175697479223a2239393938372e3731222c2267726f7373223a22313033312e3238222c226b696e64223a226d617267696e222c226c65766572616765223a2232222c226f70656e5f706f736974696f6e73223a322c226f70656e696e675f657175697479223a22313030303030222c227065616b5f657175697479223a22313030303030222c2272657365727665645f63617368223a2230227d2c226168656164223a302c22617665726167655f6461696c795f766f6c756d65223a223739383135323435222c22636f6c6c6172223a223130222c22636f6e646974696f6e223a7b22646f776e223a22222c22656e646564223a66616c73657d2c22636f756e7473223a5b302c345d2c22636f7665726564223a2230222c2264656274223a2230222c226d61726b65745f6e6f77223a22323030352d30312d30345431373a34353a30302b30303a3030222c226e6f77223a22323032362d31312d32335431313a30393a32352e3139343439332b30303a3030222c227065657273223a6e756c6c2c22736563746f725f67726f7373223a22313033312e3238222c2273657373696f6e223a7b226174223a22323030352d30312d30345431373a34353a30302b30303a3030222c2263616c656e646172223a22584e5953222c22636c6f7365735f6174223a22323030352d30312d30345432313a30303a30302b30303a3030222c2264617465223a22323030352d30312d3034222c2269735f6f70656e223a747275652c226f70656e735f6174223a22323030352d30312d30345431343a33303a30302b30303a3030227d2c2273796d626f6c223a7b226275795f76616c7565223a2230222c2262757973223a2230222c2267726f7373223a223136322e36222c22696e737472756d656e74223a7b2263616c656e646172223a22584e5953222c2263757272656e6379223a22555344222c226c6f74223a2231222c226d61785f7175616e74697479223a2231303030303030222c226d696e5f7175616e74697479223a2231222c226d756c7469706c696572223a2231222c226e616d65223a224d6963726f736f667420436f72706f726174696f6e222c22736563746f72223a22496e666f726d6174696f6e20546563686e6f6c6f6779222c2273796d626f6c223a224d534654222c227469636b223a22302e3031227d2c2269735f6f70656e223a747275652c226c6f6e675f76616c7565223a223136322e36222c227061726b6564223a302c22706f736974696f6e223a2236222c2271756f7465223a7b2261736b223a2232372e3131222c226174223a22323030352d30312d30345431373a34353a30302b30303a3030222c22626964223a2232372e3039222c226c617374223a2232372e31222c2273796d626f6c223a224d534654227d2c2273656c6c73223a2230222c2273686f72745f76616c7565223a222d3136322e36222c2273796d626f6c223a224d534654222c22756e6b6e6f776e5f73696e6365223a6e756c6c7d2c22747261646564223a6e756c6c7d2c227465726d73223a7b22646973706c61795f7175616e74697479223a6e756c6c2c22657870697265735f6174223a6e756c6c2c226c696d69745f7072696365223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227175616e74697479223a2236222c227265647563655f6f6e6c79223a66616c73652c2273696465223a22627579222c2273746f705f7072696365223a6e756c6c2c2273796d626f6c223a224d534654222c2274696d655f696e5f666f726365223a22646179222c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274797065223a226d61726b6574227d2c2276657264696374223a7b22617070726f766564223a747275652c2268616c74223a6e756c6c2c2270726f746563746976655f6c696d6974223a2232392e3832222c22726561736f6e73223a5b5d2c2272657365727665645f7072696365223a2232392e3832222c227761726e696e6773223a5b5d7d7d', '\x9480ffb2b9c13792cfbe2113f521e1c79aee66b8777c67dbdaa050bf9ce0bdbd', 332, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b01e-7537-b390-a13e54560f0d', '01a20818-b01e-7537-b390-a14080deb064', true, '\x7b22666f726d223a322c226b696e64223a226f72646572222c226f72646572223a7b226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138623031653735333762333930613133653534353630663064222c2266696c6c65645f7175616e74697479223a2230222c226964223a2230316132303831382d623031652d373533372d623339302d613133653534353630663064222c226c696e6b223a6e756c6c2c226f726967696e223a22636c69656e74222c2273747261746567795f6964223a6e756c6c2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c2277616974696e67223a66616c73657d2c2272756c6573223a2c22736974756174696f6e223a7b226163636f756e74223a7b2263617368223a2239383739332e3737222c2263757272656e6379223a22555344222c22657175697479223a2239393938372e3635222c2267726f7373223a22313139332e3838222c226b696e64223a226d617267696e222c226c65766572616765223a2232222c226f70656e5f706f736974696f6e73223a322c226f70656e696e675f657175697479223a22313030303030222c227065616b5f657175697479223a22313030303030222c2272657365727665645f63617368223a2230227d2c226168656164223a302c22617665726167655f6461696c795f766f6c756d65223a2234373831313030222c22636f6c6c6172223a223130222c22636f6e646974696f6e223a7b22646f776e223a22222c22656e646564223a66616c73657d2c22636f756e7473223a5b302c345d2c22636f7665726564223a2230222c2264656274223a2230222c226d61726b65745f6e6f77223a22323030352d30312d30345431373a34353a30302b30303a3030222c226e6f77223a22323032362d31312d32335431313a30393a32352e3430363136312b30303a3030222c227065657273223a6e756c6c2c22736563746f725f67726f7373223a22313139332e3838222c2273657373696f6e223a7b226174223a22323030352d30312d30345431373a34353a30302b30303a3030222c2263616c656e646172223a22584e5953222c22636c6f7365735f6174223a22323030352d30312d30345432313a30303a30302b30303a3030222c2264617465223a22323030352d30312d3034222c2269735f6f70656e223a747275652c226f70656e735f6174223a22323030352d30312d30345431343a33303a30302b30303a3030227d2c2273796d626f6c223a7b226275795f76616c7565223a2230222c2262757973223a2230222c2267726f7373223a223836382e3638222c22696e737472756d656e74223a7b2263616c656e646172223a22584e5953222c2263757272656e6379223a22555344222c226c6f74223a2231222c226d61785f7175616e74697479223a2231303030303030222c226d696e5f7175616e74697479223a2231222c226d756c7469706c696572223a2231222c226e616d65223a22496e7465726e6174696f6e616c20427573696e657373204d616368696e657320436f72706f726174696f6e222c22736563746f72223a22496e666f726d6174696f6e20546563686e6f6c6f6779222c2273796d626f6c223a2249424d222c227469636b223a22302e3031227d2c2269735f6f70656e223a747275652c226c6f6e675f76616c7565223a223836382e3638222c227061726b6564223a302c22706f736974696f6e223a2239222c2271756f7465223a7b2261736b223a2239362e3533222c226174223a22323030352d30312d30345431373a34353a30302b30303a3030222c22626964223a2239362e3531222c226c617374223a2239362e3532222c2273796d626f6c223a2249424d227d2c2273656c6c73223a2230222c2273686f72745f76616c7565223a222d3836382e3638222c2273796d626f6c223a2249424d222c22756e6b6e6f776e5f73696e6365223a6e756c6c7d2c22747261646564223a6e756c6c7d2c227465726d73223a7b22646973706c61795f7175616e74697479223a6e756c6c2c22657870697265735f6174223a6e756c6c2c226c696d69745f7072696365223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227175616e74697479223a2237222c227265647563655f6f6e6c79223a66616c73652c2273696465223a22627579222c2273746f705f7072696365223a6e756c6c2c2273796d626f6c223a2249424d222c2274696d655f696e5f666f726365223a22646179222c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274797065223a226d61726b6574227d2c2276657264696374223a7b22617070726f766564223a747275652c2268616c74223a6e756c6c2c2270726f746563746976655f6c696d6974223a223130362e3138222c22726561736f6e73223a5b5d2c2272657365727665645f7072696365223a223130362e3138222c227761726e696e6773223a5b5d7d7d', '\x9480ffb2b9c13792cfbe2113f521e1c79aee66b8777c67dbdaa050bf9ce0bdbd', 332, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b0f0-70ad-afa1-e6a27fe66e66', '01a20818-b0f1-76b9-9740-d421538957db', true, '\x7b22666f726d223a322c226b696e64223a226f72646572222c226f72646572223a7b226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138623066303730616461666131653661323766653636653636222c2266696c6c65645f7175616e74697479223a2230222c226964223a2230316132303831382d623066302d373061642d616661312d653661323766653636653636222c226c696e6b223a6e756c6c2c226f726967696e223a22636c69656e74222c2273747261746567795f6964223a6e756c6c2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c2277616974696e67223a66616c73657d2c2272756c6573223a2c22736974756174696f6e223a7b226163636f756e74223a7b2263617368223a2239383131382e3036222c2263757272656e6379223a22555344222c22657175697479223a2239393938372e3538222c2267726f7373223a22313836392e3532222c226b696e64223a226d617267696e222c226c65766572616765223a2232222c226f70656e5f706f736974696f6e73223a322c226f70656e696e675f657175697479223a22313030303030222c227065616b5f657175697479223a22313030303030222c2272657365727665645f63617368223a2230227d2c226168656164223a302c22617665726167655f6461696c795f766f6c756d65223a223739383135323435222c22636f6c6c6172223a223130222c22636f6e646974696f6e223a7b22646f776e223a22222c22656e646564223a66616c73657d2c22636f756e7473223a5b302c345d2c22636f7665726564223a2230222c2264656274223a2230222c226d61726b65745f6e6f77223a22323030352d30312d30345431373a34353a30302b30303a3030222c226e6f77223a22323032362d31312d32335431313a30393a32352e3631363233302b30303a3030222c227065657273223a6e756c6c2c22736563746f725f67726f7373223a22313836392e3532222c2273657373696f6e223a7b226174223a22323030352d30312d30345431373a34353a30302b30303a3030222c2263616c656e646172223a22584e5953222c22636c6f7365735f6174223a22323030352d30312d30345432313a30303a30302b30303a3030222c2264617465223a22323030352d30312d3034222c2269735f6f70656e223a747275652c226f70656e735f6174223a22323030352d30312d30345431343a33303a30302b30303a3030227d2c2273796d626f6c223a7b226275795f76616c7565223a2230222c2262757973223a2230222c2267726f7373223a223332352e32222c22696e737472756d656e74223a7b2263616c656e646172223a22584e5953222c2263757272656e6379223a22555344222c226c6f74223a2231222c226d61785f7175616e74697479223a2231303030303030222c226d696e5f7175616e74697479223a2231222c226d756c7469706c696572223a2231222c226e616d65223a224d6963726f736f667420436f72706f726174696f6e222c22736563746f72223a22496e666f726d6174696f6e20546563686e6f6c6f6779222c2273796d626f6c223a224d534654222c227469636b223a22302e3031227d2c2269735f6f70656e223a747275652c226c6f6e675f76616c7565223a223332352e32222c227061726b6564223a302c22706f736974696f6e223a223132222c2271756f7465223a7b2261736b223a2232372e3131222c226174223a22323030352d30312d30345431373a34353a30302b30303a3030222c22626964223a2232372e3039222c226c617374223a2232372e31222c2273796d626f6c223a224d534654227d2c2273656c6c73223a2230222c2273686f72745f76616c7565223a222d3332352e32222c2273796d626f6c223a224d534654222c22756e6b6e6f776e5f73696e6365223a6e756c6c7d2c22747261646564223a6e756c6c7d2c227465726d73223a7b22646973706c61795f7175616e74697479223a6e756c6c2c22657870697265735f6174223a6e756c6c2c226c696d69745f7072696365223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227175616e74697479223a2238222c227265647563655f6f6e6c79223a66616c73652c2273696465223a22627579222c2273746f705f7072696365223a6e756c6c2c2273796d626f6c223a224d534654222c2274696d655f696e5f666f726365223a22646179222c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274797065223a226d61726b6574227d2c2276657264696374223a7b22617070726f766564223a747275652c2268616c74223a6e756c6c2c2270726f746563746976655f6c696d6974223a2232392e3832222c22726561736f6e73223a5b5d2c2272657365727665645f7072696365223a2232392e3832222c227761726e696e6773223a5b5d7d7d', '\x9480ffb2b9c13792cfbe2113f521e1c79aee66b8777c67dbdaa050bf9ce0bdbd', 332, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b1c0-74f5-a7d3-869e6f2103dd', '01a20818-b1c1-7445-8fac-c52f9db749cb', true, '\x7b22666f726d223a322c226b696e64223a226f72646572222c226f72646572223a7b226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138623163303734663561376433383639653666323130336464222c2266696c6c65645f7175616e74697479223a2230222c226964223a2230316132303831382d623163302d373466352d613764332d383639653666323130336464222c226c696e6b223a6e756c6c2c226f726967696e223a22636c69656e74222c2273747261746567795f6964223a6e756c6c2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c2277616974696e67223a66616c73657d2c2272756c6573223a2c22736974756174696f6e223a7b226163636f756e74223a7b2263617368223a2239373930312e3138222c2263757272656e6379223a22555344222c22657175697479223a2239393938352e3138222c2267726f7373223a22323038342e3030222c226b696e64223a226d617267696e222c226c65766572616765223a2232222c226f70656e5f706f736974696f6e73223a322c226f70656e696e675f657175697479223a22313030303030222c227065616b5f657175697479223a22313030303030222c2272657365727665645f63617368223a2230227d2c226168656164223a302c22617665726167655f6461696c795f766f6c756d65223a2234373831313030222c22636f6c6c6172223a223130222c22636f6e646974696f6e223a7b22646f776e223a22222c22656e646564223a66616c73657d2c22636f756e7473223a5b302c345d2c22636f7665726564223a2230222c2264656274223a2230222c226d61726b65745f6e6f77223a22323030352d30312d30345432303a35393a30302b30303a3030222c226e6f77223a22323032362d31312d32335431313a30393a32352e3832343730302b30303a3030222c227065657273223a6e756c6c2c22736563746f725f67726f7373223a22323038342e3030222c2273657373696f6e223a7b226174223a22323030352d30312d30345432303a35393a30302b30303a3030222c2263616c656e646172223a22584e5953222c22636c6f7365735f6174223a22323030352d30312d30345432313a30303a30302b30303a3030222c2264617465223a22323030352d30312d3034222c2269735f6f70656e223a747275652c226f70656e735f6174223a22323030352d30312d30345431343a33303a30302b30303a3030227d2c2273796d626f6c223a7b226275795f76616c7565223a2230222c2262757973223a2230222c2267726f7373223a22313534372e32222c22696e737472756d656e74223a7b2263616c656e646172223a22584e5953222c2263757272656e6379223a22555344222c226c6f74223a2231222c226d61785f7175616e74697479223a2231303030303030222c226d696e5f7175616e74697479223a2231222c226d756c7469706c696572223a2231222c226e616d65223a22496e7465726e6174696f6e616c20427573696e657373204d616368696e657320436f72706f726174696f6e222c22736563746f72223a22496e666f726d6174696f6e20546563686e6f6c6f6779222c2273796d626f6c223a2249424d222c227469636b223a22302e3031227d2c2269735f6f70656e223a747275652c226c6f6e675f76616c7565223a22313534372e32222c227061726b6564223a302c22706f736974696f6e223a223136222c2271756f7465223a7b2261736b223a2239362e3731222c226174223a22323030352d30312d30345432303a35393a30302b30303a3030222c22626964223a2239362e3639222c226c617374223a2239362e37222c2273796d626f6c223a2249424d227d2c2273656c6c73223a2230222c2273686f72745f76616c7565223a222d313534372e32222c2273796d626f6c223a2249424d222c22756e6b6e6f776e5f73696e6365223a6e756c6c7d2c22747261646564223a6e756c6c7d2c227465726d73223a7b22646973706c61795f7175616e74697479223a6e756c6c2c22657870697265735f6174223a6e756c6c2c226c696d69745f7072696365223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227175616e74697479223a2239222c227265647563655f6f6e6c79223a66616c73652c2273696465223a22627579222c2273746f705f7072696365223a6e756c6c2c2273796d626f6c223a2249424d222c2274696d655f696e5f666f726365223a22646179222c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274797065223a226d61726b6574227d2c2276657264696374223a7b22617070726f766564223a747275652c2268616c74223a6e756c6c2c2270726f746563746976655f6c696d6974223a223130362e3338222c22726561736f6e73223a5b5d2c2272657365727665645f7072696365223a223130362e3338222c227761726e696e6773223a5b5d7d7d', '\x9480ffb2b9c13792cfbe2113f521e1c79aee66b8777c67dbdaa050bf9ce0bdbd', 332, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b291-7431-ab88-d8927bb0f736', '01a20818-b291-7431-ab88-d89440b33316', true, '\x7b22666f726d223a322c226b696e64223a226f72646572222c226f72646572223a7b226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138623239313734333161623838643839323762623066373336222c2266696c6c65645f7175616e74697479223a2230222c226964223a2230316132303831382d623239312d373433312d616238382d643839323762623066373336222c226c696e6b223a6e756c6c2c226f726967696e223a22636c69656e74222c2273747261746567795f6964223a6e756c6c2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c2277616974696e67223a66616c73657d2c2272756c6573223a2c22736974756174696f6e223a7b226163636f756e74223a7b2263617368223a2239373033302e3739222c2263757272656e6379223a22555344222c22657175697479223a2239393938352e3039222c2267726f7373223a22323935342e3330222c226b696e64223a226d617267696e222c226c65766572616765223a2232222c226f70656e5f706f736974696f6e73223a322c226f70656e696e675f657175697479223a22313030303030222c227065616b5f657175697479223a22313030303030222c2272657365727665645f63617368223a2230227d2c226168656164223a302c22617665726167655f6461696c795f766f6c756d65223a223739383135323435222c22636f6c6c6172223a223130222c22636f6e646974696f6e223a7b22646f776e223a22222c22656e646564223a66616c73657d2c22636f756e7473223a5b302c345d2c22636f7665726564223a2230222c2264656274223a2230222c226d61726b65745f6e6f77223a22323030352d30312d30345432303a35393a30302b30303a3030222c226e6f77223a22323032362d31312d32335431313a30393a32362e3033333130342b30303a3030222c227065657273223a6e756c6c2c22736563746f725f67726f7373223a22323935342e3330222c2273657373696f6e223a7b226174223a22323030352d30312d30345432303a35393a30302b30303a3030222c2263616c656e646172223a22584e5953222c22636c6f7365735f6174223a22323030352d30312d30345432313a30303a30302b30303a3030222c2264617465223a22323030352d30312d3034222c2269735f6f70656e223a747275652c226f70656e735f6174223a22323030352d30312d30345431343a33303a30302b30303a3030227d2c2273796d626f6c223a7b226275795f76616c7565223a2230222c2262757973223a2230222c2267726f7373223a223533362e3830222c22696e737472756d656e74223a7b2263616c656e646172223a22584e5953222c2263757272656e6379223a22555344222c226c6f74223a2231222c226d61785f7175616e74697479223a2231303030303030222c226d696e5f7175616e74697479223a2231222c226d756c7469706c696572223a2231222c226e616d65223a224d6963726f736f667420436f72706f726174696f6e222c22736563746f72223a22496e666f726d6174696f6e20546563686e6f6c6f6779222c2273796d626f6c223a224d534654222c227469636b223a22302e3031227d2c2269735f6f70656e223a747275652c226c6f6e675f76616c7565223a223533362e3830222c227061726b6564223a302c22706f736974696f6e223a223230222c2271756f7465223a7b2261736b223a2232362e3835222c226174223a22323030352d30312d30345432303a35393a30302b30303a3030222c22626964223a2232362e3833222c226c617374223a2232362e3834222c2273796d626f6c223a224d534654227d2c2273656c6c73223a2230222c2273686f72745f76616c7565223a222d3533362e3830222c2273796d626f6c223a224d534654222c22756e6b6e6f776e5f73696e6365223a6e756c6c7d2c22747261646564223a6e756c6c7d2c227465726d73223a7b22646973706c61795f7175616e74697479223a6e756c6c2c22657870697265735f6174223a6e756c6c2c226c696d69745f7072696365223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227175616e74697479223a2231222c227265647563655f6f6e6c79223a66616c73652c2273696465223a22627579222c2273746f705f7072696365223a6e756c6c2c2273796d626f6c223a224d534654222c2274696d655f696e5f666f726365223a22646179222c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274797065223a226d61726b6574227d2c2276657264696374223a7b22617070726f766564223a747275652c2268616c74223a6e756c6c2c2270726f746563746976655f6c696d6974223a2232392e3533222c22726561736f6e73223a5b5d2c2272657365727665645f7072696365223a2232392e3533222c227761726e696e6773223a5b5d7d7d', '\x9480ffb2b9c13792cfbe2113f521e1c79aee66b8777c67dbdaa050bf9ce0bdbd', 332, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b3e9-7507-bdd2-857cf9a51eca', '01a20818-b3e9-7507-bdd2-857ecc770bb9', true, '\x7b22666f726d223a322c226b696e64223a226f72646572222c226f72646572223a7b226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138623365393735303762646432383537636639613531656361222c2266696c6c65645f7175616e74697479223a2230222c226964223a2230316132303831382d623365392d373530372d626464322d383537636639613531656361222c226c696e6b223a6e756c6c2c226f726967696e223a22636c69656e74222c2273747261746567795f6964223a6e756c6c2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c2277616974696e67223a66616c73657d2c2272756c6573223a2c22736974756174696f6e223a7b226163636f756e74223a7b2263617368223a2239373030332e3934222c2263757272656e6379223a22555344222c22657175697479223a2239393938322e3538222c2267726f7373223a22323937382e3634222c226b696e64223a226d617267696e222c226c65766572616765223a2232222c226f70656e5f706f736974696f6e73223a322c226f70656e696e675f657175697479223a2239393938352e3038222c227065616b5f657175697479223a22313030303030222c2272657365727665645f63617368223a2230227d2c226168656164223a302c22617665726167655f6461696c795f766f6c756d65223a2234383033353030222c22636f6c6c6172223a223130222c22636f6e646974696f6e223a7b22646f776e223a22222c22656e646564223a66616c73657d2c22636f756e7473223a5b302c345d2c22636f7665726564223a2230222c2264656274223a2230222c226d61726b65745f6e6f77223a22323030352d30312d30355431343a33303a30302b30303a3030222c226e6f77223a22323032362d31312d32335431313a30393a32362e3337373138332b30303a3030222c227065657273223a6e756c6c2c22736563746f725f67726f7373223a22323937382e3634222c2273657373696f6e223a7b226174223a22323030352d30312d30355431343a33303a30302b30303a3030222c2263616c656e646172223a22584e5953222c22636c6f7365735f6174223a22323030352d30312d30355432313a30303a30302b30303a3030222c2264617465223a22323030352d30312d3035222c2269735f6f70656e223a747275652c226f70656e735f6174223a22323030352d30312d30355431343a33303a30302b30303a3030227d2c2273796d626f6c223a7b226275795f76616c7565223a2230222c2262757973223a2230222c2267726f7373223a22323431352e30222c22696e737472756d656e74223a7b2263616c656e646172223a22584e5953222c2263757272656e6379223a22555344222c226c6f74223a2231222c226d61785f7175616e74697479223a2231303030303030222c226d696e5f7175616e74697479223a2231222c226d756c7469706c696572223a2231222c226e616d65223a22496e7465726e6174696f6e616c20427573696e657373204d616368696e657320436f72706f726174696f6e222c22736563746f72223a22496e666f726d6174696f6e20546563686e6f6c6f6779222c2273796d626f6c223a2249424d222c227469636b223a22302e3031227d2c2269735f6f70656e223a747275652c226c6f6e675f76616c7565223a22323431352e30222c227061726b6564223a302c22706f736974696f6e223a223235222c2271756f7465223a7b2261736b223a2239362e3631222c226174223a22323030352d30312d30355431343a33303a30302b30303a3030222c22626964223a2239362e3539222c226c617374223a2239362e36222c2273796d626f6c223a2249424d227d2c2273656c6c73223a2230222c2273686f72745f76616c7565223a222d323431352e30222c2273796d626f6c223a2249424d222c22756e6b6e6f776e5f73696e6365223a6e756c6c7d2c22747261646564223a6e756c6c7d2c227465726d73223a7b22646973706c61795f7175616e74697479223a6e756c6c2c22657870697265735f6174223a6e756c6c2c226c696d69745f7072696365223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227175616e74697479223a2232222c227265647563655f6f6e6c79223a66616c73652c2273696465223a22627579222c2273746f705f7072696365223a6e756c6c2c2273796d626f6c223a2249424d222c2274696d655f696e5f666f726365223a22646179222c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274797065223a226d61726b6574227d2c2276657264696374223a7b22617070726f766564223a747275652c2268616c74223a6e756c6c2c2270726f746563746976655f6c696d6974223a223130362e3237222c22726561736f6e73223a5b5d2c2272657365727665645f7072696365223a223130362e3237222c227761726e696e6773223a5b5d7d7d', '\x9480ffb2b9c13792cfbe2113f521e1c79aee66b8777c67dbdaa050bf9ce0bdbd', 332, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b4d9-747c-960e-d44cce9d8923', '01a20818-b4d9-747c-960e-d44e0d09a554', false, '\x7b22666f726d223a322c226b696e64223a226f72646572222c226f72646572223a7b226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138623464393734376339363065643434636365396438393233222c2266696c6c65645f7175616e74697479223a2230222c226964223a2230316132303831382d623464392d373437632d393630652d643434636365396438393233222c226c696e6b223a6e756c6c2c226f726967696e223a22636c69656e74222c2273747261746567795f6964223a6e756c6c2c2274656e616e745f6964223a2230316132303831382d396630372d373231312d626636622d633030663836346133333365222c2277616974696e67223a66616c73657d2c2272756c6573223a2c22736974756174696f6e223a7b226163636f756e74223a7b2263617368223a2239363831302e3732222c2263757272656e6379223a22555344222c22657175697479223a2239393938322e3536222c2267726f7373223a22333137312e3834222c226b696e64223a226d617267696e222c226c65766572616765223a2232222c226f70656e5f706f736974696f6e73223a322c226f70656e696e675f657175697479223a2239393938352e3038222c227065616b5f657175697479223a22313030303030222c2272657365727665645f63617368223a2230227d2c226168656164223a302c22617665726167655f6461696c795f766f6c756d65223a2234383033353030222c22636f6c6c6172223a223130222c22636f6e646974696f6e223a7b22646f776e223a22222c22656e646564223a66616c73657d2c22636f756e7473223a5b302c335d2c22636f7665726564223a2230222c2264656274223a2230222c226d61726b65745f6e6f77223a22323030352d30312d30355431343a33303a30302b30303a3030222c226e6f77223a22323032362d31312d32335431313a30393a32362e3631373039342b30303a3030222c227065657273223a6e756c6c2c22736563746f725f67726f7373223a22333137312e3834222c2273657373696f6e223a7b226174223a22323030352d30312d30355431343a33303a30302b30303a3030222c2263616c656e646172223a22584e5953222c22636c6f7365735f6174223a22323030352d30312d30355432313a30303a30302b30303a3030222c2264617465223a22323030352d30312d3035222c2269735f6f70656e223a747275652c226f70656e735f6174223a22323030352d30312d30355431343a33303a30302b30303a3030227d2c2273796d626f6c223a7b226275795f76616c7565223a2230222c2262757973223a2230222c2267726f7373223a22323630382e32222c22696e737472756d656e74223a7b2263616c656e646172223a22584e5953222c2263757272656e6379223a22555344222c226c6f74223a2231222c226d61785f7175616e74697479223a2231303030303030222c226d696e5f7175616e74697479223a2231222c226d756c7469706c696572223a2231222c226e616d65223a22496e7465726e6174696f6e616c20427573696e657373204d616368696e657320436f72706f726174696f6e222c22736563746f72223a22496e666f726d6174696f6e20546563686e6f6c6f6779222c2273796d626f6c223a2249424d222c227469636b223a22302e3031227d2c2269735f6f70656e223a747275652c226c6f6e675f76616c7565223a22323630382e32222c227061726b6564223a302c22706f736974696f6e223a223237222c2271756f7465223a7b2261736b223a2239362e3631222c226174223a22323030352d30312d30355431343a33303a30302b30303a3030222c22626964223a2239362e3539222c226c617374223a2239362e36222c2273796d626f6c223a2249424d227d2c2273656c6c73223a2230222c2273686f72745f76616c7565223a222d323630382e32222c2273796d626f6c223a2249424d222c22756e6b6e6f776e5f73696e6365223a6e756c6c7d2c22747261646564223a6e756c6c7d2c227465726d73223a7b22646973706c61795f7175616e74697479223a6e756c6c2c22657870697265735f6174223a6e756c6c2c226c696d69745f7072696365223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227175616e74697479223a22313030303030222c227265647563655f6f6e6c79223a66616c73652c2273696465223a22627579222c2273746f705f7072696365223a6e756c6c2c2273796d626f6c223a2249424d222c2274696d655f696e5f666f726365223a22646179222c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274797065223a226d61726b6574227d2c2276657264696374223a7b22617070726f766564223a66616c73652c2268616c74223a6e756c6c2c2270726f746563746976655f6c696d6974223a6e756c6c2c22726561736f6e73223a5b7b22636c61757365223a225345432052756c6520313563332d35286329283129286929222c22636f6465223a22425559494e475f504f574552222c226c696d6974223a223139393936352e3132222c226d657373616765223a2267726f7373206578706f7375726520776974682074686973206f7264657220776f756c642062652031303633303137312e3834206f66203139393936352e313220616c6c6f776564222c2272756c655f6964223a6e756c6c2c2272756c655f6e616d65223a22427579696e6720706f776572222c2272756c655f74797065223a224255494c545f494e222c2276616c7565223a2231303633303137312e3834227d2c7b22636c61757365223a225345432052756c6520313563332d35286329283129286969293b2052545320362061727469636c65203135283129286229222c22636f6465223a224d41585f4f524445525f56414c5545222c226c696d6974223a223235303030222c226d657373616765223a224d6178204f726465722056616c75653a203130363237303030206f66203235303030206d6f6e657920616c6c6f776564222c2272756c655f6964223a2230316132303831382d396665312d373236372d393265302d623639653036636138616464222c2272756c655f6e616d65223a224d6178204f726465722056616c7565222c2272756c655f74797065223a224d41585f4f524445525f56414c5545222c2276616c7565223a2231303632373030302e3030227d2c7b22636c61757365223a225345432052756c6520313563332d35286329283129286929222c22636f6465223a224d41585f504f534954494f4e5f53495a45222c226c696d6974223a223530303030222c226d657373616765223a224d617820506f736974696f6e2053697a653a2031303632393630382e32206f66203530303030206d6f6e657920616c6c6f776564222c2272756c655f6964223a2230316132303831382d396665312d373236372d393265302d623639663961313530366361222c2272756c655f6e616d65223a224d617820506f736974696f6e2053697a65222c2272756c655f74797065223a224d41585f504f534954494f4e5f53495a45222c2276616c7565223a2231303632393630382e3230227d2c7b22636c61757365223a225345432052756c6520313563332d35286329283129286929222c22636f6465223a22534543544f525f434f4e43454e54524154494f4e222c226c696d6974223a2232343939352e36343030222c226d657373616765223a22536563746f7220436f6e63656e74726174696f6e3a2031303633303137312e3834206f662032343939352e3634206d6f6e657920616c6c6f776564222c2272756c655f6964223a2230316132303831382d396665312d373236372d393265302d623661303264353839386130222c2272756c655f6e616d65223a22536563746f7220436f6e63656e74726174696f6e222c2272756c655f74797065223a22534543544f525f434f4e43454e54524154494f4e222c2276616c7565223a2231303633303137312e3834227d2c7b22636c61757365223a225345432052756c6520313563332d35286329283129286929222c22636f6465223a224d41585f4c45564552414745222c226c696d6974223a223139393936352e3132222c226d657373616765223a224d6178204c657665726167653a2031303633303137312e3834206f66203139393936352e3132206d6f6e657920616c6c6f776564222c2272756c655f6964223a2230316132303831382d396665312d373236372d393265302d623661316663326239303635222c2272756c655f6e616d65223a224d6178204c65766572616765222c2272756c655f74797065223a224d41585f4c45564552414745222c2276616c7565223a2231303633303137312e3834227d5d2c2272657365727665645f7072696365223a6e756c6c2c227761726e696e6773223a5b7b22616374696f6e223a225741524e222c226272656163686564223a747275652c226c696d6974223a2234383033352e3030222c2272756c655f6964223a2230316132303831382d396665312d373236372d393265302d623661386338633437306566222c2272756c655f6e616d65223a225368617265206f66204461696c7920566f6c756d65222c2272756c655f74797065223a224d41585f4144565f50455243454e54222c22756e6974223a22756e697473222c2276616c7565223a22313030303030227d5d7d7d', '\x9480ffb2b9c13792cfbe2113f521e1c79aee66b8777c67dbdaa050bf9ce0bdbd', 332, '01a20818-9f07-7211-bf6b-c00f864a333e');
INSERT INTO public.fills VALUES
	('01a20818-ab4a-76a6-9d78-39e7d3fd3713', 'P-T1', '01a20818-ab25-7153-a4e2-aeb73f91c0e9', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'IBM', 'buy', 1.000000000000000000, 97.750000000000000000, 0.000000000000000000, 'USD', '2026-11-23 11:09:24.170044+00', '2005-01-04 14:30:00+00'),
	('01a20818-ac10-7731-99b2-e38ee270e489', 'P-T2', '01a20818-abfb-70b9-9ded-eba7ef3efe39', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'MSFT', 'buy', 2.000000000000000000, 26.870000000000000000, 0.000000000000000000, 'USD', '2026-11-23 11:09:24.367964+00', '2005-01-04 14:30:00+00'),
	('01a20818-acf1-7356-a612-ec7d008f31fa', 'P-T3', '01a20818-acd1-737b-9dd7-40401c0dd72f', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'IBM', 'buy', 3.000000000000000000, 97.750000000000000000, 0.000000000000000000, 'USD', '2026-11-23 11:09:24.593238+00', '2005-01-04 14:30:00+00'),
	('01a20818-add3-7642-ad39-adcf4f19eb98', 'P-T4', '01a20818-ada5-71b0-b00b-65925bf793c1', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'MSFT', 'buy', 4.000000000000000000, 26.670000000000000000, 0.000000000000000000, 'USD', '2026-11-23 11:09:24.819222+00', '2005-01-04 15:30:00+00'),
	('01a20818-ae8d-7748-bff9-7010de42971a', 'P-T5', '01a20818-ae78-703b-a054-3443a2f57b34', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'IBM', 'buy', 5.000000000000000000, 98.430000000000000000, 0.000000000000000000, 'USD', '2026-11-23 11:09:25.00558+00', '2005-01-04 15:30:00+00'),
	('01a20818-af61-7176-ac01-1190bcd2b284', 'P-T6', '01a20818-af4a-7701-ac5f-01554df6d206', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'MSFT', 'buy', 6.000000000000000000, 27.110000000000000000, 0.000000000000000000, 'USD', '2026-11-23 11:09:25.217108+00', '2005-01-04 17:45:00+00'),
	('01a20818-b033-77e6-9f05-e680a2be5abd', 'P-T7', '01a20818-b01e-7537-b390-a13e54560f0d', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'IBM', 'buy', 7.000000000000000000, 96.530000000000000000, 0.000000000000000000, 'USD', '2026-11-23 11:09:25.427309+00', '2005-01-04 17:45:00+00'),
	('01a20818-b104-7548-a575-d4079bb36843', 'P-T8', '01a20818-b0f0-70ad-afa1-e6a27fe66e66', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'MSFT', 'buy', 8.000000000000000000, 27.110000000000000000, 0.000000000000000000, 'USD', '2026-11-23 11:09:25.636278+00', '2005-01-04 17:45:00+00'),
	('01a20818-b1d1-77e0-bf65-3a6331fc84ca', 'P-T9', '01a20818-b1c0-74f5-a7d3-869e6f2103dd', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'IBM', 'buy', 9.000000000000000000, 96.710000000000000000, 0.000000000000000000, 'USD', '2026-11-23 11:09:25.841215+00', '2005-01-04 20:59:00+00'),
	('01a20818-b2a0-7686-bfe7-8744f69f44e3', 'P-T10', '01a20818-b291-7431-ab88-d8927bb0f736', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'MSFT', 'buy', 1.000000000000000000, 26.850000000000000000, 0.000000000000000000, 'USD', '2026-11-23 11:09:26.04822+00', '2005-01-04 20:59:00+00'),
	('01a20818-b403-737a-b8eb-179d85c88143', 'P-T11', '01a20818-b3e9-7507-bdd2-857cf9a51eca', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'IBM', 'buy', 2.000000000000000000, 96.610000000000000000, 0.000000000000000000, 'USD', '2026-11-23 11:09:26.403829+00', '2005-01-05 14:30:00+00');
INSERT INTO public.intakes VALUES
	('01a20818-a009-74d0-924a-ceed7c47dc3f', '2026-11-23 11:09:24.133552+00', 'buy IBM market 1   ', 'IBM', '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-a009-74d0-924a-ceed7c47dc3f', '2026-11-23 11:09:24.347844+00', 'buy MSFT market 2   ', 'MSFT', '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-a009-74d0-924a-ceed7c47dc3f', '2026-11-23 11:09:24.561819+00', 'buy IBM market 3   ', 'IBM', '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-a009-74d0-924a-ceed7c47dc3f', '2026-11-23 11:09:24.773049+00', 'buy MSFT market 4   ', 'MSFT', '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-a009-74d0-924a-ceed7c47dc3f', '2026-11-23 11:09:24.984202+00', 'buy IBM market 5   ', 'IBM', '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-a009-74d0-924a-ceed7c47dc3f', '2026-11-23 11:09:25.194493+00', 'buy MSFT market 6   ', 'MSFT', '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-a009-74d0-924a-ceed7c47dc3f', '2026-11-23 11:09:25.406161+00', 'buy IBM market 7   ', 'IBM', '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-a009-74d0-924a-ceed7c47dc3f', '2026-11-23 11:09:25.61623+00', 'buy MSFT market 8   ', 'MSFT', '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-a009-74d0-924a-ceed7c47dc3f', '2026-11-23 11:09:25.8247+00', 'buy IBM market 9   ', 'IBM', '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-a009-74d0-924a-ceed7c47dc3f', '2026-11-23 11:09:26.033104+00', 'buy MSFT market 1   ', 'MSFT', '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-a009-74d0-924a-ceed7c47dc3f', '2026-11-23 11:09:26.377183+00', 'buy IBM market 2   ', 'IBM', '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-a009-74d0-924a-ceed7c47dc3f', '2026-11-23 11:09:26.617094+00', 'buy IBM market 1E+5   ', 'IBM', '01a20818-9f07-7211-bf6b-c00f864a333e');
INSERT INTO public.latches VALUES
	('01a20818-bb33-7703-a0bc-aff2f190d7a7', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'person', 'a test', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', '2026-11-23 11:09:28.243747+00', false, '2026-11-23 11:09:28.255977+00', '2026-11-23 11:09:28.264791+00', NULL, '2026-11-23 11:09:28.666502+00', 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 0);
INSERT INTO public.ledger VALUES
	('01a20818-a009-74d0-924a-ceee2909ebfb', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'deposit', '2026-11-23 11:09:21.289176+00', '2005-01-03 14:29:00+00', 'deposit:opening'),
	('01a20818-ab4a-76a6-9d78-39e8ec6b2003', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fill', '2026-11-23 11:09:24.170044+00', '2005-01-04 14:30:00+00', '01a20818-ab4a-76a6-9d78-39e7d3fd3713'),
	('01a20818-ac10-7731-99b2-e38f80b23afd', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fill', '2026-11-23 11:09:24.367964+00', '2005-01-04 14:30:00+00', '01a20818-ac10-7731-99b2-e38ee270e489'),
	('01a20818-acf1-7356-a612-ec7e79cbdcda', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fill', '2026-11-23 11:09:24.593238+00', '2005-01-04 14:30:00+00', '01a20818-acf1-7356-a612-ec7d008f31fa'),
	('01a20818-add3-7642-ad39-add0fc92887d', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fill', '2026-11-23 11:09:24.819222+00', '2005-01-04 15:30:00+00', '01a20818-add3-7642-ad39-adcf4f19eb98'),
	('01a20818-ae8d-7748-bff9-70114913d17e', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fill', '2026-11-23 11:09:25.00558+00', '2005-01-04 15:30:00+00', '01a20818-ae8d-7748-bff9-7010de42971a'),
	('01a20818-af61-7176-ac01-11911f783b0a', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fill', '2026-11-23 11:09:25.217108+00', '2005-01-04 17:45:00+00', '01a20818-af61-7176-ac01-1190bcd2b284'),
	('01a20818-b033-77e6-9f05-e6818a199f59', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fill', '2026-11-23 11:09:25.427309+00', '2005-01-04 17:45:00+00', '01a20818-b033-77e6-9f05-e680a2be5abd'),
	('01a20818-b104-7548-a575-d408cf2d041c', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fill', '2026-11-23 11:09:25.636278+00', '2005-01-04 17:45:00+00', '01a20818-b104-7548-a575-d4079bb36843'),
	('01a20818-b1d1-77e0-bf65-3a64f4e9ef46', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fill', '2026-11-23 11:09:25.841215+00', '2005-01-04 20:59:00+00', '01a20818-b1d1-77e0-bf65-3a6331fc84ca'),
	('01a20818-b2a0-7686-bfe7-8745c44eacd6', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fill', '2026-11-23 11:09:26.04822+00', '2005-01-04 20:59:00+00', '01a20818-b2a0-7686-bfe7-8744f69f44e3'),
	('01a20818-b403-737a-b8eb-179e9fc82a92', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fill', '2026-11-23 11:09:26.403829+00', '2005-01-05 14:30:00+00', '01a20818-b403-737a-b8eb-179d85c88143');
INSERT INTO public.members VALUES
	('01a20818-9f07-7211-bf6b-c010a7274a35', '01a20818-9f07-7211-bf6b-c00f864a333e', 'person', 'owner', 'owner@localhost', '2026-11-23 11:09:21.031565+00', NULL, 1);
INSERT INTO public.notices OVERRIDING SYSTEM VALUE VALUES
	(1, '759', '01a20818-9fea-75fb-ac67-5910b3a4da28', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'risk', 1, 'risk_rule.created', '01a20818-9fe1-7267-92e0-b69e06ca8add', '2026-11-23 11:09:21.257961+00', '2005-01-03 14:29:00+00', '{"rule_id":"01a20818-9fe1-7267-92e0-b69e06ca8add","name":"Max Order Value","rule_type":"MAX_ORDER_VALUE","threshold":"25000","action":"BLOCK","is_active":"true","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","parameters":"","version":"1"}'),
	(2, '759', '01a20818-9ff1-7053-8f67-b8a7959dd33e', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'risk', 2, 'risk_rule.created', '01a20818-9fe1-7267-92e0-b69f9a1506ca', '2026-11-23 11:09:21.265574+00', '2005-01-03 14:29:00+00', '{"rule_id":"01a20818-9fe1-7267-92e0-b69f9a1506ca","name":"Max Position Size","rule_type":"MAX_POSITION_SIZE","threshold":"50000","action":"BLOCK","is_active":"true","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","parameters":"","version":"1"}'),
	(3, '759', '01a20818-9ff4-75d0-be23-2b2e9144ff75', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'risk', 3, 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a02d5898a0', '2026-11-23 11:09:21.268064+00', '2005-01-03 14:29:00+00', '{"rule_id":"01a20818-9fe1-7267-92e0-b6a02d5898a0","name":"Sector Concentration","rule_type":"SECTOR_CONCENTRATION","threshold":"25","action":"BLOCK","is_active":"true","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","parameters":"","version":"1"}'),
	(4, '759', '01a20818-9ff6-776f-acc3-d6e902f325d0', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'risk', 4, 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a1fc2b9065', '2026-11-23 11:09:21.270229+00', '2005-01-03 14:29:00+00', '{"rule_id":"01a20818-9fe1-7267-92e0-b6a1fc2b9065","name":"Max Leverage","rule_type":"MAX_LEVERAGE","threshold":"2","action":"BLOCK","is_active":"true","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","parameters":"","version":"1"}'),
	(5, '759', '01a20818-9ff8-7241-bcb8-f87e6dcab852', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'risk', 5, 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a2c38c7a11', '2026-11-23 11:09:21.272216+00', '2005-01-03 14:29:00+00', '{"rule_id":"01a20818-9fe1-7267-92e0-b6a2c38c7a11","name":"Position Limit","rule_type":"POSITION_LIMIT","threshold":"50","action":"BLOCK","is_active":"true","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","parameters":"","version":"1"}'),
	(6, '759', '01a20818-9ffa-737e-8569-caf9d7ee4c95', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'risk', 6, 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a38c316e47', '2026-11-23 11:09:21.274426+00', '2005-01-03 14:29:00+00', '{"rule_id":"01a20818-9fe1-7267-92e0-b6a38c316e47","name":"Max Daily Loss","rule_type":"MAX_DAILY_LOSS","threshold":"5","action":"BLOCK","is_active":"true","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","parameters":"unit=percent","version":"1"}'),
	(7, '759', '01a20818-9ffc-7230-8dac-4d741b0982de', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'risk', 7, 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a4545a14b4', '2026-11-23 11:09:21.276205+00', '2005-01-03 14:29:00+00', '{"rule_id":"01a20818-9fe1-7267-92e0-b6a4545a14b4","name":"Max Drawdown","rule_type":"MAX_DRAWDOWN","threshold":"20","action":"HALT","is_active":"true","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","parameters":"","version":"1"}'),
	(8, '759', '01a20818-9ffe-71ac-83a4-a8cc398fd3c6', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'risk', 8, 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a5fae7a56b', '2026-11-23 11:09:21.278636+00', '2005-01-03 14:29:00+00', '{"rule_id":"01a20818-9fe1-7267-92e0-b6a5fae7a56b","name":"Price Collar","rule_type":"PRICE_COLLAR","threshold":"5","action":"BLOCK","is_active":"true","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","parameters":"dollars=0.50","version":"1"}'),
	(9, '759', '01a20818-a000-7315-96f9-3aedc3185beb', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'risk', 9, 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a6648f1138', '2026-11-23 11:09:21.280068+00', '2005-01-03 14:29:00+00', '{"rule_id":"01a20818-9fe1-7267-92e0-b6a6648f1138","name":"Duplicate Orders","rule_type":"DUPLICATE_ORDER","threshold":"5","action":"BLOCK","is_active":"true","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","parameters":"window_s=10","version":"1"}'),
	(10, '759', '01a20818-a001-7514-bef8-cac215d6c335', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'risk', 10, 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a753815653', '2026-11-23 11:09:21.281728+00', '2005-01-03 14:29:00+00', '{"rule_id":"01a20818-9fe1-7267-92e0-b6a753815653","name":"Order Rate","rule_type":"ORDER_RATE","threshold":"100","action":"BLOCK","is_active":"true","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","parameters":"window_s=1","version":"1"}'),
	(11, '759', '01a20818-a003-7042-9c96-682eb550a966', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'risk', 11, 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a8c8c470ef', '2026-11-23 11:09:21.283364+00', '2005-01-03 14:29:00+00', '{"rule_id":"01a20818-9fe1-7267-92e0-b6a8c8c470ef","name":"Share of Daily Volume","rule_type":"MAX_ADV_PERCENT","threshold":"1","action":"WARN","is_active":"true","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","parameters":"","version":"1"}'),
	(12, '759', '01a20818-a005-7321-8365-24b9c8145611', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'risk', 12, 'risk_rule.created', '01a20818-9fe1-7267-92e0-b6a9537697ee', '2026-11-23 11:09:21.285018+00', '2005-01-03 14:29:00+00', '{"rule_id":"01a20818-9fe1-7267-92e0-b6a9537697ee","name":"Stale Price","rule_type":"STALE_PRICE","threshold":"345600","action":"BLOCK","is_active":"true","scope.account_id":"","scope.strategy_id":"","scope.symbol":"","parameters":"","version":"1"}'),
	(13, '774', '01a20818-ab27-7246-ac02-dc6168c7bd22', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 1, 'order.accepted', '01a20818-ab25-7153-a4e2-aeb73f91c0e9', '2026-11-23 11:09:24.133552+00', '2005-01-04 14:30:00+00', '{"order_id":"01a20818-ab25-7153-a4e2-aeb73f91c0e9","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818ab257153a4e2aeb73f91c0e9","symbol":"IBM","side":"buy","type":"market","quantity":"1","time_in_force":"day","state":"accepted","filled_quantity":"0","origin":"client"}'),
	(14, '777', '01a20818-ab3e-7098-8f4d-93c9f4ec76a5', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 2, 'order.submitted', '01a20818-ab25-7153-a4e2-aeb73f91c0e9', '2026-11-23 11:09:24.158129+00', '2005-01-04 14:30:00+00', '{"order_id":"01a20818-ab25-7153-a4e2-aeb73f91c0e9","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818ab257153a4e2aeb73f91c0e9","symbol":"IBM","side":"buy","type":"market","quantity":"1","time_in_force":"day","state":"submitted","filled_quantity":"0","origin":"client"}'),
	(15, '779', '01a20818-ab45-76e2-bbfd-c17effd41d17', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 3, 'order.working', '01a20818-ab25-7153-a4e2-aeb73f91c0e9', '2026-11-23 11:09:24.165469+00', '2005-01-04 14:30:00+00', '{"order_id":"01a20818-ab25-7153-a4e2-aeb73f91c0e9","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818ab257153a4e2aeb73f91c0e9","symbol":"IBM","side":"buy","type":"market","quantity":"1","time_in_force":"day","state":"working","filled_quantity":"0","origin":"client","venue_order_id":"P-1"}'),
	(16, '780', '01a20818-ab4a-76a6-9d78-39e936ab049f', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fills', 1, 'fill.booked', '01a20818-ab4a-76a6-9d78-39e7d3fd3713', '2026-11-23 11:09:24.170044+00', '2005-01-04 14:30:00+00', '{"fill_id":"01a20818-ab4a-76a6-9d78-39e7d3fd3713","trade_id":"P-T1","order_id":"01a20818-ab25-7153-a4e2-aeb73f91c0e9","symbol":"IBM","side":"buy","quantity":"1","price":"97.75","commission":"0","currency":"USD"}'),
	(17, '780', '01a20818-ab4a-76a6-9d78-39ea9fe71d64', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'positions', 1, 'position.changed', 'IBM', '2026-11-23 11:09:24.170044+00', '2005-01-04 14:30:00+00', '{"symbol":"IBM","quantity":"1","cost":"97.75","realised_pnl":"0","commissions":"0","average_cost":"97.75"}'),
	(18, '780', '01a20818-ab4a-76a6-9d78-39eb94f3184f', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 4, 'order.filled', '01a20818-ab25-7153-a4e2-aeb73f91c0e9', '2026-11-23 11:09:24.170044+00', '2005-01-04 14:30:00+00', '{"order_id":"01a20818-ab25-7153-a4e2-aeb73f91c0e9","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818ab257153a4e2aeb73f91c0e9","symbol":"IBM","side":"buy","type":"market","quantity":"1","time_in_force":"day","state":"filled","filled_quantity":"1","origin":"client","average_price":"97.75","venue_order_id":"P-1","trade_id":"P-T1","price":"97.75","commission":"0"}'),
	(19, '782', '01a20818-abfc-71f0-9d88-0c09251703fa', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 5, 'order.accepted', '01a20818-abfb-70b9-9ded-eba7ef3efe39', '2026-11-23 11:09:24.347844+00', '2005-01-04 14:30:00+00', '{"order_id":"01a20818-abfb-70b9-9ded-eba7ef3efe39","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818abfb70b99dedeba7ef3efe39","symbol":"MSFT","side":"buy","type":"market","quantity":"2","time_in_force":"day","state":"accepted","filled_quantity":"0","origin":"client"}'),
	(20, '783', '01a20818-ac06-71ec-8bce-6581b74ccc44', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 6, 'order.submitted', '01a20818-abfb-70b9-9ded-eba7ef3efe39', '2026-11-23 11:09:24.358695+00', '2005-01-04 14:30:00+00', '{"order_id":"01a20818-abfb-70b9-9ded-eba7ef3efe39","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818abfb70b99dedeba7ef3efe39","symbol":"MSFT","side":"buy","type":"market","quantity":"2","time_in_force":"day","state":"submitted","filled_quantity":"0","origin":"client"}'),
	(21, '784', '01a20818-ac0a-704b-a412-91d282a1c30d', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 7, 'order.working', '01a20818-abfb-70b9-9ded-eba7ef3efe39', '2026-11-23 11:09:24.362534+00', '2005-01-04 14:30:00+00', '{"order_id":"01a20818-abfb-70b9-9ded-eba7ef3efe39","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818abfb70b99dedeba7ef3efe39","symbol":"MSFT","side":"buy","type":"market","quantity":"2","time_in_force":"day","state":"working","filled_quantity":"0","origin":"client","venue_order_id":"P-2"}'),
	(22, '785', '01a20818-ac10-7731-99b2-e39043a0f679', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fills', 2, 'fill.booked', '01a20818-ac10-7731-99b2-e38ee270e489', '2026-11-23 11:09:24.367964+00', '2005-01-04 14:30:00+00', '{"fill_id":"01a20818-ac10-7731-99b2-e38ee270e489","trade_id":"P-T2","order_id":"01a20818-abfb-70b9-9ded-eba7ef3efe39","symbol":"MSFT","side":"buy","quantity":"2","price":"26.87","commission":"0","currency":"USD"}'),
	(23, '785', '01a20818-ac10-7731-99b2-e391e61b3c91', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'positions', 2, 'position.changed', 'MSFT', '2026-11-23 11:09:24.367964+00', '2005-01-04 14:30:00+00', '{"symbol":"MSFT","quantity":"2","cost":"53.74","realised_pnl":"0","commissions":"0","average_cost":"26.87"}'),
	(24, '785', '01a20818-ac10-7731-99b2-e39292750581', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 8, 'order.filled', '01a20818-abfb-70b9-9ded-eba7ef3efe39', '2026-11-23 11:09:24.367964+00', '2005-01-04 14:30:00+00', '{"order_id":"01a20818-abfb-70b9-9ded-eba7ef3efe39","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818abfb70b99dedeba7ef3efe39","symbol":"MSFT","side":"buy","type":"market","quantity":"2","time_in_force":"day","state":"filled","filled_quantity":"2","origin":"client","average_price":"26.87","venue_order_id":"P-2","trade_id":"P-T2","price":"26.87","commission":"0"}'),
	(25, '789', '01a20818-acd2-7274-a6ca-819974c09e39', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 9, 'order.accepted', '01a20818-acd1-737b-9dd7-40401c0dd72f', '2026-11-23 11:09:24.561819+00', '2005-01-04 14:30:00+00', '{"order_id":"01a20818-acd1-737b-9dd7-40401c0dd72f","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818acd1737b9dd740401c0dd72f","symbol":"IBM","side":"buy","type":"market","quantity":"3","time_in_force":"day","state":"accepted","filled_quantity":"0","origin":"client"}'),
	(26, '790', '01a20818-ace0-736d-9bd5-d297fd79de98', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 10, 'order.submitted', '01a20818-acd1-737b-9dd7-40401c0dd72f', '2026-11-23 11:09:24.576345+00', '2005-01-04 14:30:00+00', '{"order_id":"01a20818-acd1-737b-9dd7-40401c0dd72f","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818acd1737b9dd740401c0dd72f","symbol":"IBM","side":"buy","type":"market","quantity":"3","time_in_force":"day","state":"submitted","filled_quantity":"0","origin":"client"}'),
	(27, '791', '01a20818-ace7-743a-bebd-747675e77337', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 11, 'order.working', '01a20818-acd1-737b-9dd7-40401c0dd72f', '2026-11-23 11:09:24.583375+00', '2005-01-04 14:30:00+00', '{"order_id":"01a20818-acd1-737b-9dd7-40401c0dd72f","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818acd1737b9dd740401c0dd72f","symbol":"IBM","side":"buy","type":"market","quantity":"3","time_in_force":"day","state":"working","filled_quantity":"0","origin":"client","venue_order_id":"P-3"}'),
	(28, '792', '01a20818-acf1-7356-a612-ec7fcd954d93', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fills', 3, 'fill.booked', '01a20818-acf1-7356-a612-ec7d008f31fa', '2026-11-23 11:09:24.593238+00', '2005-01-04 14:30:00+00', '{"fill_id":"01a20818-acf1-7356-a612-ec7d008f31fa","trade_id":"P-T3","order_id":"01a20818-acd1-737b-9dd7-40401c0dd72f","symbol":"IBM","side":"buy","quantity":"3","price":"97.75","commission":"0","currency":"USD"}'),
	(29, '792', '01a20818-acf1-7356-a612-ec80336d77ac', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'positions', 3, 'position.changed', 'IBM', '2026-11-23 11:09:24.593238+00', '2005-01-04 14:30:00+00', '{"symbol":"IBM","quantity":"4","cost":"391","realised_pnl":"0","commissions":"0","average_cost":"97.75"}'),
	(30, '792', '01a20818-acf1-7356-a612-ec810bbba8f2', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 12, 'order.filled', '01a20818-acd1-737b-9dd7-40401c0dd72f', '2026-11-23 11:09:24.593238+00', '2005-01-04 14:30:00+00', '{"order_id":"01a20818-acd1-737b-9dd7-40401c0dd72f","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818acd1737b9dd740401c0dd72f","symbol":"IBM","side":"buy","type":"market","quantity":"3","time_in_force":"day","state":"filled","filled_quantity":"3","origin":"client","average_price":"97.75","venue_order_id":"P-3","trade_id":"P-T3","price":"97.75","commission":"0"}'),
	(31, '797', '01a20818-ada6-7785-942f-a10411e471c6', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 13, 'order.accepted', '01a20818-ada5-71b0-b00b-65925bf793c1', '2026-11-23 11:09:24.773049+00', '2005-01-04 15:30:00+00', '{"order_id":"01a20818-ada5-71b0-b00b-65925bf793c1","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818ada571b0b00b65925bf793c1","symbol":"MSFT","side":"buy","type":"market","quantity":"4","time_in_force":"day","state":"accepted","filled_quantity":"0","origin":"client"}'),
	(32, '799', '01a20818-adc3-77c9-8ba7-7d3034e9580e', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 14, 'order.submitted', '01a20818-ada5-71b0-b00b-65925bf793c1', '2026-11-23 11:09:24.80387+00', '2005-01-04 15:30:00+00', '{"order_id":"01a20818-ada5-71b0-b00b-65925bf793c1","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818ada571b0b00b65925bf793c1","symbol":"MSFT","side":"buy","type":"market","quantity":"4","time_in_force":"day","state":"submitted","filled_quantity":"0","origin":"client"}'),
	(33, '800', '01a20818-adc9-7302-8bad-a1ffde6d5c5e', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 15, 'order.working', '01a20818-ada5-71b0-b00b-65925bf793c1', '2026-11-23 11:09:24.809309+00', '2005-01-04 15:30:00+00', '{"order_id":"01a20818-ada5-71b0-b00b-65925bf793c1","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818ada571b0b00b65925bf793c1","symbol":"MSFT","side":"buy","type":"market","quantity":"4","time_in_force":"day","state":"working","filled_quantity":"0","origin":"client","venue_order_id":"P-4"}'),
	(34, '801', '01a20818-add3-7642-ad39-add1d1656d64', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fills', 4, 'fill.booked', '01a20818-add3-7642-ad39-adcf4f19eb98', '2026-11-23 11:09:24.819222+00', '2005-01-04 15:30:00+00', '{"fill_id":"01a20818-add3-7642-ad39-adcf4f19eb98","trade_id":"P-T4","order_id":"01a20818-ada5-71b0-b00b-65925bf793c1","symbol":"MSFT","side":"buy","quantity":"4","price":"26.67","commission":"0","currency":"USD"}'),
	(35, '801', '01a20818-add3-7642-ad39-add297661632', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'positions', 4, 'position.changed', 'MSFT', '2026-11-23 11:09:24.819222+00', '2005-01-04 15:30:00+00', '{"symbol":"MSFT","quantity":"6","cost":"160.42","realised_pnl":"0","commissions":"0","average_cost":"26.7366666667"}'),
	(36, '801', '01a20818-add3-7642-ad39-add35115ec89', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 16, 'order.filled', '01a20818-ada5-71b0-b00b-65925bf793c1', '2026-11-23 11:09:24.819222+00', '2005-01-04 15:30:00+00', '{"order_id":"01a20818-ada5-71b0-b00b-65925bf793c1","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818ada571b0b00b65925bf793c1","symbol":"MSFT","side":"buy","type":"market","quantity":"4","time_in_force":"day","state":"filled","filled_quantity":"4","origin":"client","average_price":"26.67","venue_order_id":"P-4","trade_id":"P-T4","price":"26.67","commission":"0"}'),
	(37, '805', '01a20818-ae78-703b-a054-34446ad1a1ab', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 17, 'order.accepted', '01a20818-ae78-703b-a054-3443a2f57b34', '2026-11-23 11:09:24.984202+00', '2005-01-04 15:30:00+00', '{"order_id":"01a20818-ae78-703b-a054-3443a2f57b34","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818ae78703ba0543443a2f57b34","symbol":"IBM","side":"buy","type":"market","quantity":"5","time_in_force":"day","state":"accepted","filled_quantity":"0","origin":"client"}'),
	(38, '806', '01a20818-ae83-710d-8c2e-bb5f6ed88f4b', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 18, 'order.submitted', '01a20818-ae78-703b-a054-3443a2f57b34', '2026-11-23 11:09:24.99576+00', '2005-01-04 15:30:00+00', '{"order_id":"01a20818-ae78-703b-a054-3443a2f57b34","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818ae78703ba0543443a2f57b34","symbol":"IBM","side":"buy","type":"market","quantity":"5","time_in_force":"day","state":"submitted","filled_quantity":"0","origin":"client"}'),
	(39, '807', '01a20818-ae87-7079-9952-742fbae5b77f', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 19, 'order.working', '01a20818-ae78-703b-a054-3443a2f57b34', '2026-11-23 11:09:24.999446+00', '2005-01-04 15:30:00+00', '{"order_id":"01a20818-ae78-703b-a054-3443a2f57b34","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818ae78703ba0543443a2f57b34","symbol":"IBM","side":"buy","type":"market","quantity":"5","time_in_force":"day","state":"working","filled_quantity":"0","origin":"client","venue_order_id":"P-5"}'),
	(40, '808', '01a20818-ae8d-7748-bff9-7012eabbb08f', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fills', 5, 'fill.booked', '01a20818-ae8d-7748-bff9-7010de42971a', '2026-11-23 11:09:25.00558+00', '2005-01-04 15:30:00+00', '{"fill_id":"01a20818-ae8d-7748-bff9-7010de42971a","trade_id":"P-T5","order_id":"01a20818-ae78-703b-a054-3443a2f57b34","symbol":"IBM","side":"buy","quantity":"5","price":"98.43","commission":"0","currency":"USD"}'),
	(41, '808', '01a20818-ae8d-7748-bff9-70136257c8e7', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'positions', 5, 'position.changed', 'IBM', '2026-11-23 11:09:25.00558+00', '2005-01-04 15:30:00+00', '{"symbol":"IBM","quantity":"9","cost":"883.15","realised_pnl":"0","commissions":"0","average_cost":"98.1277777778"}'),
	(42, '808', '01a20818-ae8d-7748-bff9-70142227dde2', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 20, 'order.filled', '01a20818-ae78-703b-a054-3443a2f57b34', '2026-11-23 11:09:25.00558+00', '2005-01-04 15:30:00+00', '{"order_id":"01a20818-ae78-703b-a054-3443a2f57b34","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818ae78703ba0543443a2f57b34","symbol":"IBM","side":"buy","type":"market","quantity":"5","time_in_force":"day","state":"filled","filled_quantity":"5","origin":"client","average_price":"98.43","venue_order_id":"P-5","trade_id":"P-T5","price":"98.43","commission":"0"}'),
	(43, '814', '01a20818-af4b-7019-977a-85ca0be794c2', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 21, 'order.accepted', '01a20818-af4a-7701-ac5f-01554df6d206', '2026-11-23 11:09:25.194493+00', '2005-01-04 17:45:00+00', '{"order_id":"01a20818-af4a-7701-ac5f-01554df6d206","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818af4a7701ac5f01554df6d206","symbol":"MSFT","side":"buy","type":"market","quantity":"6","time_in_force":"day","state":"accepted","filled_quantity":"0","origin":"client"}'),
	(44, '815', '01a20818-af57-74bc-bcf3-e7aebc98e163', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 22, 'order.submitted', '01a20818-af4a-7701-ac5f-01554df6d206', '2026-11-23 11:09:25.20755+00', '2005-01-04 17:45:00+00', '{"order_id":"01a20818-af4a-7701-ac5f-01554df6d206","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818af4a7701ac5f01554df6d206","symbol":"MSFT","side":"buy","type":"market","quantity":"6","time_in_force":"day","state":"submitted","filled_quantity":"0","origin":"client"}'),
	(45, '816', '01a20818-af5b-756a-83ca-3906cf89bc56', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 23, 'order.working', '01a20818-af4a-7701-ac5f-01554df6d206', '2026-11-23 11:09:25.211738+00', '2005-01-04 17:45:00+00', '{"order_id":"01a20818-af4a-7701-ac5f-01554df6d206","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818af4a7701ac5f01554df6d206","symbol":"MSFT","side":"buy","type":"market","quantity":"6","time_in_force":"day","state":"working","filled_quantity":"0","origin":"client","venue_order_id":"P-6"}'),
	(46, '817', '01a20818-af61-7176-ac01-11923c3dc1a6', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fills', 6, 'fill.booked', '01a20818-af61-7176-ac01-1190bcd2b284', '2026-11-23 11:09:25.217108+00', '2005-01-04 17:45:00+00', '{"fill_id":"01a20818-af61-7176-ac01-1190bcd2b284","trade_id":"P-T6","order_id":"01a20818-af4a-7701-ac5f-01554df6d206","symbol":"MSFT","side":"buy","quantity":"6","price":"27.11","commission":"0","currency":"USD"}'),
	(47, '817', '01a20818-af61-7176-ac01-11935f47682c', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'positions', 6, 'position.changed', 'MSFT', '2026-11-23 11:09:25.217108+00', '2005-01-04 17:45:00+00', '{"symbol":"MSFT","quantity":"12","cost":"323.08","realised_pnl":"0","commissions":"0","average_cost":"26.9233333333"}'),
	(48, '817', '01a20818-af61-7176-ac01-11942047b209', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 24, 'order.filled', '01a20818-af4a-7701-ac5f-01554df6d206', '2026-11-23 11:09:25.217108+00', '2005-01-04 17:45:00+00', '{"order_id":"01a20818-af4a-7701-ac5f-01554df6d206","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818af4a7701ac5f01554df6d206","symbol":"MSFT","side":"buy","type":"market","quantity":"6","time_in_force":"day","state":"filled","filled_quantity":"6","origin":"client","average_price":"27.11","venue_order_id":"P-6","trade_id":"P-T6","price":"27.11","commission":"0"}'),
	(49, '819', '01a20818-b01e-7537-b390-a13fa92d1707', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 25, 'order.accepted', '01a20818-b01e-7537-b390-a13e54560f0d', '2026-11-23 11:09:25.406161+00', '2005-01-04 17:45:00+00', '{"order_id":"01a20818-b01e-7537-b390-a13e54560f0d","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b01e7537b390a13e54560f0d","symbol":"IBM","side":"buy","type":"market","quantity":"7","time_in_force":"day","state":"accepted","filled_quantity":"0","origin":"client"}'),
	(50, '820', '01a20818-b029-731d-8021-1e62d4addcc6', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 26, 'order.submitted', '01a20818-b01e-7537-b390-a13e54560f0d', '2026-11-23 11:09:25.417367+00', '2005-01-04 17:45:00+00', '{"order_id":"01a20818-b01e-7537-b390-a13e54560f0d","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b01e7537b390a13e54560f0d","symbol":"IBM","side":"buy","type":"market","quantity":"7","time_in_force":"day","state":"submitted","filled_quantity":"0","origin":"client"}'),
	(51, '821', '01a20818-b02d-7744-91cc-e5bf3e7440a7', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 27, 'order.working', '01a20818-b01e-7537-b390-a13e54560f0d', '2026-11-23 11:09:25.421505+00', '2005-01-04 17:45:00+00', '{"order_id":"01a20818-b01e-7537-b390-a13e54560f0d","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b01e7537b390a13e54560f0d","symbol":"IBM","side":"buy","type":"market","quantity":"7","time_in_force":"day","state":"working","filled_quantity":"0","origin":"client","venue_order_id":"P-7"}'),
	(52, '822', '01a20818-b033-77e6-9f05-e682e0837e85', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fills', 7, 'fill.booked', '01a20818-b033-77e6-9f05-e680a2be5abd', '2026-11-23 11:09:25.427309+00', '2005-01-04 17:45:00+00', '{"fill_id":"01a20818-b033-77e6-9f05-e680a2be5abd","trade_id":"P-T7","order_id":"01a20818-b01e-7537-b390-a13e54560f0d","symbol":"IBM","side":"buy","quantity":"7","price":"96.53","commission":"0","currency":"USD"}'),
	(53, '822', '01a20818-b033-77e6-9f05-e6838d9f1135', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'positions', 7, 'position.changed', 'IBM', '2026-11-23 11:09:25.427309+00', '2005-01-04 17:45:00+00', '{"symbol":"IBM","quantity":"16","cost":"1558.86","realised_pnl":"0","commissions":"0","average_cost":"97.42875"}'),
	(71, '844', '01a20818-b2a0-7686-bfe7-87478b1990b4', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'positions', 10, 'position.changed', 'MSFT', '2026-11-23 11:09:26.04822+00', '2005-01-04 20:59:00+00', '{"symbol":"MSFT","quantity":"21","cost":"566.81","realised_pnl":"0","commissions":"0","average_cost":"26.990952381"}'),
	(54, '822', '01a20818-b033-77e6-9f05-e684c21bad80', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 28, 'order.filled', '01a20818-b01e-7537-b390-a13e54560f0d', '2026-11-23 11:09:25.427309+00', '2005-01-04 17:45:00+00', '{"order_id":"01a20818-b01e-7537-b390-a13e54560f0d","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b01e7537b390a13e54560f0d","symbol":"IBM","side":"buy","type":"market","quantity":"7","time_in_force":"day","state":"filled","filled_quantity":"7","origin":"client","average_price":"96.53","venue_order_id":"P-7","trade_id":"P-T7","price":"96.53","commission":"0"}'),
	(55, '826', '01a20818-b0f1-76b9-9740-d420926059c7', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 29, 'order.accepted', '01a20818-b0f0-70ad-afa1-e6a27fe66e66', '2026-11-23 11:09:25.61623+00', '2005-01-04 17:45:00+00', '{"order_id":"01a20818-b0f0-70ad-afa1-e6a27fe66e66","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b0f070adafa1e6a27fe66e66","symbol":"MSFT","side":"buy","type":"market","quantity":"8","time_in_force":"day","state":"accepted","filled_quantity":"0","origin":"client"}'),
	(56, '827', '01a20818-b0fb-7049-9265-d0e5f5347a13', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 30, 'order.submitted', '01a20818-b0f0-70ad-afa1-e6a27fe66e66', '2026-11-23 11:09:25.626985+00', '2005-01-04 17:45:00+00', '{"order_id":"01a20818-b0f0-70ad-afa1-e6a27fe66e66","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b0f070adafa1e6a27fe66e66","symbol":"MSFT","side":"buy","type":"market","quantity":"8","time_in_force":"day","state":"submitted","filled_quantity":"0","origin":"client"}'),
	(57, '828', '01a20818-b0ff-74ca-b630-ab74a5bf42c7', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 31, 'order.working', '01a20818-b0f0-70ad-afa1-e6a27fe66e66', '2026-11-23 11:09:25.631067+00', '2005-01-04 17:45:00+00', '{"order_id":"01a20818-b0f0-70ad-afa1-e6a27fe66e66","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b0f070adafa1e6a27fe66e66","symbol":"MSFT","side":"buy","type":"market","quantity":"8","time_in_force":"day","state":"working","filled_quantity":"0","origin":"client","venue_order_id":"P-8"}'),
	(58, '829', '01a20818-b104-7548-a575-d409219b77d9', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fills', 8, 'fill.booked', '01a20818-b104-7548-a575-d4079bb36843', '2026-11-23 11:09:25.636278+00', '2005-01-04 17:45:00+00', '{"fill_id":"01a20818-b104-7548-a575-d4079bb36843","trade_id":"P-T8","order_id":"01a20818-b0f0-70ad-afa1-e6a27fe66e66","symbol":"MSFT","side":"buy","quantity":"8","price":"27.11","commission":"0","currency":"USD"}'),
	(59, '829', '01a20818-b104-7548-a575-d40a9f403606', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'positions', 8, 'position.changed', 'MSFT', '2026-11-23 11:09:25.636278+00', '2005-01-04 17:45:00+00', '{"symbol":"MSFT","quantity":"20","cost":"539.96","realised_pnl":"0","commissions":"0","average_cost":"26.998"}'),
	(60, '829', '01a20818-b104-7548-a575-d40bf687b777', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 32, 'order.filled', '01a20818-b0f0-70ad-afa1-e6a27fe66e66', '2026-11-23 11:09:25.636278+00', '2005-01-04 17:45:00+00', '{"order_id":"01a20818-b0f0-70ad-afa1-e6a27fe66e66","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b0f070adafa1e6a27fe66e66","symbol":"MSFT","side":"buy","type":"market","quantity":"8","time_in_force":"day","state":"filled","filled_quantity":"8","origin":"client","average_price":"27.11","venue_order_id":"P-8","trade_id":"P-T8","price":"27.11","commission":"0"}'),
	(61, '834', '01a20818-b1c1-7445-8fac-c52ed2f30858', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 33, 'order.accepted', '01a20818-b1c0-74f5-a7d3-869e6f2103dd', '2026-11-23 11:09:25.8247+00', '2005-01-04 20:59:00+00', '{"order_id":"01a20818-b1c0-74f5-a7d3-869e6f2103dd","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b1c074f5a7d3869e6f2103dd","symbol":"IBM","side":"buy","type":"market","quantity":"9","time_in_force":"day","state":"accepted","filled_quantity":"0","origin":"client"}'),
	(62, '835', '01a20818-b1c9-7620-910b-e8102e317b36', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 34, 'order.submitted', '01a20818-b1c0-74f5-a7d3-869e6f2103dd', '2026-11-23 11:09:25.832991+00', '2005-01-04 20:59:00+00', '{"order_id":"01a20818-b1c0-74f5-a7d3-869e6f2103dd","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b1c074f5a7d3869e6f2103dd","symbol":"IBM","side":"buy","type":"market","quantity":"9","time_in_force":"day","state":"submitted","filled_quantity":"0","origin":"client"}'),
	(63, '836', '01a20818-b1cc-7782-9462-aea1dc6e6bb4', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 35, 'order.working', '01a20818-b1c0-74f5-a7d3-869e6f2103dd', '2026-11-23 11:09:25.836799+00', '2005-01-04 20:59:00+00', '{"order_id":"01a20818-b1c0-74f5-a7d3-869e6f2103dd","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b1c074f5a7d3869e6f2103dd","symbol":"IBM","side":"buy","type":"market","quantity":"9","time_in_force":"day","state":"working","filled_quantity":"0","origin":"client","venue_order_id":"P-9"}'),
	(64, '837', '01a20818-b1d1-77e0-bf65-3a65f10f8aae', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fills', 9, 'fill.booked', '01a20818-b1d1-77e0-bf65-3a6331fc84ca', '2026-11-23 11:09:25.841215+00', '2005-01-04 20:59:00+00', '{"fill_id":"01a20818-b1d1-77e0-bf65-3a6331fc84ca","trade_id":"P-T9","order_id":"01a20818-b1c0-74f5-a7d3-869e6f2103dd","symbol":"IBM","side":"buy","quantity":"9","price":"96.71","commission":"0","currency":"USD"}'),
	(65, '837', '01a20818-b1d1-77e0-bf65-3a663ebdd042', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'positions', 9, 'position.changed', 'IBM', '2026-11-23 11:09:25.841215+00', '2005-01-04 20:59:00+00', '{"symbol":"IBM","quantity":"25","cost":"2429.25","realised_pnl":"0","commissions":"0","average_cost":"97.17"}'),
	(66, '837', '01a20818-b1d1-77e0-bf65-3a675e1972d8', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 36, 'order.filled', '01a20818-b1c0-74f5-a7d3-869e6f2103dd', '2026-11-23 11:09:25.841215+00', '2005-01-04 20:59:00+00', '{"order_id":"01a20818-b1c0-74f5-a7d3-869e6f2103dd","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b1c074f5a7d3869e6f2103dd","symbol":"IBM","side":"buy","type":"market","quantity":"9","time_in_force":"day","state":"filled","filled_quantity":"9","origin":"client","average_price":"96.71","venue_order_id":"P-9","trade_id":"P-T9","price":"96.71","commission":"0"}'),
	(67, '841', '01a20818-b291-7431-ab88-d893da5a5c8e', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 37, 'order.accepted', '01a20818-b291-7431-ab88-d8927bb0f736', '2026-11-23 11:09:26.033104+00', '2005-01-04 20:59:00+00', '{"order_id":"01a20818-b291-7431-ab88-d8927bb0f736","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b2917431ab88d8927bb0f736","symbol":"MSFT","side":"buy","type":"market","quantity":"1","time_in_force":"day","state":"accepted","filled_quantity":"0","origin":"client"}'),
	(68, '842', '01a20818-b299-711f-80d5-3c6b2a75ca69', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 38, 'order.submitted', '01a20818-b291-7431-ab88-d8927bb0f736', '2026-11-23 11:09:26.041233+00', '2005-01-04 20:59:00+00', '{"order_id":"01a20818-b291-7431-ab88-d8927bb0f736","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b2917431ab88d8927bb0f736","symbol":"MSFT","side":"buy","type":"market","quantity":"1","time_in_force":"day","state":"submitted","filled_quantity":"0","origin":"client"}'),
	(69, '843', '01a20818-b29c-76c6-9be6-8ba96017e2fd', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 39, 'order.working', '01a20818-b291-7431-ab88-d8927bb0f736', '2026-11-23 11:09:26.044582+00', '2005-01-04 20:59:00+00', '{"order_id":"01a20818-b291-7431-ab88-d8927bb0f736","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b2917431ab88d8927bb0f736","symbol":"MSFT","side":"buy","type":"market","quantity":"1","time_in_force":"day","state":"working","filled_quantity":"0","origin":"client","venue_order_id":"P-10"}'),
	(70, '844', '01a20818-b2a0-7686-bfe7-8746b6a08c88', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fills', 10, 'fill.booked', '01a20818-b2a0-7686-bfe7-8744f69f44e3', '2026-11-23 11:09:26.04822+00', '2005-01-04 20:59:00+00', '{"fill_id":"01a20818-b2a0-7686-bfe7-8744f69f44e3","trade_id":"P-T10","order_id":"01a20818-b291-7431-ab88-d8927bb0f736","symbol":"MSFT","side":"buy","quantity":"1","price":"26.85","commission":"0","currency":"USD"}'),
	(72, '844', '01a20818-b2a0-7686-bfe7-87483da1b73b', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 40, 'order.filled', '01a20818-b291-7431-ab88-d8927bb0f736', '2026-11-23 11:09:26.04822+00', '2005-01-04 20:59:00+00', '{"order_id":"01a20818-b291-7431-ab88-d8927bb0f736","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b2917431ab88d8927bb0f736","symbol":"MSFT","side":"buy","type":"market","quantity":"1","time_in_force":"day","state":"filled","filled_quantity":"1","origin":"client","average_price":"26.85","venue_order_id":"P-10","trade_id":"P-T10","price":"26.85","commission":"0"}'),
	(73, '852', '01a20818-b3e9-7507-bdd2-857d867cc02e', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 41, 'order.accepted', '01a20818-b3e9-7507-bdd2-857cf9a51eca', '2026-11-23 11:09:26.377183+00', '2005-01-05 14:30:00+00', '{"order_id":"01a20818-b3e9-7507-bdd2-857cf9a51eca","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b3e97507bdd2857cf9a51eca","symbol":"IBM","side":"buy","type":"market","quantity":"2","time_in_force":"day","state":"accepted","filled_quantity":"0","origin":"client"}'),
	(74, '853', '01a20818-b3f5-7625-ac82-99cff5940eeb', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 42, 'order.submitted', '01a20818-b3e9-7507-bdd2-857cf9a51eca', '2026-11-23 11:09:26.389814+00', '2005-01-05 14:30:00+00', '{"order_id":"01a20818-b3e9-7507-bdd2-857cf9a51eca","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b3e97507bdd2857cf9a51eca","symbol":"IBM","side":"buy","type":"market","quantity":"2","time_in_force":"day","state":"submitted","filled_quantity":"0","origin":"client"}'),
	(75, '854', '01a20818-b3fd-7193-97a0-43b00deddedf', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 43, 'order.working', '01a20818-b3e9-7507-bdd2-857cf9a51eca', '2026-11-23 11:09:26.397146+00', '2005-01-05 14:30:00+00', '{"order_id":"01a20818-b3e9-7507-bdd2-857cf9a51eca","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b3e97507bdd2857cf9a51eca","symbol":"IBM","side":"buy","type":"market","quantity":"2","time_in_force":"day","state":"working","filled_quantity":"0","origin":"client","venue_order_id":"P-11"}'),
	(76, '855', '01a20818-b403-737a-b8eb-179f857e8e97', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'fills', 11, 'fill.booked', '01a20818-b403-737a-b8eb-179d85c88143', '2026-11-23 11:09:26.403829+00', '2005-01-05 14:30:00+00', '{"fill_id":"01a20818-b403-737a-b8eb-179d85c88143","trade_id":"P-T11","order_id":"01a20818-b3e9-7507-bdd2-857cf9a51eca","symbol":"IBM","side":"buy","quantity":"2","price":"96.61","commission":"0","currency":"USD"}'),
	(77, '855', '01a20818-b404-722a-b9fd-b7b8295c4aea', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'positions', 11, 'position.changed', 'IBM', '2026-11-23 11:09:26.403829+00', '2005-01-05 14:30:00+00', '{"symbol":"IBM","quantity":"27","cost":"2622.47","realised_pnl":"0","commissions":"0","average_cost":"97.1285185185"}'),
	(78, '855', '01a20818-b404-722a-b9fd-b7b9223cb19b', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 44, 'order.filled', '01a20818-b3e9-7507-bdd2-857cf9a51eca', '2026-11-23 11:09:26.403829+00', '2005-01-05 14:30:00+00', '{"order_id":"01a20818-b3e9-7507-bdd2-857cf9a51eca","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b3e97507bdd2857cf9a51eca","symbol":"IBM","side":"buy","type":"market","quantity":"2","time_in_force":"day","state":"filled","filled_quantity":"2","origin":"client","average_price":"96.61","venue_order_id":"P-11","trade_id":"P-T11","price":"96.61","commission":"0"}'),
	(79, '859', '01a20818-b4d9-747c-960e-d44d1a579f9e', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'orders', 45, 'order.denied', '01a20818-b4d9-747c-960e-d44cce9d8923', '2026-11-23 11:09:26.617094+00', '2005-01-05 14:30:00+00', '{"order_id":"01a20818-b4d9-747c-960e-d44cce9d8923","account_id":"01a20818-a009-74d0-924a-ceed7c47dc3f","client_order_id":"b-01a20818b4d9747c960ed44cce9d8923","symbol":"IBM","side":"buy","type":"market","quantity":"100000","time_in_force":"day","state":"denied","filled_quantity":"0","origin":"client","reason":"gross exposure with this order would be 10630171.84 of 199965.12 allowed; Max Order Value: 10627000 of 25000 money allowed; Max Position Size: 10629608.2 of 50000 money allowed; Sector Concentration: 10630171.84 of 24995.64 money allowed; Max Leverage: 10630171.84 of 199965.12 money allowed","codes":"BUYING_POWER,MAX_ORDER_VALUE,MAX_POSITION_SIZE,SECTOR_CONCENTRATION,MAX_LEVERAGE"}'),
	(80, '859', '01a20818-b4d9-747c-960e-d44fa6b3ab58', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'risk', 1, 'risk.denied', '01a20818-b4d9-747c-960e-d44cce9d8923', '2026-11-23 11:09:26.617094+00', '2005-01-05 14:30:00+00', '{"order_id":"01a20818-b4d9-747c-960e-d44cce9d8923","symbol":"IBM","side":"buy","quantity":"100000","codes":"BUYING_POWER,MAX_ORDER_VALUE,MAX_POSITION_SIZE,SECTOR_CONCENTRATION,MAX_LEVERAGE","reasons":"gross exposure with this order would be 10630171.84 of 199965.12 allowed; Max Order Value: 10627000 of 25000 money allowed; Max Position Size: 10629608.2 of 50000 money allowed; Sector Concentration: 10630171.84 of 24995.64 money allowed; Max Leverage: 10630171.84 of 199965.12 money allowed"}'),
	(81, '875', '01a20818-bb33-7703-a0bc-aff4778f9882', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'kill_switch', 1, 'kill_switch.engaged', '01a20818-bb33-7703-a0bc-aff2f190d7a7', '2026-11-23 11:09:28.245247+00', '2005-01-06 14:30:00+00', '{"latch_id":"01a20818-bb33-7703-a0bc-aff2f190d7a7","scope":"tenant","cause":"person","reason":"a test","actor":"user:01a20818-9f07-7211-bf6b-c010a7274a35","flatten":"false","engaged_at":"2026-11-23T11:09:28.243747+00:00","orders_cancelled":"0"}'),
	(82, '876', '01a20818-bb40-7588-8814-a0bbeb9a7f0b', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'kill_switch', 2, 'kill_switch.acknowledged', '01a20818-bb33-7703-a0bc-aff2f190d7a7', '2026-11-23 11:09:28.256775+00', '2005-01-06 14:30:00+00', '{"latch_id":"01a20818-bb33-7703-a0bc-aff2f190d7a7","scope":"tenant","cause":"person","reason":"a test","actor":"user:01a20818-9f07-7211-bf6b-c010a7274a35","flatten":"false","engaged_at":"2026-11-23T11:09:28.243747+00:00","orders_cancelled":"0","acknowledged_at":"2026-11-23T11:09:28.255977+00:00"}'),
	(83, '878', '01a20818-bb48-72ed-a786-01d8d5ae0bd3', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'kill_switch', 3, 'kill_switch.canceled', '01a20818-bb33-7703-a0bc-aff2f190d7a7', '2026-11-23 11:09:28.267674+00', '2005-01-06 14:30:00+00', '{"latch_id":"01a20818-bb33-7703-a0bc-aff2f190d7a7","scope":"tenant","cause":"person","reason":"a test","actor":"user:01a20818-9f07-7211-bf6b-c010a7274a35","flatten":"false","engaged_at":"2026-11-23T11:09:28.243747+00:00","orders_cancelled":"0","acknowledged_at":"2026-11-23T11:09:28.255977+00:00","canceled_at":"2026-11-23T11:09:28.264791+00:00"}'),
	(84, '883', '01a20818-bcda-7370-890b-105599f9cf19', '01a20818-9f07-7211-bf6b-c00f864a333e', NULL, 'kill_switch', 4, 'kill_switch.released', '01a20818-bb33-7703-a0bc-aff2f190d7a7', '2026-11-23 11:09:28.667002+00', '2005-01-06 14:30:00+00', '{"latch_id":"01a20818-bb33-7703-a0bc-aff2f190d7a7","scope":"tenant","cause":"person","reason":"a test","actor":"user:01a20818-9f07-7211-bf6b-c010a7274a35","flatten":"false","engaged_at":"2026-11-23T11:09:28.243747+00:00","orders_cancelled":"0","acknowledged_at":"2026-11-23T11:09:28.255977+00:00","canceled_at":"2026-11-23T11:09:28.264791+00:00","released_at":"2026-11-23T11:09:28.666502+00:00"}');
INSERT INTO public.order_transitions VALUES
	('initialized', 'accepted'),
	('initialized', 'canceled'),
	('initialized', 'denied'),
	('initialized', 'expired'),
	('initialized', 'filled'),
	('initialized', 'partially_filled'),
	('initialized', 'rejected'),
	('initialized', 'triggered'),
	('initialized', 'working'),
	('accepted', 'canceled'),
	('accepted', 'expired'),
	('accepted', 'rejected'),
	('accepted', 'submitted'),
	('submitted', 'canceled'),
	('submitted', 'expired'),
	('submitted', 'filled'),
	('submitted', 'partially_filled'),
	('submitted', 'pending_cancel'),
	('submitted', 'pending_update'),
	('submitted', 'rejected'),
	('submitted', 'triggered'),
	('submitted', 'unknown'),
	('submitted', 'working'),
	('working', 'canceled'),
	('working', 'expired'),
	('working', 'filled'),
	('working', 'partially_filled'),
	('working', 'pending_cancel'),
	('working', 'pending_update'),
	('working', 'rejected'),
	('working', 'triggered'),
	('working', 'unknown'),
	('working', 'working'),
	('canceled', 'filled'),
	('canceled', 'partially_filled'),
	('expired', 'filled'),
	('expired', 'partially_filled'),
	('triggered', 'canceled'),
	('triggered', 'expired'),
	('triggered', 'filled'),
	('triggered', 'partially_filled'),
	('triggered', 'pending_cancel'),
	('triggered', 'pending_update'),
	('triggered', 'rejected'),
	('triggered', 'triggered'),
	('triggered', 'unknown'),
	('pending_update', 'canceled'),
	('pending_update', 'expired'),
	('pending_update', 'filled'),
	('pending_update', 'parked'),
	('pending_update', 'partially_filled'),
	('pending_update', 'pending_cancel'),
	('pending_update', 'pending_update'),
	('pending_update', 'rejected'),
	('pending_update', 'triggered'),
	('pending_update', 'unknown'),
	('pending_update', 'working'),
	('pending_cancel', 'canceled'),
	('pending_cancel', 'expired'),
	('pending_cancel', 'filled'),
	('pending_cancel', 'partially_filled'),
	('pending_cancel', 'pending_cancel'),
	('pending_cancel', 'pending_update'),
	('pending_cancel', 'rejected'),
	('pending_cancel', 'triggered'),
	('pending_cancel', 'unknown'),
	('pending_cancel', 'working'),
	('partially_filled', 'canceled'),
	('partially_filled', 'expired'),
	('partially_filled', 'filled'),
	('partially_filled', 'partially_filled'),
	('partially_filled', 'pending_cancel'),
	('partially_filled', 'pending_update'),
	('partially_filled', 'rejected'),
	('partially_filled', 'triggered'),
	('partially_filled', 'unknown'),
	('filled', 'filled'),
	('unknown', 'canceled'),
	('unknown', 'expired'),
	('unknown', 'filled'),
	('unknown', 'parked'),
	('unknown', 'partially_filled'),
	('unknown', 'pending_cancel'),
	('unknown', 'pending_update'),
	('unknown', 'rejected'),
	('unknown', 'submitted'),
	('unknown', 'triggered'),
	('unknown', 'working'),
	('parked', 'canceled'),
	('parked', 'expired'),
	('parked', 'filled'),
	('parked', 'parked'),
	('parked', 'partially_filled'),
	('parked', 'pending_cancel'),
	('parked', 'rejected'),
	('parked', 'triggered'),
	('parked', 'working');
INSERT INTO public.orders VALUES
	('01a20818-ab25-7153-a4e2-aeb73f91c0e9', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'b-01a20818ab257153a4e2aeb73f91c0e9', 'IBM', 'buy', 'market', 1.000000000000000000, NULL, NULL, NULL, NULL, 'day', NULL, false, false, NULL, 'filled', '2026-11-23 11:09:24.133552+00', '2026-11-23 11:09:24.170044+00', '2005-01-04 14:30:00+00', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'client', NULL, NULL, NULL, 1.000000000000000000, 97.75, 'P-1', false, 107.530000000000000000, NULL, NULL, '2026-11-23 11:09:24.158129+00', false, false, ''),
	('01a20818-abfb-70b9-9ded-eba7ef3efe39', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'b-01a20818abfb70b99dedeba7ef3efe39', 'MSFT', 'buy', 'market', 2.000000000000000000, NULL, NULL, NULL, NULL, 'day', NULL, false, false, NULL, 'filled', '2026-11-23 11:09:24.347844+00', '2026-11-23 11:09:24.367964+00', '2005-01-04 14:30:00+00', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'client', NULL, NULL, NULL, 2.000000000000000000, 53.74, 'P-2', false, 29.550000000000000000, NULL, NULL, '2026-11-23 11:09:24.358695+00', false, false, ''),
	('01a20818-acd1-737b-9dd7-40401c0dd72f', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'b-01a20818acd1737b9dd740401c0dd72f', 'IBM', 'buy', 'market', 3.000000000000000000, NULL, NULL, NULL, NULL, 'day', NULL, false, false, NULL, 'filled', '2026-11-23 11:09:24.561819+00', '2026-11-23 11:09:24.593238+00', '2005-01-04 14:30:00+00', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'client', NULL, NULL, NULL, 3.000000000000000000, 293.25, 'P-3', false, 107.520000000000000000, NULL, NULL, '2026-11-23 11:09:24.576345+00', false, false, ''),
	('01a20818-ada5-71b0-b00b-65925bf793c1', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'b-01a20818ada571b0b00b65925bf793c1', 'MSFT', 'buy', 'market', 4.000000000000000000, NULL, NULL, NULL, NULL, 'day', NULL, false, false, NULL, 'filled', '2026-11-23 11:09:24.773049+00', '2026-11-23 11:09:24.819222+00', '2005-01-04 15:30:00+00', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'client', NULL, NULL, NULL, 4.000000000000000000, 106.68, 'P-4', false, 29.330000000000000000, NULL, NULL, '2026-11-23 11:09:24.80387+00', false, false, ''),
	('01a20818-ae78-703b-a054-3443a2f57b34', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'b-01a20818ae78703ba0543443a2f57b34', 'IBM', 'buy', 'market', 5.000000000000000000, NULL, NULL, NULL, NULL, 'day', NULL, false, false, NULL, 'filled', '2026-11-23 11:09:24.984202+00', '2026-11-23 11:09:25.00558+00', '2005-01-04 15:30:00+00', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'client', NULL, NULL, NULL, 5.000000000000000000, 492.15, 'P-5', false, 108.270000000000000000, NULL, NULL, '2026-11-23 11:09:24.99576+00', false, false, ''),
	('01a20818-af4a-7701-ac5f-01554df6d206', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'b-01a20818af4a7701ac5f01554df6d206', 'MSFT', 'buy', 'market', 6.000000000000000000, NULL, NULL, NULL, NULL, 'day', NULL, false, false, NULL, 'filled', '2026-11-23 11:09:25.194493+00', '2026-11-23 11:09:25.217108+00', '2005-01-04 17:45:00+00', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'client', NULL, NULL, NULL, 6.000000000000000000, 162.66, 'P-6', false, 29.820000000000000000, NULL, NULL, '2026-11-23 11:09:25.20755+00', false, false, ''),
	('01a20818-b01e-7537-b390-a13e54560f0d', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'b-01a20818b01e7537b390a13e54560f0d', 'IBM', 'buy', 'market', 7.000000000000000000, NULL, NULL, NULL, NULL, 'day', NULL, false, false, NULL, 'filled', '2026-11-23 11:09:25.406161+00', '2026-11-23 11:09:25.427309+00', '2005-01-04 17:45:00+00', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'client', NULL, NULL, NULL, 7.000000000000000000, 675.71, 'P-7', false, 106.180000000000000000, NULL, NULL, '2026-11-23 11:09:25.417367+00', false, false, ''),
	('01a20818-b0f0-70ad-afa1-e6a27fe66e66', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'b-01a20818b0f070adafa1e6a27fe66e66', 'MSFT', 'buy', 'market', 8.000000000000000000, NULL, NULL, NULL, NULL, 'day', NULL, false, false, NULL, 'filled', '2026-11-23 11:09:25.61623+00', '2026-11-23 11:09:25.636278+00', '2005-01-04 17:45:00+00', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'client', NULL, NULL, NULL, 8.000000000000000000, 216.88, 'P-8', false, 29.820000000000000000, NULL, NULL, '2026-11-23 11:09:25.626985+00', false, false, ''),
	('01a20818-b1c0-74f5-a7d3-869e6f2103dd', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'b-01a20818b1c074f5a7d3869e6f2103dd', 'IBM', 'buy', 'market', 9.000000000000000000, NULL, NULL, NULL, NULL, 'day', NULL, false, false, NULL, 'filled', '2026-11-23 11:09:25.8247+00', '2026-11-23 11:09:25.841215+00', '2005-01-04 20:59:00+00', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'client', NULL, NULL, NULL, 9.000000000000000000, 870.39, 'P-9', false, 106.380000000000000000, NULL, NULL, '2026-11-23 11:09:25.832991+00', false, false, ''),
	('01a20818-b291-7431-ab88-d8927bb0f736', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'b-01a20818b2917431ab88d8927bb0f736', 'MSFT', 'buy', 'market', 1.000000000000000000, NULL, NULL, NULL, NULL, 'day', NULL, false, false, NULL, 'filled', '2026-11-23 11:09:26.033104+00', '2026-11-23 11:09:26.04822+00', '2005-01-04 20:59:00+00', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'client', NULL, NULL, NULL, 1.000000000000000000, 26.85, 'P-10', false, 29.530000000000000000, NULL, NULL, '2026-11-23 11:09:26.041233+00', false, false, ''),
	('01a20818-b3e9-7507-bdd2-857cf9a51eca', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'b-01a20818b3e97507bdd2857cf9a51eca', 'IBM', 'buy', 'market', 2.000000000000000000, NULL, NULL, NULL, NULL, 'day', NULL, false, false, NULL, 'filled', '2026-11-23 11:09:26.377183+00', '2026-11-23 11:09:26.403829+00', '2005-01-05 14:30:00+00', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'client', NULL, NULL, NULL, 2.000000000000000000, 193.22, 'P-11', false, 106.270000000000000000, NULL, NULL, '2026-11-23 11:09:26.389814+00', false, false, ''),
	('01a20818-b4d9-747c-960e-d44cce9d8923', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-a009-74d0-924a-ceed7c47dc3f', 'b-01a20818b4d9747c960ed44cce9d8923', 'IBM', 'buy', 'market', 100000.000000000000000000, NULL, NULL, NULL, NULL, 'day', NULL, false, false, NULL, 'denied', '2026-11-23 11:09:26.617094+00', '2026-11-23 11:09:26.617094+00', '2005-01-05 14:30:00+00', NULL, 'user:01a20818-9f07-7211-bf6b-c010a7274a35', 'client', NULL, NULL, NULL, 0.000000000000000000, 0, NULL, false, NULL, NULL, NULL, NULL, false, false, 'gross exposure with this order would be 10630171.84 of 199965.12 allowed; Max Order Value: 10627000 of 25000 money allowed; Max Position Size: 10629608.2 of 50000 money allowed; Sector Concentration: 10630171.84 of 24995.64 money allowed; Max Leverage: 10630171.84 of 199965.12 money allowed');
INSERT INTO public.portfolios VALUES
	('01a20818-9fdd-7277-abcf-6f0d3c88b158', '01a20818-9f07-7211-bf6b-c00f864a333e', 'Main', '2026-11-23 11:09:21.245428+00');
INSERT INTO public.positions VALUES
	('01a20818-a009-74d0-924a-ceed7c47dc3f', 'MSFT', 21.000000000000000000, 566.810000000000000000, 0.000000000000000000, 0.000000000000000000, 1.000000000000000000, '2003-02-18', 0, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-a009-74d0-924a-ceed7c47dc3f', 'IBM', 27.000000000000000000, 2622.470000000000000000, 0.000000000000000000, 0.000000000000000000, 1.000000000000000000, NULL, 0, '01a20818-9f07-7211-bf6b-c00f864a333e');
INSERT INTO public.postings VALUES
	('01a20818-a009-74d0-924a-ceee2909ebfb', 0, 'holding', 'cash:USD', 100000.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-a009-74d0-924a-ceee2909ebfb', 1, 'funding', 'cash:USD', -100000.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ab4a-76a6-9d78-39e8ec6b2003', 0, 'holding', 'unit:IBM', 1.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ab4a-76a6-9d78-39e8ec6b2003', 1, 'trading', 'unit:IBM', -1.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ab4a-76a6-9d78-39e8ec6b2003', 2, 'holding', 'cash:USD', -97.750000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ab4a-76a6-9d78-39e8ec6b2003', 3, 'trading', 'cash:USD', 97.750000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ac10-7731-99b2-e38f80b23afd', 0, 'holding', 'unit:MSFT', 2.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ac10-7731-99b2-e38f80b23afd', 1, 'trading', 'unit:MSFT', -2.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ac10-7731-99b2-e38f80b23afd', 2, 'holding', 'cash:USD', -53.740000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ac10-7731-99b2-e38f80b23afd', 3, 'trading', 'cash:USD', 53.740000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-acf1-7356-a612-ec7e79cbdcda', 0, 'holding', 'unit:IBM', 3.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-acf1-7356-a612-ec7e79cbdcda', 1, 'trading', 'unit:IBM', -3.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-acf1-7356-a612-ec7e79cbdcda', 2, 'holding', 'cash:USD', -293.250000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-acf1-7356-a612-ec7e79cbdcda', 3, 'trading', 'cash:USD', 293.250000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-add3-7642-ad39-add0fc92887d', 0, 'holding', 'unit:MSFT', 4.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-add3-7642-ad39-add0fc92887d', 1, 'trading', 'unit:MSFT', -4.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-add3-7642-ad39-add0fc92887d', 2, 'holding', 'cash:USD', -106.680000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-add3-7642-ad39-add0fc92887d', 3, 'trading', 'cash:USD', 106.680000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ae8d-7748-bff9-70114913d17e', 0, 'holding', 'unit:IBM', 5.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ae8d-7748-bff9-70114913d17e', 1, 'trading', 'unit:IBM', -5.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ae8d-7748-bff9-70114913d17e', 2, 'holding', 'cash:USD', -492.150000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-ae8d-7748-bff9-70114913d17e', 3, 'trading', 'cash:USD', 492.150000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-af61-7176-ac01-11911f783b0a', 0, 'holding', 'unit:MSFT', 6.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-af61-7176-ac01-11911f783b0a', 1, 'trading', 'unit:MSFT', -6.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-af61-7176-ac01-11911f783b0a', 2, 'holding', 'cash:USD', -162.660000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-af61-7176-ac01-11911f783b0a', 3, 'trading', 'cash:USD', 162.660000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b033-77e6-9f05-e6818a199f59', 0, 'holding', 'unit:IBM', 7.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b033-77e6-9f05-e6818a199f59', 1, 'trading', 'unit:IBM', -7.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b033-77e6-9f05-e6818a199f59', 2, 'holding', 'cash:USD', -675.710000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b033-77e6-9f05-e6818a199f59', 3, 'trading', 'cash:USD', 675.710000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b104-7548-a575-d408cf2d041c', 0, 'holding', 'unit:MSFT', 8.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b104-7548-a575-d408cf2d041c', 1, 'trading', 'unit:MSFT', -8.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b104-7548-a575-d408cf2d041c', 2, 'holding', 'cash:USD', -216.880000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b104-7548-a575-d408cf2d041c', 3, 'trading', 'cash:USD', 216.880000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b1d1-77e0-bf65-3a64f4e9ef46', 0, 'holding', 'unit:IBM', 9.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b1d1-77e0-bf65-3a64f4e9ef46', 1, 'trading', 'unit:IBM', -9.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b1d1-77e0-bf65-3a64f4e9ef46', 2, 'holding', 'cash:USD', -870.390000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b1d1-77e0-bf65-3a64f4e9ef46', 3, 'trading', 'cash:USD', 870.390000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b2a0-7686-bfe7-8745c44eacd6', 0, 'holding', 'unit:MSFT', 1.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b2a0-7686-bfe7-8745c44eacd6', 1, 'trading', 'unit:MSFT', -1.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b2a0-7686-bfe7-8745c44eacd6', 2, 'holding', 'cash:USD', -26.850000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b2a0-7686-bfe7-8745c44eacd6', 3, 'trading', 'cash:USD', 26.850000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b403-737a-b8eb-179e9fc82a92', 0, 'holding', 'unit:IBM', 2.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b403-737a-b8eb-179e9fc82a92', 1, 'trading', 'unit:IBM', -2.000000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b403-737a-b8eb-179e9fc82a92', 2, 'holding', 'cash:USD', -193.220000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e'),
	('01a20818-b403-737a-b8eb-179e9fc82a92', 3, 'trading', 'cash:USD', 193.220000000000000000, '01a20818-9f07-7211-bf6b-c00f864a333e');
INSERT INTO public.reader_cursors VALUES
	('audit adopted', '0 283861982d285f10 a268d9e562a5f0b56ad7f4145b0b2920f0c40f46e825a95f47a80e7bb8f1ee78'),
	('audit states', '0 283861982d285f10 e25b38ab8c18f4fdcc1d3c04c6bca17549c90026d7d8472668872f77f25252aa'),
	('relay', '883-84'),
	('audit sealed', '47'),
	('audit anchored', '15 283861982d285f10 b465c6dd6f860107ed69d62a1b7ef6f7c1ed69e268de99b135f9ee58c685b458');
INSERT INTO public.replay_cursors VALUES
	('replay', '2005-01-07 14:30:00+00', 1);
INSERT INTO public.replies VALUES
	('01a20818-9f07-7211-bf6b-c00f864a333e', 'k-0-19394794128810', '\x21c4ae60ee51338c436e7449828a2828b9887780768c438ce46e080c9c772f62', 201, '\x7b226964223a2230316132303831382d616232352d373135332d613465322d616562373366393163306539222c226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138616232353731353361346532616562373366393163306539222c2273796d626f6c223a2249424d222c2273696465223a22627579222c2274797065223a226d61726b6574222c227175616e74697479223a2231222c226c696d69745f7072696365223a6e756c6c2c2273746f705f7072696365223a6e756c6c2c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274696d655f696e5f666f726365223a22646179222c22657870697265735f6174223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227265647563655f6f6e6c79223a66616c73652c22646973706c61795f7175616e74697479223a6e756c6c2c227374617465223a226163636570746564222c2266696c6c65645f7175616e74697479223a2230222c226c65617665735f7175616e74697479223a2231222c22617665726167655f7072696365223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c226f726967696e223a22636c69656e74222c2267726f75705f6964223a6e756c6c2c22726f6c65223a6e756c6c2c22706172656e745f6964223a6e756c6c2c2277616974696e67223a66616c73652c2276656e75655f6f726465725f6964223a6e756c6c2c22726561736f6e223a22222c2261636365707465645f6174223a22323032362d31312d32335431313a30393a32342e3133333535325a222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32342e3133333535325a222c226d61726b65745f6174223a22323030352d30312d30345431343a33303a30305a227d', '2026-11-23 11:09:24.133552+00'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 'k-1-19395029823446', '\xad59d676a5c6c6b35a4bc8277516c838b166697201d192374a8cc0e23c0cbe38', 201, '\x7b226964223a2230316132303831382d616266622d373062392d396465642d656261376566336566653339222c226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138616266623730623939646564656261376566336566653339222c2273796d626f6c223a224d534654222c2273696465223a22627579222c2274797065223a226d61726b6574222c227175616e74697479223a2232222c226c696d69745f7072696365223a6e756c6c2c2273746f705f7072696365223a6e756c6c2c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274696d655f696e5f666f726365223a22646179222c22657870697265735f6174223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227265647563655f6f6e6c79223a66616c73652c22646973706c61795f7175616e74697479223a6e756c6c2c227374617465223a226163636570746564222c2266696c6c65645f7175616e74697479223a2230222c226c65617665735f7175616e74697479223a2232222c22617665726167655f7072696365223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c226f726967696e223a22636c69656e74222c2267726f75705f6964223a6e756c6c2c22726f6c65223a6e756c6c2c22706172656e745f6964223a6e756c6c2c2277616974696e67223a66616c73652c2276656e75655f6f726465725f6964223a6e756c6c2c22726561736f6e223a22222c2261636365707465645f6174223a22323032362d31312d32335431313a30393a32342e3334373834345a222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32342e3334373834345a222c226d61726b65745f6174223a22323030352d30312d30345431343a33303a30305a227d', '2026-11-23 11:09:24.347844+00'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 'k-2-19395238558040', '\x3798850e65c067bf569e393d2bf931ed6a5b01b3d1d04af7df68310b1ed5c01f', 201, '\x7b226964223a2230316132303831382d616364312d373337622d396464372d343034303163306464373266222c226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138616364313733376239646437343034303163306464373266222c2273796d626f6c223a2249424d222c2273696465223a22627579222c2274797065223a226d61726b6574222c227175616e74697479223a2233222c226c696d69745f7072696365223a6e756c6c2c2273746f705f7072696365223a6e756c6c2c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274696d655f696e5f666f726365223a22646179222c22657870697265735f6174223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227265647563655f6f6e6c79223a66616c73652c22646973706c61795f7175616e74697479223a6e756c6c2c227374617465223a226163636570746564222c2266696c6c65645f7175616e74697479223a2230222c226c65617665735f7175616e74697479223a2233222c22617665726167655f7072696365223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c226f726967696e223a22636c69656e74222c2267726f75705f6964223a6e756c6c2c22726f6c65223a6e756c6c2c22706172656e745f6964223a6e756c6c2c2277616974696e67223a66616c73652c2276656e75655f6f726465725f6964223a6e756c6c2c22726561736f6e223a22222c2261636365707465645f6174223a22323032362d31312d32335431313a30393a32342e3536313831395a222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32342e3536313831395a222c226d61726b65745f6174223a22323030352d30312d30345431343a33303a30305a227d', '2026-11-23 11:09:24.561819+00'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 'k-3-19395454555163', '\x93af3ed59ceb3dd58ce07d1efac89945aff408fa11ab165e904faed052761bf7', 201, '\x7b226964223a2230316132303831382d616461352d373162302d623030622d363539323562663739336331222c226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138616461353731623062303062363539323562663739336331222c2273796d626f6c223a224d534654222c2273696465223a22627579222c2274797065223a226d61726b6574222c227175616e74697479223a2234222c226c696d69745f7072696365223a6e756c6c2c2273746f705f7072696365223a6e756c6c2c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274696d655f696e5f666f726365223a22646179222c22657870697265735f6174223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227265647563655f6f6e6c79223a66616c73652c22646973706c61795f7175616e74697479223a6e756c6c2c227374617465223a226163636570746564222c2266696c6c65645f7175616e74697479223a2230222c226c65617665735f7175616e74697479223a2234222c22617665726167655f7072696365223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c226f726967696e223a22636c69656e74222c2267726f75705f6964223a6e756c6c2c22726f6c65223a6e756c6c2c22706172656e745f6964223a6e756c6c2c2277616974696e67223a66616c73652c2276656e75655f6f726465725f6964223a6e756c6c2c22726561736f6e223a22222c2261636365707465645f6174223a22323032362d31312d32335431313a30393a32342e3737333034395a222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32342e3737333034395a222c226d61726b65745f6174223a22323030352d30312d30345431353a33303a30305a227d', '2026-11-23 11:09:24.773049+00'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 'k-4-19395665523674', '\x7ea54f11a53748b6f84fd4bff789558c2a4282eb20b8d84dfe5e161650ae2df9', 201, '\x7b226964223a2230316132303831382d616537382d373033622d613035342d333434336132663537623334222c226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138616537383730336261303534333434336132663537623334222c2273796d626f6c223a2249424d222c2273696465223a22627579222c2274797065223a226d61726b6574222c227175616e74697479223a2235222c226c696d69745f7072696365223a6e756c6c2c2273746f705f7072696365223a6e756c6c2c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274696d655f696e5f666f726365223a22646179222c22657870697265735f6174223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227265647563655f6f6e6c79223a66616c73652c22646973706c61795f7175616e74697479223a6e756c6c2c227374617465223a226163636570746564222c2266696c6c65645f7175616e74697479223a2230222c226c65617665735f7175616e74697479223a2235222c22617665726167655f7072696365223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c226f726967696e223a22636c69656e74222c2267726f75705f6964223a6e756c6c2c22726f6c65223a6e756c6c2c22706172656e745f6964223a6e756c6c2c2277616974696e67223a66616c73652c2276656e75655f6f726465725f6964223a6e756c6c2c22726561736f6e223a22222c2261636365707465645f6174223a22323032362d31312d32335431313a30393a32342e3938343230325a222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32342e3938343230325a222c226d61726b65745f6174223a22323030352d30312d30345431353a33303a30305a227d', '2026-11-23 11:09:24.984202+00'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 'k-5-19395875035967', '\x270c46bdf9dcb70e7bdcc206326caccee76f1ddcc20d051b9e50aa3f14326298', 201, '\x7b226964223a2230316132303831382d616634612d373730312d616335662d303135353464663664323036222c226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138616634613737303161633566303135353464663664323036222c2273796d626f6c223a224d534654222c2273696465223a22627579222c2274797065223a226d61726b6574222c227175616e74697479223a2236222c226c696d69745f7072696365223a6e756c6c2c2273746f705f7072696365223a6e756c6c2c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274696d655f696e5f666f726365223a22646179222c22657870697265735f6174223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227265647563655f6f6e6c79223a66616c73652c22646973706c61795f7175616e74697479223a6e756c6c2c227374617465223a226163636570746564222c2266696c6c65645f7175616e74697479223a2230222c226c65617665735f7175616e74697479223a2236222c22617665726167655f7072696365223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c226f726967696e223a22636c69656e74222c2267726f75705f6964223a6e756c6c2c22726f6c65223a6e756c6c2c22706172656e745f6964223a6e756c6c2c2277616974696e67223a66616c73652c2276656e75655f6f726465725f6964223a6e756c6c2c22726561736f6e223a22222c2261636365707465645f6174223a22323032362d31312d32335431313a30393a32352e3139343439335a222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32352e3139343439335a222c226d61726b65745f6174223a22323030352d30312d30345431373a34353a30305a227d', '2026-11-23 11:09:25.194493+00'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 'k-6-19396087638237', '\x25e1807bd0bb3d3309f60e7a52d61a869a6f083ac9d15ca7ceb0a15a847ee71b', 201, '\x7b226964223a2230316132303831382d623031652d373533372d623339302d613133653534353630663064222c226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138623031653735333762333930613133653534353630663064222c2273796d626f6c223a2249424d222c2273696465223a22627579222c2274797065223a226d61726b6574222c227175616e74697479223a2237222c226c696d69745f7072696365223a6e756c6c2c2273746f705f7072696365223a6e756c6c2c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274696d655f696e5f666f726365223a22646179222c22657870697265735f6174223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227265647563655f6f6e6c79223a66616c73652c22646973706c61795f7175616e74697479223a6e756c6c2c227374617465223a226163636570746564222c2266696c6c65645f7175616e74697479223a2230222c226c65617665735f7175616e74697479223a2237222c22617665726167655f7072696365223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c226f726967696e223a22636c69656e74222c2267726f75705f6964223a6e756c6c2c22726f6c65223a6e756c6c2c22706172656e745f6964223a6e756c6c2c2277616974696e67223a66616c73652c2276656e75655f6f726465725f6964223a6e756c6c2c22726561736f6e223a22222c2261636365707465645f6174223a22323032362d31312d32335431313a30393a32352e3430363136315a222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32352e3430363136315a222c226d61726b65745f6174223a22323030352d30312d30345431373a34353a30305a227d', '2026-11-23 11:09:25.406161+00'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 'k-7-19396297749578', '\xb53cf59bfe913eaae042219d33ea5ccdc9ef4677be46c01d645aef8bb4e80214', 201, '\x7b226964223a2230316132303831382d623066302d373061642d616661312d653661323766653636653636222c226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138623066303730616461666131653661323766653636653636222c2273796d626f6c223a224d534654222c2273696465223a22627579222c2274797065223a226d61726b6574222c227175616e74697479223a2238222c226c696d69745f7072696365223a6e756c6c2c2273746f705f7072696365223a6e756c6c2c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274696d655f696e5f666f726365223a22646179222c22657870697265735f6174223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227265647563655f6f6e6c79223a66616c73652c22646973706c61795f7175616e74697479223a6e756c6c2c227374617465223a226163636570746564222c2266696c6c65645f7175616e74697479223a2230222c226c65617665735f7175616e74697479223a2238222c22617665726167655f7072696365223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c226f726967696e223a22636c69656e74222c2267726f75705f6964223a6e756c6c2c22726f6c65223a6e756c6c2c22706172656e745f6964223a6e756c6c2c2277616974696e67223a66616c73652c2276656e75655f6f726465725f6964223a6e756c6c2c22726561736f6e223a22222c2261636365707465645f6174223a22323032362d31312d32335431313a30393a32352e3631363233305a222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32352e3631363233305a222c226d61726b65745f6174223a22323030352d30312d30345431373a34353a30305a227d', '2026-11-23 11:09:25.61623+00'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 'k-8-19396505357872', '\xde9ef09e8d0ba4f03c20a370c3105658b0267ba298f0c3bf1efdd20cd0ce7f73', 201, '\x7b226964223a2230316132303831382d623163302d373466352d613764332d383639653666323130336464222c226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138623163303734663561376433383639653666323130336464222c2273796d626f6c223a2249424d222c2273696465223a22627579222c2274797065223a226d61726b6574222c227175616e74697479223a2239222c226c696d69745f7072696365223a6e756c6c2c2273746f705f7072696365223a6e756c6c2c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274696d655f696e5f666f726365223a22646179222c22657870697265735f6174223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227265647563655f6f6e6c79223a66616c73652c22646973706c61795f7175616e74697479223a6e756c6c2c227374617465223a226163636570746564222c2266696c6c65645f7175616e74697479223a2230222c226c65617665735f7175616e74697479223a2239222c22617665726167655f7072696365223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c226f726967696e223a22636c69656e74222c2267726f75705f6964223a6e756c6c2c22726f6c65223a6e756c6c2c22706172656e745f6964223a6e756c6c2c2277616974696e67223a66616c73652c2276656e75655f6f726465725f6964223a6e756c6c2c22726561736f6e223a22222c2261636365707465645f6174223a22323032362d31312d32335431313a30393a32352e3832343730305a222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32352e3832343730305a222c226d61726b65745f6174223a22323030352d30312d30345432303a35393a30305a227d', '2026-11-23 11:09:25.8247+00'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 'k-9-19396714786409', '\x79705ef11e73adbbba605517b2fc4f7ee88197a891cf65a3be2de2c5cbebbaa7', 201, '\x7b226964223a2230316132303831382d623239312d373433312d616238382d643839323762623066373336222c226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138623239313734333161623838643839323762623066373336222c2273796d626f6c223a224d534654222c2273696465223a22627579222c2274797065223a226d61726b6574222c227175616e74697479223a2231222c226c696d69745f7072696365223a6e756c6c2c2273746f705f7072696365223a6e756c6c2c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274696d655f696e5f666f726365223a22646179222c22657870697265735f6174223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227265647563655f6f6e6c79223a66616c73652c22646973706c61795f7175616e74697479223a6e756c6c2c227374617465223a226163636570746564222c2266696c6c65645f7175616e74697479223a2230222c226c65617665735f7175616e74697479223a2231222c22617665726167655f7072696365223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c226f726967696e223a22636c69656e74222c2267726f75705f6964223a6e756c6c2c22726f6c65223a6e756c6c2c22706172656e745f6964223a6e756c6c2c2277616974696e67223a66616c73652c2276656e75655f6f726465725f6964223a6e756c6c2c22726561736f6e223a22222c2261636365707465645f6174223a22323032362d31312d32335431313a30393a32362e3033333130345a222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32362e3033333130345a222c226d61726b65745f6174223a22323030352d30312d30345432303a35393a30305a227d', '2026-11-23 11:09:26.033104+00'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', 'k-10-19397058538780', '\xa274e995f9f900b5d0d9b94fd162c5b0b17da2195bfce554357b073139bc8c6c', 201, '\x7b226964223a2230316132303831382d623365392d373530372d626464322d383537636639613531656361222c226163636f756e745f6964223a2230316132303831382d613030392d373464302d393234612d636565643763343764633366222c22636c69656e745f6f726465725f6964223a22622d3031613230383138623365393735303762646432383537636639613531656361222c2273796d626f6c223a2249424d222c2273696465223a22627579222c2274797065223a226d61726b6574222c227175616e74697479223a2232222c226c696d69745f7072696365223a6e756c6c2c2273746f705f7072696365223a6e756c6c2c22747261696c223a6e756c6c2c22747261696c5f6b696e64223a6e756c6c2c2274696d655f696e5f666f726365223a22646179222c22657870697265735f6174223a6e756c6c2c22706f73745f6f6e6c79223a66616c73652c227265647563655f6f6e6c79223a66616c73652c22646973706c61795f7175616e74697479223a6e756c6c2c227374617465223a226163636570746564222c2266696c6c65645f7175616e74697479223a2230222c226c65617665735f7175616e74697479223a2232222c22617665726167655f7072696365223a6e756c6c2c2273747261746567795f6964223a6e756c6c2c226f726967696e223a22636c69656e74222c2267726f75705f6964223a6e756c6c2c22726f6c65223a6e756c6c2c22706172656e745f6964223a6e756c6c2c2277616974696e67223a66616c73652c2276656e75655f6f726465725f6964223a6e756c6c2c22726561736f6e223a22222c2261636365707465645f6174223a22323032362d31312d32335431313a30393a32362e3337373138335a222c22757064617465645f6174223a22323032362d31312d32335431313a30393a32362e3337373138335a222c226d61726b65745f6174223a22323030352d30312d30355431343a33303a30305a227d', '2026-11-23 11:09:26.377183+00'),
	('01a20818-9f07-7211-bf6b-c00f864a333e', '2371c5b2-d9ee-4902-a6e2-9b6f785871eb', '\x489902f22787b7660cd8b2af6c45abcaf2ab91002366824303424706e5c5d66a', 403, '\x7b2274797065223a222f70726f626c656d732f6f726465722d64656e696564222c227469746c65223a224f726465722064656e696564222c22737461747573223a3430332c2264657461696c223a2267726f7373206578706f7375726520776974682074686973206f7264657220776f756c642062652031303633303137312e3834206f66203139393936352e313220616c6c6f7765643b204d6178204f726465722056616c75653a203130363237303030206f66203235303030206d6f6e657920616c6c6f7765643b204d617820506f736974696f6e2053697a653a2031303632393630382e32206f66203530303030206d6f6e657920616c6c6f7765643b20536563746f7220436f6e63656e74726174696f6e3a2031303633303137312e3834206f662032343939352e3634206d6f6e657920616c6c6f7765643b204d6178204c657665726167653a2031303633303137312e3834206f66203139393936352e3132206d6f6e657920616c6c6f776564222c22696e7374616e6365223a222f6170692f76312f6f7264657273222c2274726163655f6964223a223139396366393232313538633761613736356334363439333535396661393162222c226f726465725f6964223a2230316132303831382d623464392d373437632d393630652d643434636365396438393233222c226f726465725f696473223a5b2230316132303831382d623464392d373437632d393630652d643434636365396438393233225d2c22726561736f6e73223a5b7b22636f6465223a22425559494e475f504f574552222c226d657373616765223a2267726f7373206578706f7375726520776974682074686973206f7264657220776f756c642062652031303633303137312e3834206f66203139393936352e313220616c6c6f776564222c2272756c655f74797065223a224255494c545f494e222c2272756c655f6e616d65223a22427579696e6720706f776572222c2272756c655f6964223a6e756c6c2c2276616c7565223a2231303633303137312e3834222c226c696d6974223a223139393936352e3132222c22636c61757365223a225345432052756c6520313563332d35286329283129286929227d2c7b22636f6465223a224d41585f4f524445525f56414c5545222c226d657373616765223a224d6178204f726465722056616c75653a203130363237303030206f66203235303030206d6f6e657920616c6c6f776564222c2272756c655f74797065223a224d41585f4f524445525f56414c5545222c2272756c655f6e616d65223a224d6178204f726465722056616c7565222c2272756c655f6964223a2230316132303831382d396665312d373236372d393265302d623639653036636138616464222c2276616c7565223a223130363237303030222c226c696d6974223a223235303030222c22636c61757365223a225345432052756c6520313563332d35286329283129286969293b2052545320362061727469636c65203135283129286229227d2c7b22636f6465223a224d41585f504f534954494f4e5f53495a45222c226d657373616765223a224d617820506f736974696f6e2053697a653a2031303632393630382e32206f66203530303030206d6f6e657920616c6c6f776564222c2272756c655f74797065223a224d41585f504f534954494f4e5f53495a45222c2272756c655f6e616d65223a224d617820506f736974696f6e2053697a65222c2272756c655f6964223a2230316132303831382d396665312d373236372d393265302d623639663961313530366361222c2276616c7565223a2231303632393630382e32222c226c696d6974223a223530303030222c22636c61757365223a225345432052756c6520313563332d35286329283129286929227d2c7b22636f6465223a22534543544f525f434f4e43454e54524154494f4e222c226d657373616765223a22536563746f7220436f6e63656e74726174696f6e3a2031303633303137312e3834206f662032343939352e3634206d6f6e657920616c6c6f776564222c2272756c655f74797065223a22534543544f525f434f4e43454e54524154494f4e222c2272756c655f6e616d65223a22536563746f7220436f6e63656e74726174696f6e222c2272756c655f6964223a2230316132303831382d396665312d373236372d393265302d623661303264353839386130222c2276616c7565223a2231303633303137312e3834222c226c696d6974223a2232343939352e3634222c22636c61757365223a225345432052756c6520313563332d35286329283129286929227d2c7b22636f6465223a224d41585f4c45564552414745222c226d657373616765223a224d6178204c657665726167653a2031303633303137312e3834206f66203139393936352e3132206d6f6e657920616c6c6f776564222c2272756c655f74797065223a224d41585f4c45564552414745222c2272756c655f6e616d65223a224d6178204c65766572616765222c2272756c655f6964223a2230316132303831382d396665312d373236372d393265302d623661316663326239303635222c2276616c7565223a2231303633303137312e3834222c226c696d6974223a223139393936352e3132222c22636c61757365223a225345432052756c6520313563332d35286329283129286929227d5d7d', '2026-11-23 11:09:26.617094+00');
INSERT INTO public.risk_rules VALUES
	('01a20818-9fe1-7267-92e0-b69e06ca8add', '01a20818-9f07-7211-bf6b-c00f864a333e', 'Max Order Value', 'MAX_ORDER_VALUE', 25000.000000000000000000, 'BLOCK', true, NULL, NULL, NULL, '{}', 1, '2026-11-23 11:09:21.249314+00', '2026-11-23 11:09:21.249314+00'),
	('01a20818-9fe1-7267-92e0-b69f9a1506ca', '01a20818-9f07-7211-bf6b-c00f864a333e', 'Max Position Size', 'MAX_POSITION_SIZE', 50000.000000000000000000, 'BLOCK', true, NULL, NULL, NULL, '{}', 1, '2026-11-23 11:09:21.249314+00', '2026-11-23 11:09:21.249314+00'),
	('01a20818-9fe1-7267-92e0-b6a02d5898a0', '01a20818-9f07-7211-bf6b-c00f864a333e', 'Sector Concentration', 'SECTOR_CONCENTRATION', 25.000000000000000000, 'BLOCK', true, NULL, NULL, NULL, '{}', 1, '2026-11-23 11:09:21.249314+00', '2026-11-23 11:09:21.249314+00'),
	('01a20818-9fe1-7267-92e0-b6a1fc2b9065', '01a20818-9f07-7211-bf6b-c00f864a333e', 'Max Leverage', 'MAX_LEVERAGE', 2.000000000000000000, 'BLOCK', true, NULL, NULL, NULL, '{}', 1, '2026-11-23 11:09:21.249314+00', '2026-11-23 11:09:21.249314+00'),
	('01a20818-9fe1-7267-92e0-b6a2c38c7a11', '01a20818-9f07-7211-bf6b-c00f864a333e', 'Position Limit', 'POSITION_LIMIT', 50.000000000000000000, 'BLOCK', true, NULL, NULL, NULL, '{}', 1, '2026-11-23 11:09:21.249314+00', '2026-11-23 11:09:21.249314+00'),
	('01a20818-9fe1-7267-92e0-b6a38c316e47', '01a20818-9f07-7211-bf6b-c00f864a333e', 'Max Daily Loss', 'MAX_DAILY_LOSS', 5.000000000000000000, 'BLOCK', true, NULL, NULL, NULL, '{"unit":"percent"}', 1, '2026-11-23 11:09:21.249314+00', '2026-11-23 11:09:21.249314+00'),
	('01a20818-9fe1-7267-92e0-b6a4545a14b4', '01a20818-9f07-7211-bf6b-c00f864a333e', 'Max Drawdown', 'MAX_DRAWDOWN', 20.000000000000000000, 'HALT', true, NULL, NULL, NULL, '{}', 1, '2026-11-23 11:09:21.249314+00', '2026-11-23 11:09:21.249314+00'),
	('01a20818-9fe1-7267-92e0-b6a5fae7a56b', '01a20818-9f07-7211-bf6b-c00f864a333e', 'Price Collar', 'PRICE_COLLAR', 5.000000000000000000, 'BLOCK', true, NULL, NULL, NULL, '{"dollars":"0.50"}', 1, '2026-11-23 11:09:21.249314+00', '2026-11-23 11:09:21.249314+00'),
	('01a20818-9fe1-7267-92e0-b6a6648f1138', '01a20818-9f07-7211-bf6b-c00f864a333e', 'Duplicate Orders', 'DUPLICATE_ORDER', 5.000000000000000000, 'BLOCK', true, NULL, NULL, NULL, '{"window_s":"10"}', 1, '2026-11-23 11:09:21.249314+00', '2026-11-23 11:09:21.249314+00'),
	('01a20818-9fe1-7267-92e0-b6a753815653', '01a20818-9f07-7211-bf6b-c00f864a333e', 'Order Rate', 'ORDER_RATE', 100.000000000000000000, 'BLOCK', true, NULL, NULL, NULL, '{"window_s":"1"}', 1, '2026-11-23 11:09:21.249314+00', '2026-11-23 11:09:21.249314+00'),
	('01a20818-9fe1-7267-92e0-b6a8c8c470ef', '01a20818-9f07-7211-bf6b-c00f864a333e', 'Share of Daily Volume', 'MAX_ADV_PERCENT', 1.000000000000000000, 'WARN', true, NULL, NULL, NULL, '{}', 1, '2026-11-23 11:09:21.249314+00', '2026-11-23 11:09:21.249314+00'),
	('01a20818-9fe1-7267-92e0-b6a9537697ee', '01a20818-9f07-7211-bf6b-c00f864a333e', 'Stale Price', 'STALE_PRICE', 345600.000000000000000000, 'BLOCK', true, NULL, NULL, NULL, '{}', 1, '2026-11-23 11:09:21.249314+00', '2026-11-23 11:09:21.249314+00');
INSERT INTO public.rule_sets VALUES
	('01a20818-9f07-7211-bf6b-c00f864a333e', 12);
INSERT INTO public.secret_keys VALUES
	(1, 'current', '\xf73b25c5273e5cb7e64f76665e3bc55749889ed81701728b2e4ac60b60db5a03058e819d25217b389dbd4e5cb02d3cb120eef0c114490ab3dadd8dfa', '\x', '2026-11-23 11:09:20.766003+00', NULL);
INSERT INTO public.tenants VALUES
	('01a20818-9f07-7211-bf6b-c00f864a333e', 'Home', '2026-11-23 11:09:21.031565+00');
INSERT INTO public.users VALUES
	('01a20818-9f07-7211-bf6b-c010a7274a35', '01a20818-9f07-7211-bf6b-c00f864a333e', 'owner@localhost', '$argon2id$v=19$m=65536,t=3,p=4$FRBKigIgH+FE289KM9pH5g$Rc0ZBrsSOE22/v8zrsGRqUyLf0oAmdonTOvumRVj67c', '2026-11-23 11:09:21.031565+00', '', NULL, NULL, '2026-11-26 11:09:21.031565+00', 'owner@localhost');
INSERT INTO public.workspace_shelves VALUES
	('01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-9f07-7211-bf6b-c010a7274a35', 1, '01a20818-b93a-7548-aae8-1188a33e9cef');
INSERT INTO public.workspaces VALUES
	('01a20818-b93a-7548-aae8-1188a33e9cef', '01a20818-9f07-7211-bf6b-c00f864a333e', '01a20818-9f07-7211-bf6b-c010a7274a35', 'Morning', 1, 17, '\xb99684d583cfe3580503e375afcca97e5ef1723075d2b47591d6a61a1b3f5dd6', '2026-11-23 11:09:27.738709+00', '2026-11-23 11:09:27.738709+00', '\x7b202270616e656c7322203a205b5d207d');
SELECT pg_catalog.setval('public.audit_seq', 47, true);
SELECT pg_catalog.setval('public.identity_changes_seq_seq', 1, false);
SELECT pg_catalog.setval('public.notices_position_seq', 84, true);
ALTER TABLE ONLY public.account_grants
    ADD CONSTRAINT account_grants_pkey PRIMARY KEY (member_id, account_id);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.agents
    ADD CONSTRAINT agents_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_name UNIQUE (tenant_id, name);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.applied_reports
    ADD CONSTRAINT applied_reports_pkey PRIMARY KEY (broker, sequence);
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.audit_links
    ADD CONSTRAINT audit_links_pkey PRIMARY KEY (tenant_id, "position");
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY public.backup_codes
    ADD CONSTRAINT backup_codes_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.ballast_meta
    ADD CONSTRAINT ballast_meta_pkey PRIMARY KEY (only_row);
ALTER TABLE ONLY public.book_checks
    ADD CONSTRAINT book_checks_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.books
    ADD CONSTRAINT books_pkey PRIMARY KEY (account_id);
ALTER TABLE ONLY public.breaches
    ADD CONSTRAINT breaches_pkey PRIMARY KEY (account_id, rule_id, rule_version);
ALTER TABLE ONLY public.broker_reports
    ADD CONSTRAINT broker_reports_pkey PRIMARY KEY (broker);
ALTER TABLE ONLY public.claims
    ADD CONSTRAINT claims_pkey PRIMARY KEY (tenant_id, key);
ALTER TABLE ONLY public.command_keys
    ADD CONSTRAINT command_keys_pkey PRIMARY KEY (tenant_id, key_id);
ALTER TABLE ONLY public.consumer_restarts
    ADD CONSTRAINT consumer_restarts_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.decision_rules
    ADD CONSTRAINT decision_rules_pkey PRIMARY KEY (tenant_id, digest);
ALTER TABLE ONLY public.decisions
    ADD CONSTRAINT decisions_pkey PRIMARY KEY (order_id, id);
ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.disabled_command_keys
    ADD CONSTRAINT disabled_command_keys_pkey PRIMARY KEY (tenant_id, key_id);
ALTER TABLE ONLY public.ended_tokens
    ADD CONSTRAINT ended_tokens_pkey PRIMARY KEY (token_id);
ALTER TABLE ONLY public.factor_recoveries
    ADD CONSTRAINT factor_recoveries_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.fills
    ADD CONSTRAINT fills_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.fills
    ADD CONSTRAINT fills_trade UNIQUE (account_id, order_id, trade_id);
ALTER TABLE ONLY public.identity_changes
    ADD CONSTRAINT identity_changes_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (tenant_id, command_id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.latches
    ADD CONSTRAINT latches_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT ledger_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT ledger_reference UNIQUE (account_id, kind, reference);
ALTER TABLE ONLY public.login_challenges
    ADD CONSTRAINT login_challenges_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.login_challenges
    ADD CONSTRAINT login_challenges_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.login_failures
    ADD CONSTRAINT login_failures_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.login_records
    ADD CONSTRAINT login_records_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_tenant_id_id_key UNIQUE (tenant_id, id);
ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_pkey PRIMARY KEY (xact, "position");
ALTER TABLE ONLY public.order_transitions
    ADD CONSTRAINT order_transitions_pkey PRIMARY KEY (before, after);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_client_id UNIQUE (account_id, client_order_id);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.passcodes
    ADD CONSTRAINT passcodes_pkey PRIMARY KEY (tenant_id);
ALTER TABLE ONLY public.passkey_challenges
    ADD CONSTRAINT passkey_challenges_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_credential_id_key UNIQUE (credential_id);
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.password_resets
    ADD CONSTRAINT password_resets_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.password_resets
    ADD CONSTRAINT password_resets_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.personal_tokens
    ADD CONSTRAINT personal_tokens_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.personal_tokens
    ADD CONSTRAINT personal_tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.portfolios
    ADD CONSTRAINT portfolios_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.positions
    ADD CONSTRAINT positions_pkey PRIMARY KEY (account_id, symbol);
ALTER TABLE ONLY public.postings
    ADD CONSTRAINT postings_pkey PRIMARY KEY (transaction_id, line);
ALTER TABLE ONLY public.process_parts
    ADD CONSTRAINT process_parts_pkey PRIMARY KEY (part);
ALTER TABLE ONLY public.reader_cursors
    ADD CONSTRAINT reader_cursors_pkey PRIMARY KEY (reader);
ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.replay_cursors
    ADD CONSTRAINT replay_cursors_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.replay_pulses
    ADD CONSTRAINT replay_pulses_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.replay_wishes
    ADD CONSTRAINT replay_wishes_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.replies
    ADD CONSTRAINT replies_key PRIMARY KEY (tenant_id, key);
ALTER TABLE ONLY public.risk_rules
    ADD CONSTRAINT risk_rules_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.rule_sets
    ADD CONSTRAINT rule_sets_pkey PRIMARY KEY (tenant_id);
ALTER TABLE ONLY public.secret_keys
    ADD CONSTRAINT secret_keys_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT secrets_pkey PRIMARY KEY (tenant_id, table_name, column_name, row_id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stream_alarms
    ADD CONSTRAINT stream_alarms_pkey PRIMARY KEY (kind, subject);
ALTER TABLE ONLY public.stream_tickets
    ADD CONSTRAINT stream_tickets_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.totp_factors
    ADD CONSTRAINT totp_factors_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.user_notices
    ADD CONSTRAINT user_notices_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspace_shelves
    ADD CONSTRAINT workspace_shelves_pkey PRIMARY KEY (tenant_id, user_id);
ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_tenant_id_user_id_id_key UNIQUE (tenant_id, user_id, id);
ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_tenant_id_user_id_name_key UNIQUE (tenant_id, user_id, name);
CREATE UNIQUE INDEX accounts_of_tenant ON public.accounts USING btree (tenant_id, id);
CREATE INDEX accounts_tenant ON public.accounts USING btree (tenant_id, id);
CREATE UNIQUE INDEX agents_member ON public.agents USING btree (tenant_id, member_id);
CREATE INDEX api_keys_due ON public.api_keys USING btree (due_at);
CREATE INDEX attempts_open ON public.attempts USING btree (open_at);
CREATE INDEX audit_api_keys ON public.audit USING btree (tenant_id, subject, id) WHERE (action ~~ 'api_key.%'::text);
CREATE INDEX audit_reviews ON public.audit USING btree (tenant_id, subject, seq) WHERE (action = 'audit.review'::text);
CREATE INDEX backup_codes_spent ON public.backup_codes USING btree (spent_at) WHERE (spent_at IS NOT NULL);
CREATE INDEX backup_codes_user ON public.backup_codes USING btree (user_id) WHERE (spent_at IS NULL);
CREATE INDEX book_checks_open ON public.book_checks USING btree (asked_at) WHERE (answered_at IS NULL);
CREATE INDEX claims_age ON public.claims USING brin (lapses_at) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX consumer_restarts_latest ON public.consumer_restarts USING btree (consumer_group, id DESC);
CREATE INDEX devices_seen ON public.devices USING btree (seen_at);
CREATE INDEX devices_user ON public.devices USING btree (user_id, id);
CREATE INDEX ended_tokens_expiry ON public.ended_tokens USING btree (expires_at);
CREATE INDEX factor_recoveries_due ON public.factor_recoveries USING btree (effective_at) WHERE ((done_at IS NULL) AND (canceled_at IS NULL));
CREATE UNIQUE INDEX factor_recoveries_open ON public.factor_recoveries USING btree (user_id) WHERE ((done_at IS NULL) AND (canceled_at IS NULL));
CREATE INDEX factor_tries_age ON public.factor_tries USING btree (at);
CREATE INDEX factor_tries_user ON public.factor_tries USING btree (user_id, at);
CREATE INDEX fills_account ON public.fills USING btree (account_id, id);
CREATE INDEX identity_changes_age ON public.identity_changes USING brin (at);
CREATE INDEX inbox_age ON public.inbox USING brin (begun_at) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX intakes_account ON public.intakes USING btree (account_id, starts_with(fingerprint, 'reducing '::text), at);
CREATE INDEX intakes_age ON public.intakes USING brin (at) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX invitations_tenant ON public.invitations USING btree (tenant_id, id);
CREATE INDEX latches_engaged ON public.latches USING btree (tenant_id) WHERE (released_at IS NULL);
CREATE INDEX ledger_account ON public.ledger USING btree (account_id, id);
CREATE INDEX login_challenges_expiry ON public.login_challenges USING btree (expires_at);
CREATE INDEX login_challenges_user ON public.login_challenges USING btree (user_id) WHERE (used_at IS NULL);
CREATE INDEX login_failures_user ON public.login_failures USING btree (user_id, at, id);
CREATE INDEX login_records_device ON public.login_records USING btree (device_id);
CREATE INDEX login_records_user ON public.login_records USING btree (user_id, at, id);
CREATE UNIQUE INDEX notices_sequence ON public.notices USING btree (tenant_id, account_id, channel, sequence) NULLS NOT DISTINCT;
CREATE INDEX notices_subject ON public.notices USING btree (subject, "position") WHERE (channel = 'orders'::text);
CREATE INDEX orders_account ON public.orders USING btree (account_id, id);
CREATE INDEX orders_in_doubt ON public.orders USING btree (id) WHERE (state = ANY (ARRAY['submitted'::text, 'unknown'::text]));
CREATE INDEX orders_live ON public.orders USING btree (account_id) WHERE (state <> ALL (ARRAY['denied'::text, 'rejected'::text, 'canceled'::text, 'expired'::text, 'filled'::text]));
CREATE INDEX orders_to_send ON public.orders USING btree (id) WHERE (((state = 'accepted'::text) AND (NOT waiting)) OR ((state = ANY (ARRAY['pending_cancel'::text, 'pending_update'::text])) AND (NOT request_sent)));
CREATE INDEX passkey_challenges_expiry ON public.passkey_challenges USING btree (expires_at);
CREATE INDEX passkeys_user ON public.passkeys USING btree (user_id, id);
CREATE INDEX password_resets_user ON public.password_resets USING btree (user_id) WHERE (used_at IS NULL);
CREATE INDEX personal_tokens_of ON public.personal_tokens USING btree (tenant_id, member_id);
CREATE INDEX refresh_tokens_session ON public.refresh_tokens USING btree (session_id);
CREATE INDEX replies_age ON public.replies USING brin (at) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX risk_rules_tenant ON public.risk_rules USING btree (tenant_id, id);
CREATE UNIQUE INDEX secret_keys_current ON public.secret_keys USING btree ((true)) WHERE (state = 'current'::text);
CREATE INDEX secrets_key_version ON public.secrets USING btree (key_version);
CREATE INDEX sessions_expiry ON public.sessions USING btree (expires_at);
CREATE INDEX sessions_open ON public.sessions USING btree (user_id, id) WHERE (ended_at IS NULL);
CREATE INDEX stream_tickets_lapse ON public.stream_tickets USING btree (lapses_at);
CREATE INDEX totp_factors_removed ON public.totp_factors USING btree (removed_at) WHERE (removed_at IS NOT NULL);
CREATE INDEX totp_factors_unconfirmed ON public.totp_factors USING btree (created_at) WHERE (confirmed_at IS NULL);
CREATE INDEX totp_factors_user ON public.totp_factors USING btree (user_id, id) WHERE (removed_at IS NULL);
CREATE INDEX user_notices_user ON public.user_notices USING btree (user_id, id);
CREATE INDEX users_address ON public.users USING btree (address);
CREATE UNIQUE INDEX users_email ON public.users USING btree (tenant_id, address);
CREATE TRIGGER audit_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER audit_links_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_links FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER decision_rules_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.decision_rules FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER decisions_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.decisions FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER fills_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.fills FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER ledger_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER notices_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.notices FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER orders_entry AFTER INSERT ON public.orders FOR EACH ROW WHEN ((new.state <> ALL (ARRAY['accepted'::text, 'canceled'::text, 'denied'::text, 'expired'::text, 'filled'::text, 'partially_filled'::text, 'rejected'::text, 'triggered'::text, 'working'::text]))) EXECUTE FUNCTION public.check_order_move();
CREATE TRIGGER orders_move BEFORE UPDATE OF state ON public.orders FOR EACH ROW WHEN ((new.state <> old.state)) EXECUTE FUNCTION public.check_order_move();
CREATE TRIGGER postings_balance AFTER INSERT ON public.postings REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.check_balance();
CREATE TRIGGER postings_immutable BEFORE DELETE OR UPDATE OR TRUNCATE ON public.postings FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE ONLY public.account_grants
    ADD CONSTRAINT account_grants_tenant_id_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES public.accounts(tenant_id, id);
ALTER TABLE ONLY public.account_grants
    ADD CONSTRAINT account_grants_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.account_grants
    ADD CONSTRAINT account_grants_tenant_id_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES public.members(tenant_id, id);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_portfolio_id_fkey FOREIGN KEY (portfolio_id) REFERENCES public.portfolios(id);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.agents
    ADD CONSTRAINT agents_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.backup_codes
    ADD CONSTRAINT backup_codes_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.backup_codes
    ADD CONSTRAINT backup_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.books
    ADD CONSTRAINT books_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);
ALTER TABLE ONLY public.command_keys
    ADD CONSTRAINT command_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.devices
    ADD CONSTRAINT devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.disabled_command_keys
    ADD CONSTRAINT disabled_command_keys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.ended_tokens
    ADD CONSTRAINT ended_tokens_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.factor_recoveries
    ADD CONSTRAINT factor_recoveries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.factor_recoveries
    ADD CONSTRAINT factor_recoveries_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.factor_tries
    ADD CONSTRAINT factor_tries_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.factor_tries
    ADD CONSTRAINT factor_tries_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.fills
    ADD CONSTRAINT fills_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);
ALTER TABLE ONLY public.identity_changes
    ADD CONSTRAINT identity_changes_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.login_challenges
    ADD CONSTRAINT login_challenges_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.login_challenges
    ADD CONSTRAINT login_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.login_failures
    ADD CONSTRAINT login_failures_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.login_failures
    ADD CONSTRAINT login_failures_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.login_records
    ADD CONSTRAINT login_records_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.login_records
    ADD CONSTRAINT login_records_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.passkeys
    ADD CONSTRAINT passkeys_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.password_resets
    ADD CONSTRAINT password_resets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.password_resets
    ADD CONSTRAINT password_resets_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.personal_tokens
    ADD CONSTRAINT personal_tokens_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.personal_tokens
    ADD CONSTRAINT personal_tokens_tenant_id_member_id_fkey FOREIGN KEY (tenant_id, member_id) REFERENCES public.members(tenant_id, id);
ALTER TABLE ONLY public.portfolios
    ADD CONSTRAINT portfolios_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.positions
    ADD CONSTRAINT positions_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id);
ALTER TABLE ONLY public.postings
    ADD CONSTRAINT postings_transaction_id_fkey FOREIGN KEY (transaction_id) REFERENCES public.ledger(id);
ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.refresh_tokens
    ADD CONSTRAINT refresh_tokens_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT secrets_key_version_fkey FOREIGN KEY (key_version) REFERENCES public.secret_keys(version);
ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT secrets_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.totp_factors
    ADD CONSTRAINT totp_factors_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.totp_factors
    ADD CONSTRAINT totp_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.user_notices
    ADD CONSTRAINT user_notices_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.user_notices
    ADD CONSTRAINT user_notices_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.workspace_shelves
    ADD CONSTRAINT workspace_shelves_default FOREIGN KEY (tenant_id, user_id, default_id) REFERENCES public.workspaces(tenant_id, user_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.workspace_shelves
    ADD CONSTRAINT workspace_shelves_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id);
ALTER TABLE ONLY public.workspaces
    ADD CONSTRAINT workspaces_tenant_id_user_id_fkey FOREIGN KEY (tenant_id, user_id) REFERENCES public.workspace_shelves(tenant_id, user_id);
ALTER TABLE public.account_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.agents ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.audit_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.backup_codes ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.book_checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.books ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.breaches ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.claims ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.command_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.decision_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.decisions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.devices ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.disabled_command_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.ended_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.factor_recoveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.factor_tries ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.fills ENABLE ROW LEVEL SECURITY;
CREATE POLICY hold ON public.secret_keys FOR UPDATE USING (true) WITH CHECK (false);
ALTER TABLE public.identity_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.inbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.intakes ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.latches ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.login_challenges ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.login_failures ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.login_records ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.passcodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.passkey_challenges ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.passkeys ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.password_resets ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.personal_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.portfolios ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.positions ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.postings ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON public.secret_keys FOR SELECT USING (true);
ALTER TABLE public.refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.replies ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.risk_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.rule_sets ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.secret_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON public.account_grants USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.accounts USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.agents USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.api_keys USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.audit USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.audit_links USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.backup_codes USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.book_checks USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.books USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.breaches USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.claims USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.command_keys USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.decision_rules USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.decisions USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.devices USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.disabled_command_keys USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.ended_tokens USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.factor_recoveries USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.factor_tries USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.fills USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.identity_changes USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.inbox USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.intakes USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.invitations USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.latches USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.ledger USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.login_challenges USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.login_failures USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.login_records USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.members USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.notices USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.orders USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.passcodes USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.passkey_challenges USING (((tenant_id = public.ballast_tenant()) OR (tenant_id = '00000000-0000-0000-0000-000000000000'::uuid))) WITH CHECK (((tenant_id = public.ballast_tenant()) OR (tenant_id = '00000000-0000-0000-0000-000000000000'::uuid)));
CREATE POLICY tenant ON public.passkeys USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.password_resets USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.personal_tokens USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.portfolios USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.positions USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.postings USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.refresh_tokens USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.replies USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.risk_rules USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.rule_sets USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.secrets USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.sessions USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.tenants USING ((id = public.ballast_tenant())) WITH CHECK ((id = public.ballast_tenant()));
CREATE POLICY tenant ON public.totp_factors USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.user_notices USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.users USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.workspace_shelves USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
CREATE POLICY tenant ON public.workspaces USING ((tenant_id = public.ballast_tenant())) WITH CHECK ((tenant_id = public.ballast_tenant()));
ALTER TABLE public.tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.totp_factors ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.user_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.workspace_shelves ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.workspaces ENABLE ROW LEVEL SECURITY;
