package payments_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"dukani/models"
)

// One payment that cannot be settled is put off like a silent bank; it neither
// stops the others nor is tried again at once.
func TestSweepPassesOverWhatCannotBeSettled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad, _ := w.place()
	good, _ := w.place()
	w.pay(bad, m{})
	w.pay(good, m{})
	w.exec(`CREATE TRIGGER broken BEFORE UPDATE OF state ON payments WHEN new.order_id = 1
		BEGIN SELECT RAISE(ABORT, 'broken'); END`)
	w.sweep(time.Minute)
	w.wantStatus(good, models.Paid)
	w.wantStatus(bad, models.AwaitingPayment)
	if due, err := w.store.DuePayments(t.Context(), 10); err != nil || len(due) != 0 {
		t.Errorf("due: %v, %v; want none for now", due, err)
	}
	w.exec("DROP TRIGGER broken")
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
	if _, err := w.desk.Sweep(t.Context()); err != nil { // returns although the first one waits for the bank
		t.Fatal(err)
	}
	close(answer)
	<-done
	w.wantStatus(o, models.Paid)
	w.wantStatus(second, models.Paid) // the first one has started over for it
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
	asked := 0
	w.bank.BeforeAnswer = func(r *http.Request) int {
		if strings.Contains(r.URL.Path, "/refund/") {
			asked++
			return http.StatusServiceUnavailable
		}
		return 0
	}
	for range 12 * 60 { // an hour of regular rounds
		w.sweep(5 * time.Second)
	}
	if asked < 5 || asked > 20 { // each try is repeated once
		t.Errorf("the bank was asked %d times in an hour", asked)
	}
	w.bank.BeforeAnswer = nil
	w.sweep(time.Hour)
	w.sweep(time.Hour)
	w.wantStatus(o, models.Refunded)
	w.wantSameMoney()
}

// What the bank has said is kept even if the shopper has stopped waiting.
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
	if err != nil || payAt != "" {
		t.Errorf("pay at %q, %v; want nowhere: it is paid", payAt, err)
	}
	w.wantStatus(o, models.Paid)
}
