package handlers_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dukani/models"
)

// thief is a visitor with a copy of the visitor's present cookies.
func (v *visitor) thief() *visitor { return &visitor{v.shop, maps.Clone(v.cookies)} }

const sessionCookie = "__Host-session"

// The key of a session from before the visitor signed in opens nothing afterwards.
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.member("nino@example.ge")
	v := s.visitor()
	v.add(wine, "1")
	v.add(wine, "99") // leaves a message in a session beside the cart
	planted := v.thief()
	if planted.cookies[sessionCookie] == "" || planted.cookies["__Host-cart"] == "" {
		t.Fatalf("nothing to plant: %v", planted.cookies)
	}
	if r := v.logIn("nino@example.ge", goodPassword); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign in: %d", r.StatusCode)
	}
	for _, name := range []string{sessionCookie, "__Host-cart"} {
		if v.cookies[name] == planted.cookies[name] {
			t.Errorf("%s is the same as before", name)
		}
	}
	if planted.isIn() {
		t.Error("the session that was planted is signed in")
	}
	v.add("churchkhela-saperavi", "1")
	if n := named(planted.open("/en/cart"), "cart-line").Length(); n != 0 {
		t.Errorf("the key that was planted opens a cart of %d lines", n)
	}
	made := &visitor{s, map[string]string{sessionCookie: strings.Repeat("A", 43)}}
	if made.logIn("nino@example.ge", goodPassword); made.cookies[sessionCookie] == strings.Repeat("A", 43) {
		t.Error("a key that the shop did not give out was taken over")
	}
}

// A copied cookie is worth nothing once its owner has ended the session in any way.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(v *visitor){
		"by signing out":                func(v *visitor) { v.submit("/en/logout", nil) },
		"by a change of the password":   func(v *visitor) { v.changePassword() },
		"by the password given again":   func(v *visitor) { v.submit("/en/account/confirm", url.Values{"password": {goodPassword}}) },
		"by signing out everywhere":     func(v *visitor) { v.submit("/en/account/sessions/end-all", nil) },
		"by deleting the account":       func(v *visitor) { v.submit("/en/account/delete", url.Values{"password": {goodPassword}}) },
		"by a reset of the password":    func(v *visitor) { v.resetPassword("nino@example.ge", "another good one") },
		"by verifying the address":      func(v *visitor) { v.verify() },
		"by ending it in the list":      func(v *visitor) { v.endListed(0) },
		"by time":                       func(v *visitor) { v.exec("UPDATE sessions SET expires_at = ?", v.store.Now()) },
		"by another device, all others": func(v *visitor) { v.otherDevice().submit("/en/account/sessions/end", nil) },
		"by another device, this one":   func(v *visitor) { v.otherDevice().endListed(1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newShop(t).member("nino@example.ge")
			v.t = t
			v.add(wine, "1")
			thief := v.thief()
			if !thief.isIn() || named(thief.open("/en/cart"), "cart-line").Length() != 1 {
				t.Fatal("the copy does not work to begin with")
			}
			thief = v.thief()
			end(v)
			if thief.isIn() {
				t.Error("the copied session is still signed in")
			}
			if strings.Contains(name, "verifying") || strings.Contains(name, "by time") {
				return // the cart stays with the browser
			}
			if name == "by the password given again" || !strings.Contains(name, "other device, all") {
				thief = &visitor{v.shop, map[string]string{"__Host-cart": thief.cookies["__Host-cart"]}}
			}
			if n := named(thief.open("/en/cart"), "cart-line").Length(); n != 0 {
				t.Error("the copied key still opens the cart")
			}
		})
	}
}

func (v *visitor) changePassword() {
	v.t.Helper()
	r := v.submit("/en/account/password", url.Values{"old_password": {goodPassword}, "new_password": {"another good one"}})
	if r.StatusCode != http.StatusSeeOther || !v.isIn() {
		v.t.Fatalf("change of password: %d, signed in: %v\n%s", r.StatusCode, v.isIn(), r.text)
	}
}

// endListed ends the n-th session of the list.
func (v *visitor) endListed(n int) {
	v.t.Helper()
	form := named(v.open("/en/account/sessions"), "session-item").Eq(n).Find("form")
	if r := v.submit(form.AttrOr("action", "no form"), nil); r.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("ending session %d: %d", n, r.StatusCode)
	}
}

// otherDevice is the same customer in another browser.
func (v *visitor) otherDevice() *visitor {
	v.t.Helper()
	other := v.visitor()
	r := other.post("/en/login", url.Values{"email": {"nino@example.ge"}, "password": {goodPassword}},
		"User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1")
	if r.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("the other device: %d", r.StatusCode)
	}
	return other
}

func TestSessionsOfTwoDevices(t *testing.T) {
	t.Parallel()
	v := newShop(t).member("nino@example.ge")
	other := v.otherDevice()
	stranger := v.shop.member("giorgi@example.ge")
	doc := v.open("/en/account/sessions")
	items := named(doc, "session-item")
	if items.Length() != 2 || items.Eq(0).AttrOr("data-status", "") != "current" || !strings.Contains(items.Eq(1).Text(), "Safari · iPhone") {
		t.Fatalf("%d sessions listed: %s", items.Length(), items.Text())
	}
	// They share one cart.
	v.add(wine, "1")
	other.add(wine, "2")
	if got := textOf(v.open("/en/cart"), "cart-count"); got != "3" {
		t.Errorf("the first device sees %s units, want 3", got)
	}
	// Ending the other one leaves this one in.
	v.submit("/en/account/sessions/end", nil)
	if !v.isIn() || other.isIn() || !stranger.isIn() {
		t.Errorf("after ending all others: this %v, other %v, somebody else %v", v.isIn(), other.isIn(), stranger.isIn())
	}
	if got := textOf(v.open("/en/cart"), "cart-count"); got != "3" {
		t.Errorf("this device's cart has %s units", got)
	}
	// A third device keeps its session and finds the cart again when the second is ended.
	third := v.otherDevice()
	fourth := v.otherDevice()
	third.open("/en/cart")
	id := v.number("SELECT count(*) FROM sessions WHERE customer_id = 1")
	if id != 3 {
		t.Fatalf("%d sessions", id)
	}
	fourth.endListed(0) // its own: signing out
	if fourth.isIn() || !third.isIn() {
		t.Error("ending one's own session ended another, too")
	}
	if got := textOf(third.open("/en/cart"), "cart-count"); got != "3" {
		t.Errorf("the third device finds %q units in the cart", got)
	}
	if third.add(wine, "1"); textOf(v.open("/en/cart"), "cart-count") != "4" {
		t.Error("the devices no longer share the cart")
	}
}

// A request that was running while the session was ended must not bring it back.
func TestSessionStaysEnded(t *testing.T) {
	t.Parallel()
	v := newShop(t).member("nino@example.ge")
	key := v.cookies[sessionCookie]
	stored, _, err := v.store.Session(t.Context(), key)
	must(t, err)
	v.submit("/en/logout", nil)
	if live, err := v.store.SaveSession(t.Context(), key, *stored); live || err != nil {
		t.Errorf("saved an ended session: %v, %v", live, err)
	}
	if (&visitor{v.shop, map[string]string{sessionCookie: key}}).isIn() {
		t.Error("it is back")
	}
}

func TestSessionLives(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	now := time.Now().UTC()
	s.store.Now = func() time.Time { return now }
	v := s.member("nino@example.ge")
	for used := time.Duration(0); used < models.SignedInLife-48*time.Hour; used += models.SignedInIdle - time.Hour {
		if !v.isIn() {
			t.Fatalf("not signed in after %v of use", used)
		}
		now = now.Add(models.SignedInIdle - time.Hour)
	}
	now = now.Add(72 * time.Hour)
	if v.isIn() {
		t.Error("signed in for longer than a session lives in all")
	}
	v.logIn("nino@example.ge", goodPassword)
	now = now.Add(models.SignedInIdle + time.Minute)
	if v.isIn() {
		t.Error("signed in although it was not used for long")
	}
}

func TestFormsNeedTheSessionsToken(t *testing.T) {
	t.Parallel()
	v := newShop(t).member("nino@example.ge")
	other := v.shop.member("giorgi@example.ge")
	for name, token := range map[string]string{"none": "", "somebody else's": other.token(), "made up": strings.Repeat("x", 43)} {
		r := v.post("/en/account/profile", url.Values{"token": {token}, "name": {"Changed"}, "lang": {"en"}})
		if r.StatusCode != http.StatusForbidden {
			t.Errorf("with the token %s: %d", name, r.StatusCode)
		}
	}
	old := v.token()
	v.submit("/en/account/confirm", url.Values{"password": {goodPassword}})
	if v.token() == old {
		t.Error("the token outlives the session's key")
	}
}
