-- +goose Up
-- When a cart was made: one that was never used on a later day goes sooner. NULL: a
-- cart from before this was noted.
ALTER TABLE carts ADD COLUMN created_at TIMESTAMP;

-- Where an order was placed from, as a keyed hash of the network address: what one
-- network can reserve without paying is bounded. '' is not known and not counted.
ALTER TABLE orders ADD COLUMN network TEXT NOT NULL DEFAULT '';
CREATE INDEX orders_reserving_by_network ON orders (network) WHERE holds_stock = 1 AND network <> '';
CREATE INDEX orders_reserving_by_customer ON orders (customer_id) WHERE holds_stock = 1 AND customer_id IS NOT NULL;

CREATE INDEX mails_not_sent ON mails (given_up_at) WHERE sent_at IS NULL;
