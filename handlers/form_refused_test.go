package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// wrongForms are forms that are refused: where they are posted, the page they are on, and
// what is typed. path is without the language.
var wrongForms = map[string]struct {
	path, page string
	form       url.Values
	keeps      []string // fields whose text is kept
	status     int
	guest      bool
}{
	"sign-in":      {"/login", "/login", url.Values{"email": {"nino@example.ge"}, "password": {"secret words"}}, []string{"email"}, 422, true},
	"registration": {"/register", "/register", url.Values{"name": {"ნინო"}, "email": {"nino@"}, "password": {"secret words"}}, []string{"name", "email"}, 422, true},
	"reset":        {"/reset", "/reset", url.Values{"password": {"secret"}}, nil, 422, true},
	"profile":      {"/account/profile", "/account/profile", url.Values{"name": {"ნინო ბერიძე"}, "phone": {"12"}, "lang": {"en"}}, []string{"name", "phone"}, 422, false},
	"email":        {"/account/email", "/account/email", url.Values{"email": {"nino@"}, "password": {goodPassword}}, []string{"email"}, 422, false},
	"password":     {"/account/password", "/account/password", url.Values{"old_password": {"secret words"}, "new_password": {"secret words"}}, nil, 422, false},
	"proof":        {"/account/confirm", "/account/confirm", url.Values{"password": {"secret words"}}, nil, 422, false},
	"deletion":     {"/account/delete", "/account/delete", url.Values{"password": {"secret words"}}, nil, 422, false},
	"new address":  {"/account/addresses", "/account/addresses/new", url.Values{"name": {"Gia"}, "phone": {"1"}, "street": {"Agmashenebeli 5"}}, []string{"name", "phone", "street"}, 422, false},
	"address":      {"/account/addresses/1", "/account/addresses/1", url.Values{"name": {"Gia"}, "phone": {"1"}, "street": {"Agmashenebeli 5"}}, []string{"name", "phone", "street"}, 422, false},
	"checkout":     {"/checkout", "/checkout", url.Values{"name": {"Gia"}, "phone": {"1"}, "street": {"Agmashenebeli 5"}, "note": {"two\nlines"}}, []string{"name", "phone", "street", "note"}, 422, false},
}

// A refused form leads to its page, which shows the mistakes once, and what was typed until
// the form is sent again: Back and Reload do not ask whether to send it.
func TestARefusedFormLeadsToItsPage(t *testing.T) {
	t.Parallel()
	for name, c := range wrongForms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.open(withBank(t, s.store))
			v := s.member("nino@example.ge")
			v.submit("/en/account/addresses", address("Rustaveli 12"))
			v.add(wine, "1")
			path, page := "/ka"+c.path, "/ka"+c.page
			if c.path == "/reset" {
				v.post("/en/forgot", url.Values{"email": {"nino@example.ge"}})
				_, link := s.link("reset", "nino@example.ge")
				c.form.Set("link", link)
				page += "?link=" + link
			}
			if c.guest {
				v.submit("/en/logout", nil)
				v.open(page)
			} else {
				c.form.Set("token", v.token())
			}
			r := v.post(path, c.form)
			if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != page {
				t.Fatalf("%d to %q", r.StatusCode, r.Header.Get("Location"))
			}
			v.send(request("HEAD", page, nil))
			v.send(request("GET", page, nil, "Sec-Purpose", "prefetch"))
			typed := func(r *reply) {
				t.Helper()
				doc := r.document()
				for _, field := range c.keeps {
					e := doc.Find("main form[method=post] [name=" + field + "]")
					if got := e.AttrOr("value", e.Text()); got != c.form.Get(field) {
						t.Errorf("%s is %q", field, got)
					}
				}
				if strings.Contains(r.text, "secret") {
					t.Error("a password is on the page")
				}
			}
			r = v.send(request("GET", page, nil))
			if mistakes := named(r.document(), "field-error").Length() + named(r.document(), "form-error").Length(); r.StatusCode != c.status || mistakes == 0 {
				t.Errorf("the page: %d, %d mistakes", r.StatusCode, mistakes)
			}
			typed(r)
			for _, again := range []string{page, strings.Replace(page, "/ka", "/en", 1)} {
				r = v.send(request("GET", again, nil))
				if r.StatusCode != http.StatusOK || named(r.document(), "field-error").Length()+named(r.document(), "form-error").Length() != 0 {
					t.Errorf("%s once more: %d", again, r.StatusCode)
				}
				typed(r)
			}
			if n := s.number("SELECT count(*) FROM sessions WHERE instr(data, 'secret') > 0 OR instr(data, ?) > 0", goodPassword); n != 0 {
				t.Error("a password is stored")
			}
		})
	}
}

// A form that was sent too often is answered on its page, too, with the status 429.
func TestALimitLeadsBackToTheForm(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.member("nino@example.ge")
	v := s.visitor()
	v.open("/en/login")
	form := url.Values{"email": {"nino@example.ge"}, "password": {"wrong words"}}
	var r *reply
	for range 20 {
		if r = v.shown(v.post("/en/login", form)); r.StatusCode != 422 {
			break
		}
	}
	if doc := r.document(); r.StatusCode != http.StatusTooManyRequests || textOf(doc, "form-error") == "" || doc.Find("#email").AttrOr("value", "") != "nino@example.ge" {
		t.Errorf("%d, %q", r.StatusCode, textOf(doc, "form-error"))
	}
}

// A customer who has signed in meanwhile in another tab sees once what was wrong with the
// old tab's form; the next time the page leads on.
func TestAnOldSignInFormIsAnswered(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("nino@example.ge")
	r := v.shown(v.post("/en/login", url.Values{"email": {"gio@example.ge"}, "password": {"wrong words"}}))
	if r.StatusCode != 422 || textOf(r.document(), "form-error") == "" {
		t.Errorf("%d", r.StatusCode)
	}
	if r := v.send(request("GET", "/en/login", nil)); r.Header.Get("Location") != "/en/account" {
		t.Errorf("then: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
}

// The form of a browser without cookies cannot be kept, nor can a form that is too long:
// then the answer is the page.
func TestARefusedFormWithoutCookiesIsAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.member("nino@example.ge")
	sessions := s.number("SELECT count(*) FROM sessions")
	for name, form := range map[string]url.Values{
		"/ka/login":    {"email": {"nino@example.ge"}, "password": {"wrong words"}},
		"/ka/register": {"name": {"ნინო"}, "email": {"nino@"}, "password": {goodPassword}},
	} {
		r := s.visitor().post(name, form)
		if doc := r.document(); r.StatusCode != 422 || doc.Find("main [name=email]").AttrOr("value", "") != form.Get("email") ||
			named(doc, "form-error").Length()+named(doc, "field-error").Length() == 0 {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
	}
	if n := s.number("SELECT count(*) FROM sessions"); n != sessions {
		t.Errorf("%d sessions for browsers without cookies", n-sessions)
	}
	v := s.visitor()
	if v.open("/ka/register"); len(v.cookies) != 1 {
		t.Errorf("the page of a form tries no cookie: %v", v.cookies)
	}
	long := strings.Repeat("ნ", 20_000)
	r := v.post("/ka/register", url.Values{"name": {long}, "email": {"nino@"}, "password": {goodPassword}})
	if r.StatusCode != 422 || r.document().Find("main [name=name]").AttrOr("value", "") != long || s.number("SELECT count(*) FROM sessions") != sessions {
		t.Errorf("a very long name: %d", r.StatusCode)
	}
}

func TestAVeryLongNoteAtTheCheckoutIsNotStored(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	v := s.visitor()
	v.add(wine, "1")
	long := strings.Repeat("ნ", 20_000)
	r := v.post("/ka/checkout", v.checkoutForm(url.Values{"note": {long}}))
	if r.StatusCode != 422 || r.document().Find("[name=note]").Text() != long {
		t.Errorf("%d", r.StatusCode)
	}
	for _, field := range []string{"checkout_key", "shown", "name", "email", "phone", "delivery", "region", "city", "street", "remember_address", "terms",
		"card", "save_card", "one_click", "theme", "recalculate", "address", "use_address"} {
		v.post("/ka/checkout", v.checkoutForm(url.Values{field: {long}}))
	}
	if n := s.number("SELECT coalesce(max(length(data)), 0) FROM sessions"); n > 16<<10 {
		t.Errorf("a session of %d bytes", n)
	}
}

// What was typed is forgotten when the form is sent again, or after a while.
func TestWhatWasTypedIsForgotten(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	now := time.Now().UTC()
	s.store.Now = func() time.Time { return now }
	v := s.member("nino@example.ge")
	wrong := url.Values{"name": {"Nino"}, "phone": {"12"}, "lang": {"en"}}
	phone := func() string { return v.open("/en/account/profile").Find("#phone").AttrOr("value", "") }
	v.submitWrong("/en/account/profile", wrong)
	v.submit("/en/account/profile", url.Values{"name": {"Nino"}, "phone": {""}, "lang": {"en"}})
	if got := phone(); got != "" {
		t.Errorf("after it was saved: %q", got)
	}
	v.submitWrong("/en/account/profile", wrong)
	if got := phone(); got != "12" {
		t.Errorf("before: %q", got)
	}
	now = now.Add(31 * time.Minute)
	if got := phone(); got != "" {
		t.Errorf("after half an hour: %q", got)
	}
	v.submitWrong("/en/account/profile", wrong)
	if got := v.open("/en/account/email").Find("#email").AttrOr("value", ""); got != "" {
		t.Errorf("another form has %q", got)
	}
	v.submit("/en/logout", nil)
	v.logIn("nino@example.ge", goodPassword)
	if got := phone(); got != "" {
		t.Errorf("after signing out: %q", got)
	}
}

// The checkout's other buttons are answered with a redirect, too.
func TestTheCheckoutIsNeverTheAnswerToAPost(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	v := s.member("nino@example.ge")
	v.submit("/en/account/addresses", address("Rustaveli 12"))
	v.add("tklapi-plum", "1")
	for name, c := range map[string]struct {
		more url.Values
		want int
	}{
		"recalculated":     {url.Values{"recalculate": {"1"}, "delivery": {"pickup"}}, 200},
		"a saved address":  {url.Values{"use_address": {"1"}, "address": {"1"}}, 200},
		"a mistake":        {url.Values{"phone": {"1"}}, 422},
		"another total":    {url.Values{"expected_total": {"1"}}, 409},
		"one click, alone": {url.Values{"one_click": {"1"}}, 422},
	} {
		form := v.checkoutForm(url.Values{"note": {name}})
		for field, values := range c.more {
			form[field] = values
		}
		r := v.post("/en/checkout", form)
		if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/en/checkout" {
			t.Errorf("%s: %d to %q", name, r.StatusCode, r.Header.Get("Location"))
			continue
		}
		r = v.shown(r)
		if r.StatusCode != c.want || r.document().Find("#note").Text() != name {
			t.Errorf("%s: %d, note %q", name, r.StatusCode, r.document().Find("#note").Text())
		}
		if c.want == 409 && !strings.Contains(textOf(r.document(), "cart-notice"), "0.01") {
			t.Errorf("%s: %q", name, textOf(r.document(), "cart-notice"))
		}
		if again := v.send(request("GET", "/en/checkout", nil)); again.StatusCode != 200 || named(again.document(), "cart-notice").Length() != 0 {
			t.Errorf("%s, once more: %d", name, again.StatusCode)
		}
	}
	if n := s.number("SELECT count(*) FROM orders"); n != 0 {
		t.Errorf("%d orders", n)
	}
}

// A browser with another cart sees nothing of an order that waits for its payment.
func TestTheCheckoutShowsNobodyElsesOrder(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	for i, v := range []*visitor{s.visitor(), s.visitor()} {
		v.add("tklapi-plum", "1")
		if got := v.open("/en/checkout").Find("#name").AttrOr("value", ""); got != "" {
			t.Errorf("visitor %d reads %q", i, got)
		}
		if r := v.post("/en/checkout", v.checkoutForm(nil)); r.StatusCode != http.StatusSeeOther {
			t.Fatal(r.StatusCode)
		}
		if got := v.open("/en/checkout").Find("#name").AttrOr("value", ""); got == "" {
			t.Error("back from the bank the form is empty")
		}
	}
}
