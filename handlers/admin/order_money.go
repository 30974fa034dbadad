package admin

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// moneyForm is a form that moves money as it was sent.
type moneyForm struct {
	views.Form
	units map[int]string // what was typed for the units of a line
}

// refundMoney handles POST /admin/orders/:number/refund. With no amount and no units it is about
// everything that is left.
func (a *app) refundMoney(v visit) error {
	return a.moveMoney(v, "refund", []string{"key", "payment", "amount", "delivery", "goods", "reason"}, func(o *models.Order, f moneyForm) error {
		r := models.RefundRequest{
			OrderID: o.ID, Delivery: f.Value("delivery") != "", Restock: f.Value("goods") == "restock", WriteOff: f.Value("goods") == "write_off",
			OrByHand: true, Reason: models.TidyLine(f.Value("reason")), By: v.by(), Key: f.Value("key"),
		}
		var err error
		if r.PaymentID, err = readID(f.Value("payment")); err != nil {
			return err
		}
		if r.AmountTetri, err = readAmount(f.Value("amount")); err != nil {
			return err
		}
		if r.Lines, err = f.lines(o, false); err != nil {
			return err
		}
		r.All = r.AmountTetri == 0 && len(r.Lines) == 0 && !r.Delivery
		_, err = a.Desk.Refund(v.UserContext(), r)
		return tooMuch(err, models.CodeRefundTooMuch)
	})
}

// captureHold handles POST /admin/orders/:number/capture. Units that are not there are not
// charged.
func (a *app) captureHold(v visit) error {
	return a.moveMoney(v, "capture", []string{"key", "amount", "reason"}, func(o *models.Order, f moneyForm) error {
		r := models.CaptureRequest{OrderID: o.ID, Reason: models.TidyLine(f.Value("reason")), By: v.by(), Key: f.Value("key")}
		var err error
		if r.AmountTetri, err = readAmount(f.Value("amount")); err != nil {
			return err
		}
		if r.Lines, err = f.lines(o, true); err != nil {
			return err
		}
		all := !slices.ContainsFunc(o.Lines, func(l models.OrderLine) bool {
			return !slices.Contains(r.Lines, models.LineUnits{Position: l.Position, Units: l.Quantity})
		})
		if r.All = r.AmountTetri == 0 && (all || len(r.Lines) == 0); r.All {
			r.Lines = nil
		}
		_, err = a.Desk.Capture(v.UserContext(), r)
		return tooMuch(err, models.CodeCaptureTooMuch)
	})
}

// releaseHold handles POST /admin/orders/:number/release: the whole hold is released.
func (a *app) releaseHold(v visit) error {
	return a.moveMoney(v, "release", []string{"key", "reason"}, func(o *models.Order, f moneyForm) error {
		_, err := a.Desk.Release(v.UserContext(), models.ReleaseRequest{
			OrderID: o.ID, Reason: models.TidyLine(f.Value("reason")), By: v.by(), Key: f.Value("key"),
		})
		return err
	})
}

// moveMoney carries out a form that moves money, or shows the order again with what was typed and
// what is wrong.
func (a *app) moveMoney(v visit, kind string, fields []string, move func(*models.Order, moneyForm) error) error {
	o, err := a.order(v)
	if err != nil {
		return err
	}
	form, err := v.form(fields...)
	if err != nil {
		return err
	}
	f := moneyForm{Form: form, units: map[int]string{}}
	for _, l := range o.Lines {
		if f.units[l.Position], err = v.value("units-" + strconv.Itoa(l.Position)); err != nil {
			return err
		}
	}
	if err := move(o, f); err != nil {
		if err := v.refuse(&f.Form, err); err != nil {
			return err
		}
		if o, err = a.order(v); err != nil { // it may have changed meanwhile
			return err
		}
		forms := v.orderForms()
		forms.money = map[string]moneyForm{kind: f}
		return a.orderPage(v, o, forms)
	}
	return v.done(orderPath(o)+"#money", "admin.order."+kind+"_requested")
}

// retryRefund handles POST /admin/orders/:number/refunds/:id/retry.
func (a *app) retryRefund(v visit) error { return a.retry(v, models.ActionRefund) }

// retryCapture handles POST /admin/orders/:number/captures/:id/retry.
func (a *app) retryCapture(v visit) error { return a.retry(v, models.ActionCapture) }

// retry requests again what the bank has rejected.
func (a *app) retry(v visit, kind models.ActionKind) error {
	o, id, err := a.actionOfPath(v, kind)
	if err != nil {
		return err
	}
	again := a.Store.RetryRefund
	if kind == models.ActionCapture {
		again = a.Store.RetryCapture
	}
	if err := again(v.UserContext(), id, v.by()); err != nil {
		form := v.emptyForm("key")
		if err := v.refuse(&form, err); err != nil {
			return err
		}
		forms := v.orderForms()
		forms.problem = form.Problem
		return a.orderPage(v, o, forms)
	}
	if err := a.Desk.DriveActions(v.UserContext()); err != nil {
		a.Log.WarnContext(v.UserContext(), "the bank was not asked at once", "order", o.Number, "err", err)
	}
	return v.done(orderPath(o)+"#money", "admin.order.retry_requested")
}

// stopRefund handles POST /admin/orders/:number/refunds/:id/stop: the bank is not asked any more
// for a refund that waits.
func (a *app) stopRefund(v visit) error {
	o, id, err := a.actionOfPath(v, models.ActionRefund)
	if err != nil {
		return err
	}
	form, err := v.form("reason")
	if err != nil {
		return err
	}
	if err := a.Store.StopRefund(v.UserContext(), v.by(), id, form.Value("reason")); err != nil {
		if err := v.refuse(&form, err); err != nil {
			return err
		}
		if o, err = a.order(v); err != nil { // it may have changed meanwhile
			return err
		}
		forms := v.orderForms()
		forms.problem, forms.money = form.Problem, map[string]moneyForm{stopForm(id): {Form: form}}
		return a.orderPage(v, o, forms)
	}
	return v.done(orderPath(o)+"#money", "admin.order.refund_stopped")
}

// stopForm names the form that stops a refund.
func stopForm(id int64) string { return "stop-" + strconv.FormatInt(id, 10) }

// actionOfPath is the order and the action of it that the address names. Errors: NotFound.
func (a *app) actionOfPath(v visit, kind models.ActionKind) (*models.Order, int64, error) {
	o, err := a.order(v)
	if err != nil {
		return nil, 0, err
	}
	id, err := v.id()
	if err != nil {
		return nil, 0, err
	}
	money, err := a.Store.OrderMoney(v.UserContext(), o)
	if err != nil {
		return nil, 0, err
	}
	has := slices.ContainsFunc(money.Refunds, func(r models.Refund) bool { return r.ID == id })
	if kind == models.ActionCapture {
		has = slices.ContainsFunc(money.Captures, func(c models.Capture) bool { return c.ID == id })
	}
	if !has {
		return nil, 0, fiber.ErrNotFound
	}
	return o, id, nil
}

// lines are the units that were typed. With all, a line that was left empty is about all of it.
func (f moneyForm) lines(o *models.Order, all bool) (list []models.LineUnits, err error) {
	for _, l := range o.Lines {
		text := strings.TrimSpace(f.units[l.Position])
		if text == "" && all {
			text = strconv.Itoa(l.Quantity)
		}
		if text == "" || text == "0" && !all {
			continue
		}
		units, err := strconv.Atoi(text)
		if err != nil || units < 0 || units > l.Quantity {
			return nil, wrongField("lines", "admin.refund.lines_wrong")
		}
		list = append(list, models.LineUnits{Position: l.Position, Units: units})
	}
	return list, nil
}

func wrongField(field, key string) error {
	return &models.Error{Kind: models.Invalid, Code: models.CodeFormInvalid, Fields: map[string]string{field: key}}
}

// readAmount reads an amount, 0 if none was typed.
func readAmount(text string) (models.Tetri, error) {
	if text = models.TidyLine(text); text == "" {
		return 0, nil
	}
	t, ok := models.ReadTetri(text)
	if !ok || t <= 0 {
		return 0, wrongField("amount", "admin.orders.error.amount")
	}
	return t, nil
}

func readID(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, &models.Error{Kind: models.NotFound, Code: models.CodePaymentNotFound, Err: err}
	}
	return id, nil
}

// tooMuch moves the refusal of an amount that is too large to its field, where the
// person who typed it sees it.
func tooMuch(err error, code models.ErrorCode) error {
	if e, ok := errors.AsType[*models.Error](err); ok && e.Code == code {
		return wrongField("amount", string(code))
	}
	return err
}
