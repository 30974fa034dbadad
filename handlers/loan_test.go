package handlers_test

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"dukani/handlers"
	"dukani/models"
)

const calculator = "https://calculator.example/sdk.js?version=2&client_id=x"

// lender is a till that shows loans; offer has it offer them, or not.
func lender(t *testing.T) (w *till, offer func(bool)) {
	t.Helper()
	w = newTill(t, func(c *handlers.Config) {
		c.Loans = handlers.Loans{
			Months: map[models.Method][]int{models.ByLoan: {3, 12}, models.ByBNPL: {2, 4}}, Least: 100_00, Calculator: calculator,
		}
	})
	w.steer("settings", map[string]any{"loans": true, "callback": map[string]string{"mode": "lost"}})
	offer = func(on bool) {
		t.Helper()
		for _, m := range []models.Method{models.ByLoan, models.ByBNPL} {
			must(t, w.store.SwitchMethod(t.Context(), models.Actor{}, m, on))
		}
	}
	offer(true)
	return w, offer
}

// A price says what it comes to each month while a loan is offered and the price is high enough; the
// page is cached, and made anew when staff switch the loans off. Only then it may load the script.
func TestAPriceSaysWhatItComesToEachMonth(t *testing.T) {
	t.Parallel()
	w, offer := lender(t)
	price := w.number("SELECT price_tetri FROM products WHERE slug = 'tush-rug'")
	for _, on := range []bool{true, false, true} {
		offer(on)
		for range 2 { // made, and from the cache
			r := w.get("/en/p/tush-rug")
			shown := named(r.document(), "loan-offer")
			if on != (shown.Length() == 1) || on != strings.Contains(r.text, "calculator.example") ||
				on != strings.Contains(r.Header.Get("Content-Security-Policy"), "script-src 'self' https://calculator.example;") {
				t.Errorf("offered %v: %d monthly amounts, policy %q", on, shown.Length(), r.Header.Get("Content-Security-Policy"))
			}
			if want := models.Instalment(models.Tetri(price), 12, 0); on && shown.AttrOr("data-value", "") != strconv.Itoa(int(want)) {
				t.Errorf("a month costs %s, want %d", shown.AttrOr("data-value", ""), want)
			}
		}
	}
	if n := named(w.page("/en/p/imeruli"), "loan-offer").Length(); n != 0 {
		t.Error("a small price has a monthly amount")
	}
	for _, path := range []string{"/en", "/en/c/wine", "/en/login", "/en/info/terms"} {
		if strings.Contains(w.get(path).Header.Get("Content-Security-Policy"), "calculator.example") {
			t.Errorf("%s names the calculator's origin", path)
		}
	}
}

// Whatever the form says of months and codes, the page says what is wrong, beside the list, and
// nothing is ordered.
func TestRubbishMonthsAreRefusedBesideTheList(t *testing.T) {
	t.Parallel()
	w, _ := lender(t)
	v := w.visitor()
	v.add("tush-rug", "1")
	for _, c := range []struct{ method, field string }{{"bog_loan", "loan_month"}, {"bnpl", "bnpl_month"}} {
		for _, rubbish := range []string{"x", "-3", "1", "61", "0", "999999999999999999999", "12 ", "12 <b>", "12 a b", " STD-12"} {
			r := v.shown(v.post("/en/checkout", v.checkoutForm(url.Values{"method": {c.method}, c.field: {rubbish}, "delivery": {"pickup"}})))
			wrong := r.document().Find(`[data-testid=field-error][data-field=` + c.field + `]`)
			if r.StatusCode != 422 || wrong.Length() != 1 {
				t.Errorf("%s %q: %d, %d messages", c.field, rubbish, r.StatusCode, wrong.Length())
			}
		}
	}
	if n := w.number("SELECT count(*) FROM orders"); n != 0 {
		t.Errorf("%d orders", n)
	}
}

// A refusal names another way to pay; wrong months at the second try are answered beside the list.
func TestASecondTryAfterARefusedLoan(t *testing.T) {
	t.Parallel()
	w, _ := lender(t)
	v := w.visitor()
	v.add("tush-rug", "1")
	at, err := url.Parse(v.post("/ka/checkout", v.checkoutForm(url.Values{"method": {"bog_loan"}, "loan_month": {"18 STD-18"}})).Header.Get("Location"))
	must(t, err)
	w.steer("orders/"+at.Query().Get("order_id")+"/pay", map[string]string{"method": "bog_loan", "outcome": "106"})
	page := "/ka/orders/" + w.newest("token")
	doc := v.open(page)
	if statusOf(doc) != "declined" || textOf(doc, "decline-reason") == "" || named(doc, "method-card").AttrOr("checked", "no") == "no" {
		t.Errorf("the order is %s because of %q", statusOf(doc), textOf(doc, "decline-reason"))
	}
	if strings.Contains(w.get(page).Header.Get("Content-Security-Policy"), "calculator.example") {
		t.Error("the page of an order names the calculator's origin")
	}
	placed := w.newest("created_at")
	w.exec("UPDATE orders SET created_at = ?", w.store.Now().Add(-25*time.Hour)) // its prices are not valid any more
	if doc := v.open(page); named(doc, "retry-payment").Length() != 0 || strings.Contains(textOf(doc, "decline-reason"), "სხვა გზით") {
		t.Errorf("after a day the page says %q", textOf(doc, "decline-reason"))
	}
	w.exec("UPDATE orders SET created_at = ?", placed)
	r := v.shown(v.post(page+"/pay", url.Values{"method": {"bog_loan"}, "loan_month": {"1"}}))
	if r.StatusCode != 422 || r.document().Find(`[data-testid=field-error][data-field=loan_month]`).Length() != 1 {
		t.Errorf("one month: %d", r.StatusCode)
	}
	v.post(page+"/pay", url.Values{"method": {"bog_loan"}, "loan_month": {"12"}})
	if got := w.newest("loan_month || loan_code"); got != "12" {
		t.Errorf("kept is %q", got)
	}
}
