-- +goose Up
-- Requests that are limited for each minute, counted where all instances see them. What a crash of
-- the server loses of it, nobody misses: it is not written ahead, which makes it cheap.
CREATE UNLOGGED TABLE request_counts (
    minute bigint NOT NULL,
    subject text NOT NULL,
    n integer NOT NULL CHECK (n > 0),
    PRIMARY KEY (minute, subject)
);
