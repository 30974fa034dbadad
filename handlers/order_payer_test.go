package handlers_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"dukani/handlers"
	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

// newTillWith is a till that offers every way to pay and takes part in a campaign.
func newTillWith(t *testing.T, campaign string, change ...func(*handlers.Config)) *till {
	t.Helper()
	c, err := payments.ParseCampaign(campaign)
	must(t, err)
	bank := &simulator.Bank{Settings: simulator.Settings{Loans: true}}
	w := &till{shop: newShop(t), bankURL: simtest.StartBank(t, bank)}
	client, err := bog.New(bog.Config{
		Endpoints: bog.Simulator(w.bankURL), CallbackKeys: []string{bank.PublicKeyPEM()},
		ClientID: simulator.DefaultClientID, ClientSecret: simulator.DefaultClientSecret,
		Retry: bog.Retry{Attempts: 1, PerTry: 20 * time.Second, Total: 20 * time.Second},
	})
	must(t, err)
	desk, err := payments.New(payments.Config{
		Store: w.store, Bank: client, BaseURL: shopURL, TTL: 15 * time.Minute, Methods: models.Methods(), Campaign: c, Log: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	w.open(append(change, func(cfg *handlers.Config) { cfg.Desk = desk })...)
	w.steer("settings", map[string]any{"callback": map[string]string{"mode": "lost"}})
	return w
}

// buysBy orders one of a product and pays it by a method; it returns the path of the order's page
// without the language.
func (w *till) buysBy(v *visitor, method models.Method) string {
	w.t.Helper()
	v.add("imeruli", "1")
	r := v.post("/ka/checkout", v.checkoutForm(url.Values{"method": {string(method)}, "card": {""}}))
	at, err := url.Parse(r.Header.Get("Location"))
	must(w.t, err)
	if r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(at.String(), w.bankURL) {
		w.t.Fatalf("%s: placed %d to %q\n%s", method, r.StatusCode, at, r.text)
	}
	w.steer("orders/"+at.Query().Get("order_id")+"/pay", map[string]string{"method": string(method)})
	page := "/orders/" + w.newest("token")
	if got := statusOf(v.open("/ka" + page)); got != "paid" {
		w.t.Fatalf("%s: the order is %s", method, got)
	}
	return page
}

// machine is the figure that an element carries, -1 if there is none.
func machine(doc *goquery.Document, id string) int {
	n, err := strconv.Atoi(named(doc, id).AttrOr("data-value", ""))
	if err != nil {
		return -1
	}
	return n
}

// paidWith is what the page of an order that was paid by a method says in English.
var paidWith = map[models.Method]string{
	models.ByCard: "Card, Visa •••• 0001", models.ByGooglePay: "Google Pay, Visa •••• 0001", models.ByApplePay: "Apple Pay, device number •••• 0001",
	models.ByTransfer: "Bank of Georgia internet bank, ნინო კ.", models.ByLoyalty: "MR and PLUS points, ნინო კ.",
	models.ByBNPL: "Pay in parts, ნ.", models.ByLoan: "Instalments, ნ.", models.ByGiftCard: "Gift card",
}

// The order's page, the list of the account, and the reorder say what an order was paid with.
func TestWhatAnOrderWasPaidWithIsSaidTruly(t *testing.T) {
	t.Parallel()
	w := newTillWith(t, "")
	v := w.member("nino@example.ge")
	for _, method := range models.Methods() {
		page := w.buysBy(v, method)
		doc := v.open("/en" + page)
		paid := named(doc, "order-method")
		if paid.Text() != paidWith[method] || paid.AttrOr("data-value", "") != string(method) {
			t.Errorf("%s: the page says %q of %q", method, paid.Text(), paid.AttrOr("data-value", ""))
		}
		number := named(doc, "order-number").Text()
		if got := named(doc, "statement-preview").AttrOr("data-value", ""); got != number || len(got) > 25 {
			t.Errorf("the statement will name %q, the order is %q", got, number)
		}
		if got := named(v.open("/en/account/orders"), "order-paid-by").First(); got.Text() != paidWith[method] || got.AttrOr("data-value", "") != string(method) {
			t.Errorf("%s: the list says %q", method, got.Text())
		}
		ka := named(v.open("/ka"+page), "order-method").Text()
		if same := method == models.ByGooglePay; ka == "" || (ka == paidWith[method]) != same {
			t.Errorf("%s: in Georgian the page says %q", method, ka)
		}
		why := named(v.open("/en"+page+"/again"), "one-click-why").AttrOr("data-status", "")
		if !method.Rules().OneClick && (why == "" || why == string(models.WhyNoCard)) {
			t.Errorf("%s: no one click because %q", method, why)
		}
	}
}

// What a campaign takes off stands under the total, and the books of staff have it as a line of its own.
func TestADiscountIsShown(t *testing.T) {
	t.Parallel()
	w := newTillWith(t, "visa:client_discount", noSecondFactor)
	v := w.visitor()
	page := w.buysBy(v, models.ByCard)
	var total, captured, discount int
	must(t, w.raw.QueryRow("SELECT requested_tetri, captured_tetri, discount_tetri FROM payments").Scan(&total, &captured, &discount))
	if discount == 0 || captured+discount != total {
		t.Fatalf("%d and %d of %d", captured, discount, total)
	}
	for _, lang := range []string{"ka", "en"} {
		doc := v.open("/" + lang + page)
		if off, charged := machine(doc, "order-discount"), machine(doc, "order-charged"); off != discount || charged != captured {
			t.Errorf("%s: the page has %d off and %d charged", lang, off, charged)
		}
	}
	boss := w.staff(models.RoleManager)
	number := w.newest("number")
	doc := boss.open("/admin/orders/" + number)
	if off := machine(doc, "admin-figure-discount"); off != discount || named(doc, "ledger-row").Length() != 2 {
		t.Errorf("the back office has %d off and %d entries", off, named(doc, "ledger-row").Length())
	}
	w.buysBy(v, models.ByTransfer)
	var transferred int
	must(t, w.raw.QueryRow("SELECT id FROM payment_events WHERE kind = 'receipt' AND instr(body, 'payer_identifier') > 0 AND instr(body, 'კ.') > 0 ORDER BY id DESC LIMIT 1").Scan(&transferred))
	journal := boss.send(request("GET", "/admin/orders/"+w.newest("number")+"/journal/"+strconv.Itoa(transferred), nil))
	if journal.StatusCode != http.StatusOK || strings.Contains(journal.text, "ნინო კ.") || !strings.Contains(journal.text, "payer_identifier") {
		t.Errorf("the journal shows who paid, or nothing: %d", journal.StatusCode)
	}
}
