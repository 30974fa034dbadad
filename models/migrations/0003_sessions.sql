-- +goose Up
CREATE TABLE sessions (
    key_hash   TEXT PRIMARY KEY,   -- SHA-256 of the key in the visitor's cookie
    data       BLOB NOT NULL,
    expires_at TIMESTAMP NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
