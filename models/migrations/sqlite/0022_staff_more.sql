-- +goose Up
-- Staff begin with a generated password, and what they typed waits while they prove who they are.
ALTER TABLE staff ADD COLUMN password_until TIMESTAMP;                -- the password was generated and opens nothing later; NULL: their own
ALTER TABLE staff_sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';-- browser and system, in a few words
ALTER TABLE staff_sessions ADD COLUMN form TEXT NOT NULL DEFAULT '';  -- refused because the proof was stale: JSON of StaffForm
