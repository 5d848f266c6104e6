-- What a change makes of an account's book, and what must hold for it: cash, day and equity are
-- empty where they stay as they are, keys are those of its answers.
CREATE TYPE book_input AS (
    account_id uuid,
    expected bigint,
    rules_version bigint,
    must_be_released boolean,
    keys text[],
    cash jsonb,
    day_date date,
    opening_equity numeric,
    peak_equity numeric,
    sequences jsonb
);
