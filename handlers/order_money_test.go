package handlers_test

import (
	"strings"
	"testing"

	"dukani/models"
)

// A customer reads what is on hold, what was missing when it was packed, and how refunds stand.
func TestTheOrdersPageTellsWhatBecomesOfTheMoney(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o, _ := s.paidOrder()
	p := o.LastPayment()
	ctx := t.Context()
	s.exec("UPDATE orders SET status = 'on_hold', paid_payment_id = NULL WHERE id = ?", o.ID)
	s.exec("UPDATE payments SET state = 'held', held_at = created_at, authorized_tetri = 1900, captured_tetri = 0 WHERE id = ?", p.ID)
	page := s.page("/ka/orders/" + o.Token)
	if held := named(page, "order-held"); held.AttrOr("data-value", "") != "1900" || !strings.Contains(plainSpaces(held.Text()), "19,00 ₾") {
		t.Errorf("on hold: %q", held.Text())
	}
	if got := named(page, "order-status").AttrOr("data-status", ""); got != "on_hold" {
		t.Errorf("status %q", got)
	}

	s.exec("UPDATE orders SET status = 'paid', paid_payment_id = ? WHERE id = ?", p.ID, o.ID)
	s.exec("UPDATE payments SET state = 'paid', captured_tetri = 1900 WHERE id = ?", p.ID)
	s.exec("UPDATE order_lines SET missing = 1 WHERE order_id = ?", o.ID)
	if page := s.page("/en/orders/" + o.Token); !strings.Contains(textOf(page, "order-missing"), "× 1") || named(page, "order-held").Length() != 0 {
		t.Errorf("missing: %q", textOf(page, "order-missing"))
	}
	s.exec("UPDATE order_lines SET missing = 0 WHERE order_id = ?", o.ID)

	one := models.RefundRequest{OrderID: o.ID, Lines: []models.LineUnits{{Position: 0, Units: 1}}, AmountTetri: 3_00, Reason: "torn label"}
	r, err := s.store.RequestRefund(ctx, one)
	must(t, err)
	want := func(status string) {
		t.Helper()
		for _, lang := range []string{"ka", "en"} {
			refund := named(s.page("/"+lang+"/orders/"+o.Token), "order-refund")
			if refund.AttrOr("data-status", "") != status || refund.AttrOr("data-value", "") != "300" || strings.Contains(refund.Text(), "order.") {
				t.Errorf("%s: the refund reads %q, want %s", lang, refund.Text(), status)
			}
			if strings.Contains(refund.Text(), "torn label") {
				t.Errorf("%s: staff's reason is for staff", lang)
			}
		}
	}
	want("requested")
	must(t, s.store.ActionFailed(ctx, models.ActionRefund, r.ID, models.Rejection{Code: "162", Why: "162 declined"}))
	want("rejected")
	must(t, s.store.RetryRefund(ctx, r.ID, models.Actor{}))
	want("requested")
	s.exec("UPDATE refunds SET state = 'completed' WHERE id = ?", r.ID)
	want("completed")
}

// The mail about a refund says what it is for.
func TestTheMailAboutARefundNamesTheUnits(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	o, _ := s.paidOrder()
	p := o.LastPayment()
	ctx := t.Context()
	r, err := s.store.RequestRefund(ctx, models.RefundRequest{OrderID: o.ID, All: true, Reason: "x"})
	must(t, err)
	must(t, s.store.ActionAccepted(ctx, models.ActionRefund, r.ID, "action 1"))
	_, err = s.store.Settle(ctx, models.Report{
		PaymentID: p.ID, State: models.PaymentRefunded, BankOrderID: "bank-1", OrderNumber: o.Number, Currency: "GEL", Status: "refunded",
		Requested: 19_00, Refunded: 19_00,
		Actions: []models.ReportedAction{{ID: "action 1", Kind: models.ActionRefund, ByShop: true, State: models.ActionCompleted, Amount: 19_00}},
	})
	must(t, err)
	name := o.Lines[0].NameKa + " × 1"
	if _, text, html := s.written(models.MailRefunded); !strings.Contains(text, name) || !strings.Contains(html, name) {
		t.Errorf("the mail reads %s", text)
	}
}
