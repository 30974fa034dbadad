package admin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"dukani/models"
	"dukani/views"
)

// timeline collects what the shopper, the bank, the shop and staff did with an order.
type timeline struct {
	v      visit
	lang   string
	events []timedEvent
}

type timedEvent struct {
	at time.Time
	views.AdminOrderEvent
}

// The ones who act, in machine words.
const (
	byShopper = "shopper"
	byBank    = "bank"
	byShop    = "shop"
	byStaff   = "staff"
	byMail    = "mail"
)

func (t *timeline) add(at time.Time, who, text, detail, url string) {
	t.events = append(t.events, timedEvent{at, views.AdminOrderEvent{
		Time: t.v.dateTime(at), Machine: rfc3339(at), Who: who, WhoName: t.v.text("admin.order.who." + who), Text: text, Detail: detail, URL: url,
	}})
}

// orderEvents is one list of everything: what the shopper, the bank, the shop and staff did, and
// the mails; the newest last.
func (v visit) orderEvents(o *models.Order, h *models.OrderHistory, accesses []models.OrderAccess) []views.AdminOrderEvent {
	t := &timeline{v: v, lang: string(v.lang())}
	for _, e := range o.Events {
		who := byShop
		if e.Detail == "placed" || e.Detail == "retried" {
			who = byShopper
		}
		t.add(e.At, who, views.StepText(t.lang, string(e.Status), e.Detail), "", "")
	}
	t.consents(o)
	t.accesses(accesses)
	t.journal(o, h.Journal)
	for _, m := range h.Mails {
		t.mail(m)
	}
	for _, e := range h.Audit {
		if e.Action != "note" { // the note itself stands in the list
			t.add(e.At, byStaff, v.word("admin.audit.", e.Action), joined(e.Who, change(e.Before, e.After)), "")
		}
	}
	for _, n := range h.Notes {
		t.add(n.At, byStaff, v.text("admin.order.noted"), joined(n.Who, n.Text), "")
	}
	slices.SortStableFunc(t.events, func(a, b timedEvent) int { return a.at.Compare(b.at) })
	list := make([]views.AdminOrderEvent, 0, len(t.events))
	for _, e := range t.events {
		list = append(list, e.AdminOrderEvent)
	}
	return list
}

// consents are what the shopper agreed to.
func (t *timeline) consents(o *models.Order) {
	t.add(o.TermsAt, byShopper, t.v.text("admin.order.terms", o.TermsVersion), "", "")
	if o.AgeConfirmedAt != nil {
		t.add(*o.AgeConfirmedAt, byShopper, t.v.text("admin.order.age"), "", "")
	}
	if o.ConsentAt != nil {
		t.add(*o.ConsentAt, byShopper, t.v.text("admin.order.save_card."+string(o.SaveCard), o.ConsentVersion), "", "")
	}
}

// accesses are visits of the shopper. Their network addresses are for a dispute only.
func (t *timeline) accesses(list []models.OrderAccess) {
	for _, a := range list {
		if a.What != models.AccessPlaced { // the order's own event says so
			t.add(a.At, byShopper, t.v.text("admin.order.access."+string(a.What)), "", "")
		}
	}
}

// journal are the lines of the payment journal, whose bytes are behind a link.
func (t *timeline) journal(o *models.Order, events []models.Event) {
	attempts := map[int64]int{}
	for _, p := range o.Payments {
		attempts[p.ID] = p.Attempt
	}
	for _, e := range events {
		url := fmt.Sprintf("%s%s/journal/%d", Prefix, orderPath(o), e.ID)
		attempt := ""
		if e.PaymentID != nil && len(attempts) > 1 {
			attempt = t.v.text("admin.order.attempt", attempts[*e.PaymentID])
		}
		switch e.Kind {
		case models.EventCallback:
			t.add(e.At, byBank, t.v.text("admin.order.callback"), joined(attempt, string(e.Cause)), url)
		case models.EventReceipt:
			t.add(e.At, byBank, t.v.text("admin.order.receipt", e.Verdict), joined(attempt, t.cause(e.Cause)), url)
		case models.EventCall:
			t.add(e.At, byShop, t.v.text("admin.order.call", string(e.Cause)), joined(attempt, e.Verdict), url)
		case models.EventTransition:
			from, to, _ := strings.Cut(e.Verdict, " to ")
			t.add(e.At, byShop, t.v.text("admin.order.transition", t.v.word("admin.order.payment.", from), t.v.word("admin.order.payment.", to)),
				joined(attempt, t.cause(e.Cause)), "")
		case models.EventSplit:
			from, to, _ := strings.Cut(e.Verdict, " to ")
			t.add(e.At, byBank, t.v.text("admin.split.moved", t.v.word("admin.split.state.", from), t.v.word("admin.split.state.", to)),
				joined(attempt, t.cause(e.Cause)), "")
		default:
			t.add(e.At, byShop, string(e.Kind), joined(attempt, e.Verdict), url)
		}
	}
}

// cause says why the bank was asked.
func (t *timeline) cause(c models.Cause) string {
	return t.v.word("admin.order.cause.", strings.ReplaceAll(string(c), " ", "_"))
}

func (t *timeline) mail(m models.Mail) {
	subject := cmp.Or(m.Subject, t.v.word("admin.order.mail.", string(m.Kind)))
	switch {
	case m.SentAt != nil:
		t.add(*m.SentAt, byMail, t.v.text("admin.order.mail_sent"), subject, "")
	case m.GivenUpAt != nil:
		t.add(*m.GivenUpAt, byMail, t.v.text("admin.order.mail_failed"), joined(subject, m.LastError), "")
	default:
		t.add(m.CreatedAt, byMail, t.v.text("admin.order.mail_waits"), joined(subject, m.LastError), "")
	}
}

// joined is what there is of some texts, in one line.
func joined(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), " · ")
}

// change says what something was and became.
func change(before, after string) string {
	if before == "" || after == "" {
		return before + after
	}
	return before + " » " + after
}
