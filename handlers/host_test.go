package handlers_test

import (
	"net/http"
	"net/url"
	"testing"

	"dukani/handlers"
)

// A page that is requested under another name of the shop is redirected to the shop's own
// address, where the bank sends shoppers back to.
func TestPagesLeadToTheShopsOwnHost(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for _, own := range []struct {
		base  string
		moved []string
		stay  []string // names that a proxy, a tunnel or a monitor uses, and the shop's own
	}{
		{"https://dukani.example", []string{"www.dukani.example", "WWW.Dukani.example", "dukani.example.", "203.0.113.5", "www.dukani.example:8443", "evil.example"},
			[]string{"dukani.example", "DUKANI.example", "dukani.example:443", "localhost:8080", "127.0.0.1:8080", "10.0.0.7", "[::1]:8080", "shop", ""}},
		{"https://www.dukani.example", []string{"dukani.example"}, []string{"www.dukani.example"}},
		{"http://127.0.0.1:8080", []string{"localhost:8080", "LOCALHOST:8080", "[::1]:8080", "shop.localhost:8080", "localhost.:8080", "0.0.0.0:8080", "[::]:8080"},
			[]string{"127.0.0.1:8080", "localhost:9000", "127.0.0.1:9000", "192.168.1.5:8080", "abc.tunnel.example"}},
		{"http://localhost:8080", []string{"127.0.0.1:8080"}, []string{"localhost:8080"}},
		{"http://192.168.1.5:8080", []string{"localhost:8080", "laptop:8080"}, []string{"192.168.1.5:8080", "laptop:9000"}},
	} {
		s.open(func(cfg *handlers.Config) { cfg.BaseURL = own.base })
		ask := func(method, host, path string) *reply {
			r := request(method, path, nil)
			r.Host = host
			return s.do(r)
		}
		for _, host := range own.moved {
			for _, path := range []string{"/", "/en/c/wine?sort=new&q=%E1%83%90", "/ka/cart", "/en/nothing", "//evil.example/ka"} {
				for _, method := range []string{"GET", "HEAD"} {
					r := ask(method, host, path)
					to, err := url.Parse(r.Header.Get("Location"))
					must(t, err)
					if r.StatusCode != http.StatusTemporaryRedirect || to.Scheme+"://"+to.Host != own.base {
						t.Errorf("%s: %s http://%s%s = %d to %q", own.base, method, host, path, r.StatusCode, to)
					}
				}
			}
			if got := ask("GET", host, "/en/c/wine?sort=new&q=%E1%83%90").Header.Get("Location"); got != own.base+"/en/c/wine?sort=new&q=%E1%83%90" {
				t.Errorf("%s: path and query are %q", own.base, got)
			}
			for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/robots.txt": 200, s.assets.URL("css/app.css"): 200} {
				if r := ask("GET", host, path); r.StatusCode != want {
					t.Errorf("%s: %s is moved or fails: %d", host, path, r.StatusCode)
				}
			}
			if r := ask("POST", host, "/bog/callback"); r.StatusCode != http.StatusUnauthorized && r.StatusCode != http.StatusInternalServerError {
				t.Errorf("%s: the callback: %d", host, r.StatusCode)
			}
		}
		for _, host := range own.stay {
			if r := ask("GET", host, "/ka/cart"); r.StatusCode != http.StatusOK {
				t.Errorf("%s: asked for as %q: %d to %q", own.base, host, r.StatusCode, r.Header.Get("Location"))
			}
		}
	}
}
