package admin

import (
	"io"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/views"
)

// showPrices handles GET /admin/prices: price lists come in and go out here.
func (a *app) showPrices(v visit) error { return a.pricesPage(v, v.emptyForm("file", "text"), nil) }

func (a *app) pricesPage(v visit, form views.Form, mistakes []catalog.PriceMistake) error {
	return v.Render("admin/prices", views.AdminPrices{
		AdminPage: v.page(v.text("admin.prices.title")), Form: form, Mistakes: v.priceMistakes(mistakes),
	})
}

func (v visit) priceMistakes(list []catalog.PriceMistake) (rows []views.AdminPriceMistake) {
	for _, m := range list {
		rows = append(rows, views.AdminPriceMistake{Line: m.Line, Column: m.Column, Text: v.text(m.Key)})
	}
	return rows
}

// readPrices handles POST /admin/prices: a price list that is uploaded or pasted. What it
// would change is shown before anything is changed.
func (a *app) readPrices(v visit) error {
	form, err := v.form("text")
	if err != nil {
		return err
	}
	form.Names = []string{"file", "text"}
	text, err := v.priceListText(form)
	if err != nil {
		return err
	}
	if len(text) <= catalog.MaxPriceListBytes {
		form.Values["text"] = string(text) // to be mended on the page
	}
	if len(text) == 0 {
		form.Errors["file"] = v.text("price_list.empty")
		v.Status(fiber.StatusUnprocessableEntity)
		return a.pricesPage(v, form, nil)
	}
	list, err := a.Catalog.DraftPriceList(v.UserContext(), v.by(), v.lang(), text)
	if err != nil {
		return err
	}
	if len(list.Mistakes) > 0 {
		v.Status(fiber.StatusUnprocessableEntity)
		form.Problem = v.text(string(models.CodePriceListMistakes))
		return a.pricesPage(v, form, list.Mistakes)
	}
	return v.goTo("/prices/" + list.Key)
}

// priceListText returns the file of the form or, if there is none, what was pasted.
func (v visit) priceListText(form views.Form) ([]byte, error) {
	header, err := v.FormFile("file")
	if err != nil || header.Size == 0 { // none was chosen
		return []byte(form.Value("text")), nil
	}
	file, err := header.Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, catalog.MaxPriceListBytes+1))
}

// showPriceList handles GET /admin/prices/{list}: what a price list would change.
func (a *app) showPriceList(v visit) error {
	list, err := a.Catalog.PriceList(v.UserContext(), v.by(), v.lang(), v.param("list"))
	if err != nil {
		return err
	}
	return a.priceListPage(v, list, v.emptyForm())
}

// confirmPriceList handles POST /admin/prices/{list}.
func (a *app) confirmPriceList(v visit) error {
	form, err := v.form("seen")
	if err != nil {
		return err
	}
	changed, err := a.Catalog.ConfirmPriceList(v.UserContext(), v.by(), v.lang(), v.param("list"), form.Value("seen"))
	if err == nil {
		return v.done("/products", "admin.prices.done", strconv.Itoa(changed))
	}
	if err := v.refuse(&form, err); err != nil {
		return err
	}
	list, err := a.Catalog.PriceList(v.UserContext(), v.by(), v.lang(), v.param("list"))
	if err != nil {
		return err
	}
	return a.priceListPage(v, list, form)
}

func (a *app) priceListPage(v visit, list *catalog.PriceList, form views.Form) error {
	view := views.AdminPriceList{
		AdminPage: v.page(v.text("admin.prices.preview_title")), Form: form, Key: list.Key, Seen: list.Seen,
		Summary: v.count("admin.prices.changes", len(list.Changes)), Mistakes: v.priceMistakes(list.Mistakes),
	}
	if list.Same > 0 {
		view.Same = v.count("admin.prices.same", list.Same)
	}
	amount := func(t models.Tetri) string {
		if t == 0 {
			return ""
		}
		return v.price(t)
	}
	for _, c := range list.Changes {
		view.Changes = append(view.Changes, views.AdminPriceChange{
			Line: c.Line, Slug: c.Slug, Name: c.Name, NewPriceTetri: int64(c.NewPrice),
			Price: views.AdminWas{Was: amount(c.Price), Is: amount(c.NewPrice)}, Old: views.AdminWas{Was: amount(c.Old), Is: amount(c.NewOld)},
			OnHand: views.AdminWas{Was: strconv.Itoa(c.OnHand), Is: strconv.Itoa(c.NewOnHand)},
		})
	}
	return v.Render("admin/price_list", view)
}
