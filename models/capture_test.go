package models_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dukani/models"
)

// heldOrder is the order of bought, but its money is on hold.
func heldOrder(t *testing.T) (*shop, *models.Order) {
	t.Helper()
	return orderOfHoneyAndTea(t, models.PaymentHeld)
}

// captured is the bank's report that it took an amount of the hold.
func captured(o *models.Order, amount models.Tetri) models.Report {
	r := report(o, o.LastPayment(), models.PaymentPaid)
	r.Transferred = amount
	return r
}

// Capture × lines.
func TestWhatOfAHoldCanBeCaptured(t *testing.T) {
	t.Parallel()
	s, o := heldOrder(t)
	lines := func(honey, tea int) []models.LineUnits {
		return []models.LineUnits{{Position: 0, Units: honey}, {Position: 1, Units: tea}}
	}
	for name, c := range map[string]struct {
		r      models.CaptureRequest
		amount models.Tetri // 0: refused
		lines  int
		kind   models.Kind
	}{
		"all":                      {models.CaptureRequest{All: true}, 39_00, 0, 0},
		"all, as lines":            {models.CaptureRequest{Lines: lines(3, 1)}, 39_00, 0, 0},
		"one honey is missing":     {models.CaptureRequest{Lines: lines(2, 1)}, 29_00, 2, 0},
		"a whole line is missing":  {models.CaptureRequest{Lines: lines(3, 0)}, 35_00, 1, 0},
		"a line is not named":      {models.CaptureRequest{Lines: lines(3, 0)[:1]}, 35_00, 1, 0},
		"everything is missing":    {models.CaptureRequest{Lines: lines(0, 0)}, 0, 0, models.Invalid},
		"more than was ordered":    {models.CaptureRequest{Lines: lines(4, 1)}, 0, 0, models.Invalid},
		"less than no units":       {models.CaptureRequest{Lines: lines(-1, 1)}, 0, 0, models.Invalid},
		"a line that is not there": {models.CaptureRequest{Lines: []models.LineUnits{{Position: 9, Units: 1}}}, 0, 0, models.Invalid},
		"a line twice":             {models.CaptureRequest{Lines: append(lines(1, 1), lines(1, 1)...)}, 0, 0, models.Invalid},
		"a lower amount":           {models.CaptureRequest{AmountTetri: 30_00}, 30_00, 0, 0},
		"a lower amount for lines": {models.CaptureRequest{Lines: lines(2, 1), AmountTetri: 25_00}, 25_00, 2, 0},
		"more than the lines cost": {models.CaptureRequest{Lines: lines(2, 1), AmountTetri: 29_01}, 0, 0, models.Conflict},
		"more than is held":        {models.CaptureRequest{AmountTetri: 39_01}, 0, 0, models.Conflict},
		"less than nothing":        {models.CaptureRequest{AmountTetri: -1}, 0, 0, models.Invalid},
		"nothing":                  {models.CaptureRequest{}, 0, 0, models.Invalid},
		"less, without saying why": {models.CaptureRequest{AmountTetri: 30_00, Reason: " "}, 0, 0, models.Invalid},
	} {
		s.exec("DELETE FROM capture_lines")
		s.exec("DELETE FROM captures")
		c.r.OrderID = o.ID
		if c.r.Reason == "" {
			c.r.Reason = "missing"
		}
		got, err := s.RequestCapture(t.Context(), c.r)
		if c.amount == 0 {
			if !models.IsKind(err, c.kind) {
				t.Errorf("%s: %+v, %v; want it refused", name, got, err)
			}
			continue
		}
		if err != nil || got.AmountTetri != c.amount || len(got.Lines) != c.lines {
			t.Errorf("%s: %+v, %v; want %v, %d lines", name, got, err, c.amount, c.lines)
		}
	}
}

// The units that are missing go back to the shelf, the others are sold, and the customer is told.
func TestCapturedLessSellsLess(t *testing.T) {
	t.Parallel()
	s, o := heldOrder(t)
	s.wantStock("honey", 10, 3)
	r := models.CaptureRequest{OrderID: o.ID, Lines: []models.LineUnits{{Position: 0, Units: 2}}, Reason: "broken", By: models.Actor{Email: "staff@example.ge"}}
	if _, err := s.RequestCapture(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	o = s.settle(captured(o, 25_00))
	if o.Status != models.Paid || o.Lines[0].Missing != 1 || o.Lines[1].Missing != 1 {
		t.Errorf("order is %s, lines %+v", o.Status, o.Lines)
	}
	s.wantStock("honey", 8, 0)
	s.wantStock("tea", 10, 0)
	m := s.wantMoney(o, 25_00, 0)
	if m.Captures[0].State != models.ActionCompleted || m.Lines[0].Refundable != 2 || m.Lines[1].Refundable != 0 ||
		len(m.Ledger) != 1 || m.Ledger[0].AmountTetri != 25_00 {
		t.Errorf("%+v", m)
	}
	if n := s.number("SELECT count(*) FROM mails WHERE kind = 'captured_less'"); n != 1 {
		t.Errorf("%d mails", n)
	}
	if got := s.text("SELECT before || ' ' || after FROM audit WHERE action = 'capture'"); got != "39.00 25.00 broken" {
		t.Errorf("audit %q", got)
	}
	three := models.RefundRequest{OrderID: o.ID, Lines: []models.LineUnits{{Position: 0, Units: 3}}, Reason: "all of them"}
	if _, err := s.RequestRefund(t.Context(), three); !models.IsKind(err, models.Conflict) {
		t.Errorf("a unit was refunded that was never charged: %v", err)
	}
	s.wantSound()
}

// Less than was authorized is taken for good only if the shop has asked for just that.
func TestCapturedLessThanAskedIsAMismatch(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]models.Tetri{"nothing was asked": 0, "something else was asked": 20_00} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, o := heldOrder(t)
			if ask > 0 {
				if _, err := s.RequestCapture(t.Context(), models.CaptureRequest{OrderID: o.ID, AmountTetri: ask, Reason: "x"}); err != nil {
					t.Fatal(err)
				}
			}
			o = s.settle(captured(o, 25_00))
			if o.Status != models.Review {
				t.Errorf("order is %s", o.Status)
			}
			s.wantReview(models.ReviewMismatch)
		})
	}
}

// Twenty members of staff capture and release at the same moment: one of them wins.
func TestCaptureAgainstRelease(t *testing.T) {
	t.Parallel()
	s, o := heldOrder(t)
	var all sync.WaitGroup
	var done atomic.Int64
	note := func(err error) {
		if err == nil {
			done.Add(1)
		} else if !models.IsKind(err, models.Conflict) {
			t.Error(err)
		}
	}
	for range 10 {
		all.Go(func() {
			_, err := s.RequestCapture(t.Context(), models.CaptureRequest{OrderID: o.ID, All: true})
			note(err)
		})
		all.Go(func() {
			_, err := s.RequestRelease(t.Context(), models.ReleaseRequest{OrderID: o.ID, Reason: "x"})
			note(err)
		})
	}
	all.Wait()
	if n := s.number("SELECT count(*) FROM captures"); done.Load() != 1 || n != 1 {
		t.Errorf("%d won, %d stored", done.Load(), n)
	}
}

// The loser is told why.
func TestWhyAHoldCannotBeEnded(t *testing.T) {
	t.Parallel()
	s, o := heldOrder(t)
	want := func(code models.ErrorCode) {
		t.Helper()
		_, err := s.RequestRelease(t.Context(), models.ReleaseRequest{OrderID: o.ID, Reason: "x"})
		if e, ok := err.(*models.Error); !ok || e.Kind != models.Conflict || e.Code != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
	if _, err := s.RequestCapture(t.Context(), models.CaptureRequest{OrderID: o.ID, All: true}); err != nil {
		t.Fatal(err)
	}
	want(models.CodeHoldCapturing)
	s.exec("UPDATE captures SET kind = 'release'")
	want(models.CodeHoldReleasing)
	s.exec("DELETE FROM captures")
	s.settle(captured(o, 39_00))
	want(models.CodeHoldCaptured)
	s.exec("UPDATE payments SET state = 'released'")
	want(models.CodeHoldReleased)
	s.exec("UPDATE payments SET state = 'declined'")
	want(models.CodeHoldNone)
}

// A second hold for an order that has one, or that is paid, is released without staff, and the
// order goes on.
func TestASecondHoldIsReleased(t *testing.T) {
	t.Parallel()
	for _, state := range []models.PaymentState{models.PaymentHeld, models.PaymentPaid} {
		t.Run(string(state), func(t *testing.T) {
			t.Parallel()
			s, o := ordered(t)
			first := *o.LastPayment()
			s.settle(report(o, &first, models.PaymentDeclined))
			if _, err := s.RetryPayment(t.Context(), o.ID, models.PayWith{}, s.request); err != nil {
				t.Fatal(err)
			}
			s.answer(o)
			o = s.settle(report(o, s.order(o.ID).LastPayment(), state))
			before := o.Status
			s.settle(report(o, &first, models.PaymentHeld))
			s.wantStatus(o.ID, before)
			if got := s.number("SELECT payment_id FROM captures WHERE kind = 'release' AND state = 'starting'"); int64(got) != first.ID {
				t.Errorf("payment %d is released", got)
			}
			s.settle(report(o, &first, models.PaymentDeclined))
			s.wantStatus(o.ID, before)
			if n := s.number("SELECT count(*) FROM captures WHERE state = 'completed'"); n != 1 {
				t.Errorf("%d releases completed", n)
			}
			s.wantSound()
		})
	}
}

// A hold whose units were sold in the meantime is released without staff.
func TestAHoldThatComesTooLateIsReleased(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	s.settle(report(o, o.LastPayment(), models.PaymentExpired))
	s.exec("UPDATE stock SET on_hand = 0")
	s.settle(report(o, o.LastPayment(), models.PaymentHeld))
	s.wantStatus(o.ID, models.OnHold)
	if got := s.text("SELECT kind || reason FROM captures"); got != "releasepaid_too_late" {
		t.Errorf("requested %q", got)
	}
	s.settle(report(o, o.LastPayment(), models.PaymentDeclined))
	s.wantStatus(o.ID, models.Cancelled)
	s.wantSound()
}

// Staff are reminded of a hold five days before the bank releases it.
func TestAHoldIsReviewedBeforeItExpires(t *testing.T) {
	t.Parallel()
	s, o := heldOrder(t)
	s.now = s.now.Add(25*24*time.Hour - time.Minute)
	s.settle(report(o, o.LastPayment(), models.PaymentHeld))
	s.wantReview()
	s.now = s.now.Add(2 * time.Minute)
	s.settle(report(o, o.LastPayment(), models.PaymentHeld))
	s.settle(report(o, o.LastPayment(), models.PaymentHeld))
	s.wantReview(models.ReviewHoldExpiring)
	if at := s.order(o.ID).LastPayment().HoldExpires(); at == nil || at.Sub(s.now).Round(time.Hour) != 5*24*time.Hour {
		t.Errorf("it expires at %v", at)
	}
	s.settle(captured(o, 39_00))
	s.wantReview()
	s.wantStatus(o.ID, models.Paid)
}
