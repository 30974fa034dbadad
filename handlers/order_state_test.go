package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dukani/models/storetest"
)

// newestPage is the page of the newest order.
func (w *outageTill) newestPage() string {
	w.t.Helper()
	var token string
	must(w.t, w.raw.QueryRow("SELECT token FROM orders ORDER BY id DESC LIMIT 1").Scan(&token))
	return "/ka/orders/" + token
}

// However often and however visitors ask, the bank is asked once in two seconds.
func TestAHundredReturnsAreOneCall(t *testing.T) {
	t.Parallel()
	w := newOutageTill(t, "")
	v := w.visitor()
	w.orders(v)
	page := w.newestPage()
	frozen := w.store.Now()
	w.store.Now = func() time.Time { return frozen }
	lines := w.number("SELECT count(*) FROM payment_events")
	for range 25 {
		v.send(request("GET", page+"/return", nil))
		v.open(page)
		v.status(page)
		v.post(page+"/pay", url.Values{})
	}
	if n := w.receipts.Load(); n != 1 {
		t.Errorf("100 requests asked the bank %d times, want once", n)
	}
	for range 10 {
		frozen = frozen.Add(2 * time.Second)
		v.send(request("GET", page+"/return", nil))
	}
	if n := w.receipts.Load(); n != 11 {
		t.Errorf("ten more looks two seconds apart: asked %d times in all, want 11", n)
	}
	if n := w.number("SELECT count(*) FROM payment_events") - lines; n != 1 {
		t.Errorf("%d new lines in the journal, want one receipt", n)
	}
}

func TestNobodyLookingAsksNothing(t *testing.T) {
	t.Parallel()
	w := newOutageTill(t, "")
	v := w.visitor()
	w.orders(v)
	page := w.newestPage()
	before := w.calls.Load()
	for _, path := range []string{page, page + "/return", page + "/status"} {
		v.send(request("HEAD", path, nil))
		for _, header := range [][2]string{{"Sec-Purpose", "prefetch;prerender"}, {"Sec-Purpose", "prefetch"}, {"Purpose", "prefetch"}, {"X-Moz", "Prefetch"}, {"X-Purpose", "preview"}} {
			if r := v.send(request("GET", path, nil, header[0], header[1])); r.StatusCode >= 400 {
				t.Errorf("%s %v = %d", path, header, r.StatusCode)
			}
		}
	}
	if n := w.calls.Load() - before; n != 0 {
		t.Errorf("the bank was asked %d times", n)
	}
	v.open(page)
	if n := w.calls.Load() - before; n != 1 {
		t.Errorf("somebody who looks asked %d times", n)
	}
}

// The order's page needs no write: if the bank's answer cannot be stored, it says that the
// payment is being confirmed.
func TestAPageThatTellsOutlivesAFullDisk(t *testing.T) {
	t.Parallel()
	w := newOutageTill(t, "")
	v := w.visitor()
	w.orders(v)
	page := w.newestPage()
	mend := storetest.Break(t, w.raw, "BEFORE INSERT", "payment_events", "true")
	mendToo := storetest.Break(t, w.raw, "BEFORE UPDATE", "payments", "true")
	if r := v.send(request("GET", page+"/return", nil)); r.StatusCode != http.StatusSeeOther {
		t.Errorf("return = %d", r.StatusCode)
	}
	if got := statusOf(v.open(page)); got != "confirming" {
		t.Errorf("the page says %q, want confirming", got)
	}
	if now := v.status(page); now.Status != "confirming" {
		t.Errorf("told %+v", now)
	}
	if !strings.Contains(w.log.String(), storetest.Broken) {
		t.Error("the log does not say why")
	}
	mend()
	mendToo()
	w.later(2 * time.Second)
	if got := statusOf(v.open(page)); got != "awaiting_payment" {
		t.Errorf("afterwards it says %q", got)
	}
}

// The page needs no write to say that the bank is silent, either.
func TestAPageOfAnUnopenedOrderOutlivesAFullDisk(t *testing.T) {
	t.Parallel()
	w := newOutageTill(t, "")
	w.bankIs(says(500, "", ""))
	v := w.visitor()
	page := w.orders(v)
	storetest.Break(t, w.raw, "BEFORE INSERT", "payment_events", "true")
	storetest.Break(t, w.raw, "BEFORE UPDATE", "payments", "true")
	w.later(3 * time.Second)
	wantOutage(t, v.open(page), "bank-silent")
}
