package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"dukani/handlers"
)

// Cookies of other programs that have the names of the shop's, before or after them, neither
// sign anybody out nor empty a cart, and are left alone.
func TestForeignCookies(t *testing.T) {
	t.Parallel()
	for base, prefix := range map[string]string{"https://dukani.example": "__Host-", "http://dukani.example": "dukani_"} {
		s := newShop(t, func(cfg *handlers.Config) { cfg.BaseURL = base })
		v := s.visitor()
		v.post("/en/register", map[string][]string{"name": {"Nino"}, "email": {"nino@example.ge"}, "password": {goodPassword}})
		v.add(wine, "2")
		session, cart := v.cookies[prefix+"session"], v.cookies[prefix+"cart"]
		if session == "" || cart == "" {
			t.Fatalf("cookies %v", v.cookies)
		}
		for _, foreign := range []string{"", "x", "s%3Aabc.def", strings.Repeat("A", 43), strings.Repeat("x", 1000), `"quoted"`} {
			both := func(name, ours string) []string {
				f := prefix + name + "=" + foreign
				return []string{f + "; " + ours, ours + "; " + f, f + "; " + f + "; " + ours}
			}
			ours := prefix + "session=" + session + "; " + prefix + "cart=" + cart + "; " + prefix + "lang=en"
			all := append(both("session", ours), both("cart", ours)...)
			all = append(all, "session="+foreign+"; cart="+foreign+"; lang="+foreign+"; "+ours)
			for _, cookies := range append(all, both("lang", ours)...) {
				r := s.get("/en/account", "Cookie", cookies)
				if r.StatusCode != http.StatusOK || len(r.Cookies()) != 0 {
					t.Errorf("%s: %d, sets %v", cookies, r.StatusCode, r.Cookies())
				}
				if got := textOf(s.get("/en/cart", "Cookie", cookies).document(), "cart-count"); got != "2" {
					t.Errorf("%s: a cart of %s", cookies, got)
				}
				if got := s.get("/", "Cookie", cookies).Header.Get("Location"); got != "/en" {
					t.Errorf("%s: led to %s", cookies, got)
				}
			}
			// Alone it opens no session, and it is not removed.
			r := s.get("/en/account", "Cookie", "session="+foreign)
			if r.StatusCode != http.StatusSeeOther || len(r.Cookies()) != 0 {
				t.Errorf("%s alone: %d, sets %v", foreign, r.StatusCode, r.Cookies())
			}
		}
		// Any number of them.
		many := strings.Repeat(prefix+"session=x; ", 100) + strings.Repeat(prefix+"session="+strings.Repeat("A", 43)+"; ", 7)
		if got := s.get("/en/account", "Cookie", many+prefix+"session="+session).StatusCode; got != http.StatusOK {
			t.Errorf("after a hundred others: %d", got)
		}
		// In two lines, as some clients send them.
		r := request("GET", "/en/account", nil, "Cookie", prefix+"session="+strings.Repeat("A", 43), "Cookie", prefix+"session="+session)
		if got := s.do(r).StatusCode; got != http.StatusOK {
			t.Errorf("in two lines: %d", got)
		}
	}
}
