package main

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"dukani/e2e/chaos/check"
	"dukani/e2e/faults"
)

// diskFaults are what a system answers to a shop whose files it cannot write, or that may open no more.
var diskFaults = []struct {
	name   string
	answer func(faults.Call) syscall.Errno
	writes bool // the shop can still store something
}{
	{"a full disk", func(c faults.Call) syscall.Errno { return onKinds(c, syscall.ENOSPC, faults.Write) }, false},
	{"a disk that can only be read", func(c faults.Call) syscall.Errno {
		if c.Kind == faults.Open && c.New {
			return syscall.EROFS
		}
		return onKinds(c, syscall.EROFS, faults.Write, faults.Cut, faults.Remove)
	}, false},
	{"a disk that does not sync", func(c faults.Call) syscall.Errno { return onKinds(c, syscall.EIO, faults.Sync) }, false},
	{"no file descriptors", func(c faults.Call) syscall.Errno { return onKinds(c, syscall.EMFILE, faults.Open, faults.Connect) }, true},
}

func onKinds(c faults.Call, answer syscall.Errno, kinds ...faults.Kind) syscall.Errno {
	if slices.Contains(kinds, c.Kind) {
		return answer
	}
	return 0
}

// While the disk fails the shop shows all that it has, and says that it cannot do what it cannot
// store. It says nothing of a payment that it could not book, and has booked it, once, soon after the
// disk works again. Nobody starts it anew.
func TestTheDiskFails(t *testing.T) {
	t.Parallel()
	gate := &faults.Gate{}
	w := newTestWorld(t, "automatic", func(w *world) { w.launch = func(cmd *exec.Cmd) error { return gate.Start(cmd) } })
	ctx := t.Context()
	started := w.shops[0].starts
	for i, fault := range diskFaults {
		t.Run(fault.name, func(t *testing.T) {
			here := newWindow(t, w)
			payer := w.newShopper(buyer{ID: 2 * i, Kind: "payer", Lang: "en"})
			must(t, payer.toBank(ctx))
			gate.Set(fault.answer)
			defer gate.Set(nil)
			must(t, payer.payByHand(ctx))
			for range 3 {
				here.browse()
			}
			status, page := here.addToCart()
			if refuses := status == http.StatusServiceUnavailable && strings.Contains(page, "For the moment the shop cannot do that"); refuses == fault.writes {
				t.Errorf("into the cart: %d\n%s", status, page)
			}
			if status, _ := here.get("/readyz"); (status == http.StatusOK) != fault.writes {
				t.Errorf("/readyz: %d", status)
			}
			if status, page := here.get(payer.order); status != http.StatusOK || strings.Contains(page, `data-status="paid"`) && !fault.writes {
				t.Errorf("the page of an order that was just paid: %d\n%s", status, page)
			}
			here.browse()
			if fault.writes && reachable(w.shops[0].host()) {
				t.Error("a new visitor got a connection: the shop has file descriptors left")
			}
			gate.Set(nil)
			must(t, payer.awaits(ctx, "paid"))
			next := w.newShopper(buyer{ID: 2*i + 1, Kind: "next", Lang: "en"})
			must(t, buys("")(ctx, next))
			must(t, next.awaits(ctx, "paid"))
		})
	}
	if w.shops[0].starts != started || !w.shops[0].running() {
		t.Error("the shop has ended")
	}
	w.compareBooks(t)
}

// reachable reports whether the shop answers somebody who was not connected to it, within a second.
func reachable(host string) bool {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
	answer, err := client.Get("http://" + host + "/healthz")
	if err == nil {
		answer.Body.Close()
	}
	return err == nil
}

// compareBooks brings both sides to rest and fails for each rule that their books break.
func (w *world) compareBooks(t *testing.T) {
	t.Helper()
	must(t, w.calm(t.Context()))
	shop, bank, err := w.read(t.Context())
	must(t, err)
	for _, v := range check.Check(shop, bank) {
		t.Errorf("%s\n%s", v, check.History(shop, bank, v.Order))
	}
}

// toBank places an order and stops at the bank's page. The path of the order's page at the shop is known then.
func (s *shopper) toBank(ctx context.Context) error {
	p := sweptPurchase
	p.Goods, p.AtBank = []good{{goods[s.ID%(len(goods)-scarce)], 1}}, "leave"
	if err := s.buy(ctx, p); err != nil {
		return err
	}
	return s.findOrder(ctx)
}

// payByHand has the bank take the money of the order, as if it was paid on the page that is shown, and
// tell the shop about it.
func (s *shopper) payByHand(ctx context.Context) error {
	return s.steering.post(ctx, "orders/"+s.b.at.Query().Get("order_id")+"/pay", m{})
}

// window is one connection to the shop past the balancer, as a visitor has it who came before.
type window struct {
	t      *testing.T
	shop   string
	client http.Client
}

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

func (h *window) browse() {
	h.t.Helper()
	for _, path := range browsed {
		if status, page := h.get(path); status != http.StatusOK {
			h.t.Errorf("%s: %d\n%s", path, status, page)
		}
	}
}

func (h *window) get(path string) (status int, page string) { return h.do(http.MethodGet, path, nil) }

func (h *window) addToCart() (status int, page string) {
	return h.do(http.MethodPost, addToCart, url.Values{"product": {goods[0]}, "quantity": {"1"}})
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
