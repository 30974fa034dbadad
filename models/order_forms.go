package models

import (
	"errors"

	"gorm.io/gorm"
)

// A form of staff that moves money carries a key, which is stored with what the form has led to:
// sent again, by a double click or the browser's Back, it leads to the same and moves no money.
// The order is locked meanwhile.

// formDone returns the id of what the form with this key has led to, 0 if it has not been sent
// yet or has no key. Errors: Conflict if it was the form of another order.
func formDone(tx *Tx, o *Order, key string, kind ActionKind) (id int64, err error) {
	if key == "" {
		return 0, nil
	}
	var orderID int64
	var what ActionKind
	err = query(tx.DB, []any{&orderID, &what, &id}, "SELECT order_id, what, result_id FROM order_forms WHERE form_key = ?", key)
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return 0, nil
	case err == nil && (orderID != o.ID || what != kind):
		return 0, conflict(CodeFormStale)
	}
	return id, err
}

// formIs notes what the form with this key has led to.
func formIs(tx *Tx, o *Order, key string, kind ActionKind, id int64) error {
	if key == "" {
		return nil
	}
	return tx.exec("INSERT INTO order_forms (form_key, order_id, what, result_id) VALUES (?, ?, ?, ?)", key, o.ID, kind, id)
}

// refundOnce is requestRefund that carries a form out once.
func refundOnce(tx *Tx, o *Order, r RefundRequest) (*Refund, error) {
	id, err := formDone(tx, o, r.Key, ActionRefund)
	if err != nil {
		return nil, err
	}
	if id != 0 {
		var refund Refund
		return &refund, tx.Where("id = ?", id).Take(&refund).Error
	}
	refund, err := requestRefund(tx, o, r)
	if err != nil {
		return nil, err
	}
	return refund, formIs(tx, o, r.Key, ActionRefund, refund.ID)
}

// captureOnce carries the form of a capture or a release out once.
func captureOnce(tx *Tx, o *Order, key string, kind ActionKind, request func() (*Capture, error)) (*Capture, error) {
	id, err := formDone(tx, o, key, kind)
	if err != nil {
		return nil, err
	}
	if id != 0 {
		var c Capture
		return &c, tx.Where("id = ?", id).Take(&c).Error
	}
	c, err := request()
	if err != nil {
		return nil, err
	}
	return c, formIs(tx, o, key, kind, c.ID)
}
