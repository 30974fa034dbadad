package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dukani/models"
)

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
		v := s.visitor()
		r := v.shown(v.post("/en/forgot", url.Values{"email": {email}}))
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
	r := v.submitWrong("/en/account/profile", url.Values{"name": {"ნინო ბერიძე"}, "phone": {"12"}, "lang": {"ka"}, "marketing": {"1"}})
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
	r := v.submitWrong("/en/account/addresses", bad)
	doc := r.document()
	if r.StatusCode != 422 || named(doc, "field-error").Length() != 3 || doc.Find("#street").Text() != "Agmashenebeli 5" ||
		doc.Find("[name=delivery][checked]").AttrOr("value", "") != "city" || doc.Find("#region [selected]").AttrOr("value", "") != "tbilisi" {
		t.Errorf("%d, %d errors\n%s", r.StatusCode, named(doc, "field-error").Length(), doc.Find("main").Text())
	}
	for _, delivery := range []string{"pickup", "moon", ""} {
		form := address("Rustaveli 12")
		form.Set("delivery", delivery)
		if r := v.submitWrong("/en/account/addresses", form); r.StatusCode != 422 || r.document().Find("[data-field=delivery]").Length() != 1 {
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
	chosen := url.Values{"use_address": {"1"}, "address": {"2"}, "email": {"other@example.ge"}, "note": {"ring twice"}, "street": {"typed"}}
	doc := v.shown(v.post("/en/checkout", chosen)).document()
	if doc.Find("#email").AttrOr("value", "") != "other@example.ge" || doc.Find("#note").Text() != "ring twice" {
		t.Error("what was typed is lost")
	}
	if doc.Find("#city").AttrOr("value", "") != "Kutaisi" || doc.Find("[name=delivery][checked]").AttrOr("value", "") != "city" || doc.Find("#name").AttrOr("value", "") != "Gia" {
		t.Error("the chosen address is not filled in")
	}
	other := s.member("giorgi@example.ge")
	other.add("tklapi-plum", "1")
	if doc := other.shown(other.post("/en/checkout", chosen)).document(); doc.Find("#city").AttrOr("value", "") != "" || doc.Find("#street").Text() != "typed" {
		t.Errorf("somebody else's address is filled in: %q", doc.Find("#city").AttrOr("value", ""))
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
