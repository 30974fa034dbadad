package models

import (
	"context"
	"time"
	"unicode/utf8"
)

// AccessKind is what somebody did with an order in their browser.
type AccessKind string

// The kinds of access.
const (
	AccessPlaced   AccessKind = "placed"
	AccessReturned AccessKind = "returned" // came back from the bank's page
	AccessViewed   AccessKind = "viewed"   // opened the order's page by its link
)

// OrderAccess is from where and with what an order was placed, paid or looked at. A bank asks
// for it when a payer says that it was not them.
type OrderAccess struct {
	ID      int64
	OrderID int64
	What    AccessKind
	Hour    time.Time // in which it was
	At      time.Time // the first time within the hour
	Address string    // the network address
	Agent   string    // what the browser says that it is
}

// TableName is the table of accesses.
func (OrderAccess) TableName() string { return "order_accesses" }

// maxAgent bounds what is kept of the browser's own name, in bytes.
const maxAgent = 300

// maxAccesses bounds how many accesses of one order are kept: somebody with its link can come
// from as many addresses as they like.
const maxAccesses = 500

// Visitor is from where a request comes.
type Visitor struct {
	Address string // the network address; "": not known, then nothing is noted
	Agent   string
}

// NoteAccess writes down that somebody has come to an order, once for each kind, address and
// hour.
func (s *Store) NoteAccess(ctx context.Context, orderID int64, what AccessKind, from Visitor) error {
	if from.Address == "" {
		return nil
	}
	var noted bool
	err := query(s.Read(ctx), []any{&noted}, "SELECT EXISTS (SELECT 1 FROM order_accesses WHERE order_id = ? AND what = ? AND hour = ? AND address = ?)",
		orderID, what, s.Now().UTC().Truncate(time.Hour), from.Address)
	if err != nil || noted {
		return err
	}
	return s.inTx(ctx, func(tx *Tx) error { return noteAccess(tx, orderID, what, from) })
}

func noteAccess(tx *Tx, orderID int64, what AccessKind, from Visitor) error {
	if from.Address == "" {
		return nil
	}
	var keep bool // a person who was forgotten is not noted again
	err := query(tx.DB, []any{&keep}, `SELECT email <> '' AND (SELECT count(*) FROM order_accesses WHERE order_id = orders.id) < ?
		FROM orders WHERE id = ?`, maxAccesses, orderID)
	if err != nil || !keep {
		return err
	}
	agent := TidyLine(from.Agent)
	for len(agent) > maxAgent {
		_, last := utf8.DecodeLastRuneInString(agent)
		agent = agent[:len(agent)-last]
	}
	_, err = tx.createUnlessThere(&OrderAccess{
		OrderID: orderID, What: what, Hour: tx.now.UTC().Truncate(time.Hour), At: tx.now, Address: from.Address, Agent: agent,
	})
	return err
}

// accessesKept is how long it is known from where an order was placed and looked at: the
// schemes of the cards let a payer dispute a payment for up to 540 days.
const accessesKept = 548 * day

// forgetAccesses deletes the accesses that are older than that.
func (s *Store) forgetAccesses(ctx context.Context) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("DELETE FROM order_accesses WHERE at < ?", tx.now.Add(-accessesKept))
	})
}

// OrderAccesses lists the accesses to an order, oldest first.
func (s *Store) OrderAccesses(ctx context.Context, orderID int64) (list []OrderAccess, err error) {
	err = s.Read(ctx).Where("order_id = ?", orderID).Order("at, id").Find(&list).Error
	return list, err
}
