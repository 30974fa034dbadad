package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// The manager that is seeded beside the simulated bank, whose password is enough there.
const (
	staffEmail    = "staff@example.ge"
	staffPassword = "dukani-staff"
)

// errand is an order that staff, or the merchant in the bank's console, are to do something with.
type errand struct {
	number string
	purchase
	held  bool
	stock stockChange // if it is about no order
}

// toStaff hands an order to staff, if the plan has something for them.
func (s *shopper) toStaff(p purchase, status string) error {
	e := errand{number: strings.TrimSpace(s.b.find("order-number").First().Text()), purchase: p, held: status == "on_hold"}
	if e.number != "" && (e.held && p.OnHold != "" || status == "paid" && p.OnPaid != "") {
		s.errands <- e
	}
	return nil
}

// member is somebody of the staff at work.
type member struct {
	*world
	b *browser
}

// work does the errands until there are no more.
func (s *member) work(ctx context.Context) {
	for e := range s.errands {
		if ctx.Err() != nil {
			continue
		}
		what, err := s.do(ctx, e)
		switch {
		case errors.Is(err, errNoForm):
			s.outcomes.add("staff|not offered: " + what)
		case err != nil:
			s.outcomes.add("staff|gave up: " + what)
			fmt.Fprintf(s.log, "staff, order %s, %s: %v\n", e.number, what, err)
		default:
			s.outcomes.add("staff|" + what)
		}
	}
}

func (s *member) do(ctx context.Context, e errand) (what string, err error) {
	if e.stock.Slug != "" {
		return "stock " + e.stock.Reason, s.changeStock(ctx, e.stock)
	}
	if what = e.OnPaid; e.held {
		what = e.OnHold
	}
	if strings.HasPrefix(what, "console") {
		return what, s.inConsole(ctx, e, what)
	}
	if err := s.open(ctx, "/orders/"+e.number); err != nil {
		return what, err
	}
	reason := url.Values{"reason": {"chaos"}}
	switch what {
	case "capture":
		err = s.b.submit(ctx, "capture-submit", reason)
	case "capture part":
		reason.Set("units-0", "0") // one line is not there
		if s.b.page.Find("[name=units-1]").Length() == 0 {
			reason = url.Values{"reason": {"chaos"}, "amount": {"1"}}
		}
		err = s.b.submit(ctx, "capture-submit", reason)
	case "release":
		err = s.b.submit(ctx, "release-hold", reason)
	case "refund":
		err = s.b.submit(ctx, "refund-submit", reason)
	case "refund part":
		reason.Set("amount", "1.50")
		err = s.b.submit(ctx, "refund-submit", reason)
	case "restock":
		first := s.b.page.Find(`form[action$="/refund"] [name^=units-]`).First().AttrOr("name", "units-0")
		reason.Set(first, "1")
		reason.Set("goods", "restock")
		err = s.b.submit(ctx, "refund-submit", reason)
	}
	return what, err
}

// changeStock books units that were delivered, or lost.
func (s *member) changeStock(ctx context.Context, c stockChange) error {
	if err := s.open(ctx, "/products/"+c.Slug+"/stock"); err != nil {
		return err
	}
	return s.b.submit(ctx, "stock-save", url.Values{"reason": {c.Reason}, "quantity": {fmt.Sprint(c.Quantity)}, "note": {"chaos"}})
}

// open opens a page of the back office, signing in and proving who they are where it is asked.
func (s *member) open(ctx context.Context, page string) error {
	for range 4 {
		if err := s.b.open(ctx, "/admin"+page); err != nil {
			return err
		}
		switch {
		case s.b.find("staff-login-submit").Length() > 0:
			if err := s.b.submit(ctx, "staff-login-submit", url.Values{"email": {staffEmail}, "password": {staffPassword}}); err != nil {
				return err
			}
		case s.b.find("confirm-first").Length() > 0:
			if err := s.b.open(ctx, s.b.find("confirm-first").AttrOr("href", "")); err != nil {
				return err
			}
			if err := s.b.submit(ctx, "staff-confirm-submit", url.Values{"password": {staffPassword}}); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return fmt.Errorf("staff cannot get to %s: they are at %s", page, s.b.at)
}

// inConsole refunds in the bank's own console, past the shop.
func (s *member) inConsole(ctx context.Context, e errand, what string) error {
	var orders []struct {
		ID    string
		Taken int64
	}
	if err := s.steering.get(ctx, "orders?external_order_id="+url.QueryEscape(e.number), &orders); err != nil {
		return err
	}
	for _, o := range orders {
		if o.Taken == 0 {
			continue
		}
		body := m{"action": "refund"}
		if what == "console part" {
			body["amount_minor"] = 150
		}
		err := s.steering.post(ctx, "orders/"+o.ID+"/console", body)
		if _, refused := errors.AsType[*errSteer](err); refused {
			return errNoForm // it is being refunded already
		}
		return err
	}
	return errNoForm
}
