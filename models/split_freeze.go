package models

import (
	"context"
	"slices"

	"gorm.io/gorm"
)

// planSplit returns how an attempt to pay o that is about to be stored is shared, nil if it is not.
// The payment desk, which knows whether the money is held, decides whether the request carries it.
func planSplit(tx *Tx, o *Order, p *Payment) (*Split, error) {
	s, err := newSplit(tx, o, unitsOf(o, nil), p.RequestedTetri)
	if s == nil || err != nil {
		return nil, err
	}
	switch {
	case p.Kind == Automatic:
		s.notSent(SplitByAutomatic)
	case !p.ChosenMethod.Rules().Split:
		s.notSent(SplitByMethod)
	}
	return s, nil
}

// splitCapture computes anew how a hold is shared, by what is captured of it and by what the
// makers have agreed to now, and stores that with the capture, which carries it.
func splitCapture(tx *Tx, o *Order, p *Payment, c *BankAction, lines []LineUnits) error {
	s, err := newSplit(tx, o, unitsOf(o, lines), c.AmountTetri)
	if err != nil {
		return err
	}
	if err := dropSplit(tx, p.ID); s == nil || err != nil {
		return err
	}
	if m := p.PaidBy(); !m.Rules().Split {
		s.notSent(SplitByMethod)
	}
	if s.State == SplitPlanned {
		s.set(SplitSent)
	}
	s.PaymentID, s.CaptureID = p.ID, &c.ID
	return storeSplit(tx, s)
}

// newSplit computes how money taken for these units of an order is shared, nil if it is not.
func newSplit(tx *Tx, o *Order, sold map[int]int, taken Tetri) (*Split, error) {
	if !tx.store.Split.On {
		return nil, nil
	}
	makers, err := makersOf(tx.DB, o)
	if err != nil || len(makers) == 0 {
		return nil, err
	}
	var units []SoldUnits
	for _, l := range o.Lines {
		units = append(units, SoldUnits{makers[l.ProductID], l.UnitTetri, sold[l.Position]})
	}
	s := &Split{OrderID: o.ID, OfTetri: taken, CreatedAt: tx.now, UpdatedAt: tx.now, Shares: ShareOut(units, o.DeliveryTetri, taken)}
	s.set(SplitPlanned)
	var refused bool
	if err := query(tx.DB, []any{&refused}, "SELECT EXISTS (SELECT 1 FROM review_items WHERE kind = ? AND subject = ? AND resolved_at IS NULL)",
		ReviewSplitRejected, splitSubject); err != nil {
		return nil, err
	}
	switch {
	case len(s.Shares) == 0:
		return nil, nil
	case len(s.Shares) > tx.store.Split.lines():
		s.notSent(SplitTooMany)
	case refused:
		s.notSent(SplitRefused)
	}
	return s, nil
}

func (r SplitRules) lines() int {
	if r.Lines == 0 {
		return 10
	}
	return r.Lines
}

// unitsOf is how many units of each line are charged: those of lines or, if there are none, all.
func unitsOf(o *Order, lines []LineUnits) map[int]int {
	units := map[int]int{}
	for _, l := range lines {
		units[l.Position] = l.Units
	}
	if len(lines) == 0 {
		for _, l := range o.Lines {
			units[l.Position] = l.Quantity
		}
	}
	return units
}

// makersOf returns the makers with whom the price of the order's goods is shared, by product.
func makersOf(db *gorm.DB, o *Order) (map[int64]*Maker, error) {
	ids := make([]int64, len(o.Lines))
	for i, l := range o.Lines {
		ids[i] = l.ProductID
	}
	var rows []struct {
		ProductID int64
		Maker
	}
	err := queryAll(db, &rows, `SELECT k.product_id, m.* FROM makers m JOIN product_texts k ON k.producer = m.name_ka AND k.lang = 'ka'
		WHERE m.iban <> '' AND k.product_id IN ?`, ids)
	makers := map[int64]*Maker{}
	for i := range rows {
		makers[rows[i].ProductID] = &rows[i].Maker
	}
	return makers, err
}

// set brings the split and all its shares to a state.
func (s *Split) set(to SplitState) {
	s.State = to
	for i := range s.Shares {
		s.Shares[i].State = to
	}
}

// notSent notes that the bank is not asked for the split. If several reasons hold, the last counts:
// what the attempt itself cannot do.
func (s *Split) notSent(why SplitWhy) {
	s.Why = why
	s.set(SplitNotSent)
}

func storeSplit(tx *Tx, s *Split) error {
	if err := tx.Create(s).Error; err != nil {
		return err
	}
	for i := range s.Shares {
		s.Shares[i].SplitID = s.ID
	}
	return tx.Create(&s.Shares).Error
}

// dropSplit removes the plan of an attempt whose capture is about to store its own.
func dropSplit(tx *Tx, paymentID int64) error {
	if err := tx.exec("DELETE FROM split_shares WHERE split_id IN (SELECT id FROM splits WHERE payment_id = ?)", paymentID); err != nil {
		return err
	}
	return tx.exec("DELETE FROM splits WHERE payment_id = ?", paymentID)
}

// OrderSplits lists how the attempts to pay an order are shared, the oldest first.
func (s *Store) OrderSplits(ctx context.Context, orderID int64) ([]Split, error) {
	return splitsWhere(s.Read(ctx), "order_id = ?", orderID)
}

// CaptureShares returns what a capture is to ask for the makers; none if it carries no split.
func (s *Store) CaptureShares(ctx context.Context, captureID int64) ([]Share, error) {
	splits, err := splitsWhere(s.Read(ctx), "capture_id = ? AND state <> ?", captureID, SplitNotSent)
	if err != nil || len(splits) == 0 {
		return nil, err
	}
	return splits[0].Shares, nil
}

func splitsWhere(db *gorm.DB, where string, args ...any) (list []Split, err error) {
	if err := db.Where(where, args...).Order("payment_id").Find(&list).Error; err != nil || len(list) == 0 {
		return nil, err
	}
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	var shares []Share
	if err := db.Where("split_id IN ?", ids).Order("split_id, position").Find(&shares).Error; err != nil {
		return nil, err
	}
	for _, share := range shares {
		i := slices.Index(ids, share.SplitID)
		list[i].Shares = append(list[i].Shares, share)
	}
	return list, nil
}
