-- What accounts were worth at market times, each lap of a replay by itself.

CREATE TABLE equity_history (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    lap integer NOT NULL,
    at timestamptz NOT NULL,
    equity numeric(38,18) NOT NULL,
    closing boolean NOT NULL,
    PRIMARY KEY (account_id, lap, at),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
);
