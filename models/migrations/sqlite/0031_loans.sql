-- +goose Up
-- What the shopper chose of a loan: the number of monthly payments, and the code that the bank's
-- calculator gave for the choice. Without a code they choose the conditions on the bank's page.
ALTER TABLE orders ADD COLUMN loan_month INTEGER NOT NULL DEFAULT 0 CHECK (loan_month BETWEEN 0 AND 60);
ALTER TABLE orders ADD COLUMN loan_code TEXT NOT NULL DEFAULT '';

-- Until when the units are reserved while the bank decides on a loan; NULL: it has not been applied for.
ALTER TABLE payments ADD COLUMN decide_until TIMESTAMP;
