package models

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"gorm.io/gorm"
)

// ReturnBooking is what of a return came back, by the position of the line. The rest is not taken back.
type ReturnBooking struct {
	Restocked  map[int]int // back on the shelf
	WrittenOff map[int]int // came back and cannot be sold
	Note       string      // why the rest is not taken back; required if there is any
}

// BookReturn books what of a return came back and requests the refund of exactly that, with the
// delivery price if the customer has withdrawn from the whole order. The customer gets a mail. If
// nothing is taken back the return is closed.
//
// Errors: NotFound; Invalid (fields "units", "note"); Conflict "admin.return.booked", and those of
// RequestRefund.
func (s *Store) BookReturn(ctx context.Context, by Actor, id int64, b ReturnBooking) (*Return, error) {
	b.Note = TidyNote(b.Note)
	var booked *Return
	err := s.inTx(ctx, func(tx *Tx) error {
		r, o, err := lockReturn(tx, id)
		if err != nil {
			return err
		}
		booked = r
		taken, rest, err := r.book(b)
		if err != nil {
			return err
		}
		switch {
		case rest > 0 && b.Note == "":
			return invalidFields(map[string]string{"note": "admin.return.note_missing"})
		case utf8.RuneCountInString(b.Note) > maxReturnNote:
			return invalidFields(map[string]string{"note": "admin.fulfilment.error.long"})
		}
		r.ReceivedAt = &tx.now
		if rest > 0 {
			r.Note = b.Note
		}
		if len(taken) == 0 {
			r.State, r.ClosedAt = ReturnClosed, &tx.now
		} else if err := refundReturn(tx, by, o, r, taken); err != nil {
			return err
		}
		return storeBooked(tx, by, o, r)
	})
	return booked, err
}

// lockReturn loads a return that staff have still to book, and locks its order.
func lockReturn(tx *Tx, id int64) (*Return, *Order, error) {
	r, err := returnByID(tx.DB, id)
	if err != nil {
		return nil, nil, err
	}
	o, err := tx.lockOrder("id = ?", r.OrderID)
	if err != nil {
		return nil, nil, err
	}
	if r, err = returnByID(tx.DB, id); err != nil { // as it is now that the order is locked
		return nil, nil, err
	}
	if !r.Waiting() {
		return nil, nil, conflict(CodeReturnBooked)
	}
	return r, o, nil
}

// book enters into the lines of a return what came back. It returns the units that are taken back,
// and how many are not.
func (r *Return) book(b ReturnBooking) (taken []LineUnits, rest int, err error) {
	for i := range r.Lines {
		l := &r.Lines[i]
		l.Restocked, l.WrittenOff = b.Restocked[l.Position], b.WrittenOff[l.Position]
		if l.Restocked < 0 || l.WrittenOff < 0 || l.Rejected() < 0 {
			return nil, 0, invalidFields(map[string]string{"units": "admin.return.units_wrong"})
		}
		if n := l.Restocked + l.WrittenOff; n > 0 {
			taken = append(taken, LineUnits{Position: l.Position, Units: n})
		}
		rest += l.Rejected()
	}
	return taken, rest, nil
}

// refundReturn books the units that are taken back in the stock and requests the refund of their
// price. What staff have refunded, or put back on the shelf, since the return was announced is
// not counted again.
func refundReturn(tx *Tx, by Actor, o *Order, r *Return, taken []LineUnits) error {
	if err := restockReturn(tx, o, r); err != nil {
		return err
	}
	earlier, refunded, err := refundedSince(tx.DB, r)
	if err != nil {
		return err
	}
	var owed []LineUnits
	for _, u := range taken {
		if u.Units -= min(u.Units, refunded[u.Position]); u.Units > 0 {
			owed = append(owed, u)
		}
	}
	delivery, err := deliveryGoesBack(tx.DB, o, r)
	if err != nil {
		return err
	}
	if earlier != nil && len(owed) == 0 && delivery == 0 {
		r.State, r.RefundID, r.RefundTetri = ReturnReceived, &earlier.ID, earlier.AmountTetri
		if earlier.State == ActionCompleted {
			r.State, r.ClosedAt = ReturnRefunded, &tx.now
		}
		return nil
	}
	refund, err := requestRefund(tx, o, RefundRequest{Lines: owed, Delivery: delivery > 0, UpToLeft: true, OrByHand: true, Reason: returnSubject(r.ID), By: by})
	if e, ok := errors.AsType[*Error](err); ok && e.Code == CodeRefundCompleted {
		r.State, r.ClosedAt = ReturnClosed, &tx.now // the money went back before the goods did
		return nil
	}
	if err != nil {
		return err
	}
	r.State, r.RefundID, r.RefundTetri = ReturnReceived, &refund.ID, refund.AmountTetri
	return nil
}

// restockReturn puts the units of a return back on the shelf, or writes them off, unless staff have
// done so since it was announced.
func restockReturn(tx *Tx, o *Order, r *Return) error {
	var restocked, writtenOff []LineUnits
	for _, l := range r.Lines {
		done, err := movedSince(tx, o, r, l.Position)
		if err != nil {
			return err
		}
		shelf := l.Restocked - min(l.Restocked, done)
		lost := l.WrittenOff - min(l.WrittenOff, done-(l.Restocked-shelf))
		if shelf > 0 {
			restocked = append(restocked, LineUnits{Position: l.Position, Units: shelf})
		}
		if lost > 0 {
			writtenOff = append(writtenOff, LineUnits{Position: l.Position, Units: lost})
		}
	}
	if err := unitsCameBack(tx, o, restocked, true); err != nil {
		return err
	}
	return unitsCameBack(tx, o, writtenOff, false)
}

// movedSince is how many units of a line came back since a return was announced, those of other
// returns not counted.
func movedSince(tx *Tx, o *Order, r *Return, position int) (units int, err error) {
	err = query(tx.DB, []any{&units}, `SELECT coalesce((SELECT sum(m.quantity) FROM stock_moves m JOIN order_lines l ON l.order_id = m.order_id AND l.product_id = m.product_id
			WHERE m.order_id = ? AND l.position = ? AND m.kind IN ('returned', 'written_off') AND m.at >= ?), 0)
		- coalesce((SELECT sum(b.restocked + b.written_off) FROM return_lines b JOIN returns x ON x.id = b.return_id
			WHERE x.order_id = ? AND x.id <> ? AND b.position = ? AND x.received_at >= ?), 0)`,
		o.ID, position, r.AnnouncedAt, o.ID, r.ID, position, r.AnnouncedAt)
	return max(units, 0), err
}

// refundedSince returns the newest refund of units of an order that staff have requested since a
// return was announced, nil if there is none, and the units of all such refunds by the position
// of the line. Refunds of returns are not among them.
func refundedSince(db *gorm.DB, r *Return) (newest *Refund, units map[int]int, err error) {
	const since = ` FROM refunds f JOIN payments p ON p.id = f.payment_id JOIN refund_lines l ON l.refund_id = f.id
		WHERE p.order_id = ? AND f.created_at >= ? AND f.state <> ? AND NOT EXISTS (SELECT 1 FROM returns x WHERE x.refund_id = f.id)`
	var refunds []Refund
	if err := queryAll(db, &refunds, "SELECT f.*"+since+" ORDER BY f.id DESC LIMIT 1", r.OrderID, r.AnnouncedAt, ActionRejected); err != nil || len(refunds) == 0 {
		return nil, nil, err
	}
	var lines []LineUnits
	err = queryAll(db, &lines, "SELECT l.position, sum(l.units) AS units"+since+" GROUP BY l.position", r.OrderID, r.AnnouncedAt, ActionRejected)
	units = map[int]int{}
	for _, l := range lines {
		units[l.Position] = l.Units
	}
	return &refunds[0], units, err
}

func storeBooked(tx *Tx, by Actor, o *Order, r *Return) error {
	if err := tx.save(r, "State", "ReceivedAt", "Note", "RefundID", "RefundTetri", "ClosedAt"); err != nil {
		return err
	}
	what := ""
	for _, l := range r.Lines {
		if err := tx.exec("UPDATE return_lines SET restocked = ?, written_off = ? WHERE return_id = ? AND position = ?",
			l.Restocked, l.WrittenOff, r.ID, l.Position); err != nil {
			return err
		}
		what += fmt.Sprintf("; line %d: %d restocked, %d written off, %d rejected", l.Position+1, l.Restocked, l.WrittenOff, l.Rejected())
	}
	if err := addOrderEvent(tx, o, o.Status, "return_booked"); err != nil {
		return err
	}
	if err := auditOrder(tx, by, o, "return", "", returnSubject(r.ID)+what); err != nil {
		return err
	}
	if r.State == ReturnClosed {
		if err := reviewOver(tx, returnSubject(r.ID), "the return is closed", ReviewReturnOverdue); err != nil {
			return err
		}
	}
	return queueMailAbout(tx, o, o.ShownPayment(), MailReturned, returnSubject(r.ID))
}

// DeliveryGoesBack returns how much of the delivery price goes back with a return: all of it, if
// its customer has withdrawn from everything they got, or nothing.
func (s *Store) DeliveryGoesBack(ctx context.Context, o *Order, r *Return) (Tetri, error) {
	return deliveryGoesBack(s.Read(ctx), o, r)
}

func deliveryGoesBack(db *gorm.DB, o *Order, r *Return) (Tetri, error) {
	m, err := lineMoney(db, o)
	if err != nil {
		return 0, err
	}
	_, refunded, err := refundedSince(db, r)
	if err != nil {
		return 0, err
	}
	for _, l := range m.Lines {
		withdrawn := l.Refunded + l.Refunding
		for _, back := range r.Lines {
			if back.Position == l.Position && r.RefundID == nil {
				withdrawn += back.Quantity - min(back.Quantity, refunded[l.Position])
			}
		}
		if withdrawn < l.Quantity-l.Missing {
			return 0, nil
		}
	}
	return m.DeliveryRefundable, nil
}

// returnsRefunded notes that the refunds of returns have been completed.
func returnsRefunded(tx *Tx, p *Payment) error {
	if p.RefundedTetri == 0 {
		return nil
	}
	var ids []int64
	if err := queryAll(tx.DB, &ids, `SELECT r.id FROM returns r JOIN refunds f ON f.id = r.refund_id
		WHERE f.payment_id = ? AND f.state = 'completed' AND r.state = 'received'`, p.ID); err != nil {
		return err
	}
	for _, id := range ids {
		if err := tx.exec("UPDATE returns SET state = ?, closed_at = ? WHERE id = ?", ReturnRefunded, tx.now, id); err != nil {
			return err
		}
		if err := reviewOver(tx, returnSubject(id), "the money went back", ReviewReturnOverdue); err != nil {
			return err
		}
	}
	return nil
}

// ReviewOverdueReturns puts the returns whose money should have gone back by now into the review
// queue, and returns their number.
func (s *Store) ReviewOverdueReturns(ctx context.Context) (overdue int, err error) {
	var ids []int64
	err = queryAll(s.Read(ctx), &ids, "SELECT id FROM returns WHERE state IN ('announced', 'received') AND due_at < ? ORDER BY due_at LIMIT 500", s.Now())
	for _, id := range ids {
		if err := s.reviewOverdue(ctx, id); err != nil {
			return overdue, fmt.Errorf("review return %d: %w", id, err)
		}
		overdue++
	}
	return overdue, err
}

func (s *Store) reviewOverdue(ctx context.Context, id int64) error {
	return s.inTx(ctx, func(tx *Tx) error {
		r, err := returnByID(tx.DB, id)
		if err != nil {
			return err
		}
		o, err := tx.lockOrder("id = ?", r.OrderID)
		if err != nil {
			return err
		}
		if r, err = returnByID(tx.DB, id); err != nil || r.State != ReturnAnnounced && r.State != ReturnReceived {
			return err
		}
		return review(tx, ReviewItem{
			Kind: ReviewReturnOverdue, Subject: returnSubject(id), OrderID: &o.ID,
			Detail: fmt.Sprintf("the money of return %d of order %s was due on %s", id, o.Number, r.DueAt.In(Tbilisi).Format("2006-01-02")),
		})
	})
}
