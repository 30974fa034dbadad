-- +goose Up
-- The way to pay that the shopper chose: of the order as it is now, of each attempt as it was sent.
-- What was really paid with stands in payments.method.
ALTER TABLE orders ADD COLUMN method TEXT NOT NULL DEFAULT 'card';
ALTER TABLE payments ADD COLUMN chosen_method TEXT NOT NULL DEFAULT 'card';

-- What staff, or the bank, have decided about a way to pay; it counts more than the settings.
CREATE TABLE method_switches (
    method  TEXT PRIMARY KEY,
    offered BOOLEAN NOT NULL,
    at      TIMESTAMP NOT NULL,
    by      TEXT NOT NULL,              -- who decided; '': the shop itself, because the bank refused the method
    why     TEXT NOT NULL DEFAULT ''    -- the bank's answer
) WITHOUT ROWID;
