package payments_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
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
