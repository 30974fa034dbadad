package handlers_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dukani/handlers"
	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

const (
	googleScript = "https://pay.google.com/gp/p/js/pay.js"
	appleScript  = "https://applepay.cdn-apple.com/jsapi/1.latest/apple-pay-sdk.js"
	walletSecret = "c2VjcmV0LXdhbGxldC10b2tlbg"
)

// withWallets gives the shop a desk at a simulated bank that offers the wallets, and their buttons.
func withWallets(t testing.TB, store *models.Store, buttons ...models.Method) func(*handlers.Config) {
	bank := &simulator.Bank{}
	client, err := bog.New(bog.Config{
		Endpoints: bog.Simulator(simtest.StartBank(t, bank)), CallbackKeys: []string{bank.PublicKeyPEM()},
		ClientID: simulator.DefaultClientID, ClientSecret: simulator.DefaultClientSecret,
	})
	must(t, err)
	desk, err := payments.New(payments.Config{
		Store: store, Bank: client, BaseURL: shopURL, TTL: 15 * time.Minute, Log: slog.New(slog.DiscardHandler),
		Methods: []models.Method{models.ByCard, models.ByApplePay, models.ByGooglePay},
	})
	must(t, err)
	return func(cfg *handlers.Config) {
		cfg.Desk = desk
		cfg.Wallets = handlers.Wallets{Buttons: buttons, GoogleScript: googleScript, AppleScript: appleScript, GoogleEnvironment: "TEST"}
	}
}

// walletForm is the checkout form that the visitor's page shows, filled in.
func (v *visitor) walletForm(method string) url.Values {
	v.t.Helper()
	page := v.open("/ka/checkout")
	hidden := func(name string) string { return page.Find("[name="+name+"]").AttrOr("value", "") }
	return url.Values{
		"checkout_key": {hidden("checkout_key")}, "expected_total": {hidden("expected_total")}, "shown": {hidden("shown")}, "name": {"ნინო ბერიძე"},
		"email": {"nino@example.ge"}, "phone": {"599 12 34 56"}, "delivery": {"tbilisi"}, "street": {"რუსთაველის 1"}, "terms": {"1"}, "method": {method},
	}
}

// asks posts a form as a wallet's script does, and returns what it is told.
func (v *visitor) asks(path string, form url.Values, more ...string) map[string]any {
	v.t.Helper()
	sent := url.Values{}
	for name, values := range form {
		sent[name] = values
	}
	for i := 0; i+1 < len(more); i += 2 {
		sent.Set(more[i], more[i+1])
	}
	r := v.post(path, sent, "Accept", "application/json")
	told := map[string]any{}
	if err := json.Unmarshal([]byte(r.text), &told); err != nil || r.StatusCode != http.StatusOK {
		v.t.Fatalf("POST %s = %d %s", path, r.StatusCode, r.text)
	}
	return told
}

// Only the pages with a wallet's button let the browser have its script, and nothing else.
func TestOnlyThePagesWithAWalletNameItsScript(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, c := range []struct {
		buttons []models.Method
		has     []string
		hasNot  []string
	}{
		{nil, nil, []string{"google", "apple", "gstatic", "frame-src"}},
		{[]models.Method{models.ByGooglePay}, []string{"script-src 'self' https://pay.google.com;", "img-src 'self' https://www.gstatic.com;", "frame-src https://pay.google.com"}, []string{"apple"}},
		{[]models.Method{models.ByApplePay}, []string{"script-src 'self' https://applepay.cdn-apple.com;", "connect-src 'self' https://applepay.cdn-apple.com;"}, []string{"google", "frame-src"}},
	} {
		s.open(withWallets(t, s.store, c.buttons...))
		v := s.visitor()
		v.add("tklapi-plum", "1")
		policy := v.get2("/ka/checkout").Header.Get("Content-Security-Policy")
		for _, part := range append(c.has, "style-src 'self';", "default-src 'none';") {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the checkout's policy %q lacks %q", c.buttons, policy, part)
			}
		}
		for _, part := range append(c.hasNot, "unsafe", "*") {
			if strings.Contains(policy, part) {
				t.Errorf("%s: the checkout's policy %q has %q", c.buttons, policy, part)
			}
		}
		for _, path := range []string{"/ka", "/ka/cart", "/ka/p/tklapi-plum", "/ka/login"} {
			h := v.get2(path).Header
			if p := h.Get("Content-Security-Policy"); strings.Contains(p, "google") || strings.Contains(p, "apple") || !strings.Contains(h.Get("Permissions-Policy"), "payment=()") {
				t.Errorf("%s: %s has the policy %q, %q", c.buttons, path, p, h.Get("Permissions-Policy"))
			}
		}
	}
}

// get2 is send for a page, headers and all.
func (v *visitor) get2(path string) *reply {
	v.t.Helper()
	return v.send(request("GET", path, nil))
}

func TestAWalletPaysThroughTheCheckoutForm(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withWallets(t, s.store, models.ByGooglePay, models.ByApplePay))
	token := `{"signature":"` + walletSecret + `","card":"4000000000000010"}`

	v := s.visitor()
	v.add("tklapi-plum", "1")
	form := v.walletForm("google_pay")
	if told := v.asks("/ka/checkout", form, "wallet", "try"); len(told) != 0 {
		t.Errorf("trying the form answers %v", told)
	}
	if n := s.number("SELECT count(*) FROM orders"); n != 0 {
		t.Errorf("trying the form placed %d orders", n)
	}
	told := v.asks("/ka/checkout", form, "wallet", "pay", "wallet_token", token)
	page := v.open(told["location"].(string))
	if status := page.Find("[data-testid=order-status]").AttrOr("data-status", ""); status != "paid" {
		t.Errorf("paid by Google Pay the order is %q", status)
	}

	v = s.visitor()
	v.add("tklapi-plum", "1")
	form = v.walletForm("apple_pay")
	begun := v.asks("/ka/checkout", form, "wallet", "pay")
	if begun["session"] == nil || begun["accept"] == nil {
		t.Fatalf("the sheet is told %v", begun)
	}
	wrong := v.asks(begun["accept"].(string), nil, "wallet", "pay", "attempt", "7", "wallet_token", token)
	if wrong["outcome"] != "failed" {
		t.Errorf("the token of another sheet: %v", wrong)
	}
	done := v.asks(begun["accept"].(string), nil, "wallet", "pay", "attempt", begun["attempt"].(string), "wallet_token", token)
	if done["outcome"] != "nothing_to_pay" {
		t.Errorf("Apple's sheet is told %v", done)
	}
	if n := s.number("SELECT count(*) FROM orders WHERE status = 'paid'"); n != 2 {
		t.Errorf("%d orders are paid", n)
	}
	for _, table := range []string{"payments", "payment_events", "sessions", "orders"} {
		rows, err := s.raw.Query("SELECT * FROM " + table)
		must(t, err)
		columns, err := rows.Columns()
		must(t, err)
		for rows.Next() {
			row := make([]any, len(columns))
			for i := range row {
				row[i] = new([]byte)
			}
			must(t, rows.Scan(row...))
			for i := range row {
				if strings.Contains(string(*row[i].(*[]byte)), walletSecret) {
					t.Errorf("%s.%s has the wallet's token", table, columns[i])
				}
			}
		}
		must(t, rows.Close())
	}
	if strings.Contains(s.log.String(), walletSecret) {
		t.Error("the log has the wallet's token")
	}
}

// A mistake that comes to light after the consent charges nothing; it is said at its field, and what
// was typed is there, but not the token.
func TestAMistakeAfterTheConsentChargesNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withWallets(t, s.store, models.ByGooglePay, models.ByApplePay))
	for _, method := range []string{"google_pay", "apple_pay"} {
		v := s.visitor()
		v.add("tklapi-plum", "1")
		form := v.walletForm(method)
		form.Set("phone", "12")
		told := v.asks("/ka/checkout", form, "wallet", "pay", "wallet_token", walletSecret)
		r := v.get2(told["location"].(string))
		page := r.document()
		if r.StatusCode != http.StatusUnprocessableEntity || page.Find("[data-testid=field-error][data-field=phone]").Length() != 1 ||
			page.Find("[name=name]").AttrOr("value", "") != "ნინო ბერიძე" || page.Find("[name=method][checked]").AttrOr("value", "") != method {
			t.Errorf("%s: the page is %d %s", method, r.StatusCode, page.Find("form.checkout").Text())
		}
		if strings.Contains(r.text, walletSecret) {
			t.Errorf("%s: the page has the token", method)
		}
	}
	if n := s.number("SELECT count(*) FROM payments"); n != 0 {
		t.Errorf("%d attempts were made", n)
	}
}

// A shop that shows no button, or a form without the script, is led to the bank's page.
func TestWithoutTheButtonAWalletIsPaidOnTheBanksPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withWallets(t, s.store))
	v := s.visitor()
	v.add("tklapi-plum", "1")
	told := v.asks("/ka/checkout", v.walletForm("google_pay"), "wallet", "pay", "wallet_token", walletSecret)
	if address, _ := told["location"].(string); !strings.Contains(address, "/?order_id=") {
		t.Errorf("the script is led to %v", told)
	}
	s.open(withWallets(t, s.store, models.ByGooglePay))
	v = s.visitor()
	v.add("tklapi-plum", "1")
	r := v.post("/ka/checkout", v.walletForm("google_pay"))
	if r.StatusCode != http.StatusSeeOther || !strings.Contains(r.Header.Get("Location"), "/?order_id=") {
		t.Errorf("the form leads to %d %q", r.StatusCode, r.Header.Get("Location"))
	}
}
