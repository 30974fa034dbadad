package models_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"dukani/models"
)

// bought is a paid order of three honeys at 10.00 and one tea at 4.00, with delivery for 5.00.
func bought(t *testing.T) (*shop, *models.Order) {
	t.Helper()
	return orderOfHoneyAndTea(t, models.PaymentPaid)
}

// orderOfHoneyAndTea is the order of bought, whose payment the bank reports to be in a state.
func orderOfHoneyAndTea(t *testing.T, state models.PaymentState) (*shop, *models.Order) {
	t.Helper()
	s := openShop(t)
	s.product("honey", 10_00, 10)
	s.product("tea", 4_00, 10)
	s.add("a", "honey", 3)
	s.add("a", "tea", 1)
	c := checkout(39_00)
	c.Delivery, c.Street = models.Courier, "რუსთაველის 1"
	o := s.opened("a", c)
	return s, s.settle(report(o, o.LastPayment(), state))
}

// reason is r about an order, with a reason.
func reason(r models.RefundRequest, o *models.Order) models.RefundRequest {
	r.OrderID, r.Reason = o.ID, "broken"
	return r
}

func (s *shop) wantMoney(o *models.Order, left, running models.Tetri) *models.OrderMoney {
	s.t.Helper()
	m, err := s.OrderMoney(s.t.Context(), s.order(o.ID))
	if err != nil {
		s.t.Fatal(err)
	}
	if m.Left() != left || m.RefundsRunning != running {
		s.t.Errorf("left %v, running %v; want %v, %v", m.Left(), m.RefundsRunning, left, running)
	}
	return m
}

func TestWhatCanBeRefunded(t *testing.T) {
	t.Parallel()
	honeys := func(units int) []models.LineUnits { return []models.LineUnits{{Position: 0, Units: units}} }
	for name, c := range map[string]struct {
		r      models.RefundRequest
		amount models.Tetri // 0: refused
		kind   models.Kind
	}{
		"all":                         {models.RefundRequest{All: true}, 39_00, 0},
		"an amount":                   {models.RefundRequest{AmountTetri: 1_00}, 1_00, 0},
		"more than was captured":      {models.RefundRequest{AmountTetri: 39_01}, 0, models.Conflict},
		"nothing":                     {models.RefundRequest{}, 0, models.Invalid},
		"less than nothing":           {models.RefundRequest{AmountTetri: -1}, 0, models.Invalid},
		"two of three units":          {models.RefundRequest{Lines: honeys(2)}, 20_00, 0},
		"units and the delivery":      {models.RefundRequest{Lines: honeys(3), Delivery: true}, 35_00, 0},
		"the delivery alone":          {models.RefundRequest{Delivery: true}, 5_00, 0},
		"units, with a deduction":     {models.RefundRequest{Lines: honeys(2), AmountTetri: 15_00}, 15_00, 0},
		"units, for more than they":   {models.RefundRequest{Lines: honeys(2), AmountTetri: 20_01}, 0, models.Conflict},
		"more units than were bought": {models.RefundRequest{Lines: honeys(4)}, 0, models.Conflict},
		"no units of a line":          {models.RefundRequest{Lines: honeys(0)}, 0, models.Invalid},
		"a line that is not there":    {models.RefundRequest{Lines: []models.LineUnits{{Position: 7, Units: 1}}}, 0, models.Invalid},
		"a line twice":                {models.RefundRequest{Lines: append(honeys(1), honeys(1)...)}, 0, models.Invalid},
		"another order's payment":     {models.RefundRequest{All: true, PaymentID: 99}, 0, models.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, o := bought(t)
			r, err := s.RequestRefund(t.Context(), reason(c.r, o))
			if c.amount == 0 {
				if !models.IsKind(err, c.kind) {
					t.Errorf("%v, %v; want it refused", r, err)
				}
				s.wantMoney(o, 39_00, 0)
				return
			}
			if err != nil || r.AmountTetri != c.amount || r.State != models.ActionStarting {
				t.Fatalf("%+v, %v; want %v", r, err, c.amount)
			}
			s.wantMoney(o, 39_00-c.amount, c.amount)
		})
	}
	t.Run("without a reason", func(t *testing.T) {
		s, o := bought(t)
		if _, err := s.RequestRefund(t.Context(), models.RefundRequest{OrderID: o.ID, All: true, Reason: "  "}); !models.IsKind(err, models.Invalid) {
			t.Errorf("%v", err)
		}
	})
}

// Which payments the bank refunds, and which in parts (bog-api.md §9): state × method.
func TestWhichPaymentsCanBeRefunded(t *testing.T) {
	t.Parallel()
	s, o := bought(t)
	states := map[models.PaymentState]bool{
		models.PaymentStarting: false, models.PaymentOpen: false, models.PaymentProcessing: false, models.PaymentHeld: false,
		models.PaymentReleased: false, models.PaymentPaid: true, models.PaymentDeclined: false, models.PaymentExpired: false,
		models.PaymentRefused: false, models.PaymentMismatch: false, models.PaymentRefunding: true, models.PaymentPartRefunded: true,
		models.PaymentRefunded: false,
	}
	methods := map[string]struct{ all, part bool }{
		"card": {true, true}, "apple_pay": {true, true}, "google_pay": {true, true}, "": {true, true}, "bog_p2p": {true, false},
		"bog_loyalty": {false, false}, "bnpl": {false, false}, "bog_loan": {false, false}, "gift_card": {false, false}, "never_heard_of": {false, false},
	}
	for state, refundable := range states {
		for method, can := range methods {
			s.exec("DELETE FROM refund_lines")
			s.exec("DELETE FROM refunds")
			s.exec("UPDATE payments SET state = ?, method = ?", state, method)
			for all, want := range map[bool]bool{true: refundable && can.all, false: refundable && can.part} {
				r := models.RefundRequest{All: all}
				if !all {
					r.AmountTetri = 1_00
				}
				s.exec("DELETE FROM refund_lines")
				s.exec("DELETE FROM refunds")
				_, err := s.RequestRefund(t.Context(), reason(r, o))
				if want != (err == nil) || err != nil && !models.IsKind(err, models.Conflict) {
					t.Errorf("%s by %q, all %v: %v; want %v", state, method, all, err, want)
				}
			}
		}
	}
}

// Twenty members of staff refund the last lari at the same moment.
func TestTheLastLariIsRefundedOnce(t *testing.T) {
	t.Parallel()
	s, o := bought(t)
	if _, err := s.RequestRefund(t.Context(), reason(models.RefundRequest{AmountTetri: 38_00}, o)); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	var done atomic.Int64
	for range 20 {
		all.Go(func() {
			_, err := s.RequestRefund(t.Context(), reason(models.RefundRequest{AmountTetri: 1_00}, o))
			if err == nil {
				done.Add(1)
			} else if !models.IsKind(err, models.Conflict) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if done.Load() != 1 {
		t.Errorf("%d refunds of the last lari", done.Load())
	}
	s.wantMoney(o, 0, 39_00)
}

// The bank carries out one refund of a payment at a time: the second waits, and is called for when
// the first is decided.
func TestASecondRefundWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	s, o := bought(t)
	first, err := s.RequestRefund(t.Context(), reason(models.RefundRequest{AmountTetri: 10_00}, o))
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.RequestRefund(t.Context(), reason(models.RefundRequest{AmountTetri: 20_00}, o))
	if err != nil || second.State != models.ActionQueued {
		t.Fatalf("%+v, %v; want it to wait", second, err)
	}
	due := func(want ...int64) []models.Action {
		t.Helper()
		list, err := s.DueActions(t.Context(), 10)
		if err != nil || len(list) != len(want) {
			t.Fatalf("due %+v, %v; want %v", list, err, want)
		}
		for i, a := range list {
			if a.ID != want[i] {
				t.Errorf("due is %d, want %d", a.ID, want[i])
			}
		}
		return list
	}
	a := due(first.ID)[0]
	if claimed, err := s.ClaimAction(t.Context(), a, []byte("body")); err != nil || string(claimed.RequestBody) != "body" {
		t.Fatalf("%+v, %v", claimed, err)
	}
	if again, err := s.ClaimAction(t.Context(), a, []byte("other")); err != nil || again != nil {
		t.Errorf("claimed twice: %+v, %v", again, err)
	}
	due()
	if err := s.ActionAccepted(t.Context(), models.ActionRefund, first.ID, "action 1"); err != nil {
		t.Fatal(err)
	}
	r := report(o, o.LastPayment(), models.PaymentPartRefunded)
	r.Transferred, r.Refunded = 29_00, 10_00
	r.Actions = []models.ReportedAction{{ID: "action 1", Kind: models.ActionRefund, ByShop: true, State: models.ActionCompleted, Amount: 10_00}}
	s.settle(r)
	a = due(second.ID)[0]
	if claimed, err := s.ClaimAction(t.Context(), a, []byte("body")); err != nil || claimed.State != models.ActionStarting {
		t.Errorf("%+v, %v", claimed, err)
	}
	m := s.wantMoney(o, 9_00, 20_00)
	if m.Refunds[0].State != models.ActionCompleted || m.Refunded != 10_00 {
		t.Errorf("refunds %+v", m.Refunds)
	}
	s.wantSound()
}

// Units of a line are refunded once; a rejected refund leaves them refundable.
func TestUnitsAreRefundedOnce(t *testing.T) {
	t.Parallel()
	s, o := bought(t)
	two := reason(models.RefundRequest{Lines: []models.LineUnits{{Position: 0, Units: 2}}, Delivery: true}, o)
	first, err := s.RequestRefund(t.Context(), two)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.RequestRefund(t.Context(), two); !models.IsKind(err, models.Conflict) {
		t.Errorf("two more of the one that is left: %v", err)
	}
	more := reason(models.RefundRequest{Lines: []models.LineUnits{{Position: 0, Units: 2}}}, o)
	if _, err := s.RequestRefund(t.Context(), more); err == nil || !strings.Contains(err.Error(), string(models.CodeRefundUnits)) {
		t.Errorf("the units, not the money, are the reason: %v", err)
	}
	two.Lines[0].Units = 1
	if _, err := s.RequestRefund(t.Context(), two); !models.IsKind(err, models.Conflict) {
		t.Errorf("the delivery twice: %v", err)
	}
	if err := s.ActionFailed(t.Context(), models.ActionRefund, first.ID, models.Rejection{Code: "162", Why: "162 declined"}); err != nil {
		t.Fatal(err)
	}
	if m := s.wantMoney(o, 39_00, 0); m.Refunds[0].RejectCode != "162" || m.Lines[0].Refundable != 3 || m.DeliveryRefundable != 5_00 {
		t.Errorf("%+v", m)
	}
	three := reason(models.RefundRequest{Lines: []models.LineUnits{{Position: 0, Units: 3}}}, o)
	if _, err := s.RequestRefund(t.Context(), three); err != nil {
		t.Error(err)
	}
	if err := s.RetryRefund(t.Context(), first.ID, models.Actor{}); !models.IsKind(err, models.Conflict) {
		t.Errorf("the rejected one again, for units that were refunded since: %v", err)
	}
}

// What came back goes on the shelf, or is written off, once.
func TestUnitsThatCameBack(t *testing.T) {
	t.Parallel()
	s, o := bought(t)
	s.wantStock("honey", 7, 0)
	one := reason(models.RefundRequest{Lines: []models.LineUnits{{Position: 0, Units: 1}}, Restock: true}, o)
	if _, err := s.RequestRefund(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	s.wantStock("honey", 8, 0)
	one.Restock, one.WriteOff = false, true
	if _, err := s.RequestRefund(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	s.wantStock("honey", 8, 0)
	one.WriteOff = false
	if _, err := s.RequestRefund(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	s.wantStock("honey", 8, 0) // the customer keeps it
	all := reason(models.RefundRequest{All: true, Restock: true}, o)
	if r, err := s.RequestRefund(t.Context(), all); err != nil || r.AmountTetri != 9_00 || len(r.Lines) != 1 || !r.Delivery {
		t.Errorf("the rest: %+v, %v", r, err)
	}
	s.wantStock("tea", 10, 0)
	if n := s.number("SELECT sum(quantity) FROM stock_moves WHERE kind = 'written_off'"); n != 1 {
		t.Errorf("%d written off", n)
	}
	s.wantSound()
}

// What staff do stands in the audit list, with the reason.
func TestARefundIsInTheAuditList(t *testing.T) {
	t.Parallel()
	s, o := bought(t)
	r := reason(models.RefundRequest{AmountTetri: 2_00}, o)
	r.By = models.Actor{Email: "staff@example.ge", Address: "10.0.0.1"}
	if _, err := s.RequestRefund(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got := s.text("SELECT who || action || after FROM audit WHERE order_id = ?", o.ID); got != "staff@example.gerefund2.00 broken" {
		t.Errorf("audit %q", got)
	}
}
