-- +goose Up
-- What an order was paid with or, while nothing has paid it, what the last attempt was made with of which
-- the bank said so: a copy of payments.method, because the staff's list is filtered by it. The
-- database keeps it, whoever writes payments.
ALTER TABLE orders ADD COLUMN used_method TEXT NOT NULL DEFAULT '';

-- +goose StatementBegin
CREATE TRIGGER payments_insert_used_method AFTER INSERT ON payments WHEN new.method <> ''
BEGIN
    UPDATE orders SET used_method = new.method
    WHERE id = new.order_id AND used_method <> new.method AND (paid_payment_id IS NULL OR paid_payment_id = new.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER payments_update_used_method AFTER UPDATE OF method ON payments WHEN new.method <> ''
BEGIN
    UPDATE orders SET used_method = new.method
    WHERE id = new.order_id AND used_method <> new.method AND (paid_payment_id IS NULL OR paid_payment_id = new.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER orders_used_method AFTER UPDATE OF paid_payment_id ON orders
WHEN new.paid_payment_id IS NOT NULL AND new.paid_payment_id IS NOT old.paid_payment_id
BEGIN
    UPDATE orders SET used_method = (SELECT method FROM payments WHERE id = new.paid_payment_id) WHERE id = new.id;
END;
-- +goose StatementEnd
