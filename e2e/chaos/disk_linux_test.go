package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"dukani/e2e/faults"
)

// diskFaults are the system's answers to a shop that cannot write its files, or may open no more of them.
var diskFaults = []struct {
	name   string
	answer func(faults.Call) syscall.Errno
	stores bool // the shop can still store what is new
}{
	{"a full disk", func(c faults.Call) syscall.Errno { return onKinds(c, syscall.ENOSPC, faults.Write) }, false},
	{"a disk that can only be read", func(c faults.Call) syscall.Errno {
		if c.Kind == faults.Open && c.New {
			return syscall.EROFS
		}
		return onKinds(c, syscall.EROFS, faults.Write, faults.Truncate, faults.Remove)
	}, false},
	{"a disk that does not sync", func(c faults.Call) syscall.Errno { return onKinds(c, syscall.EIO, faults.Sync) }, false},
	{"no file descriptors", func(c faults.Call) syscall.Errno { return onKinds(c, syscall.EMFILE, faults.Open, faults.Connect) }, true},
}

// onKinds gives the answer to calls of some kinds, and lets the others pass.
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
	w := newTestWorld(t, func(w *world) { w.launch = gate.Start })
	ctx := t.Context()
	for i, fault := range diskFaults {
		t.Run(fault.name, func(t *testing.T) {
			here := newWindow(t, w)
			payer := w.newShopper(buyer{ID: 2 * i, Kind: "payer", Lang: "en"})
			must(t, payer.toBank(ctx))
			gate.Set(fault.answer)
			defer gate.Set(nil)
			must(t, payer.paidByBank(ctx))
			for range 3 {
				here.browse()
			}
			status, page := here.addToCart()
			refused := status == http.StatusServiceUnavailable && strings.Contains(page, "For the moment the shop cannot do that")
			if fault.stores && status != http.StatusSeeOther || !fault.stores && !refused {
				t.Errorf("into the cart: %d\n%s", status, page)
			}
			if status, _ := here.get("/readyz"); (status == http.StatusOK) != fault.stores {
				t.Errorf("/readyz: %d", status)
			}
			if status, page := here.get(payer.order); status != http.StatusOK || strings.Contains(page, `data-status="paid"`) && !fault.stores {
				t.Errorf("the page of an order that was just paid: %d\n%s", status, page)
			}
			here.browse()
			if fault.stores && reachable(w.shops[0].host()) { // its files are open already, and it may open no more
				t.Error("a new visitor got a connection: the shop has file descriptors left")
			}
			gate.Set(nil)
			must(t, payer.awaits(ctx, "paid"))
			w.sellsToNext(t, payer.ID+1)
		})
	}
	w.endsWell(t)
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

// toBank places an order and stops at the bank's page. The path of the order's page at the shop is known then.
func (s *shopper) toBank(ctx context.Context) error {
	p := sweptPurchase
	p.Goods, p.AtBank = []good{{goods[s.ID%(len(goods)-scarce)], 1}}, "leave"
	if err := s.buy(ctx, p); err != nil {
		return err
	}
	return s.findOrder(ctx)
}

// paidByBank has the bank take the money of the order without its page, and tell the shop about it.
func (s *shopper) paidByBank(ctx context.Context) error {
	return s.steering.post(ctx, "orders/"+s.b.at.Query().Get("order_id")+"/pay", m{})
}
