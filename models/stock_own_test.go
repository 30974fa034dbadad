package models_test

import (
	"testing"

	"github.com/google/uuid"

	"dukani/models"
)

// ofCustomer is a form of customer 1.
func ofCustomer(total models.Tetri) models.Checkout {
	who, c := customer, checkout(total)
	c.CustomerID = &who
	return c
}

// The last unit is reserved by an unpaid order of the same shopper. They can still buy it in
// every way, and the older order is cancelled. For anybody else it is sold out.
func TestNobodyIsLockedOutByTheirOwnReservation(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reserve, take func(s *shop) *models.Order
	}{
		"a guest's cart, ordered anew": {
			func(s *shop) *models.Order { s.add("a", "honey", 1); return s.opened("a", checkout(10_00)) },
			func(s *shop) *models.Order {
				form := checkout(10_00)
				form.Name = "Nino Beridze"
				return s.place("a", form)
			},
		},
		"an account's reorder, ordered from the cart": {
			func(s *shop) *models.Order { return s.again(s.past()) },
			func(s *shop) *models.Order { s.add("mine", "honey", 1); return s.place("mine", ofCustomer(10_00)) },
		},
		"an account's cart, reordered": {
			func(s *shop) *models.Order {
				s.past()
				s.add("mine", "honey", 1)
				return s.opened("mine", ofCustomer(10_00))
			},
			func(s *shop) *models.Order {
				o, _, err := s.PlaceReorder(t.Context(), confirm(s.reorder(s.order(1)), 1), s.request)
				if err != nil {
					s.t.Fatal(err)
				}
				return o
			},
		},
		"an account's cart in another browser": {
			func(s *shop) *models.Order { s.add("mine", "honey", 1); return s.opened("mine", ofCustomer(10_00)) },
			func(s *shop) *models.Order {
				if err := s.OpenCart(t.Context(), customer, "phone"); err != nil {
					s.t.Fatal(err)
				}
				form := ofCustomer(10_00)
				form.Name = "Nino Beridze"
				return s.place("phone", form)
			},
		},
		"an expired order, tried again": {
			func(s *shop) *models.Order {
				s.add("a", "honey", 1)
				first := s.opened("a", checkout(10_00))
				s.settle(report(first, first.LastPayment(), models.PaymentExpired))
				return s.opened("a", checkout(10_00))
			},
			func(s *shop) *models.Order {
				id := int64(s.number("SELECT id FROM orders WHERE status = 'expired'"))
				if _, err := s.RetryPayment(t.Context(), id, models.PayWith{}, s.request); err != nil {
					s.t.Fatal(err)
				}
				return s.order(id)
			},
		},
		"an expired order that was paid after all": {
			func(s *shop) *models.Order {
				s.add("a", "honey", 1)
				first := s.opened("a", checkout(10_00))
				s.settle(report(first, first.LastPayment(), models.PaymentExpired))
				return s.opened("a", checkout(10_00))
			},
			func(s *shop) *models.Order {
				o := s.order(int64(s.number("SELECT id FROM orders WHERE status = 'expired'")))
				return s.settle(report(o, o.LastPayment(), models.PaymentPaid))
			},
		},
	} {
		for _, declined := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := openShop(t)
				s.people()
				s.product("honey", 10_00, 2)
				if err := s.OpenCart(t.Context(), customer, "mine"); err != nil {
					t.Fatal(err)
				}
				s.exec("UPDATE stock SET on_hand = 1")
				older := c.reserve(s)
				if declined {
					s.settle(report(older, older.LastPayment(), models.PaymentDeclined))
				}
				s.wantStock("honey", s.number("SELECT on_hand FROM stock"), 1)
				if s.number("SELECT on_hand FROM stock") != 1 {
					t.Fatal("it is not the last one")
				}
				// For anybody else it is sold out.
				if _, err := s.AddToCart(t.Context(), "stranger", "honey", 1); !models.IsKind(err, models.Conflict) {
					t.Errorf("somebody else: %v", err)
				}
				newer := c.take(s)
				if newer.ID == older.ID {
					t.Fatal("no newer order")
				}
				s.wantStatus(older.ID, models.Cancelled)
				s.wantSound()
			})
		}
	}
}

// past is a paid order of customer 1 with a remembered card, which leaves one honey.
func (s *shop) past() *models.Order {
	s.t.Helper()
	s.exec("UPDATE stock SET on_hand = on_hand + 1")
	s.add("past", "honey", 1)
	return s.saved("past", 10_00, models.Recurrent)
}

// No order is cancelled if its units would not suffice.
func TestOwnOrdersGiveWayOnlyIfThatHelps(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.people()
	s.product("honey", 10_00, 4)
	s.product("tea", 5_00, 9)
	s.add("a", "honey", 2)
	expired := s.opened("a", checkout(20_00))
	s.settle(report(expired, expired.LastPayment(), models.PaymentExpired))
	s.exec("UPDATE order_lines SET quantity = 5 WHERE order_id = ?", expired.ID)
	s.exec("DELETE FROM cart_items")
	s.add("a", "honey", 1)
	own := s.opened("a", checkout(10_00))
	if _, err := s.RetryPayment(t.Context(), expired.ID, models.PayWith{}, s.request); !models.IsKind(err, models.Conflict) {
		t.Errorf("tried again: %v", err)
	}
	s.wantStatus(own.ID, models.AwaitingPayment)
	s.wantStock("honey", 4, 1)

	// An order for other goods stands beside it.
	s.add("mine", "tea", 1)
	if err := s.OpenCart(t.Context(), customer, "account"); err != nil {
		t.Fatal(err)
	}
	s.add("account", "honey", 1)
	first := s.place("account", ofCustomer(10_00))
	s.exec("UPDATE orders SET cart_id = NULL WHERE id = ?", first.ID) // as one that was placed on a page of its own
	s.exec("DELETE FROM cart_items WHERE cart_id = (SELECT id FROM carts WHERE customer_id = 1)")
	s.add("account", "tea", 1)
	s.place("account", ofCustomer(5_00))
	s.wantStatus(first.ID, models.AwaitingPayment)
	s.wantSound()
}

// The units of a charge that the bank is deciding stay reserved.
func TestAChargeUnderWayGivesWayToNothing(t *testing.T) {
	t.Parallel()
	s, first := withCard(t, 2)
	charge := s.again(first)
	if err := s.OpenCart(t.Context(), customer, "mine"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddToCart(t.Context(), "mine", "honey", 1); !models.IsKind(err, models.Conflict) {
		t.Errorf("put into the cart: %v", err)
	}
	s.wantStatus(charge.ID, models.Confirming)
}

// Nothing recalls a wallet's token either: an order that it may pay keeps its units, whatever else the
// same shopper orders.
func TestATokenUnderWayGivesWayToNothing(t *testing.T) {
	t.Parallel()
	for _, method := range []models.Method{models.ByGooglePay, models.ByApplePay} {
		s := openShop(t)
		s.people()
		s.product("honey", 10_00, 1)
		past := s.past()
		s.exec("UPDATE stock SET on_hand = 1")
		if err := s.OpenCart(t.Context(), customer, "mine"); err != nil {
			t.Fatal(err)
		}
		s.add("mine", "honey", 1)
		form := ofCustomer(10_00)
		form.Method, form.Offered, form.Button = method, models.Methods(), true
		paying := s.place("mine", form)
		if method == models.ByApplePay {
			s.answer(paying)
			if _, err := s.ClaimWallet(t.Context(), paying.ID, 1, uuid.NewString()); err != nil {
				t.Fatal(err)
			}
			s.exec("UPDATE payments SET redirect_url = '' WHERE order_id = ?", paying.ID) // Apple Pay has no page
		}
		s.wantStatus(paying.ID, models.Confirming)
		if r := s.reorder(past); r.Complete() {
			t.Errorf("%s: the reorder counts on its unit", method)
		}
		if _, got, err := s.CartAndReserved(t.Context(), "mine", "honey"); err != nil || got != 0 {
			t.Errorf("%s: %d units count as free, %v", method, got, err)
		}
		s.wantStatus(paying.ID, models.Confirming)
		s.wantSound()
	}
}

// The page of a product counts what the visitor's own orders reserve, and what is in their cart.
func TestCartAndReserved(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 10_00, 3)
	s.product("tea", 5_00, 9)
	s.add("a", "honey", 2)
	s.opened("a", checkout(20_00))
	s.add("a", "tea", 4)
	s.add("a", "honey", 1)
	s.add("b", "tea", 3)
	for _, c := range []struct {
		key, slug        string
		inCart, reserved int
	}{
		{"a", "honey", 7, 2}, {"a", "tea", 7, 0}, {"a", "nothing", 7, 0}, {"b", "honey", 3, 0}, {"", "honey", 0, 0}, {uuid.NewString(), "honey", 0, 0},
	} {
		if inCart, reserved, err := s.CartAndReserved(t.Context(), c.key, c.slug); err != nil || inCart != c.inCart || reserved != c.reserved {
			t.Errorf("cart %q, %s: %d in it, %d reserved, %v; want %d and %d", c.key, c.slug, inCart, reserved, err, c.inCart, c.reserved)
		}
	}
}
