package models

import "time"

// AuditEntry is one line of the audit list, which is append-only: the database refuses to
// change or delete a line.
type AuditEntry struct {
	ID      int64
	At      time.Time
	StaffID *int64
	Who     string
	Address string
	Action  string // in machine words: "refund", "stock"
	Subject string // what was changed: "order D-1042"
	OrderID *int64
	Before  string
	After   string
}

// TableName is the audit list's table.
func (AuditEntry) TableName() string { return "audit" }

// audit writes down, in the transaction of the change itself, what by does to the subject.
// before and after are what changed, in words or figures; "" where there is nothing to say.
func audit(tx *Tx, by Actor, action, subject, before, after string) error {
	return tx.Create(&AuditEntry{
		At: tx.now, StaffID: by.staffID(), Who: by.Email, Address: by.Address,
		Action: action, Subject: subject, Before: before, After: after,
	}).Error
}

// auditOrder is audit about an order.
func auditOrder(tx *Tx, by Actor, o *Order, action, before, after string) error {
	return tx.Create(&AuditEntry{
		At: tx.now, StaffID: by.staffID(), Who: by.Email, Address: by.Address,
		Action: action, Subject: "order " + o.Number, OrderID: &o.ID, Before: before, After: after,
	}).Error
}

// auditFailures is how many failures the audit list takes in an hour: strangers cause them, and
// nothing is ever deleted from it. The log has them all.
const auditFailures = 60

// auditFailure is audit for what somebody tried in vain; by may be nobody.
func auditFailure(tx *Tx, by Actor, action, subject string) error {
	var had int
	if err := query(tx.DB, []any{&had}, "SELECT count(*) FROM audit WHERE at > ? AND action IN ('sign_in_failed', 'second_factor_failed')",
		tx.now.Add(-time.Hour)); err != nil || had >= auditFailures {
		return err
	}
	return audit(tx, by, action, subject, "", "")
}
