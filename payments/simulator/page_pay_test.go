package simulator_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"dukani/payments/simulator"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
)

func (w *world) page(id string) string { return w.url + "/?order_id=" + id }

// typed is a card form with everything filled in.
func typed(number string) []string {
	return []string{"action", "pay", "method", "card", "number", number, "expiry", "11/29", "cvv", "123"}
}

func TestS21_17_PageShowsWhatTheOrderAskedFor(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Merchant: simulator.Merchant{BrandKA: "სანთლები", BrandEN: "Candles"}})
	for _, c := range []struct{ lang, theme, brand, amount, line, pay string }{
		{"ka", "", "სანთლები", "1\u00a0047,30\u00a0₾", "37,30\u00a0₾", "გადახდა 1\u00a0047,30\u00a0₾"},
		{"en", "dark", "Candles", "1,047.30\u00a0₾", "37.30\u00a0₾", "Pay 1,047.30\u00a0₾"},
	} {
		_, out := w.call("POST", "/ecommerce/orders", w.body("47.3", "1047.3"), "Accept-Language", c.lang, "Theme", c.theme)
		p := newBrowser(t).get(w.page(idOf(t, out)))
		html := p.Find("html")
		theme := map[string]string{"": "light", "dark": "dark"}[c.theme]
		if html.AttrOr("lang", "") != c.lang || html.AttrOr("data-theme", "") != theme {
			t.Errorf("lang %s theme %s", html.AttrOr("lang", ""), html.AttrOr("data-theme", ""))
		}
		for testid, want := range map[string]string{"pay-merchant": c.brand, "pay-amount": c.amount, "pay-submit": c.pay, "pay-order": "A-1042"} {
			if got := p.id(testid).Text(); got != want {
				t.Errorf("%s = %q, want %q", testid, got, want)
			}
		}
		if got := p.Find(".lines li").First().Text(); !strings.Contains(got, "სანთელი <თაფლის> & \"ცვილი\"") || !strings.Contains(got, c.line) {
			t.Errorf("line %q", got)
		}
		if got := p.id("pay-amount").AttrOr("data-amount", ""); got != "1047.3" {
			t.Error(got)
		}
		for field, tokens := range map[string][2]string{"pay-card-number": {"cc-number", "numeric"}, "pay-card-expiry": {"cc-exp", "numeric"}, "pay-card-cvv": {"cc-csc", "numeric"}} {
			one := p.id(field)
			if got := [2]string{one.AttrOr("autocomplete", ""), one.AttrOr("inputmode", "")}; got != tokens {
				t.Errorf("%s: %v", field, got)
			}
			if p.Find(`label[for="`+one.AttrOr("id", "")+`"]`).Length() != 1 {
				t.Errorf("%s has no label", field)
			}
		}
		if p.id("pay-test-card").Length() < 10 || p.id("sim-banner").Text() == "" {
			t.Error("test cards or banner missing")
		}
	}
}

func TestPageLoadsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	p := newBrowser(t).get(w.page(w.create()))
	policy := p.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "form-action 'self' "+w.shop.URL+";") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
		t.Error(policy)
	}
	p.Find("[src], link[href]").Each(func(_ int, s *goquery.Selection) {
		if address := s.AttrOr("src", s.AttrOr("href", "")); !strings.HasPrefix(address, "/_sim/assets/") {
			t.Errorf("loads %s", address)
		}
	})
	if p.Find("[style], style, script:not([src]), [onclick]").Length() > 0 {
		t.Error("inline style or script")
	}
	for _, name := range []string{"base.css", "pay.css", "pay.js", "inspect.css", "icon.svg", "noto-sans-georgian-georgian-wght-normal.woff2"} {
		if got := newBrowser(t).get(w.url + "/_sim/assets/" + name); got.Status != 200 {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
}

func TestS21_17_PageMethodsOfferedAreAskedAndActive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		active []string
		asked  string
		want   []string
	}{
		{nil, `["card"]`, []string{"card"}},
		{nil, `["google_pay"]`, []string{"card", "google_pay"}},
		{nil, `[]`, []string{"card", "google_pay", "apple_pay", "bog_p2p", "bog_loyalty", "gift_card"}},
		{nil, `[],"capture":"manual"`, []string{"card", "google_pay", "apple_pay"}},
		{[]string{"card", "bnpl"}, `[]`, []string{"card", "bnpl"}},
		{nil, `["bog_p2p"]`, []string{"bog_p2p"}},
	} {
		w := start(t, &simulator.Bank{Settings: simulator.Settings{Methods: c.active}})
		p := newBrowser(t).get(w.page(w.create(`["card"]`, c.asked)))
		var got []string
		p.Find(".methods a").Each(func(_ int, s *goquery.Selection) {
			got = append(got, strings.TrimPrefix(s.AttrOr("data-testid", ""), "pay-method-"))
		})
		if !cmp.Equal(got, c.want) {
			t.Errorf("asked %s: got %q, want %q", c.asked, got, c.want)
		}
	}
}

func TestPageOtherMethodsPay(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create(`["card"]`, `["bog_p2p"]`)
	if got := newBrowser(t).post(w.page(id), "action", "pay", "method", "bog_p2p"); got.Status != 303 {
		t.Fatal(got.Status)
	}
	w.receipt(id).expect(t, "order_status.key", "completed", "payment_detail.transfer_method.key", "bog_p2p", "payment_detail.card_type", nil)
	// A method that was not offered pays nothing.
	other := w.create()
	newBrowser(t).post(w.page(other), "action", "pay", "method", "bog_p2p")
	w.receipt(other).expect(t, "order_status.key", "created")
}

func TestS21_17_PagePaysThrough3DSecureAndRedirectsVerbatim(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	b := newBrowser(t)
	asked := b.post(w.page(id), typed("4000 0000-0000 0001")...)
	if asked.Status != 303 || !strings.HasPrefix(asked.location(), "/3ds?order_id="+id) {
		t.Fatalf("%d %s", asked.Status, asked.location())
	}
	w.receipt(id).expect(t, "order_status.key", "processing")
	question := b.get(w.url + asked.location())
	if question.id("threeds-confirm").Length() != 1 || question.id("threeds-reject").Length() != 1 || !strings.Contains(question.HTML, "400000***0001") {
		t.Error("no question")
	}
	if again := b.get(w.page(id)); again.location() != asked.location() {
		t.Errorf("opening the page again leads to %q", again.location())
	}
	done := b.post(w.url+asked.location(), "action", "confirm")
	if done.Status != 303 || done.location() != w.shop.URL+"/thanks?o=A-1042&x=%20" {
		t.Errorf("%d %s", done.Status, done.location())
	}
	w.receipt(id).expect(t, "order_status.key", "completed", "payment_detail.code", "100", "payment_detail.payer_identifier", "400000***0001",
		"payment_detail.card_type", "visa", "payment_detail.card_expiry_date", "11/29", "purchase_units.transfer_amount", "47.3")
	// The second press leads to the same page and pays nothing more.
	if again := b.post(w.url+asked.location(), "action", "reject"); again.location() != done.location() {
		t.Errorf("second answer leads to %s", again.location())
	}
	if again := b.post(w.page(id), typed("4000000000000001")...); again.location() != done.location() {
		t.Errorf("paying again leads to %s", again.location())
	}
	shown := b.get(w.page(id))
	if shown.id("pay-result").AttrOr("data-status", "") != "completed" || shown.id("pay-submit").Length() != 0 {
		t.Error("a finished order must show its result")
	}
	w.shop.next(t)
	w.shop.none(t)
}

func TestS21_17_Page3DSecureRejectedIs108(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	b := newBrowser(t)
	asked := b.post(w.page(id), typed("5300000000000001")...)
	if got := b.post(w.url+asked.location(), "action", "reject"); got.location() != w.shop.URL+"/failed?o=A-1042" {
		t.Error(got.location())
	}
	w.receipt(id).expect(t, "order_status.key", "rejected", "payment_detail.code", "108", "reject_reason", "Authentication Declined",
		"purchase_units.transfer_amount", nil, "payment_detail.card_type", "mc")
}

func TestS21_17_Page3DSecureTimesOutWithTheOrder(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	b := newBrowser(t)
	asked := b.post(w.page(id), typed("4000000000000001")...)
	w.bank.Advance(20 * time.Minute)
	w.receipt(id).expect(t, "order_status.key", "rejected", "payment_detail.code", "111")
	if got := b.post(w.url+asked.location(), "action", "confirm"); got.location() != w.shop.URL+"/failed?o=A-1042" {
		t.Error(got.location())
	}
}

func TestPageTestCards(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for number, code := range map[string]string{
		"4000000000000001": "100", "5300000000000001": "100", "370000000000001": "100", "4000000000000003": "100", "4000000000000010": "100",
		"4000000000000002": "107", "5300000000000002": "107", "370000000000002": "107",
		"4000000000000101": "101", "4000000000000102": "102", "4000000000000103": "103", "4000000000000104": "104", "4000000000000105": "105", "4000000000000106": "106",
		"4000000000000108": "108", "4000000000000109": "109", "4000000000000110": "110", "4000000000000111": "111", "4000000000000112": "112",
		"4000000000000122": "122", "5300000000000199": "199",
	} {
		id := w.create()
		b := newBrowser(t)
		form := typed(number)
		if strings.HasPrefix(number, "37") {
			form[len(form)-1] = "1234"
		}
		got := b.post(w.page(id), form...)
		if strings.HasPrefix(got.location(), "/3ds") {
			if number == "4000000000000010" {
				t.Error("…0010 asks nothing")
			}
			got = b.post(w.url+got.location(), "action", "confirm")
		}
		status, back := "completed", "/thanks?o=A-1042&x=%20"
		if code != "100" {
			status, back = "rejected", "/failed?o=A-1042"
		}
		if got.location() != w.shop.URL+back {
			t.Errorf("%s leads to %d %s", number, got.Status, got.location())
		}
		r := w.receipt(id)
		r.expect(t, "order_status.key", status, "payment_detail.code", code)
		if code != "100" && r.at("reject_reason") != r.at("payment_detail.code_description") {
			t.Errorf("%s: reason %v", number, r.at("reject_reason"))
		}
	}
}

func TestPageFormErrorsStandNextToTheFieldAndLoseNothing(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	b := newBrowser(t)
	for _, c := range []struct {
		number, expiry, cvv string
		wrong               []string
	}{
		{"", "", "", []string{"number", "expiry", "cvv"}},
		{"4111 1111 1111 1111", "11/29", "123", []string{"number"}},
		{"4000000000000001", "13/29", "123", []string{"expiry"}},
		{"4000000000000001", "11/20", "123", []string{"expiry"}},
		{"4000000000000001", "11/29", "12", []string{"cvv"}},
		{"370000000000001", "11/29", "123", []string{"cvv"}},
		{"4000000000000001<script>", "x\"y", "", []string{"number", "expiry", "cvv"}},
	} {
		p := b.post(w.page(id), "action", "pay", "number", c.number, "expiry", c.expiry, "cvv", c.cvv, "sim_callback", "twice")
		if p.Status != 422 || p.id("pay-error").Length() != 1 {
			t.Errorf("%v: %d", c, p.Status)
		}
		var got []string
		for _, f := range []string{"number", "expiry", "cvv"} {
			if p.id("pay-error-"+f).Length() == 1 && p.id("pay-card-"+f).AttrOr("aria-invalid", "") == "true" {
				got = append(got, f)
			}
		}
		if !cmp.Equal(got, c.wrong) {
			t.Errorf("%v: errors at %v, want %v", c, got, c.wrong)
		}
		if p.id("pay-card-number").AttrOr("value", "") != c.number || p.id("pay-card-expiry").AttrOr("value", "") != c.expiry {
			t.Errorf("%v: lost what was typed", c)
		}
		if p.id("pay-card-cvv").AttrOr("value", "") != "" || p.Find(`option[selected]`).AttrOr("value", "") != "twice" {
			t.Errorf("%v: CVV kept or choice lost", c)
		}
	}
	w.receipt(id).expect(t, "order_status.key", "created")
	for _, expiry := range []string{"11/29", "1129", "9/29", "929", "11 / 29", "11/2029"} {
		id := w.create()
		if p := b.post(w.page(id), "action", "pay", "number", "4000 0000 0000 0010", "expiry", expiry, "cvv", " 123"); p.Status != 303 {
			t.Errorf("expiry %q refused", expiry)
		}
	}
}

func TestPageTestCardLinkFillsTheForm(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	b := newBrowser(t)
	p := b.get(w.page(w.create()))
	p = b.get(w.url + p.id("pay-test-card").First().AttrOr("href", ""))
	if p.id("pay-card-number").AttrOr("value", "") != "4000 0000 0000 0001" || p.id("pay-card-cvv").AttrOr("value", "") != "123" || p.id("pay-card-expiry").AttrOr("value", "") == "" {
		t.Error("form is not filled")
	}
}

func TestS21_17_PageCancel(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	if got := newBrowser(t).post(w.page(id), "action", "cancel"); got.Status != 303 || got.location() != w.shop.URL+"/failed?o=A-1042" {
		t.Errorf("%d %s", got.Status, got.location())
	}
	w.receipt(id).expect(t, "order_status.key", "rejected", "reject_reason", "unknown")
	parse(t, w.shop.next(t).Body).expect(t, "body.order_status.key", "rejected")
}

func TestS21_17_PageParallelSubmitsPayOnce(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got := newBrowser(t).post(w.page(id), typed("4000000000000010")...); got.location() != w.shop.URL+"/thanks?o=A-1042&x=%20" {
				t.Errorf("%d %s", got.Status, got.location())
			}
		})
	}
	all.Wait()
	w.shop.next(t)
	w.shop.none(t)
	if n := len(w.order(id)["attempts"].([]any)); n != 1 {
		t.Errorf("%d payments", n)
	}
}

func TestPageChoiceOfCallback(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for choice, n := range map[string]int{"sent": 1, "twice": 2, "lost": 0, "delayed": 0, "": 1} {
		id := w.create()
		newBrowser(t).post(w.page(id), append(typed("4000000000000010"), "sim_callback", choice)...)
		for range n {
			w.shop.next(t)
		}
		w.shop.none(t)
	}
}

func TestS21_17_PageResultWhenTheOrderNamesNoAddress(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create(`,"redirect_urls":{"success":"`+w.shop.URL+`/thanks?o=A-1042&x=%20","fail":"`+w.shop.URL+`/failed?o=A-1042"}`, "")
	b := newBrowser(t)
	if got := b.get(w.url + "/receipt?order_id=" + id); got.location() != "/?order_id="+id {
		t.Errorf("the result of an open order leads to %q", got.location())
	}
	got := b.post(w.page(id), typed("4000000000000010")...)
	if got.location() != w.url+"/receipt?order_id="+id {
		t.Fatal(got.location())
	}
	if p := b.get(got.location()); p.Status != 200 || p.id("pay-result").AttrOr("data-status", "") != "completed" {
		t.Errorf("%d %s", p.Status, p.HTML)
	}
}

func TestS21_17_PageExpiredAndUnknown(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	w.bank.Advance(20 * time.Minute)
	b := newBrowser(t)
	p := b.get(w.page(id))
	if p.id("pay-result").AttrOr("data-status", "") != "rejected" || !strings.Contains(p.Text(), "გადახდის დრო ამოიწურა") {
		t.Error("no expired view")
	}
	if got := b.post(w.page(id), typed("4000000000000010")...); got.location() != w.shop.URL+"/failed?o=A-1042" {
		t.Errorf("paying an expired order leads to %d %s", got.Status, got.location())
	}
	if got := b.get(w.page("6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911")); got.Status != 404 || got.id("pay-missing").Length() != 1 {
		t.Error(got.Status)
	}
}

func TestPageRefusesForeignForms(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	for _, path := range []string{"/?order_id=" + id, "/_sim/reset", "/_sim/orders/" + id + "/pay"} {
		r, _ := http.NewRequest("POST", w.url+path, strings.NewReader("action=cancel"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if status, _ := send(t, r); status != 403 {
			t.Errorf("%s: %d", path, status)
		}
	}
	w.receipt(id).expect(t, "order_status.key", "created")
}
