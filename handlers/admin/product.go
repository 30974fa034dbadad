package admin

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/models/catalog"
	"dukani/views"
)

// languages are those of a product's texts, in the order of the page.
var languages = []models.Lang{models.Ka, models.En}

// productFields are the fields of a product's form in the order of the page. Allergens and
// the lines of the table of facts come on top.
var productFields = []string{
	"slug", "active", "price", "old_price", "category", "region", "featured", "tint", "returns", "adult", "allergens",
	"name_ka", "producer_ka", "measure_ka", "text_ka", "facts_ka", "name_en", "producer_en", "measure_en", "text_en", "facts_en", "version",
}

// spareFacts is how many empty lines the table of facts offers.
const spareFacts = 3

// showProduct handles GET /admin/products/{product}.
func (a *app) showProduct(v visit) error {
	e, err := a.Catalog.Edited(v.UserContext(), v.param("product"))
	if err != nil {
		return err
	}
	return a.productPage(v, e, v.formOfProduct(e), nil, v.picturesForm(e))
}

// showNewProduct handles GET /admin/products/new.
func (a *app) showNewProduct(v visit) error {
	form := v.emptyForm(productFields...)
	form.Values["active"], form.Values["tint"], form.Values["returns"] = "1", catalog.Tints[0], string(models.WithdrawalYes)
	return a.productPage(v, nil, form, nil, views.Form{})
}

// saveProduct handles POST /admin/products/{product}.
func (a *app) saveProduct(v visit) error {
	slug := v.param("product")
	form, data, err := v.typedProduct()
	if err != nil {
		return err
	}
	data.Slug = slug
	version, _ := strconv.Atoi(form.Value("version")) // without one the form counts as outdated
	if err = unreadable(form, data); err == nil {
		err = a.Catalog.SaveProduct(v.UserContext(), v.by(), version, data)
	}
	if err == nil {
		return v.done("/products/"+slug, "admin.saved")
	}
	if err := v.refuse(&form, err); err != nil {
		return err
	}
	e, err := a.Catalog.Edited(v.UserContext(), slug)
	if err != nil {
		return err
	}
	var now map[string]string
	if v.Response().StatusCode() == fiber.StatusConflict {
		now = v.storedNow(e, form)
		form.Values["version"] = strconv.Itoa(e.Version) // whoever saves now has seen what is stored
	}
	return a.productPage(v, e, form, now, v.picturesForm(e))
}

// createProduct handles POST /admin/products/new.
func (a *app) createProduct(v visit) error {
	form, data, err := v.typedProduct()
	if err != nil {
		return err
	}
	data.Slug = form.Value("slug")
	if err = unreadable(form, data); err == nil {
		err = a.Catalog.CreateProduct(v.UserContext(), v.by(), data)
	}
	if err == nil {
		return v.done("/products/"+data.Slug, "admin.products.created")
	}
	if err := v.refuse(&form, err); err != nil {
		return err
	}
	return a.productPage(v, nil, form, nil, views.Form{})
}

// typedProduct reads the form of a product. Amounts that cannot be read are 0.
func (v visit) typedProduct() (views.Form, catalog.ProductData, error) {
	form, err := v.form(slices.DeleteFunc(slices.Clone(productFields), func(name string) bool {
		return name == "allergens" || strings.HasPrefix(name, "facts_")
	})...)
	if err != nil {
		return form, catalog.ProductData{}, err
	}
	form.Names = slices.Clone(productFields)
	p := catalog.ProductData{
		Category: form.Value("category"), Region: form.Value("region"), Tint: form.Value("tint"), Featured: form.Value("featured"),
		Returns: models.Withdrawal(form.Value("returns")), Adult: form.Value("adult") != "", Withdrawn: form.Value("active") == "",
		Texts: map[models.Lang]catalog.ProductText{},
	}
	p.Price, _ = models.ReadTetri(form.Value("price"))
	p.OldPrice, _ = models.ReadTetri(form.Value("old_price"))
	if p.Allergens, err = v.values("allergens"); err != nil {
		return form, p, err
	}
	form.Values["allergens"] = strings.Join(p.Allergens, " ")
	for _, lang := range languages {
		in := "_" + string(lang)
		text := catalog.ProductText{
			Name: form.Value("name" + in), Text: form.Value("text" + in), Producer: form.Value("producer" + in), Measure: form.Value("measure" + in),
		}
		for i := range catalog.MaxFacts + spareFacts {
			key, value := factNames(lang, i)
			fact, err := v.form(key, value)
			if err != nil {
				return form, p, err
			}
			form.Values[key], form.Values[value] = fact.Value(key), fact.Value(value)
			text.Attributes = append(text.Attributes, catalog.Attribute{Key: fact.Value(key), Value: fact.Value(value)})
		}
		p.Texts[lang] = text
	}
	return form, p, nil
}

// unreadable refuses amounts that are typed in a way that nobody can read.
func unreadable(form views.Form, p catalog.ProductData) error {
	wrong := map[string]string{}
	if p.Price == 0 && strings.Trim(form.Value("price"), "0,. ") != "" {
		wrong["price"] = "price_list.amount"
	}
	if p.OldPrice == 0 && strings.Trim(form.Value("old_price"), "0,. ") != "" {
		wrong["old_price"] = "price_list.amount"
	}
	if len(wrong) == 0 {
		return nil
	}
	return &models.Error{Kind: models.Invalid, Code: models.CodeProductInvalid, Fields: wrong}
}

// factNames are the names of the two fields of a line of the table of facts.
func factNames(lang models.Lang, i int) (key, value string) {
	base := "fact_" + string(lang) + "_" + strconv.Itoa(i)
	return base + "_key", base + "_value"
}

// formOfProduct is the form of a product as it is stored.
func (v visit) formOfProduct(e *catalog.Edited) views.Form {
	form := v.emptyForm(productFields...)
	p := e.Data
	form.Values = map[string]string{
		"slug": p.Slug, "version": strconv.Itoa(e.Version), "price": v.amount(p.Price), "category": p.Category, "region": p.Region,
		"tint": p.Tint, "featured": p.Featured, "returns": string(p.Returns), "allergens": strings.Join(p.Allergens, " "),
	}
	if p.OldPrice != 0 {
		form.Values["old_price"] = v.amount(p.OldPrice)
	}
	if !p.Withdrawn {
		form.Values["active"] = "1"
	}
	if p.Adult {
		form.Values["adult"] = "1"
	}
	for _, lang := range languages {
		t, in := p.Texts[lang], "_"+string(lang)
		form.Values["name"+in], form.Values["text"+in], form.Values["producer"+in], form.Values["measure"+in] = t.Name, t.Text, t.Producer, t.Measure
		for i, a := range t.Attributes {
			key, value := factNames(lang, i)
			form.Values[key], form.Values[value] = a.Key, a.Value
		}
	}
	return form
}

// amount writes an amount into a field, as people of the language type it.
func (v visit) amount(t models.Tetri) string {
	if v.lang() == models.Ka {
		return strings.Replace(t.String(), ".", ",", 1)
	}
	return t.String()
}

// storedNow says, for each field in which something else is stored by now than was typed,
// what that is.
func (v visit) storedNow(e *catalog.Edited, typed views.Form) map[string]string {
	stored, now := v.formOfProduct(e), map[string]string{}
	words := func(value string) string {
		if value == "" {
			return v.text("admin.products.nothing")
		}
		return value
	}
	for _, name := range productFields {
		a, b := stored.Value(name), typed.Value(name)
		if models.TidyNote(a) == models.TidyNote(b) { // as it would be stored
			continue
		}
		if t, ok := models.ReadTetri(b); ok && strings.HasSuffix(name, "price") {
			b = v.amount(t)
		}
		switch {
		case name == "version" || name == "slug" || a == b:
		case name == "active" || name == "adult":
			now[name] = v.text("admin.no")
			if a != "" {
				now[name] = v.text("admin.yes")
			}
		case name == "allergens":
			now[name] = words(views.Allergens(string(v.lang()), e.Data.Allergens))
		default:
			now[name] = words(a)
		}
	}
	for _, lang := range languages {
		text, differs := []string{}, false
		for i := range catalog.MaxFacts + spareFacts {
			key, value := factNames(lang, i)
			differs = differs || models.TidyLine(stored.Value(key)) != models.TidyLine(typed.Value(key)) ||
				models.TidyLine(stored.Value(value)) != models.TidyLine(typed.Value(value))
			if stored.Value(key) != "" {
				text = append(text, stored.Value(key)+": "+stored.Value(value))
			}
		}
		if differs {
			now["facts_"+string(lang)] = words(strings.Join(text, "; "))
		}
	}
	return now
}
