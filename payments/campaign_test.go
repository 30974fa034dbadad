package payments_test

import (
	"encoding/json"
	"testing"
	"time"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
)

// campaigning is a world whose shop takes part in a campaign of the bank's.
func campaigning(t *testing.T, campaign string, capture bog.Capture) *world {
	t.Helper()
	c, err := payments.ParseCampaign(campaign)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.newDesk(bog.Simulator(w.bankURL), payments.Config{
		CallTime: 40 * time.Second, Methods: models.Methods(), Campaign: c, Capture: capture, ReconcilePause: time.Millisecond,
	})
	return w
}

func TestACampaignGoesToTheBankWithWhatIsPaidByCard(t *testing.T) {
	t.Parallel()
	w := campaigning(t, "visa:client_discount", "")
	w.steer("settings", m{"loans": true})
	for _, method := range models.Methods() {
		o, err := w.placeBy(method)
		if err != nil {
			t.Fatal(err)
		}
		var body struct {
			Config struct{ Campaign *bog.CampaignConfig }
		}
		if err := json.Unmarshal(w.order(o).LastPayment().RequestBody, &body); err != nil {
			t.Fatal(err)
		}
		payer := method.Rules().Payer
		byCard := payer == models.PayerCard || payer == models.PayerDevice
		if got := body.Config.Campaign; (got != nil) != byCard || byCard && *got != (bog.CampaignConfig{Card: "visa", Type: "client_discount"}) {
			t.Errorf("%s is sent with the campaign %+v", method, got)
		}
	}
}

func TestCampaignsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"visa", "visa:", ":restrict", "visa:discount", "maestro:restrict", "visa:restrict:10", "VISA:restrict"} {
		if c, err := payments.ParseCampaign(s); err == nil {
			t.Errorf("%q is %+v", s, c)
		}
	}
	for _, s := range []string{"", " "} {
		if c, err := payments.ParseCampaign(s); c != nil || err != nil {
			t.Errorf("%q is %+v, %v", s, c, err)
		}
	}
}

// Ten percent of 12.50 are taken off, at once or on a hold; then all of it goes back, or parts.
func TestWhatACampaignTakesOffIsBookedAndNeverGoesBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		capture bog.Capture
		part    models.Tetri // of the hold; 0: all
		parts   []models.Tetri
		taken   models.Tetri
		off     models.Tetri
	}{
		"at once, all back":         {"", 0, nil, 11_25, 1_25},
		"at once, back in parts":    {"", 0, []models.Tetri{1, 5_00, 6_24}, 11_25, 1_25},
		"held, all back":            {bog.CaptureManual, 0, nil, 11_25, 1_25},
		"held, back in parts":       {bog.CaptureManual, 0, []models.Tetri{11_24, 1}, 11_25, 1_25},
		"part of a hold, all back":  {bog.CaptureManual, 9_00, nil, 9_00, 1_00},
		"part of a hold, and parts": {bog.CaptureManual, 9_00, []models.Tetri{4_00, 5_00}, 9_00, 1_00},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := campaigning(t, "visa:client_discount", c.capture)
			o, _ := w.place()
			w.pay(o, m{"card": goodCard})
			o = w.settle(o)
			if c.capture == bog.CaptureManual {
				w.wantStatus(o, models.OnHold)
				w.wantPayment(o, models.PaymentHeld, 11_25, 0)
				if _, err := w.desk.Capture(t.Context(), models.CaptureRequest{OrderID: o.ID, All: c.part == 0, AmountTetri: c.part, Reason: "test"}); err != nil {
					t.Fatal(err)
				}
				w.sweep(time.Second)
			}
			w.wantStatus(o, models.Paid)
			if p := w.order(o).ShownPayment(); p.CapturedTetri != c.taken || p.DiscountTetri != c.off || p.RequestedTetri != 12_50 {
				t.Fatalf("captured %s, taken off %s; want %s, %s", p.CapturedTetri, p.DiscountTetri, c.taken, c.off)
			}
			w.wantLedger(o, c.taken, c.off)
			w.wantSameMoney()

			if _, err := w.desk.Refund(t.Context(), models.RefundRequest{OrderID: o.ID, AmountTetri: c.taken + 1, Reason: "test"}); !models.IsKind(err, models.Conflict) {
				t.Errorf("more than was captured: %v", err)
			}
			for _, part := range c.parts {
				w.refund(models.RefundRequest{OrderID: o.ID, AmountTetri: part, Reason: "test"})
			}
			if c.parts == nil {
				w.refund(models.RefundRequest{OrderID: o.ID, All: true, Reason: "test"})
			}
			w.wantStatus(o, models.Refunded)
			if p := w.order(o).ShownPayment(); p.RefundedTetri != c.taken || p.DiscountTetri != c.off {
				t.Errorf("refunded %s, taken off %s; want %s, %s", p.RefundedTetri, p.DiscountTetri, c.taken, c.off)
			}
			w.wantLedger(o, c.taken, c.off)
			w.wantSameMoney()
			if run := w.reconcile(); run.Result != models.ReconciliationAgrees {
				t.Errorf("the day %s", run.Result)
			}
		})
	}
}

// refund has the bank refund something, and waits until it has.
func (w *world) refund(r models.RefundRequest) {
	w.t.Helper()
	if _, err := w.desk.Refund(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
	w.sweep(time.Second)
}

// wantLedger compares what the ledger has of an order, refunds left out.
func (w *world) wantLedger(o *models.Order, captured, discount models.Tetri) {
	w.t.Helper()
	sum := func(kind string) models.Tetri {
		return models.Tetri(w.number("SELECT coalesce(sum(amount_tetri), 0) FROM ledger WHERE order_id = ? AND kind = ?", o.ID, kind))
	}
	if c, d := sum("captured"), sum("discount"); c != captured || d != discount {
		w.t.Errorf("the ledger has %s captured and %s off, want %s and %s", c, d, captured, discount)
	}
}

func TestAnotherCardGetsNoDiscount(t *testing.T) {
	t.Parallel()
	w := campaigning(t, "mc:client_discount", "")
	o, _ := w.place()
	w.pay(o, m{"card": goodCard})
	o = w.settle(o)
	w.wantStatus(o, models.Paid)
	w.wantLedger(o, 12_50, 0)
}

// The card that was saved with a discount gets it again when it is charged.
func TestACampaignOnAChargeOfASavedCard(t *testing.T) {
	t.Parallel()
	w := campaigning(t, "visa:client_discount", "")
	w.people()
	parent := w.bought(models.Subscription, goodCard)
	if p := parent.ShownPayment(); p.CapturedTetri != 11_25 || p.DiscountTetri != 1_25 {
		t.Fatalf("captured %s, taken off %s", p.CapturedTetri, p.DiscountTetri)
	}
	again, err := w.again(parent)
	if err != nil {
		t.Fatal(err)
	}
	w.settle(again)
	w.wantStatus(again, models.Paid)
	w.wantLedger(again, 11_25, 1_25)
	w.wantSameMoney()
}
