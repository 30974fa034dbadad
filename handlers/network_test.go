package handlers_test

import (
	"fmt"
	"net/http"
	"testing"

	"dukani/handlers"
)

// Behind a proxy the limits count by the address that the proxy has seen, whatever the
// visitor wrote into the header, and all addresses of one household together.
func TestNobodyChoosesTheAddressThatIsCounted(t *testing.T) {
	t.Parallel()
	const most = 5
	for name, header := range map[string]func(i int) []string{
		"one address":                  func(int) []string { return []string{"203.0.113.7"} },
		"appended to what was sent":    func(i int) []string { return []string{fmt.Sprintf("198.51.100.%d, 203.0.113.7", i)} },
		"in a line of its own":         func(i int) []string { return []string{fmt.Sprintf("198.51.100.%d", i), "203.0.113.7"} },
		"passed on by a second proxy":  func(i int) []string { return []string{fmt.Sprintf("198.51.100.%d,203.0.113.7,10.1.2.3", i)} },
		"with a port":                  func(i int) []string { return []string{fmt.Sprintf("203.0.113.7:%d", 40000+i)} },
		"addresses of one household":   func(i int) []string { return []string{fmt.Sprintf("2001:db8:1:2::%x", i)} },
		"the same with a port":         func(i int) []string { return []string{fmt.Sprintf("[2001:db8:1:2::%x]:%d", i, 40000+i)} },
		"IPv4 in IPv6":                 func(i int) []string { return []string{[]string{"::ffff:203.0.113.7", "203.0.113.7"}[i%2]} },
		"nothing that is an address":   func(i int) []string { return []string{fmt.Sprint("unknown", i)} },
		"no address behind a sent one": func(i int) []string { return []string{fmt.Sprintf("198.51.100.%d, unknown", i)} },
	} {
		s := newShop(t, func(c *handlers.Config) {
			c.RatePerMinute, c.TrustedProxies, c.ProxyHeader = most, []string{"0.0.0.0", "10.0.0.0/8"}, "X-Forwarded-For"
		})
		passed := 0
		for i := range 2 * most {
			r := request("GET", "/en/suggest?q=honey", nil)
			r.Header["X-Forwarded-For"] = header(i)
			if s.do(r).StatusCode == http.StatusOK {
				passed++
			}
		}
		if passed != most {
			t.Errorf("%s: %d of %d passed, want %d", name, passed, 2*most, most)
		}
	}
	s := newShop(t, func(c *handlers.Config) {
		c.RatePerMinute, c.TrustedProxies, c.ProxyHeader = most, []string{"10.0.0.0/8"}, "X-Forwarded-For"
	})
	for i := range 2 * most { // 0.0.0.0 is no proxy
		if r := s.get("/en/suggest?q=honey", "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i)); (r.StatusCode == http.StatusOK) != (i < most) {
			t.Errorf("request %d of somebody who is no proxy: %d", i, r.StatusCode)
		}
	}
	s = newShop(t, func(c *handlers.Config) {
		c.RatePerMinute, c.TrustedProxies, c.ProxyHeader = 1, []string{"0.0.0.0"}, "X-Forwarded-For"
	})
	for i := range 4 { // different people
		if r := s.get("/en/suggest?q=honey", "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i)); r.StatusCode != http.StatusOK {
			t.Errorf("visitor %d: %d", i, r.StatusCode)
		}
	}
}
