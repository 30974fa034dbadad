package admin

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"dukani/models"
	"dukani/payments"
	"dukani/views"
)

// orderForms is what was typed into the forms of an order's page and found wrong.
type orderForms struct {
	note    views.Form
	money   map[string]moneyForm // by what they do
	problem string               // with what has no form of its own
	goods   goodsForms
}

func (v visit) orderForms() orderForms {
	return orderForms{note: v.emptyForm("note"), goods: goodsForms{Form: v.emptyForm()}}
}

// showOrder handles GET /admin/orders/:number.
func (a *app) showOrder(v visit) error {
	o, err := a.order(v)
	if err != nil {
		return err
	}
	return a.orderPage(v, o, v.orderForms())
}

func (a *app) order(v visit) (*models.Order, error) {
	return a.Store.OrderByNumber(v.UserContext(), v.param("number"))
}

// orderPath is the page of an order, after Prefix.
func orderPath(o *models.Order) string { return "/orders/" + url.PathEscape(o.Number) }

// orderPage shows an order with everything that belongs to it.
func (a *app) orderPage(v visit, o *models.Order, forms orderForms) error {
	history, err := a.Store.OrderHistory(v.UserContext(), o)
	if err != nil {
		return err
	}
	accesses, err := a.Store.OrderAccesses(v.UserContext(), o.ID)
	if err != nil {
		return err
	}
	money, err := a.Store.OrderMoney(v.UserContext(), o)
	if err != nil {
		return err
	}
	splits, err := a.Store.OrderSplits(v.UserContext(), o.ID)
	if err != nil {
		return err
	}
	lang := string(v.lang())
	p := views.AdminOrder{
		AdminPage: v.page(v.text("admin.order.title", o.Number)), Number: o.Number, URL: Prefix + orderPath(o), BackURL: v.listAddress(),
		Placed: v.dateTime(o.CreatedAt), Status: views.OrderState(lang, string(o.Status)), Total: v.price(o.TotalTetri), TotalTetri: int64(o.TotalTetri),
		CanAsk:  v.may(models.RoleClerk) && slices.ContainsFunc(o.Payments, func(p models.Payment) bool { return p.BankOrderID != nil || p.Unopened() }),
		Contact: v.contact(o, history), Events: v.orderEvents(o, history, accesses),
	}
	if o.Status.Delivers() || o.Fulfilment != models.FulfilmentWaiting {
		p.Fulfilment = views.FulfilmentState(lang, string(o.Fulfilment))
	}
	if v.may(models.RoleManager) {
		p.DisputeURL = p.URL + "/dispute"
	}
	p.Problem, p.Money = forms.problem, v.orderMoney(o, money, forms)
	for kind, f := range forms.money {
		if f.Problem != "" && !p.Money.Offers(kind) {
			p.Problem = f.Problem // the form is gone: somebody else was faster
		}
	}
	a.orderParts(v, o, history, forms, &p)
	if p.Goods, err = a.goods(v, o, forms.goods); err != nil {
		return err
	}
	p.Splits, p.Kept = v.splits(o, splits), v.kept(splits)
	p.Goods.Kept = p.Kept
	for i, l := range money.Lines {
		p.Lines[i].Missing, p.Lines[i].Refunded, p.Lines[i].Running = l.Missing, l.Refunded, l.Refunding
	}
	return v.Render("admin/order", p)
}

// listAddress is the page of the list that led here.
func (v visit) listAddress() string {
	if q, err := url.ParseQuery(v.Query("list")); err == nil && len(q) > 0 {
		return Prefix + "/orders?" + q.Encode()
	}
	return Prefix + "/orders"
}

// orderParts fills in the parts of an order's page.
func (a *app) orderParts(v visit, o *models.Order, h *models.OrderHistory, forms orderForms, p *views.AdminOrder) {
	lang := v.lang()
	for _, item := range h.Reviews {
		if item.ResolvedAt == nil {
			p.Reviews = append(p.Reviews, views.AdminOrderReview{
				Text: v.word("admin.review.kind.", string(item.Kind)), Detail: item.Detail, URL: Prefix + "/review",
			})
		}
	}
	for _, l := range o.Lines {
		p.Lines = append(p.Lines, views.AdminOrderLine{
			Name: l.Name(lang), Measure: l.Measure(lang), Price: v.price(l.UnitTetri), Total: v.price(l.Total()), Bought: l.Quantity,
		})
	}
	p.Totals = views.Totals{
		Items: v.price(o.ItemsTetri), Delivery: views.DeliveryCost(string(lang), int64(o.DeliveryTetri)), Total: v.price(o.TotalTetri),
		VAT: v.price(o.VatTetri), TotalTetri: int64(o.TotalTetri),
	}
	for i := range o.Payments {
		p.Attempts = append(p.Attempts, v.attempt(o, &o.Payments[i]))
	}
	for _, m := range h.Mails {
		p.Mails = append(p.Mails, v.orderMail(m))
	}
	for _, n := range h.Notes {
		text := n.Text
		if text == "" {
			text = v.text("admin.order.note_forgotten")
		}
		p.Notes = append(p.Notes, views.AdminOrderNote{Who: n.Who, Time: v.dateTime(n.At), Text: text})
	}
	if v.may(models.RoleClerk) {
		p.Note = &views.AdminField{
			Name: "note", Label: v.text("admin.order.note"), Type: "textarea", Rows: 3, MaxLength: 2000, Value: forms.note.Value("note"),
			Error: forms.note.Error("note"), Hint: v.text("admin.order.note_hint"),
		}
	}
}

// word is the words for a machine word, or the machine word itself where there are none.
func (v visit) word(prefix, machine string) string {
	if !views.Has(prefix + machine) {
		return machine
	}
	return v.text(prefix + machine)
}

// attempt is an attempt to pay in the bank's words.
func (v visit) attempt(o *models.Order, p *models.Payment) views.AdminAttempt {
	lang, shown := string(v.lang()), o.ShownPayment()
	attempt := views.AdminAttempt{
		Name: v.text("admin.order.attempt", p.Attempt), Selected: shown != nil && shown.ID == p.ID,
		State: views.AdminState{Status: string(p.State), Name: v.word("admin.order.payment.", string(p.State)), Tone: attemptKinds[p.State]},
	}
	fact := func(label, text string, code bool) {
		if text != "" {
			attempt.Facts = append(attempt.Facts, views.AdminOrderFact{Label: v.text("admin.order.fact." + label), Text: text, Code: code})
		}
	}
	amount := func(label string, t models.Tetri) {
		if t > 0 {
			fact(label, v.price(t), false)
		}
	}
	fact("begun", v.dateTime(p.CreatedAt), false)
	fact("kind", v.text("admin.order.kind."+string(p.Kind)), false)
	if p.Method != "" {
		fact("method", views.MethodName(lang, string(p.Method)), false)
	}
	fact("payer", p.PayerName, false)
	fact("card", strings.TrimSpace(views.CardBrand(p.CardBrand)+" "+p.CardMask), false)
	amount("requested", p.RequestedTetri)
	amount("authorized", p.AuthorizedTetri)
	amount("captured", p.CapturedTetri)
	amount("discount", p.DiscountTetri)
	amount("refunded", p.RefundedTetri)
	fact("bank_status", p.BankStatus, true)
	fact("bank_code", p.BankCode, true)
	if p.BankCode != "" {
		reason, _ := views.DeclineText(lang, p.BankCode)
		if p.State == models.PaymentDeclined || p.State == models.PaymentRefused {
			fact("meaning", reason, false)
		}
	}
	fact("reject_reason", p.RejectReason, true)
	if p.BankOrderID != nil {
		fact("bank_id", *p.BankOrderID, true)
	}
	if p.CheckedAt != nil {
		fact("checked", v.dateTime(*p.CheckedAt), false)
	}
	if p.NextCheckAt != nil {
		fact("next_check", v.dateTime(*p.NextCheckAt), false)
	}
	return attempt
}

var attemptKinds = map[models.PaymentState]string{
	models.PaymentPaid: "good", models.PaymentHeld: "info", models.PaymentProcessing: "info", models.PaymentOpen: "info",
	models.PaymentDeclined: "bad", models.PaymentRefused: "bad", models.PaymentMismatch: "bad", models.PaymentRefunding: "warn",
	models.PaymentPartRefunded: "warn",
}

// orderMail is a mail about an order with how it fared.
func (v visit) orderMail(m models.Mail) views.AdminOrderMail {
	row := views.AdminOrderMail{ID: strconv.FormatInt(m.ID, 10), Subject: m.Subject, Time: v.dateTime(m.CreatedAt)}
	if row.Subject == "" {
		row.Subject = v.word("admin.order.mail.", string(m.Kind))
	}
	state, kind := "waiting", "info"
	switch {
	case m.SentAt != nil:
		state, kind = "sent", "good"
		row.Time = v.dateTime(*m.SentAt)
	case m.GivenUpAt != nil:
		state, kind, row.Detail = "failed", "bad", m.LastError
	case m.Tries > 0:
		state, kind, row.Detail = "trying", "warn", m.LastError
	case m.Text != "":
		state, kind = "kept", ""
	}
	row.State = views.AdminState{Status: state, Name: v.text("admin.order.mail_state." + state), Tone: kind}
	row.CanAgain = v.may(models.RoleClerk) && m.Recipient != "" && m.Text != "" && state != "trying"
	return row
}

// askBank handles POST /admin/orders/:number/ask: the bank is asked about every attempt of the
// order, and the page says what that has changed.
func (a *app) askBank(v visit) error {
	before, err := a.order(v)
	if err != nil {
		return err
	}
	page := orderPath(before)
	after, err := a.Desk.SettleOrder(v.UserContext(), before.Number)
	switch {
	case errors.Is(err, payments.ErrNoAccess):
		return v.done(page, "admin.order.bank_no_access")
	case errors.Is(err, payments.ErrBankSilent):
		return v.done(page, "admin.order.bank_silent")
	case err != nil:
		return err
	case after.Status != before.Status:
		return v.done(page, "admin.order.bank_changed", views.StatusName(string(v.lang()), string(after.Status)))
	case len(after.Events) != len(before.Events) || moneyMoved(before, after):
		return v.done(page, "admin.order.bank_news")
	}
	return v.done(page, "admin.order.bank_same")
}

// moneyMoved reports whether an attempt stands differently than before.
func moneyMoved(before, after *models.Order) bool {
	return !slices.EqualFunc(before.Payments, after.Payments, func(a, b models.Payment) bool {
		return a.State == b.State && a.CapturedTetri == b.CapturedTetri && a.RefundedTetri == b.RefundedTetri && a.BankCode == b.BankCode
	})
}

// addNote handles POST /admin/orders/:number/notes.
func (a *app) addNote(v visit) error {
	form, err := v.form("note")
	if err != nil {
		return err
	}
	o, err := a.order(v)
	if err != nil {
		return err
	}
	if err := a.Store.AddOrderNote(v.UserContext(), v.by(), o.Number, form.Value("note")); err != nil {
		forms := v.orderForms()
		if err := v.refuse(&form, err); err != nil {
			return err
		}
		forms.note = form
		return a.orderPage(v, o, forms)
	}
	return v.done(orderPath(o)+"#notes", "admin.order.note_added")
}

// sendMailAgain handles POST /admin/orders/:number/mails/:id/again.
func (a *app) sendMailAgain(v visit) error {
	o, err := a.order(v)
	if err != nil {
		return err
	}
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := a.Store.SendMailAgain(v.UserContext(), v.by(), o.Number, id); err != nil {
		return err
	}
	return v.done(orderPath(o)+"#mails", "admin.order.mail_queued")
}

// showContact handles POST /admin/orders/:number/contact: for a while the page shows how to reach
// the person of an order, and the audit list says who has asked for it.
func (a *app) showContact(v visit) error {
	o, err := a.order(v)
	if err != nil {
		return err
	}
	if err := a.Store.RevealContact(v.UserContext(), v.by(), o.Number); err != nil {
		return err
	}
	return v.goTo(orderPath(o) + "#contact")
}

// rfc3339 is a time for programs.
func rfc3339(t time.Time) string { return t.UTC().Format(time.RFC3339) }
