package payments_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
)

const (
	tokenCall  = "/openid-connect/token"
	createCall = "POST /payments/v1/ecommerce/orders"
)

// A bank that does not let the shop in has refused no payment: the order waits, staff are
// told at once, and the payment is opened within ten seconds of the repair.
func TestRefusedAccessIsAnOutageOfOurs(t *testing.T) {
	t.Parallel()
	for name, meet := range map[string]func(http.ResponseWriter, *http.Request) bool{
		"wrong secret":             answer(tokenCall, 401, "application/json", `{"error":"unauthorized_client","error_description":"Invalid client secret"}`),
		"unknown client":           answer(tokenCall, 400, "application/json", `{"error":"invalid_client"}`),
		"wrong token address":      answer(tokenCall, 404, "text/html", "<html>"),
		"401 twice":                answer(createCall, 401, "application/json", `{"message":"Unauthorized"}`),
		"feature not open":         answer(createCall, 403, "application/json", `{"message":"Forbidden"}`),
		"the edge, 403":            answer(createCall, 403, "text/html", "<html>"),
		"the edge, 404":            answer(createCall, 404, "text/html; charset=utf-8", "<html>"),
		"the edge, 400":            answer(createCall, 400, "text/html", "<html>"),
		"wrong address, no HTML":   answer(createCall, 404, "text/plain", "404 page not found"),
		"wrong address, no body":   answer(createCall, 400, "application/json", ""),
		"wrong address, no method": answer(createCall, 405, "", ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e, log := behindEdge(t)
			e.set(meet)
			o, payAt := w.place()
			if payAt.URL != "" {
				t.Errorf("pay at %q", payAt)
			}
			_, err := w.ask(o, models.CauseOrderPage)
			if !errors.Is(err, payments.ErrNoAccess) || !errors.Is(err, payments.ErrBankSilent) {
				t.Errorf("error %v, want ErrNoAccess", err)
			}
			for range 5 {
				w.sweep(10 * time.Second)
			}
			w.wantStatus(o, models.AwaitingPayment)
			if n := w.number("SELECT reserved FROM stock"); n != 1 {
				t.Errorf("%d units are reserved, want the order's 1", n)
			}
			if n := w.number("SELECT count(*) FROM review_items WHERE kind = 'no_access' AND resolved_at IS NULL"); n != 1 {
				t.Errorf("%d review items, want 1", n)
			}
			if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "does not let the shop in") {
				t.Errorf("%d lines of the level ERROR, want 1:\n%s", n, log)
			}
			if strings.Contains(log.String(), "dukani-demo-secret") {
				t.Error("the log has the secret")
			}
			e.set(nil)
			w.sweep(5 * time.Second)
			if p := w.order(o).LastPayment(); p.State != models.PaymentOpen || p.RedirectURL == "" {
				t.Errorf("a round after it was mended the payment is %s", p.State)
			}
			if w.desk.Outage() != nil {
				t.Errorf("still out of reach: %v", w.desk.Outage())
			}
			if n := w.number("SELECT count(*) FROM review_items WHERE kind = 'no_access' AND resolved_at IS NULL"); n != 0 {
				t.Errorf("%d review items are still open", n)
			}
			w.pay(o, m{})
			w.sweep(5 * time.Second)
			w.wantStatus(o, models.Paid)
			w.wantSameMoney()
		})
	}
}

// A server with an untrusted certificate is not the bank.
func TestAForeignCertificateIsAnOutageOfOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	foreign := httptest.NewUnstartedServer(http.NotFoundHandler())
	foreign.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	foreign.StartTLS()
	defer foreign.Close()
	w.newDesk(bog.Simulator(foreign.URL), payments.Config{})
	o, _ := w.place()
	w.wantStatus(o, models.AwaitingPayment)
	if err := w.desk.Outage(); !errors.Is(err, payments.ErrNoAccess) {
		t.Errorf("outage %v, want ErrNoAccess", err)
	}
}

// A refusal in the bank's own words remains a refusal.
func TestARefusalInTheBanksOwnWordsIsOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
	}{
		"400": {400, `{"message":"Invalid basket"}`}, "404": {404, `{"message":"No such method"}`}, "422": {422, `{"message":"total_amount"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e, _ := behindEdge(t)
			e.set(answer(createCall, c.status, "application/json", c.body))
			o, _ := w.place()
			w.wantStatus(o, models.Declined)
			if err := w.desk.Outage(); err != nil {
				t.Errorf("outage %v", err)
			}
		})
	}
}

// A feature that is not open to the merchant must not close the shop.
func TestARefusedFeatureIsNoOutage(t *testing.T) {
	t.Parallel()
	w, e, log := behindEdge(t)
	w.people()
	e.set(answer("/cards", 403, "application/json", `{"message":"Forbidden"}`))
	for range 4 {
		_, payAt, err := w.placeAs(nino, func(c *models.Checkout) { c.SaveCard = models.Recurrent })
		if err != nil || payAt.URL == "" {
			t.Fatalf("pay at %q, %v", payAt, err)
		}
	}
	if err := w.desk.Outage(); err != nil {
		t.Errorf("outage %v", err)
	}
	if n := w.number("SELECT count(*) FROM review_items WHERE kind = 'no_access' AND subject = 'bank call save_card'"); n != 1 {
		t.Errorf("%d review items, want 1\n%s", n, log)
	}
	e.set(nil)
	if _, _, err := w.placeAs(nino, func(c *models.Checkout) { c.SaveCard = models.Recurrent }); err != nil {
		t.Fatal(err)
	}
	if n := w.number("SELECT count(*) FROM review_items WHERE resolved_at IS NULL"); n != 0 {
		t.Errorf("%d review items are still open", n)
	}
}

// A resolved review item is opened anew when the same thing happens again.
func TestRefusedAccessIsToldAgain(t *testing.T) {
	t.Parallel()
	w, e, _ := behindEdge(t)
	for range 2 {
		e.set(answer(tokenCall, 401, "application/json", `{"error":"unauthorized_client"}`))
		w.newDesk(bog.Simulator(e.url), payments.Config{}) // as after a restart, without the old token
		if err := w.desk.CheckAccess(t.Context()); !errors.Is(err, payments.ErrNoAccess) {
			t.Fatalf("error %v, want ErrNoAccess", err)
		}
		if n := w.number("SELECT count(*) FROM review_items WHERE resolved_at IS NULL"); n != 1 {
			t.Fatalf("%d open review items, want 1", n)
		}
		e.set(nil)
		w.newDesk(bog.Simulator(e.url), payments.Config{})
		if err := w.desk.CheckAccess(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := w.number("SELECT count(*) FROM review_items WHERE resolved_at IS NULL"); n != 0 {
			t.Fatalf("%d open review items after the mend", n)
		}
	}
}

// What one instance has told staff of, another one to which the bank has been open all the time
// closes, too: the first may be gone.
func TestRefusedAccessOfAnotherInstanceHeals(t *testing.T) {
	t.Parallel()
	w, e, _ := behindEdge(t)
	well := w.desk
	if err := well.CheckAccess(t.Context()); err != nil {
		t.Fatal(err)
	}
	e.set(answer(tokenCall, 401, "application/json", `{"error":"unauthorized_client"}`))
	w.newDesk(bog.Simulator(e.url), payments.Config{})
	if err := w.desk.CheckAccess(t.Context()); !errors.Is(err, payments.ErrNoAccess) {
		t.Fatalf("error %v, want ErrNoAccess", err)
	}
	e.set(nil)
	w.desk = well
	w.sweep(2 * time.Minute)
	if err := well.CheckAccess(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.number("SELECT count(*) FROM review_items WHERE resolved_at IS NULL"); n != 0 {
		t.Errorf("%d review items are still open", n)
	}
}

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

// A feature that is not open to the merchant, here charges without the shopper, stops no
// other payments.
func TestAFeatureThatIsNotOpenStopsNothingElse(t *testing.T) {
	t.Parallel()
	w, e, _ := behindEdge(t)
	w.people()
	parent := w.bought(models.Subscription, goodCard)
	e.set(answer("/subscribe", 403, "application/json", `{"message":"Forbidden"}`))
	o, err := w.again(parent)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		w.sweep(20 * time.Second)
		if err := w.desk.Outage(); err != nil {
			t.Fatalf("outage %v", err)
		}
	}
	w.wantStatus(o, models.Confirming)
	const open = "SELECT count(*) FROM review_items WHERE kind = 'no_access' AND subject = 'bank call charge_saved_card' AND resolved_at IS NULL"
	if n := w.number(open); n != 1 {
		t.Errorf("%d review items, want 1", n)
	}
	e.set(nil)
	w.sweep(20 * time.Second)
	w.sweep(20 * time.Second)
	w.wantStatus(o, models.Paid)
	if n := w.number(open); n != 0 {
		t.Errorf("%d review items are still open", n)
	}
}
