package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"dukani/e2e/chaos/check"
)

// reachBank waits on the order's page until the bank has opened its own, if it was silent before.
func (s *shopper) reachBank(ctx context.Context) error {
	err := untilTrue(ctx, patience, func() (bool, error) {
		if !s.b.onShop() {
			return true, nil
		}
		s.note()
		for _, button := range []string{"back-to-bank", "retry-payment"} {
			if s.b.find(button).Length() > 0 && s.b.find("order-status").AttrOr("data-status", "") == "awaiting_payment" {
				return false, s.b.submit(ctx, button, nil)
			}
		}
		if s.b.find("order-status").AttrOr("data-status", "") != "awaiting_payment" {
			return true, nil
		}
		return false, s.b.reload(ctx)
	})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil // they go away; the order expires, or is paid later
	}
	return err
}

// watch looks at the order's page until the shop knows how the order stands, or long enough.
func (s *shopper) watch(ctx context.Context) (status string, err error) {
	err = untilTrue(ctx, 8*time.Second, func() (bool, error) {
		s.note()
		status = s.b.find("order-status").AttrOr("data-status", "")
		if status != "confirming" && status != "awaiting_payment" {
			return true, nil
		}
		return false, s.b.reload(ctx)
	})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return status, nil
	}
	return status, err
}

// note keeps what the page says about an order, to hold the shop to it.
func (s *shopper) note() {
	number := strings.TrimSpace(s.b.find("order-number").First().Text())
	if number == "" || s.b.status != http.StatusOK {
		return
	}
	s.order = s.b.at.Path
	s.tell(check.Told{Number: number, Status: s.b.find("order-status").AttrOr("data-status", "")})
}
