package simulator_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"
)

const card47 = `"payment_method":["card"]`

// google is the change of a create request for Google Pay on the shop's page.
func google(token string) []string {
	return []string{card47, `"payment_method":["google_pay"],"config":{"google_pay":{"external":true,"google_pay_token":"` + token + `"}}`}
}

// apple is the same change for Apple Pay.
var apple = []string{card47, `"application_type":"web","payment_method":["apple_pay"],"config":{"apple_pay":{"external":true}}`}

func (w *world) made(changes ...string) tree {
	w.t.Helper()
	status, out := w.call("POST", "/ecommerce/orders", w.body(changes...))
	if status != 200 {
		w.t.Fatalf("create: %d %s", status, out)
	}
	return parse(w.t, []byte(out))
}

func TestS21_16_GooglePayWithout3DSAnswersWithTheOutcome(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for token, want := range map[string][3]string{
		"opaque, as Google's are":                            {"completed", "100", "400000***0010"},
		"4000000000000001":                                   {"completed", "100", "400000***0001"},
		"5300000000000002":                                   {"rejected", "107", "530000***0002"},
		`{\"card\":\"4000000000000109\"}`:                    {"rejected", "109", "400000***0109"},
		"40000000000000011 is longer than a test card":       {"completed", "100", "400000***0010"},
		`{\"card\":\"4000000000000010\",\"a\":\"PAN_ONLY\"}`: {"completed", "100", "400000***0010"},
	} {
		got := w.made(google(token)...)
		id := got.at("id").(string)
		got.expect(t, "status", want[0], "order_details.order_id", id, "order_details.order_status.key", want[0], "order_details.payment_detail.code", want[1],
			"order_details.payment_detail.transfer_method.key", "google_pay", "order_details.payment_detail.payer_identifier", want[2],
			"_links.details.href", w.url+"/payments/v1/receipt/"+id, "_links.redirect", "no _links.redirect")
		parse(t, w.shop.next(t).Body).expect(t, "body.order_id", id, "body.order_status.key", want[0])
	}
}

func TestS21_16_GooglePayWith3DSRedirectsToThePostForm(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for action, want := range map[string][3]string{"confirm": {"completed", "100", "/thanks?o=A-1042&x=%20"}, "reject": {"rejected", "108", "/failed?o=A-1042"}} {
		got := w.made(google("4000000000000001 PAN_ONLY")...)
		id := got.at("id").(string)
		got.expect(t, "status", "processing", "order_details", "no order_details", "_links.details.href", w.url+"/payments/v1/receipt/"+id)
		way, _ := got.at("_links.redirect.href").(string)
		u, err := url.Parse(way)
		if err != nil || !strings.HasPrefix(way, w.url+"/api/3ds/post-form?fieldName=") || u.Query().Get("fieldValue") == "" || u.Query().Get("baseUrl") == "" {
			t.Fatalf("redirect %q", way)
		}
		b := newBrowser(t)
		asked := b.get(way)
		question := w.url + asked.location()
		if asked.Status != 303 || b.get(question).id("threeds-confirm").Length() != 1 {
			t.Fatalf("%d %s", asked.Status, asked.location())
		}
		if done := b.post(question, "action", action); done.location() != w.shop.URL+want[2] {
			t.Errorf("%s leads to %q", action, done.location())
		}
		w.receipt(id).expect(t, "order_status.key", want[0], "payment_detail.code", want[1], "payment_detail.transfer_method.key", "google_pay")
		parse(t, w.shop.next(t).Body).expect(t, "body.order_status.key", want[0])
	}
}

func TestPostFormLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	way := w.made(google("PAN_ONLY 4000000000000001")...).at("_links.redirect.href").(string)
	u, _ := url.Parse(way)
	query := u.Query()
	query.Set("baseUrl", "https://evil.example/")
	if got := newBrowser(t).get(w.url + u.Path + "?" + query.Encode()); !strings.HasPrefix(got.location(), "/3ds?") {
		t.Errorf("%d %s", got.Status, got.location())
	}
	if got := newBrowser(t).get(w.url + u.Path + "?fieldName=creq&fieldValue=%25"); got.Status != 404 {
		t.Errorf("nonsense: %d %s", got.Status, got.location())
	}
}

func TestGooglePayHoldsMoney(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	got := w.made(append(google("x"), ttl20, hold)...)
	got.expect(t, "status", "blocked", "order_details.payment_detail.code", "200")
	id := got.at("id").(string)
	if status, out := w.call("POST", "/payment/authorization/approve/"+id, `{"amount":40}`); status != 200 {
		t.Fatal(out)
	}
	w.receipt(id).expect(t, "order_status.key", "partial_completed", "purchase_units.transfer_amount", "40.0")
}

func TestGooglePayThatTakesLongerAnswersProcessing(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	got := w.made(google("4000000000000020")...)
	got.expect(t, "status", "processing", "order_details.order_status.key", "processing")
	w.bank.Advance(5 * time.Second)
	w.receipt(got.at("id").(string)).expect(t, "order_status.key", "completed")
}

func TestGooglePayCreateRepeatedPaysOnce(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	key := []string{"Idempotency-Key", "3f0c9a52-7b1e-4d68-9a3f-5c2d81e7b604"}
	_, first := w.call("POST", "/ecommerce/orders", w.body(google("x")...), key...)
	_, second := w.call("POST", "/ecommerce/orders", w.body(google("x")...), key...)
	if first != second || len(w.ledgerOrders()) != 1 {
		t.Errorf("%s\n%s", first, second)
	}
}

func TestWalletTokensAreNotKept(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	w := start(t, &simulator.Bank{DB: folder + "/bank.db"})
	w.made(google("secret-token")...)
	id := w.made(apple...).at("id").(string)
	w.call("POST", "/ecommerce/orders/"+id+"/payment", `{"apple_pay_token":"secret-token"}`, "Idempotency-Key", "3f0c9a52-7b1e-4d68-9a3f-5c2d81e7b604")
	files, err := filepath.Glob(folder + "/*")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found += strings.Count(string(content), id)
		if strings.Contains(string(content), "secret-token") {
			t.Errorf("%s keeps the token", name)
		}
	}
	if found == 0 {
		t.Error("the order is in no file: nothing was proved")
	}
}

func TestS21_16_ApplePayIsCompletedByTheSecondCall(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for token, want := range map[string][2]string{"opaque": {"completed", "100"}, `{\"card\":\"4000000000000002\"}`: {"rejected", "107"}, "PAN_ONLY 4000000000000001": {"completed", "100"}} {
		made := w.made(apple...)
		id := made.at("id").(string)
		accept := w.url + "/payments/v1/ecommerce/orders/" + id + "/payment"
		made.expect(t, "_links.accept.href", accept, "_links.redirect", "no _links.redirect", "_links.details", "no _links.details", "status", "no status")
		if _, is := made.at("result").(map[string]any); !is {
			t.Errorf("result %v", made.at("result"))
		}
		w.receipt(id).expect(t, "order_status.key", "created", "payment_detail.transfer_method.key", "")
		w.shop.none(t)
		key := []string{"Idempotency-Key", "3f0c9a52-7b1e-4d68-9a3f-5c2d81e7b604"}
		status, out := w.call("POST", "/ecommerce/orders/"+id+"/payment", `{"apple_pay_token":"`+token+`"}`, key...)
		if status != 200 {
			t.Fatalf("%d %s", status, out)
		}
		done := parse(t, []byte(out))
		done.expect(t, "id", id, "status", want[0], "order_details.payment_detail.code", want[1], "order_details.payment_detail.transfer_method.key", "apple_pay",
			"_links.details.href", w.url+"/payments/v1/receipt/"+id)
		if payer, _ := done.at("order_details.payment_detail.payer_identifier").(string); !strings.HasPrefix(payer, "480213***") {
			t.Errorf("payer %q is not the device's account number", payer)
		}
		if status, again := w.call("POST", "/ecommerce/orders/"+id+"/payment", `{"apple_pay_token":"`+token+`"}`, key...); status != 200 || again != out {
			t.Errorf("repeated: %d %s", status, again)
		}
		parse(t, w.shop.next(t).Body).expect(t, "body.order_status.key", want[0])
		w.shop.none(t)
	}
}

func TestS21_16_CompleteApplePayRefusals(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	open, hosted, late := w.made(apple...).at("id").(string), w.create(), w.made(apple...).at("id").(string)
	done := w.made(apple...).at("id").(string)
	pay := `{"apple_pay_token":"x"}`
	w.call("POST", "/ecommerce/orders/"+done+"/payment", pay)
	for _, c := range [][3]string{
		{"6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911", pay, "Invalid order_id"},
		{hosted, pay, "was not made for Apple Pay"},
		{done, pay, "Order in status completed cannot be paid"},
		{open, `{}`, "apple_pay_token is required"},
		{open, `{"apple_pay_token":""}`, "apple_pay_token is required"},
		{open, `{"apple_pay_token":{"data":"x"}}`, "apple_pay_token must be a string"},
	} {
		if status, out := w.call("POST", "/ecommerce/orders/"+c[0]+"/payment", c[1]); status != 400 || !strings.Contains(out, c[2]) {
			t.Errorf("%s: %d %s", c[1], status, out)
		}
	}
	w.bank.Advance(20 * time.Minute)
	w.token = w.newToken()
	if status, out := w.call("POST", "/ecommerce/orders/"+late+"/payment", pay); status != 400 || !strings.Contains(out, "status rejected") {
		t.Errorf("after its time: %d %s", status, out)
	}
}

func TestS21_Validation_WalletNeedsExactlyItsMethod(t *testing.T) {
	t.Parallel()
	const g, a = `"config":{"google_pay":{"external":true,"google_pay_token":"x"}}`, `"config":{"apple_pay":{"external":true}}`
	for name, c := range map[string]struct{ body, want, strict string }{
		"hosted wallet needs nothing":    {`"payment_method":["google_pay"],"config":{"google_pay":{"external":false}}`, "", ""},
		"google without a token":         {`"payment_method":["google_pay"],"config":{"google_pay":{"external":true}}`, "google_pay_token is required", "google_pay_token is required"},
		"google with an empty token":     {`"payment_method":["google_pay"],"config":{"google_pay":{"external":true,"google_pay_token":""}}`, "google_pay_token is required", "google_pay_token is required"},
		"google with card beside":        {`"payment_method":["google_pay","card"],` + g, `payment_method must be ["google_pay"]`, `payment_method must be ["google_pay"]`},
		"google without methods":         {g, `payment_method must be ["google_pay"]`, `payment_method must be ["google_pay"]`},
		"google under another wallet":    {`"payment_method":["apple_pay"],` + g, `payment_method must be ["google_pay"]`, `payment_method must be ["google_pay"]`},
		"external is a flag":             {`"payment_method":["google_pay"],"config":{"google_pay":{"external":"yes"}}`, "external must be true or false", "external must be true or false"},
		"apple with card beside":         {`"payment_method":["card","apple_pay"],` + a, `payment_method must be ["apple_pay"]`, `payment_method must be ["apple_pay"]`},
		"apple without application_type": {`"payment_method":["apple_pay"],` + a, "", "application_type is required"},
		"apple in an app":                {`"application_type":"mobile","payment_method":["apple_pay"],` + a, "", ""},
		"apple on a television":          {`"application_type":"tv","payment_method":["apple_pay"],` + a, "application_type must be one of", "application_type must be one of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for strict, want := range map[bool]string{false: c.want, true: c.strict} {
				w := start(t, &simulator.Bank{Settings: simulator.Settings{Strict: strict}})
				body := w.body(card47, c.body, w.shop.URL+"/callback", "https://shop.example/callback")
				status, out := w.call("POST", "/ecommerce/orders", body, "Idempotency-Key", "3f0c9a52-7b1e-4d68-9a3f-5c2d81e7b604")
				if want == "" && status != 200 || want != "" && (status != 400 || !strings.Contains(out, strings.ReplaceAll(want, `"`, `\"`))) {
					t.Errorf("strict %t: %d %s, want %q", strict, status, out, want)
				}
			}
		})
	}
}

func TestWalletOnTheShopsPageHasNoHostedPage(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.made(apple...).at("id").(string)
	b := newBrowser(t)
	for _, got := range []shown{b.get(w.page(id)), b.post(w.page(id), typed(good)...), b.get(w.url + "/receipt?order_id=" + id)} {
		if got.Status != 404 {
			t.Errorf("%d %s", got.Status, got.location())
		}
	}
	w.receipt(id).expect(t, "order_status.key", "created")
	w.order(id).expect(t, "pay_url", "no pay_url")
}

func TestWalletOnTheShopsPageTakesNoSavedCard(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	if status, out := w.call("POST", "/ecommerce/orders/"+w.paid(good), w.body(google("x")...)); status != 400 || !strings.Contains(out, "saved card") {
		t.Errorf("%d %s", status, out)
	}
}

func TestCompleteApplePayCanMeetFaults(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.made(apple...).at("id").(string)
	w.steer("faults", `{"kind":"500_after","route":"complete_apple_pay","count":1}`)
	if status, _ := w.call("POST", "/ecommerce/orders/"+id+"/payment", `{"apple_pay_token":"x"}`); status != 500 {
		t.Errorf("%d", status)
	}
	w.receipt(id).expect(t, "order_status.key", "completed")
}
