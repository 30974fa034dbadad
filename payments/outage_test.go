package payments_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"dukani/models"
	"dukani/payments"
)

const (
	tokenCall  = "/openid-connect/token"
	createCall = "POST /payments/v1/ecommerce/orders"
)

// During an outage a sweep costs one call however many orders wait, nobody else calls the
// bank, and nothing is recorded over and over.
func TestAnOutageCostsOneCallARound(t *testing.T) {
	t.Parallel()
	w, e, log := behindEdge(t)
	w.exec("UPDATE stock SET on_hand = 100")
	open, _ := w.place()
	e.set(answer("", 503, "", ""))
	var waiting []*models.Order
	for range 30 {
		o, payAt := w.place()
		if payAt.URL != "" {
			t.Fatalf("pay at %q", payAt)
		}
		waiting = append(waiting, o)
	}
	if n := e.count(createCall); n != 3*2 { // each call is repeated once by the client
		t.Errorf("30 shoppers asked a silent bank %d times, want only the first three", n)
	}
	if err := w.desk.Outage(); !errors.Is(err, payments.ErrBankSilent) || errors.Is(err, payments.ErrNoAccess) {
		t.Errorf("outage %v", err)
	}
	lines := w.number("SELECT count(*) FROM payment_events")
	e.set(answer("", 503, "", ""))
	const rounds = 60 // five minutes
	for range rounds {
		w.sweep(5 * time.Second)
		for _, o := range []*models.Order{open, waiting[29]} { // somebody looks at these all the time
			if _, err := w.desk.Settle(t.Context(), w.order(o).LastPayment().ID, models.CauseOrderPage); !errors.Is(err, payments.ErrBankSilent) {
				t.Fatalf("error %v", err)
			}
		}
	}
	if n := e.count(""); n > rounds*2 {
		t.Errorf("%d calls in %d rounds of an outage", n, rounds)
	}
	if n := w.number("SELECT count(*) FROM payment_events") - lines; n > rounds*2 {
		t.Errorf("%d lines in the journal", n)
	}
	if n := strings.Count(log.String(), "out of reach"); n != 1 {
		t.Errorf("the outage is told %d times, want once", n)
	}

	// The bank is back: the next sweep opens all of them, before it does anything else.
	e.set(nil)
	w.sweep(5 * time.Second)
	for _, o := range waiting {
		if p := w.order(o).LastPayment(); p.State != models.PaymentOpen {
			t.Fatalf("order %s: the payment is %s", o.Number, p.State)
		}
	}
	if n := e.count(createCall); n != 30 {
		t.Errorf("%d orders were created at the bank, want 30", n)
	}
	if n := strings.Count(log.String(), "the bank is back"); n != 1 {
		t.Errorf("the end of the outage is told %d times, want once", n)
	}
}

// One payment that the bank cannot answer about does not keep the desk in an outage.
func TestOnePaymentDoesNotProlongAnOutage(t *testing.T) {
	t.Parallel()
	w, e, _ := behindEdge(t)
	bad, _ := w.place()
	id := *w.order(bad).LastPayment().BankOrderID
	e.set(answer("/receipt/"+id, 500, "", ""))
	for range 10 { // no other visitor comes, so that the desk learns of the bank by this payment only
		w.ask(bad, models.CauseOrderPage)
	}
	if w.desk.Outage() == nil {
		t.Fatal("no outage")
	}
	good, _ := w.place()
	for range 3 {
		w.sweep(5 * time.Second)
	}
	if p := w.order(good).LastPayment(); p.State != models.PaymentOpen || w.desk.Outage() != nil {
		t.Errorf("the payment is %s, outage %v", p.State, w.desk.Outage())
	}
}

// Without a worker, visitors find out themselves that the bank is back, one at a time.
func TestAVisitorTriesAfterAPause(t *testing.T) {
	t.Parallel()
	w, e, _ := behindEdge(t)
	e.set(answer("", 503, "", ""))
	for range 3 {
		w.place()
	}
	e.set(nil)
	if _, payAt := w.place(); payAt.URL != "" || e.count("") != 0 {
		t.Errorf("asked at once: pay at %q, %d calls", payAt, e.count(""))
	}
	w.offset.Add(int64(10 * time.Second))
	if _, payAt := w.place(); payAt.URL == "" {
		t.Error("not tried after the pause")
	}
}

// However many callers want to know how an order stands, the bank is asked once in two
// seconds, and the journal records only changes.
func TestAHundredLooksAreOne(t *testing.T) {
	t.Parallel()
	w, e, _ := behindEdge(t)
	o, _ := w.place()
	p := w.order(o).LastPayment()
	e.set(nil)
	look := func() {
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				if _, err := w.desk.Settle(t.Context(), p.ID, models.Cause(fmt.Sprint("visitor ", i))); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for range 20 { // with callbacks on top of that
			w.exec("UPDATE payments SET next_check_at = ?", w.store.Now().Add(-time.Hour))
			w.sweep(0)
		}
	}
	frozen := w.store.Now()
	w.store.Now = func() time.Time { return frozen }
	look()
	if n := e.count("/receipt/"); n != 1 {
		t.Errorf("the bank was asked %d times, want once", n)
	}
	frozen = frozen.Add(2 * time.Second)
	look()
	if n := e.count("/receipt/"); n != 2 {
		t.Errorf("two seconds later the bank had been asked %d times, want twice", n)
	}
	if n := w.number("SELECT count(*) FROM payment_events WHERE kind = 'receipt'"); n != 1 {
		t.Errorf("%d receipts in the journal, want the one there is", n)
	}
	w.pay(o, m{"callback": m{"mode": "lost"}})
	frozen = frozen.Add(2 * time.Second)
	look()
	w.wantStatus(o, models.Paid)
	if n := w.number("SELECT count(*) FROM payment_events WHERE kind = 'receipt'"); n != 2 {
		t.Errorf("%d receipts in the journal, want the two that differ", n)
	}
}

// Asking a silent bank about one order again and again leaves one line in the journal.
func TestSilenceIsWrittenDownOnce(t *testing.T) {
	t.Parallel()
	w, e, _ := behindEdge(t)
	o, _ := w.place()
	e.set(answer("/receipt/", 500, "", ""))
	before := w.number("SELECT count(*) FROM payment_events")
	for range 10 {
		w.offset.Add(int64(time.Minute))
		if _, err := w.ask(o, models.CauseOrderPage); !errors.Is(err, payments.ErrBankSilent) {
			t.Fatal(err)
		}
	}
	if n := w.number("SELECT count(*) FROM payment_events") - before; n != 1 {
		t.Errorf("%d lines for one silence, want 1", n)
	}
}

// A shopper who left during 3-D Secure is led back to the page, which still waits for them.
func TestBackToThePageOfAPaymentInProgress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, first := w.place()
	w.pay(o, m{"card": "4000000000000030"}) // stays in processing
	if _, err := w.ask(o, models.CauseOrderPage); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(o, models.Confirming)
	payAt, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{})
	if err != nil || payAt != first {
		t.Errorf("pay at %q, %v; want the page that is open, %q", payAt, err, first)
	}
	if n := w.number("SELECT count(*) FROM payments"); n != 1 {
		t.Errorf("%d attempts, want 1", n)
	}
}

// A caller that stops waiting, as the program does when it shuts down, does not prove that
// the bank is silent.
func TestAnAskerWhoGivesUpProvesNoOutage(t *testing.T) {
	t.Parallel()
	w, e, _ := behindEdge(t)
	o, _ := w.place()
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		e.set(func(http.ResponseWriter, *http.Request) bool { cancel(); return false })
		w.offset.Add(int64(time.Minute))
		w.desk.Settle(ctx, w.order(o).LastPayment().ID, models.CauseWorker)
		cancel()
	}
	if err := w.desk.Outage(); err != nil {
		t.Errorf("outage %v", err)
	}
}
