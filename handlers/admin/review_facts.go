package admin

import (
	"errors"
	"strconv"

	"dukani/models"
	"dukani/payments"
	"dukani/views"
)

// reviewFacts puts what we have and what the bank has next to each other: its last receipt or,
// about an order that we do not have, its message.
func (v visit) reviewFacts(m *models.ReviewMatter) ([]views.AdminReviewFact, error) {
	event, read := m.Receipt, payments.ReadReceipt
	if m.Callback != nil && (event == nil || event.Verdict == models.VerdictUnknown) {
		event, read = m.Callback, payments.ReadCallback
	}
	var bank *models.Report
	if event != nil {
		var err error
		if bank, err = read(event); err != nil {
			v.app.Log.WarnContext(v.UserContext(), "what the bank said, in the journal, cannot be read", "event", event.ID, "err", err)
		}
	}
	facts := v.paymentFacts(m, bank)
	if m.UnknownBankOrder() != "" {
		unknown, err := v.unknownFacts(m, bank)
		return append(unknown, facts...), err
	}
	if m.Order != nil {
		facts = append(facts, views.AdminReviewFact{
			Name: v.text("admin.review.fact.order_status"), Ours: views.StatusName(string(v.lang()), string(m.Order.Status)), Value: string(m.Order.Status),
		})
	}
	if m.Mail != nil {
		facts = append(facts,
			views.AdminReviewFact{Name: v.text("admin.review.fact.recipient"), Ours: m.Mail.Recipient},
			views.AdminReviewFact{Name: v.text("admin.review.fact.mail_error"), Ours: m.Mail.LastError, Raw: true})
	}
	return facts, nil
}

// unknownFacts says what the bank has answered about an order that we do not have, and whether an
// order of ours has its number: then it is another payment for that order, or another shop counts
// its orders as we do.
func (v visit) unknownFacts(m *models.ReviewMatter, bank *models.Report) (facts []views.AdminReviewFact, err error) {
	answer := views.AdminReviewFact{Name: v.text("admin.review.fact.answer"), TheirValue: "none", Theirs: v.text("admin.review.answer.none")}
	switch {
	case m.Receipt == nil:
	case m.Receipt.Verdict == models.VerdictUnknown:
		answer.Theirs, answer.TheirValue = v.text("admin.review.answer.unknown"), models.VerdictUnknown
	default:
		answer.Theirs, answer.TheirValue = v.text("admin.review.answer.known"), "known"
	}
	facts = append(facts, answer)
	if bank == nil || bank.OrderNumber == "" {
		return facts, nil
	}
	same := views.AdminReviewFact{Name: v.text("admin.review.fact.same_number"), Ours: v.text("admin.review.same_number.none")}
	o, err := v.app.Store.OrderByNumber(v.UserContext(), bank.OrderNumber)
	if e, ok := errors.AsType[*models.Error](err); ok && e.Kind == models.NotFound {
		return append(facts, same), nil
	}
	if err != nil {
		return nil, err
	}
	same.Ours = o.Number + " · " + views.StatusName(string(v.lang()), string(o.Status))
	same.Value, same.URL = o.Number, Prefix+orderPath(o)
	return append(facts, same), nil
}

// paymentFacts compares an attempt with what the bank says; either may be missing.
func (v visit) paymentFacts(m *models.ReviewMatter, bank *models.Report) (facts []views.AdminReviewFact) {
	p, lang := m.Payment, string(v.lang())
	if p == nil && bank == nil {
		return nil
	}
	ours, theirs := models.Report{}, models.Report{}
	if p != nil {
		ours = models.Report{
			OrderNumber: m.OrderNumber, BankOrderID: m.BankOrderID, Status: string(p.State), Requested: p.RequestedTetri, Currency: p.Currency,
			Method: p.Method, CardMask: p.CardMask, CardBrand: p.CardBrand, PayerName: p.PayerName, Code: p.BankCode,
		}
	}
	if bank != nil {
		theirs = *bank
	}
	text := func(key, a, b string, compared bool) *views.AdminReviewFact {
		facts = append(facts, views.AdminReviewFact{
			Name: v.text("admin.review.fact." + key), Ours: a, Theirs: b, Value: a, TheirValue: b,
			Differs: compared && p != nil && bank != nil && a != b,
		})
		return &facts[len(facts)-1]
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
	status := text("status", ours.Status, theirs.Status, false)
	if status.TheirsRaw = true; p != nil {
		status.Ours = v.text("admin.order.payment." + ours.Status)
	}
	amount("requested", ours.Requested, theirs.Requested)
	amount("captured", m.Ledger.Captured, theirs.Money().Captured)
	amount("refunded", m.Ledger.Refunded, theirs.Money().Refunded)
	if theirs.Discount != (models.ReportedDiscount{}) || p != nil && p.DiscountTetri > 0 {
		off := models.Tetri(0)
		if p != nil {
			off = p.DiscountTetri
		}
		amount("discount", off, theirs.Discount.Original-theirs.Discount.Due)
	}
	text("currency", ours.Currency, theirs.Currency, true)
	method := text("method", string(ours.Method), string(theirs.Method), false)
	method.Ours, method.Theirs = views.MethodName(lang, string(ours.Method)), views.MethodName(lang, string(theirs.Method))
	text("card", cardOf(ours), cardOf(theirs), false)
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

// cardOf is the masked number of a card and its scheme; a space alone would be read out as a cell
// that has something in it.
func cardOf(r models.Report) string {
	if r.CardBrand == "" {
		return r.CardMask + r.PayerName // the bank names one of them
	}
	return r.CardMask + " " + r.CardBrand
}
