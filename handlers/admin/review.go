package admin

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/payments"
	"dukani/views"
)

// showReviews handles GET /admin/review: the open items or, with state=resolved, those that
// were resolved, of one kind or about one order if asked for.
func (a *app) showReviews(v visit) error {
	f := models.ReviewFilter{
		Resolved: v.Query("state") == "resolved", Kind: models.ReviewKind(v.Query("kind")), Text: v.Query("q"), Page: max(v.QueryInt("page", 1), 1),
	}
	items, inAll, err := a.Store.ReviewList(v.UserContext(), f)
	if err != nil {
		return err
	}
	page := views.AdminReviews{
		AdminPage: v.page(v.text("admin.nav.review")), Filters: v.reviewFilters(f), Resolved: f.Resolved, Found: v.count("admin.review.found", inAll),
	}
	for i := range items {
		page.Items = append(page.Items, v.reviewRow(&items[i]))
	}
	page.Pager = views.NewPager(string(v.lang()), f.Page, (inAll+models.ReviewPage-1)/models.ReviewPage, func(n int) string {
		q := url.Values{}
		for _, name := range []string{"state", "kind", "q"} {
			if value := v.Query(name); value != "" {
				q.Set(name, value)
			}
		}
		q.Set("page", strconv.Itoa(n))
		return Prefix + "/review?" + q.Encode()
	})
	return v.Render("admin/reviews", page)
}

func (v visit) reviewFilters(f models.ReviewFilter) []views.AdminField {
	kinds := []views.Option{{Label: v.text("admin.review.all_kinds")}}
	for _, kind := range models.ReviewKinds() {
		kinds = append(kinds, views.Option{
			Value: string(kind), Label: views.WordsOfReview(string(v.lang()), string(kind)).Title, Selected: kind == f.Kind,
		})
	}
	return []views.AdminField{
		{Name: "state", Label: v.text("admin.review.state"), Type: "select", Options: []views.Option{
			{Value: "open", Label: v.text("admin.review.open"), Selected: !f.Resolved},
			{Value: "resolved", Label: v.text("admin.review.resolved"), Selected: f.Resolved},
		}},
		{Name: "kind", Label: v.text("admin.review.kind_label"), Type: "select", Options: kinds},
		{Name: "q", Label: v.text("admin.review.search"), Type: "search", Value: f.Text, MaxLength: 100, Optional: true},
	}
}

// reviewRow is what a list shows of an item.
func (v visit) reviewRow(r *models.ReviewItem) views.AdminReviewRow {
	words := views.WordsOfReview(string(v.lang()), string(r.Kind))
	row := views.AdminReviewRow{
		ID: r.ID, URL: reviewURL(r.ID), Kind: string(r.Kind), Title: words.Title, Happened: words.Happened, Order: r.OrderNumber, Urgent: r.Kind.Urgent(),
	}
	if r.AmountTetri > 0 {
		row.Amount = v.price(r.AmountTetri)
	}
	row.Age = v.text("admin.review.since", v.dateTime(r.At), v.age(v.now().Sub(r.At)))
	if r.ResolvedAt == nil {
		return row
	}
	row.Age, row.Urgent = v.dateTime(r.At), false
	by := r.ResolvedName
	if by == "" {
		by = v.text("admin.review.by_itself")
	}
	var how string
	how, row.OutcomeRaw = v.outcome(r)
	row.Outcome = v.text("admin.review.outcome", v.dateTime(*r.ResolvedAt), by, how)
	return row
}

// age writes how long something has lasted in the unit a person would use.
func (v visit) age(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return v.count("admin.review.minutes", int(d.Minutes()))
	case d < 48*time.Hour:
		return v.count("admin.review.hours", int(d.Hours()))
	}
	return v.count("admin.review.days", int(d.Hours()/24))
}

func reviewURL(id int64) string { return Prefix + "/review/" + strconv.FormatInt(id, 10) }

// matter reads the review item in the address. Errors: NotFound.
func (a *app) matter(v visit) (*models.ReviewMatter, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	return a.Store.ReviewMatter(v.UserContext(), id)
}

// showReview handles GET /admin/review/:id.
func (a *app) showReview(v visit) error {
	m, err := a.matter(v)
	if err != nil {
		return err
	}
	form := v.emptyForm("reason", "email")
	if m.Order != nil {
		form.Values["email"] = m.Order.Email
	}
	return a.reviewPage(v, m, form)
}

func (a *app) reviewPage(v visit, m *models.ReviewMatter, form views.Form) error {
	row := v.reviewRow(&m.ReviewItem)
	page := views.AdminReview{
		AdminPage: v.page(row.Title), Form: form, Item: row, Words: views.WordsOfReview(string(v.lang()), string(m.Kind)),
		BankID: m.BankOrderID, URL: row.URL,
		CanClose:   m.ResolvedAt == nil && (v.may(models.RoleManager) || v.may(models.RoleClerk) && !m.Kind.Urgent()),
		ConfirmURL: Prefix + "/confirm?next=" + url.QueryEscape(row.URL),
	}
	page.Noted, page.Raw = v.noted(m)
	var err error
	if page.Facts, err = v.reviewFacts(m); err != nil {
		return err
	}
	page.CanAsk = m.ResolvedAt == nil && v.may(models.RoleClerk) && m.Fits(models.WayAsk)
	page.ManagerOnly = m.ResolvedAt == nil && !page.CanClose
	if m.OrderNumber != "" {
		page.OrderURL = Prefix + "/orders/" + m.OrderNumber
	}
	if m.Return != nil {
		page.ReturnURL = fmt.Sprintf("%s/returns/%d", Prefix, m.Return.ID)
	}
	if m.Receipt != nil {
		page.Receipt = v.dateTime(m.Receipt.At)
	}
	if !page.CanClose {
		return v.Render("admin/review", page)
	}
	for _, way := range m.Ways() {
		if way == models.WayClose || way == models.WayAsk {
			continue // they stand apart
		}
		switch {
		case way.MovesMoney() && !v.may(models.RoleManager):
			page.ManagerOnly = true
			continue
		case way.MovesMoney() && !v.proved():
			page.MoneyLocked = true
			continue
		}
		page.AsksEmail = page.AsksEmail || way == models.WayMail
		page.Ways = append(page.Ways, v.way(row.URL, way))
	}
	return v.Render("admin/review", page)
}

func (v visit) way(url string, way models.ReviewWay) views.AdminWay {
	key := "admin.review.way." + string(way)
	w := views.AdminWay{Way: string(way), Label: v.text(key), Note: v.text(key + ".note"), Action: url, Money: way.MovesMoney()}
	if w.Money {
		w.Action += "/money"
	}
	return w
}

// askAboutReview handles POST /admin/review/:id/ask.
func (a *app) askAboutReview(v visit) error {
	m, err := a.matter(v)
	if err != nil {
		return err
	}
	closed, err := a.Desk.AskAboutReview(v.UserContext(), v.by(), m.ID)
	if err != nil {
		return a.reviewRefused(v, m.ID, v.emptyForm("reason", "email"), err)
	}
	if closed {
		return v.done("/review/"+strconv.FormatInt(m.ID, 10), "admin.review.asked_closed")
	}
	return v.done("/review/"+strconv.FormatInt(m.ID, 10), "admin.review.asked")
}

// resolveReview handles POST /admin/review/:id: a way out that moves no money.
func (a *app) resolveReview(v visit) error { return a.resolve(v, false) }

// resolveReviewMoney handles POST /admin/review/:id/money: a way out that moves money.
func (a *app) resolveReviewMoney(v visit) error { return a.resolve(v, true) }

func (a *app) resolve(v visit, money bool) error {
	m, err := a.matter(v)
	if err != nil {
		return err
	}
	form, err := v.form("reason", "email", "way")
	if err != nil {
		return err
	}
	way := models.ReviewWay(form.Value("way"))
	if way == "" {
		way = models.WayClose // the form was sent by the enter key
	}
	if way.MovesMoney() != money {
		return &models.Error{Kind: models.Invalid, Code: models.CodeFormUnreadable}
	}
	if way == models.WayClose && m.Kind.Urgent() && !v.may(models.RoleManager) {
		return errRole // what is about money is not closed by those who may not move it
	}
	answer := models.ReviewAnswer{Way: way, Reason: form.Value("reason"), Email: form.Value("email")}
	if err := a.Desk.ResolveReview(v.UserContext(), v.by(), m.ID, answer); err != nil {
		return a.reviewRefused(v, m.ID, form, err)
	}
	return v.done("/review", "admin.review.done")
}

// reviewRefused shows an item again with what is wrong. If somebody else has resolved it in the
// meantime, the page says who, and how.
func (a *app) reviewRefused(v visit, id int64, form views.Form, err error) error {
	if errors.Is(err, payments.ErrBankSilent) {
		form.Problem = v.text("admin.bank_silent")
		v.Status(fiber.StatusServiceUnavailable)
	} else if err := v.refuse(&form, err); err != nil {
		return err
	}
	m, err := a.Store.ReviewMatter(v.UserContext(), id)
	if err != nil {
		return err
	}
	return a.reviewPage(v, m, form)
}
