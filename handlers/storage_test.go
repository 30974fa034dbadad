package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"dukani/models"
	"dukani/models/storetest"
)

// storageFaults keep the shop from writing. Each is real: the errors are the system's and
// SQLite's own.
var storageFaults = map[string]func(t *testing.T, s *shop){
	"the file can only be read": func(t *testing.T, s *shop) {
		_, err := s.store.JobsDB().Exec("PRAGMA query_only = 1")
		must(t, err)
	},
	"somebody else writes without end": func(t *testing.T, s *shop) {
		_, err := s.store.JobsDB().Exec("PRAGMA busy_timeout = 1")
		must(t, err)
		_, err = s.raw.Exec("BEGIN IMMEDIATE")
		must(t, err)
		t.Cleanup(func() { s.raw.Exec("ROLLBACK") })
	},
}

func TestWithoutStorageTheShopSaysSo(t *testing.T) {
	t.Parallel()
	storetest.SQLiteOnly(t)
	for name, damage := range storageFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t)
			s.raw.SetMaxOpenConns(1)
			member, guest := s.member("nino@example.ge"), s.visitor()
			s.order(1, 1, models.Paid, "nino@example.ge")
			guest.add(wine, "1")
			member.add(wine, "1") // leaves a message for the next page, which will change the session
			damage(t, s)
			s.open(withBank(t, s.store))
			for _, path := range []string{"/ka", "/ka/c/wine", "/en/p/" + wine, "/ka/search?q=wine", "/en/cart", "/ka/checkout", "/en/login", "/en/orders/token-1", "/en/info/contact"} {
				if r := guest.send(request("GET", path, nil)); r.StatusCode != http.StatusOK {
					t.Errorf("GET %s: %d", path, r.StatusCode)
				}
			}
			for _, path := range []string{"/en/cart", "/en/account", "/en/account/orders/D-100001", "/en/account/addresses"} {
				if r := member.send(request("GET", path, nil)); r.StatusCode != http.StatusOK {
					t.Errorf("GET %s, signed in: %d", path, r.StatusCode)
				}
			}
			for path, form := range map[string]url.Values{
				"/ka/cart/items": {"product": {wine}, "quantity": {"1"}},
				"/en/login":      {"email": {"nino@example.ge"}, "password": {goodPassword}},
				"/en/register":   {"name": {"Nino"}, "email": {"new@example.ge"}, "password": {goodPassword}},
				"/en/forgot":     {"email": {"nino@example.ge"}},
			} {
				r := guest.post(path, form)
				words := "For the moment"
				if strings.HasPrefix(path, "/ka") {
					words = "ამ წუთას"
				}
				if r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(r.document().Find("main").Text(), words) || r.Header.Get("Retry-After") == "" {
					t.Errorf("POST %s: %d\n%s", path, r.StatusCode, r.document().Find("main").Text())
				}
				if r.document().Find("nav.shelves a").Length() == 0 {
					t.Errorf("POST %s: the page has no navigation, and the file can be read", path)
				}
			}
			if r := s.get("/healthz"); r.StatusCode != http.StatusOK {
				t.Errorf("healthz: %d", r.StatusCode)
			}
		})
	}
}

// A broken statement is a fault of the shop's and stays a 500.
func TestAFaultOfOursIsNoStorageFault(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.exec("DROP TABLE cart_items")
	v := s.visitor()
	r := v.post("/en/cart/items", url.Values{"product": {wine}, "quantity": {"1"}})
	if r = v.shown(r); r.StatusCode != http.StatusInternalServerError {
		t.Errorf("%d", r.StatusCode)
	}
}
