package handlers_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"dukani/models"
)

// fieldsOf is what a browser would send of the form that the button with the test id stands
// in.
func fieldsOf(t testing.TB, doc *goquery.Document, button string) url.Values {
	t.Helper()
	form := named(doc, button).Closest("form")
	if form.Length() != 1 {
		t.Fatalf("no form has the button %s", button)
	}
	values := url.Values{}
	form.Find("input[name], textarea[name], select[name]").Each(func(_ int, field *goquery.Selection) {
		name := field.AttrOr("name", "")
		_, checked := field.Attr("checked")
		switch kind := field.AttrOr("type", ""); {
		case field.Is("select"):
			values.Add(name, field.Find("option[selected]").AttrOr("value", ""))
		case field.Is("textarea"):
			values.Add(name, field.Text())
		case kind == "file" || (kind == "checkbox" || kind == "radio") && !checked:
		default:
			values.Add(name, field.AttrOr("value", ""))
		}
	})
	return values
}

// wrongFields lists the fields beside which a page has a message.
func wrongFields(doc *goquery.Document) (fields []string) {
	for _, field := range named(doc, "field-error").EachIter() {
		fields = append(fields, field.AttrOr("data-field", ""))
	}
	return fields
}

// upload posts a form with a file, with the token of the back office.
func (v *visitor) upload(path, fileName string, file []byte, fields url.Values) *reply {
	v.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range fields {
		if name != "token" {
			for _, value := range values {
				must(v.t, w.WriteField(name, value))
			}
		}
	}
	must(v.t, w.WriteField("token", v.staffToken()))
	if file != nil {
		part, err := w.CreateFormFile("file", fileName)
		must(v.t, err)
		_, err = part.Write(file)
		must(v.t, err)
	}
	must(v.t, w.Close())
	r := request("POST", path, nil, "Content-Type", w.FormDataContentType())
	r.Body, r.ContentLength = http.NoBody, int64(body.Len())
	r.Body = readCloser{&body}
	return v.send(r)
}

type readCloser struct{ *bytes.Buffer }

func (readCloser) Close() error { return nil }

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
				if _, listed := kept[field]; listed && kept.Get(field) != value && field != "allergens" && !strings.Contains("category region tint returns featured", field) {
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

func TestClerksMoveStockAndNothingElse(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	s.exec("UPDATE stock SET on_hand = 10, reserved = 4 WHERE product_id = (SELECT id FROM products WHERE slug = 'sulguni')")
	v := s.staff(models.RoleClerk)
	if named(v.open("/admin/products/sulguni"), "product-save").Length() != 0 {
		t.Error("a clerk is offered to change the product")
	}
	if r := v.command("/admin/products/sulguni", url.Values{"price": {"1"}}); r.StatusCode != http.StatusForbidden {
		t.Errorf("a clerk changes a price: %d", r.StatusCode)
	}
	const page = "/admin/products/sulguni/stock"
	for name, test := range map[string]struct {
		reason, quantity, seen string
		status                 int
		message                string
	}{
		"a word":               {"delivered", "many", "10", 422, "whole number"},
		"nothing delivered":    {"delivered", "0", "10", 422, "one or more"},
		"less than nothing":    {"counted", "-1", "10", 422, "less than zero"},
		"no such reason":       {"sold", "1", "10", 422, "reason"},
		"more lost than free":  {"lost", "7", "10", 409, "reserved 4"},
		"counted too few":      {"counted", "3", "10", 409, "reserved 4"},
		"counted another time": {"counted", "9", "11", 409, "there are 10"},
		"far too many":         {"delivered", "1000000", "10", 422, "cannot be that many"},
	} {
		r := v.command(page, url.Values{"reason": {test.reason}, "quantity": {test.quantity}, "seen": {test.seen}, "note": {"kept note"}})
		doc := r.document()
		if text := textOf(doc, "field-error"); r.StatusCode != test.status || !strings.Contains(text, test.message) {
			t.Errorf("%s: %d %q, want %d %q", name, r.StatusCode, text, test.status, test.message)
		}
		if kept := fieldsOf(t, doc, "stock-save"); kept.Get("quantity") != test.quantity || kept.Get("note") != "kept note" {
			t.Errorf("%s: what was typed is lost: %v", name, kept)
		}
	}
	if n := s.number("SELECT count(*) FROM stock_moves"); n != 0 {
		t.Errorf("%d moves were booked", n)
	}
	for _, move := range []url.Values{
		{"reason": {"delivered"}, "quantity": {"5"}}, {"reason": {"lost"}, "quantity": {"2"}, "note": {"broken"}}, {"reason": {"counted"}, "quantity": {"11"}, "seen": {"13"}},
	} {
		if r := v.command(page, move); r.StatusCode != http.StatusSeeOther {
			t.Fatalf("%v: %d\n%s", move, r.StatusCode, r.text)
		}
	}
	doc := v.open(page)
	if got := named(doc, "admin-figure-on-hand").AttrOr("data-value", ""); got != "11" {
		t.Errorf("%s on hand, want 11", got)
	}
	if n := named(doc, "stock-move").Length(); n != 3 || !strings.Contains(named(doc, "stock-move").Eq(1).Text(), "broken") {
		t.Errorf("%d moves listed", n)
	}
}

// photograph is a JPEG file that says where it was taken.
func photograph(t testing.TB) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 400, 300))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	m.SetRGBA(3, 3, color.RGBA{200, 0, 0, 255})
	var b bytes.Buffer
	must(t, jpeg.Encode(&b, m, nil))
	exif := append([]byte("\xff\xe1\x00\x20Exif\x00\x00II*\x00\x08\x00\x00\x00"), "41.69N 44.80E\x00\x00\x00"...)
	return append(append(bytes.Clone(b.Bytes()[:2]), exif...), b.Bytes()[2:]...)
}

func TestAnUploadedPictureIsShownEverywhereWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleManager)
	const path = "/admin/products/sulguni/pictures"
	version := fieldsOf(t, v.open("/admin/products/sulguni"), "product-picture-add").Get("version")
	form := url.Values{"version": {version}, "alt_ka": {"ყველი ხის დაფაზე"}, "alt_en": {"Cheese on a board"}}
	for name, test := range map[string]struct {
		file   []byte
		change url.Values
		field  string
	}{
		"no file":        {nil, nil, "file"},
		"not a picture":  {[]byte("<svg onload=alert(1)>"), nil, "file"},
		"half a picture": {photograph(t)[:600], nil, "file"},
		"no description": {photograph(t), url.Values{"alt_en": {""}}, "alt_en"},
	} {
		bad := maps.Clone(form)
		maps.Copy(bad, test.change)
		r := v.upload(path, "../../x.php", test.file, bad)
		if wrong := wrongFields(r.document()); r.StatusCode != http.StatusUnprocessableEntity || !slices.Contains(wrong, test.field) {
			t.Errorf("%s: %d, wrong %v", name, r.StatusCode, wrong)
		}
		if kept := fieldsOf(t, r.document(), "product-picture-add"); kept.Get("alt_ka") != "ყველი ხის დაფაზე" {
			t.Errorf("%s: what was typed is lost", name)
		}
	}
	file := photograph(t)
	if r := v.upload(path, "p.txt", file, form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	if r := v.upload(path, "p.jpg", file, form); r.StatusCode != http.StatusConflict {
		t.Errorf("a page that is out of date adds a picture: %d", r.StatusCode)
	}
	// To the front, one place at a time, and the others away.
	for {
		saved := fieldsOf(t, v.open("/admin/products/sulguni"), "pictures-save")
		at := slices.IndexFunc(saved["picture"], func(name string) bool { return strings.HasPrefix(name, "u-") })
		if at < 0 {
			t.Fatalf("pictures %v", saved)
		}
		if at > 0 {
			saved.Set("up", strconv.Itoa(at))
		} else if len(saved["picture"]) > 1 {
			saved.Set("remove", "1")
		} else {
			break
		}
		if r := v.command(path+"/save", saved); r.StatusCode != http.StatusSeeOther {
			t.Fatalf("%d\n%s", r.StatusCode, r.text)
		}
	}
	shopper := s.visitor()
	shopper.add("sulguni", "1")
	for what, at := range map[string]*goquery.Selection{
		"the product's page": s.page("/en/p/sulguni").Find(".picture img"),
		"a card":             s.page("/en/search?q=sulguni").Find("[data-testid=product-card] a[href$='/sulguni']").Closest("article").Find("img"),
		"the cart":           shopper.open("/en/cart").Find("[data-testid=cart-line] img"),
		"the staff's list":   v.open("/admin/products?q=sulguni").Find("tr[data-value=sulguni] img"),
	} {
		address := at.AttrOr("src", "")
		r := s.get(address)
		if !strings.HasPrefix(address, "/pictures/u-") || r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "image/jpeg" ||
			r.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %q, %d %v", what, address, r.StatusCode, r.Header)
		}
		if strings.Contains(r.text, "Exif") || strings.Contains(r.text, "44.80E") {
			t.Errorf("%s: the picture says where it was taken", what)
		}
	}
	if image := s.page("/en/p/sulguni").Find("meta[property='og:image']").AttrOr("content", ""); !strings.HasPrefix(image, shopURL+"/pictures/u-") {
		t.Errorf("shared with the picture %q", image)
	}
	if r := s.get("/pictures/u-unknown"); r.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown picture: %d", r.StatusCode)
	}
}

func TestACategoryIsChangedAndMoved(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleManager)
	order := func() (slugs []string) {
		for _, link := range s.page("/en").Find("nav a[href^='/en/c/']").EachIter() {
			slugs = append(slugs, strings.TrimPrefix(link.AttrOr("href", ""), "/en/c/"))
		}
		return slugs
	}
	before := order()
	form := fieldsOf(t, v.open("/admin/categories/sweets"), "category-save")
	stale := maps.Clone(form)
	form.Set("name_en", "Sweet things")
	if r := v.command("/admin/categories/sweets", form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	stale.Set("text_en", "Another text")
	r := v.command("/admin/categories/sweets", stale)
	if r.StatusCode != http.StatusConflict || !strings.Contains(r.document().Find("#name_en-hint").Text(), "Sweet things") ||
		fieldsOf(t, r.document(), "category-save").Get("text_en") != "Another text" {
		t.Errorf("the second is not told: %d", r.StatusCode)
	}
	bad := url.Values{"version": {"2"}, "name_ka": {"ტკბილეული"}, "name_en": {"x"}, "picture": {"none"}, "tint": {"rose"}}
	if r := v.command("/admin/categories/sweets", bad); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a picture that is not there: %d", r.StatusCode)
	}
	if !strings.Contains(s.page("/en").Find("nav").Text(), "Sweet things") {
		t.Error("the navigation has the old name")
	}
	if r := v.command("/admin/categories/sweets/move", url.Values{"up": {"1"}}); r.StatusCode != http.StatusSeeOther {
		t.Fatal(r.StatusCode)
	}
	after := order()
	if i, j := slices.Index(before, "sweets"), slices.Index(after, "sweets"); j != i-1 {
		t.Errorf("order %v, was %v", after, before)
	}
	created := url.Values{"slug": {"gifts"}, "name_ka": {"საჩუქრები"}, "name_en": {"Presents"}, "picture": {"basket"}, "tint": {"mint"}}
	if r := v.command("/admin/categories/new", created); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.StatusCode, r.text)
	}
	if got := order(); got[len(got)-1] != "gifts" {
		t.Errorf("the new category is not the last: %v", got)
	}
	if r := v.command("/admin/categories/new", created); r.StatusCode != http.StatusUnprocessableEntity || !slices.Contains(wrongFields(r.document()), "slug") {
		t.Errorf("a second one of this address: %d", r.StatusCode)
	}
}
