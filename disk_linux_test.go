package main

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The system refuses every write to a file, as a disk does that is broken. A process of
// its own is needed: the limit is the process's.
func TestABrokenDiskIsForTheMoment(t *testing.T) {
	at, process := child(t, nil)
	cart := "" // the cookie
	ask := func(method, path string, form url.Values) (int, string) {
		t.Helper()
		r, err := http.NewRequest(method, at["shop"]+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Cookie", cart)
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range answer.Cookies() {
			if strings.HasSuffix(c.Name, "cart") {
				cart = c.Name + "=" + c.Value
			}
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(body)
	}
	add := func() (int, string) {
		return ask("POST", "/en/cart/items", url.Values{"product": {"tkemali-green"}, "quantity": {"1"}})
	}
	if status, _ := add(); status != http.StatusSeeOther {
		t.Fatalf("before: %d", status)
	}
	if status, _ := ask("GET", "/en/cart?cookies=check", nil); status != http.StatusOK {
		t.Fatalf("before: %d", status)
	}
	if err := unix.Prlimit(process.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 0, Max: unix.RLIM_INFINITY}, nil); err != nil {
		t.Fatal(err)
	}
	if status, page := add(); status != http.StatusServiceUnavailable || !strings.Contains(page, "For the moment") {
		t.Errorf("into the cart: %d\n%s", status, page)
	}
	for path, want := range map[string]int{"/en": 200, "/ka/c/wine": 200, "/en/cart": 200, "/healthz": 200, "/readyz": 503} {
		if status, page := ask("GET", path, nil); status != want {
			t.Errorf("%s: %d, want %d\n%s", path, status, want, page)
		}
	}
	if err := unix.Prlimit(process.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}, nil); err != nil {
		t.Fatal(err)
	}
	if status, _ := add(); status != http.StatusSeeOther {
		t.Errorf("after: %d", status)
	}
}
