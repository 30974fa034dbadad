package simulator_test

import (
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"
)

func TestS21_Validation_LoanNeedsTypeAndMonth(t *testing.T) {
	t.Parallel()
	const missing, month = "config.loan needs type and month", "config.loan.month must be a whole number from 1"
	for name, c := range map[string]struct{ body, lenient, strict string }{
		"no config: the payer picks the terms": {`"payment_method":["bog_loan"]`, "", missing},
		"bnpl without config":                  {`"payment_method":["bnpl"]`, "", missing},
		"config without loan":                  {`"payment_method":["bnpl"],"config":{}`, "", missing},
		"type and month":                       {`"payment_method":["bog_loan"],"config":{"loan":{"type":"ZERO","month":6}}`, "", ""},
		"month missing":                        {`"payment_method":["bog_loan"],"config":{"loan":{"type":"ZERO"}}`, missing, missing},
		"type missing":                         {`"payment_method":["bnpl"],"config":{"loan":{"month":6}}`, missing, missing},
		"type empty":                           {`"payment_method":["bnpl"],"config":{"loan":{"type":"","month":6}}`, missing, missing},
		"month zero":                           {`"payment_method":["bog_loan"],"config":{"loan":{"type":"ZERO","month":0}}`, month, month},
		"month and a half":                     {`"payment_method":["bog_loan"],"config":{"loan":{"type":"ZERO","month":1.5}}`, month, month},
		"both loans: not the only method":      {`"payment_method":["bog_loan","bnpl"]`, "", ""},
		"beside card":                          {`"payment_method":["card","bog_loan"]`, "", ""},
		"no method at all":                     {`"ttl":21`, "", ""},
		"a hold cannot be placed on a loan":    {`"capture":"manual","payment_method":["bnpl"]`, "manual capture", "manual capture"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for strict, want := range map[bool]string{false: c.lenient, true: c.strict} {
				w := start(t, &simulator.Bank{Settings: simulator.Settings{Loans: true, StrictLoan: strict}})
				status, out := w.call("POST", "/ecommerce/orders", w.body(ttl20+",", "", card47, c.body))
				if want == "" && status != 200 || want != "" && (status != 400 || !strings.Contains(out, want)) {
					t.Errorf("strict %t: %d %s, want %q", strict, status, out, want)
				}
			}
		})
	}
}

func TestS21_Validation_StrictIncludesTheLoan(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{Loans: true, Strict: true}})
	body := w.body(card47, `"payment_method":["bnpl"]`, w.shop.URL+"/callback", "https://shop.example/callback")
	if status, out := w.call("POST", "/ecommerce/orders", body, "Idempotency-Key", "3f0c9a52-7b1e-4d68-9a3f-5c2d81e7b604"); status != 400 || !strings.Contains(out, "config.loan") {
		t.Errorf("%d %s", status, out)
	}
}

func TestLoansAreOpenedByOneSwitch(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	if status, out := w.call("POST", "/ecommerce/orders", w.body(only("bnpl")...)); status != 400 || !strings.Contains(out, "not active") {
		t.Errorf("%d %s", status, out)
	}
	w.steer("settings", `{"loans":true}`)
	p := newBrowser(t).get(w.page(w.create(card47+",", "")))
	if p.id("pay-method-bnpl").Length() != 1 || p.id("pay-method-bog_loan").Length() != 1 || p.id("pay-method-card").Length() != 1 {
		t.Error("an order without payment_method must offer every active method, loans included")
	}
}

func TestLoanTermIsChosenOnThePage(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{Loans: true}})
	id := w.create(only("bog_loan")...)
	b := newBrowser(t)
	if p := b.get(w.page(id)); p.id("pay-month").Find("option").Length() != 4 || p.id("pay-term").Length() != 0 {
		t.Error("no choice of months")
	}
	if got := b.post(w.page(id), "action", "pay", "method", "bog_loan", "choice", "0001", "month", "12"); got.location() != w.shop.URL+"/thanks?o=A-1042&x=%20" {
		t.Errorf("%d %s", got.Status, got.location())
	}
	w.order(id).expect(t, "loan.months", 12.0)
}

func TestLoanTermOfTheShopIsFixed(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{Loans: true}})
	id := w.create(card47, `"payment_method":["bog_loan"],"config":{"loan":{"type":"ZERO","month":9}}`)
	b := newBrowser(t)
	p := b.get(w.page(id))
	if p.id("pay-month").Length() != 0 || !strings.Contains(p.id("pay-term").Text(), "9") {
		t.Errorf("term %q", p.id("pay-term").Text())
	}
	if got := b.post(w.page(id), "action", "pay", "method", "bog_loan", "month", "12"); got.Status != 422 {
		t.Errorf("another term than the shop's: %d", got.Status)
	}
	if got := b.post(w.page(id), "action", "pay", "method", "bog_loan"); got.Status != 303 {
		t.Errorf("%d", got.Status)
	}
	w.order(id).expect(t, "loan.months", 9.0, "loan.type", "ZERO")
}

func TestLoanDecisionMayTakeLonger(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{Loans: true}})
	id := w.create(only("bnpl")...)
	if got := newBrowser(t).post(w.page(id), "action", "pay", "method", "bnpl", "choice", "0020"); got.location() != "/?order_id="+id+"&wait=1" {
		t.Errorf("%d %s", got.Status, got.location())
	}
	w.receipt(id).expect(t, "order_status.key", "processing")
	w.bank.Advance(5 * time.Second)
	w.receipt(id).expect(t, "order_status.key", "completed", "payment_detail.payer_identifier", "დ")
}
