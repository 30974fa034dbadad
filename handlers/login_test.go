package handlers_test

import (
	"net/http"
	"net/url"
	"testing"
)

const goodPassword = "ქვევრი და ვაზი 2026"

// member is a visitor who has registered with that address and is signed in.
func (s *shop) member(email string) *visitor {
	s.t.Helper()
	v := s.visitor()
	r := v.post("/en/register", url.Values{"name": {"Nino Kapanadze"}, "email": {email}, "password": {goodPassword}})
	if to := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther || to != "/en/login?cookies=check&next=%2Fen%2Faccount" {
		s.t.Fatalf("register %s: %d to %q\n%s", email, r.StatusCode, r.Header.Get("Location"), r.text)
	}
	return v
}

func (v *visitor) logIn(email, password string) *reply {
	v.t.Helper()
	return v.post("/en/login", url.Values{"email": {email}, "password": {password}})
}

// token is the token of the visitor's forms.
func (v *visitor) token() string {
	v.t.Helper()
	token := v.open("/en/account").Find("[name=token]").AttrOr("value", "")
	if token == "" {
		v.t.Fatal("the account's page has no token")
	}
	return token
}

// submit posts a form of the account, with its token.
func (v *visitor) submit(path string, form url.Values) *reply {
	v.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	form.Set("token", v.token())
	return v.post(path, form)
}

// submitWrong is submit for a form that is refused: the page that shows it again.
func (v *visitor) submitWrong(path string, form url.Values) *reply {
	v.t.Helper()
	return v.shown(v.submit(path, form))
}

// isIn reports whether the visitor's session opens their account.
func (v *visitor) isIn() bool {
	v.t.Helper()
	return v.send(request("GET", "/en/account", nil)).StatusCode == http.StatusOK
}

func TestRegisterSignOutSignIn(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.member("Nino@Example.GE")
	if got := textOf(v.open("/ka/account"), "account-email"); got != "nino@example.ge" {
		t.Errorf("the account's page names %q", got)
	}
	if r := v.submit("/en/logout", nil); r.StatusCode != 303 || r.Header.Get("Location") != "/en" || v.isIn() {
		t.Errorf("signing out: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	r := v.shown(v.logIn("nino@example.ge", "not the password"))
	doc := r.document()
	if r.StatusCode != 422 || textOf(doc, "form-error") == "" || doc.Find("#email").AttrOr("value", "") != "nino@example.ge" ||
		doc.Find("#password").AttrOr("value", "") != "" {
		t.Errorf("a wrong password: %d, %q", r.StatusCode, textOf(doc, "form-error"))
	}
	if r := v.logIn(" NINO@example.ge", goodPassword); r.StatusCode != 303 || !v.isIn() {
		t.Errorf("signing in: %d", r.StatusCode)
	}
}
