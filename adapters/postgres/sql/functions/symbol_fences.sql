-- Which orders of a tenant may meet each other: a number per symbol, raised by each change that
-- puts an order there while a rule forbids the tenant to trade with itself.
CREATE TABLE symbol_fences (
    tenant_id uuid NOT NULL,
    symbol text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant_id, symbol)
);

-- Say what is stale, or nothing where nobody has put an order in these symbols since the versions
-- were read. The rows are held in one order, before any book: of two changes one comes after the
-- other, and is looked at by a statement that begins after the lock was granted.
CREATE FUNCTION stale_symbols(
    p_tenant uuid, p_symbols text[], p_versions bigint[], p_key text
) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('ballast.tenant', p_tenant::text, true);
    INSERT INTO symbol_fences
    SELECT p_tenant, s.symbol, 0 FROM unnest(p_symbols) AS s(symbol) ORDER BY s.symbol
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM symbol_fences f
    WHERE f.tenant_id = p_tenant AND f.symbol = ANY (p_symbols)
    ORDER BY f.symbol FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM used_keys WHERE tenant_id = p_tenant AND key = p_key) THEN
        RETURN 'replied';
    END IF;
    IF EXISTS (
        SELECT FROM unnest(p_symbols, p_versions) AS o(symbol, version)
        JOIN symbol_fences f ON f.tenant_id = p_tenant AND f.symbol = o.symbol
        WHERE f.version <> o.version
    ) THEN
        RETURN 'symbols';
    END IF;
    RETURN NULL;
END
$$;

-- Raise the numbers of the symbols where a change was stored, and return what was said of it.
CREATE FUNCTION raised_symbols(p_said text, p_tenant uuid, p_symbols text[]) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    IF p_said = 'committed' THEN
        UPDATE symbol_fences SET version = version + 1
        WHERE tenant_id = p_tenant AND symbol = ANY (p_symbols);
    END IF;
    RETURN p_said;
END
$$;
