package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/riverqueue/river"

	"dukani/models"
	"dukani/views"
)

// order puts an order into the database as its customer (0: a guest) placed it.
func (s *shop) order(id, customer int, status models.OrderStatus, email string) {
	s.t.Helper()
	s.exec(`INSERT INTO orders (id, number, token, checkout_key, fingerprint, customer_id, lang, theme, status, name, email, phone,
		delivery, region, city, street, note, items_tetri, delivery_tetri, total_tetri, vat_tetri, terms_version, terms_at,
		holds_stock, hold_until, created_at, updated_at)
		VALUES (?, 'D-' || (100000 + ?), 'token-' || ?, 'key-' || ?, 'f', nullif(?, 0), 'en', '', ?, 'Nino Kapanadze', ?, '+995599123456',
		'tbilisi', 'tbilisi', 'Tbilisi', 'Hidden lane 12', 'a note', 1900, 500, 2400, 366, '2026-11-01', ?, 0, ?, ?, ?)`,
		id, id, id, id, customer, status, email, s.store.Now(), s.store.Now(), s.store.Now(), s.store.Now())
	s.exec(`INSERT INTO order_lines (order_id, position, product_id, slug, name_ka, name_en, measure_ka, measure_en, picture, tint, quantity, unit_tetri)
		SELECT ?, 0, p.id, p.slug, k.name, e.name, k.measure, e.measure, 'honey', p.tint, 1, 1900 FROM products p
		JOIN product_texts k ON k.product_id = p.id AND k.lang = 'ka' JOIN product_texts e ON e.product_id = p.id AND e.lang = 'en'
		WHERE p.slug = ?`, id, wine)
	s.exec(`INSERT INTO payments (order_id, attempt, kind, idempotency_key, request_body, state, asked_tetri, expires_at, created_at, updated_at)
		VALUES (?, 1, 'page', 'pay-' || ?, '{}', 'paid', 2400, ?, ?, ?)`, id, id, s.store.Now(), s.store.Now(), s.store.Now())
	s.exec("INSERT INTO order_events (order_id, at, status) VALUES (?, ?, ?)", id, s.store.Now(), status)
}

// accountPages are the pages of an account without the language; order is the number
// of one of its orders, address the id of one of its addresses.
func accountPages(order, address string) []string {
	return []string{
		"", "/orders", "/orders?show=paid&q=saperavi", "/orders/" + order, "/profile", "/email", "/password", "/confirm?next=%2Fka",
		"/addresses", "/addresses/new", "/addresses/" + address, "/sessions", "/cards", "/delete",
	}
}

func TestEveryAccountPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	s.order(1, 1, models.Paid, "nino@example.ge")
	s.order(2, 0, models.Paid, "nino@example.ge")
	v.submit("/en/account/addresses", address("Rustaveli 12"))
	_, link := s.link("verify", "nino@example.ge")
	var paths []string
	for _, path := range accountPages("D-100001", "1") {
		paths = append(paths, "/account"+path)
	}
	guests := []string{"/login", "/login?next=%2Fka%2Faccount%2Forders", "/register", "/forgot", "/verify?link=" + link}
	key := regexp.MustCompile(`>\s*[a-z_]+\.[a-z_]+(\.[a-z_]+)?\s*<`)
	for _, lang := range []string{"ka", "en"} {
		for _, path := range append(slices.Clone(paths), guests...) {
			who := v
			if slices.Contains(guests, path) {
				who = s.visitor()
			}
			r := who.send(request("GET", "/"+lang+path, nil))
			doc := r.document()
			if r.StatusCode != http.StatusOK || doc.Find("html").AttrOr("lang", "") != lang || doc.Find("h1").Length() != 1 {
				t.Errorf("%s%s: %d, %d headings", lang, path, r.StatusCode, doc.Find("h1").Length())
				continue
			}
			if doc.Find("meta[name=robots][content=noindex]").Length() != 1 || r.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s%s may be kept or indexed", lang, path)
			}
			if strings.Contains(r.text, "ZgotmplZ") || strings.Contains(r.text, "%!") || key.MatchString(r.text) {
				t.Errorf("%s%s: refused value, wrong verb or untranslated key %q", lang, path, key.FindString(r.text))
			}
			other := named(doc, "language-switch").AttrOr("href", "")
			if again := who.send(request("GET", other, nil)); again.StatusCode != http.StatusOK {
				t.Errorf("%s%s: its other language is at %s, which is %d", lang, path, other, again.StatusCode)
			}
			doc.Find("main form[method=post]").Each(func(_ int, form *goquery.Selection) {
				action := form.AttrOr("action", "")
				if strings.Contains(action, "/account") && form.Find("[name=token]").AttrOr("value", "") == "" {
					t.Errorf("%s%s: the form %s has no token", lang, path, action)
				}
			})
		}
	}
}

func address(street string) url.Values {
	return url.Values{"name": {"Nino Kapanadze"}, "phone": {"599 12 34 56"}, "delivery": {"tbilisi"}, "street": {street}}
}

func TestComingBackAfterSigningIn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.member("nino@example.ge")
	v := s.visitor()
	r := v.send(request("GET", "/en/account/orders?page=2", nil))
	to := r.Header.Get("Location")
	if r.StatusCode != 303 || to != "/en/login?next=%2Fen%2Faccount%2Forders%3Fpage%3D2" {
		t.Fatalf("%d to %q", r.StatusCode, to)
	}
	next := v.open(to).Find("main [name=next]").AttrOr("value", "")
	wrong := v.post("/en/login", url.Values{"email": {"nino@example.ge"}, "password": {"wrong"}, "next": {next}}).document()
	if got := wrong.Find("main [name=next]").AttrOr("value", ""); got != "/en/account/orders?page=2" {
		t.Errorf("after a wrong password it would go on to %q", got)
	}
	r = v.post("/en/login", url.Values{"email": {"nino@example.ge"}, "password": {goodPassword}, "next": {next}})
	if got := r.Header.Get("Location"); got != "/en/account/orders?page=2" {
		t.Errorf("went on to %q", got)
	}
	for _, path := range []string{"/en/login", "/en/account/confirm"} {
		form := url.Values{"email": {"nino@example.ge"}, "password": {goodPassword}, "next": {"//evil.example"}, "token": {v.token()}}
		if got := v.post(path, form).Header.Get("Location"); got != "/en/account" {
			t.Errorf("%s: sent to %q", path, got)
		}
	}
	if r := v.send(request("GET", "/en/login?next=%2Fen%2Fcart", nil)); r.Header.Get("Location") != "/en/cart" {
		t.Errorf("who is signed in sees the sign-in page: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
}

func TestRegisterFormKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.member("nino@example.ge")
	for name, c := range map[string]struct {
		form  url.Values
		field string
	}{
		"no name":      {url.Values{"name": {""}, "email": {"a@example.ge"}, "password": {goodPassword}}, "name"},
		"no address":   {url.Values{"name": {"ნინო"}, "email": {"a@"}, "password": {goodPassword}}, "email"},
		"short":        {url.Values{"name": {"ნინო"}, "email": {"a@example.ge"}, "password": {"1234567"}}, "password"},
		"known":        {url.Values{"name": {"ნინო"}, "email": {"NINO@example.ge"}, "password": {goodPassword}}, "email"},
		"own name":     {url.Values{"name": {"ნინო კაპანაძე"}, "email": {"a@example.ge"}, "password": {"ნინო კაპანაძე"}}, "password"},
		"nothing sent": {url.Values{}, "name"},
	} {
		v := s.visitor()
		r := v.post("/ka/register", c.form)
		doc := r.document()
		if r.StatusCode != 422 || doc.Find(`[data-field="`+c.field+`"]`).Text() == "" || v.cookies[sessionCookie] != "" {
			t.Errorf("%s: %d, %q, cookies %v", name, r.StatusCode, doc.Find("[data-field]").Text(), v.cookies)
		}
		for _, field := range []string{"name", "email"} {
			if got := doc.Find("main #"+field).AttrOr("value", ""); got != c.form.Get(field) {
				t.Errorf("%s: %s is %q now", name, field, got)
			}
		}
		if strings.Contains(r.text, goodPassword) {
			t.Errorf("%s: the password is on the page", name)
		}
	}
	if r := s.visitor().post("/ka/register", url.Values{"name": {"a", "b"}}); r.StatusCode != 422 {
		t.Errorf("a field sent twice: %d", r.StatusCode)
	}
	if n := s.number("SELECT count(*) FROM customers"); n != 1 {
		t.Errorf("%d accounts", n)
	}
}

func TestForgotTellsNothing(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.member("nino@example.ge")
	page := func(email string) string {
		r := s.visitor().post("/en/forgot", url.Values{"email": {email}})
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", email, r.StatusCode)
		}
		return r.text
	}
	known := page("nino@example.ge")
	if unknown := page("nobody@example.ge"); known != unknown || strings.Contains(known, "nino@") {
		t.Error("the page tells whether there is an account")
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	doc := v.open("/en/account/profile")
	if _, ticked := named(doc, "marketing").Attr("checked"); ticked {
		t.Error("news are ordered without being asked for")
	}
	r := v.submit("/en/account/profile", url.Values{"name": {"ნინო ბერიძე"}, "phone": {"12"}, "lang": {"ka"}, "marketing": {"1"}})
	doc = r.document()
	if r.StatusCode != 422 || doc.Find("[data-field=phone]").Length() != 1 || doc.Find("#name").AttrOr("value", "") != "ნინო ბერიძე" ||
		doc.Find("#phone").AttrOr("value", "") != "12" || doc.Find("#lang [selected]").AttrOr("value", "") != "ka" || doc.Find("[name=marketing][checked]").Length() != 1 {
		t.Errorf("a wrong telephone: %d\n%s", r.StatusCode, doc.Find("main").Text())
	}
	r = v.submit("/en/account/profile", url.Values{"name": {" ნინო  ბერიძე "}, "phone": {"599 12-34-56"}, "lang": {"ka"}, "marketing": {"1"}})
	if r.StatusCode != 303 || r.Header.Get("Location") != "/ka/account/profile" || v.cookies["__Host-lang"] != "ka" {
		t.Fatalf("%d to %q, cookies %v", r.StatusCode, r.Header.Get("Location"), v.cookies)
	}
	if n := s.number("SELECT count(*) FROM customers WHERE name = 'ნინო ბერიძე' AND phone = '+995599123456' AND lang = 'ka' AND marketing_at IS NOT NULL"); n != 1 {
		t.Error("not stored as typed")
	}
	v.submit("/ka/account/profile", url.Values{"name": {"ნინო"}, "lang": {"ka"}})
	if n := s.number("SELECT count(*) FROM customers WHERE phone = '' AND marketing_at IS NULL"); n != 1 {
		t.Error("telephone and news cannot be taken back")
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	bad := url.Values{"name": {"Nino"}, "phone": {"1"}, "delivery": {"city"}, "region": {"tbilisi"}, "city": {"x"}, "street": {"Agmashenebeli 5"}}
	r := v.submit("/en/account/addresses", bad)
	doc := r.document()
	if r.StatusCode != 422 || named(doc, "field-error").Length() != 3 || doc.Find("#street").Text() != "Agmashenebeli 5" ||
		doc.Find("[name=delivery][checked]").AttrOr("value", "") != "city" || doc.Find("#region [selected]").AttrOr("value", "") != "tbilisi" {
		t.Errorf("%d, %d errors\n%s", r.StatusCode, named(doc, "field-error").Length(), doc.Find("main").Text())
	}
	for _, delivery := range []string{"pickup", "moon", ""} {
		form := address("Rustaveli 12")
		form.Set("delivery", delivery)
		if r := v.submit("/en/account/addresses", form); r.StatusCode != 422 || r.document().Find("[data-field=delivery]").Length() != 1 {
			t.Errorf("delivery %q: %d", delivery, r.StatusCode)
		}
	}
	v.submit("/en/account/addresses", address("Rustaveli 12"))
	v.submit("/en/account/addresses", url.Values{"name": {"Gia"}, "phone": {"599123456"}, "delivery": {"city"}, "region": {"imereti"}, "city": {"Kutaisi"}, "street": {"Tsereteli 3"}})
	doc = v.open("/en/account/addresses")
	if items := named(doc, "address-item"); items.Length() != 2 || named(doc, "address-default").Length() != 1 || !strings.Contains(items.Eq(0).Text(), "Rustaveli 12") {
		t.Fatalf("%d addresses\n%s", items.Length(), items.Text())
	}
	v.submit("/en/account/addresses/2/default", nil)
	v.submit("/en/account/addresses/1", address("Rustaveli 14"))
	if got := named(v.open("/en/account/addresses"), "address-item").Eq(0).Text(); !strings.Contains(got, "Kutaisi") {
		t.Errorf("the default one is %s", got)
	}
	v.submit("/en/account/addresses/2/remove", nil)
	doc = v.open("/en/account/addresses")
	if items := named(doc, "address-item"); items.Length() != 1 || named(doc, "address-default").Length() != 1 || !strings.Contains(items.Text(), "Rustaveli 14") {
		t.Errorf("after removing the default: %s", items.Text())
	}
	for i := range models.MaxAddresses {
		v.submit("/en/account/addresses", address(fmt.Sprint("Street ", i)))
	}
	if n := s.number("SELECT count(*) FROM addresses"); n != models.MaxAddresses || named(v.open("/en/account/addresses"), "address-new").Length() != 0 {
		t.Errorf("%d addresses", n)
	}
}

func TestAddressesAtTheCheckout(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	v := s.member("nino@example.ge")
	v.add("tklapi-plum", "1")
	if doc := v.open("/en/checkout"); doc.Find("#name").AttrOr("value", "") != "Nino Kapanadze" || doc.Find("#email").AttrOr("value", "") != "nino@example.ge" ||
		named(doc, "saved-address").Length() != 0 {
		t.Error("the checkout does not begin with what the account knows")
	}
	v.submit("/en/account/addresses", address("Rustaveli 12"))
	v.submit("/en/account/addresses", url.Values{"name": {"Gia"}, "phone": {"599123456"}, "delivery": {"city"}, "region": {"imereti"}, "city": {"Kutaisi"}, "street": {"Tsereteli 3"}})
	if got := v.open("/en/checkout").Find("#street").Text(); got != "Rustaveli 12" {
		t.Errorf("begins with %q, want the default address", got)
	}
	doc := v.open("/en/checkout?address=2")
	if doc.Find("#city").AttrOr("value", "") != "Kutaisi" || doc.Find("[name=delivery][checked]").AttrOr("value", "") != "city" || doc.Find("#name").AttrOr("value", "") != "Gia" {
		t.Error("the chosen address is not filled in")
	}
	other := s.member("giorgi@example.ge")
	other.add("tklapi-plum", "1")
	if got := other.open("/en/checkout?address=2").Find("#city").AttrOr("value", ""); got != "" {
		t.Errorf("somebody else's address is filled in: %q", got)
	}
	for range 2 { // the second time the address is known already
		v.add("tklapi-plum", "1")
		form := v.checkoutForm(url.Values{"delivery": {"tbilisi"}, "street": {"Chavchavadze 1"}, "remember_address": {"1"}})
		doc := v.open("/ka/checkout")
		form.Set("expected_total", doc.Find("[name=delivery][value=tbilisi]").AttrOr("data-tetri", ""))
		if r := v.post("/ka/checkout", form); r.StatusCode != http.StatusSeeOther {
			t.Fatalf("order: %d", r.StatusCode)
		}
	}
	if n := s.number("SELECT count(*) FROM addresses WHERE street = 'Chavchavadze 1' AND customer_id = 1"); n != 1 {
		t.Errorf("remembered %d times", n)
	}
	if n := s.number("SELECT count(*) FROM orders WHERE customer_id = 1"); n == 0 {
		t.Error("the order does not belong to the account")
	}
}

func TestOrderList(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	s.member("giorgi@example.ge")
	for i := 1; i <= 45; i++ {
		s.order(i, 1, []models.OrderStatus{models.Paid, models.Declined, models.Expired}[i%3], "nino@example.ge")
	}
	s.order(46, 2, models.Paid, "giorgi@example.ge")
	numbers := func(query string) (list []string) {
		named(v.open("/en/account/orders"+query), "order-link").Each(func(_ int, e *goquery.Selection) { list = append(list, e.Text()) })
		return list
	}
	if got := numbers(""); len(got) != 20 || got[0] != "D-100045" || got[19] != "D-100026" {
		t.Errorf("first page: %v", got)
	}
	if got := numbers("?page=3"); len(got) != 5 || got[4] != "D-100001" {
		t.Errorf("last page: %v", got)
	}
	if got := numbers("?page=99"); len(got) != 0 {
		t.Errorf("beyond the last page: %v", got)
	}
	if got := numbers("?show=paid"); len(got) != 15 {
		t.Errorf("paid: %d", len(got))
	}
	for q, want := range map[string]int{
		"100007": 1, "d-100007": 1, "saperavi": 20, "საფერავი": 20, "100046": 0, "%": 0, "_": 0, "' OR 1=1 --": 0, "no such thing": 0,
	} {
		if got := numbers("?q=" + url.QueryEscape(q)); len(got) != want {
			t.Errorf("searching for %q: %d orders, want %d", q, len(got), want)
		}
	}
	if got := numbers("?show=open&q=saperavi"); len(got) != 15 {
		t.Errorf("open ones with saperavi: %d", len(got))
	}
	own, guests := v.open("/en/account/orders/D-100003"), v.open("/en/orders/token-3")
	if own.Find("main").Text() != guests.Find("main").Text() {
		t.Error("the order's page is another one than that of the guest's link")
	}
}

func TestClaim(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.order(1, 0, models.Paid, "Nino@Example.ge") // as it was typed at the checkout
	s.order(2, 0, models.Paid, "giorgi@example.ge")
	v := s.member("nino@example.ge")
	s.member("other@example.ge")
	s.order(3, 2, models.Paid, "nino@example.ge") // bought by another account for her
	offered := func() bool { return named(v.open("/en/account/orders"), "claim-offer").Length() == 1 }
	if offered() {
		t.Error("orders are offered to an address that is not verified")
	}
	if r := v.submit("/en/account/orders/claim", nil); r.StatusCode != http.StatusConflict {
		t.Errorf("claiming them all the same: %d", r.StatusCode)
	}
	v.verify()
	if !offered() {
		t.Fatal("nothing is offered")
	}
	if r := v.submit("/en/account/orders/claim", nil); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("claim: %d", r.StatusCode)
	}
	if offered() || named(v.open("/en/account/orders"), "order-item").Length() != 1 {
		t.Error("the order is not in the list, or still offered")
	}
	if n := s.number("SELECT count(*) FROM orders WHERE id = 2 AND customer_id IS NULL OR id = 3 AND customer_id = 2"); n != 2 {
		t.Error("somebody else's order was claimed")
	}
}

func TestDownload(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	other := s.member("giorgi@example.ge")
	v.submit("/en/account/addresses", address("Rustaveli 12"))
	other.submit("/en/account/addresses", address("A secret street"))
	s.order(1, 1, models.Paid, "nino@example.ge")
	s.order(2, 2, models.Paid, "giorgi@example.ge")
	s.order(3, 0, models.Paid, "guest@example.ge")
	r := v.send(request("GET", "/en/account/data", nil))
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "application/json" || !strings.HasPrefix(r.Header.Get("Content-Disposition"), "attachment;") {
		t.Fatalf("%d %v", r.StatusCode, r.Header)
	}
	var got models.Export
	must(t, json.Unmarshal([]byte(r.text), &got))
	if got.Profile.Email != "nino@example.ge" || len(got.Addresses) != 1 || len(got.Orders) != 1 || len(got.Orders[0].Lines) != 1 ||
		got.Orders[0].Total != "24.00" || len(got.Sessions) != 1 {
		t.Errorf("%+v", got)
	}
	for _, secret := range []string{"giorgi", "guest@", "A secret street", "D-100002", "argon2", "token-1", v.cookies[sessionCookie]} {
		if strings.Contains(r.text, secret) {
			t.Errorf("%q is in the download", secret)
		}
	}
}

func TestDeleteAccount(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	now := time.Now().UTC()
	s.store.Now = func() time.Time { return now }
	v := s.member("nino@example.ge")
	other := s.member("giorgi@example.ge")
	s.order(1, 1, models.Paid, "nino@example.ge")
	s.exec("INSERT INTO mails (order_id, kind, lang, recipient, subject, text, html, created_at) VALUES (1, 'paid', 'ka', 'nino@example.ge', 's', 'Nino', 'Nino', ?)", now)
	now = now.Add(20 * 24 * time.Hour)
	v.logIn("nino@example.ge", goodPassword)
	other.logIn("giorgi@example.ge", goodPassword)
	s.order(2, 1, models.AwaitingPayment, "nino@example.ge")
	s.order(3, 2, models.Paid, "giorgi@example.ge")
	s.order(4, 0, models.Paid, "nino@example.ge")
	v.submit("/en/account/addresses", address("Rustaveli 12"))
	v.add(wine, "1")
	del := func(password string) *reply {
		return v.submit("/en/account/delete", url.Values{"password": {password}})
	}
	if r := del("wrong wrong"); r.StatusCode != 422 || r.document().Find("[data-field=password]").Length() != 1 {
		t.Errorf("with a wrong password: %d", r.StatusCode)
	}
	if r := del(goodPassword); r.StatusCode != http.StatusConflict || textOf(r.document(), "form-error") != views.T("en", "delete.unsettled") {
		t.Errorf("with an open order: %d, %q", r.StatusCode, textOf(r.document(), "form-error"))
	}
	s.exec("UPDATE orders SET status = 'expired' WHERE id = 2")
	if r := del(goodPassword); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/en" {
		t.Fatalf("delete: %d\n%s", r.StatusCode, r.text)
	}
	if r := v.logIn("nino@example.ge", goodPassword); r.StatusCode != 422 {
		t.Errorf("signing in to a deleted account: %d", r.StatusCode)
	}
	for _, table := range []string{"customers", "sessions", "carts"} {
		if n, want := s.number("SELECT count(*) FROM "+table), map[string]int{"customers": 1, "sessions": 2}[table]; n > want {
			t.Errorf("%d rows in %s, want at most %d", n, table, want)
		}
	}
	person := "SELECT count(*) FROM orders WHERE id = ? AND name <> '' AND email <> '' AND phone <> '' AND street <> ''"
	if s.number("SELECT count(*) FROM orders WHERE id IN (1, 2) AND customer_id IS NULL") != 2 || s.number(person, 1) != 1 {
		t.Error("the orders did not stay, or forgot too early")
	}
	now = now.Add(11 * 24 * time.Hour) // the first is 31 days old, the second 11
	n, err := s.store.ForgetPeople(t.Context())
	if err != nil || n != 1 || s.number(person, 1) != 0 || s.number(person, 2) != 1 {
		t.Errorf("%d orders forgot their person, %v", n, err)
	}
	if n := s.number("SELECT count(*) FROM orders WHERE id = 1 AND (name || email || phone || street || city || note || fingerprint) <> ''"); n != 0 {
		t.Error("something of the person is left in the order")
	}
	if n := s.number("SELECT count(*) FROM mails WHERE text LIKE '%Nino%' AND order_id = 1 OR recipient = 'nino@example.ge' AND order_id = 1"); n != 0 {
		t.Error("a mail about the order still names them")
	}
	for _, id := range []int{3, 4} { // another account's, and a guest's who asked for nothing
		if s.number(person, id) != 1 {
			t.Errorf("order %d forgot its person", id)
		}
	}
	if s.get("/en/orders/token-1").StatusCode != http.StatusOK || !other.isIn() {
		t.Error("the order's page is broken, or the other account is out")
	}
}

// A mail that waits for an account which is deleted meanwhile is dropped.
func TestMailOfADeletedAccount(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	list, err := s.store.Mails(t.Context(), 1)
	must(t, err)
	v.submit("/en/account/delete", url.Values{"password": {goodPassword}})
	if err := s.mailer("").Work(t.Context(), &river.Job[models.MailJob]{Args: models.MailJob{MailID: list[0].ID}}); err != nil {
		t.Error(err)
	}
}

func TestCartsJoinOnSigningIn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	v.add(wine, "2")
	v.submit("/en/logout", nil)
	if _, ok := v.cookies["__Host-cart"]; ok || named(v.open("/en/cart"), "cart-line").Length() != 0 {
		t.Error("the cart stays with the browser after signing out")
	}
	v.add(wine, "1")
	v.add("churchkhela-saperavi", "1")
	s.exec("UPDATE stock SET on_hand = 2, reserved = 0 WHERE product_id = (SELECT id FROM products WHERE slug = ?)", wine)
	v.logIn("nino@example.ge", goodPassword)
	doc := v.open("/en/account")
	if got := doc.Find(".notice").First().Text(); !strings.Contains(got, "(2)") {
		t.Errorf("what was capped is not said: %q", got)
	}
	if got := textOf(v.open("/en/cart"), "cart-count"); got != "3" {
		t.Errorf("%s pieces in the joined cart, want 3", got)
	}
}
