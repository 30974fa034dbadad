-- +goose Up
-- What the bank took off the price by a campaign: it was neither captured nor refunded. Less may be
-- captured than was requested, and with a discount no more may go back than was captured.
ALTER TABLE payments ADD COLUMN discount_tetri INTEGER NOT NULL DEFAULT 0 CHECK (discount_tetri = 0 OR discount_tetri > 0
    AND discount_tetri < requested_tetri AND captured_tetri + discount_tetri <= requested_tetri AND refunded_tetri <= captured_tetri);

-- Whoever paid without a card: the name of an account, the first letter of a name, or the number that
-- a device has in place of the card's. Earlier programs entered all of them as cards.
ALTER TABLE payments ADD COLUMN payer_name TEXT NOT NULL DEFAULT '';
UPDATE payments SET payer_name = card_mask, card_mask = '', card_last4 = '', card_brand = ''
    WHERE method IN ('apple_pay', 'bog_p2p', 'bog_loyalty', 'bnpl', 'bog_loan', 'gift_card');

-- A discount is an entry of its own kind: it explains why less came than was requested, and is no
-- money that came or went.
CREATE TABLE ledger_new (
    id           INTEGER PRIMARY KEY,
    order_id     INTEGER NOT NULL REFERENCES orders (id),
    payment_id   INTEGER NOT NULL REFERENCES payments (id),
    at           TIMESTAMP NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('captured', 'refunded', 'discount', 'captured_correction', 'refunded_correction', 'discount_correction')),
    amount_tetri INTEGER NOT NULL CHECK (amount_tetri > 0
                     OR kind IN ('captured_correction', 'refunded_correction', 'discount_correction') AND amount_tetri <> 0)
);
INSERT INTO ledger_new (id, order_id, payment_id, at, kind, amount_tetri) SELECT id, order_id, payment_id, at, kind, amount_tetri FROM ledger;
DROP TABLE ledger;
ALTER TABLE ledger_new RENAME TO ledger;
CREATE INDEX ledger_by_order ON ledger (order_id, id);
CREATE INDEX ledger_by_payment ON ledger (payment_id);
CREATE INDEX ledger_by_time ON ledger (at, id);
CREATE UNIQUE INDEX ledger_captured_once ON ledger (payment_id) WHERE kind = 'captured';
CREATE UNIQUE INDEX ledger_discount_once ON ledger (payment_id) WHERE kind = 'discount';

CREATE TABLE daily_figures_new (
    figure TEXT NOT NULL CHECK (figure IN ('captured', 'refunded', 'discount', 'order', 'paid', 'declined', 'refused', 'expired', 'wait',
               'callback_late', 'callback_missing')),
    day    TEXT NOT NULL CHECK (length(day) = 10), -- of Tbilisi: 2026-11-27
    detail TEXT NOT NULL,                          -- the bank's code of a decline, the seconds of a wait
    count  INTEGER NOT NULL,
    tetri  INTEGER NOT NULL,
    PRIMARY KEY (figure, day, detail)
) WITHOUT ROWID;
INSERT INTO daily_figures_new (figure, day, detail, count, tetri) SELECT figure, day, detail, count, tetri FROM daily_figures;
DROP TABLE daily_figures;
ALTER TABLE daily_figures_new RENAME TO daily_figures;
