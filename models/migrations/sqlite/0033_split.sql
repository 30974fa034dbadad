-- +goose Up
-- Makers get their share of what is paid for their goods: each a part of the price, or an amount
-- for each unit. Their goods are those whose producer has their name.
CREATE TABLE makers (
    id           INTEGER PRIMARY KEY,
    name_ka      TEXT NOT NULL UNIQUE CHECK (name_ka <> ''),  -- product_texts.producer, in Georgian
    name_en      TEXT NOT NULL,                               -- and in English
    iban         TEXT NOT NULL,                               -- '': nothing is shared with them
    percent      INTEGER NOT NULL CHECK (percent BETWEEN 0 AND 100),
    amount_tetri INTEGER NOT NULL CHECK (amount_tetri >= 0),
    description  TEXT NOT NULL CHECK (length(description) <= 25), -- what the maker reads beside the transfer
    version      INTEGER NOT NULL DEFAULT 1,
    created_at   TIMESTAMP NOT NULL,
    updated_at   TIMESTAMP NOT NULL,
    CHECK ((percent > 0) <> (amount_tetri > 0))
);
CREATE UNIQUE INDEX makers_by_iban ON makers (iban) WHERE iban <> '';

-- How an attempt to pay is shared: one row at most, which a capture computes anew.
CREATE TABLE splits (
    id         INTEGER PRIMARY KEY,
    order_id   INTEGER NOT NULL REFERENCES orders (id),
    payment_id INTEGER NOT NULL UNIQUE REFERENCES payments (id),
    capture_id INTEGER REFERENCES captures (id),              -- the capture that carries it; NULL: the order does
    state      TEXT NOT NULL CHECK (state IN ('planned', 'not_sent', 'sent', 'created', 'processing', 'completed', 'canceled', 'rejected')),
    why        TEXT NOT NULL DEFAULT '' CHECK (why IN ('', 'method', 'lines', 'automatic', 'refused', 'absent')),
    of_tetri   INTEGER NOT NULL CHECK (of_tetri > 0),         -- what is shared: the total, or what is captured of it
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    taken_at   TIMESTAMP                                      -- when the bank first reported the money as captured
);
CREATE INDEX splits_by_order ON splits (order_id);
CREATE INDEX splits_by_time ON splits (taken_at) WHERE taken_at IS NOT NULL;

-- What each maker gets, frozen: the account and the name as they were then.
CREATE TABLE split_shares (
    split_id     INTEGER NOT NULL REFERENCES splits (id),
    position     INTEGER NOT NULL,
    maker_id     INTEGER NOT NULL REFERENCES makers (id),
    name_ka      TEXT NOT NULL,
    name_en      TEXT NOT NULL,
    iban         TEXT NOT NULL CHECK (iban <> ''),
    description  TEXT NOT NULL,
    amount_tetri INTEGER NOT NULL CHECK (amount_tetri > 0),
    state        TEXT NOT NULL CHECK (state IN ('planned', 'not_sent', 'sent', 'created', 'processing', 'completed', 'canceled', 'rejected')),
    PRIMARY KEY (split_id, position)
) WITHOUT ROWID;
