package models_test

import (
	"slices"
	"testing"
	"time"

	"dukani/models"
)

// savedAs buys one honey in a cart of its own and has that card saved.
func (s *shop) savedAs(kind models.CardKind, mask, expiry string) models.SavedCard {
	s.t.Helper()
	cart := "cart of " + mask + s.now.String() + expiry
	s.now = s.now.Add(time.Minute)
	s.exec("UPDATE stock SET on_hand = reserved + 1")
	s.add(cart, "honey", 1)
	c := ofCustomer(10_00)
	c.SaveCard = kind
	o := s.opened(cart, c)
	r := report(o, o.LastPayment(), models.PaymentPaid)
	r.CardMask, r.CardBrand, r.CardExpiry, r.SavedCard = mask, "visa", expiry, kind
	s.settle(r)
	s.settle(r) // reported twice
	card, err := s.CardOfPayment(s.t.Context(), o.LastPayment().ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return *card
}

func (s *shop) cards() []models.SavedCard {
	s.t.Helper()
	list, err := s.SavedCards(s.t.Context(), customer)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// due are the bank's ids of the cards that it has to forget.
func (s *shop) due() (ids []string) {
	s.t.Helper()
	list, err := s.DueCardRemovals(s.t.Context(), 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range list {
		if c.RemoveKey == nil {
			s.t.Error("a removal without its key on disk")
		}
		ids = append(ids, c.ParentBankID)
	}
	return ids
}

// The same card, saved three times, is one entry: the newest, with the name and the rank of
// the older ones, which the bank has to forget. Other cards stay.
func TestTheSameCardIsOneEntry(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.people()
	s.product("honey", 10_00, 1)
	first := s.savedAs(models.Recurrent, "400000***0001", "12/30")
	if err := s.RenameCard(t.Context(), customer, first.ID, "საოჯახო"); err != nil {
		t.Fatal(err)
	}
	other := s.savedAs(models.Recurrent, "500000***0002", "12/30")
	second := s.savedAs(models.Recurrent, "400000***0001", "12/30")
	third := s.savedAs(models.Recurrent, "400000***0001", "12/30")
	list := s.cards()
	if len(list) != 2 || list[0].ID != third.ID || !list[0].IsDefault || list[0].Label != "საოჯახო" || list[1].ID != other.ID {
		t.Fatalf("cards %+v", list)
	}
	if got := s.due(); !slices.Equal(got, []string{first.ParentBankID, second.ParentBankID}) {
		t.Errorf("the bank is told to forget %v", got)
	}
	// A page that still names the first one pays with the entry that took its place.
	s.exec("UPDATE stock SET on_hand = reserved + 1")
	s.add("late", "honey", 1)
	form := ofCustomer(10_00)
	form.CardID = first.ID
	if p := s.place("late", form).LastPayment(); p.CardID == nil || *p.CardID != third.ID {
		t.Errorf("paid with card %v, want %d", p.CardID, third.ID)
	}
	for name, c := range map[string]models.SavedCard{
		"another expiry": s.savedAs(models.Recurrent, "400000***0001", "12/33"),
		"another number": s.savedAs(models.Recurrent, "400000***0009", "12/30"),
		"another kind":   s.savedAs(models.Subscription, "400000***0001", "12/30"),
		"not told which": s.savedAs(models.Recurrent, "", "12/30"),
		"nor then":       s.savedAs(models.Recurrent, "", "12/30"),
	} {
		if !slices.ContainsFunc(s.cards(), func(x models.SavedCard) bool { return x.ID == c.ID }) {
			t.Errorf("%s: the card is not on the list", name)
		}
	}
	if n := len(s.cards()); n != 7 {
		t.Errorf("%d cards, want 7", n)
	}
	// A dead entry of the same card is replaced as well.
	s.exec("UPDATE saved_cards SET state = 'dead', is_default = 0 WHERE id = ?", other.ID)
	s.savedAs(models.Recurrent, "500000***0002", "12/30")
	if n := len(s.cards()); n != 7 {
		t.Errorf("%d cards beside a dead one of the same number, want 7", n)
	}
	// Somebody else's card of the same number is theirs.
	s.exec("UPDATE saved_cards SET customer_id = 2, is_default = 0 WHERE id = ?", third.ID)
	s.savedAs(models.Recurrent, "400000***0001", "12/30")
	if n := s.number("SELECT count(*) FROM saved_cards WHERE customer_id = 2 AND state = 'live'"); n != 1 {
		t.Error("somebody else's card is replaced")
	}
}

// A subscription belongs to the order it was agreed for: the same card, saved for another
// order, does not take away what was agreed for the first.
func TestOneClickForOneOrderOutlivesAnother(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.people()
	s.product("honey", 10_00, 1)
	first := s.savedAs(models.Subscription, "400000***0001", "12/30")
	second := s.savedAs(models.Subscription, "400000***0001", "12/30")
	s.exec("UPDATE stock SET on_hand = reserved + 1")
	for _, c := range []models.SavedCard{first, second} {
		if why := s.reorder(s.order(c.OrderID)).OneClick.Why; why != "" {
			t.Errorf("order %s: why not %q", c.OrderNumber(), why)
		}
	}
	if got := s.due(); len(got) != 0 {
		t.Errorf("the bank is told to forget %v", got)
	}
	// Within one chain of reorders with one total it is the same.
	s.exec("UPDATE orders SET root_id = ?, reorder_of = ? WHERE id = ?", first.OrderID, first.OrderID, second.OrderID)
	s.exec("UPDATE saved_cards SET state = 'removed' WHERE id = ?", second.ID)
	third := s.savedAs(models.Subscription, "400000***0009", "12/30")
	s.exec("UPDATE orders SET root_id = ?, reorder_of = ? WHERE id = ?", first.OrderID, first.OrderID, third.OrderID)
	if n := len(s.cards()); n != 2 {
		t.Errorf("%d cards, want two of different numbers", n)
	}
}

// When the default goes, by whatever way, the next card that can pay on the bank's page
// becomes it; a card for reordering one order never does.
func TestTheNextCardBecomesTheDefault(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(s *shop, c models.SavedCard){
		"removed": func(s *shop, c models.SavedCard) {
			if _, err := s.BeginCardRemoval(t.Context(), customer, c.ID); err != nil {
				s.t.Fatal(err)
			}
		},
		"dead": func(s *shop, c models.SavedCard) {
			s.exec("UPDATE stock SET on_hand = reserved + 1")
			s.add("x", "honey", 1)
			form := ofCustomer(10_00)
			form.CardID = c.ID
			o := s.opened("x", form)
			r := report(o, o.LastPayment(), models.PaymentDeclined)
			r.Code = "102"
			s.settle(r)
		},
		"expired": func(s *shop, c models.SavedCard) {
			s.exec("UPDATE saved_cards SET expiry = '10/26' WHERE id = ?", c.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.people()
			s.product("honey", 10_00, 1)
			s.savedAs(models.Subscription, "400000***0003", "12/30") // the first of all, and no default
			if list := s.cards(); list[0].IsDefault {
				t.Error("a card for repeating one order is the default")
			}
			if err := s.MakeCardDefault(t.Context(), customer, 1); !models.IsKind(err, models.Conflict) {
				t.Errorf("made the default all the same: %v", err)
			}
			a := s.savedAs(models.Recurrent, "400000***0001", "12/30")
			b := s.savedAs(models.Recurrent, "400000***0002", "12/30")
			if list := s.cards(); list[0].ID != a.ID || !list[0].IsDefault {
				t.Fatalf("the default is %+v", list[0])
			}
			end(s, a)
			if list := s.cards(); list[0].ID != b.ID || !list[0].IsDefault {
				t.Errorf("the next default is %+v", list[0])
			}
			s.savedAs(models.Recurrent, "400000***0004", "12/30")
			if list := s.cards(); list[0].ID != b.ID {
				t.Errorf("a card that is saved later takes its place: %+v", list[0])
			}
			if n := s.number("SELECT count(*) FROM saved_cards WHERE is_default = 1 AND id = ?", b.ID); n != 1 {
				t.Error("it is not stored as the default")
			}
		})
	}
}

// A page that names an entry of a card that was saved again pays with the later entry, also
// after the bank has forgotten the earlier one; a removed card is unusable.
func TestAPageNamesAnEntryThatWasSavedAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.people()
	s.product("honey", 10_00, 1)
	first := s.savedAs(models.Recurrent, "400000******0001", "12/30")
	second := s.savedAs(models.Recurrent, "400000******0001", "12/30")
	third := s.savedAs(models.Recurrent, "400000******0001", "12/30")
	forget := func(c models.SavedCard) {
		if err := s.CardForgotten(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
	}
	pay := func() (*models.Order, error) {
		s.exec("UPDATE stock SET on_hand = reserved + 1")
		cart := "later" + s.now.String()
		s.now = s.now.Add(time.Minute)
		s.add(cart, "honey", 1)
		c := ofCustomer(10_00)
		c.CardID = first.ID
		return s.PlaceOrder(t.Context(), cart, s.seen(cart, c), s.request)
	}
	forget(first)
	forget(second)
	o, err := pay()
	if err != nil || *o.LastPayment().CardID != third.ID {
		t.Fatalf("paid with %+v, %v", o, err)
	}
	if _, err := s.BeginCardRemoval(t.Context(), customer, third.ID); err != nil {
		t.Fatal(err)
	}
	forget(third)
	if _, err := pay(); !models.IsKind(err, models.Conflict) {
		t.Errorf("a removed card: %v", err)
	}
}
