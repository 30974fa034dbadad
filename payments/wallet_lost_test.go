package payments_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/payments"
)

// The bank takes Google Pay's token, and its answer is lost in every way there is.
func TestALostAnswerToAWalletIsFoundWithoutTheToken(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"lost_reply", "truncated_json"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			log := w.withWallets()
			w.steer("settings", m{"silent_on": []string{"completed"}})
			w.steer("faults", m{"kind": fault, "route": "create"})
			o, result := w.byGoogle(payingToken)
			if result.Outcome != payments.Undecided {
				t.Errorf("it came to %+v", result)
			}
			w.wantStatus(o, models.Confirming)
			w.heal()
			w.sweep(models.StartGrace + time.Second)
			w.wantStatus(o, models.Paid)
			w.wantOnce(1)
			w.wantNowhere(log)
		})
	}
}

// A bank that compares the bodies under a key refuses the repeat without the token. That says
// nothing about the payment: the callback does.
func TestARefusedRepeatIsNotTheOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	log := w.withWallets()
	w.steer("settings", m{"callback": m{"mode": "delayed", "delay_ms": 600_000}})
	w.steer("faults", m{"kind": "lost_reply", "route": "create"})
	o, _ := w.byGoogle(payingToken)
	w.heal()
	w.steer("settings", m{"strict": true})
	w.sweep(models.StartGrace + time.Second)
	w.wantStatus(o, models.Confirming)
	if p := w.order(o).LastPayment(); p.State != models.PaymentStarting || p.WalletState != models.WalletLost {
		t.Fatalf("the attempt is %s, %s", p.State, p.WalletState)
	}
	calls := w.number("SELECT count(*) FROM payment_events WHERE kind = 'call'")
	w.sweep(time.Minute)
	if n := w.number("SELECT count(*) FROM payment_events WHERE kind = 'call'"); n != calls {
		t.Errorf("the bank was asked again: %d calls, were %d", n, calls)
	}
	if result, err := w.desk.PayByWallet(t.Context(), w.order(o), models.ByGooglePay, payments.WalletButton{Token: payingToken}); err != nil || result.Outcome != payments.Undecided {
		t.Errorf("a second consent came to %+v, %v", result, err)
	}
	w.steer("settings", m{"strict": false})
	before := w.ended.Load()
	var atBank []m
	w.get("orders", &atBank)
	w.steer("orders/"+atBank[0]["id"].(string)+"/callback", m{})
	for w.ended.Load() == before && t.Context().Err() == nil {
		runtime.Gosched()
	}
	w.sweep(3 * time.Second)
	w.wantStatus(o, models.Paid)
	w.wantOnce(1)
	w.wantNowhere(log)
}

// Nobody can know what became of a token when no answer and no callback ever comes: the order is
// neither ended nor paid again, and staff find out at the bank.
func TestATokenThatVanishesIsForStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	log := w.withWallets()
	w.steer("faults", m{"kind": "reset", "route": "create"})
	cart, c := w.form(models.ByGooglePay)
	o, result, err := w.desk.PlaceOrderByWallet(t.Context(), cart, c, payments.WalletButton{Token: payingToken})
	if err != nil || result.Outcome != payments.Undecided {
		t.Errorf("it came to %+v, %v", result, err)
	}
	w.heal()
	w.sweep(models.StartGrace + time.Second)
	w.wantStatus(o, models.Confirming)
	w.sweep(16 * time.Minute)
	w.wantStatus(o, models.Confirming)
	if n := w.number("SELECT count(*) FROM review_items WHERE kind = 'charge_unknown' AND resolved_at IS NULL"); n != 1 {
		t.Errorf("%d items say so", n)
	}
	// Meanwhile the shopper may buy something else.
	if _, err := w.store.AddToCart(t.Context(), cart, "honey", 1); err != nil {
		t.Fatal(err)
	}
	c.Key, c.Method, c.ExpectedTotal = uuid.NewString(), models.ByCard, 25_00
	other, result, err := w.desk.PlaceOrder(t.Context(), cart, w.seen(cart, c))
	if err != nil || other.ID == o.ID || result.Outcome != payments.OnBankPage {
		t.Errorf("another purchase came to order %s, %+v, %v", other.Number, result, err)
	}
	w.wantStatus(o, models.Confirming)
	w.wantOnce(0)
	w.wantNowhere(log)
}

// The callback may be here before the answer is stored: it settles the order, and the answer adds
// nothing.
func TestTheCallbackMayComeBeforeTheWalletsAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.withWallets()
	w.steer("faults", m{"kind": "delay_after", "route": "create", "delay_ms": 1500})
	done := make(chan *models.Order)
	go func() {
		o, _ := w.byGoogle(payingToken)
		done <- o
	}()
	for w.answers.Load() == 0 && t.Context().Err() == nil {
		time.Sleep(time.Millisecond)
	}
	w.sweep(3 * time.Second)
	if n := w.number("SELECT count(*) FROM orders WHERE status = 'paid'"); n != 1 {
		t.Errorf("%d orders are paid before the answer came", n)
	}
	w.wantStatus(<-done, models.Paid)
	w.wantOnce(1)
}
