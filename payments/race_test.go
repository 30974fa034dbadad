package payments_test

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"dukani/models"
	"dukani/payments"
)

// between puts an edge in front of the bank that calls then once, after the bank has
// answered a call whose path contains part and before the shop gets the answer.
func between(t *testing.T, part string) (w *world, set func(then func())) {
	t.Helper()
	w, e, _ := behindEdge(t)
	return w, func(then func()) {
		e.set(func(rw http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, part) {
				return false
			}
			e.set(nil)
			answer := httptest.NewRecorder()
			e.bank.ServeHTTP(answer, r)
			then()
			maps.Copy(rw.Header(), answer.Header())
			rw.WriteHeader(answer.Code)
			rw.Write(answer.Body.Bytes())
			return true
		})
	}
}

// The callback of a refund or a payment is stored while an older receipt is on its way.
func TestAMessageThatComesWhileTheBankIsAskedIsNotLost(t *testing.T) {
	t.Parallel()
	for name, earlier := range map[string]bool{"first message": false, "second message": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, then := between(t, "/receipt/")
			o, _ := w.place()
			w.offset.Add(int64(time.Minute))
			if earlier {
				w.exec("UPDATE payments SET next_check_at = ?", w.store.Now().Add(-time.Second))
			}
			then(func() { w.pay(o, m{}) })
			if _, err := w.ask(o, models.CauseOrderPage); err != nil {
				t.Fatal(err)
			}
			w.wantStatus(o, models.AwaitingPayment) // the receipt was older
			w.sweep(3 * time.Second)
			w.wantStatus(o, models.Paid)
		})
	}
}

func TestAMessageThatComesBeforeTheAnswerKeepsItsHaste(t *testing.T) {
	t.Parallel()
	w, then := between(t, "/subscribe")
	w.people()
	parent := w.bought(models.Subscription, goodCard)
	before := w.answers.Load()
	then(func() {
		for w.answers.Load() == before && t.Context().Err() == nil {
			runtime.Gosched()
		}
	})
	o, err := w.again(parent)
	if err != nil {
		t.Fatal(err)
	}
	w.wantStatus(o, models.Confirming)
	w.sweep(3 * time.Second)
	w.wantStatus(o, models.Paid)
}

func TestAnEarlyMessageTellsOfAChargeThatIsNeverAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	parent := w.bought(models.Subscription, goodCard)
	w.steer("faults", m{"kind": "500_after", "route": "subscribe"})
	o, err := w.again(parent)
	if err != nil {
		t.Fatal(err)
	}
	w.sweep(30 * time.Second)
	w.wantStatus(o, models.Paid)
	w.sweep(20 * time.Minute)
	w.wantStatus(o, models.Paid)
}

func TestAClockThatIsSetBackStopsNoLook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	if _, err := w.ask(o, models.CauseOrderPage); err != nil {
		t.Fatal(err)
	}
	w.pay(o, m{})
	w.offset.Add(int64(-time.Hour))
	if _, err := w.desk.Settle(t.Context(), o.LastPayment().ID, models.CauseOrderPage); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(o, models.Paid)
}

func TestAnOrderUnknownAtTheBankIsRaisedOnce(t *testing.T) {
	t.Parallel()
	w, e, _ := behindEdge(t)
	o, _ := w.place()
	n := 0
	e.set(func(rw http.ResponseWriter, r *http.Request) bool {
		n++ // only the worker calls, one call at a time
		rw.Header().Set("X-Request-Id", strconv.Itoa(n))
		return answer("/receipt/", 404, "application/json", `{"message":"Invalid order_id"}`)(rw, r)
	})
	w.sweep(20 * time.Minute)
	w.wantStatus(o, models.Expired)
	w.wantReview(models.ReviewUnknownAtBank)
	if err := w.store.ResolveReviewItem(t.Context(), 1, "looked up"); err != nil {
		t.Fatal(err)
	}
	w.sweep(24 * time.Hour)
	w.wantReview()
}

// A 404 that is not in the bank's own words comes from a firewall or proxy: the bank still
// has the card.
func TestNoVerdictOfTheEdgeForgetsACard(t *testing.T) {
	t.Parallel()
	w, e, _ := behindEdge(t)
	w.people()
	w.bought(models.Recurrent, goodCard)
	for _, kind := range []string{"text/plain", "text/html", "application/json"} {
		e.set(answer("DELETE ", 404, kind, ""))
		if err := w.desk.RemoveCard(t.Context(), nino, int64(w.number("SELECT id FROM saved_cards"))); !errors.Is(err, payments.ErrBankSilent) {
			t.Errorf("%s: error %v, want ErrBankSilent", kind, err)
		}
		if n := w.number("SELECT count(*) FROM saved_cards WHERE state = 'removed'"); n != 0 {
			t.Fatalf("%s: taken for forgotten", kind)
		}
	}
	e.set(nil)
	w.sweep(time.Hour)
	if n := w.number("SELECT count(*) FROM saved_cards WHERE state = 'removed'"); n != 1 {
		t.Error("the card was not forgotten when the bank was there again")
	}
}
