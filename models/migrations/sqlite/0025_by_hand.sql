-- +goose Up
-- Refunds that staff make by hand at the bank, because it does not refund some ways to pay at
-- the shop's request; and what had gone back without the shop when a refund began to wait.
ALTER TABLE refunds ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0 CHECK (by_hand IN (0, 1));
ALTER TABLE refunds ADD COLUMN outside_tetri INTEGER NOT NULL DEFAULT 0 CHECK (outside_tetri >= 0);
