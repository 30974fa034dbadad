-- +goose Up
-- What has to be true whoever writes to the tables. As in SQLite, but that the catalogue's
-- version is raised when a transaction ends: its row is then the last one to be locked, so that
-- two orders that sell out products never wait for each other in a circle, and a reader who sees
-- a version sees all that belongs to it.

-- +goose StatementBegin
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the table % is append-only', TG_TABLE_NAME;
END $$;
-- +goose StatementEnd
CREATE TRIGGER payment_events_append_only BEFORE UPDATE OR DELETE ON payment_events FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION append_only();

-- What a shopper sees of the stock.

-- +goose StatementBegin
CREATE FUNCTION stock_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    left_over smallint := 0;
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE products SET shelf = 0 WHERE id = old.product_id AND shelf <> 0;
    ELSE
        left_over := least(greatest(new.on_hand - new.reserved, 0), 6);
        UPDATE products SET shelf = left_over WHERE id = new.product_id AND shelf <> left_over;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER stock_changed AFTER INSERT OR DELETE OR UPDATE OF on_hand, reserved ON stock
    FOR EACH ROW EXECUTE FUNCTION stock_changed();

-- +goose StatementBegin
CREATE FUNCTION shelf_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.in_stock := (new.shelf > 0)::int;
    RETURN new;
END $$;
-- +goose StatementEnd
CREATE TRIGGER products_shelf BEFORE UPDATE OF shelf ON products FOR EACH ROW EXECUTE FUNCTION shelf_changed();

-- The catalogue's version, and that of a product's last visible change.

-- +goose StatementBegin
CREATE FUNCTION catalog_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE catalog_version SET version = version + 1;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION product_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed bigint;
    at_version bigint;
BEGIN
    IF TG_TABLE_NAME = 'products' THEN
        changed := new.id;
    ELSIF TG_OP = 'DELETE' THEN
        changed := old.product_id;
    ELSE
        changed := new.product_id;
    END IF;
    UPDATE catalog_version SET version = version + 1 RETURNING version INTO at_version;
    UPDATE products SET revision = at_version WHERE id = changed;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE CONSTRAINT TRIGGER products_insert_version AFTER INSERT ON products
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION product_changed();
CREATE CONSTRAINT TRIGGER products_update_version AFTER UPDATE ON products
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (
        (old.slug, old.category_id, old.price_tetri, old.old_price_tetri, old.region, old.tint, old.adult, old.active, old.featured, old.rank, old.created_at, old.shelf, old.withdrawal, old.allergens)
        IS DISTINCT FROM (new.slug, new.category_id, new.price_tetri, new.old_price_tetri, new.region, new.tint, new.adult, new.active, new.featured, new.rank, new.created_at, new.shelf, new.withdrawal, new.allergens))
    EXECUTE FUNCTION product_changed();
CREATE CONSTRAINT TRIGGER products_delete_version AFTER DELETE ON products
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_changed();
CREATE CONSTRAINT TRIGGER product_texts_version AFTER INSERT OR UPDATE OR DELETE ON product_texts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION product_changed();
CREATE CONSTRAINT TRIGGER product_pictures_version AFTER INSERT OR UPDATE OR DELETE ON product_pictures
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION product_changed();
CREATE CONSTRAINT TRIGGER categories_version AFTER INSERT OR UPDATE OR DELETE ON categories
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_changed();
CREATE CONSTRAINT TRIGGER category_texts_version AFTER INSERT OR UPDATE OR DELETE ON category_texts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_changed();
CREATE CONSTRAINT TRIGGER regions_version AFTER INSERT OR UPDATE OR DELETE ON regions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_changed();
CREATE CONSTRAINT TRIGGER product_groups_version AFTER INSERT OR UPDATE OR DELETE ON product_groups
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_changed();

-- How many products a list of a category has.

-- +goose StatementBegin
CREATE FUNCTION count_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND old.active = 1 THEN
        UPDATE category_counts SET n = n - 1
        WHERE category_id = old.category_id AND region = old.region
          AND in_stock = old.in_stock AND on_sale = (old.old_price_tetri IS NOT NULL)::int;
    END IF;
    IF TG_OP <> 'DELETE' AND new.active = 1 THEN
        INSERT INTO category_counts (category_id, region, in_stock, on_sale, n)
        VALUES (new.category_id, new.region, new.in_stock, (new.old_price_tetri IS NOT NULL)::int, 1)
        ON CONFLICT (category_id, region, in_stock, on_sale) DO UPDATE SET n = category_counts.n + 1;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER products_counts AFTER INSERT OR DELETE ON products FOR EACH ROW EXECUTE FUNCTION count_products();
CREATE TRIGGER products_update_counts AFTER UPDATE ON products FOR EACH ROW WHEN (
        (old.active, old.category_id, old.region, old.in_stock, old.old_price_tetri IS NULL)
        IS DISTINCT FROM (new.active, new.category_id, new.region, new.in_stock, new.old_price_tetri IS NULL))
    EXECUTE FUNCTION count_products();

-- What a product cost before.

-- +goose StatementBegin
CREATE FUNCTION note_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO price_history (product_id, from_at, price_tetri)
    SELECT new.id, clock_timestamp(), new.price_tetri
    WHERE new.price_tetri IS DISTINCT FROM
        (SELECT price_tetri FROM price_history WHERE product_id = new.id ORDER BY from_at DESC LIMIT 1)
    ON CONFLICT (product_id, from_at) DO UPDATE SET price_tetri = excluded.price_tetri;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER products_insert_price AFTER INSERT ON products FOR EACH ROW EXECUTE FUNCTION note_price();
CREATE TRIGGER products_update_price AFTER UPDATE ON products FOR EACH ROW
    WHEN (old.price_tetri <> new.price_tetri) EXECUTE FUNCTION note_price();
