package models

import (
	"context"

	"gorm.io/gorm"
)

// OrderMoney is the money of an order: what was requested, held, captured and refunded over all
// attempts, and what the bank was asked to do with it.
type OrderMoney struct {
	Requested      Tetri // the order's total
	Authorized     Tetri // of holds, also of those that were captured since
	Captured       Tetri
	Refunded       Tetri
	Discount       Tetri // what the bank took off
	RefundsRunning Tetri // requested of the bank, or waiting for that
	Refunds        []Refund
	Captures       []Capture // and releases
	Ledger         []LedgerEntry

	Lines              []LineMoney // of the attempt that paid the order
	DeliveryRefundable Tetri       // what of the delivery price can still be refunded: all or nothing
}

// LineMoney is what became of the units of one line.
type LineMoney struct {
	OrderLine
	Refunded   int // units that were refunded
	Refunding  int // units whose refund is running or waits
	Refundable int // units that were charged and are in no refund
}

// Left is what was captured and neither went back nor is on its way.
func (m *OrderMoney) Left() Tetri { return m.Captured - m.Refunded - m.RefundsRunning }

// OrderMoney returns the money of an order.
func (s *Store) OrderMoney(ctx context.Context, o *Order) (*OrderMoney, error) {
	db := s.Read(ctx)
	m, err := lineMoney(db, o)
	if err != nil {
		return nil, err
	}
	m.Requested = o.TotalTetri
	for _, p := range o.Payments {
		m.Captured += p.CapturedTetri
		m.Refunded += p.RefundedTetri
		m.Discount += p.DiscountTetri
		if p.State == PaymentHeld || p.State.captured() {
			m.Authorized += p.AuthorizedTetri
		}
	}
	ofOrder := "payment_id IN (SELECT id FROM payments WHERE order_id = ?)"
	if err := db.Where(ofOrder, o.ID).Order("id").Find(&m.Refunds).Error; err != nil {
		return nil, err
	}
	for i := range m.Refunds {
		r := &m.Refunds[i]
		if r.State.Pending() {
			m.RefundsRunning += r.AmountTetri
		}
		if err := queryAll(db, &r.Lines, "SELECT position, units FROM refund_lines WHERE refund_id = ? ORDER BY position", r.ID); err != nil {
			return nil, err
		}
	}
	if err := db.Where(ofOrder, o.ID).Order("id").Find(&m.Captures).Error; err != nil {
		return nil, err
	}
	for i := range m.Captures {
		c := &m.Captures[i]
		if err := queryAll(db, &c.Lines, "SELECT position, units FROM capture_lines WHERE capture_id = ? ORDER BY position", c.ID); err != nil {
			return nil, err
		}
	}
	return m, db.Where("order_id = ?", o.ID).Order("id").Find(&m.Ledger).Error
}

// RefundedUnits returns the units whose price these refunds include, as sums per line.
func (s *Store) RefundedUnits(ctx context.Context, refunds []int64) (units []LineUnits, err error) {
	if len(refunds) == 0 {
		return nil, nil
	}
	err = queryAll(s.Read(ctx), &units, "SELECT position, sum(units) AS units FROM refund_lines WHERE refund_id IN ? GROUP BY position ORDER BY position", refunds)
	return units, err
}

// MissingUnits returns the units that were missing when the order was packed.
func (o *Order) MissingUnits() (units []LineUnits) {
	for _, l := range o.Lines {
		if l.Missing > 0 {
			units = append(units, LineUnits{l.Position, l.Missing})
		}
	}
	return units
}

// lineMoney returns what became of the units and the delivery of an order.
func lineMoney(db *gorm.DB, o *Order) (*OrderMoney, error) {
	m := &OrderMoney{}
	var units []struct{ Position, Refunded, Refunding int }
	if err := queryAll(db, &units, `SELECT l.position, coalesce(sum(l.units) FILTER (WHERE r.state = 'completed'), 0) AS refunded,
			coalesce(sum(l.units) FILTER (WHERE r.state <> 'completed'), 0) AS refunding
		FROM refund_lines l JOIN refunds r ON r.id = l.refund_id JOIN payments p ON p.id = r.payment_id
		WHERE p.order_id = ? AND r.state <> 'rejected' GROUP BY l.position`, o.ID); err != nil {
		return nil, err
	}
	for _, l := range o.Lines {
		line := LineMoney{OrderLine: l}
		for _, u := range units {
			if u.Position == l.Position {
				line.Refunded, line.Refunding = u.Refunded, u.Refunding
			}
		}
		if o.PaidPaymentID != nil {
			line.Refundable = l.Quantity - l.Missing - line.Refunded - line.Refunding
		}
		m.Lines = append(m.Lines, line)
	}
	if o.PaidPaymentID == nil {
		return m, nil
	}
	var refunded bool
	err := query(db, []any{&refunded}, `SELECT EXISTS (SELECT 1 FROM refunds r JOIN payments p ON p.id = r.payment_id
		WHERE p.order_id = ? AND r.delivery = 1 AND r.state <> 'rejected')`, o.ID)
	if !refunded {
		m.DeliveryRefundable = o.DeliveryTetri
	}
	return m, err
}
