-- +goose Up
-- What leaves the shop in parcels, and what comes back.
CREATE TABLE parcels (
    id           INTEGER PRIMARY KEY,
    order_id     INTEGER NOT NULL REFERENCES orders (id),
    number       INTEGER NOT NULL CHECK (number > 0), -- 1, 2… within its order
    carrier      TEXT NOT NULL CHECK (carrier <> ''),
    tracking     TEXT NOT NULL,
    link         TEXT NOT NULL CHECK (link = '' OR link LIKE 'https://%'),
    sent_at      TIMESTAMP NOT NULL,
    delivered_at TIMESTAMP,
    delivered_to TEXT NOT NULL DEFAULT '',            -- who took it
    returned_at  TIMESTAMP,                           -- it came back to the sender
    UNIQUE (order_id, number),
    CHECK (delivered_at IS NULL OR returned_at IS NULL)
);
CREATE TABLE parcel_lines (
    parcel_id INTEGER NOT NULL REFERENCES parcels (id),
    position  INTEGER NOT NULL,                       -- of the order's line
    quantity  INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (parcel_id, position)
) WITHOUT ROWID;

ALTER TABLE orders ADD COLUMN received_at TIMESTAMP;              -- when the last of it reached its customer
ALTER TABLE orders ADD COLUMN received_by TEXT NOT NULL DEFAULT ''; -- who picked it up
CREATE INDEX orders_to_pack ON orders (id)
    WHERE fulfilment IN ('waiting', 'packed') AND status IN ('paid', 'on_hold', 'partly_refunded');

-- Units that a customer withdraws from, and what became of them.
CREATE TABLE returns (
    id           INTEGER PRIMARY KEY,
    order_id     INTEGER NOT NULL REFERENCES orders (id),
    form_key     TEXT NOT NULL UNIQUE,                -- one return for each form, however often it is sent
    state        TEXT NOT NULL CHECK (state IN ('announced', 'received', 'refunded', 'closed')),
    reason       TEXT NOT NULL DEFAULT '',            -- the customer's, if they gave one
    staff_id     INTEGER REFERENCES staff (id),       -- who entered it for the customer; NULL: they did themselves
    announced_at TIMESTAMP NOT NULL,
    due_at       TIMESTAMP NOT NULL,                  -- until when the money has to go back
    received_at  TIMESTAMP,                           -- when staff booked what came back
    note         TEXT NOT NULL DEFAULT '',            -- why units were not taken back
    refund_id    INTEGER REFERENCES refunds (id),
    refund_tetri INTEGER NOT NULL DEFAULT 0 CHECK (refund_tetri >= 0),
    closed_at    TIMESTAMP
);
CREATE INDEX returns_by_order ON returns (order_id, id);
CREATE INDEX returns_waiting ON returns (due_at) WHERE state IN ('announced', 'received');
CREATE INDEX returns_by_refund ON returns (refund_id) WHERE refund_id IS NOT NULL;
CREATE TABLE return_lines (
    return_id   INTEGER NOT NULL REFERENCES returns (id),
    position    INTEGER NOT NULL,                     -- of the order's line
    quantity    INTEGER NOT NULL CHECK (quantity > 0),
    restocked   INTEGER NOT NULL DEFAULT 0 CHECK (restocked >= 0),
    written_off INTEGER NOT NULL DEFAULT 0 CHECK (written_off >= 0),
    PRIMARY KEY (return_id, position),
    CHECK (restocked + written_off <= quantity)
) WITHOUT ROWID;
