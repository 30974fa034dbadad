package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// payAtBank does on the bank's page what the buyer means to do there.
func (s *shopper) payAtBank(ctx context.Context, p purchase, card string) error {
	id := s.b.at.Query().Get("order_id")
	if err := s.steerOrder(ctx, id, p.Bank); err != nil {
		return err
	}
	if p.Late {
		s.payLate(id)
	}
	if s.b.find("pay-submit").Length() > 0 {
		switch p.AtBank {
		case "leave":
			return nil
		case "cancel":
			return s.pressAtBank(ctx, "pay-cancel", nil)
		}
		if err := s.b.submit(ctx, "pay-submit", s.payForm(card)); err != nil {
			return err
		}
	}
	if s.b.find("threeds-confirm").Length() > 0 && p.AtBank != "leave at the question" {
		button := "threeds-confirm"
		if p.AtBank == "reject" {
			button = "threeds-reject"
		}
		if err := s.pressAtBank(ctx, button, nil); err != nil {
			return err
		}
	}
	return s.waitAtBank(ctx)
}

// pressAtBank presses a button of the bank's page, which may be gone by now.
func (s *shopper) pressAtBank(ctx context.Context, button string, set url.Values) error {
	if err := s.b.submit(ctx, button, set); err != nil && !errors.Is(err, errNoForm) {
		return err
	}
	return nil
}

// payForm is a card, or a choice of the method that the page shows.
func (s *shopper) payForm(card string) url.Values {
	if s.b.find("pay-card-number").Length() > 0 {
		return url.Values{"number": {"400000000000" + card}, "expiry": {"12/39"}, "cvv": {"123"}}
	}
	if choice := s.b.page.Find("[name=choice]").First().AttrOr("value", ""); choice != "" {
		return url.Values{"choice": {choice}}
	}
	return nil
}

// waitAtBank waits on the page that says that the bank is deciding. Whoever is bored goes back to the
// shop by hand.
func (s *shopper) waitAtBank(ctx context.Context) error {
	err := untilTrue(ctx, 6*time.Second, func() (bool, error) {
		if s.b.onShop() || s.b.at.Query().Get("wait") == "" {
			return true, nil
		}
		return false, s.b.reload(ctx)
	})
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = nil
	}
	if err == nil && !s.b.onShop() && s.order != "" && s.Account {
		return s.b.open(ctx, s.order)
	}
	return err
}

// steerOrder gives an order of the bank its plan.
func (w *world) steerOrder(ctx context.Context, id string, p bankPlan) error {
	body := m{}
	if p.Callback != "" {
		body["callback"] = m{"mode": p.Callback, "delay_ms": 1500}
		w.faults.add("callback " + p.Callback)
	}
	if p.Later != "" {
		body["later"] = p.Later
		w.faults.add("later " + p.Later)
	}
	if p.SettleMS != 0 {
		body["settle_ms"] = p.SettleMS
		w.faults.add(fmt.Sprintf("settled after %d ms", p.SettleMS))
	}
	if len(body) == 0 || id == "" {
		return nil
	}
	err := w.steering.post(ctx, "orders/"+id+"/plan", body)
	if refused, ok := errors.AsType[*errSteer](err); ok && strings.Contains(refused.text, "no such order") {
		return nil
	}
	return err
}

// payLate has the bank take the money of an order whose time is over, once it is; see calm.
func (w *world) payLate(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.late = append(w.late, id)
}
