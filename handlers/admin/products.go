package admin

import (
	"bytes"
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/views"
)

// productFilter reads the filter of a list of products from the query of the address.
func (v visit) productFilter() catalog.StaffFilter {
	f := catalog.StaffFilter{Query: models.TidyLine(v.Query("q")), Category: v.Query("category")}
	for _, show := range catalog.StaffShows {
		if v.Query("show") == string(show) {
			f.Show = show
		}
	}
	f.Before, _ = strconv.ParseInt(v.Query("before"), 10, 64) // anything else is the first page
	f.After, _ = strconv.ParseInt(v.Query("after"), 10, 64)
	return f
}

// address is a page with the filter in its query; place is "before" or "after" with an id, or
// "" for the first page.
func filterAddress(page string, f catalog.StaffFilter, place string, id int64) string {
	q := url.Values{}
	for name, value := range map[string]string{"q": f.Query, "category": f.Category, "show": string(f.Show)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if place != "" {
		q.Set(place, strconv.FormatInt(id, 10))
	}
	if len(q) == 0 {
		return page
	}
	return page + "?" + q.Encode()
}

// showProducts handles GET /admin/products: the products that fit a filter.
func (a *app) showProducts(v visit) error {
	f := v.productFilter()
	list, err := a.Catalog.StaffList(v.UserContext(), v.lang(), f)
	if err != nil {
		return err
	}
	categories, err := a.Catalog.Categories(v.UserContext(), v.lang())
	if err != nil {
		return err
	}
	view := views.AdminProducts{
		AdminPage: v.page(v.text("admin.products.title")), Query: f.Query, CanChange: v.may(models.RoleManager),
		ExportURL:  filterAddress(Prefix+"/prices/export", f, "", 0),
		Categories: []views.Option{{Label: v.text("admin.products.all_categories")}},
		Shows:      []views.Option{{Label: v.text("admin.products.show_all")}},
	}
	for _, c := range categories {
		view.Categories = append(view.Categories, views.Option{Value: c.Slug, Label: c.Name, Selected: c.Slug == f.Category})
	}
	for _, show := range catalog.StaffShows {
		view.Shows = append(view.Shows, views.Option{
			Value: string(show), Label: views.StaffShow(string(v.lang()), string(show)), Selected: show == f.Show,
		})
	}
	for _, p := range list.Rows {
		view.Rows = append(view.Rows, v.productRow(p))
	}
	if list.After != 0 {
		view.Newer = filterAddress(Prefix+"/products", f, "after", list.After)
	}
	if list.Before != 0 {
		view.Older = filterAddress(Prefix+"/products", f, "before", list.Before)
	}
	return v.Render("admin/products", view)
}

func (v visit) productRow(p catalog.StaffRow) views.AdminProductRow {
	row := views.AdminProductRow{
		Slug: p.Slug, Name: p.Name, Category: p.Category, Picture: p.Picture, Tint: p.Tint, Price: v.price(p.Price), PriceTetri: int64(p.Price),
		OnHand: p.OnHand, Reserved: p.Reserved, Active: p.Active, Stock: views.StockOf(string(v.lang()), string(p.Stock()), p.OnHand-p.Reserved),
	}
	if p.OldPrice != 0 {
		row.OldPrice = v.price(p.OldPrice)
	}
	return row
}

// exportPrices handles GET /admin/prices/export: the products that fit a filter, as CSV.
func (a *app) exportPrices(v visit) error {
	var file bytes.Buffer
	if err := a.Catalog.ExportPrices(v.UserContext(), v.lang(), v.productFilter(), &file); err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	v.Set(fiber.HeaderContentDisposition, `attachment; filename="prices-`+v.now().Format("2006-01-02")+`.csv"`)
	return v.Send(file.Bytes())
}
