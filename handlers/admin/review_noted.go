package admin

import (
	"cmp"
	"strings"

	"dukani/models"
	"dukani/views"
)

// noted says what the program knows about an item beyond what every item of its kind has in
// common: in words made from the facts as they are stored and, in raw, what only the bank or
// the mail server has words for.
func (v visit) noted(m *models.ReviewMatter) (sentence, raw string) {
	switch m.Kind {
	case models.ReviewSecondPayment, models.ReviewChargeUnknown:
		return "", "" // the kind says it all
	case models.ReviewUnknownStatus:
		return v.text("admin.review.noted.status"), m.Detail
	case models.ReviewUnknownAtBank, models.ReviewCardNotForgotten:
		return v.text("admin.review.noted.answer"), m.Detail
	case models.ReviewNoAccess:
		return v.text("admin.review.noted.call", strings.TrimPrefix(m.Subject, "bank call ")), m.Detail
	case models.ReviewRefundRejected, models.ReviewCaptureRejected, models.ReviewRefundUndecided, models.ReviewCaptureUndecided:
		return v.notedAction(m)
	case models.ReviewRefundByHand:
		if m.Refund != nil {
			return v.text("admin.review.noted.by_hand", v.price(m.Refund.AmountTetri)), ""
		}
	case models.ReviewReturnOverdue:
		return v.text("admin.review.noted.due", v.date(m.Return.DueAt)), ""
	case models.ReviewMailNotSent:
		if m.Mail != nil {
			return v.text("admin.review.noted.mail", v.text("admin.order.mail."+string(m.Mail.Kind)), m.Mail.Recipient), m.Mail.LastError
		}
	case models.ReviewUnknownOrder:
		if m.Callback != nil {
			return "", "" // the table has it
		}
	}
	if sentence = v.notedMoney(m); sentence != "" {
		return sentence, ""
	}
	return "", m.Detail
}

// notedAction says which action of an attempt an item is about, and why the bank rejected it.
func (v visit) notedAction(m *models.ReviewMatter) (sentence, raw string) {
	a := m.Action
	if a == nil {
		return "", m.Detail
	}
	what := v.text("admin.order.action."+string(a.Kind)) + ", " + v.price(a.AmountTetri)
	if m.Kind == models.ReviewRefundUndecided || m.Kind == models.ReviewCaptureUndecided {
		return v.text("admin.review.noted.undecided_since", what, v.dateTime(a.UpdatedAt)), ""
	}
	key := "admin.review.noted.rejected"
	if (&models.Refund{BankAction: a.BankAction}).Stopped() {
		key = "admin.review.noted.stopped"
	}
	sentence = v.text(key, what, v.dateTime(a.UpdatedAt))
	if why := views.RejectText(string(v.lang()), a.RejectCode); why != "" {
		sentence += " " + why
	}
	return sentence, cmp.Or(a.RejectReason, a.RejectCode)
}

// notedMoney says what is known about the money of an attempt; "" if nothing is that has words.
func (v visit) notedMoney(m *models.ReviewMatter) string {
	p, o := m.Payment, m.Order
	if p == nil || o == nil {
		return ""
	}
	switch m.Kind {
	case models.ReviewPaidAfterCancel:
		if o.CancelledAt != nil {
			return v.text("admin.review.noted.cancelled", v.dateTime(*o.CancelledAt))
		}
		return v.text("admin.review.noted.replaced")
	case models.ReviewPaidTooLate:
		for _, l := range o.Lines {
			if strings.HasPrefix(m.Detail, "no more "+l.Slug+";") {
				return v.text("admin.review.noted.sold_out", l.Name(v.lang()))
			}
		}
	case models.ReviewHoldExpiring:
		if until := p.HoldExpires(); until != nil {
			return v.text("admin.review.noted.hold", v.price(p.AuthorizedTetri), v.date(*until))
		}
	case models.ReviewCardKind:
		if p.SaveCard == models.Subscription {
			return v.text("admin.review.noted.card_remembered")
		}
		return v.text("admin.review.noted.card_charged")
	case models.ReviewReconciliation:
		if d := m.Difference; d != nil {
			return v.text("admin.review.noted.difference", v.price(d.OurCaptured), v.price(d.OurRefunded), v.price(d.BankCaptured), v.price(d.BankRefunded))
		}
	case models.ReviewUndecided:
		if o.ReservesStock {
			return v.text("admin.review.noted.waits_reserved", v.dateTime(p.ExpiresAt))
		}
		return v.text("admin.review.noted.waits", v.dateTime(p.ExpiresAt))
	}
	return ""
}

// outcome is how an item was resolved, in words: the way out that was taken is a machine word
// before the reason, and what closed it by itself is one of a few.
func (v visit) outcome(r *models.ReviewItem) (text, raw string) {
	how, closed := strings.CutPrefix(r.Resolution, "healed: ")
	if !closed {
		way, reason, ok := strings.Cut(r.Resolution, ": ")
		if key := "admin.review.way." + way; ok && views.Has(key) {
			return v.text(key) + ": " + reason, ""
		}
		return r.Resolution, ""
	}
	status, says := strings.CutPrefix(how, "the bank says ")
	if says {
		return v.text("admin.review.healed.bank_says"), status
	}
	if key := healed[how]; key != "" {
		return v.text(key), ""
	}
	return "", how
}

// healed has the words for what closes an item by itself.
var healed = map[string]string{
	"it is asked for again":                "admin.review.healed.again",
	"the refund is asked for again":        "admin.review.healed.again",
	"staff ended the payment":              "admin.review.healed.ended",
	"the bank has done it":                 "admin.review.healed.done",
	"the refund was stopped":               "admin.review.healed.stopped",
	"the bank has said no":                 "admin.review.healed.no",
	"the bank has forgotten the card":      "admin.review.healed.forgotten",
	"the bank takes the call":              "admin.review.healed.access",
	"the bank's word was taken":            "admin.review.healed.taken",
	"the mail is sent again":               "admin.review.healed.mail",
	"the money went back":                  "admin.review.healed.money_back",
	"the return is closed":                 "admin.review.healed.return",
	"the payment was found":                "admin.review.healed.found",
	"the bank has shared the money":        "admin.review.healed.shared",
	"it is offered again":                  "admin.review.healed.offered",
	"it is owed again":                     "admin.review.healed.owed",
	"they agree":                           "admin.review.healed.agree",
	"the bank was asked again: they agree": "admin.review.healed.agree",
}
