package models_test

import (
	"errors"
	"testing"
	"time"

	"dukani/models"
)

// again places a reorder of o with card 1 and has the bank start its charge.
func (s *shop) again(o *models.Order) *models.Order {
	s.t.Helper()
	placed, isNew, err := s.PlaceReorder(s.t.Context(), confirm(s.reorder(o), 1), s.request)
	if err != nil || !isNew {
		s.t.Fatalf("reorder of %s: new %v, %v", o.Number, isNew, err)
	}
	s.answer(placed)
	return s.order(placed.ID)
}

// withCard is a shop with stock units of one product, one of which was bought with
// consent to one-click reorders.
func withCard(t *testing.T, stock int) (*shop, *models.Order) {
	s := openShop(t)
	s.people()
	s.product("honey", 10_00, stock)
	s.add("a", "honey", 1)
	return s, s.saved("a", 10_00, models.Subscription)
}

// At the threshold of free delivery an order with something missing can cost as much as the
// whole one. A customer does not order what they have not seen.
func TestTheSameTotalOfOtherGoodsIsAskedAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.people()
	s.product("wine", 140_00, 5)
	s.product("honey", 5_00, 10)
	s.add("a", "wine", 1)
	s.add("a", "honey", 2)
	who, c := customer, checkout(150_00)
	c.CustomerID, c.SaveCard = &who, models.Recurrent
	c.Delivery, c.Street = models.Courier, "7 Vazi Lane"
	o := s.opened("a", c)
	r := report(o, o.LastPayment(), models.PaymentPaid)
	r.SavedCard = models.Recurrent
	s.settle(r)
	seen := s.reorder(o)
	s.exec("UPDATE stock SET on_hand = 1 WHERE product_id = (SELECT id FROM products WHERE slug = 'honey')")
	now := s.reorder(o)
	if now.Complete() || now.Total != seen.Total {
		t.Fatalf("the reorder costs %s, before %s", now.Total, seen.Total)
	}
	placed, _, err := s.PlaceReorder(t.Context(), confirm(seen, 1), s.request)
	if _, ok := errors.AsType[*models.ReorderChanged](err); !ok {
		t.Errorf("placed %v, %v", placed, err)
	}
	if _, isNew, err := s.PlaceReorder(t.Context(), confirm(now, 1), s.request); err != nil || !isNew {
		t.Errorf("what was seen: new %v, %v", isNew, err)
	}
}

// While one order of a chain is undecided no order of the chain is bought again, from none of
// their pages.
func TestAnUndecidedOrderBlocksItsWholeChain(t *testing.T) {
	t.Parallel()
	s, first := withCard(t, 9)
	second := s.again(first)
	s.settle(report(second, second.LastPayment(), models.PaymentPaid))
	third := s.again(first)
	for _, status := range []models.OrderStatus{models.Confirming, models.AwaitingPayment, models.Review} {
		s.exec("UPDATE orders SET status = ? WHERE id = ?", status, third.ID)
		for name, o := range map[string]*models.Order{"the first": first, "another": second, "itself": third} {
			r := s.reorder(o)
			if r.OneClick.Why != models.WhyPending {
				t.Errorf("%s, asked from %s: why not %q", status, name, r.OneClick.Why)
			}
			got, isNew, err := s.PlaceReorder(t.Context(), confirm(r, 1), s.request)
			if err != nil || isNew || got.ID != third.ID {
				t.Errorf("%s, asked from %s: %v, new %v, %v", status, name, got, isNew, err)
			}
		}
	}
}

// A reorder replaces the orders of its chain that came to nothing, even the one that is
// bought again: those cannot be paid any more.
func TestWhatCameToNothingGivesWay(t *testing.T) {
	t.Parallel()
	for _, state := range []models.PaymentState{models.PaymentDeclined, models.PaymentExpired} {
		for _, from := range []string{"its own page", "the page of the first"} {
			t.Run(string(state)+" from "+from, func(t *testing.T) {
				t.Parallel()
				s, first := withCard(t, 2)
				failed := s.again(first)
				s.settle(report(failed, failed.LastPayment(), state))
				if from == "its own page" {
					s.again(failed)
				} else {
					s.again(first)
				}
				s.wantStatus(failed.ID, models.Cancelled)
				if _, err := s.RetryPayment(t.Context(), failed.ID, models.PayWith{}, s.request); !models.IsKind(err, models.Conflict) {
					t.Errorf("the failed one is paid as well: %v", err)
				}
				s.wantStock("honey", 1, 1)
				s.wantSound()
			})
		}
	}
}

// When the worker learns that a charge is refused nobody looks at the page, so that the mail
// goes out that the page has promised.
func TestARefusedChargeIsToldByMail(t *testing.T) {
	t.Parallel()
	s, first := withCard(t, 9)
	o, _, err := s.PlaceReorder(t.Context(), confirm(s.reorder(first), 1), s.request)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.StartRefused(t.Context(), o.LastPayment().ID, "102", "no such card", true); err != nil {
		t.Fatal(err)
	}
	if n := s.number("SELECT count(*) FROM mails WHERE kind = 'declined' AND order_id = ?", o.ID); n != 1 {
		t.Errorf("%d mails", n)
	}
	s.wantSound()
}

// A customer who agreed, but whose card the bank did not save, is shown that reason.
func TestConsentWithoutACard(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.people()
	s.product("honey", 10_00, 5)
	s.add("a", "honey", 1)
	who, c := customer, checkout(10_00)
	c.CustomerID, c.SaveCard = &who, models.Subscription
	o := s.opened("a", c)
	s.settle(report(o, o.LastPayment(), models.PaymentPaid))
	if got := s.reorder(o).OneClick; got.Why != models.WhyNotSaved || !got.Agreed {
		t.Errorf("why not %q, agreed %v", got.Why, got.Agreed)
	}
}

func TestAWayOfDeliveryThatIsNotOfferedAnyMore(t *testing.T) {
	t.Parallel()
	s, first := withCard(t, 9)
	s.exec("UPDATE orders SET delivery = 'airship' WHERE id = ?", first.ID)
	r := s.reorder(first)
	if r.OneClick.Why != models.WhyDelivery {
		t.Errorf("why not %q", r.OneClick.Why)
	}
	s.exec("UPDATE saved_cards SET kind = 'recurrent', fixed_tetri = NULL")
	for range 2 { // neither at once nor on the bank's page
		if _, _, err := s.PlaceReorder(t.Context(), confirm(r, 1), s.request); err == nil {
			t.Error("ordered all the same")
		}
		s.exec("UPDATE saved_cards SET kind = 'subscription', fixed_tetri = 1000")
	}
}

// Requests that no page of ours sends are answered, too.
func TestAReorderThatNeverWas(t *testing.T) {
	t.Parallel()
	s, first := withCard(t, 9)
	click := confirm(s.reorder(first), 1)
	click.Last = 77
	_, _, err := s.PlaceReorder(t.Context(), click, s.request)
	if _, ok := errors.AsType[*models.ReorderChanged](err); !ok {
		t.Errorf("%v", err)
	}
}

// A claimed order belongs to a living account: it does not become anonymous with the account
// that it belonged to before.
func TestAClaimedOrderKeepsItsPerson(t *testing.T) {
	t.Parallel()
	s, first := withCard(t, 9)
	s.exec("UPDATE orders SET customer_id = NULL, forget_at = '2026-12-20 00:00:00+00:00'")
	s.exec("UPDATE customers SET verified_at = '2026-11-01 00:00:00+00:00' WHERE id = ?", customer)
	if n, err := s.ClaimOrders(t.Context(), customer); err != nil || n != 1 {
		t.Fatalf("claimed %d, %v", n, err)
	}
	s.now = s.now.Add(60 * 24 * time.Hour)
	if _, err := s.ForgetPeople(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.order(first.ID); got.Name == "" || got.Email == "" {
		t.Errorf("the order is for %q, %q", got.Name, got.Email)
	}
}
