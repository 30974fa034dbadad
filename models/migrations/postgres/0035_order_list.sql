-- +goose NO TRANSACTION
-- +goose Up
-- The staff's list of orders among a million. Each index begins with what an order has to equal, goes on with
-- the id, which is the order of the list, and has all else that the list is filtered by, so that a page is
-- read from where it begins and no order is loaded in vain. Other instances are at work meanwhile, and it
-- can be run again after it was interrupted.
SET statement_timeout = 0;
SET lock_timeout = 0;

-- +goose StatementBegin
DO $$
DECLARE
    first bigint := 0;
    last bigint;
BEGIN
    LOOP
        SELECT max(id) INTO last FROM (SELECT id FROM orders WHERE id > first ORDER BY id LIMIT 1000) slice;
        EXIT WHEN last IS NULL;
        UPDATE orders SET used_method = p.method
        FROM (SELECT DISTINCT ON (m.order_id) m.order_id, m.method FROM payments m JOIN orders o ON o.id = m.order_id
              WHERE m.order_id > first AND m.order_id <= last AND m.method <> ''
              ORDER BY m.order_id, (m.id = o.paid_payment_id) DESC NULLS LAST, m.id DESC) p
        WHERE p.order_id = orders.id AND orders.used_method <> p.method;
        COMMIT;
        first := last;
    END LOOP;
END $$;
-- +goose StatementEnd

DROP INDEX CONCURRENTLY IF EXISTS orders_list;
DROP INDEX CONCURRENTLY IF EXISTS orders_list_by_delivery;
DROP INDEX CONCURRENTLY IF EXISTS orders_list_by_method;
DROP INDEX CONCURRENTLY IF EXISTS orders_list_by_total;
CREATE INDEX CONCURRENTLY orders_list ON orders (id, status, fulfilment, delivery, used_method, total_tetri);
CREATE INDEX CONCURRENTLY orders_list_by_delivery ON orders (delivery, fulfilment, status, id, used_method, total_tetri);
CREATE INDEX CONCURRENTLY orders_list_by_method ON orders (used_method, delivery, status, id, fulfilment, total_tetri) WHERE used_method <> '';
CREATE INDEX CONCURRENTLY orders_list_by_total ON orders (total_tetri, id, status, fulfilment, delivery, used_method);
DROP INDEX CONCURRENTLY IF EXISTS orders_listed;
DROP INDEX CONCURRENTLY IF EXISTS orders_by_status;
DROP INDEX CONCURRENTLY IF EXISTS orders_by_fulfilment;
DROP INDEX CONCURRENTLY IF EXISTS orders_by_total;
DROP INDEX CONCURRENTLY IF EXISTS payments_by_method;
RESET statement_timeout;
RESET lock_timeout;
