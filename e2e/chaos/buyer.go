package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
)

// shopper is a buyer at work.
type shopper struct {
	buyer
	*world
	b     *browser
	email string
	order string // the path of the page of the last order that was placed
}

const password = "a password of the chaos"

func (w *world) newShopper(b buyer) *shopper {
	return &shopper{buyer: b, world: w, b: newBrowser(w.balancer.url(), w.transport), email: fmt.Sprintf("buyer%d@chaos.example", b.ID)}
}

// What can become of a purchase without anybody having done wrong.
var (
	errSoldOut = errors.New("sold out")
	errNoWay   = errors.New("not offered") // the card was not saved, say
)

// live is the buyer's whole visit. What goes wrong on the way ends one purchase, not the visit.
func (s *shopper) live(ctx context.Context) {
	ready := s.Account
	for _, p := range s.Purchases {
		err := ctx.Err()
		if err == nil && ready {
			if err = s.register(ctx); err == nil {
				ready = false
			}
		}
		if err == nil {
			err = s.buy(ctx, p)
		}
		outcome := "placed"
		switch {
		case errors.Is(err, errSoldOut):
			outcome = "sold out"
		case errors.Is(err, errNoWay):
			outcome = "not offered"
		case err != nil:
			outcome = "gave up"
			fmt.Fprintf(s.log, "buyer %d (%s): %v\n", s.ID, s.Kind, err)
		}
		s.outcomes.add(s.Kind + "|" + outcome)
		s.tried()
	}
}

func (s *shopper) path(rest string) string { return "/" + s.Lang + rest }

func (s *shopper) register(ctx context.Context) error {
	if err := s.b.open(ctx, s.path("/register")); err != nil {
		return err
	}
	if err := s.b.submit(ctx, "register-submit", url.Values{"name": {"Nino Beridze"}, "email": {s.email}, "password": {password}}); err != nil {
		return err
	}
	// Whoever sent the form twice has an account already, and signs in.
	if err := s.b.open(ctx, s.path("/login")); err != nil || s.b.find("login-submit").Length() == 0 {
		return err
	}
	return s.b.submit(ctx, "login-submit", url.Values{"email": {s.email}, "password": {password}})
}

func (s *shopper) buy(ctx context.Context, p purchase) error {
	if p.Use == "again" {
		return s.again(ctx, p)
	}
	for _, g := range p.Goods {
		if err := s.b.open(ctx, s.path("/p/"+g.Slug)); err != nil {
			return err
		}
		err := s.b.submit(ctx, "add-to-cart", url.Values{"quantity": {fmt.Sprint(g.Quantity)}})
		if err != nil && !errors.Is(err, errNoForm) {
			return err
		}
	}
	if err := s.checkout(ctx, p); err != nil {
		return err
	}
	return s.finish(ctx, p)
}

// checkout fills in the form, again if the shop asks again because something has changed.
func (s *shopper) checkout(ctx context.Context, p purchase) error {
	for range 4 {
		if err := s.b.open(ctx, s.path("/checkout")); err != nil {
			return err
		}
		if s.b.find("place-order").Length() == 0 {
			return errSoldOut // the cart is shown, with what is wrong with it
		}
		form := url.Values{
			"name": {"ნინო ბერიძე"}, "email": {s.email}, "phone": {"599 12 34 56"}, "delivery": {p.Delivery},
			"region": {"tbilisi"}, "city": {"თბილისი"},
			"street": {"ვაზის ჩიხი 7"}, "terms": {"1"}, "method": {p.Method},
			"expected_total": {s.b.page.Find(`[name=delivery][value="`+p.Delivery+`"]`).AttrOr("data-tetri", "")},
		}
		if p.Delivery == "city" {
			form["region"], form["city"] = []string{"imereti"}, []string{"ქუთაისი"}
		}
		switch p.Save {
		case "recurrent":
			form.Set("save_card", "1")
		case "subscription":
			form.Set("save_card", "1")
			form.Set("one_click", "1")
		}
		if p.Use == "card" {
			card := s.b.find("use-card").First().AttrOr("value", "")
			if card == "" && p.Use == "card" {
				s.outcomes.add(s.Kind + "|by a new card")
			}
			form.Set("card", card)
		} else if s.Account {
			form.Set("card", "")
		}
		if err := s.place(ctx, p, form); err != nil {
			return err
		}
		if !s.b.onShop() || strings.Contains(s.b.at.Path, "/orders/") {
			return nil
		}
	}
	if wrong := s.b.find("field-error"); wrong.Length() > 0 {
		return fmt.Errorf("the checkout refuses %s: %s", wrong.First().AttrOr("data-field", ""), strings.TrimSpace(wrong.First().Text()))
	}
	return errSoldOut
}

// place sends the form, from two windows at the same moment if the buyer presses twice.
func (s *shopper) place(ctx context.Context, p purchase, form url.Values) error {
	if !p.Twice {
		return s.b.submit(ctx, "place-order", form)
	}
	other := *s.b // the same cookies
	var both sync.WaitGroup
	both.Go(func() { _ = other.submit(ctx, "place-order", form) })
	err := s.b.submit(ctx, "place-order", form)
	both.Wait()
	return err
}

// again buys the last order once more with one click.
func (s *shopper) again(ctx context.Context, p purchase) error {
	if s.order == "" {
		return errNoWay
	}
	if err := s.b.open(ctx, s.order); err != nil {
		return err
	}
	for range 3 {
		press := s.b.page.Find(`button[data-testid="buy-again"]`)
		if press.Length() == 0 {
			return errNoWay
		}
		if err := s.b.submit(ctx, "buy-again", nil); err != nil {
			return err
		}
		if s.b.find("confirm-submit").Length() > 0 { // signed in long ago
			if err := s.b.submit(ctx, "confirm-submit", url.Values{"password": {password}}); err != nil {
				return err
			}
		}
		if !strings.HasSuffix(s.b.at.Path, "/again") {
			return s.finish(ctx, p)
		}
	}
	return errNoWay
}

// finish pays at the bank, if the order is to be paid there, and then watches the order's page.
func (s *shopper) finish(ctx context.Context, p purchase) error {
	for card := p.Card; ; card = p.Retry {
		if err := s.reachBank(ctx); err != nil {
			return err
		}
		if !s.b.onShop() {
			if err := s.payAtBank(ctx, p, card); err != nil {
				return err
			}
		}
		if !s.b.onShop() {
			return nil // they have left
		}
		status, err := s.watch(ctx)
		if err != nil {
			return err
		}
		if status != "declined" || p.Retry == "" || card == p.Retry || s.b.find("retry-payment").Length() == 0 {
			return s.toStaff(p, status)
		}
		if err := s.b.submit(ctx, "retry-payment", nil); err != nil {
			return err
		}
	}
}
