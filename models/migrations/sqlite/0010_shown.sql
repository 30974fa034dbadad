-- +goose Up
-- What a reorder has to ask about: the order's address was in its customer's address
-- book and has been taken out or changed since.
ALTER TABLE orders ADD COLUMN address_left INTEGER NOT NULL DEFAULT 0 CHECK (address_left IN (0, 1));

-- The same card was saved again: the bank is told to forget this one, and no list shows it.
ALTER TABLE saved_cards ADD COLUMN replaced_by INTEGER REFERENCES saved_cards (id);

-- What a customer's own unpaid orders reserve is still to be had by that customer.
CREATE INDEX orders_reserving ON orders (customer_id) WHERE holds_stock = 1;
