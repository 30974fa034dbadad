package models

import (
	"context"
	"time"
	"unicode/utf8"
)

// OrderNote is what a member of staff noted about an order. It is never changed.
type OrderNote struct {
	ID      int64
	OrderID int64
	StaffID *int64
	Who     string // their address at that time
	At      time.Time
	Text    string // "" once the person of the order is forgotten
}

// maxNote bounds a note, in letters.
const maxNote = 2000

// AddOrderNote adds a note of staff to an order. The audit list says that there is one, and not
// what it says: that list is never blanked. Errors: NotFound; Invalid with Fields (note).
func (s *Store) AddOrderNote(ctx context.Context, by Actor, number, text string) error {
	text = TidyNote(text)
	switch {
	case text == "":
		return wrongField("note", "admin.orders.error.note")
	case utf8.RuneCountInString(text) > maxNote:
		return wrongField("note", "checkout.error.too_long")
	}
	return s.inTx(ctx, func(tx *Tx) error {
		o, err := tx.lockOrder("number = ?", number)
		if err != nil {
			return err
		}
		if err := tx.Create(&OrderNote{OrderID: o.ID, StaffID: by.staffID(), Who: by.Email, At: tx.now, Text: text}).Error; err != nil {
			return err
		}
		return auditOrder(tx, by, o, "note", "", "")
	})
}

// OrderNotes lists the notes about an order, oldest first.
func (s *Store) OrderNotes(ctx context.Context, orderID int64) (list []OrderNote, err error) {
	err = s.Read(ctx).Where("order_id = ?", orderID).Order("id").Find(&list).Error
	return list, err
}
