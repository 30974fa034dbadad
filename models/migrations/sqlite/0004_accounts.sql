-- +goose Up
CREATE TABLE customers (
    id            INTEGER PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,      -- in small letters
    name          TEXT NOT NULL,
    phone         TEXT NOT NULL DEFAULT '',
    lang          TEXT NOT NULL CHECK (lang IN ('ka', 'en')),
    password_hash TEXT NOT NULL DEFAULT '',  -- argon2id; '' signs in by a provider only
    verified_at   TIMESTAMP,                 -- when the address was shown to be theirs
    marketing_at  TIMESTAMP,                 -- when they asked for news; NULL: they did not
    created_at    TIMESTAMP NOT NULL,
    updated_at    TIMESTAMP NOT NULL
);

CREATE TABLE identities (                    -- sign-in by an OpenID Connect provider
    issuer      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    created_at  TIMESTAMP NOT NULL,
    PRIMARY KEY (issuer, subject)
) WITHOUT ROWID;
CREATE INDEX identities_by_customer ON identities (customer_id);

CREATE TABLE addresses (
    id          INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    phone       TEXT NOT NULL,
    delivery    TEXT NOT NULL,
    region      TEXT NOT NULL,
    city        TEXT NOT NULL,
    street      TEXT NOT NULL,
    is_default  INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    created_at  TIMESTAMP NOT NULL,
    updated_at  TIMESTAMP NOT NULL
);
CREATE INDEX addresses_by_customer ON addresses (customer_id);
CREATE UNIQUE INDEX addresses_one_default ON addresses (customer_id) WHERE is_default = 1;

CREATE TABLE mail_links (                    -- what makes a signed link work only once
    id          TEXT PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    purpose     TEXT NOT NULL CHECK (purpose IN ('verify', 'reset')),
    email       TEXT NOT NULL,               -- the address it was sent to
    expires_at  TIMESTAMP NOT NULL,
    used_at     TIMESTAMP
) WITHOUT ROWID;
CREATE INDEX mail_links_by_customer ON mail_links (customer_id, purpose);

CREATE TABLE sign_in_tries (                 -- failed ones, for the limits
    subject TEXT NOT NULL,                   -- SHA-256 of an account's address or of a network address
    at      TIMESTAMP NOT NULL
);
CREATE INDEX sign_in_tries_by_subject ON sign_in_tries (subject, at);
CREATE INDEX sign_in_tries_by_age ON sign_in_tries (at);

CREATE TABLE saved_cards (
    id              INTEGER PRIMARY KEY,
    customer_id     INTEGER REFERENCES customers (id) ON DELETE SET NULL, -- NULL: the person has gone
    order_id        INTEGER NOT NULL REFERENCES orders (id),
    payment_id      INTEGER NOT NULL UNIQUE REFERENCES payments (id),
    parent_bank_id  TEXT NOT NULL UNIQUE,    -- the bank's id of the order it was saved on: its handle
    kind            TEXT NOT NULL CHECK (kind IN ('recurrent', 'subscription')),
    mask            TEXT NOT NULL,
    brand           TEXT NOT NULL,
    expiry          TEXT NOT NULL,           -- MM/YY, or '' if the bank did not say
    fixed_tetri     INTEGER CHECK (fixed_tetri > 0), -- the one total a subscription can be charged
    label           TEXT NOT NULL DEFAULT '',
    is_default      INTEGER NOT NULL CHECK (is_default IN (0, 1)),
    state           TEXT NOT NULL CHECK (state IN ('live', 'removing', 'removed', 'dead')),
    remove_key      TEXT UNIQUE,             -- idempotency key of the call that forgets it
    next_try_at     TIMESTAMP,               -- when that call is repeated; NULL: never
    tries           INTEGER NOT NULL DEFAULT 0,
    consent_version TEXT NOT NULL,
    consent_at      TIMESTAMP NOT NULL,
    created_at      TIMESTAMP NOT NULL,
    updated_at      TIMESTAMP NOT NULL,
    CHECK ((kind = 'subscription') = (fixed_tetri IS NOT NULL))
);
CREATE INDEX saved_cards_by_customer ON saved_cards (customer_id) WHERE customer_id IS NOT NULL;
CREATE UNIQUE INDEX saved_cards_one_default ON saved_cards (customer_id) WHERE is_default = 1;
CREATE INDEX saved_cards_to_remove ON saved_cards (next_try_at) WHERE state = 'removing';
