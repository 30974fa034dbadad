-- +goose Up
-- The staff's list of orders among a million. Each index begins with what an order has to equal, goes on with
-- the id, which is the order of the list, and has all else that the list is filtered by, so that a page is
-- read from where it begins and no order is loaded in vain.
DROP INDEX orders_listed;
DROP INDEX orders_by_status;
DROP INDEX orders_by_fulfilment;
DROP INDEX orders_by_total;
DROP INDEX payments_by_method;

UPDATE orders SET used_method = p.method
FROM (SELECT m.order_id, m.method, row_number() OVER (PARTITION BY m.order_id ORDER BY m.id = o.paid_payment_id DESC, m.id DESC) AS place
      FROM payments m JOIN orders o ON o.id = m.order_id WHERE m.method <> '') p
WHERE p.order_id = orders.id AND p.place = 1;

CREATE INDEX orders_list ON orders (id, status, fulfilment, delivery, used_method, total_tetri);
CREATE INDEX orders_list_by_delivery ON orders (delivery, fulfilment, status, id, used_method, total_tetri);
CREATE INDEX orders_list_by_method ON orders (used_method, delivery, status, id, fulfilment, total_tetri) WHERE used_method <> '';
CREATE INDEX orders_list_by_total ON orders (total_tetri, id, status, fulfilment, delivery, used_method);
