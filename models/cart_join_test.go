package models_test

import (
	"fmt"
	"slices"
	"testing"

	"dukani/models"
)

func (s *shop) customer(email string) *models.Customer {
	s.t.Helper()
	c, err := s.Register(s.t.Context(), models.NewCustomer{Name: "Nino Kapanadze", Email: email, Password: "a long enough one", Lang: models.En}, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func TestJoinCart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mine, guests int // units in the account's and the guest's cart
		stock        int // when they are joined
		gone         bool
		want         int
		capped       bool
	}{
		"only the guest's":              {0, 2, 9, false, 2, false},
		"only the account's":            {3, 0, 9, false, 3, false},
		"they add up":                   {3, 2, 9, false, 5, false},
		"to exactly what is free":       {3, 2, 5, false, 5, false},
		"capped at what is free":        {3, 2, 4, false, 4, true},
		"capped below what was there":   {3, 2, 1, false, 1, true},
		"nothing is free any more":      {3, 5, 0, false, 5, true},
		"nothing is free, guest's only": {0, 5, 0, false, 5, false},
		"no longer sold":                {4, 1, 9, true, 4, true},
		"capped at the most of a line":  {60, 60, 500, false, 99, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			me := s.customer("nino@example.ge")
			s.product("honey", 12_50, 500)
			s.product("wine", 30_00, 9)
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			must(s.OpenCart(t.Context(), me.ID, "mine"))
			s.add("mine", "wine", 1)
			if c.mine > 0 {
				s.add("mine", "honey", c.mine)
			}
			if c.guests > 0 {
				s.add("guest", "honey", c.guests)
			}
			s.exec("UPDATE stock SET on_hand = ? WHERE product_id = (SELECT id FROM products WHERE slug = 'honey')", c.stock)
			if c.gone {
				s.exec("UPDATE products SET active = 0 WHERE slug = 'honey'")
			}
			opened, capped, err := s.JoinCart(t.Context(), me.ID, models.En, "guest", "new")
			must(err)
			if !opened {
				t.Fatal("there is no cart")
			}
			if c.capped != slices.Equal(capped, []models.JoinedLine{{Name: "en honey", Quantity: c.want}}) {
				t.Errorf("told as capped: %v", capped)
			}
			cart, err := s.Cart(t.Context(), models.En, "new")
			must(err)
			got := map[string]int{}
			for _, l := range cart.Lines {
				got[l.Slug] = l.Quantity
			}
			if got["honey"] != c.want || got["wine"] != 1 {
				t.Errorf("the cart holds %v, want %d of honey and 1 of wine", got, c.want)
			}
			if n := s.number("SELECT count(*) FROM cart_keys"); n != 2 { // of the other browser and of this one
				t.Errorf("%d keys", n)
			}
			if n := s.number("SELECT count(*) FROM carts"); n != 1 {
				t.Errorf("%d carts are left", n)
			}
			// The same sign-in again, as after a double click, adds nothing.
			if _, capped, err := s.JoinCart(t.Context(), me.ID, models.En, "guest", "newer"); err != nil || len(capped) > 0 {
				t.Errorf("a second time: %v, %v", capped, err)
			}
			if n, err := s.CartCount(t.Context(), "newer"); err != nil || n != c.want+1 {
				t.Errorf("a second time: %d units, %v", n, err)
			}
		})
	}
}

func TestJoinCartOfSomebodyElse(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	a, b := s.customer("a@example.ge"), s.customer("b@example.ge")
	s.product("honey", 12_50, 9)
	if err := s.OpenCart(t.Context(), a.ID, "left behind"); err != nil {
		t.Fatal(err)
	}
	s.add("left behind", "honey", 2)
	if opened, _, err := s.JoinCart(t.Context(), b.ID, models.En, "left behind", "new"); opened || err != nil {
		t.Errorf("b got a cart: %v, %v", opened, err)
	}
	if n, err := s.CartCount(t.Context(), "left behind"); n != 2 || err != nil {
		t.Errorf("a's cart holds %d, %v", n, err)
	}
}

// The units of an unpaid order of the guest's cart stay free for its shopper, and the next
// order replaces it instead of reserving them twice.
func TestJoinCartTakesUnpaidOrdersAlong(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	me := s.customer("nino@example.ge")
	s.product("honey", 12_50, 3)
	if err := s.OpenCart(t.Context(), me.ID, "mine"); err != nil {
		t.Fatal(err)
	}
	s.add("guest", "honey", 2)
	first := s.place("guest", checkout(25_00))
	s.add("mine", "honey", 1)
	if _, capped, err := s.JoinCart(t.Context(), me.ID, models.En, "guest", "new"); err != nil || len(capped) > 0 {
		t.Fatalf("capped %v, %v: the units reserved count as taken", capped, err)
	}
	second := s.place("new", checkout(37_50))
	s.wantStatus(first.ID, models.Cancelled)
	s.wantStatus(second.ID, models.AwaitingPayment)
	s.wantStock("honey", 3, 3)
	s.wantSound()
}

func TestJoinedCartHasAMostOfLines(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	me := s.customer("nino@example.ge")
	if err := s.OpenCart(t.Context(), me.ID, "mine"); err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		slug := fmt.Sprintf("p%02d", i)
		s.product(slug, 1_00, 9)
		if i < 40 {
			s.add("mine", slug, 1)
		}
		if i >= 30 {
			s.add("guest", slug, 1)
		}
	}
	_, capped, err := s.JoinCart(t.Context(), me.ID, models.En, "guest", "new")
	if err != nil {
		t.Fatal(err)
	}
	cart, err := s.Cart(t.Context(), models.En, "new")
	if err != nil || len(cart.Lines) != 50 || len(capped) != 10 || capped[0].Quantity != 0 {
		t.Errorf("%d lines, %d told as left out, %v", len(cart.Lines), len(capped), err)
	}
}
