package admin

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/views"
)

// orderMoney is what the page of an order says of its money, with the forms that move it for those
// who may.
func (v visit) orderMoney(o *models.Order, m *models.OrderMoney, forms orderForms) views.AdminOrderMoney {
	p := views.AdminOrderMoney{MayMove: v.may(models.RoleManager)}
	for _, f := range []struct {
		name   string
		amount models.Tetri
	}{
		{"requested", m.Requested}, {"authorized", m.Authorized}, {"captured", m.Captured}, {"discount", m.Discount}, {"refunded", m.Refunded}, {"running", m.RefundsRunning},
		{"left", m.Left()},
	} {
		if f.amount != 0 || f.name == "requested" || f.name == "captured" {
			p.Figures = append(p.Figures, views.AdminOrderFigure{
				Name: f.name, Label: v.text("admin.order.money." + f.name), Amount: v.price(f.amount), Tetri: int64(f.amount),
			})
		}
	}
	running := models.Tetri(0)
	for _, e := range m.Ledger {
		running += e.Change()
		p.Ledger = append(p.Ledger, views.AdminLedgerLine{
			Time: v.dateTime(e.At), Text: v.text("admin.order.ledger." + string(e.Kind)), Amount: v.price(e.Change()), Running: v.price(running),
			Tetri: int64(e.Change()),
		})
	}
	for i := range m.Refunds {
		p.Actions = append(p.Actions, v.refundAction(o, &m.Refunds[i], forms))
	}
	for i := range m.Captures {
		p.Actions = append(p.Actions, v.moneyAction(o, m.Captures[i].Kind, &m.Captures[i].BankAction, m.Captures[i].Lines))
	}
	if !p.MayMove {
		return p
	}
	if !v.proved() {
		p.Confirm = Prefix + "/confirm?next=" + url.QueryEscape(Prefix+orderPath(o))
	}
	p.Refund = v.refundForm(o, m, forms.money["refund"])
	held := slices.IndexFunc(o.Payments, func(p models.Payment) bool { return p.State == models.PaymentHeld })
	pending := slices.ContainsFunc(m.Captures, func(c models.Capture) bool { return c.State.Pending() })
	if held < 0 || pending {
		return p
	}
	if until := o.Payments[held].HoldExpires(); until != nil {
		days := int(until.Sub(v.now()).Hours()) / 24
		p.HoldTo = v.text("admin.order.hold_until", v.date(*until), v.count("admin.order.days_left", max(days, 0)))
	}
	p.Capture = v.captureForm(o, forms.money["capture"])
	p.Release = v.releaseForm(forms.money["release"])
	return p
}

// refundAction is moneyAction for a refund. One that waits can be stopped.
func (v visit) refundAction(o *models.Order, r *models.Refund, forms orderForms) views.AdminMoneyAction {
	row := v.moneyAction(o, models.ActionRefund, &r.BankAction, r.Lines)
	if r.Stopped() && r.RejectCode != models.StoppedByStaff {
		row.Code = "" // the words say it
	}
	if r.ByHand && r.State == models.ActionQueued {
		row.State.Name = v.text("admin.order.by_hand")
	}
	if r.State == models.ActionQueued && !r.ByHand && v.may(models.RoleManager) && v.proved() {
		form := stopForm(r.ID)
		row.Stop = fmt.Sprintf("%s%s/refunds/%d/stop", Prefix, orderPath(o), r.ID)
		row.StopReason = v.reasonField(form, forms.money[form], false)
	}
	return row
}

// moneyAction is what became of an action that was requested from the bank.
func (v visit) moneyAction(o *models.Order, kind models.ActionKind, b *models.BankAction, lines []models.LineUnits) views.AdminMoneyAction {
	row := views.AdminMoneyAction{
		Kind: string(kind), Name: v.text("admin.order.action." + string(kind)), Amount: v.price(b.AmountTetri), Tetri: int64(b.AmountTetri),
		Time: v.dateTime(b.CreatedAt), Reason: v.word("admin.order.reason.", b.Reason),
		State: views.AdminState{Status: string(b.State), Name: v.text("admin.order.action_state." + string(b.State)), Tone: actionTones[b.State]},
	}
	var units []string
	for _, u := range lines {
		for _, l := range o.Lines {
			if l.Position == u.Position {
				units = append(units, fmt.Sprintf("%s × %d", l.Name(v.lang()), u.Units))
			}
		}
	}
	row.Units = strings.Join(units, ", ")
	if b.State == models.ActionRejected || b.State == models.ActionQueued && b.RejectReason != "" {
		row.Code = strings.TrimSpace(b.RejectReason)
		row.Reject = cmp.Or(views.RejectText(string(v.lang()), b.RejectCode), v.text("admin.order.rejected"))
		if b.State == models.ActionQueued {
			row.Reject += " " + v.text("admin.order.reject_again", v.dateTime(b.NextTryAt))
		}
	}
	if b.State == models.ActionRejected && v.may(models.RoleManager) && v.proved() {
		list := "captures"
		if kind == models.ActionRefund {
			list = "refunds"
		}
		row.Retry = fmt.Sprintf("%s%s/%s/%d/retry", Prefix, orderPath(o), list, b.ID)
	}
	return row
}

var actionTones = map[models.ActionState]string{
	models.ActionQueued: "info", models.ActionStarting: "info", models.ActionRequested: "warn", models.ActionCompleted: "good", models.ActionRejected: "bad",
}

// newMoneyForm is a form with what was typed before.
func newMoneyForm(f moneyForm) *views.AdminMoneyForm {
	form := &views.AdminMoneyForm{Key: uuid.NewString(), Problem: f.Problem, LinesBad: f.Errors["lines"]}
	if key := f.Values["key"]; key != "" {
		form.Key = key // nothing was done for it
	}
	return form
}

func (v visit) reasonField(id string, f moneyForm, optional bool) views.AdminField {
	return views.AdminField{
		Name: "reason", ID: id + "-reason", Label: v.text("admin.order.reason"), Type: "text", MaxLength: 300, Value: f.Values["reason"],
		Error: f.Errors["reason"], Optional: optional,
	}
}

// refundForm is nil if nothing is left to refund.
func (v visit) refundForm(o *models.Order, m *models.OrderMoney, f moneyForm) *views.AdminMoneyForm {
	if m.Left() <= 0 {
		return nil
	}
	form := newMoneyForm(f)
	form.Hint = v.text("admin.order.refund_hint", v.price(m.Left()))
	if m.Discount > 0 {
		form.Hint += " " + v.text("admin.order.refund_discount", v.price(m.Discount))
	}
	for _, p := range o.Payments {
		if p.CapturedTetri > p.RefundedTetri {
			form.Rule = cmp.Or(form.Rule, v.refundRule(p.PaidBy()))
			id := strconv.FormatInt(p.ID, 10)
			form.Payments = append(form.Payments, views.Option{
				Value: id, Label: joined(v.text("admin.order.attempt", p.Attempt), p.CardMask+p.PayerName, v.price(p.CapturedTetri-p.RefundedTetri)),
				Selected: id == f.Values["payment"] || f.Values["payment"] == "" && o.PaidPaymentID != nil && *o.PaidPaymentID == p.ID,
			})
		}
	}
	if len(form.Payments) == 1 {
		form.Payments = nil
	}
	for _, l := range m.Lines {
		if l.Refundable > 0 {
			form.Lines = append(form.Lines, v.moneyUnits("refund", l.OrderLine, l.Refundable, f.units[l.Position]))
		}
	}
	if m.DeliveryRefundable > 0 {
		form.Delivery, form.WithIt = v.price(m.DeliveryRefundable), f.Values["delivery"] != ""
	}
	for _, goods := range []string{"", "restock", "write_off"} {
		name := goods
		if name == "" {
			name = "keep"
		}
		form.Goods = append(form.Goods, views.Option{Value: goods, Label: v.text("admin.order.goods." + name), Selected: f.Values["goods"] == goods})
	}
	form.Amount = &views.AdminField{
		Name: "amount", ID: "refund-amount", Label: v.text("admin.order.refund_amount"), Type: "text", InputMode: "decimal", MaxLength: 20,
		Value: f.Values["amount"], Error: f.Errors["amount"], Optional: true, TestID: "refund-amount",
	}
	form.Reason = v.reasonField("refund", f, false)
	return form
}

// refundRule says what the bank does not refund of a payment by m, "" if it refunds any part.
func (v visit) refundRule(m models.Method) string {
	name := views.MethodName(string(v.lang()), string(m))
	switch r := m.Rules(); {
	case r.PartialRefund:
		return ""
	case r.FullRefund:
		return v.text("admin.order.refund_rule.in_full", name)
	}
	return v.text("admin.order.refund_rule.by_hand", name)
}

func (v visit) moneyUnits(form string, l models.OrderLine, most int, typed string) views.AdminMoneyUnits {
	return views.AdminMoneyUnits{
		Position: l.Position, ID: fmt.Sprintf("%s-units-%d", form, l.Position), Name: l.Name(v.lang()), Price: v.price(l.UnitTetri), Most: most, Value: typed,
	}
}

func (v visit) captureForm(o *models.Order, f moneyForm) *views.AdminMoneyForm {
	form := newMoneyForm(f)
	form.Hint = v.text("admin.order.capture_hint")
	for _, l := range o.Lines {
		typed := strconv.Itoa(l.Quantity)
		if f.units != nil {
			typed = f.units[l.Position]
		}
		form.Lines = append(form.Lines, v.moneyUnits("capture", l, l.Quantity, typed))
	}
	form.Amount = &views.AdminField{
		Name: "amount", ID: "capture-amount", Label: v.text("admin.order.capture_amount"), Type: "text", InputMode: "decimal", MaxLength: 20,
		Value: f.Values["amount"], Error: f.Errors["amount"], Optional: true, TestID: "capture-amount",
	}
	form.Reason = v.reasonField("capture", f, true)
	return form
}

func (v visit) releaseForm(f moneyForm) *views.AdminMoneyForm {
	form := newMoneyForm(f)
	form.Reason = v.reasonField("release", f, false)
	return form
}
