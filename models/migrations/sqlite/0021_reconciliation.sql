-- +goose Up
-- Runs of the reconciliation: the ledger of one day against the bank's receipts.
CREATE TABLE reconciliations (
    id          INTEGER PRIMARY KEY,
    day         TEXT NOT NULL CHECK (length(day) = 10), -- of Tbilisi: 2026-11-27
    staff_id    INTEGER REFERENCES staff (id), -- NULL: nobody pressed a button for it
    who         TEXT NOT NULL,                 -- their address, or 'nightly', or 'command line'
    started_at  TIMESTAMP NOT NULL,
    touched_at  TIMESTAMP NOT NULL,            -- when it last got ahead, or tried to
    finished_at TIMESTAMP,                     -- NULL: it is under way
    result      TEXT NOT NULL DEFAULT '' CHECK (result IN ('', 'agrees', 'differs', 'incomplete')),
    attempts    INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),   -- to be asked about
    asked       INTEGER NOT NULL DEFAULT 0 CHECK (asked >= 0),      -- so far
    unanswered  INTEGER NOT NULL DEFAULT 0 CHECK (unanswered >= 0), -- of these: the bank gave no usable answer
    last_id     INTEGER NOT NULL DEFAULT 0,    -- the last attempt that was asked about
    CHECK ((finished_at IS NULL) = (result = ''))
);
CREATE UNIQUE INDEX reconciliations_one_running ON reconciliations (day) WHERE finished_at IS NULL;
CREATE INDEX reconciliations_by_day ON reconciliations (day, id);

CREATE TABLE reconciliation_differences (
    id            INTEGER PRIMARY KEY,
    run_id        INTEGER NOT NULL REFERENCES reconciliations (id),
    payment_id    INTEGER NOT NULL REFERENCES payments (id),
    kind          TEXT NOT NULL CHECK (kind IN ('paid_there', 'paid_here', 'other_amounts')),
    our_captured  INTEGER NOT NULL,            -- tetri, as the ledger had it, like the next
    our_refunded  INTEGER NOT NULL,
    bank_captured INTEGER NOT NULL,            -- as the receipt had it, what went back included
    bank_refunded INTEGER NOT NULL,
    bank_status   TEXT NOT NULL,               -- verbatim
    at            TIMESTAMP NOT NULL,
    resolved_at   TIMESTAMP,                   -- NULL: both still differ, as far as is known
    resolved_by   INTEGER REFERENCES staff (id),
    resolution    TEXT NOT NULL DEFAULT '',
    UNIQUE (run_id, payment_id),
    CHECK ((resolved_at IS NULL) = (resolution = ''))
);
CREATE INDEX reconciliation_differences_open ON reconciliation_differences (payment_id) WHERE resolved_at IS NULL;

-- A correction brings the ledger to what the bank has, in either direction.
CREATE TABLE ledger_new (
    id           INTEGER PRIMARY KEY,
    order_id     INTEGER NOT NULL REFERENCES orders (id),
    payment_id   INTEGER NOT NULL REFERENCES payments (id),
    at           TIMESTAMP NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('captured', 'refunded', 'captured_correction', 'refunded_correction')),
    amount_tetri INTEGER NOT NULL CHECK (amount_tetri > 0 OR kind IN ('captured_correction', 'refunded_correction') AND amount_tetri <> 0)
);
INSERT INTO ledger_new (id, order_id, payment_id, at, kind, amount_tetri) SELECT id, order_id, payment_id, at, kind, amount_tetri FROM ledger;
DROP TABLE ledger;
ALTER TABLE ledger_new RENAME TO ledger;
CREATE INDEX ledger_by_order ON ledger (order_id, id);
CREATE INDEX ledger_by_payment ON ledger (payment_id);
CREATE INDEX ledger_by_time ON ledger (at, id);
CREATE UNIQUE INDEX ledger_captured_once ON ledger (payment_id) WHERE kind = 'captured';
CREATE INDEX payments_by_time ON payments (created_at, id);

-- What a manager has accepted in the bank's facts although ours are others, in the words
-- of the review item; one line each.
ALTER TABLE payments ADD COLUMN accepted TEXT NOT NULL DEFAULT '';

-- Staff get mails, too: about what is new in the review queue.
CREATE TABLE mails_new (
    id          INTEGER PRIMARY KEY,
    order_id    INTEGER REFERENCES orders (id),         -- what it is about: an order and an attempt to pay it,
    payment_id  INTEGER REFERENCES payments (id),
    customer_id INTEGER REFERENCES customers (id) ON DELETE CASCADE, -- or an account,
    link_id     TEXT REFERENCES mail_links (id) ON DELETE CASCADE,   -- with the link it carries,
    staff_id    INTEGER REFERENCES staff (id),                       -- or the review queue
    kind        TEXT NOT NULL CHECK (kind <> ''),
    about       TEXT NOT NULL DEFAULT '',  -- tells mails of one kind about one payment apart, such as the sum refunded so far
    lang        TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    subject     TEXT NOT NULL DEFAULT '',
    text        TEXT NOT NULL DEFAULT '',
    html        TEXT NOT NULL DEFAULT '',
    created_at  TIMESTAMP NOT NULL,
    sent_at     TIMESTAMP,
    tries       INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
    last_error  TEXT NOT NULL DEFAULT '',  -- what the mail server said to the last try that failed
    given_up_at TIMESTAMP,                 -- it will not be tried again
    UNIQUE (kind, payment_id, about),
    CHECK ((order_id IS NOT NULL) + (customer_id IS NOT NULL) + (staff_id IS NOT NULL) = 1),
    CHECK (sent_at IS NULL OR given_up_at IS NULL)
);
INSERT INTO mails_new (id, order_id, payment_id, customer_id, link_id, kind, about, lang, recipient, subject, text, html, created_at,
        sent_at, tries, last_error, given_up_at)
    SELECT id, order_id, payment_id, customer_id, link_id, kind, about, lang, recipient, subject, text, html, created_at,
        sent_at, tries, last_error, given_up_at
    FROM mails;
DROP TABLE mails;
ALTER TABLE mails_new RENAME TO mails;
CREATE INDEX mails_not_sent ON mails (given_up_at) WHERE sent_at IS NULL;

ALTER TABLE review_items ADD COLUMN told_at TIMESTAMP; -- when staff were mailed about it; NULL: not yet
UPDATE review_items SET told_at = at WHERE resolved_at IS NOT NULL;
CREATE INDEX review_items_untold ON review_items (id) WHERE told_at IS NULL;
