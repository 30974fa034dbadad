package admin

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/payments"
	"dukani/views"
)

// daysListed is how many days a page of the list has.
const daysListed = 40

// runRefresh is after how many seconds the page of a day whose run is under way reloads itself.
const runRefresh = 3

// showReconciliations handles GET /admin/reconciliation: the days and how their last runs
// ended. With a day it leads to the day's page.
func (a *app) showReconciliations(v visit) error {
	form := v.emptyForm("day")
	before := models.DayOf(v.now()).Add(2)
	if text := v.Query("day"); text != "" {
		form.Values["day"] = text
		day, err := models.ParseDay(text)
		if err == nil && !day.Start().After(v.now()) {
			return v.goTo("/reconciliation/" + string(day))
		}
		if err == nil {
			err = &models.Error{Kind: models.Invalid, Fields: map[string]string{"day": "admin.day.future"}}
		}
		if err := v.refuse(&form, err); err != nil {
			return err
		}
	} else {
		form.Values["day"] = string(models.DayOf(v.now()).Add(-1))
	}
	if day, err := models.ParseDay(v.Query("before")); err == nil {
		before = day
	}
	list, err := a.Store.ReconciledDays(v.UserContext(), before, daysListed+1)
	if err != nil {
		return err
	}
	page := views.AdminReconciliations{AdminPage: v.page(v.text("admin.nav.reconciliation")), Form: form}
	if len(list) > daysListed {
		list = list[:daysListed]
		page.OlderURL = Prefix + "/reconciliation?before=" + string(list[daysListed-1].Day)
	}
	for i := range list {
		page.Days = append(page.Days, v.run(&list[i]))
	}
	return v.Render("admin/reconciliations", page)
}

// day is the day in the address of the page. Errors: NotFound.
func (v visit) day() (models.Day, error) {
	day, err := models.ParseDay(v.param("day"))
	if err != nil || day.Start().After(v.now()) {
		return "", fiber.ErrNotFound
	}
	return day, nil
}

// showReconciliation handles GET /admin/reconciliation/:day.
func (a *app) showReconciliation(v visit) error {
	day, err := v.day()
	if err != nil {
		return err
	}
	return a.reconciliationPage(v, day, v.emptyForm())
}

func (a *app) reconciliationPage(v visit, day models.Day, form views.Form) error {
	here := Prefix + "/reconciliation/"
	page := views.AdminReconciliation{
		AdminPage: v.page(v.text("admin.reconciliation.title", v.date(day.Start()))), Form: form, DayURL: here + string(day),
		PrevURL: here + string(day.Add(-1)), CanRun: v.may(models.RoleClerk), CanTake: v.may(models.RoleManager),
	}
	if day.Add(1).Start().Before(v.now()) {
		page.NextURL = here + string(day.Add(1))
	}
	run, err := a.Store.ReconciliationOf(v.UserContext(), day)
	switch {
	case models.IsKind(err, models.NotFound):
	case err != nil:
		return err
	default:
		shown := v.run(run)
		page.Run = &shown
		if run.FinishedAt == nil {
			page.Refresh, page.CanRun = runRefresh, false
		}
		list, err := a.Store.Differences(v.UserContext(), run.ID)
		if err != nil {
			return err
		}
		for _, d := range list {
			page.Differences = append(page.Differences, v.difference(page.DayURL, d))
		}
	}
	totals, err := a.Store.DayTotals(v.UserContext(), day)
	if err != nil {
		return err
	}
	var all models.DayTotal
	for _, t := range totals {
		page.Totals = append(page.Totals, v.total(methodName(v, t.Method, t.Brand), t))
		all.Count += t.Count
		all.Captured += t.Captured
		all.Refunded += t.Refunded
		all.Discount += t.Discount
	}
	page.Sum = v.total(v.text("admin.reconciliation.sum"), all)
	return v.Render("admin/reconciliation", page)
}

// run puts a run into words.
func (v visit) run(r *models.Reconciliation) views.AdminRun {
	status, tone := string(r.Result), map[models.ReconciliationResult]string{
		models.ReconciliationRunning: "info", models.ReconciliationAgrees: "good",
		models.ReconciliationDiffers: "bad", models.ReconciliationIncomplete: "warn",
	}[r.Result]
	if r.FinishedAt == nil {
		status = "running"
	}
	who := r.Who
	if r.StaffID == nil {
		who = v.text(map[bool]string{true: "admin.reconciliation.nightly", false: "admin.reconciliation.command"}[r.Nightly()])
	}
	shown := views.AdminRun{
		Day: v.date(r.Day.Start()), URL: Prefix + "/reconciliation/" + string(r.Day), Value: string(r.Day), Status: status, Tone: tone,
		State: v.text("admin.reconciliation.state." + status), When: v.dateTime(r.TouchedAt), Who: who,
		Asked: v.text("admin.reconciliation.of", r.Asked, r.Attempts), Progress: r.Asked, Of: max(r.Attempts, 1), Open: r.Open,
	}
	if r.Differences > 0 {
		shown.Found = v.count("admin.reconciliation.found", r.Differences)
		if r.Open == 0 {
			shown.Found += " " + v.text("admin.reconciliation.all_settled")
		}
	}
	if r.Unanswered > 0 {
		shown.Found = strings.TrimSpace(shown.Found + " " + v.count("admin.reconciliation.unanswered", r.Unanswered))
	}
	return shown
}

func (v visit) difference(page string, d models.LedgerDifference) views.AdminDifference {
	shown := views.AdminDifference{
		ID: d.ID, PaymentID: d.PaymentID, Status: string(d.Kind), Kind: v.text("admin.reconciliation.kind." + string(d.Kind)),
		Order: d.OrderNumber, OrderURL: Prefix + "/orders/" + d.OrderNumber, BankID: d.BankOrderID, BankSays: d.BankStatus,
		Ours:   v.money(models.Money{Captured: d.OurCaptured, Refunded: d.OurRefunded}),
		Theirs: v.money(models.Money{Captured: d.BankCaptured, Refunded: d.BankRefunded}),
		URL:    page + "/differences/" + strconv.FormatInt(d.ID, 10), Takes: d.Kind != models.PaidHere,
	}
	if d.ReviewID != 0 {
		shown.ReviewURL = fmt.Sprintf("%s/review/%d", Prefix, d.ReviewID)
	}
	if d.ResolvedAt != nil {
		shown.Resolved = v.dateTime(*d.ResolvedAt)
	}
	return shown
}

func (v visit) money(m models.Money) views.AdminMoney {
	return views.AdminMoney{
		Captured: v.price(m.Captured), Refunded: v.price(m.Refunded), CapturedValue: int64(m.Captured), RefundedValue: int64(m.Refunded),
	}
}

func (v visit) total(name string, t models.DayTotal) views.AdminTotal {
	return views.AdminTotal{
		Name: name, Value: strings.TrimSpace(t.Method + " " + t.Brand), Count: t.Count, Captured: v.price(t.Captured), Refunded: v.price(t.Refunded),
		Net: v.price(t.Net()), NetValue: int64(t.Net()), Discount: v.price(t.Discount), DiscountValue: int64(t.Discount),
	}
}

// methodName puts what was paid with into words: the method and, of cards, the scheme.
func methodName(v visit, method, brand string) string {
	name := views.MethodName(string(v.lang()), method)
	switch brand {
	case "":
		return name
	case "mc":
		return name + ", Mastercard"
	case "visa":
		return name + ", Visa"
	case "amex":
		return name + ", American Express"
	}
	return name + ", " + brand
}

// runReconciliation handles POST /admin/reconciliation/:day: it begins a run in the background,
// whose progress the page then shows.
func (a *app) runReconciliation(v visit) error {
	day, err := v.day()
	if err != nil {
		return err
	}
	if _, err := a.Store.BeginReconciliation(v.UserContext(), v.by(), day, true); err != nil {
		form := v.emptyForm()
		if err := v.refuse(&form, err); err != nil {
			return err
		}
		return a.reconciliationPage(v, day, form)
	}
	return v.goTo("/reconciliation/" + string(day))
}

// askAboutDifference handles POST /admin/reconciliation/:day/differences/:id/ask.
func (a *app) askAboutDifference(v visit) error {
	return a.onDifference(v, func(d *models.LedgerDifference) (string, error) {
		agrees, err := a.Desk.AskAboutDifference(v.UserContext(), v.by(), d.PaymentID)
		if agrees {
			return "admin.reconciliation.agrees_now", err
		}
		return "admin.reconciliation.differs_still", err
	})
}

// acceptDifference handles POST /admin/reconciliation/:day/differences/:id/take: what the bank has
// goes into our ledger.
func (a *app) acceptDifference(v visit) error {
	return a.onDifference(v, func(d *models.LedgerDifference) (string, error) {
		return "admin.reconciliation.taken", a.Desk.AcceptBankReport(v.UserContext(), v.by(), d.PaymentID)
	})
}

// onDifference does something about a difference of the day in the address, and leads back to
// the day with the message it returns.
func (a *app) onDifference(v visit, do func(d *models.LedgerDifference) (done string, err error)) error {
	day, err := v.day()
	if err != nil {
		return err
	}
	id, err := v.id()
	if err != nil {
		return err
	}
	d, err := a.Store.DifferenceByID(v.UserContext(), id)
	if err != nil {
		return err
	}
	if d.Day != day {
		return fiber.ErrNotFound
	}
	if d.ResolvedAt != nil {
		err = &models.Error{Kind: models.Conflict, Code: "admin.reconciliation.settled_before"}
	}
	var done string
	if err == nil {
		done, err = do(d)
	}
	if errors.Is(err, payments.ErrBankSilent) {
		return v.done("/reconciliation/"+string(day), "admin.bank_silent")
	}
	if err != nil {
		form := v.emptyForm()
		if err := v.refuse(&form, err); err != nil {
			return err
		}
		return a.reconciliationPage(v, day, form)
	}
	return v.done("/reconciliation/"+string(day), done)
}
