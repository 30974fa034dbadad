-- +goose Up
-- What search reads is written by the program (catalog/search_text.go) when a product, a
-- category or a region is stored. The rows of product_names and product_words stay as they
-- are. What another program's UPDATE must also move stays with triggers: the facet counts,
-- the stock state, the price history, the catalogue's version, and that a product which is
-- not sold any more is not found (products_hidden_search).
DROP TRIGGER product_texts_insert_search;
DROP TRIGGER product_texts_update_search;
DROP TRIGGER product_texts_delete_search;
DROP TRIGGER products_shown_search;
DROP TRIGGER products_moved_search;
DROP TRIGGER category_texts_insert_search;
DROP TRIGGER category_texts_update_search;
DROP TRIGGER category_texts_delete_search;
DROP TRIGGER regions_insert_search;
DROP TRIGGER regions_update_search;
DROP TRIGGER regions_delete_search;
DROP VIEW product_search;
DROP VIEW product_words_plain;
