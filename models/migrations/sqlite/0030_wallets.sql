-- +goose Up
-- Where an attempt to pay by a wallet's button on the shop's own page stands ('': it is not one),
-- and the idempotency key of the call that hands over Apple Pay's token. The token itself is not
-- stored: the bank's request is kept without it.
ALTER TABLE payments ADD COLUMN wallet_state TEXT NOT NULL DEFAULT '' CHECK (wallet_state IN ('ready', 'sent', 'lost', ''));
ALTER TABLE payments ADD COLUMN wallet_key TEXT;
