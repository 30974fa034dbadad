-- +goose Up
-- An order with something for adults keeps when its shopper said that they are one.
ALTER TABLE orders ADD COLUMN age_confirmed_at TIMESTAMP;
