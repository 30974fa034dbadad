-- +goose Up
-- The review queue. An item that was resolved can come up again, so no longer is
-- each (kind, subject) there only once for ever; an item that heals closes itself.
CREATE TABLE review_items (
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind <> ''),
    subject     TEXT NOT NULL,                     -- what it is about: "payment 7", "bank order …", "card …"
    order_id    INTEGER REFERENCES orders (id),
    payment_id  INTEGER REFERENCES payments (id),
    detail      TEXT NOT NULL,
    happening   TEXT NOT NULL,                     -- tells the same thing going on from the same kind of thing again
    at          TIMESTAMP NOT NULL,
    resolved_at TIMESTAMP,                         -- NULL: somebody has still to look at it
    resolution  TEXT NOT NULL DEFAULT '',
    over_at     TIMESTAMP,                         -- what it is about has ended; NULL: it goes on, resolved or not
    CHECK ((resolved_at IS NULL) = (resolution = '')),
    CHECK (over_at IS NULL OR resolved_at IS NOT NULL)
);
INSERT INTO review_items (id, kind, subject, order_id, payment_id, detail, happening, at, resolved_at, resolution)
    SELECT id, kind, subject, order_id, iif(subject LIKE 'payment %', CAST(substr(subject, 9) AS INTEGER), NULL), detail, detail, at,
           settled_at, iif(settled_at IS NULL, '', 'settled')
    FROM attention;
DROP TABLE attention;
CREATE UNIQUE INDEX review_items_ongoing ON review_items (subject, kind) WHERE over_at IS NULL;
CREATE INDEX review_items_open ON review_items (id) WHERE resolved_at IS NULL;
CREATE INDEX review_items_by_order ON review_items (order_id) WHERE order_id IS NOT NULL;

-- Attempts that have ended are looked at again for 30 days; what ended before this
-- rule was there is due at once.
UPDATE payments SET next_check_at = created_at
WHERE next_check_at IS NULL AND bank_order_id IS NOT NULL AND created_at > datetime('now', '-30 days')
  AND state IN ('paid', 'partly_refunded', 'declined', 'expired', 'refused');
