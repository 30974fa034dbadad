-- +goose Up
-- What staff say of a product, and pictures that they upload.
ALTER TABLE products ADD COLUMN withdrawal TEXT NOT NULL DEFAULT 'yes'
    CHECK (withdrawal IN ('yes', 'perishable', 'sealed', 'custom'));   -- whether, and why not, it can be sent back within 14 days
ALTER TABLE products ADD COLUMN allergens TEXT NOT NULL DEFAULT '';    -- keys, a space between two
ALTER TABLE products ADD COLUMN edited INTEGER NOT NULL DEFAULT 1;     -- one more with every change that staff make
ALTER TABLE products ADD COLUMN edited_at TIMESTAMP;
ALTER TABLE products ADD COLUMN edited_by TEXT NOT NULL DEFAULT '';
ALTER TABLE order_lines ADD COLUMN withdrawal TEXT NOT NULL DEFAULT 'yes'
    CHECK (withdrawal IN ('yes', 'perishable', 'sealed', 'custom'));   -- as it was when it was ordered

ALTER TABLE categories ADD COLUMN edited INTEGER NOT NULL DEFAULT 1;

-- Shoppers see the withdrawal exception and the allergens, too.
DROP TRIGGER products_update_version;
-- +goose StatementBegin
CREATE TRIGGER products_update_version AFTER UPDATE OF
    slug, category_id, price_tetri, old_price_tetri, region, tint, adult, active, featured, rank, created_at, shelf, withdrawal, allergens ON products
WHEN (old.slug, old.category_id, old.price_tetri, old.old_price_tetri, old.region, old.tint, old.adult, old.active, old.featured, old.rank, old.created_at, old.shelf, old.withdrawal, old.allergens)
    IS NOT (new.slug, new.category_id, new.price_tetri, new.old_price_tetri, new.region, new.tint, new.adult, new.active, new.featured, new.rank, new.created_at, new.shelf, new.withdrawal, new.allergens)
BEGIN
    UPDATE catalog_version SET version = version + 1;
    UPDATE products SET revision = (SELECT version FROM catalog_version) WHERE id = new.id;
END;
-- +goose StatementEnd

-- The lists of the back office, newest first.
CREATE INDEX products_staff_category ON products (category_id, id);
CREATE INDEX products_staff_off ON products (id, category_id) WHERE active = 0;
CREATE INDEX products_staff_low ON products (id, category_id, shelf) WHERE active = 1 AND shelf < 6;
CREATE INDEX products_staff_reduced ON products (id, category_id) WHERE active = 1 AND old_price_tetri IS NOT NULL;

-- By which staff find a product, sold or not: its names and its slug. The program writes it.
CREATE VIRTUAL TABLE product_titles USING fts5 (
    name, content = '', contentless_delete = 1, detail = none,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
INSERT INTO product_titles (rowid, name)
SELECT p.id, p.slug || ' ' || group_concat(t.name, ' ') FROM products p JOIN product_texts t ON t.product_id = p.id GROUP BY p.id;

-- Pictures are named by their content and never change. They stay when a product does
-- without them, because orders show them.
CREATE TABLE pictures (
    name         TEXT PRIMARY KEY CHECK (name LIKE 'u-%'),
    content_type TEXT NOT NULL CHECK (content_type IN ('image/jpeg', 'image/png')),
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    large        BLOB NOT NULL,
    small        BLOB NOT NULL,
    created_at   TIMESTAMP NOT NULL
);

-- Price lists that were read and wait to be confirmed.
CREATE TABLE price_lists (
    key        TEXT PRIMARY KEY,
    staff_id   INTEGER NOT NULL REFERENCES staff (id),
    lines      TEXT NOT NULL,              -- JSON, as they were read
    created_at TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE INDEX price_lists_by_staff ON price_lists (staff_id);
