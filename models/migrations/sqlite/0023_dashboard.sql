-- +goose Up
-- What the dashboard shows of a day, counted from the ledger and the payment journal
-- (figures.go). Both are append-only, so a figure that was counted stays right.
CREATE TABLE daily_figures (
    figure TEXT NOT NULL CHECK (figure IN ('captured', 'refunded', 'order', 'paid', 'declined', 'refused', 'expired', 'wait',
               'callback_late', 'callback_missing')),
    day    TEXT NOT NULL CHECK (length(day) = 10), -- of Tbilisi: 2026-11-27
    detail TEXT NOT NULL,                          -- the bank's code of a decline, the seconds of a wait
    count  INTEGER NOT NULL,
    tetri  INTEGER NOT NULL,
    PRIMARY KEY (figure, day, detail)
) WITHOUT ROWID;

-- Up to where both were counted. What comes after is counted when somebody looks.
CREATE TABLE figures_counted (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    event  INTEGER NOT NULL,                       -- id of the last line of the journal, 0: none
    entry  INTEGER NOT NULL                        -- id of the last entry of the ledger
);
INSERT INTO figures_counted (id, event, entry) VALUES (1, 0, 0);

-- What waits for staff.
CREATE INDEX orders_to_pack_now ON orders (id)
    WHERE fulfilment = 'waiting' AND status IN ('paid', 'partly_refunded') AND cancelled_at IS NULL;
CREATE INDEX review_items_open_kind ON review_items (kind) WHERE resolved_at IS NULL;
