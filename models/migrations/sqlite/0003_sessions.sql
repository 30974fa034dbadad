-- +goose Up
CREATE TABLE sessions (
    key_hash    TEXT PRIMARY KEY,   -- SHA-256 of the key in the visitor's cookie
    data        BLOB NOT NULL,
    customer_id INTEGER REFERENCES customers (id) ON DELETE CASCADE, -- NULL: nobody has signed in
    device      TEXT NOT NULL DEFAULT '',
    started_at  TIMESTAMP NOT NULL, -- when they signed in or gave the password again; a guest's: when it was made
    seen_at     TIMESTAMP NOT NULL, -- when it was last used, to the hour
    expires_at  TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_customer ON sessions (customer_id) WHERE customer_id IS NOT NULL;
