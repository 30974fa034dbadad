-- +goose Up
-- Which programs can work on these tables: those that know this migration. One that only adds leaves the
-- number as it is, so that the program of the last release can be started again beside or instead of the next
-- one. One that takes away sets it to the last migration of the release that had stopped reading it.
CREATE TABLE oldest_program (
    id        smallint PRIMARY KEY CHECK (id = 1),
    migration bigint NOT NULL
);
INSERT INTO oldest_program (id, migration) VALUES (1, 36);
