package handlers_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/PuerkitoBio/goquery"
)

// textForms are the forms that take text: the address after the language, and what
// can be sent as it stands. A field is of the kind that kindOf says.
var textForms = []struct {
	path   string
	member bool // only for signed-in customers
	form   url.Values
}{
	{"/login", false, url.Values{"email": {"nino@example.ge"}, "password": {goodPassword}}},
	{"/forgot", false, url.Values{"email": {"nino@example.ge"}}},
	{"/register", false, url.Values{"name": {"Nino"}, "email": {"new@example.ge"}, "password": {goodPassword}}},
	{"/checkout", false, url.Values{"name": {"Nino"}, "email": {"nino@example.ge"}, "phone": {"599123456"}, "delivery": {"city"}, "region": {"imereti"},
		"city": {"Kutaisi"}, "street": {"Tsereteli 3"}, "note": {"Ring twice"}, "terms": {"1"}}},
	{"/account/profile", true, url.Values{"name": {"Nino"}, "phone": {"599123456"}, "lang": {"en"}}},
	{"/account/email", true, url.Values{"email": {"other@example.ge"}, "password": {goodPassword}}},
	{"/account/addresses", true, url.Values{"name": {"Nino"}, "phone": {"599123456"}, "delivery": {"city"}, "region": {"imereti"}, "city": {"Kutaisi"}, "street": {"Tsereteli 3"}}},
}

// kindOf is the kind of text that a field takes; the other fields are choices.
var kindOf = map[string]string{"email": "email", "name": "line", "city": "line", "street": "line", "phone": "phone", "note": "note", "password": "password"}

// oddities are, by kind, texts that have to be refused with an error at the field, and what
// the error suggests instead.
var oddities = map[string]map[string]string{
	"email": {
		"ნინო@გმაილ.ცომ": "nino@gmail.com", "ნინო@gmail.com": "nino@gmail.com", "ნინო@xn--loddtic.xn--wodd2b": "nino@gmail.com",
		"nino": "", "nino@localhost": "", "nino@-a.ge": "", "nino@a_b.ge": "", "ni no@example.ge": "", "nino@example.123": "",
		"\u3164\u3164": "", strings.Repeat("a", 65) + "@example.ge": "", "a@" + strings.Repeat("b", 64) + ".ge": "", "a..b@example.ge": "",
	},
	"line":  {"\u3164\u3164\u3164": "", "\u2800\u2800\u2800": "", "\u115f\u1160\uffa0": "", "\u200b\u200b\u200b": "", " \u00a0\u3000 ": "", "...": ""},
	"phone": {"599 12 34 5½": "", "\u3164599": "", "ხუთას": ""},
}

// typedAgain is the page that a form is answered with: the answer itself, or where it leads.
func (v *visitor) typedAgain(r *reply) *goquery.Document {
	v.t.Helper()
	if r.StatusCode == http.StatusSeeOther {
		r = v.shown(r)
	}
	return r.document()
}

// sendText sends one of textForms with some fields changed, as a visitor who may send it.
func (s *shop) sendText(v *visitor, lang, path string, member bool, form url.Values) *reply {
	if path == "/checkout" {
		v.add(wine, "1")
		doc := v.open("/" + lang + "/checkout")
		form.Set("expected_total", doc.Find("[name=delivery][value=city]").AttrOr("data-tetri", ""))
		form.Set("shown", doc.Find("[name=shown]").AttrOr("value", ""))
	}
	if member {
		return v.submit("/"+lang+path, form)
	}
	return v.post("/"+lang+path, form)
}

func TestEveryFormRefusesTextThatIsNone(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	member := s.member("nino@example.ge")
	words := map[string]string{"ka": "ხომ არ იგულისხმეთ", "en": "Did you mean"}
	for _, f := range textForms {
		for _, field := range slices.Sorted(maps.Keys(f.form)) {
			for odd, meant := range oddities[kindOf[field]] {
				for lang := range words {
					v := s.visitor()
					if f.member {
						v = member
					}
					form := maps.Clone(f.form)
					form.Set(field, odd)
					doc := v.typedAgain(s.sendText(v, lang, f.path, f.member, form))
					said := doc.Find(`main [data-field="` + field + `"]`).First().Text()
					if said == "" || meant != "" && (!strings.Contains(said, words[lang]) || !strings.Contains(said, meant)) {
						t.Errorf("%s %s, %s %+q: %q", lang, f.path, field, odd, said)
					}
					if kept := doc.Find("main #" + field); kept.AttrOr("value", kept.Text()) != odd && kept.AttrOr("value", kept.Text()) != "\n"+odd {
						t.Errorf("%s: %s %+q became %+q", f.path, field, odd, kept.AttrOr("value", kept.Text()))
					}
				}
			}
		}
	}
	if n := s.number("SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM addresses) + (SELECT count(*) FROM customers)"); n != 1 {
		t.Errorf("%d rows were stored", n)
	}
}

// Texts that only differ invisibly are the same to every form, and invisible characters
// are not stored.
func TestEveryFormTidiesText(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	member := s.member("nino@example.ge")
	wide := strings.NewReplacer("n", "ｎ", "N", "Ｎ", "5", "５", "@", "＠")
	for _, f := range textForms {
		form := maps.Clone(f.form)
		for field := range f.form {
			switch kindOf[field] {
			case "email":
				form.Set(field, "\u202a"+wide.Replace(strings.ToUpper(form.Get(field)))+"\u3164\u200b ")
			case "line", "phone":
				form.Set(field, " \ufeff"+wide.Replace(form.Get(field))+"\u3164\u00ad\u202c\r\n")
			case "note":
				form.Set(field, "Ring\u3164 twice\u202e\r\nthen\u200b knock\r\n\r\n\r\n\r\n- N")
			}
		}
		v := s.visitor()
		if f.member {
			v = member
		}
		r := s.sendText(v, "en", f.path, f.member, form)
		if r.StatusCode != http.StatusSeeOther && r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %q", f.path, r.StatusCode, r.document().Find("[data-field]").Text())
		}
	}
	s.sendResets()
	for what, query := range map[string]string{
		"an account": "SELECT count(*) FROM customers WHERE email = 'new@example.ge' AND name = 'Nino'",
		"a profile":  "SELECT count(*) FROM customers WHERE email = 'nino@example.ge' AND name = 'Nino' AND phone = '+995599123456'",
		"a link":     "SELECT count(*) FROM mail_links WHERE email = 'other@example.ge'",
		"a reset":    "SELECT count(*) FROM mail_links WHERE email = 'nino@example.ge' AND purpose = 'reset'",
		"an address": "SELECT count(*) FROM addresses WHERE name = 'Nino' AND phone = '+995599123456' AND city = 'Kutaisi' AND street = 'Tsereteli 3'",
		"an order": "SELECT count(*) FROM orders WHERE name = 'Nino' AND email = 'nino@example.ge' AND phone = '+995599123456' AND city = 'Kutaisi' " +
			"AND street = 'Tsereteli 3' AND note = 'Ring twice\nthen knock\n\n- N'",
	} {
		if n := s.number(query); n != 1 {
			t.Errorf("%s: %d rows", what, n)
		}
	}
	var token string
	must(t, s.raw.QueryRow("SELECT token FROM orders").Scan(&token))
	note := named(s.page("/en/orders/"+token), "order-note")
	if note.Text() != "Ring twice\nthen knock\n\n- N" || !note.HasClass("lines") {
		t.Errorf("the order's page shows the note as %q", note.Text())
	}
}

// The name of a card and the words of a search are text, too.
func TestSearchAndCardNamesAreTidied(t *testing.T) {
	t.Parallel()
	s, owner, _, _ := authzWorld(t)
	for i, typed := range []string{"Every\u3164day\u202e", "Ｅｖｅｒｙｄａｙ", " Every\u00adday \r\n"} {
		s.exec("UPDATE saved_cards SET label = ?", fmt.Sprint(i))
		owner.submit("/en/account/cards/1", url.Values{"label": {typed}})
		if n := s.number("SELECT count(*) FROM saved_cards WHERE label = 'Everyday'"); n != 1 {
			t.Errorf("%+q is not stored as Everyday", typed)
		}
	}
	plain := named(s.page("/en/search?q=wine"), "product-card").Length()
	for _, typed := range []string{"ｗｉｎｅ", "wi\u00adne", "w\u200bi\u2060ne", "wi\u200cne", "\u3164wine\u202c", "\u3000WINE"} {
		if n := named(s.page("/en/search?q="+url.QueryEscape(typed)), "product-card").Length(); n != plain || n == 0 {
			t.Errorf("%+q finds %d, wine %d", typed, n, plain)
		}
	}
	for _, nothing := range []string{"\u3164", "\u200b\u2060", "\u2800"} {
		if got := s.page("/en/search?q="+url.QueryEscape(nothing)).Find("main [name=q], header [name=q]").AttrOr("value", ""); strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) || got != "" {
			t.Errorf("%+q is searched for as %+q", nothing, got)
		}
	}
}
