-- Refuse a move of an order that the domain does not know, whoever asks for it.
CREATE FUNCTION check_order_move() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('accepted', 'canceled', 'denied', 'expired', 'filled',
            'partially_filled', 'rejected', 'triggered', 'working') THEN
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

CREATE TRIGGER orders_move BEFORE UPDATE OF state ON orders
    FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION check_order_move();

-- After, not before: a row that ends as an update on conflict is no insert. The condition spares
-- the usual order a call of the function.
CREATE TRIGGER orders_entry AFTER INSERT ON orders
    FOR EACH ROW WHEN (NEW.state NOT IN (
        'accepted', 'canceled', 'denied', 'expired', 'filled', 'partially_filled',
        'rejected', 'triggered', 'working'
    )) EXECUTE FUNCTION check_order_move();
