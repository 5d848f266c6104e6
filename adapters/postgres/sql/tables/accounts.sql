-- Accounts, their books and their ledger.

CREATE TABLE portfolios (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    name text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    portfolio_id uuid NOT NULL REFERENCES portfolios,
    name text NOT NULL,
    broker text NOT NULL,
    created_at timestamptz NOT NULL,
    currency text NOT NULL,
    kind text NOT NULL,
    leverage numeric NOT NULL
);
CREATE INDEX accounts_tenant ON accounts (tenant_id, id);
-- Of one tenant, member and account both: the tables themselves refuse another's.
CREATE UNIQUE INDEX accounts_of_tenant ON accounts (tenant_id, id);

-- One row per account, changed by compare-and-swap on its version. A low fill factor leaves room
-- for updates in place.
CREATE TABLE books (
    account_id uuid PRIMARY KEY REFERENCES accounts,
    version bigint NOT NULL,
    cash jsonb NOT NULL,
    day_date date,
    opening_equity numeric(38,18),
    peak_equity numeric(38,18) NOT NULL,
    sequences jsonb NOT NULL,
    tenant_id uuid NOT NULL DEFAULT ballast_tenant(),
    lap integer NOT NULL DEFAULT 1
) WITH (fillfactor = 50);

CREATE TABLE positions (
    account_id uuid NOT NULL REFERENCES accounts,
    symbol text NOT NULL,
    quantity numeric(38,18) NOT NULL,
    cost numeric(38,18) NOT NULL,
    realised_pnl numeric(38,18) NOT NULL,
    commissions numeric(38,18) NOT NULL,
    multiplier numeric(38,18) NOT NULL,
    split_on date,
    split_from numeric NOT NULL DEFAULT 0,
    tenant_id uuid NOT NULL DEFAULT ballast_tenant(),
    PRIMARY KEY (account_id, symbol)
);

CREATE TABLE ledger (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    market_at timestamptz NOT NULL,
    reference text NOT NULL,
    CONSTRAINT ledger_reference UNIQUE (account_id, kind, reference)
);
CREATE TRIGGER ledger_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE INDEX ledger_account ON ledger (account_id, id);

CREATE TABLE postings (
    transaction_id uuid NOT NULL REFERENCES ledger,
    line smallint NOT NULL,
    ledger text NOT NULL,
    asset text NOT NULL,
    amount numeric(38,18) NOT NULL,
    tenant_id uuid NOT NULL DEFAULT ballast_tenant(),
    PRIMARY KEY (transaction_id, line)
);
CREATE TRIGGER postings_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON postings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE book_checks (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    answered_at timestamptz,
    problem text,
    order_id uuid
);
CREATE INDEX book_checks_open ON book_checks (asked_at) WHERE answered_at IS NULL;
