-- +goose Up
-- What an order was paid with or, while nothing has paid it, what the last attempt was made with of which
-- the bank said so: a copy of payments.method, because the staff's list is filtered by it. The
-- database keeps it, whoever writes payments. The order is locked by whoever changes its payments.
ALTER TABLE orders ADD COLUMN used_method text NOT NULL DEFAULT '';

-- +goose StatementBegin
CREATE FUNCTION note_used_method() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders SET used_method = new.method
    WHERE id = new.order_id AND used_method <> new.method AND (paid_payment_id IS NULL OR paid_payment_id = new.id);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER payments_used_method AFTER INSERT OR UPDATE OF method ON payments FOR EACH ROW
    WHEN (new.method <> '') EXECUTE FUNCTION note_used_method();

-- +goose StatementBegin
CREATE FUNCTION take_used_method() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.used_method := (SELECT method FROM payments WHERE id = new.paid_payment_id);
    RETURN new;
END $$;
-- +goose StatementEnd
CREATE TRIGGER orders_used_method BEFORE UPDATE OF paid_payment_id ON orders FOR EACH ROW
    WHEN (new.paid_payment_id IS NOT NULL AND new.paid_payment_id IS DISTINCT FROM old.paid_payment_id) EXECUTE FUNCTION take_used_method();
