-- +goose Up
-- The words that people in payments use: reorder, reserve, requested, captured,
-- save-card request. And a status that the program does not know is refused here, too.
-- Migrations run without foreign keys, so that a table can be made anew (schema.go).
CREATE TABLE orders_new (
    id               INTEGER PRIMARY KEY,
    number           TEXT NOT NULL UNIQUE CHECK (length(number) <= 25),
    token            TEXT NOT NULL UNIQUE,     -- unguessable, in the guest's link
    checkout_key     TEXT NOT NULL UNIQUE,     -- one order per checkout form
    fingerprint      TEXT NOT NULL,            -- SHA-256 of everything that was ordered and typed
    cart_id          INTEGER REFERENCES carts (id) ON DELETE SET NULL,
    customer_id      INTEGER REFERENCES customers (id) ON DELETE SET NULL, -- NULL: a guest's
    reorder_of       INTEGER REFERENCES orders (id), -- the order it buys again
    root_id          INTEGER REFERENCES orders (id), -- the first of a chain of reorders; NULL: itself
    lang             TEXT NOT NULL CHECK (lang IN ('ka', 'en')),
    theme            TEXT NOT NULL CHECK (theme IN ('', 'light', 'dark')), -- of the bank's page
    status           TEXT NOT NULL CHECK (status IN ('awaiting_payment', 'confirming', 'paid', 'on_hold', 'declined', 'expired', 'cancelled',
                         'review', 'refund_requested', 'partly_refunded', 'refunded')),
    name             TEXT NOT NULL,
    email            TEXT NOT NULL,
    phone            TEXT NOT NULL,
    delivery         TEXT NOT NULL,
    region           TEXT NOT NULL,
    city             TEXT NOT NULL,
    street           TEXT NOT NULL,
    note             TEXT NOT NULL,
    items_tetri      INTEGER NOT NULL CHECK (items_tetri > 0),
    delivery_tetri   INTEGER NOT NULL CHECK (delivery_tetri >= 0),
    total_tetri      INTEGER NOT NULL,
    vat_tetri        INTEGER NOT NULL CHECK (vat_tetri BETWEEN 0 AND total_tetri),
    terms_version    TEXT NOT NULL,
    terms_at         TIMESTAMP NOT NULL,
    save_card        TEXT NOT NULL DEFAULT '' CHECK (save_card IN ('', 'recurrent', 'subscription')), -- what the shopper agreed to
    consent_version  TEXT NOT NULL DEFAULT '',
    consent_at       TIMESTAMP,
    forget_at        TIMESTAMP,                -- when the person in it is blanked out; NULL: not asked for
    reserves_stock   INTEGER NOT NULL CHECK (reserves_stock IN (0, 1)),
    reserved_until   TIMESTAMP NOT NULL,
    paid_payment_id  INTEGER,                  -- the one attempt that paid it
    network          TEXT NOT NULL DEFAULT '', -- keyed hash of the address it was placed from; '' is not known and not counted
    address_left     INTEGER NOT NULL DEFAULT 0 CHECK (address_left IN (0, 1)), -- its address is not in the customer's book any more
    age_confirmed_at TIMESTAMP,                -- when its shopper said that they are an adult
    created_at       TIMESTAMP NOT NULL,
    updated_at       TIMESTAMP NOT NULL,
    CHECK (total_tetri = items_tetri + delivery_tetri),
    CHECK ((reorder_of IS NULL) = (root_id IS NULL))
);
INSERT INTO orders_new (
        id, number, token, checkout_key, fingerprint, cart_id, customer_id, reorder_of, root_id, lang, theme, status, name, email,
        phone, delivery, region, city, street, note, items_tetri, delivery_tetri, total_tetri, vat_tetri, terms_version, terms_at,
        save_card, consent_version, consent_at, forget_at, reserves_stock, reserved_until, paid_payment_id, network, address_left,
        age_confirmed_at, created_at, updated_at)
    SELECT
        id, number, token, checkout_key, fingerprint, cart_id, customer_id, repeat_of, root_id, lang, theme, status, name, email,
        phone, delivery, region, city, street, note, items_tetri, delivery_tetri, total_tetri, vat_tetri, terms_version, terms_at,
        save_card, consent_version, consent_at, forget_at, holds_stock, hold_until, paid_payment_id, network, address_left,
        age_confirmed_at, created_at, updated_at
    FROM orders;
DROP TABLE orders;
ALTER TABLE orders_new RENAME TO orders;
CREATE INDEX orders_reserved_until ON orders (reserved_until) WHERE reserves_stock = 1;
CREATE INDEX orders_by_cart ON orders (cart_id);
CREATE INDEX orders_by_customer ON orders (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX orders_by_reorder ON orders (reorder_of, id) WHERE reorder_of IS NOT NULL;
CREATE INDEX orders_by_root ON orders (root_id) WHERE root_id IS NOT NULL;
CREATE INDEX orders_to_forget ON orders (forget_at) WHERE forget_at IS NOT NULL;
CREATE INDEX orders_of_guests ON orders (lower(email)) WHERE customer_id IS NULL;
CREATE INDEX orders_reserving_by_network ON orders (network) WHERE reserves_stock = 1 AND network <> '';
CREATE INDEX orders_reserving_by_customer ON orders (customer_id) WHERE reserves_stock = 1;

CREATE TABLE payments_new (
    id              INTEGER PRIMARY KEY,
    order_id        INTEGER NOT NULL REFERENCES orders (id),
    attempt         INTEGER NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('page', 'saved_card_page', 'automatic')),
    card_id         INTEGER REFERENCES saved_cards (id), -- the card it is paid with, unless typed on the page
    idempotency_key TEXT NOT NULL UNIQUE,
    request_body    BLOB NOT NULL,             -- the exact bytes; stored before the bank is called
    bank_order_id   TEXT UNIQUE,
    redirect_url    TEXT NOT NULL DEFAULT '',
    bank_status     TEXT NOT NULL DEFAULT '',  -- verbatim
    bank_code       TEXT NOT NULL DEFAULT '',  -- verbatim
    reject_reason   TEXT NOT NULL DEFAULT '',  -- verbatim
    state           TEXT NOT NULL CHECK (state IN ('starting', 'open', 'processing', 'held', 'paid', 'declined', 'expired', 'refused',
                        'mismatch', 'refund_requested', 'partly_refunded', 'refunded')),
    requested_tetri INTEGER NOT NULL CHECK (requested_tetri > 0),
    captured_tetri  INTEGER NOT NULL DEFAULT 0 CHECK (captured_tetri >= 0),
    refunded_tetri  INTEGER NOT NULL DEFAULT 0 CHECK (refunded_tetri >= 0),
    currency        TEXT NOT NULL DEFAULT 'GEL',
    card_mask       TEXT NOT NULL DEFAULT '',
    card_brand      TEXT NOT NULL DEFAULT '',
    save_card       TEXT NOT NULL DEFAULT '' CHECK (save_card IN ('', 'recurrent', 'subscription')), -- how the bank is to save the card
    save_card_key   TEXT UNIQUE,               -- idempotency key of the save-card request
    save_card_state TEXT NOT NULL DEFAULT '' CHECK (save_card_state IN ('', 'requested', 'accepted', 'failed')),
    expires_at      TIMESTAMP NOT NULL,        -- when the bank stops taking it
    checks          INTEGER NOT NULL DEFAULT 0,
    checked_at      TIMESTAMP,                 -- last time the bank answered about it
    next_check_at   TIMESTAMP,                 -- NULL: nothing more to ask
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    UNIQUE (order_id, attempt)
);
INSERT INTO payments_new (
        id, order_id, attempt, kind, card_id, idempotency_key, request_body, bank_order_id, redirect_url, bank_status, bank_code,
        reject_reason, state, requested_tetri, captured_tetri, refunded_tetri, currency, card_mask, card_brand, save_card,
        save_card_key, save_card_state, expires_at, checks, checked_at, next_check_at, created_at, updated_at)
    SELECT
        id, order_id, attempt, kind, card_id, idempotency_key, request_body, bank_order_id, redirect_url, bank_status, bank_code,
        reject_reason, state, asked_tetri, taken_tetri, refunded_tetri, currency, card_mask, card_brand, mark, mark_key,
        CASE mark_state WHEN 'asked' THEN 'requested' WHEN 'marked' THEN 'accepted' ELSE mark_state END, expires_at, checks,
        checked_at, next_check_at, created_at, updated_at
    FROM payments;
DROP TABLE payments;
ALTER TABLE payments_new RENAME TO payments;
CREATE INDEX payments_due ON payments (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE UNIQUE INDEX payments_one_open ON payments (order_id) WHERE state IN ('starting', 'open', 'processing');

CREATE TABLE ledger_new (
    id           INTEGER PRIMARY KEY,
    order_id     INTEGER NOT NULL REFERENCES orders (id),
    payment_id   INTEGER NOT NULL REFERENCES payments (id),
    at           TIMESTAMP NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('captured', 'refunded')),
    amount_tetri INTEGER NOT NULL CHECK (amount_tetri > 0)
);
INSERT INTO ledger_new (
        id, order_id, payment_id, at, kind, amount_tetri)
    SELECT
        id, order_id, payment_id, at, iif(kind = 'taken', 'captured', kind), amount_tetri
    FROM ledger;
DROP TABLE ledger;
ALTER TABLE ledger_new RENAME TO ledger;
CREATE INDEX ledger_by_order ON ledger (order_id);
CREATE UNIQUE INDEX ledger_captured_once ON ledger (payment_id) WHERE kind = 'captured';
