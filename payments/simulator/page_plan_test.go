package simulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"

	"github.com/PuerkitoBio/goquery"
)

// choices returns the values that a select of the plan form offers.
func choices(p shown, testid string) []string {
	return p.id(testid).Find("option").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("value", "none") })
}

func TestPlanFormOffersEveryOutcomeAndCallbackModeInBothLanguages(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	// The refusal of an unknown mode lists all modes.
	r, _ := http.NewRequest("POST", w.url+"/_sim/orders/"+w.create()+"/callback", strings.NewReader(`{"mode":"none"}`))
	_, refusal := send(t, r)
	for _, lang := range []string{"ka", "en"} {
		_, out := w.call("POST", "/ecommerce/orders", w.body(), "Accept-Language", lang)
		p := newBrowser(t).get(w.page(idOf(t, out)))
		modes := slices.DeleteFunc(choices(p, "sim-callback"), func(one string) bool { return one == "retried" }) // it is in the form alone
		for i, mode := range modes {
			if mode == "twice" {
				modes[i] = "duplicate"
			}
			if !strings.Contains(string(refusal), `\"`+modes[i]+`\"`) {
				t.Errorf("%s is offered and does not exist", mode)
			}
		}
		if listed := strings.Count(string(refusal), `\"`)/2 - 1; listed != len(modes) {
			t.Errorf("%d modes offered of %d", len(modes), listed)
		}
		outcomes := choices(p, "sim-outcome")
		for _, code := range []string{"", "100", "101", "102", "103", "104", "105", "106", "107", "108", "109", "110", "111", "112", "122", "199"} {
			if !slices.Contains(outcomes, code) {
				t.Errorf("outcome %q is not offered", code)
			}
		}
		p.Find(".plan-form legend, .plan-form label, .plan-form option").Each(func(_ int, s *goquery.Selection) {
			georgian := strings.ContainsFunc(s.Text(), func(r rune) bool { return r >= 'ა' && r <= 'ჰ' })
			if s.Text() == "" || georgian != (lang == "ka") {
				t.Errorf("%s: %q", lang, s.Text())
			}
		})
	}
}

func TestPlanFormChoosesTheOutcomeOverTheCard(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, c := range []struct {
		card, outcome, status, code string
		challenge                   bool
	}{
		{"4000000000000001", "107", "rejected", "107", true},
		{"4000000000000002", "100", "completed", "100", true},
		{"4000000000000010", "199", "rejected", "199", false},
		{"4000000000000001", "111", "rejected", "111", false}, // 3-D Secure expires, so the page for it is left out
		{"4000000000000001", "108", "rejected", "108", false},
		{"4000000000000002", "", "rejected", "107", true},
	} {
		id := w.create()
		b := newBrowser(t)
		got := b.post(w.page(id), append(typed(c.card), "sim_outcome", c.outcome)...)
		if asked := strings.HasPrefix(got.location(), "/3ds"); asked != c.challenge {
			t.Errorf("%+v: led to %s", c, got.location())
		} else if asked {
			b.post(w.url+got.location(), "action", "confirm")
		}
		w.receipt(id).expect(t, "order_status.key", c.status, "payment_detail.code", c.code)
	}
	id := w.create(`["card"]`, `["bog_p2p"]`)
	newBrowser(t).post(w.page(id), "action", "pay", "method", "bog_p2p", "sim_outcome", "109")
	w.receipt(id).expect(t, "order_status.key", "rejected", "payment_detail.code", "109", "payment_detail.transfer_method.key", "bog_p2p")
}

func TestPlanFormChoosesHowLongThePaymentIsInProcessing(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{SettleMS: 60_000}})
	for _, c := range []struct {
		settle string
		wait   time.Duration
		want   string
	}{
		{"0", 0, "completed"},
		{"", 59 * time.Second, "processing"},
		{"", time.Minute, "completed"},
		{"5000", 4 * time.Second, "processing"},
		{"5000", 5 * time.Second, "completed"},
		{"30000", 30 * time.Second, "completed"},
		{"-1", 48 * time.Hour, "processing"},
	} {
		id := w.create()
		newBrowser(t).post(w.page(id), append(typed("4000000000000010"), "sim_settle", c.settle)...)
		w.bank.Advance(c.wait)
		if got := w.receipt(id).at("order_status.key"); got != c.want {
			t.Errorf("settle %q: %s after %s, want %s", c.settle, got, c.wait, c.want)
		}
	}
}

func TestPlanFormChoosesWhatLaterOperationsDo(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, c := range []struct {
		card, later string
		wait        time.Duration
		want        string
	}{
		{"4000000000000010", "reject", 0, "completed"},
		{"4000000000000003", "succeed", 0, "refunded"},
		{"4000000000000003", "", 0, "completed"},
		{"4000000000000010", "slow", 14 * time.Second, "refund_requested"},
		{"4000000000000010", "slow", 15 * time.Second, "refunded"},
		{"4000000000000010", "never", 48 * time.Hour, "refund_requested"},
	} {
		id := w.create()
		b := newBrowser(t)
		got := b.post(w.page(id), append(typed(c.card), "sim_later", c.later, "sim_outcome", "100")...)
		if strings.HasPrefix(got.location(), "/3ds") {
			b.post(w.url+got.location(), "action", "confirm")
		}
		if status, out := w.call("POST", "/payment/refund/"+id, ``); status != 200 {
			t.Fatalf("%d %s", status, out)
		}
		w.bank.Advance(c.wait)
		if got := w.receipt(id).at("order_status.key"); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestPlanFormKeepsItsChoicesWhenTheFormComesBack(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	chosen := map[string]string{"sim_outcome": "106", "sim_settle": "5000", "sim_callback": "altered_order", "sim_later": "never"}
	fields := []string{"action", "pay", "number", "1", "expiry", "11/29", "cvv", "123"}
	for name, value := range chosen {
		fields = append(fields, name, value)
	}
	p := newBrowser(t).post(w.page(id), fields...)
	for name, value := range chosen {
		if got := p.Find(`[name=`+name+`] option[selected]`).AttrOr("value", ""); p.Status != 422 || got != value {
			t.Errorf("%d: %s is %q, want %q", p.Status, name, got, value)
		}
	}
	link := newBrowser(t).get(w.page(id) + "&card=4000000000000001&sim_callback=lost&sim_later=slow")
	if got := link.id("sim-callback").Find("[selected]").AttrOr("value", "") + link.id("sim-later").Find("[selected]").AttrOr("value", ""); got != "lostslow" {
		t.Errorf("a link to a card shows %q", got)
	}
	w.order(id).expect(t, "plan", "no plan") // a form that was refused changes nothing
}

func TestPlanFormHasTheCallbackRepeatedUntilReceived(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{RetryMS: 1}})
	w.shop.answers(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(503) })
	id := w.create()
	b := newBrowser(t)
	b.post(w.page(id), append(typed("4000000000000010"), "sim_callback", "retried")...)
	first := w.shop.next(t)
	for range 3 {
		if again := w.shop.next(t); string(again.Body) != string(first.Body) {
			t.Error("other bytes")
		}
	}
	w.settled(id)
	w.shop.none(t)
	w.order(id).expect(t, "plan.callback.mode", "sent", "plan.callback.retries", 3.0)

	// The form shows the choice again, and changes nothing unless another is made.
	other := w.create()
	w.steer("orders/"+other+"/plan", `{"callback":{"mode":"sent","retries":7}}`)
	if got := b.get(w.page(other)).id("sim-callback").Find("[selected]").AttrOr("value", ""); got != "retried" {
		t.Errorf("the page shows %q", got)
	}
	b.post(w.page(other), append(typed("4000000000000010"), "action", "cancel", "sim_callback", "retried")...)
	w.order(other).expect(t, "plan.callback.retries", 7.0)
}

func TestPlanOfTheAPIIsShownOnThePageAndUsed(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	w.steer("orders/"+id+"/plan", `{"outcome":"104","callback":{"mode":"duplicate","copies":3}}`)
	w.steer("orders/"+id+"/plan", `{"later":"reject"}`).expect(t, "plan.outcome", "104", "plan.later", "reject")
	b := newBrowser(t)
	p := b.get(w.page(id))
	for testid, want := range map[string]string{"sim-outcome": "104", "sim-callback": "twice", "sim-later": "reject"} {
		if got := p.id(testid).Find("option[selected]").AttrOr("value", ""); got != want {
			t.Errorf("%s shows %q, want %q", testid, got, want)
		}
	}
	// A form that nobody touched must not turn three copies into the two that it offers.
	b.post(w.page(id), append(typed("4000000000000010"), "sim_outcome", "104", "sim_callback", "twice", "sim_later", "reject")...)
	w.receipt(id).expect(t, "payment_detail.code", "104")
	for range 3 {
		w.shop.next(t)
	}
	w.shop.none(t)
}

func TestPlanOfAParentRejectsItsAutomaticCharges(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	parent := w.create()
	w.call("PUT", "/orders/"+parent+"/subscriptions", ``)
	w.pay(parent, `{"later":"reject"}`)
	_, out := w.call("POST", "/ecommerce/orders/"+parent+"/subscribe", ``)
	w.receipt(idOf(t, out)).expect(t, "order_status.key", "rejected", "payment_detail.code", "101")
	for _, code := range strings.Fields("101 102 103 104 105 106 107 108 109 110 111 112 122 199") {
		w.steer("orders/"+parent+"/plan", `{"later":"`+code+`"}`)
		_, out = w.call("POST", "/ecommerce/orders/"+parent+"/subscribe", ``)
		w.receipt(idOf(t, out)).expect(t, "order_status.key", "rejected", "payment_detail.code", code)
	}
	w.steer("orders/"+parent+"/plan", `{"later":"succeed"}`)
	_, out = w.call("POST", "/ecommerce/orders/"+parent+"/subscribe", ``)
	w.receipt(idOf(t, out)).expect(t, "order_status.key", "completed")
}

func TestACodeForAutomaticChargesLeavesRefundsAlone(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	parent := w.create()
	w.pay(parent, `{"later":"107"}`)
	w.call("POST", "/payment/refund/"+parent, `{}`)
	w.receipt(parent).expect(t, "order_status.key", "refunded")
}

func TestS21_13_HoldIsReleasedAlsoWhenLaterOperationsAreRejected(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	card, planned := w.create(ttl20, hold), w.create(ttl20, hold)
	w.pay(card, `{"card":"4000000000000003"}`)
	w.pay(planned, `{"later":"reject"}`)
	w.bank.Advance(30 * 24 * time.Hour)
	for _, id := range []string{card, planned} {
		w.receipt(id).expect(t, "order_status.key", "rejected")
	}
}
