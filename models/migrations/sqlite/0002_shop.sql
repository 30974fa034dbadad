-- +goose Up
CREATE TABLE carts (
    id          INTEGER PRIMARY KEY,
    customer_id INTEGER UNIQUE REFERENCES customers (id) ON DELETE CASCADE, -- NULL: a guest's
    updated_at  TIMESTAMP NOT NULL
);
CREATE INDEX carts_by_age ON carts (updated_at);

CREATE TABLE cart_keys (                      -- a customer's cart is opened from several browsers
    key_hash TEXT PRIMARY KEY,                -- SHA-256 of the key in the visitor's cookie
    cart_id  INTEGER NOT NULL REFERENCES carts (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX cart_keys_by_cart ON cart_keys (cart_id);

CREATE TABLE cart_items (
    cart_id    INTEGER NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
    product_id INTEGER NOT NULL REFERENCES products (id),
    quantity   INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 99),
    seen_tetri INTEGER NOT NULL CHECK (seen_tetri > 0), -- the price the shopper last saw
    added_at   TIMESTAMP NOT NULL,
    PRIMARY KEY (cart_id, product_id)
) WITHOUT ROWID;

CREATE TABLE orders (
    id               INTEGER PRIMARY KEY,
    number           TEXT NOT NULL UNIQUE CHECK (length(number) <= 25),
    token            TEXT NOT NULL UNIQUE,     -- unguessable, in the guest's link
    checkout_key     TEXT NOT NULL UNIQUE,     -- one order per checkout form
    fingerprint      TEXT NOT NULL,            -- SHA-256 of everything that was ordered and typed
    cart_id          INTEGER REFERENCES carts (id) ON DELETE SET NULL,
    customer_id      INTEGER REFERENCES customers (id) ON DELETE SET NULL, -- NULL: a guest's
    repeat_of        INTEGER REFERENCES orders (id), -- the order it buys again
    root_id          INTEGER REFERENCES orders (id), -- the first of a row of repeats; NULL: itself
    lang             TEXT NOT NULL CHECK (lang IN ('ka', 'en')),
    theme            TEXT NOT NULL CHECK (theme IN ('', 'light', 'dark')), -- of the bank's page
    status           TEXT NOT NULL,
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
    holds_stock      INTEGER NOT NULL CHECK (holds_stock IN (0, 1)),
    hold_until       TIMESTAMP NOT NULL,
    paid_payment_id  INTEGER,                  -- the one attempt that paid it
    created_at       TIMESTAMP NOT NULL,
    updated_at       TIMESTAMP NOT NULL,
    CHECK (total_tetri = items_tetri + delivery_tetri),
    CHECK ((repeat_of IS NULL) = (root_id IS NULL))
);
CREATE INDEX orders_by_hold ON orders (hold_until) WHERE holds_stock = 1;
CREATE INDEX orders_by_cart ON orders (cart_id);
CREATE INDEX orders_by_customer ON orders (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX orders_by_repeat ON orders (repeat_of, id) WHERE repeat_of IS NOT NULL;
CREATE INDEX orders_by_root ON orders (root_id) WHERE root_id IS NOT NULL;
CREATE INDEX orders_to_forget ON orders (forget_at) WHERE forget_at IS NOT NULL;
CREATE INDEX orders_of_guests ON orders (lower(email)) WHERE customer_id IS NULL;

CREATE TABLE order_lines (
    order_id   INTEGER NOT NULL REFERENCES orders (id),
    position   INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES products (id),
    slug       TEXT NOT NULL,
    name_ka    TEXT NOT NULL,
    name_en    TEXT NOT NULL,
    measure_ka TEXT NOT NULL,
    measure_en TEXT NOT NULL,
    picture    TEXT NOT NULL,
    tint       TEXT NOT NULL,
    quantity   INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 99),
    unit_tetri INTEGER NOT NULL CHECK (unit_tetri > 0),
    PRIMARY KEY (order_id, position)
) WITHOUT ROWID;

CREATE TABLE payments (
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
    state           TEXT NOT NULL,
    asked_tetri     INTEGER NOT NULL CHECK (asked_tetri > 0),
    taken_tetri     INTEGER NOT NULL DEFAULT 0 CHECK (taken_tetri >= 0),
    refunded_tetri  INTEGER NOT NULL DEFAULT 0 CHECK (refunded_tetri >= 0),
    currency        TEXT NOT NULL DEFAULT 'GEL',
    card_mask       TEXT NOT NULL DEFAULT '',
    card_brand      TEXT NOT NULL DEFAULT '',
    mark            TEXT NOT NULL DEFAULT '' CHECK (mark IN ('', 'recurrent', 'subscription')), -- how the bank is to save the card
    mark_key        TEXT UNIQUE,               -- idempotency key of the mark
    mark_state      TEXT NOT NULL DEFAULT '' CHECK (mark_state IN ('', 'asked', 'marked', 'failed')),
    expires_at      TIMESTAMP NOT NULL,        -- when the bank stops taking it
    checks          INTEGER NOT NULL DEFAULT 0,
    checked_at      TIMESTAMP,                 -- last time the bank answered about it
    next_check_at   TIMESTAMP,                 -- NULL: nothing more to ask
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    UNIQUE (order_id, attempt)
);
CREATE INDEX payments_due ON payments (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE UNIQUE INDEX payments_one_open ON payments (order_id) WHERE state IN ('starting', 'open', 'processing');

-- Append-only: what was heard from and said to the bank, and what followed.
CREATE TABLE payment_events (
    id         INTEGER PRIMARY KEY,
    payment_id INTEGER REFERENCES payments (id),
    at         TIMESTAMP NOT NULL,
    kind       TEXT NOT NULL,                  -- call, receipt, callback, transition, mismatch
    cause      TEXT NOT NULL,                  -- checkout, callback, return, worker, staff
    verdict    TEXT NOT NULL,
    headers    TEXT NOT NULL DEFAULT '',
    body       BLOB,
    body_hash  TEXT
);
CREATE INDEX payment_events_by_payment ON payment_events (payment_id, id);
CREATE UNIQUE INDEX payment_events_callback_once ON payment_events (body_hash) WHERE kind = 'callback' AND verdict = 'accepted';
-- +goose StatementBegin
CREATE TRIGGER payment_events_no_update BEFORE UPDATE ON payment_events
BEGIN
    SELECT RAISE(ABORT, 'the payment journal is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER payment_events_no_delete BEFORE DELETE ON payment_events
BEGIN
    SELECT RAISE(ABORT, 'the payment journal is append-only');
END;
-- +goose StatementEnd

CREATE TABLE order_events (                    -- the timeline a person reads
    id       INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (id),
    at       TIMESTAMP NOT NULL,
    status   TEXT NOT NULL,
    detail   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX order_events_by_order ON order_events (order_id, id);

CREATE TABLE stock_moves (
    id         INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES products (id),
    order_id   INTEGER NOT NULL REFERENCES orders (id),
    at         TIMESTAMP NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('reserved', 'released', 'sold')),
    quantity   INTEGER NOT NULL CHECK (quantity > 0)
);
CREATE INDEX stock_moves_by_order ON stock_moves (order_id);
CREATE UNIQUE INDEX stock_moves_sold_once ON stock_moves (order_id, product_id) WHERE kind = 'sold';

CREATE TABLE ledger (
    id           INTEGER PRIMARY KEY,
    order_id     INTEGER NOT NULL REFERENCES orders (id),
    payment_id   INTEGER NOT NULL REFERENCES payments (id),
    at           TIMESTAMP NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('taken', 'refunded')),
    amount_tetri INTEGER NOT NULL CHECK (amount_tetri > 0)
);
CREATE INDEX ledger_by_order ON ledger (order_id);
CREATE UNIQUE INDEX ledger_taken_once ON ledger (payment_id) WHERE kind = 'taken';

CREATE TABLE refunds (
    id              INTEGER PRIMARY KEY,
    payment_id      INTEGER NOT NULL REFERENCES payments (id),
    idempotency_key TEXT NOT NULL UNIQUE,
    amount_tetri    INTEGER NOT NULL CHECK (amount_tetri > 0),
    reason          TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('starting', 'requested', 'completed', 'rejected')),
    action_id       TEXT UNIQUE,               -- the bank's name for it
    tries           INTEGER NOT NULL DEFAULT 0,
    next_try_at     TIMESTAMP NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    UNIQUE (payment_id, reason)
);
CREATE INDEX refunds_open ON refunds (next_try_at) WHERE state IN ('starting', 'requested');

CREATE TABLE attention (                       -- what staff must look at
    id         INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,                  -- payment id or the bank's order id
    order_id   INTEGER REFERENCES orders (id),
    detail     TEXT NOT NULL,
    at         TIMESTAMP NOT NULL,
    settled_at TIMESTAMP,
    UNIQUE (kind, subject)
);

CREATE TABLE mails (
    id         INTEGER PRIMARY KEY,
    order_id   INTEGER REFERENCES orders (id),         -- what it is about: an order and an attempt to pay it,
    payment_id INTEGER REFERENCES payments (id),
    customer_id INTEGER REFERENCES customers (id) ON DELETE CASCADE, -- or an account,
    link_id    TEXT REFERENCES mail_links (id) ON DELETE CASCADE,    -- with the link it carries
    kind       TEXT NOT NULL CHECK (kind IN ('paid', 'declined', 'expired', 'refunding',
                   'verify', 'reset', 'password_changed', 'address_changed', 'sign_in_changed')),
    lang       TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    subject    TEXT NOT NULL DEFAULT '',
    text       TEXT NOT NULL DEFAULT '',
    html       TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMP NOT NULL,
    sent_at    TIMESTAMP,
    UNIQUE (kind, payment_id),
    CHECK ((order_id IS NULL) <> (customer_id IS NULL))
);
