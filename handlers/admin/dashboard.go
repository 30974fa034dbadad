package admin

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"dukani/models"
	"dukani/payments"
	"dukani/views"
)

// dashboardPeriods are the numbers of days that the dashboard's figures can be of.
var dashboardPeriods = []int{14, 30, 90}

// showDashboard handles GET /admin: what is to be done first, and how the shop has done in the
// last days.
func (a *app) showDashboard(v visit) error {
	days := dashboardPeriods[0]
	if n, err := strconv.Atoi(v.Query("days")); err == nil && slices.Contains(dashboardPeriods, n) {
		days = n
	}
	d, err := a.Store.Dashboard(v.UserContext(), days)
	if err != nil {
		return err
	}
	p := views.AdminDashboard{
		AdminPage: v.page(v.text("admin.nav.dashboard")),
		ToDo:      v.toDo(d.ToDo), Nothing: d.ToDo.Nothing(), Outage: v.outage(), Behind: d.Behind,
		Money: v.moneyFigures(d.Sum()), Payments: v.paymentFigures(d), Health: v.healthFigures(d),
		Sum: v.dashboardDay(d.Sum()), Declines: v.declines(d.Declines),
	}
	for _, n := range dashboardPeriods {
		p.Periods = append(p.Periods, views.AdminPeriod{
			Path: fmt.Sprint(Prefix, "?days=", n), Name: v.text("admin.dashboard.last_days", strconv.Itoa(n)), Current: n == days,
		})
	}
	for _, day := range slices.Backward(d.Days) {
		p.Days = append(p.Days, v.dashboardDay(day))
	}
	p.Sales, p.Rate = v.salesChart(d.Days), v.rateChart(d.Days)
	return v.Render("admin/dashboard", p)
}

func (v visit) number(n int) string { return views.Number(string(v.lang()), n) }

// toDo lists what is to be done, what is urgent first; what waits for nobody comes last.
func (v visit) toDo(t models.ToDo) []views.AdminToDo {
	note := func(key string, n int) string {
		if n == 0 {
			return ""
		}
		return v.text(key, v.number(n))
	}
	refunds := Prefix + "/returns"
	if t.Returns == 0 && t.Rejected > 0 {
		refunds = Prefix + "/review?kind=" + string(models.ReviewRefundRejected)
	}
	label := func(n int, one, other string) string {
		if n == 1 {
			return v.text(one)
		}
		return v.text(other)
	}
	low, products := t.LowStock+t.SoldOut, Prefix+"/products?show=low"
	if t.LowStock == 0 && t.SoldOut > 0 {
		products = Prefix + "/products?show=sold_out"
	}
	list := []views.AdminToDo{{
		Name: "review", Path: Prefix + "/review", Value: t.Review, Urgent: t.ReviewUrgent > 0,
		Label: label(t.Review, "admin.dashboard.todo.review.one", "admin.dashboard.todo.review.other"),
		Note:  note("admin.dashboard.review_urgent", t.ReviewUrgent),
	}, {
		Name: "to_capture", Path: Prefix + "/orders?status=" + string(models.OnHold), Value: t.ToCapture, Urgent: t.HoldsEnding > 0,
		Label: label(t.ToCapture, "admin.dashboard.todo.to_capture.one", "admin.dashboard.todo.to_capture.other"),
		Note:  note("admin.dashboard.holds_ending", t.HoldsEnding),
	}, {
		Name: "to_refund", Path: refunds, Value: t.Returns + t.Rejected, Urgent: t.ReturnsDue+t.Rejected > 0, Note: v.refundNote(t),
		Label: label(t.Returns+t.Rejected, "admin.dashboard.todo.to_refund.one", "admin.dashboard.todo.to_refund.other"),
	}, {
		Name: "to_pack", Path: Prefix + "/packing", Value: t.ToPack,
		Label: label(t.ToPack, "admin.dashboard.todo.to_pack.one", "admin.dashboard.todo.to_pack.other"),
	}, {
		Name: "low_stock", Path: products, Value: low, Note: note("admin.dashboard.sold_out", t.SoldOut),
		Label: label(low, "admin.dashboard.todo.low_stock.one", "admin.dashboard.todo.low_stock.other"),
	}, {
		Name: "mails_failed", Path: Prefix + "/review?kind=" + string(models.ReviewMailNotSent), Value: t.MailsFailed,
		Label: label(t.MailsFailed, "admin.dashboard.todo.mails_failed.one", "admin.dashboard.todo.mails_failed.other"),
	}}
	for i := range list {
		list[i].Count = v.number(list[i].Value)
	}
	slices.SortStableFunc(list, func(x, y views.AdminToDo) int { return toDoRank(x) - toDoRank(y) })
	return list
}

// toDoRank is the place of an entry in the list of what is to be done.
func toDoRank(t views.AdminToDo) int {
	switch {
	case t.Urgent:
		return 0
	case t.Value > 0:
		return 1
	}
	return 2
}

// refundNote says how many of the refunds were rejected, and how many are due soon.
func (v visit) refundNote(t models.ToDo) string {
	switch {
	case t.Rejected > 0 && t.ReturnsDue > 0:
		return v.text("admin.dashboard.refunds_both", v.number(t.Rejected), v.number(t.ReturnsDue))
	case t.Rejected > 0:
		return v.text("admin.dashboard.refunds_rejected", v.number(t.Rejected))
	case t.ReturnsDue > 0:
		return v.text("admin.dashboard.returns_due", v.number(t.ReturnsDue))
	}
	return ""
}

// How the bank can be reached now, in machine words.
const (
	bankAnswers  = "ok"
	bankSilent   = "silent"
	bankNoAccess = "no_access"
	bankNone     = "none" // the shop takes no payments
)

func (v visit) bankStatus() string {
	if v.app.Desk == nil {
		return bankNone
	}
	switch err := v.app.Desk.Outage(); {
	case err == nil:
		return bankAnswers
	case errors.Is(err, payments.ErrNoAccess):
		return bankNoAccess
	}
	return bankSilent
}

// outage says what staff have to know while the bank is out of reach.
func (v visit) outage() string {
	switch v.bankStatus() {
	case bankNoAccess:
		return v.text("admin.dashboard.outage.no_access")
	case bankSilent:
		return v.text("admin.dashboard.outage.silent")
	}
	return ""
}

func (v visit) dashboardDay(d models.DayFigures) views.AdminDay {
	lang := string(v.lang())
	return views.AdminDay{
		Day: v.dayMonth(d.Day), Machine: string(d.Day), Orders: v.number(d.Orders),
		Captured: v.price(d.Captured), Refunded: v.price(d.Refunded), Net: v.price(d.Net()), NetTetri: int64(d.Net()),
		Decided: v.number(d.Decided()), Paid: v.number(d.Paid), Rate: views.ShareOf(lang, d.Paid, d.Decided()),
		Expired: v.number(d.Expired), Late: v.number(d.CallbacksLate), Missing: v.number(d.CallbacksMissed),
	}
}
