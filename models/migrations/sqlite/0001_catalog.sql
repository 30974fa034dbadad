-- +goose Up
CREATE TABLE heartbeat (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at TIMESTAMP
);
INSERT INTO heartbeat (id) VALUES (1);

-- Raised by triggers with every change that a shopper could see.
CREATE TABLE catalog_version (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
);
INSERT INTO catalog_version (id, version) VALUES (1, 1);

-- Where goods come from: the facet's values. Products name them by key.
CREATE TABLE regions (
    key      TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    name_ka  TEXT NOT NULL,
    name_en  TEXT NOT NULL
) WITHOUT ROWID;

-- The groups of the home page; products.featured names one by key.
CREATE TABLE product_groups (
    key      TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    name_ka  TEXT NOT NULL,
    name_en  TEXT NOT NULL,
    text_ka  TEXT NOT NULL,
    text_en  TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE categories (
    id       INTEGER PRIMARY KEY,
    slug     TEXT NOT NULL UNIQUE,
    position INTEGER NOT NULL,
    picture  TEXT NOT NULL,
    tint     TEXT NOT NULL
);

CREATE TABLE category_texts (
    category_id INTEGER NOT NULL REFERENCES categories (id),
    lang        TEXT NOT NULL CHECK (lang IN ('ka', 'en')),
    name        TEXT NOT NULL,
    text        TEXT NOT NULL,
    PRIMARY KEY (category_id, lang)
) WITHOUT ROWID;

CREATE TABLE products (
    id              INTEGER PRIMARY KEY,
    slug            TEXT NOT NULL UNIQUE,
    category_id     INTEGER NOT NULL REFERENCES categories (id),
    price_tetri     INTEGER NOT NULL CHECK (price_tetri > 0),
    old_price_tetri INTEGER CHECK (old_price_tetri > price_tetri), -- struck out; NULL: not reduced
    region          TEXT NOT NULL,
    tint            TEXT NOT NULL,
    adult           INTEGER NOT NULL DEFAULT 0 CHECK (adult IN (0, 1)),
    active          INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)), -- 0: no longer sold
    featured        TEXT,                       -- home page group
    rank            INTEGER NOT NULL,           -- popularity, higher is better
    created_at      TIMESTAMP NOT NULL,
    revision        INTEGER NOT NULL DEFAULT 1, -- catalog_version of the last visible change
    -- What a shopper sees of the stock, kept by the triggers on stock: 0 is sold
    -- out, 1 to 5 are the pieces left, 6 is plenty (LowStock in catalog_stock.go).
    shelf           INTEGER NOT NULL DEFAULT 0,
    in_stock        INTEGER NOT NULL DEFAULT 0
);

-- One index per sort order of a category (price serves both directions), the
-- same for one region and for reduced goods. The facets' columns follow the
-- order's, so that a filtered page is read from the index alone.
CREATE INDEX products_popular ON products (category_id, rank, id, in_stock, old_price_tetri, price_tetri) WHERE active = 1;
CREATE INDEX products_new ON products (category_id, created_at, id, in_stock, old_price_tetri, price_tetri) WHERE active = 1;
CREATE INDEX products_price ON products (category_id, price_tetri, id, in_stock, old_price_tetri) WHERE active = 1;
CREATE INDEX products_region_popular ON products (category_id, region, rank, id, in_stock, old_price_tetri, price_tetri) WHERE active = 1;
CREATE INDEX products_region_new ON products (category_id, region, created_at, id, in_stock, old_price_tetri, price_tetri) WHERE active = 1;
CREATE INDEX products_region_price ON products (category_id, region, price_tetri, id, in_stock, old_price_tetri) WHERE active = 1;
CREATE INDEX products_sale_popular ON products (category_id, rank, id, in_stock, region, price_tetri, old_price_tetri) WHERE active = 1 AND old_price_tetri IS NOT NULL;
CREATE INDEX products_sale_new ON products (category_id, created_at, id, in_stock, region, price_tetri, old_price_tetri) WHERE active = 1 AND old_price_tetri IS NOT NULL;
CREATE INDEX products_sale_price ON products (category_id, price_tetri, id, in_stock, region, old_price_tetri) WHERE active = 1 AND old_price_tetri IS NOT NULL;
-- The home page shows only what can be bought.
CREATE INDEX products_home_featured ON products (featured, rank, id) WHERE active = 1 AND in_stock = 1 AND featured IS NOT NULL;
CREATE INDEX products_home_new ON products (created_at, id) WHERE active = 1 AND in_stock = 1;
CREATE INDEX products_home_sale ON products (rank, id) WHERE active = 1 AND in_stock = 1 AND old_price_tetri IS NOT NULL;

CREATE TABLE product_texts (
    product_id INTEGER NOT NULL REFERENCES products (id),
    lang       TEXT NOT NULL CHECK (lang IN ('ka', 'en')),
    name       TEXT NOT NULL,
    text       TEXT NOT NULL,
    producer   TEXT NOT NULL,
    measure    TEXT NOT NULL,                -- "750 ml", ready to print
    attributes TEXT NOT NULL DEFAULT '[]',   -- JSON [{"key","value"}]
    PRIMARY KEY (product_id, lang)
) WITHOUT ROWID;

CREATE TABLE product_pictures (
    product_id INTEGER NOT NULL REFERENCES products (id),
    position   INTEGER NOT NULL,
    name       TEXT NOT NULL,
    alt_ka     TEXT NOT NULL,
    alt_en     TEXT NOT NULL,
    PRIMARY KEY (product_id, position)
) WITHOUT ROWID;

CREATE TABLE stock (
    product_id INTEGER PRIMARY KEY REFERENCES products (id),
    on_hand    INTEGER NOT NULL,
    reserved   INTEGER NOT NULL DEFAULT 0,
    CHECK (0 <= reserved AND reserved <= on_hand)
);

-- Every price a product has had, and from when.
CREATE TABLE price_history (
    product_id  INTEGER NOT NULL REFERENCES products (id),
    from_at     TIMESTAMP NOT NULL,
    price_tetri INTEGER NOT NULL CHECK (price_tetri > 0),
    PRIMARY KEY (product_id, from_at)
) WITHOUT ROWID;

-- How many products sold now fall into each combination of facets. A few dozen
-- rows a category answer every count without looking at the products.
CREATE TABLE category_counts (
    category_id INTEGER NOT NULL,
    region      TEXT NOT NULL,
    in_stock    INTEGER NOT NULL,
    on_sale     INTEGER NOT NULL,
    n           INTEGER NOT NULL CHECK (n >= 0),
    PRIMARY KEY (category_id, region, in_stock, on_sale)
) WITHOUT ROWID;

-- What search reads, one row per product that is sold, both languages together.
-- Names are few words and ranked by bm25; words holds everything with the least
-- the index can keep (which column, no positions). The prefix indexes let a word
-- be followed while it is typed without merging the lists of all its endings.
CREATE VIRTUAL TABLE product_names USING fts5 (
    name, key, content = '', contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4 5'
);
CREATE VIRTUAL TABLE product_words USING fts5 (
    word, key, content = '', contentless_delete = 1, detail = column,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4 5'
);
-- The texts of a product in both languages, and the Georgian ones alone; its
-- category and region are words by which it is looked for, too.
CREATE VIEW product_words_plain AS
SELECT product_id,
       group_concat(name, ' ') AS name,
       coalesce(group_concat(name, ' ') FILTER (WHERE lang = 'ka'), '') AS name_ka,
       group_concat(rest, ' ') AS rest,
       coalesce(group_concat(rest, ' ') FILTER (WHERE lang = 'ka'), '') AS rest_ka
FROM (SELECT t.product_id, t.lang, t.name,
             concat_ws(' ', t.producer, c.name, iif(t.lang = 'ka', r.name_ka, r.name_en), t.text,
                       replace(replace(t.attributes, '"key"', ''), '"value"', '')) AS rest
      FROM product_texts t
      JOIN products p ON p.id = t.product_id
      LEFT JOIN category_texts c ON c.category_id = p.category_id AND c.lang = t.lang
      LEFT JOIN regions r ON r.key = p.region)
GROUP BY product_id;

-- What the two tables should hold. The keys are what Georgian sounds like when it
-- is typed in Latin letters: translit.go does the same, step by step, to what is
-- searched for. In layers, because SQLite as most systems ship it cannot read a
-- schema with expressions nested any deeper, and then not the database at all.
CREATE VIEW product_search AS
WITH plain AS (
  SELECT product_id, name, name || ' ' || rest AS word, lower(name_ka) AS n, lower(name_ka || ' ' || rest_ka) AS w
  FROM product_words_plain
), step1 AS (
  SELECT product_id, name, word,
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(n
      , '''', ''), '’', ''), 'ʼ', ''), '`', ''), 'ა', 'a'), 'ბ', 'b'), 'გ', 'g'), 'დ', 'd')
      , 'ე', 'e'), 'ვ', 'v'), 'ზ', 'z'), 'თ', 't'), 'ი', 'i'), 'კ', 'k'), 'ლ', 'l'), 'მ', 'm')
      , 'ნ', 'n'), 'ო', 'o') AS n,
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(w
      , '''', ''), '’', ''), 'ʼ', ''), '`', ''), 'ა', 'a'), 'ბ', 'b'), 'გ', 'g'), 'დ', 'd')
      , 'ე', 'e'), 'ვ', 'v'), 'ზ', 'z'), 'თ', 't'), 'ი', 'i'), 'კ', 'k'), 'ლ', 'l'), 'მ', 'm')
      , 'ნ', 'n'), 'ო', 'o') AS w
  FROM plain
), step2 AS (
  SELECT product_id, name, word,
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(n
      , 'პ', 'p'), 'ჟ', 'z'), 'რ', 'r'), 'ს', 's'), 'ტ', 't'), 'უ', 'u'), 'ფ', 'p'), 'ქ', 'k')
      , 'ღ', 'g'), 'ყ', 'k'), 'შ', 'sh'), 'ჩ', 'ch'), 'ც', 'ts'), 'ძ', 'z'), 'წ', 'ts')
      , 'ჭ', 'ch'), 'ხ', 'h'), 'ჯ', 'j') AS n,
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(w
      , 'პ', 'p'), 'ჟ', 'z'), 'რ', 'r'), 'ს', 's'), 'ტ', 't'), 'უ', 'u'), 'ფ', 'p'), 'ქ', 'k')
      , 'ღ', 'g'), 'ყ', 'k'), 'შ', 'sh'), 'ჩ', 'ch'), 'ც', 'ts'), 'ძ', 'z'), 'წ', 'ts')
      , 'ჭ', 'ch'), 'ხ', 'h'), 'ჯ', 'j') AS w
  FROM step1
), step3 AS (
  SELECT product_id, name, word,
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(n
      , 'ჰ', 'h'), 'tch', 'ch'), 'ch', 'C'), 'dzh', 'j'), 'dj', 'j'), 'dz', 'z'), 'zh', 'z')
      , 'kh', 'h'), 'gh', 'g'), 'tz', 'ts'), 'c', 'ts'), 'w', 'ts'), 'x', 'h'), 'q', 'k')
      , 'y', 'k'), 'f', 'p'), 'C', 'ch') AS n,
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(w
      , 'ჰ', 'h'), 'tch', 'ch'), 'ch', 'C'), 'dzh', 'j'), 'dj', 'j'), 'dz', 'z'), 'zh', 'z')
      , 'kh', 'h'), 'gh', 'g'), 'tz', 'ts'), 'c', 'ts'), 'w', 'ts'), 'x', 'h'), 'q', 'k')
      , 'y', 'k'), 'f', 'p'), 'C', 'ch') AS w
  FROM step2
)
SELECT product_id, name, word, n AS name_key, w AS word_key FROM step3;

-- The shelf follows the stock, and is written only when what a shopper sees changes.
-- +goose StatementBegin
CREATE TRIGGER stock_insert AFTER INSERT ON stock
BEGIN
    UPDATE products SET shelf = min(max(new.on_hand - new.reserved, 0), 6)
    WHERE id = new.product_id AND shelf <> min(max(new.on_hand - new.reserved, 0), 6);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER stock_update AFTER UPDATE OF on_hand, reserved ON stock
WHEN min(max(old.on_hand - old.reserved, 0), 6) <> min(max(new.on_hand - new.reserved, 0), 6)
BEGIN
    UPDATE products SET shelf = min(max(new.on_hand - new.reserved, 0), 6) WHERE id = new.product_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER stock_delete AFTER DELETE ON stock
BEGIN
    UPDATE products SET shelf = 0 WHERE id = old.product_id AND shelf <> 0;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER products_shelf AFTER UPDATE OF shelf ON products
WHEN new.in_stock <> (new.shelf > 0)
BEGIN
    UPDATE products SET in_stock = (new.shelf > 0) WHERE id = new.id;
END;
-- +goose StatementEnd

-- Versions. A revision is the catalogue's version at the product's last change, so
-- no revision of a product ever comes back, not even after a deletion.
-- +goose StatementBegin
CREATE TRIGGER products_insert_version AFTER INSERT ON products
BEGIN
    UPDATE catalog_version SET version = version + 1;
    UPDATE products SET revision = (SELECT version FROM catalog_version) WHERE id = new.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER products_update_version AFTER UPDATE OF
    slug, category_id, price_tetri, old_price_tetri, region, tint, adult, active, featured, rank, created_at, shelf ON products
WHEN (old.slug, old.category_id, old.price_tetri, old.old_price_tetri, old.region, old.tint, old.adult, old.active, old.featured, old.rank, old.created_at, old.shelf)
    IS NOT (new.slug, new.category_id, new.price_tetri, new.old_price_tetri, new.region, new.tint, new.adult, new.active, new.featured, new.rank, new.created_at, new.shelf)
BEGIN
    UPDATE catalog_version SET version = version + 1;
    UPDATE products SET revision = (SELECT version FROM catalog_version) WHERE id = new.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER products_delete_version AFTER DELETE ON products
BEGIN
    UPDATE catalog_version SET version = version + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER product_texts_insert_version AFTER INSERT ON product_texts
BEGIN
    UPDATE catalog_version SET version = version + 1;
    UPDATE products SET revision = (SELECT version FROM catalog_version) WHERE id = new.product_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER product_texts_update_version AFTER UPDATE ON product_texts
BEGIN
    UPDATE catalog_version SET version = version + 1;
    UPDATE products SET revision = (SELECT version FROM catalog_version) WHERE id = new.product_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER product_texts_delete_version AFTER DELETE ON product_texts
BEGIN
    UPDATE catalog_version SET version = version + 1;
    UPDATE products SET revision = (SELECT version FROM catalog_version) WHERE id = old.product_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER product_pictures_insert_version AFTER INSERT ON product_pictures
BEGIN
    UPDATE catalog_version SET version = version + 1;
    UPDATE products SET revision = (SELECT version FROM catalog_version) WHERE id = new.product_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER product_pictures_update_version AFTER UPDATE ON product_pictures
BEGIN
    UPDATE catalog_version SET version = version + 1;
    UPDATE products SET revision = (SELECT version FROM catalog_version) WHERE id = new.product_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER product_pictures_delete_version AFTER DELETE ON product_pictures
BEGIN
    UPDATE catalog_version SET version = version + 1;
    UPDATE products SET revision = (SELECT version FROM catalog_version) WHERE id = old.product_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER categories_insert_version AFTER INSERT ON categories
BEGIN
    UPDATE catalog_version SET version = version + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER categories_update_version AFTER UPDATE ON categories
BEGIN
    UPDATE catalog_version SET version = version + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER categories_delete_version AFTER DELETE ON categories
BEGIN
    UPDATE catalog_version SET version = version + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER category_texts_insert_version AFTER INSERT ON category_texts
BEGIN
    UPDATE catalog_version SET version = version + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER category_texts_update_version AFTER UPDATE ON category_texts
BEGIN
    UPDATE catalog_version SET version = version + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER category_texts_delete_version AFTER DELETE ON category_texts
BEGIN
    UPDATE catalog_version SET version = version + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER regions_insert_version AFTER INSERT ON regions
BEGIN
    UPDATE catalog_version SET version = version + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER regions_update_version AFTER UPDATE ON regions
BEGIN
    UPDATE catalog_version SET version = version + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER regions_delete_version AFTER DELETE ON regions
BEGIN
    UPDATE catalog_version SET version = version + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER product_groups_insert_version AFTER INSERT ON product_groups
BEGIN
    UPDATE catalog_version SET version = version + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER product_groups_update_version AFTER UPDATE ON product_groups
BEGIN
    UPDATE catalog_version SET version = version + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER product_groups_delete_version AFTER DELETE ON product_groups
BEGIN
    UPDATE catalog_version SET version = version + 1;
END;
-- +goose StatementEnd

-- Counts per combination of facets.
-- +goose StatementBegin
CREATE TRIGGER products_insert_counts AFTER INSERT ON products
WHEN new.active = 1
BEGIN
    INSERT INTO category_counts (category_id, region, in_stock, on_sale, n)
    VALUES (new.category_id, new.region, new.in_stock, new.old_price_tetri IS NOT NULL, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER products_delete_counts AFTER DELETE ON products
WHEN old.active = 1
BEGIN
    UPDATE category_counts SET n = n - 1
    WHERE category_id = old.category_id AND region = old.region
      AND in_stock = old.in_stock AND on_sale = (old.old_price_tetri IS NOT NULL);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER products_update_counts_old AFTER UPDATE OF active, category_id, region, in_stock, old_price_tetri ON products
WHEN old.active = 1 AND (old.active, old.category_id, old.region, old.in_stock, old.old_price_tetri IS NULL) <> (new.active, new.category_id, new.region, new.in_stock, new.old_price_tetri IS NULL)
BEGIN
    UPDATE category_counts SET n = n - 1
    WHERE category_id = old.category_id AND region = old.region
      AND in_stock = old.in_stock AND on_sale = (old.old_price_tetri IS NOT NULL);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER products_update_counts_new AFTER UPDATE OF active, category_id, region, in_stock, old_price_tetri ON products
WHEN new.active = 1 AND (old.active, old.category_id, old.region, old.in_stock, old.old_price_tetri IS NULL) <> (new.active, new.category_id, new.region, new.in_stock, new.old_price_tetri IS NULL)
BEGIN
    INSERT INTO category_counts (category_id, region, in_stock, on_sale, n)
    VALUES (new.category_id, new.region, new.in_stock, new.old_price_tetri IS NOT NULL, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd

-- Price history. A price that was written to the history beforehand, with its own
-- time, is not written twice.
-- +goose StatementBegin
CREATE TRIGGER products_insert_price AFTER INSERT ON products
BEGIN
    INSERT INTO price_history (product_id, from_at, price_tetri)
    SELECT new.id, strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'), new.price_tetri
    WHERE new.price_tetri IS NOT (SELECT price_tetri FROM price_history WHERE product_id = new.id ORDER BY from_at DESC LIMIT 1)
    ON CONFLICT DO UPDATE SET price_tetri = excluded.price_tetri;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER products_update_price AFTER UPDATE OF price_tetri ON products
WHEN old.price_tetri <> new.price_tetri
BEGIN
    INSERT INTO price_history (product_id, from_at, price_tetri)
    SELECT new.id, strftime('%Y-%m-%d %H:%M:%f+00:00', 'now'), new.price_tetri
    WHERE new.price_tetri IS NOT (SELECT price_tetri FROM price_history WHERE product_id = new.id ORDER BY from_at DESC LIMIT 1)
    ON CONFLICT DO UPDATE SET price_tetri = excluded.price_tetri;
END;
-- +goose StatementEnd

-- Search.
-- +goose StatementBegin
CREATE TRIGGER product_texts_insert_search AFTER INSERT ON product_texts
WHEN (SELECT active FROM products WHERE id = new.product_id) = 1
BEGIN
    DELETE FROM product_names WHERE rowid = new.product_id;
    DELETE FROM product_words WHERE rowid = new.product_id;
    INSERT INTO product_names (rowid, name, key) SELECT product_id, name, name_key FROM product_search WHERE product_id = new.product_id;
    INSERT INTO product_words (rowid, word, key) SELECT product_id, word, word_key FROM product_search WHERE product_id = new.product_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER product_texts_update_search AFTER UPDATE ON product_texts
WHEN (SELECT active FROM products WHERE id = new.product_id) = 1
BEGIN
    DELETE FROM product_names WHERE rowid = new.product_id;
    DELETE FROM product_words WHERE rowid = new.product_id;
    INSERT INTO product_names (rowid, name, key) SELECT product_id, name, name_key FROM product_search WHERE product_id = new.product_id;
    INSERT INTO product_words (rowid, word, key) SELECT product_id, word, word_key FROM product_search WHERE product_id = new.product_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER product_texts_delete_search AFTER DELETE ON product_texts
WHEN (SELECT active FROM products WHERE id = old.product_id) = 1
BEGIN
    DELETE FROM product_names WHERE rowid = old.product_id;
    DELETE FROM product_words WHERE rowid = old.product_id;
    INSERT INTO product_names (rowid, name, key) SELECT product_id, name, name_key FROM product_search WHERE product_id = old.product_id;
    INSERT INTO product_words (rowid, word, key) SELECT product_id, word, word_key FROM product_search WHERE product_id = old.product_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER products_shown_search AFTER UPDATE OF active ON products
WHEN old.active = 0 AND new.active = 1
BEGIN
    INSERT INTO product_names (rowid, name, key) SELECT product_id, name, name_key FROM product_search WHERE product_id = new.id;
    INSERT INTO product_words (rowid, word, key) SELECT product_id, word, word_key FROM product_search WHERE product_id = new.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER products_hidden_search AFTER UPDATE OF active ON products
WHEN old.active = 1 AND new.active = 0
BEGIN
    DELETE FROM product_names WHERE rowid = new.id;
    DELETE FROM product_words WHERE rowid = new.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER products_moved_search AFTER UPDATE OF category_id, region ON products
WHEN old.active = 1 AND new.active = 1 AND (old.category_id, old.region) <> (new.category_id, new.region)
BEGIN
    DELETE FROM product_words WHERE rowid = new.id;
    INSERT INTO product_words (rowid, word, key) SELECT product_id, word, word_key FROM product_search WHERE product_id = new.id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER category_texts_insert_search AFTER INSERT ON category_texts
BEGIN
    DELETE FROM product_words WHERE rowid IN (SELECT id FROM products WHERE category_id = new.category_id AND active = 1);
    INSERT INTO product_words (rowid, word, key) SELECT product_id, word, word_key FROM product_search
    WHERE product_id IN (SELECT id FROM products WHERE category_id = new.category_id AND active = 1);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER category_texts_update_search AFTER UPDATE OF name ON category_texts
WHEN old.name <> new.name
BEGIN
    DELETE FROM product_words WHERE rowid IN (SELECT id FROM products WHERE category_id = new.category_id AND active = 1);
    INSERT INTO product_words (rowid, word, key) SELECT product_id, word, word_key FROM product_search
    WHERE product_id IN (SELECT id FROM products WHERE category_id = new.category_id AND active = 1);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER category_texts_delete_search AFTER DELETE ON category_texts
BEGIN
    DELETE FROM product_words WHERE rowid IN (SELECT id FROM products WHERE category_id = old.category_id AND active = 1);
    INSERT INTO product_words (rowid, word, key) SELECT product_id, word, word_key FROM product_search
    WHERE product_id IN (SELECT id FROM products WHERE category_id = old.category_id AND active = 1);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER regions_insert_search AFTER INSERT ON regions
BEGIN
    DELETE FROM product_words WHERE rowid IN (SELECT id FROM products WHERE region = new.key AND active = 1);
    INSERT INTO product_words (rowid, word, key) SELECT product_id, word, word_key FROM product_search
    WHERE product_id IN (SELECT id FROM products WHERE region = new.key AND active = 1);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER regions_update_search AFTER UPDATE OF name_ka, name_en ON regions
WHEN (old.name_ka, old.name_en) <> (new.name_ka, new.name_en)
BEGIN
    DELETE FROM product_words WHERE rowid IN (SELECT id FROM products WHERE region = new.key AND active = 1);
    INSERT INTO product_words (rowid, word, key) SELECT product_id, word, word_key FROM product_search
    WHERE product_id IN (SELECT id FROM products WHERE region = new.key AND active = 1);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER regions_delete_search AFTER DELETE ON regions
BEGIN
    DELETE FROM product_words WHERE rowid IN (SELECT id FROM products WHERE region = old.key AND active = 1);
    INSERT INTO product_words (rowid, word, key) SELECT product_id, word, word_key FROM product_search
    WHERE product_id IN (SELECT id FROM products WHERE region = old.key AND active = 1);
END;
-- +goose StatementEnd
