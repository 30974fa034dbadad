package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"dukani/models"
	"dukani/models/storetest"
)

// report is what the bank says about a paid order's attempt p.
func (s *shop) report(o *models.Order, p *models.Payment, state models.PaymentState, refunded models.Tetri) {
	s.t.Helper()
	_, err := s.store.Settle(s.t.Context(), models.Report{
		PaymentID: p.ID, State: state, BankOrderID: *p.BankOrderID, OrderNumber: o.Number, Currency: "GEL", Status: string(state),
		Requested: o.TotalTetri, Transferred: o.TotalTetri - refunded, Refunded: refunded, CardMask: "400000***0001",
	})
	must(s.t, err)
}

// written is the text and the page of an order's newest mail of a kind.
func (s *shop) written(kind models.MailKind) (subject, text, html string) {
	s.t.Helper()
	list, err := s.store.Mails(s.t.Context(), 20)
	must(s.t, err)
	for _, m := range list {
		if m.Kind == kind {
			must(s.t, s.mailer("").Work(s.t.Context(), &river.Job[models.MailJob]{Args: models.MailJob{MailID: m.ID}}))
			stored, err := s.store.MailByID(s.t.Context(), m.ID)
			must(s.t, err)
			return stored.Subject, plainSpaces(stored.Text), plainSpaces(stored.HTML)
		}
	}
	s.t.Fatalf("no mail of the kind %s", kind)
	return "", "", ""
}

// plainSpaces writes prices with plain spaces instead of those that do not break.
func plainSpaces(text string) string {
	return strings.NewReplacer("\u00a0", " ", "&nbsp;", " ").Replace(text)
}

// paidTwice is a paid order whose earlier, declined attempt was paid as well.
func (s *shop) paidTwice(lang models.Lang) (*models.Order, *models.Payment) {
	s.t.Helper()
	ctx := s.t.Context()
	_, err := s.store.AddToCart(ctx, "twice", "imeruli", 1)
	must(s.t, err)
	request := func(*models.Order, models.PaymentKind) (models.NewPayment, error) {
		return models.NewPayment{IdempotencyKey: uuid.NewString(), RequestBody: []byte("{}"), ExpiresAt: s.store.Now().Add(time.Hour)}, nil
	}
	cart, err := s.store.Cart(ctx, lang, "twice")
	must(s.t, err)
	o, err := s.store.PlaceOrder(ctx, "twice", models.Checkout{
		Key: uuid.NewString(), ExpectedTotal: 19_00, Shown: cart.Shown(lang, nil), Lang: lang, Name: "ნინო კაპანაძე", Email: "nino@example.ge",
		Phone: "599123456", Delivery: models.Pickup, AcceptsTerms: true,
	}, request)
	must(s.t, err)
	must(s.t, s.store.StartAnswered(ctx, o.LastPayment().ID, "first", "https://payment.bog.ge/?order_id=1"))
	o, err = s.store.OrderByID(ctx, o.ID)
	must(s.t, err)
	first := *o.LastPayment()
	s.report(o, &first, models.PaymentDeclined, 0)
	p, err := s.store.RetryPayment(ctx, o.ID, models.PayWith{}, request)
	must(s.t, err)
	must(s.t, s.store.StartAnswered(ctx, p.ID, "second", "https://payment.bog.ge/?order_id=2"))
	o, err = s.store.OrderByID(ctx, o.ID)
	must(s.t, err)
	s.report(o, o.LastPayment(), models.PaymentPaid, 0)
	s.report(o, &first, models.PaymentPaid, 0)
	return o, &first
}

func TestAShopperWhoWasChargedTwiceReadsSo(t *testing.T) {
	t.Parallel()
	for lang, want := range map[models.Lang][3]string{
		models.Ka: {"ორჯერ", "19,00 ₾", "დაგიბრუნდათ"},
		models.En: {"charged twice", "19.00 ₾", "has been returned"},
	} {
		s := newShop(t)
		o, first := s.paidTwice(lang)
		page := "/" + string(lang) + "/orders/" + o.Token
		doc := s.page(page)
		if said := plainSpaces(textOf(doc, "charged-twice")); !strings.Contains(said, want[0]) || !strings.Contains(said, want[1]) {
			t.Errorf("%s: the page says %q", lang, said)
		}
		if status, _ := named(doc, "order-status").Attr("data-status"); status != "paid" {
			t.Errorf("the order is %s", status)
		}
		subject, text, html := s.written(models.MailPaidTwice)
		if !strings.Contains(subject, want[0]) || !strings.Contains(text, want[1]) || !strings.Contains(html, want[1]) {
			t.Errorf("%s: the mail says %q, %q", lang, subject, text)
		}
		s.report(o, first, models.PaymentRefunded, 19_00)
		if said := textOf(s.page(page), "charged-twice"); !strings.Contains(said, want[2]) {
			t.Errorf("%s: after the return the page says %q", lang, said)
		}
	}
}

func TestAMailTellsHowMuchWentBack(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o, _ := s.paidOrder()
	o, err := s.store.OrderByID(t.Context(), o.ID)
	must(t, err)
	s.report(o, o.LastPayment(), models.PaymentPartRefunded, 4_00)
	if subject, text, html := s.written(models.MailRefunded); !strings.Contains(subject, o.Number) || !strings.Contains(text, "4,00 ₾") ||
		!strings.Contains(html, "4,00 ₾") || strings.Contains(text, "სულ დაბრუნებულია") {
		t.Errorf("the first says %q: %s", subject, text)
	}
	s.report(o, o.LastPayment(), models.PaymentRefunded, 19_00)
	if _, text, _ := s.written(models.MailRefunded); !strings.Contains(text, "15,00 ₾") || !strings.Contains(text, "სულ დაბრუნებულია 19,00 ₾") {
		t.Errorf("the second says %s", text)
	}
	if page := plainSpaces(s.get("/ka/orders/" + o.Token).text); !strings.Contains(page, "19,00 ₾") || !strings.Contains(page, `data-status="refunded"`) {
		t.Error("the order's page does not tell it")
	}
}

// Until the bank has made the refund, no page or mail says that the money is on its way.
func TestARejectedRefundIsToldAsItIs(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o, _ := s.paidOrder()
	s.exec("UPDATE orders SET status = 'refund_requested' WHERE id = ?", o.ID)
	s.exec(`INSERT INTO refunds (id, payment_id, idempotency_key, amount_tetri, reason, state, next_try_at, created_at, updated_at)
		VALUES (1, ?, 'k', 1900, 'paid_too_late', 'requested', '2026-11-23', '2026-11-23', '2026-11-23')`, o.LastPayment().ID)
	must(t, s.store.ActionFailed(t.Context(), models.ActionRefund, 1, models.Rejection{Code: "162", Why: "162 declined"}))
	for lang, delayed := range map[string]string{"ka": "ვერ შეძლო", "en": "has not been able to return it yet"} {
		if page := s.page("/" + lang + "/orders/" + o.Token); !strings.Contains(textOf(page, "order-status"), delayed) {
			t.Errorf("%s: the page says %s", lang, textOf(page, "order-status"))
		}
	}
	must(t, s.store.RetryRefund(t.Context(), 1, models.Actor{}))
	if page := s.page("/en/orders/" + o.Token); strings.Contains(textOf(page, "order-status"), "has not been able") {
		t.Error("asked again, and the page says it was not")
	}
}

// The order's page is shown although the database cannot be written.
func TestPagesThatOnlyTellNeedNoWrite(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o, _ := s.paidOrder()
	v := s.member("ana@example.ge")
	v.add("imeruli", "1")
	for _, table := range []string{"sessions", "carts", "cart_items", "orders", "payments", "payment_events", "review_items", "heartbeat"} {
		for _, change := range []string{"INSERT", "UPDATE", "DELETE"} {
			storetest.Break(t, s.raw, "BEFORE "+change, table, "true")
		}
	}
	s.store.Now = func() time.Time { return time.Now().UTC().Add(26 * time.Hour) } // sessions would be prolonged
	for _, path := range []string{"/ka", "/ka/cart", "/ka/orders/" + o.Token, "/ka/orders/" + o.Token + "/status", "/ka/account", "/ka/account/orders", "/ka/search?q=x"} {
		if r := v.send(request("GET", path, nil)); r.StatusCode != http.StatusOK {
			t.Errorf("GET %s = %d", path, r.StatusCode)
		}
	}
}
