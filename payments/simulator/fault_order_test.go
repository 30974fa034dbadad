package simulator_test

import (
	"encoding/json"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"
)

func TestFaultOfOneOrderLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	met, other := w.create(), w.create()
	w.steer("faults", `{"kind":"500_before","order_id":"`+strings.ToUpper(met)+`","count":1}`)
	w.steer("faults", `{"kind":"429","order_id":"`+met+`","route":"refund"}`)
	w.create()
	w.receipt(other)
	for _, want := range []int{500, 200} {
		if status, out := w.call("GET", "/receipt/"+met, ""); status != want {
			t.Errorf("receipt: %d %s, want %d", status, out, want)
		}
	}
	for id, want := range map[string]int{met: 429, other: 400} {
		if status, out := w.call("POST", "/payment/refund/"+id, ""); status != want {
			t.Errorf("refund: %d %s, want %d", status, out, want)
		}
	}
	r, _ := http.NewRequest("POST", w.url+"/_sim/faults", strings.NewReader(`{"kind":"429","order_id":"nobody's"}`))
	if status, out := send(t, r); status != 400 || !strings.Contains(string(out), "order_id") {
		t.Errorf("a fault of no order: %d %s", status, out)
	}
}

func TestPlanFormChoosesAFaultOfTheAPIForOneCall(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	b := newBrowser(t)
	p := b.get(w.page(id))
	for testid, want := range map[string][]string{
		"sim-fault": {"", "500_before", "500_after", "lost_reply", "delay", "delay_after", "reset", "blackhole", "401", "429",
			"truncated_json", "html_error_page", "unknown_status", "extra_fields", "number_amounts"},
		"sim-fault-route": {"", "receipt", "refund", "approve", "cancel", "pay_saved", "subscribe", "forget_card"},
	} {
		if got := choices(p, testid); !slices.Equal(got, want) {
			t.Errorf("%s offers %q, want %q", testid, got, want)
		}
	}
	b.post(w.page(id), append(typed("4000000000000010"), "sim_fault", "lost_reply", "sim_fault_route", "refund")...)
	w.receipt(id).expect(t, "order_status.key", "completed")
	refund := func() *http.Request { return w.request("POST", "/payment/refund/"+id, ``, "Idempotency-Key", keyA) }
	if status, out, err := w.try(10*time.Second, refund()); err == nil {
		t.Errorf("the reply was not lost: %d %s", status, out)
	}
	w.receipt(id).expect(t, "order_status.key", "refunded")
	if status, out, err := w.try(10*time.Second, refund()); status != 200 || err != nil {
		t.Errorf("only one call was to fail: %d %s %v", status, out, err)
	}
}

// Somebody who chooses again, or whose form comes back because of a mistake, finds the choice
// on the page, and the order has one fault, not two.
func TestPlanFormShowsAndReplacesTheFaultOfTheOrder(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	w.steer("faults", `{"kind":"429","order_id":"`+id+`","route":"receipt","count":1}`)
	b := newBrowser(t)
	chosen := func(p shown) string {
		return p.id("sim-fault").Find("[selected]").AttrOr("value", "") + " " + p.id("sim-fault-route").Find("[selected]").AttrOr("value", "")
	}
	if got := chosen(b.get(w.page(id))); got != "429 receipt" {
		t.Errorf("the page shows %q", got)
	}
	p := b.post(w.page(id), "action", "pay", "number", "1", "sim_fault", "reset", "sim_fault_route", "cancel")
	if got := chosen(p); p.Status != 422 || got != "reset cancel" {
		t.Errorf("the form came back with %q", got)
	}
	b.post(w.page(id), append(typed("4000000000000010"), "sim_fault", "500_before", "sim_fault_route", "")...)
	for _, want := range []int{500, 200} {
		if status, _ := w.call("GET", "/receipt/"+id, ""); status != want {
			t.Errorf("receipt: %d, want %d", status, want)
		}
	}
	other := w.create()
	b.post(w.page(other), append(typed("4000000000000010"), "sim_fault", "no such kind", "sim_fault_route", "create")...)
	w.receipt(other).expect(t, "order_status.key", "completed")
}

func TestInspectorAddsAFaultToItsOrder(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	b := newBrowser(t)
	address := w.url + "/_sim/inspect/" + id
	form := b.get(address).Find(`form[action="/_sim/faults"]`)
	if form.Find(`[name="order_id"]`).AttrOr("value", "") != id || form.Find(`[name="kind"] option`).Length() < 10 {
		t.Error("the page of the order offers no fault")
	}
	p := b.submit(w.url+"/_sim/faults", "kind", "429", "route", "receipt", "count", "1", "order_id", id)
	if p.Status != 303 || !strings.HasSuffix(p.location(), id) {
		t.Errorf("%d %s", p.Status, p.location())
	}
	if text := b.get(address).Text(); !strings.Contains(text, "met 0 times") {
		t.Error("the fault is not shown")
	}
	if status, _ := w.call("GET", "/receipt/"+id, ""); status != 429 {
		t.Errorf("receipt: %d", status)
	}
}

func TestJournalShowsWhatAFaultAnswered(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	for _, c := range []struct {
		fault, answer string
		status        int
	}{
		{`{"kind":"500_before","count":1}`, "Internal Server Error", 500},
		{`{"kind":"429","count":1}`, "Too Many Requests", 429},
		{`{"kind":"html_error_page","count":1,"status":501}`, "<!DOCTYPE html>", 501},
		{`{"kind":"lost_reply","count":1}`, "", 0},
		{`{"kind":"reset","count":1}`, "", 0},
		{`{"kind":"401","count":1}`, "Unauthorized", 401},
	} {
		w.steer("faults", c.fault)
		_, _, _ = w.try(10*time.Second, w.request("GET", "/receipt/"+id, ""))
		for end := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
			newest := w.requests(id)[0]
			fault, _ := newest["fault"].(string)
			answer, _ := newest["answer"].(string)
			if fault != "" && strings.Contains(c.fault, `"`+fault+`"`) && newest["status"] == float64(c.status) && strings.Contains(answer, c.answer) {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("%s: the journal says %v", c.fault, newest)
			}
		}
	}
}

// requests returns the API requests about an order, newest first.
func (w *world) requests(id string) []map[string]any {
	w.t.Helper()
	r, _ := http.NewRequest("GET", w.url+"/_sim/requests?order_id="+id, nil)
	_, out := send(w.t, r)
	var list []map[string]any
	if err := json.Unmarshal(out, &list); err != nil || len(list) == 0 {
		w.t.Fatalf("requests of %s: %v %s", id, err, out)
	}
	return list
}
