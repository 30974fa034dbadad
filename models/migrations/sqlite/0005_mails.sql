-- +goose Up
-- Kinds of mail are typed in Go (MailKind); a list here had to be rebuilt for each
-- new one. What makes a mail the only one of its kind may now be more than its
-- payment, and a mail that cannot be sent says so.
CREATE TABLE mails_new (
    id          INTEGER PRIMARY KEY,
    order_id    INTEGER REFERENCES orders (id),         -- what it is about: an order and an attempt to pay it,
    payment_id  INTEGER REFERENCES payments (id),
    customer_id INTEGER REFERENCES customers (id) ON DELETE CASCADE, -- or an account,
    link_id     TEXT REFERENCES mail_links (id) ON DELETE CASCADE,   -- with the link it carries
    kind        TEXT NOT NULL CHECK (kind <> ''),
    about       TEXT NOT NULL DEFAULT '',  -- tells mails of one kind about one payment apart, such as the sum refunded so far
    lang        TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    subject     TEXT NOT NULL DEFAULT '',
    text        TEXT NOT NULL DEFAULT '',
    html        TEXT NOT NULL DEFAULT '',
    created_at  TIMESTAMP NOT NULL,
    sent_at     TIMESTAMP,
    tries       INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
    last_error  TEXT NOT NULL DEFAULT '',  -- what the mail server said to the last try that failed
    given_up_at TIMESTAMP,                 -- it will not be tried again
    UNIQUE (kind, payment_id, about),
    CHECK ((order_id IS NULL) <> (customer_id IS NULL)),
    CHECK (sent_at IS NULL OR given_up_at IS NULL)
);
INSERT INTO mails_new (id, order_id, payment_id, customer_id, link_id, kind, lang, recipient, subject, text, html, created_at, sent_at)
    SELECT id, order_id, payment_id, customer_id, link_id, kind, lang, recipient, subject, text, html, created_at, sent_at FROM mails;
DROP TABLE mails;
ALTER TABLE mails_new RENAME TO mails;
