package admin

import (
	"strconv"

	"dukani/models"
	"dukani/payments"
	"dukani/views"
)

// reviewFacts puts what we have and what the bank has next to each other: its last receipt or,
// about an order that we do not have, its message.
func (v visit) reviewFacts(m *models.ReviewMatter) []views.AdminReviewFact {
	event, read := m.Receipt, payments.ReadReceipt
	if m.Callback != nil {
		event, read = m.Callback, payments.ReadCallback
	}
	var bank *models.Report
	if event != nil {
		var err error
		if bank, err = read(event); err != nil {
			v.app.Log.WarnContext(v.UserContext(), "a receipt in the journal cannot be read", "event", event.ID, "err", err)
		}
	}
	facts := v.paymentFacts(m, bank)
	if m.Order != nil {
		facts = append(facts, views.AdminReviewFact{
			Name: v.text("admin.review.fact.order_status"), Ours: views.StatusName(string(v.lang()), string(m.Order.Status)), Value: string(m.Order.Status),
		})
	}
	if m.Mail != nil {
		facts = append(facts,
			views.AdminReviewFact{Name: v.text("admin.review.fact.recipient"), Ours: m.Mail.Recipient},
			views.AdminReviewFact{Name: v.text("admin.review.fact.mail_error"), Ours: m.Mail.LastError})
	}
	return facts
}

// paymentFacts compares an attempt with what the bank says; either may be missing.
func (v visit) paymentFacts(m *models.ReviewMatter, bank *models.Report) (facts []views.AdminReviewFact) {
	p := m.Payment
	if p == nil && bank == nil {
		return nil
	}
	ours, theirs := models.Report{}, models.Report{}
	if p != nil {
		ours = models.Report{
			OrderNumber: m.OrderNumber, BankOrderID: m.BankOrderID, Status: string(p.State), Requested: p.RequestedTetri, Currency: p.Currency,
			Method: p.Method, CardMask: p.CardMask, CardBrand: p.CardBrand, Code: p.BankCode,
		}
	}
	if bank != nil {
		theirs = *bank
	}
	text := func(key, a, b string, compared bool) {
		facts = append(facts, views.AdminReviewFact{
			Name: v.text("admin.review.fact." + key), Ours: a, Theirs: b, Value: a, TheirValue: b,
			Differs: compared && p != nil && bank != nil && a != b,
		})
	}
	amount := func(key string, a, b models.Tetri) {
		f := views.AdminReviewFact{Name: v.text("admin.review.fact." + key)}
		if p != nil {
			f.Ours, f.Value = v.price(a), strconv.FormatInt(int64(a), 10)
		}
		if bank != nil {
			f.Theirs, f.TheirValue = v.price(b), strconv.FormatInt(int64(b), 10)
		}
		f.Differs = p != nil && bank != nil && a != b
		facts = append(facts, f)
	}
	text("number", ours.OrderNumber, theirs.OrderNumber, true)
	text("bank_order", ours.BankOrderID, theirs.BankOrderID, true)
	text("status", ours.Status, theirs.Status, false)
	amount("requested", ours.Requested, theirs.Requested)
	amount("captured", m.Ledger.Captured, theirs.Money().Captured)
	amount("refunded", m.Ledger.Refunded, theirs.Money().Refunded)
	text("currency", ours.Currency, theirs.Currency, true)
	text("method", string(ours.Method), string(theirs.Method), false)
	text("card", ours.CardMask+" "+ours.CardBrand, theirs.CardMask+" "+theirs.CardBrand, false)
	text("code", ours.Code, theirs.Code, false)
	if p != nil {
		began := views.AdminReviewFact{Name: v.text("admin.review.fact.began"), Ours: v.dateTime(p.CreatedAt)}
		if m.Receipt != nil {
			began.Theirs = v.text("admin.review.fact.as_of", v.dateTime(m.Receipt.At))
		}
		facts = append(facts, began)
	}
	return facts
}
