package payments_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"dukani/models"
	"dukani/models/storetest"
	"dukani/payments"
)

// A payment that cannot be settled is put off as if the bank were silent; it neither
// stops the others nor is tried again at once.
func TestSweepPassesOverWhatCannotBeSettled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad, _ := w.place()
	good, _ := w.place()
	w.pay(bad, m{})
	w.pay(good, m{})
	mend := storetest.Break(t, w.raw, "BEFORE UPDATE OF state", "payments", "new.order_id = 1")
	w.sweep(time.Minute)
	w.wantStatus(good, models.Paid)
	w.wantStatus(bad, models.AwaitingPayment)
	if due, err := w.store.DuePayments(t.Context(), 10); err != nil || len(due) != 0 {
		t.Errorf("due: %v, %v; want none for now", due, err)
	}
	mend()
	w.sweep(time.Hour)
	w.wantStatus(bad, models.Paid)
	w.wantSameMoney()
}

func TestSweepsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.pay(o, m{})
	asking, answer := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.bank.BeforeAnswer = func(r *http.Request) int {
		if strings.Contains(r.URL.Path, "/receipt/") {
			once.Do(func() {
				close(asking)
				<-answer
			})
		}
		return 0
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.sweep(time.Minute)
	}()
	<-asking
	second, _ := w.place()
	w.pay(second, m{})
	if _, err := w.desk.Sweep(t.Context()); err != nil { // returns while the first sweep waits for the bank
		t.Fatal(err)
	}
	close(answer)
	<-done
	w.wantStatus(o, models.Paid)
	w.wantStatus(second, models.Paid) // the first sweep has started over
}

func TestRefundInProgressIsLookedAtLessAndLessOften(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.expire()
	w.exec("UPDATE stock SET on_hand = 0")
	w.pay(o, m{"force": true, "callback": m{"mode": "lost"}})
	if _, err := w.ask(o, models.CauseWorker); err != nil {
		t.Fatal(err)
	}
	w.steer("faults", m{"kind": "500_before", "route": "refund"})
	for range 12 * 60 { // an hour of regular sweeps
		w.sweep(5 * time.Second)
	}
	if asked := w.calls()["refund"]; asked < 5 || asked > 20 { // each try is repeated once
		t.Errorf("the bank was asked %d times in an hour", asked)
	}
	w.heal()
	w.sweep(time.Hour)
	w.sweep(time.Hour)
	w.wantStatus(o, models.Refunded)
	w.wantSameMoney()
}

// The bank's answer is stored even if the shopper has stopped waiting.
func TestAnswerIsKeptThoughNobodyWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.pay(o, m{"callback": m{"mode": "lost"}})
	for range 20 { // one of two ready channels is chosen at random
		ctx, cancel := context.WithCancel(t.Context())
		w.bank.BeforeAnswer = func(*http.Request) int { cancel(); return 0 }
		w.offset.Add(int64(time.Hour))
		_, err := w.desk.Settle(ctx, o.LastPayment().ID, models.CauseOrderPage)
		cancel()
		if due, e := w.store.DuePayments(t.Context(), 1); e != nil || len(due) != 0 {
			t.Fatalf("still due after %v: the silence was not noted", err)
		}
	}
}

func TestPlacingAgainAsksTheBankFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.store.AddToCart(t.Context(), "a", "honey", 1); err != nil {
		t.Fatal(err)
	}
	form := w.seen("a", models.Checkout{
		Key: "k", ExpectedTotal: 12_50, Lang: models.Ka, Name: "ნინო კაპანაძე", Email: "nino@example.ge",
		Phone: "+995599123456", Delivery: models.Pickup, AcceptsTerms: true,
	})
	o, _, err := w.desk.PlaceOrder(t.Context(), "a", form)
	if err != nil {
		t.Fatal(err)
	}
	w.pay(o, m{"callback": m{"mode": "lost"}})
	_, payAt, err := w.desk.PlaceOrder(t.Context(), "a", form) // the browser's Back, and sent again
	if err != nil || payAt.Outcome != payments.NothingToPay {
		t.Errorf("pay at %q, %v; want nowhere: it is paid", payAt, err)
	}
	w.wantStatus(o, models.Paid)
}

// After an outage the attempts that were never opened come first: their shoppers wait on the
// order's page, while the others have a page of the bank.
func TestWhatIsToBeOpenedComesFirst(t *testing.T) {
	t.Parallel()
	w, e, _ := behindEdge(t)
	opened, _ := w.place()
	e.set(answer(createCall, 500, "", ""))
	waiting, _ := w.place()
	w.exec("UPDATE payments SET next_check_at = ? WHERE order_id = ?", w.store.Now().Add(-time.Hour), opened.ID)
	w.exec("UPDATE payments SET next_check_at = ? WHERE order_id = ?", w.store.Now().Add(-time.Minute), waiting.ID)
	ids, err := w.store.DuePayments(t.Context(), 1)
	if err != nil || len(ids) != 1 || ids[0] != w.order(waiting).LastPayment().ID {
		t.Errorf("first comes %v, %v", ids, err)
	}
}
