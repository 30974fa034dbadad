-- +goose Up
-- Who runs the shop, what they did, and stock that staff move.
CREATE TABLE staff (
    id            INTEGER PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,      -- in small letters
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('viewer', 'clerk', 'manager')),
    lang          TEXT NOT NULL CHECK (lang IN ('ka', 'en')),
    password_hash TEXT NOT NULL,             -- argon2id
    totp_secret   TEXT NOT NULL DEFAULT '',  -- of the second factor; '' until it is set up
    totp_step     INTEGER NOT NULL DEFAULT 0,-- the last time step a code was taken for: a code works once
    disabled_at   TIMESTAMP,                 -- cannot sign in any more; what they did stays theirs
    created_at    TIMESTAMP NOT NULL,
    updated_at    TIMESTAMP NOT NULL
);

CREATE TABLE staff_recovery_codes (          -- stand in for the second factor, each once
    staff_id  INTEGER NOT NULL REFERENCES staff (id),
    code_hash TEXT NOT NULL,
    used_at   TIMESTAMP,
    PRIMARY KEY (staff_id, code_hash)
) WITHOUT ROWID;

CREATE TABLE staff_sessions (
    key_hash   TEXT PRIMARY KEY,             -- the cookie has the key
    staff_id   INTEGER NOT NULL REFERENCES staff (id),
    token      TEXT NOT NULL,                -- in every form
    address    TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    seen_at    TIMESTAMP NOT NULL,
    proved_at  TIMESTAMP,                    -- when the second factor was last given; NULL: only the password was
    message    TEXT NOT NULL DEFAULT ''      -- for the next page
) WITHOUT ROWID;
CREATE INDEX staff_sessions_by_staff ON staff_sessions (staff_id);

-- Append-only: what staff did.
CREATE TABLE audit (
    id       INTEGER PRIMARY KEY,
    at       TIMESTAMP NOT NULL,
    staff_id INTEGER REFERENCES staff (id),  -- NULL: the command line
    who      TEXT NOT NULL,                  -- their address at that time
    address  TEXT NOT NULL,                  -- the network address it came from
    action   TEXT NOT NULL CHECK (action <> ''),
    subject  TEXT NOT NULL,                  -- what was changed: "order D-1042", "product saperavi", "staff nino@…"
    order_id INTEGER REFERENCES orders (id),
    before   TEXT NOT NULL,
    after    TEXT NOT NULL
);
CREATE INDEX audit_by_order ON audit (order_id, id) WHERE order_id IS NOT NULL;
CREATE INDEX audit_by_staff ON audit (staff_id, id);
CREATE INDEX audit_by_action ON audit (action, id);
CREATE INDEX audit_by_subject ON audit (subject, id);
CREATE INDEX audit_by_time ON audit (at, id);
-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit list is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit list is append-only');
END;
-- +goose StatementEnd

-- Stock moves that no order makes, and units that come back. The quantity says by how
-- many units on_hand changes for 'delivered' and 'returned' (up), 'lost' (down) and
-- 'counted' (either way); for 'written_off' none: the units came back and are no good.
CREATE TABLE stock_moves_new (
    id         INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES products (id),
    order_id   INTEGER REFERENCES orders (id),  -- NULL: staff moved them
    staff_id   INTEGER REFERENCES staff (id),   -- NULL: an order moved them
    at         TIMESTAMP NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('reserved', 'released', 'sold', 'returned', 'written_off', 'delivered', 'counted', 'lost')),
    quantity   INTEGER NOT NULL CHECK (quantity > 0 OR kind = 'counted' AND quantity <> 0),
    note       TEXT NOT NULL DEFAULT '',
    CHECK (order_id IS NOT NULL OR staff_id IS NOT NULL)
);
INSERT INTO stock_moves_new (id, product_id, order_id, at, kind, quantity) SELECT id, product_id, order_id, at, kind, quantity FROM stock_moves;
DROP TABLE stock_moves;
ALTER TABLE stock_moves_new RENAME TO stock_moves;
CREATE INDEX stock_moves_by_order ON stock_moves (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX stock_moves_by_product ON stock_moves (product_id, id);
CREATE UNIQUE INDEX stock_moves_sold_once ON stock_moves (order_id, product_id) WHERE kind = 'sold';

ALTER TABLE review_items ADD COLUMN resolved_by INTEGER REFERENCES staff (id); -- NULL: by itself, or from the command line

-- Where the goods of an order are. It means something once the order is paid or on hold.
ALTER TABLE orders ADD COLUMN fulfilment TEXT NOT NULL DEFAULT 'waiting'
    CHECK (fulfilment IN ('waiting', 'packed', 'sent', 'delivered', 'ready', 'handed_over', 'returned'));
ALTER TABLE orders ADD COLUMN cancelled_at TIMESTAMP; -- when its customer or staff cancelled it: nothing more is delivered
