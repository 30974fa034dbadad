package models_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"

	"dukani/models"
)

// chance drives a shop through random events, in any order and as often as it
// likes: what shoppers, the bank, the worker and the clock can do.
type chance struct {
	*shop
	*rand.Rand
}

var (
	carts    = []string{"a", "b", "c"}
	products = []string{"honey", "tea", "wine"}
	states   = []models.PaymentState{
		"", models.PaymentOpen, models.PaymentProcessing, models.PaymentHeld, models.PaymentPaid, models.PaymentDeclined,
		models.PaymentExpired, models.PaymentRefunding, models.PaymentPartRefunded, models.PaymentRefunded,
	}
)

func pick[T any](c *chance, from []T) T { return from[c.IntN(len(from))] }

// polite stops the test unless err is one that a visitor can be shown.
func (c *chance) polite(err error) {
	c.t.Helper()
	if moved := (*models.CheckoutChanged)(nil); err != nil && !errors.As(err, &moved) &&
		!models.IsKind(err, models.Conflict) && !models.IsKind(err, models.Invalid) && !models.IsKind(err, models.NotFound) {
		c.t.Fatal(err)
	}
}

// anyPayment is a random attempt and its order; nil before there is one.
func (c *chance) anyPayment() (*models.Order, *models.Payment) {
	n := c.number("SELECT count(*) FROM payments")
	if n == 0 {
		return nil, nil
	}
	id := int64(1 + c.IntN(n))
	if c.IntN(2) == 0 { // rather a late one: the early ones have ended long ago
		id = int64(n - c.IntN(min(n, 5)))
	}
	o := c.order(int64(c.number("SELECT order_id FROM payments WHERE id = ?", id)))
	for i := range o.Payments {
		if o.Payments[i].ID == id {
			return o, &o.Payments[i]
		}
	}
	c.t.Fatalf("payment %d is not its order's", id)
	return nil, nil
}

func (c *chance) shopper() string {
	cart := pick(c, carts)
	switch c.IntN(4) {
	case 0:
		_, err := c.AddToCart(c.t.Context(), cart, pick(c, products), 1+c.IntN(3))
		c.polite(err)
		return "add"
	case 1:
		_, err := c.SetCartQuantity(c.t.Context(), cart, pick(c, products), c.IntN(4))
		c.polite(err)
		return "set"
	}
	holds, err := c.Cart(c.t.Context(), models.En, cart)
	if err != nil {
		c.t.Fatal(err)
	}
	form := c.seen(cart, checkout(holds.Items))
	if c.IntN(3) == 0 {
		form.Key = uuid.NewSHA1(uuid.Nil, []byte(cart)).String() // one form, sent again and again
	}
	if c.IntN(3) == 0 {
		form.Name = "Nino Beridze"
	}
	o, err := c.PlaceOrder(c.t.Context(), cart, form, c.request)
	c.polite(err)
	if err == nil && c.IntN(4) > 0 {
		if p := o.LastPayment(); p.State == models.PaymentStarting {
			c.answer(o)
		}
	}
	return "place"
}

func (c *chance) bank() string {
	o, p := c.anyPayment()
	if p == nil {
		return ""
	}
	ctx := c.t.Context()
	switch c.IntN(8) {
	case 0:
		c.polite(c.StartAnswered(ctx, p.ID, bankID(p), "https://bank.example/"))
		return "answered"
	case 1:
		c.polite(c.StartRefused(ctx, p.ID, "", "400", c.IntN(2) == 0))
		return "refused"
	case 2:
		c.polite(c.StoreCallback(ctx, models.Callback{
			Body: fmt.Append(nil, c.Uint64()), BankOrderID: bankID(p), OrderNumber: o.Number,
		}))
		return "callback"
	}
	if p.BankOrderID == nil {
		return "" // there is nothing to ask about
	}
	r := c.truly(o, p, pick(c, states))
	if c.IntN(40) == 0 {
		r.Currency = "USD"
	}
	c.settle(r)
	return fmt.Sprintf("payment %d is %q at the bank", p.ID, r.State)
}

// truly is the bank's report about an attempt, with the amount that was captured, or that the
// shop has asked it to capture, and with what becomes of the shop's actions.
func (c *chance) truly(o *models.Order, p *models.Payment, state models.PaymentState) models.Report {
	r, amount := report(o, p, state), p.RequestedTetri
	if p.CapturedTetri > 0 {
		amount = p.CapturedTetri
	} else if asked := c.number(`SELECT coalesce(max(amount_tetri), 0) FROM captures
		WHERE payment_id = ? AND kind = 'capture' AND state <> 'rejected'`, p.ID); asked > 0 {
		amount = models.Tetri(asked)
	}
	switch state {
	case models.PaymentPaid:
		r.Transferred = amount
	case models.PaymentRefunded:
		r.Refunded = amount
	case models.PaymentPartRefunded:
		r.Refunded = max(p.RefundedTetri, 1)
		r.Transferred = amount - r.Refunded
	case models.PaymentRefunding:
		r.Transferred, r.Refunded = amount-p.RefundedTetri, p.RefundedTetri
	}
	for _, a := range c.actions() {
		if a.PaymentID == p.ID && a.ActionID != nil {
			x := models.ReportedAction{ID: *a.ActionID, Kind: a.Kind, ByShop: true, Amount: a.AmountTetri}
			x.State = pick(c, []models.ActionState{models.ActionRequested, models.ActionCompleted, models.ActionRejected})
			if x.Rejection.Why = "no"; c.IntN(3) == 0 {
				x.Rejection.RetryAfter = time.Hour
			}
			r.Actions = append(r.Actions, x)
		}
	}
	return r
}

// actions are those that the bank is to be asked about, or for.
func (c *chance) actions() []models.Action {
	list, err := c.DueActions(c.t.Context(), 1000)
	if err != nil {
		c.t.Fatal(err)
	}
	return list
}

// staff do with the money of an order what they can, and more.
func (c *chance) staff() string {
	o, p := c.anyPayment()
	if p == nil {
		return ""
	}
	ctx, units := c.t.Context(), []models.LineUnits{{Position: 0, Units: c.IntN(4)}}
	switch c.IntN(4) {
	case 0:
		r := models.RefundRequest{OrderID: o.ID, All: c.IntN(3) == 0, Restock: c.IntN(3) == 0, Reason: "x"}
		if r.AmountTetri = models.Tetri(c.IntN(int(o.TotalTetri))); c.IntN(2) == 0 {
			r.AmountTetri, r.Lines = 0, units
		}
		if c.IntN(3) == 0 {
			r.PaymentID = p.ID
		}
		_, err := c.RequestRefund(ctx, r)
		c.polite(err)
		return "request a refund"
	case 1:
		r := models.CaptureRequest{OrderID: o.ID, All: c.IntN(2) == 0, Lines: units, Reason: "x"}
		_, err := c.RequestCapture(ctx, r)
		c.polite(err)
		return "request a capture"
	case 2:
		_, err := c.RequestRelease(ctx, models.ReleaseRequest{OrderID: o.ID, Reason: "x"})
		c.polite(err)
		return "request a release"
	}
	if n := c.number("SELECT count(*) FROM refunds"); n > 0 {
		c.polite(c.RetryRefund(ctx, int64(1+c.IntN(n)), models.Actor{}))
	}
	return "retry a refund"
}

// drive takes an action a step further, as the worker does.
func (c *chance) drive() string {
	due := c.actions()
	if len(due) == 0 {
		return ""
	}
	a, ctx := pick(c, due), c.t.Context()
	claimed, err := c.ClaimAction(ctx, a, []byte("{}"))
	c.polite(err)
	if claimed == nil || claimed.State != models.ActionStarting {
		return "claim"
	}
	switch c.IntN(4) {
	case 0:
		c.polite(c.ActionFailed(ctx, a.Kind, a.ID, models.Rejection{Why: "400"}))
		return "the bank refuses"
	case 1:
		c.polite(c.ActionBusy(ctx, a.Kind, a.ID))
		return "the bank is busy"
	case 2:
		return "no answer"
	}
	c.polite(c.ActionAccepted(ctx, a.Kind, a.ID, uuid.NewString()))
	return "acknowledged"
}

func (c *chance) worker() string {
	ctx := c.t.Context()
	o, p := c.anyPayment()
	if p == nil {
		return ""
	}
	switch c.IntN(6) {
	case 0:
		_, err := c.ReleaseReservations(ctx)
		c.polite(err)
		return "release"
	case 1:
		c.polite(c.PutOffCheck(ctx, p.ID, "worker", "silent"))
		return "silence"
	case 2:
		if c.now.After(p.ExpiresAt) && p.BankOrderID == nil {
			c.polite(c.GiveUpStart(ctx, p.ID))
		}
		return "give up"
	case 3:
		if c.now.After(p.ExpiresAt) && p.BankOrderID != nil && c.IntN(4) == 0 {
			c.polite(c.LostAtBank(ctx, p.ID, "unknown"))
		}
		return "lost"
	}
	_, err := c.RetryPayment(ctx, o.ID, models.PayWith{}, c.request)
	c.polite(err)
	return "retry"
}

func (c *chance) step() string {
	switch n := c.IntN(26); {
	case n < 7:
		return c.shopper()
	case n < 14:
		return c.bank()
	case n < 18:
		return c.worker()
	case n < 21:
		return c.staff()
	case n < 24:
		return c.drive()
	case n < 25:
		c.exec("UPDATE stock SET on_hand = on_hand + 2 WHERE on_hand < 3")
		return "restock"
	}
	c.now = c.now.Add(time.Duration(c.IntN(12)) * time.Minute)
	return "clock"
}

// wantNothingForgotten checks that whatever is not final is due or under review, and that
// the shop knows of all that the bank did with money.
func (s *shop) wantNothingForgotten() {
	s.t.Helper()
	for rule, query := range map[string]string{
		"an undecided payment will be asked about": `SELECT count(*) FROM payments
			WHERE state IN ('starting', 'open', 'processing', 'held', 'refund_requested') AND next_check_at IS NULL`,
		"an order that waits has a payment that is undecided": `SELECT count(*) FROM orders o
			WHERE status IN ('awaiting_payment', 'confirming', 'on_hold') AND NOT EXISTS (SELECT 1 FROM payments p
			WHERE p.order_id = o.id AND p.state IN ('starting', 'open', 'processing', 'held'))`,
		"units are reserved only for orders that may be paid": `SELECT count(*) FROM orders
			WHERE reserves_stock = 1 AND status NOT IN ('awaiting_payment', 'confirming', 'on_hold', 'declined', 'review')`,
		"no more is refunded than was captured": `SELECT count(*) FROM payments p WHERE captured_tetri <
			(SELECT coalesce(sum(amount_tetri), 0) FROM refunds r WHERE r.payment_id = p.id AND r.state <> 'rejected')`,
		"no more units are refunded than were charged": `SELECT count(*) FROM order_lines l WHERE quantity - missing < (SELECT coalesce(sum(units), 0)
			FROM refund_lines x JOIN refunds r ON r.id = x.refund_id JOIN payments p ON p.id = r.payment_id
			WHERE p.order_id = l.order_id AND x.position = l.position AND r.state <> 'rejected')`,
		"no more units came back than were sold": `SELECT count(*) FROM (SELECT order_id, product_id FROM stock_moves GROUP BY order_id, product_id
			HAVING sum(CASE kind WHEN 'sold' THEN quantity WHEN 'returned' THEN -quantity WHEN 'written_off' THEN -quantity ELSE 0 END) < 0) too_many`,
		"an order on hold keeps its units": `SELECT count(*) FROM orders o WHERE status = 'on_hold' AND reserves_stock = 0 AND NOT EXISTS
			(SELECT 1 FROM captures c JOIN payments p ON p.id = c.payment_id WHERE p.order_id = o.id AND c.reason = 'paid_too_late')`,
		"the units of an order are sold or missing": `SELECT count(*) FROM order_lines l JOIN stock_moves m ON m.order_id = l.order_id
			AND m.product_id = l.product_id AND m.kind = 'sold' WHERE m.quantity <> l.quantity - l.missing`,
		"money at the bank is in the ledger, once": `SELECT count(*) FROM payments p
			WHERE state IN ('paid', 'refund_requested', 'partly_refunded', 'refunded') AND captured_tetri <>
			(SELECT coalesce(sum(amount_tetri), 0) FROM ledger l WHERE l.payment_id = p.id AND l.kind = 'captured')`,
		"only money that came is in the ledger": `SELECT count(*) FROM ledger l JOIN payments p ON p.id = l.payment_id
			WHERE p.state NOT IN ('paid', 'refund_requested', 'partly_refunded', 'refunded', 'mismatch')`,
		"what was refunded is in the ledger": `SELECT count(*) FROM payments p WHERE refunded_tetri <>
			(SELECT coalesce(sum(amount_tetri), 0) FROM ledger l WHERE l.payment_id = p.id AND l.kind = 'refunded')`,
		"a second payment is before staff": `SELECT count(*) FROM ledger l JOIN orders o ON o.id = l.order_id
			WHERE l.kind = 'captured' AND l.payment_id <> o.paid_payment_id AND NOT EXISTS (SELECT 1 FROM review_items
			WHERE kind = 'second_payment' AND subject = 'payment ' || l.payment_id)`,
		"an order with money is not a lost one": `SELECT count(*) FROM ledger l JOIN orders o ON o.id = l.order_id
			WHERE o.status IN ('awaiting_payment', 'confirming', 'declined', 'expired') OR o.status = 'cancelled' AND (o.cancelled_at IS NULL
			OR NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = l.payment_id))`, // what comes after a cancellation goes back by itself
		"a mismatch is before staff": `SELECT count(*) FROM payments p WHERE state = 'mismatch' AND NOT EXISTS
			(SELECT 1 FROM review_items WHERE kind = 'mismatch' AND subject = 'payment ' || p.id)`,
		"a cart has at most one order that waits for each form": `SELECT count(*) FROM (SELECT checkout_key FROM orders
			GROUP BY checkout_key HAVING count(*) > 1) twice`,
	} {
		if n := s.number(query); n != 0 {
			s.t.Errorf("broken: %s (%d)", rule, n)
		}
	}
}

// calm lets time pass with nobody but the worker and a bank that answers truthfully:
// everything must come to an end by itself.
func (c *chance) calm() {
	ctx := c.t.Context()
	for range 12 {
		c.now = c.now.Add(40 * time.Minute)
		ids, err := c.DuePayments(ctx, 1000)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, id := range ids {
			o := c.order(int64(c.number("SELECT order_id FROM payments WHERE id = ?", id)))
			for i := range o.Payments {
				if p := &o.Payments[i]; p.ID == id && p.BankOrderID == nil {
					c.polite(c.GiveUpStart(ctx, id))
				} else if p.ID == id {
					c.settle(c.truly(o, p, ending[p.State]))
				}
			}
		}
		if _, err := c.ReleaseReservations(ctx); err != nil {
			c.t.Fatal(err)
		}
	}
	c.wantDue(0)
	if n := c.number("SELECT count(*) FROM orders WHERE status IN ('awaiting_payment', 'confirming', 'on_hold', 'declined')"); n != 0 {
		c.t.Errorf("%d orders never came to an end", n)
	}
	if n := c.number("SELECT count(*) FROM orders WHERE reserves_stock = 1 AND status <> 'review'"); n != 0 {
		c.t.Errorf("%d orders keep their units for ever", n)
	}
}

// ending is how an attempt that nobody touches ends at the bank.
var ending = map[models.PaymentState]models.PaymentState{
	models.PaymentOpen: models.PaymentExpired, models.PaymentProcessing: models.PaymentDeclined,
	models.PaymentHeld: models.PaymentExpired, models.PaymentDeclined: models.PaymentDeclined,
	models.PaymentExpired: models.PaymentExpired, models.PaymentRefused: models.PaymentExpired,
	models.PaymentPaid: models.PaymentPaid, models.PaymentRefunding: models.PaymentRefunded,
	models.PaymentPartRefunded: models.PaymentRefunded, models.PaymentRefunded: models.PaymentRefunded,
}

func TestAnythingInAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			c := &chance{shop: openShop(t), Rand: rand.New(rand.NewPCG(seed, 0))}
			for i, slug := range products {
				c.product(slug, models.Tetri(8_00+i*4_50), 4)
			}
			var did []string
			for range 250 {
				did = append(did, c.step())
				c.wantSound()
				c.wantNothingForgotten()
				if t.Failed() {
					t.Fatalf("after %q", did[max(0, len(did)-12):])
				}
			}
			c.calm()
			c.wantSound()
			c.wantNothingForgotten()
		})
	}
}
