package admin

import (
	"slices"
	"strings"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/views"
)

// productPage shows the form of a product, or of a new one if e is nil. now is what somebody
// else has stored meanwhile.
func (a *app) productPage(v visit, e *catalog.Edited, form views.Form, now map[string]string, pictures views.Form) error {
	l := string(v.lang())
	view := views.AdminProduct{
		Form: form, Now: now, New: e == nil, Action: Prefix + "/products/new",
		CanChange: v.may(models.RoleManager), CanStock: v.may(models.RoleClerk),
	}
	title := v.text("admin.products.new")
	if e != nil {
		title = e.Data.Texts[v.lang()].Name
		v.describe(&view, e)
		view.Pictures = v.productPictures(e, pictures)
	}
	view.AdminPage = v.page(title)
	if now != nil && e.At != nil {
		view.NowBy = v.text("admin.products.edited_by", e.By, v.dateTime(*e.At))
	}
	choices, err := a.Catalog.Choices(v.UserContext(), v.lang())
	if err != nil {
		return err
	}
	view.Lists = productLists(l, choices)
	chosen := strings.Fields(form.Value("allergens"))
	for _, key := range catalog.Allergens {
		view.Allergens = append(view.Allergens, views.Option{Value: key, Label: views.AllergenName(l, key), Selected: slices.Contains(chosen, key)})
	}
	for _, lang := range languages {
		view.Facts = append(view.Facts, v.factsOf(form, lang, now))
	}
	return v.Render("admin/product", view)
}

// describe fills in what the page says of a product beside its form.
func (v visit) describe(view *views.AdminProduct, e *catalog.Edited) {
	view.Slug, view.Action = e.Data.Slug, Prefix+"/products/"+e.Data.Slug
	view.OnHand, view.Reserved, view.Free = e.OnHand, e.Reserved, e.OnHand-e.Reserved
	view.PriceFrom = v.date(e.PriceFrom)
	view.LowestNow, view.LowestNowTetri = v.price(e.LowestNow), int64(e.LowestNow)
	if e.Lowest != 0 {
		view.Lowest, view.LowestTetri = v.price(e.Lowest), int64(e.Lowest)
	}
	if e.At != nil {
		view.EditedBy = v.dateTime(*e.At) + ", " + e.By
	}
}

// productLists are the choices that the form of a product offers.
func productLists(lang string, choices catalog.Choices) map[string][]views.Option {
	lists := map[string][]views.Option{"featured": {{Label: views.T(lang, "admin.products.featured_none")}}}
	for _, c := range choices.Categories {
		lists["category"] = append(lists["category"], views.Option{Value: c.Slug, Label: c.Name})
	}
	for _, r := range choices.Regions {
		lists["region"] = append(lists["region"], views.Option{Value: r.Key, Label: r.Name})
	}
	for _, g := range choices.Groups {
		lists["featured"] = append(lists["featured"], views.Option{Value: g.Key, Label: g.Name})
	}
	for _, w := range models.Withdrawals {
		lists["returns"] = append(lists["returns"], views.Option{Value: string(w), Label: views.ReturnsName(lang, string(w))})
	}
	lists["tint"] = tintOptions(lang)
	return lists
}

func tintOptions(lang string) (list []views.Option) {
	for _, tint := range catalog.Tints {
		list = append(list, views.Option{Value: tint, Label: views.TintName(lang, tint)})
	}
	return list
}

// factsOf returns the table of facts in one language with some empty lines at its end.
func (v visit) factsOf(form views.Form, lang models.Lang, now map[string]string) views.AdminFacts {
	in := string(lang)
	facts := views.AdminFacts{ID: in, Name: v.text("admin.lang." + in), Error: form.Error("facts_" + in), Now: now["facts_"+in]}
	last := -1
	for i := range catalog.MaxFacts + spareFacts {
		key, value := factNames(lang, i)
		if form.Value(key)+form.Value(value) != "" {
			last = i
		}
	}
	for i := range min(last+1+spareFacts, catalog.MaxFacts+spareFacts) {
		key, value := factNames(lang, i)
		facts.Rows = append(facts.Rows, views.AdminFact{KeyName: key, Key: form.Value(key), ValueName: value, Value: form.Value(value), Number: i + 1})
	}
	return facts
}
