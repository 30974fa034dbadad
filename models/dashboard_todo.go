package models

import "context"

// ToDo counts what waits for staff.
type ToDo struct {
	ToPack       int // orders that are paid and not packed
	ToCapture    int // payments that are on hold
	HoldsEnding  int // of these: the bank releases them within HoldsEndingWithin
	Returns      int // announced or received, and not refunded yet
	ReturnsDue   int // of these: the money has to have gone back within ReturnsDueWithin
	Rejected     int // refunds that the bank rejected
	Review       int // open review items
	ReviewUrgent int // of these: about money, or nobody can pay
	LowStock     int // products that are sold and of which few units are left
	SoldOut      int // products that are sold and of which none is left
	MailsFailed  int // mails about orders that were given up
}

// Nothing reports whether nothing waits.
func (t ToDo) Nothing() bool { return t == ToDo{} }

// When what waits becomes urgent.
const (
	HoldsEndingWithin = 5 * day
	ReturnsDueWithin  = 3 * day
)

// ToDo counts what waits for staff. Each count is that of a partial index, so it costs what
// waits and not what has ever been.
func (s *Store) ToDo(ctx context.Context) (t ToDo, err error) {
	db, now := s.Read(ctx), s.Now()
	if err := query(db, []any{&t.ToPack}, `SELECT count(*) FROM orders
		WHERE fulfilment = 'waiting' AND status IN ('paid', 'partly_refunded') AND cancelled_at IS NULL`); err != nil {
		return t, err
	}
	if err := query(db, []any{&t.ToCapture, &t.HoldsEnding}, `SELECT count(*), count(*) FILTER (WHERE held_at < ?)
		FROM payments WHERE state = 'held'`, now.Add(HoldsEndingWithin-holdLife)); err != nil {
		return t, err
	}
	if err := query(db, []any{&t.Returns, &t.ReturnsDue}, `SELECT count(*), count(*) FILTER (WHERE due_at < ?)
		FROM returns WHERE state IN ('announced', 'received')`, now.Add(ReturnsDueWithin)); err != nil {
		return t, err
	}
	if err := query(db, []any{&t.LowStock, &t.SoldOut}, `SELECT count(*) FILTER (WHERE shelf > 0), count(*) FILTER (WHERE shelf = 0)
		FROM products WHERE active = 1 AND shelf < 6`); err != nil {
		return t, err
	}
	var kinds []struct {
		Kind  ReviewKind
		Count int
	}
	err = queryAll(db, &kinds, "SELECT kind, count(*) AS count FROM review_items WHERE resolved_at IS NULL GROUP BY kind")
	for _, k := range kinds {
		t.Review += k.Count
		if k.Kind.Urgent() {
			t.ReviewUrgent += k.Count
		}
		switch k.Kind {
		case ReviewRefundRejected:
			t.Rejected = k.Count
		case ReviewMailNotSent:
			t.MailsFailed = k.Count
		}
	}
	return t, err
}
