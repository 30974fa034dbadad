-- +goose Up
-- What is found by words. The program writes the words (catalog/search_postgres.go): A are words as
-- they are written, B as they sound.
CREATE TABLE product_search (
    product_id bigint PRIMARY KEY REFERENCES products (id) ON DELETE CASCADE,
    names      tsvector NOT NULL, -- the words of the product's names
    words      tsvector NOT NULL  -- of all its texts
);
CREATE INDEX product_search_names ON product_search USING gin (names);
CREATE INDEX product_search_words ON product_search USING gin (words);

-- What staff find a product by, sold or not.
CREATE TABLE product_titles (
    product_id bigint PRIMARY KEY REFERENCES products (id) ON DELETE CASCADE,
    title      tsvector NOT NULL
);
CREATE INDEX product_titles_title ON product_titles USING gin (title);

-- What is not sold any more is not found.
-- +goose StatementBegin
CREATE FUNCTION hide_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM product_search WHERE product_id = new.id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER products_hidden_search AFTER UPDATE OF active ON products FOR EACH ROW
    WHEN (old.active = 1 AND new.active = 0) EXECUTE FUNCTION hide_product();

-- What staff find an order's person by.
CREATE TABLE order_words (
    rowid bigint PRIMARY KEY REFERENCES orders (id), -- the order; named as in SQLite's index
    words tsvector NOT NULL
);
CREATE INDEX order_words_words ON order_words USING gin (words);
