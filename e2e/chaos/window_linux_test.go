package main

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// window is one connection to the shop past the balancer, as a visitor has it who came before.
type window struct {
	t      *testing.T
	shop   string
	client http.Client
}

// newWindow opens the shop for a visitor who puts something into a cart and looks around.
func newWindow(t *testing.T, w *world) *window {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	here := &window{t: t, shop: "http://" + w.shops[0].host(), client: http.Client{
		Jar:           jar,
		Transport:     &http.Transport{MaxConnsPerHost: 1},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(here.client.CloseIdleConnections)
	here.addToCart()
	here.get("/en/cart?cookies=check") // from now on there is a cart
	here.browse()
	return here
}

// browsed are the pages that are there whatever happens.
var browsed = []string{"/ka", "/en", "/ka/c/wine", "/en/p/tkemali-green", "/ka/search?q=tkemali", "/en/cart", "/en/login", "/en/info/contact", "/healthz"}

// browse looks at each of them, and expects it to be there.
func (h *window) browse() {
	h.t.Helper()
	for _, path := range browsed {
		if status, page := h.get(path); status != http.StatusOK {
			h.t.Errorf("%s: %d\n%s", path, status, page)
		}
	}
}

func (h *window) get(path string) (status int, page string) { return h.do(http.MethodGet, path, nil) }

// cartItems is where a form puts a product into the cart.
const cartItems = "/en/cart/items"

func (h *window) addToCart() (status int, page string) {
	return h.do(http.MethodPost, cartItems, url.Values{"product": {goods[0]}, "quantity": {"1"}})
}

// do returns the status of an answer and what is in its main part.
func (h *window) do(method, path string, form url.Values) (status int, page string) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), 40*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, h.shop+path, strings.NewReader(form.Encode()))
	must(h.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := h.client.Do(r)
	must(h.t, err)
	defer answer.Body.Close()
	doc, err := goquery.NewDocumentFromReader(answer.Body)
	must(h.t, err)
	main := doc.Find("main")
	if main.Length() == 0 {
		return answer.StatusCode, doc.Text()
	}
	page, err = main.Html()
	must(h.t, err)
	return answer.StatusCode, strings.Join(strings.Fields(page), " ")
}

// crowd has many visitors ask for a page at the same time.
func (h *window) crowd() {
	h.t.Helper()
	var all sync.WaitGroup
	for range 16 {
		visitor := h.beside(h.t)
		all.Go(func() {
			for range 8 {
				if status, page := visitor.get("/en/cart"); status != http.StatusOK {
					h.t.Errorf("/en/cart: %d\n%s", status, page)
				}
			}
		})
	}
	all.Wait()
}

// beside is another connection of the same visitor.
func (h *window) beside(t *testing.T) *window {
	other := &window{t: t, shop: h.shop, client: h.client}
	other.client.Transport = &http.Transport{MaxConnsPerHost: 1}
	t.Cleanup(other.client.CloseIdleConnections)
	return other
}
