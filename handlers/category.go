package handlers

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/views"
)

// showCategory handles GET /{lang}/c/{category}.
func (a *app) showCategory(c *fiber.Ctx) error {
	lang, f, typed := a.lang(c), filterOf(c), priceRange{}
	typed.read(c, &f)
	publish := a.publish
	if typed.wrong() {
		publish = a.publishOnce // there is no end of what cannot be read
	}
	return publish(c, filterQuery(f, f.Page).String(), func(ctx context.Context, page views.Page) (content, error) {
		found, err := a.catalog.CategoryPage(ctx, lang, f)
		if err != nil {
			return content{}, err
		}
		page.Title, page.Description = found.Category.Name, found.Category.Text
		page.NoIndex = len(filterQuery(f, 0)) > 0
		markCurrent(page.Nav, f.Category)
		view := categoryView(lang, f, found)
		typed.show(lang, &view.Filter)
		view.Page = page
		view.Cards, err = a.cardList(lang, found.Cards, eagerCards)
		return content{status: missing(view.OutOfRange), template: "pages/category", view: view}, err
	})
}

// priceRange is what is wrong with the bounds of the price that were typed.
type priceRange struct {
	min, max string // what was typed and cannot be read
	swapped  bool   // the lower bound was above the higher one
}

// read puts the bounds of the price that were typed into the filter. One that cannot be
// read bounds nothing.
func (p *priceRange) read(c *fiber.Ctx, f *catalog.Filter) {
	bound := func(name string, into *models.Tetri) (unread string) {
		typed := strings.TrimSpace(c.Query(name))
		n, ok := models.ReadTetri(typed)
		if *into = n; ok && (n > 0 || name == "min") || typed == "" {
			return ""
		}
		*into = 0 // also for nothing as the most: no product costs that
		if runes := []rune(strings.ToValidUTF8(typed, "")); len(runes) > maxTypedAmount {
			typed = string(runes[:maxTypedAmount])
		}
		return typed
	}
	p.min, p.max = bound("min", &f.Min), bound("max", &f.Max)
	if p.swapped = f.Max > 0 && f.Max < f.Min; p.swapped {
		f.Min, f.Max = f.Max, f.Min
	}
}

// maxTypedAmount is how much of what cannot be read is shown again, in letters.
const maxTypedAmount = 30

func (p *priceRange) wrong() bool { return p.min+p.max != "" || p.swapped }

// show writes into the form what is wrong.
func (p *priceRange) show(lang models.Lang, v *views.Filter) {
	words := func(typed string) string {
		return views.T(string(lang), "facet.unread", typed, views.Price(string(lang), 1_450_50))
	}
	if p.min != "" {
		v.Min, v.MinError = p.min, words(p.min)
	}
	if p.max != "" {
		v.Max, v.MaxError = p.max, words(p.max)
	}
	if p.swapped {
		v.MinError = views.T(string(lang), "facet.swapped")
	}
}

// filterOf reads a category's filter from the address, without the price. What makes no
// sense is taken for not given.
func filterOf(c *fiber.Ctx) catalog.Filter {
	f := catalog.Filter{
		Category: c.Params("category"),
		Sort:     catalog.ParseSort(c.Query("sort"), catalog.SortPopular),
		InStock:  c.Query("stock") == "1",
		OnSale:   c.Query("sale") == "1",
		Page:     pageNumber(c.Query("page")),
	}
	if region := c.Query("region"); len(region) <= 32 && strings.Trim(region, "abcdefghijklmnopqrstuvwxyz_") == "" {
		f.Region = region
	}
	return f
}

// filterQuery is the address of page n with the filter.
func filterQuery(f catalog.Filter, n int) query {
	var q query
	q.add("min", lari(f.Min))
	q.add("max", lari(f.Max))
	if f.InStock {
		q.add("stock", "1")
	}
	if f.OnSale {
		q.add("sale", "1")
	}
	q.add("region", f.Region)
	if f.Sort != catalog.SortPopular {
		q.add("sort", string(f.Sort))
	}
	q.addPage(n)
	return q
}

func categoryView(lang models.Lang, f catalog.Filter, found *catalog.CategoryPage) views.Category {
	l := string(lang)
	path := "/" + l + "/c/" + found.Category.Slug
	view := views.Category{
		Slug: found.Category.Slug, Name: found.Category.Name, Text: found.Category.Text,
		Picture: found.Category.Picture, Tint: found.Category.Tint,
		Count: views.Products(l, found.Total.N, found.Total.More),
		Filter: views.Filter{
			Min: lari(f.Min), Max: lari(f.Max),
			Lowest: views.Number(l, int(found.Lowest/100)), Highest: views.Number(l, int((found.Highest+99)/100)),
			InStock: views.Toggle{Checked: f.InStock, Count: countText(lang, found.InStock)},
			OnSale:  views.Toggle{Checked: f.OnSale, Count: countText(lang, found.OnSale)},
		},
		ClearURL:   path,
		Sort:       views.SortOptions(l, string(f.Sort), false),
		OutOfRange: found.Page > max(found.Pages, 1),
		Pager: views.NewPager(l, found.Page, found.Pages, func(n int) string {
			return filterQuery(f, n).address(path)
		}),
	}
	for _, r := range found.Regions {
		if r.Count.N == 0 && r.Key != f.Region {
			continue
		}
		view.Filter.Regions = append(view.Filter.Regions, views.Region{
			Key: r.Key, Name: r.Name, Count: countText(lang, r.Count), Selected: r.Key == f.Region,
		})
	}
	view.Applied = chips(lang, f, found, path)
	return view
}

// chips lists the filters that are set, each with the address without it.
func chips(lang models.Lang, f catalog.Filter, found *catalog.CategoryPage, path string) (list []views.Chip) {
	l := string(lang)
	add := func(set bool, label string, without func(*catalog.Filter)) {
		if !set {
			return
		}
		rest := f
		without(&rest)
		list = append(list, views.Chip{Label: label, URL: filterQuery(rest, 0).address(path)})
	}
	add(f.Min > 0, views.T(l, "facet.from", views.Price(l, int64(f.Min))), func(f *catalog.Filter) { f.Min = 0 })
	add(f.Max > 0, views.T(l, "facet.to", views.Price(l, int64(f.Max))), func(f *catalog.Filter) { f.Max = 0 })
	add(f.InStock, views.T(l, "facet.stock"), func(f *catalog.Filter) { f.InStock = false })
	add(f.OnSale, views.T(l, "facet.sale"), func(f *catalog.Filter) { f.OnSale = false })
	region := f.Region
	for _, r := range found.Regions {
		if r.Key == f.Region {
			region = r.Name
		}
	}
	add(f.Region != "", region, func(f *catalog.Filter) { f.Region = "" })
	return list
}

func countText(lang models.Lang, n catalog.Count) string {
	return views.CountText(string(lang), n.N, n.More)
}
