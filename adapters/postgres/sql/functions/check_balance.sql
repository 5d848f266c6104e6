-- Refuse postings that do not sum to zero, per transaction and asset.
CREATE FUNCTION check_balance() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM added GROUP BY transaction_id, asset HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'postings do not sum to zero' USING ERRCODE = 'BL005';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER postings_balance AFTER INSERT ON postings
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION check_balance();
