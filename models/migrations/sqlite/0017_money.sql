-- +goose Up
-- What staff do with money: holds, captures and releases of them, and any number of refunds.
CREATE TABLE payments_new (
    id               INTEGER PRIMARY KEY,
    order_id         INTEGER NOT NULL REFERENCES orders (id),
    attempt          INTEGER NOT NULL,
    kind             TEXT NOT NULL CHECK (kind IN ('page', 'saved_card_page', 'automatic')),
    card_id          INTEGER REFERENCES saved_cards (id), -- the card it is paid with, unless typed on the page
    idempotency_key  TEXT NOT NULL UNIQUE,
    request_body     BLOB NOT NULL,             -- the exact bytes; stored before the bank is called
    bank_order_id    TEXT UNIQUE,
    redirect_url     TEXT NOT NULL DEFAULT '',
    bank_status      TEXT NOT NULL DEFAULT '',  -- verbatim
    bank_code        TEXT NOT NULL DEFAULT '',  -- verbatim
    reject_reason    TEXT NOT NULL DEFAULT '',  -- verbatim
    state            TEXT NOT NULL CHECK (state IN ('starting', 'open', 'processing', 'held', 'released', 'paid', 'declined', 'expired', 'refused',
                         'mismatch', 'refund_requested', 'partly_refunded', 'refunded')),
    method           TEXT NOT NULL DEFAULT '',  -- what it was paid with, verbatim: card, apple_pay, bog_p2p; '' is not known
    requested_tetri  INTEGER NOT NULL CHECK (requested_tetri > 0),
    authorized_tetri INTEGER NOT NULL DEFAULT 0 CHECK (authorized_tetri >= 0), -- of a hold, also after it has ended
    captured_tetri   INTEGER NOT NULL DEFAULT 0 CHECK (captured_tetri >= 0),
    refunded_tetri   INTEGER NOT NULL DEFAULT 0 CHECK (refunded_tetri >= 0),
    currency         TEXT NOT NULL DEFAULT 'GEL',
    card_mask        TEXT NOT NULL DEFAULT '',
    card_brand       TEXT NOT NULL DEFAULT '',
    save_card        TEXT NOT NULL DEFAULT '' CHECK (save_card IN ('', 'recurrent', 'subscription')), -- how the bank is to save the card
    save_card_key    TEXT UNIQUE,               -- idempotency key of the save-card request
    save_card_state  TEXT NOT NULL DEFAULT '' CHECK (save_card_state IN ('', 'requested', 'accepted', 'failed')),
    expires_at       TIMESTAMP NOT NULL,        -- when the bank stops taking it
    held_at          TIMESTAMP,                 -- when its hold began
    checks           INTEGER NOT NULL DEFAULT 0,
    checked_at       TIMESTAMP,                 -- last time the bank answered about it
    next_check_at    TIMESTAMP,                 -- NULL: nothing more to ask
    created_at       TIMESTAMP NOT NULL,
    updated_at       TIMESTAMP NOT NULL,
    UNIQUE (order_id, attempt)
);
INSERT INTO payments_new (
        id, order_id, attempt, kind, card_id, idempotency_key, request_body, bank_order_id, redirect_url, bank_status, bank_code,
        reject_reason, state, requested_tetri, authorized_tetri, captured_tetri, refunded_tetri, currency, card_mask, card_brand, save_card,
        save_card_key, save_card_state, expires_at, held_at, checks, checked_at, next_check_at, created_at, updated_at)
    SELECT
        id, order_id, attempt, kind, card_id, idempotency_key, request_body, bank_order_id, redirect_url, bank_status, bank_code,
        reject_reason, state, requested_tetri, iif(state = 'held', requested_tetri, 0), captured_tetri, refunded_tetri, currency, card_mask,
        card_brand, save_card, save_card_key, save_card_state, expires_at, iif(state = 'held', created_at, NULL), checks, checked_at,
        next_check_at, created_at, updated_at
    FROM payments;
DROP TABLE payments;
ALTER TABLE payments_new RENAME TO payments;
CREATE INDEX payments_due ON payments (next_check_at) WHERE next_check_at IS NOT NULL;
CREATE UNIQUE INDEX payments_one_open ON payments (order_id) WHERE state IN ('starting', 'open', 'processing');
CREATE INDEX payments_held ON payments (held_at) WHERE state = 'held';

-- How many units of a line were not there when the order was packed: they are neither
-- charged nor sold.
ALTER TABLE order_lines ADD COLUMN missing INTEGER NOT NULL DEFAULT 0 CHECK (missing BETWEEN 0 AND quantity);

-- The bank carries out one refund of a payment at a time; the others wait their turn.
CREATE TABLE refunds_new (
    id              INTEGER PRIMARY KEY,
    payment_id      INTEGER NOT NULL REFERENCES payments (id),
    idempotency_key TEXT NOT NULL UNIQUE,
    request_body    BLOB,                      -- the exact bytes; stored before the bank is called
    amount_tetri    INTEGER NOT NULL CHECK (amount_tetri > 0),
    delivery        INTEGER NOT NULL DEFAULT 0 CHECK (delivery IN (0, 1)), -- the delivery price is part of it
    reason          TEXT NOT NULL,
    staff_id        INTEGER REFERENCES staff (id), -- who requested it; NULL: the customer, or the shop by itself
    state           TEXT NOT NULL CHECK (state IN ('queued', 'starting', 'requested', 'completed', 'rejected')),
    action_id       TEXT UNIQUE,               -- the bank's name for it
    reject_code     TEXT NOT NULL DEFAULT '',  -- verbatim, like the next
    reject_reason   TEXT NOT NULL DEFAULT '',
    tries           INTEGER NOT NULL DEFAULT 0,
    next_try_at     TIMESTAMP NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);
INSERT INTO refunds_new (
        id, payment_id, idempotency_key, amount_tetri, reason, state, action_id, tries, next_try_at, created_at, updated_at)
    SELECT
        id, payment_id, idempotency_key, amount_tetri, reason, state, action_id, tries, next_try_at, created_at, updated_at
    FROM refunds;
DROP TABLE refunds;
ALTER TABLE refunds_new RENAME TO refunds;
CREATE INDEX refunds_open ON refunds (next_try_at) WHERE state IN ('queued', 'starting', 'requested');
CREATE INDEX refunds_by_payment ON refunds (payment_id, id);
CREATE UNIQUE INDEX refunds_one_running ON refunds (payment_id) WHERE state IN ('starting', 'requested');

CREATE TABLE refund_lines (                    -- the units whose price a refund gives back
    refund_id INTEGER NOT NULL REFERENCES refunds (id),
    position  INTEGER NOT NULL,                -- of the line in the order
    units     INTEGER NOT NULL CHECK (units > 0),
    PRIMARY KEY (refund_id, position)
) WITHOUT ROWID;

CREATE TABLE captures (                        -- the end of a hold: a capture of all or a part, or a release
    id              INTEGER PRIMARY KEY,
    payment_id      INTEGER NOT NULL REFERENCES payments (id),
    kind            TEXT NOT NULL CHECK (kind IN ('capture', 'release')),
    idempotency_key TEXT NOT NULL UNIQUE,
    request_body    BLOB,
    amount_tetri    INTEGER NOT NULL CHECK (amount_tetri > 0), -- captured or released
    reason          TEXT NOT NULL,
    staff_id        INTEGER REFERENCES staff (id),
    state           TEXT NOT NULL CHECK (state IN ('queued', 'starting', 'requested', 'completed', 'rejected')),
    action_id       TEXT UNIQUE,
    reject_code     TEXT NOT NULL DEFAULT '',
    reject_reason   TEXT NOT NULL DEFAULT '',
    tries           INTEGER NOT NULL DEFAULT 0,
    next_try_at     TIMESTAMP NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL
);
CREATE INDEX captures_open ON captures (next_try_at) WHERE state IN ('queued', 'starting', 'requested');
CREATE INDEX captures_by_payment ON captures (payment_id, id);
CREATE UNIQUE INDEX captures_one_running ON captures (payment_id) WHERE state IN ('starting', 'requested');

CREATE TABLE capture_lines (                   -- the units that a capture of a part charges
    capture_id INTEGER NOT NULL REFERENCES captures (id),
    position   INTEGER NOT NULL,
    units      INTEGER NOT NULL CHECK (units > 0),
    PRIMARY KEY (capture_id, position)
) WITHOUT ROWID;
