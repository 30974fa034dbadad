package admin

import (
	"strconv"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/views"
)

// stockReasons are why staff may change what is on hand.
var stockReasons = []string{"delivered", "counted", "lost"}

// showStock handles GET /admin/products/{product}/stock: what is on hand and how it moved.
func (a *app) showStock(v visit) error {
	e, err := a.Catalog.Edited(v.UserContext(), v.param("product"))
	if err != nil {
		return err
	}
	form := v.emptyForm("reason", "quantity", "note")
	form.Values["reason"] = stockReasons[0]
	return a.stockPage(v, e, form)
}

// changeStock handles POST /admin/products/{product}/stock.
func (a *app) changeStock(v visit) error {
	slug := v.param("product")
	form, err := v.form("reason", "quantity", "note", "seen")
	if err != nil {
		return err
	}
	change := models.StockChange{Reason: form.Value("reason"), Note: form.Value("note")}
	change.Seen, _ = strconv.Atoi(form.Value("seen")) // without it a count is refused
	if change.Quantity, err = strconv.Atoi(models.TidyLine(form.Value("quantity"))); err != nil {
		err = &models.Error{Kind: models.Invalid, Code: models.CodeProductInvalid, Fields: map[string]string{"quantity": "price_list.units"}}
	} else {
		err = a.Store.ChangeStock(v.UserContext(), v.by(), slug, change)
	}
	if err == nil {
		return v.done("/products/"+slug+"/stock", "admin.stock.saved")
	}
	if err := v.refuse(&form, err); err != nil {
		return err
	}
	e, err := a.Catalog.Edited(v.UserContext(), slug)
	if err != nil {
		return err
	}
	return a.stockPage(v, e, form)
}

func (a *app) stockPage(v visit, e *catalog.Edited, form views.Form) error {
	before, _ := strconv.ParseInt(v.Query("before"), 10, 64) // anything else is the newest
	moves, err := a.Store.StockLines(v.UserContext(), e.ID, before)
	if err != nil {
		return err
	}
	l := string(v.lang())
	view := views.AdminStock{
		Form: form, Slug: e.Data.Slug, Product: e.Data.Texts[v.lang()].Name, OnHand: e.OnHand, Reserved: e.Reserved, Free: e.OnHand - e.Reserved,
		CanStock: v.may(models.RoleClerk),
	}
	view.AdminPage = v.page(v.text("admin.stock.of", view.Product))
	for _, reason := range stockReasons {
		view.Reasons = append(view.Reasons, views.Option{Value: reason, Label: views.StockReason(l, reason), Selected: reason == form.Value("reason")})
	}
	for _, m := range moves {
		move := views.AdminStockMove{
			At: v.dateTime(m.At), Kind: m.Kind, Reason: views.StockReason(l, m.Kind), Quantity: max(m.Quantity, -m.Quantity),
			Order: m.Order, Who: m.Who, Note: m.Note,
		}
		switch n := m.Change(); {
		case n > 0:
			move.Change = "+" + strconv.Itoa(n)
		case n < 0:
			move.Change = "−" + strconv.Itoa(-n)
		}
		view.Moves = append(view.Moves, move)
	}
	if len(moves) == models.StockLinesPage {
		view.Older = Prefix + "/products/" + e.Data.Slug + "/stock?before=" + strconv.FormatInt(moves[len(moves)-1].ID, 10)
	}
	return v.Render("admin/stock", view)
}
