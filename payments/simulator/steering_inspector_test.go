package simulator_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dukani/payments/simulator"
)

// submit sends a form of the inspector as a browser does.
func (b *browser) submit(address string, pairs ...string) shown {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r, err := http.NewRequest("POST", address, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	response, err := b.client.Do(r)
	return b.read(response, err)
}

func TestInspectorSteersByForms(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	b := newBrowser(t)
	submit := func(path string, pairs ...string) {
		t.Helper()
		if p := b.submit(w.url+"/_sim/"+path, pairs...); p.Status != 303 || !strings.HasPrefix(p.location(), "/_sim/") {
			t.Errorf("%s %q: %d %s", path, pairs, p.Status, p.HTML)
		} else if page := b.get(w.url + p.location()); page.Status != 200 {
			t.Errorf("%s leads to %d", path, page.Status)
		}
	}
	id := w.create()
	for _, name := range []string{"outcome", "settle_ms", "callback.mode", "later"} {
		if n := b.get(w.url + "/_sim/inspect/" + id).Find(`[name="` + name + `"] option`).Length(); n < 5 {
			t.Errorf("the plan offers %d choices of %s", n, name)
		}
	}
	submit("orders/"+id+"/plan", "outcome", "107", "settle_ms", "", "callback.mode", "duplicate", "later", "")
	w.order(id).expect(t, "plan.outcome", "107", "plan.callback.mode", "duplicate")
	submit("orders/"+id+"/callback", "mode", "altered_order", "event", "split_payment", "copies", "", "delay_ms", "", "status", "", "amount", "")
	if m := w.shop.next(t); w.verify(m) || parse(t, m.Body).at("event") != "split_payment" {
		t.Errorf("%s", m.Body)
	}
	submit("orders/"+id+"/callback", "mode", "sent", "raw", "{\"ბაიტები\": 1 }")
	if m := w.shop.next(t); !w.verify(m) || string(m.Body) != "{\"ბაიტები\": 1 }" {
		t.Errorf("%s", m.Body)
	}
	submit("settings", "json", `{"retries": 4}`)
	w.sim("settings").expect(t, "retries", 4.0)
	submit("chaos", "api", "0", "callbacks", "12", "payments", "0", "seed", "")
	w.sim("chaos").expect(t, "callbacks", 12.0)
	submit("clock", "fixed", "true")
	submit("clock", "now", "2030-01-01T00:00:00Z")
	w.sim("clock").expect(t, "now", "2030-01-01T00:00:00Z", "fixed", true)
	submit("clock", "fixed", "false")
	submit("clock", "offset_seconds", "0")
	w.sim("clock").expect(t, "offset_seconds", 0.0, "fixed", false)
	submit("faults", "kind", "429", "route", "create", "percent", "100", "count", "1", "delay_ms", "")
	if text := b.get(w.url + "/_sim/inspect/steering").Text(); !strings.Contains(text, "met 0 times") {
		t.Error("the fault is not listed")
	}
	submit("faults/clear")
	w.sim("chaos").expect(t, "callbacks", 0.0)
	submit("seed", "count", "11", "callback_url", "")
	submit("reset")
	if n := len(w.ledgerOrders()); n != 0 {
		t.Errorf("%d orders left", n)
	}
}

func TestInspectorListsManyOrdersByPagesAndStatus(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	w.steer("seed", `{"count":121}`)
	b := newBrowser(t)
	seen := map[string]bool{}
	for _, page := range []struct {
		query string
		rows  int
	}{{"", 50}, {"?page=1", 50}, {"?page=2", 21}} {
		p := b.get(w.url + "/_sim/" + page.query)
		rows := p.id("sim-order")
		if rows.Length() != page.rows {
			t.Errorf("%q: %d rows, want %d", page.query, rows.Length(), page.rows)
		}
		for _, address := range rows.Find("a").EachIter() {
			seen[address.AttrOr("href", "")] = true
		}
	}
	if len(seen) != 121 {
		t.Errorf("%d orders on all pages", len(seen))
	}
	if p := b.get(w.url + "/_sim/?status=blocked"); p.id("sim-order").Length() != 11 || p.Find(`td [data-status="blocked"]`).Length() != 11 {
		t.Error("the filter by status shows others")
	}
	for _, path := range []string{"/_sim/inspect/requests", "/_sim/inspect/callbacks", "/_sim/inspect/callbacks?page=1", "/_sim/?page=99", "/_sim/?page=-1"} {
		if p := b.get(w.url + path); p.Status != 200 {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
}

func TestInspectorSaysWhichOrderEachCallbackIsAbout(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, number := range []string{"B-1", "B-2"} {
		w.pay(w.create("A-1042", number), `{}`)
		w.shop.next(t)
	}
	lines := newBrowser(t).get(w.url + "/_sim/inspect/callbacks").Find("details.message > summary")
	if lines.Length() != 2 || !strings.Contains(lines.Eq(0).Text(), "B-2") || !strings.Contains(lines.Eq(1).Text(), "B-1") {
		t.Errorf("closed, the list reads %q", lines.Text())
	}
}

func TestS21_20_InspectorShowsEveryAttemptWithBytesSignatureAndStatus(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{Retries: 1, RetryMS: 1}})
	w.shop.answers(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(503) })
	id := w.create("Gift note", "<script>alert(1)</script>")
	w.pay(id, `{}`)
	m := w.shop.next(t)
	w.shop.next(t)
	w.settled(id)
	for _, path := range []string{"/_sim/inspect/" + id, "/_sim/inspect/callbacks"} {
		p := newBrowser(t).get(w.url + path)
		if n := strings.Count(p.Find(".sends").Text(), "answered 503"); n != 2 {
			t.Errorf("%s: %d attempts", path, n)
		}
		if text := p.Find("details.message pre").Text(); !strings.Contains(text, string(m.Body)) || !strings.Contains(text, "Callback-Signature: "+m.Signature) {
			t.Errorf("%s lacks bytes or signature", path)
		}
		if p.Find("script").Length() != 0 {
			t.Errorf("%s: markup of an order became markup of the page", path)
		}
	}
}
