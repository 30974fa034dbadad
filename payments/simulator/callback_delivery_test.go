package simulator_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"

	"github.com/google/go-cmp/cmp"
)

func status(t *testing.T, m message) any { return parse(t, m.Body).at("body.order_status.key") }

func TestS21_20_CallbackOutOfOrderIsOvertakenByTheNextOne(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]simulator.Settings{"of the order": {}, "of all": {Callback: simulator.Delivery{Mode: "out_of_order"}}} {
		w := start(t, &simulator.Bank{Settings: settings})
		id := w.create()
		how := `{}`
		if name == "of the order" {
			how = `{"callback":{"mode":"out_of_order"}}`
		}
		w.pay(id, how)
		w.shop.none(t)
		w.call("POST", "/payment/refund/"+id, `{"amount":1}`)
		first, second := w.shop.next(t), w.shop.next(t)
		if status(t, first) != "refunded_partially" || status(t, second) != "completed" || !w.verify(first) || !w.verify(second) {
			t.Errorf("%s: %v, then %v", name, status(t, first), status(t, second))
		}
		w.settled(id)
		w.shop.none(t)
	}
}

func TestS21_20_CallbackOutOfOrderComesLateIfNothingOvertakesIt(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	w.pay(id, `{"callback":{"mode":"out_of_order"}}`)
	w.bank.Advance(59 * time.Second)
	w.shop.none(t)
	w.bank.Advance(time.Second)
	w.shop.next(t)
}

func TestS21_20_CallbackAlteredBodiesSayTheSameUnderTheSignatureOfTheOriginal(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for mode, marks := range map[string]string{"altered_body": `, "body": `, "altered_escapes": `\u10d3\u10e3`, "altered_order": `{"body":{"actions":`} {
		id := w.create()
		w.pay(id, `{"callback":{"mode":"`+mode+`"}}`)
		got := w.shop.next(t)
		original := got
		original.Body = []byte(w.callbacks(id)[0]["signed"].(string))
		if !strings.Contains(string(got.Body), marks) || w.verify(got) || !w.verify(original) {
			t.Errorf("%s: %s", mode, got.Body)
		}
		if diff := cmp.Diff(parse(t, original.Body), parse(t, got.Body)); diff != "" {
			t.Errorf("%s: %s", mode, diff)
		}
	}
}

func TestS21_20_CallbackRetriesOfOneDelivery(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{RetryMS: 1}})
	w.shop.answers(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(503) })
	id := w.create()
	w.pay(id, `{"callback":{"retries":2}}`)
	for range 3 {
		w.shop.next(t)
	}
	w.settled(id)
	w.shop.none(t)
	sends := w.callbacks(id)[0]["sends"].([]any)
	for _, one := range sends {
		if attempt := one.(map[string]any); attempt["status"] != 503.0 || attempt["at"] == nil || attempt["ms"] == nil {
			t.Errorf("attempt without status and time: %v", attempt)
		}
	}
	if len(sends) != 3 {
		t.Errorf("%d attempts", len(sends))
	}
}

func TestCallbackCanSayOtherThings(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	w.pay(id, `{}`)
	truth := w.shop.next(t)
	resend := func(say any) message {
		body, _ := json.Marshal(say)
		w.steer("orders/"+id+"/callback", string(body))
		return w.shop.next(t)
	}
	type m map[string]any

	got := resend(m{"event": "split_payment", "status": "refund_requested", "amount": "46.30"})
	parse(t, got.Body).expect(t, "event", "split_payment", "body.order_status.key", "refund_requested",
		"body.purchase_units.request_amount", "46.3", "body.purchase_units.transfer_amount", "46.3", "body.order_id", id)
	if !w.verify(got) {
		t.Error("not signed")
	}
	raw := strings.Replace(string(truth.Body), `"47.3"`, `"0.1"`, 1) + "\n\u00e9 not JSON"
	if got = resend(m{"raw": raw}); string(got.Body) != raw || !w.verify(got) {
		t.Errorf("raw bytes came as %s", got.Body)
	}
	if got = resend(m{"raw": raw, "mode": "other_key"}); string(got.Body) != raw || w.verify(got) {
		t.Error("raw bytes must take a mode")
	}
	for _, wrong := range []string{`{"raw":"x","event":"y"}`, `{"amount":"1.234"}`, `{"repeat":"x","raw":"y"}`, `{"repeat":"x","mode":"lost"}`, `{"retries":-1}`} {
		r, _ := http.NewRequest("POST", w.url+"/_sim/orders/"+id+"/callback", strings.NewReader(wrong))
		if status, out := send(t, r); status != 400 {
			t.Errorf("%s: %d %s", wrong, status, out)
		}
	}
}

func TestS21_20_CallbackBeforeTheRedirectIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{RedirectWaitMS: -1}}) // so that the browser waits only because of the mode
	newBrowser(t).post(w.page(w.create()), append(typed("4000000000000010"), "sim_callback", "before_redirect")...)
	if len(w.shop.messages) != 1 {
		t.Error("the browser was back before the shop was called")
	}
}

func TestS21_20_CallbackAfterTheRedirectMeetsABrowserThatIsBack(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{RedirectWaitMS: 10_000}})
	back := make(chan struct{})
	w.shop.answers(func(http.ResponseWriter, *http.Request) {
		select {
		case <-back:
		case <-time.After(9 * time.Second):
			t.Error("the browser waits for the shop")
		}
	})
	id := w.create()
	newBrowser(t).post(w.page(id), append(typed("4000000000000010"), "sim_callback", "after_redirect")...)
	close(back)
	w.shop.next(t)
	w.settled(id)
}

func TestS21_20_CallbackLeavesBeforeTheBrowser(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	b := newBrowser(t)
	b.post(w.url+"/?order_id="+w.create(), "action", "pay", "number", "4000000000000010", "expiry", "1129", "cvv", "123")
	select {
	case m := <-w.shop.messages:
		if !strings.Contains(string(m.Body), `"key":"completed"`) {
			t.Errorf("%s", m.Body)
		}
	default:
		t.Error("the browser was sent back before the callback was answered")
	}
}
