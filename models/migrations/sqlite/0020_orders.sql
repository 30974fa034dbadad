-- +goose Up
-- How staff find an order among a million. Its list is in the order of ids, which is that of
-- placing; each index has all that the list is filtered by, so that no row is read in vain.
CREATE INDEX orders_by_time ON orders (created_at);
CREATE INDEX orders_listed ON orders (id, status, fulfilment, delivery, total_tetri);
CREATE INDEX orders_by_status ON orders (status, id, fulfilment, delivery, total_tetri);
CREATE INDEX orders_by_fulfilment ON orders (fulfilment, status, id, delivery, total_tetri);
CREATE INDEX orders_by_total ON orders (total_tetri, id, status, fulfilment, delivery);
CREATE INDEX orders_by_email ON orders (email);

-- The words by which people are found: names as they are written and as they sound, and
-- telephone numbers. The program writes them (order_words.go). Secure deletion takes the
-- words of somebody who is forgotten out of the index at once, and not when it is merged.
CREATE VIRTUAL TABLE order_words USING fts5 (
    words, detail = none, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4'
);
INSERT INTO order_words (order_words, rank) VALUES ('secure-delete', 1);

-- The last four digits of the card, which people read out on the telephone.
ALTER TABLE payments ADD COLUMN card_last4 TEXT NOT NULL DEFAULT '';
UPDATE payments SET card_last4 = substr(card_mask, -4) WHERE card_mask GLOB '*[0-9][0-9][0-9][0-9]';
CREATE INDEX payments_by_last4 ON payments (card_last4, order_id) WHERE card_last4 <> '';

CREATE INDEX payments_by_method ON payments (method, order_id) WHERE method <> '';

-- What staff note about an order. A note is added and never changed; when the person of the
-- order is forgotten its text goes.
CREATE TABLE order_notes (
    id       INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (id),
    staff_id INTEGER REFERENCES staff (id),  -- NULL: the command line
    who      TEXT NOT NULL,                  -- their address at that time
    at       TIMESTAMP NOT NULL,
    text     TEXT NOT NULL
);
CREATE INDEX order_notes_by_order ON order_notes (order_id);

-- From where an order was placed, paid and looked at, for a dispute: one row for each kind
-- of access and address in an hour, blanked when the person of the order is forgotten.
CREATE TABLE order_accesses (
    id       INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (id),
    what     TEXT NOT NULL CHECK (what IN ('placed', 'returned', 'viewed')),
    hour     TIMESTAMP NOT NULL,             -- in which it was; with address it bounds the rows
    at       TIMESTAMP NOT NULL,             -- the first time within the hour
    address  TEXT NOT NULL,                  -- network address
    agent    TEXT NOT NULL,                  -- what the browser says that it is
    UNIQUE (order_id, what, hour, address)
);

CREATE INDEX order_accesses_by_age ON order_accesses (at);

-- Forms of staff that move money: each form is carried out once, however often it is sent.
CREATE TABLE order_forms (
    form_key  TEXT PRIMARY KEY,
    order_id  INTEGER NOT NULL REFERENCES orders (id),
    what      TEXT NOT NULL CHECK (what IN ('refund', 'capture', 'release')),
    result_id INTEGER NOT NULL               -- of the refund or the capture
) WITHOUT ROWID;
