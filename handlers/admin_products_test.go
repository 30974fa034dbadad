package handlers_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"dukani/models"
)

// What staff change about a product is in the shop at once: on pages that are cached, in
// search and in the counts.
func TestAChangedProductIsInTheShopAtOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleManager)
	before := textOf(s.page("/en/p/sulguni"), "product-price")
	form := fieldsOf(t, v.open("/admin/products/sulguni"), "product-save")
	form.Set("name_en", "Smoked moonlight")
	form.Set("price", "99,90")
	form.Set("category", "wine")
	form["allergens"] = []string{"milk", "sesame"}
	form.Set("returns", "custom")
	if r := v.command("/admin/products/sulguni", form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	page := s.page("/en/p/sulguni")
	if got := textOf(page, "product-price"); got == before || got != "99.90\u00a0₾" {
		t.Errorf("the price is %q", got)
	}
	if text := page.Find(".facts").Text(); !strings.Contains(text, "milk, sesame") {
		t.Errorf("facts: %s", text)
	}
	if text := textOf(page, "no-return"); !strings.Contains(text, "made to your order") {
		t.Errorf("withdrawal: %s", text)
	}
	if found := s.page("/en/search?q=moonlight").Find("[data-testid=product-card]").Length(); found != 1 {
		t.Errorf("found %d products by the new name", found)
	}
	if !strings.Contains(s.page("/en/c/wine?sort=new&page=1").Text()+s.page("/en/c/wine").Text(), "Smoked moonlight") {
		t.Error("it is not in its new category")
	}
	if n := s.number("SELECT count(*) FROM audit WHERE subject = 'product sulguni' AND action IN ('product', 'price')"); n != 2 {
		t.Errorf("%d lines in the audit list, want one for the price and one for the rest", n)
	}
	if n := s.number("SELECT count(*) FROM price_history h JOIN products p ON p.id = h.product_id WHERE slug = 'sulguni' AND h.price_tetri = 9990"); n != 1 {
		t.Errorf("%d entries in the price history", n)
	}
	form.Set("version", "2")
	form.Del("active")
	if r := v.command("/admin/products/sulguni", form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	if r := s.get("/en/p/sulguni"); r.StatusCode != http.StatusNotFound || strings.Contains(s.page("/en/search?q=moonlight").Text(), "Smoked moonlight") {
		t.Errorf("withdrawn from sale: %d", r.StatusCode)
	}
	rows := named(v.open("/admin/products?q=moonl&show=off"), "admin-product-row")
	if rows.Length() != 1 || rows.AttrOr("data-value", "") != "sulguni" || rows.AttrOr("data-status", "") != "off" {
		t.Errorf("staff find %d", rows.Length())
	}
}

func TestWhatIsWrongWithAProductStandsBesideItsField(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleManager)
	good := fieldsOf(t, v.open("/admin/products/sulguni"), "product-save")
	for name, test := range map[string]struct {
		change map[string]string
		field  string
	}{
		"no price":                  {map[string]string{"price": ""}, "price"},
		"a price in words":          {map[string]string{"price": "ten"}, "price"},
		"three digits":              {map[string]string{"price": "10.555"}, "price"},
		"a huge price":              {map[string]string{"price": "9999999"}, "price"},
		"a lower old price":         {map[string]string{"old_price": "1"}, "old_price"},
		"an old price it never had": {map[string]string{"price": "5", "old_price": "500"}, "old_price"},
		"no name":                   {map[string]string{"name_ka": "  "}, "name_ka"},
		"a long name":               {map[string]string{"name_en": strings.Repeat("x", 121)}, "name_en"},
		"an unknown category":       {map[string]string{"category": "x"}, "category"},
		"an unknown region":         {map[string]string{"region": "x"}, "region"},
		"an unknown colour":         {map[string]string{"tint": "x"}, "tint"},
		"an unknown exception":      {map[string]string{"returns": "x"}, "returns"},
		"an unknown group":          {map[string]string{"featured": "x"}, "featured"},
		"an unknown allergen":       {map[string]string{"allergens": "x"}, "allergens"},
		"half a fact":               {map[string]string{"fact_ka_9_key": "წონა"}, "facts"},
	} {
		t.Run(name, func(t *testing.T) {
			form := maps.Clone(good)
			form.Set("text_en", "typed and not lost")
			for field, value := range test.change {
				form.Set(field, value)
			}
			r := v.command("/admin/products/sulguni", form)
			doc := r.document()
			if wrong := wrongFields(doc); r.StatusCode != http.StatusUnprocessableEntity || !slices.Contains(wrong, test.field) {
				t.Errorf("%d, wrong %v, want %s", r.StatusCode, wrong, test.field)
			}
			kept := fieldsOf(t, doc, "product-save")
			if kept.Get("text_en") != "typed and not lost" {
				t.Error("what was typed is lost")
			}
			for field, value := range test.change {
				_, listed := kept[field]
				if listed && kept.Get(field) != value && field != "allergens" && !strings.Contains("category region tint returns featured", field) {
					t.Errorf("%s: %q was typed, %q is shown", field, value, kept.Get(field))
				}
			}
			if n := s.number("SELECT edited FROM products WHERE slug = 'sulguni'"); n != 1 {
				t.Error("something was stored")
			}
		})
	}
}

// Of two who edit the same product, the second is told, sees what is stored, and can save
// all the same.
func TestTheSecondWhoEditsAProductIsTold(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	a, b := s.staff(models.RoleManager), s.visitor()
	b.enterAdmin(s.hire("tamar", models.RoleManager).Email)
	first := fieldsOf(t, a.open("/admin/products/sulguni"), "product-save")
	second := fieldsOf(t, b.open("/admin/products/sulguni"), "product-save")
	first.Set("measure_en", "one wheel")
	second.Set("producer_en", "Somebody else")
	if r := a.command("/admin/products/sulguni", first); r.StatusCode != http.StatusSeeOther {
		t.Fatal(r.StatusCode)
	}
	r := b.command("/admin/products/sulguni", second)
	if r.StatusCode != http.StatusConflict {
		t.Fatalf("%d, want 409", r.StatusCode)
	}
	doc := r.document()
	if who := textOf(doc, "edited-meanwhile"); !strings.Contains(who, "manager@dukani.example") {
		t.Errorf("it does not say who: %q", who)
	}
	if hint := doc.Find("#measure_en-hint").Text(); !strings.Contains(hint, "one wheel") {
		t.Errorf("what the other stored is not shown: %q", hint)
	}
	again := fieldsOf(t, doc, "product-save")
	if again.Get("producer_en") != "Somebody else" {
		t.Error("what was typed is lost")
	}
	if r := b.command("/admin/products/sulguni", again); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("the second cannot save: %d", r.StatusCode)
	}
	if !strings.Contains(s.page("/en/p/sulguni").Text(), "Somebody else") {
		t.Error("the second save is not in the shop")
	}
}

func TestANewProductStartsEmptyAndUnderItsOwnAddress(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleManager)
	form := fieldsOf(t, v.open("/admin/products/new"), "product-save")
	for name, value := range map[string]string{
		"slug": "sulguni", "price": "12", "category": "cheese", "region": "guria", "name_ka": "ახალი ყველი", "name_en": "New cheese",
		"fact_en_0_key": "Weight", "fact_en_0_value": "1 kg",
	} {
		form.Set(name, value)
	}
	r := v.command("/admin/products/new", form)
	if r.StatusCode != http.StatusUnprocessableEntity || !slices.Contains(wrongFields(r.document()), "slug") {
		t.Errorf("a second product of this address: %d", r.StatusCode)
	}
	if kept := fieldsOf(t, r.document(), "product-save"); kept.Get("name_ka") != "ახალი ყველი" || kept.Get("fact_en_0_value") != "1 kg" {
		t.Error("what was typed is lost")
	}
	form.Set("slug", "new-cheese")
	if r := v.command("/admin/products/new", form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	if s.page("/en/p/new-cheese").Find("[data-testid=stock-state]").AttrOr("data-status", "") != "sold_out" {
		t.Error("a new product can be bought")
	}
	for _, page := range []string{"/en/p/new-cheese", "/en/c/cheese?sort=new"} {
		sign := s.page(page).Find("img[src*='pictures/none.']").First().AttrOr("src", "")
		if r := s.get(sign); r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "image/svg+xml" {
			t.Errorf("%s: the sign for no picture, %q: %d", page, sign, r.StatusCode)
		}
	}
	stock := fieldsOf(t, v.open("/admin/products/new-cheese/stock"), "stock-save")
	stock.Set("reason", "delivered")
	stock.Set("quantity", "12")
	if r := v.command("/admin/products/new-cheese/stock", stock); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	if s.page("/en/p/new-cheese").Find("[data-testid=stock-state]").AttrOr("data-status", "") != "in_stock" {
		t.Error("what was delivered cannot be bought")
	}
}
