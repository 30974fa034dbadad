package simulator_test

import (
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"dukani/payments/simulator"
)

func campaign(card, kind string) []string {
	return config(`"campaign":{"card":"` + card + `","type":"` + kind + `"}`)
}

const discounted = `"split":null,"discount":{"bank_discount_amount":"4.73","bank_discount_desc":"Visa campaign","discounted_amount":"42.57",` +
	`"original_order_amount":"47.3","system_discount_amount":"0.0","system_discount_desc":""},`

func TestCampaignDiscountIsTakenOffAndEchoedByteForByte(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create(campaign("visa", "client_discount")...)
	w.receipt(id).expect(t, "discount", nil, "purchase_units.request_amount", "47.3") // the card is not known yet
	w.pay(id, `{}`)
	m := w.shop.next(t)
	if !strings.Contains(string(m.Body), `"disputes":null,`+discounted+`"lang"`) || !w.verify(m) {
		t.Errorf("%s", m.Body)
	}
	w.receipt(id).expect(t, "purchase_units.request_amount", "47.3", "purchase_units.transfer_amount", "42.57")
	w.sim("ledger").expect(t, "totals.GEL.taken", 4257.0)

	if status, out := w.call("POST", "/payment/refund/"+id, `{"amount":42.58}`); status != 400 || !strings.Contains(out, "exceeds") {
		t.Errorf("more than was captured: %d %s", status, out)
	}
	w.call("POST", "/payment/refund/"+id, `{}`)
	r := w.receipt(id)
	r.expect(t, "order_status.key", "refunded", "purchase_units.refund_amount", "42.57", "purchase_units.transfer_amount", "0.0")
	lastAction(r).expect(t, "action", "refund", "amount", "42.57")
}

func TestCampaignDiscountByCard(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind, pay string
		percent   int
		captured  any
	}{
		"visa by visa":             {"visa", `{}`, 0, "42.57"},
		"visa by mastercard":       {"visa", `{"card":"5300000000000001"}`, 0, "47.3"},
		"mc by mastercard":         {"mc", `{"card":"5300000000000001"}`, 0, "42.57"},
		"amex by amex":             {"amex", `{"card":"370000000000001"}`, 0, "42.57"},
		"solo by solo":             {"solo", `{"card":"5301000000000001"}`, 0, "42.57"},
		"solo by other mastercard": {"solo", `{"card":"5300000000000001"}`, 0, "47.3"},
		"mc by solo":               {"mc", `{"card":"5301000000000001"}`, 0, "42.57"},
		"another percentage":       {"visa", `{}`, 33, "31.7"}, // 15.609 off, rounded down
		"none":                     {"visa", `{}`, -1, "47.3"},
		"by p2p":                   {"visa", `{"method":"bog_p2p"}`, 0, "47.3"},
		"declined":                 {"visa", `{"card":"4000000000000002"}`, 0, nil},
	} {
		w := start(t, &simulator.Bank{Settings: simulator.Settings{CampaignPercent: c.percent}})
		id := w.create(append(campaign(c.kind, "client_discount"), `["card"]`, `["card","bog_p2p"]`)...)
		w.pay(id, c.pay)
		r := w.receipt(id)
		if got := r.at("purchase_units.transfer_amount"); got != c.captured {
			t.Errorf("%s: %v, want %v", name, got, c.captured)
		}
		if full := c.captured == "47.3" || c.captured == nil; full != (r["discount"] == nil) {
			t.Errorf("%s: %v", name, r["discount"])
		}
	}
}

func TestCampaignDiscountOnAHoldAndASavedCard(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	held := w.create(`"ttl":20`, hold+`,"config":{"campaign":{"card":"visa","type":"client_discount"}}`)
	w.pay(held, `{}`)
	w.receipt(held).expect(t, "order_status.key", "blocked", "purchase_units.transfer_amount", "42.57", "discount.discounted_amount", "42.57")
	if status, _ := w.call("POST", "/payment/authorization/approve/"+held, `{"amount":42.58}`); status != 400 {
		t.Error("the hold is what was to be paid")
	}
	w.call("POST", "/payment/authorization/approve/"+held, ``)
	w.receipt(held).expect(t, "order_status.key", "completed", "purchase_units.transfer_amount", "42.57")

	parent := w.create(campaign("visa", "client_discount")...)
	w.call("PUT", "/orders/"+parent+"/subscriptions", "")
	w.pay(parent, `{}`)
	_, out := w.call("POST", "/ecommerce/orders/"+parent+"/subscribe", `{}`)
	w.receipt(idOf(t, out)).expect(t, "purchase_units.request_amount", "47.3", "purchase_units.transfer_amount", "42.57")
	_, out = w.call("POST", "/ecommerce/orders/"+parent, w.body())
	id := idOf(t, out)
	w.pay(id, `{}`)
	w.receipt(id).expect(t, "discount", nil)
}

func TestCampaignRestrictRefusesOtherCards(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create(append(campaign("mc", "restrict"), `["card"]`, `["card"]`)...)
	b := newBrowser(t)
	if text := b.get(w.page(id)).id("pay-campaign").Text(); !strings.Contains(text, "Mastercard") {
		t.Errorf("the page must say so: %q", text)
	}
	refused := b.post(w.page(id), "method", "card", "number", good, "expiry", "11/35", "cvv", "123")
	if refused.Status != 422 || !strings.Contains(refused.id("pay-error-number").Text(), "Mastercard") {
		t.Errorf("%d %s", refused.Status, refused.id("pay-error").Text())
	}
	w.receipt(id).expect(t, "order_status.key", "created")
	asked := b.post(w.page(id), "method", "card", "number", "5300000000000001", "expiry", "11/35", "cvv", "123")
	b.post(w.url+asked.location(), "action", "confirm")
	w.receipt(id).expect(t, "order_status.key", "completed", "discount", nil, "purchase_units.transfer_amount", "47.3")

	wallet := w.create(append(campaign("mc", "restrict"), `["card"]`, `["google_pay","bog_p2p"]`)...)
	refused = b.post(w.page(wallet), "method", "google_pay", "choice", "0010")
	if refused.Status != 422 || !strings.Contains(refused.id("pay-error").Text(), "Mastercard") {
		t.Errorf("the card in a wallet: %d %s", refused.Status, refused.id("pay-error").Text())
	}
	b.post(w.page(wallet), "method", "bog_p2p", "choice", "0001")
	w.receipt(wallet).expect(t, "order_status.key", "completed")

	other := w.create(campaign("solo", "restrict")...)
	w.pay(other, `{}`) // without a page, where the payer could take another card
	w.receipt(other).expect(t, "order_status.key", "rejected", "payment_detail.code", "101")
}

func TestPageShowsDiscountsAndDelivery(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	changes := append(campaign("visa", "client_discount"), `"delivery"`, `"total_discount_amount":1.5,"delivery"`)
	status, out := w.call("POST", "/ecommerce/orders", w.body(changes...), "Accept-Language", "en")
	if status != 200 {
		t.Fatal(out)
	}
	id := idOf(t, out)
	b := newBrowser(t)
	p := b.get(w.page(id))
	last := p.Find(".lines li").Last().Children().Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	for what, want := range map[string][2]string{
		"campaign": {p.id("pay-campaign").Text(), "Pay with a Visa card and get 10% off: you pay 42.57\u00a0₾."},
		"discount": {p.id("pay-discount").Text(), "1.50\u00a0₾"},
		"delivery": {strings.Join(last, " "), "Delivery 5.00\u00a0₾"},
	} {
		if want[0] != want[1] {
			t.Errorf("%s: %q, want %q", what, want[0], want[1])
		}
	}
	asked := b.post(w.page(id), "method", "card", "number", good, "expiry", "11/35", "cvv", "123")
	question := b.get(w.url + asked.location())
	if got := question.id("threeds-amount").Text(); got != "42.57\u00a0₾" {
		t.Errorf("the issuer asks about %q", got)
	}
	_, receipt := w.call("GET", "/receipt/"+id, "")
	if strings.Contains(receipt, "delivery") || strings.Contains(receipt, "total_discount") {
		t.Error("neither is echoed in the receipt")
	}
}

func TestAccountTagFallsBackWithoutAWord(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{AccountTags: []string{"pos-2"}}})
	for config, want := range map[string][2]any{
		`"account":{"tag":"pos-2"}`: {"pos-2", "pos-2"},
		`"account":{"tag":"pos-9"}`: {"pos-9", nil},
		`"account":{}`:              {nil, nil},
	} {
		id := w.create(`"ttl":20`, `"config":{`+config+`}`)
		w.receipt(id).expect(t, "payment_detail.request_account_tag", want[0], "payment_detail.transfer_account_tag", nil)
		w.pay(id, `{}`)
		w.receipt(id).expect(t, "payment_detail.request_account_tag", want[0], "payment_detail.transfer_account_tag", want[1])
	}
}
