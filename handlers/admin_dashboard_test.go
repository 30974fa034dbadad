package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/uuid"

	"dukani/handlers"
	"dukani/models"
)

// orderPlaced is an order of a cheese by somebody new.
func (s *shop) orderPlaced() *models.Order {
	s.t.Helper()
	ctx, key := s.t.Context(), uuid.NewString()
	_, err := s.store.AddToCart(ctx, key, "imeruli", 1)
	must(s.t, err)
	cart, err := s.store.Cart(ctx, models.Ka, key)
	must(s.t, err)
	o, err := s.store.PlaceOrder(ctx, key, models.Checkout{
		Shown: cart.Shown(models.Ka, nil), Key: key, ExpectedTotal: 19_00, Lang: models.Ka, Name: "ნინო კაპანაძე", Email: "nino@example.ge",
		Phone: "599123456", Delivery: models.Pickup, AcceptsTerms: true,
	}, func(*models.Order, models.PaymentKind) (models.NewPayment, error) {
		return models.NewPayment{IdempotencyKey: key, RequestBody: []byte("{}"), ExpiresAt: s.store.Now().Add(time.Hour)}, nil
	})
	must(s.t, err)
	return o
}

// settleAs has the bank decide about the newest attempt of an order.
func (s *shop) settleAs(orderID int64, state models.PaymentState, code string) *models.Order {
	s.t.Helper()
	o, err := s.store.OrderByID(s.t.Context(), orderID)
	must(s.t, err)
	p := o.LastPayment()
	bankID := "bank-" + strconv.FormatInt(p.ID, 10)
	must(s.t, s.store.StartAnswered(s.t.Context(), p.ID, bankID, "https://bank.example/?order_id=1"))
	r := models.Report{
		PaymentID: p.ID, Cause: "test", State: state, BankOrderID: bankID, OrderNumber: o.Number, Currency: "GEL",
		Requested: p.RequestedTetri, Status: string(state), Code: code, Life: 15 * time.Minute,
	}
	switch state {
	case models.PaymentPaid:
		r.Transferred = p.RequestedTetri
	case models.PaymentRefunded:
		r.Refunded = p.RequestedTetri
	}
	o, err = s.store.Settle(s.t.Context(), r)
	must(s.t, err)
	return o
}

// figure is what an element with a figure says to programs.
func figure(doc *goquery.Document, name string) string {
	return named(doc, "admin-figure-"+name).AttrOr("data-value", "missing")
}

func TestTheDashboardShowsWhatToDoFirst(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	s.exec("UPDATE stock SET on_hand = 100, reserved = 0")
	v := s.staff(models.RoleViewer)
	doc := v.open("/admin")
	if textOf(doc, "nothing-to-do") == "" {
		t.Error("nothing is to be done, and the page does not say so")
	}
	for _, name := range strings.Fields("to_pack to_capture to_refund review low_stock mails_failed sales orders expired callbacks_missing mails_waiting") {
		if got := figure(doc, name); got != "0" {
			t.Errorf("%s is %s, want 0", name, got)
		}
	}
	paid := s.settleAs(s.orderPlaced().ID, models.PaymentPaid, "100")
	refunded := s.settleAs(s.orderPlaced().ID, models.PaymentPaid, "100")
	s.settleAs(refunded.ID, models.PaymentRefunded, "100")
	s.settleAs(s.orderPlaced().ID, models.PaymentDeclined, "107")
	s.settleAs(s.orderPlaced().ID, models.PaymentHeld, "200")
	s.exec("UPDATE stock SET on_hand = 2, reserved = 0 WHERE product_id = 1")
	s.later(2 * time.Minute)

	total := strconv.FormatInt(int64(paid.TotalTetri), 10)
	for lang, words := range map[models.Lang][]string{
		models.Ka: {"შესაფუთი შეკვეთა", "ბარათზე თანხა საკმარისი არ არის", "გაყიდვები", "75\u00a0%"},
		models.En: {"order to pack", "There is not enough money on the card", "Sales", "75%"},
	} {
		v.command("/admin/language", url.Values{"lang": {string(lang)}, "next": {"/admin"}})
		doc := v.open("/admin?days=30")
		for name, want := range map[string]string{
			"to_pack": "1", "to_capture": "1", "low_stock": "1", "review": "0", "sales": total, "orders": "2", "success_rate": "750",
			"callbacks_missing": "4", "callbacks_late": "0", "bank": "none", "mails_waiting": strconv.Itoa(s.number("SELECT count(*) FROM mails")),
		} {
			if got := figure(doc, name); got != want {
				t.Errorf("%s: %s is %s, want %s", lang, name, got, want)
			}
		}
		text := doc.Find("main").Text()
		for _, word := range words {
			if !strings.Contains(text, word) {
				t.Errorf("%s: the page does not say %q", lang, word)
			}
		}
		if n := named(doc, "admin-day").Length(); n != 30 {
			t.Errorf("%s: %d days, want 30", lang, n)
		}
		today := named(doc, "admin-day").First()
		if today.AttrOr("data-value", "") != total || today.AttrOr("data-day", "") != string(models.DayOf(s.store.Now())) {
			t.Errorf("%s: today is %s with %s", lang, today.AttrOr("data-day", ""), today.AttrOr("data-value", ""))
		}
		if d := named(doc, "admin-decline"); d.Length() != 1 || d.AttrOr("data-code", "") != "107" || d.AttrOr("data-value", "") != "1" {
			t.Errorf("%s: %d reasons of declines, the first %s", lang, d.Length(), d.AttrOr("data-code", ""))
		}
		if named(doc, "nothing-to-do").Length() != 0 {
			t.Errorf("%s: something is to be done, and the page says that nothing is", lang)
		}
		wantDrawn(t, doc)
	}
	if n := named(v.open("/admin?days=7000"), "admin-day").Length(); n != 14 {
		t.Errorf("a period that is not offered has %d days, want 14", n)
	}
}

// wantDrawn checks that the charts are drawn within their boxes and have a table each.
func wantDrawn(t *testing.T, doc *goquery.Document) {
	t.Helper()
	charts := doc.Find("svg[role=img]")
	if charts.Length() != 2 {
		t.Errorf("%d charts, want 2", charts.Length())
	}
	number := regexp.MustCompile(`-?\d+(\.\d+)?`)
	for _, chart := range charts.EachIter() {
		if chart.ChildrenFiltered("title").Text() == "" || chart.ChildrenFiltered("desc").Text() == "" {
			t.Error("a chart has no title or description")
		}
		if chart.Closest(".panel").Find("details table").Length() != 1 {
			t.Error("a chart has no table behind it")
		}
		if chart.Find("rect").Length()+chart.Find(".chart-line").Length() == 0 {
			t.Error("a chart shows nothing")
		}
		for _, shape := range chart.Find("rect, path").EachIter() {
			for _, name := range []string{"x", "y", "width", "height", "d"} {
				value := shape.AttrOr(name, "")
				if strings.Contains(value, "NaN") || strings.Contains(value, "Inf") {
					t.Errorf("%s=%q", name, value)
				}
				for _, text := range number.FindAllString(value, -1) {
					if x, err := strconv.ParseFloat(text, 64); err != nil || x < 0 || x > 1000 {
						t.Errorf("%s=%q is outside of the chart", name, value)
					}
				}
			}
		}
	}
}

func TestTheDashboardSaysThatTheBankIsOutOfReach(t *testing.T) {
	t.Parallel()
	w := newOutageTill(t, "")
	w.open(noSecondFactor, func(cfg *handlers.Config) { cfg.Desk = w.desk })
	staff := w.staff(models.RoleViewer)
	want := func(status string, told bool) {
		t.Helper()
		doc := staff.open("/admin")
		if got := named(doc, "admin-figure-bank").AttrOr("data-status", ""); got != status {
			t.Errorf("the bank is %q, want %q", got, status)
		}
		if got := named(doc, "bank-outage").Length() == 1; got != told {
			t.Errorf("the page warns: %t, want %t", got, told)
		}
	}
	want("ok", false)
	w.bankIs(says(http.StatusUnauthorized, "application/json", `{"error":"invalid_client"}`))
	w.orders(w.visitor())
	want("no_access", true)
	w.bankIs(says(http.StatusInternalServerError, "application/json", "{}"))
	for range 3 {
		w.later(time.Minute)
		w.orders(w.visitor())
	}
	want("silent", true)
}
