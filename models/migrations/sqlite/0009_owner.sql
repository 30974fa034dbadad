-- +goose Up
-- One database belongs to one bank and one merchant: order ids, saved cards and money
-- of one mean nothing at another.
CREATE TABLE owner (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    bank     TEXT NOT NULL CHECK (bank <> ''),
    merchant TEXT NOT NULL CHECK (merchant <> ''),
    since    TIMESTAMP NOT NULL
);

-- From which files these tables were made. A program that has another file under the
-- same number was not made for them.
CREATE TABLE migration_files (
    version INTEGER PRIMARY KEY,
    sha256  TEXT NOT NULL CHECK (length(sha256) = 64)
);
