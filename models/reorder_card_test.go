package models_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"dukani/models"
)

// Each code with which the bank can refuse a charge, and what it does to order and
// card.
func TestEveryRefusalOfACharge(t *testing.T) {
	t.Parallel()
	codes := []string{"101", "102", "103", "104", "105", "106", "107", "108", "109", "110", "111", "112", "122", "199", "777", ""}
	for _, code := range codes {
		t.Run("code "+code, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.people()
			s.product("honey", 10_00, 10)
			s.add("a", "honey", 1)
			first := s.saved("a", 10_00, models.Subscription)
			o, _, err := s.PlaceReorder(t.Context(), confirm(s.reorder(first), 1), s.request)
			if err != nil {
				t.Fatal(err)
			}
			s.answer(o)
			r := report(o, s.order(o.ID).LastPayment(), models.PaymentDeclined)
			r.Code, r.ParentBankID = code, bankID(&first.Payments[0])
			if _, err := s.Settle(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			if got := s.order(o.ID); got.Status != models.Declined || !got.ReservesStock {
				t.Errorf("order %s, its units reserved: %v", got.Status, got.ReservesStock)
			}
			cards, err := s.SavedCards(t.Context(), customer)
			if err != nil {
				t.Fatal(err)
			}
			want := models.CardLive
			if code == "102" || code == "105" {
				want = models.CardDead
			}
			if cards[0].State != want {
				t.Errorf("the card is %s, want %s", cards[0].State, want)
			}
			s.wantSound()
		})
	}
}

// The bank saved the card in another way than the shopper agreed to.
func TestACardIsKeptAsAgreed(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.people()
	s.product("honey", 10_00, 5)
	s.add("a", "honey", 1)
	who, c := customer, checkout(10_00)
	c.CustomerID, c.SaveCard = &who, models.Recurrent
	o := s.opened("a", c)
	r := report(o, o.LastPayment(), models.PaymentPaid)
	r.SavedCard = models.Subscription
	s.settle(r)
	s.wantStatus(o.ID, models.Paid)
	if n := s.number("SELECT count(*) FROM saved_cards"); n != 0 {
		t.Errorf("%d cards", n)
	}
	if n := s.number("SELECT count(*) FROM review_items WHERE kind = 'card_kind'"); n != 1 {
		t.Errorf("%d notes for staff", n)
	}
}

func TestCardsExpire(t *testing.T) {
	t.Parallel()
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateTime, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		expiry, now   string
		expired, soon bool
	}{
		{"11/26", "2026-11-30 23:59:59", false, true},
		{"11/26", "2026-12-01 00:00:00", true, true},
		{"01/27", "2026-11-25 00:00:00", false, false},
		{"01/27", "2026-12-01 00:00:00", false, true},
		{"12/30", "2026-11-25 00:00:00", false, false},
		{"", "2026-11-25 00:00:00", false, false}, // the bank does not always say
		{"99/99", "2026-11-25 00:00:00", false, false},
	} {
		card := models.SavedCard{Expiry: c.expiry}
		if got := card.Expired(day(c.now)); got != c.expired {
			t.Errorf("%s on %s expired: %v", c.expiry, c.now, got)
		}
		if got := card.ExpiresSoon(day(c.now)); got != c.soon {
			t.Errorf("%s on %s expires soon: %v", c.expiry, c.now, got)
		}
	}
}

func TestCardsOfACustomer(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.people()
	s.product("honey", 10_00, 9)
	for _, cart := range []string{"a", "b", "c"} {
		s.add(cart, "honey", 1)
		s.saved(cart, 10_00, models.Recurrent)
		s.exec("UPDATE saved_cards SET mask = id || '***' WHERE mask LIKE '400000%'") // three different ones
	}
	ctx := t.Context()
	order := func() (ids []int64) {
		cards, err := s.SavedCards(ctx, customer)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cards {
			ids = append(ids, c.ID)
		}
		return ids
	}
	if got := order(); !slices.Equal(got, []int64{1, 3, 2}) {
		t.Errorf("cards %v: the first is the default, then the newest", got)
	}
	if err := s.MakeCardDefault(ctx, customer, 3); err != nil {
		t.Fatal(err)
	}
	if got := order(); !slices.Equal(got, []int64{3, 2, 1}) {
		t.Errorf("cards %v", got)
	}
	if err := s.RenameCard(ctx, customer, 3, " ჩემი\u202e ბარათი\n"); err != nil {
		t.Fatal(err)
	}
	cards, _ := s.SavedCards(ctx, customer)
	if cards[0].Label != "ჩემი ბარათი" {
		t.Errorf("label %q", cards[0].Label)
	}
	for name, err := range map[string]error{
		"rename":  s.RenameCard(ctx, 2, 3, "x"),
		"default": s.MakeCardDefault(ctx, 2, 3),
	} {
		if !models.IsKind(err, models.NotFound) {
			t.Errorf("%s somebody else's card: %v", name, err)
		}
	}
	if err := s.RenameCard(ctx, customer, 3, fmt.Sprintf("%041d", 0)); !models.IsKind(err, models.Invalid) {
		t.Errorf("a name that is too long: %v", err)
	}
	if _, err := s.BeginCardRemoval(ctx, customer, 3); err != nil {
		t.Fatal(err)
	}
	if err := s.MakeCardDefault(ctx, customer, 3); !models.IsKind(err, models.Conflict) {
		t.Errorf("a card that is being removed becomes the default: %v", err)
	}
	if err := s.CardForgotten(ctx, 3); err != nil {
		t.Fatal(err)
	}
	if got := order(); !slices.Equal(got, []int64{2, 1}) {
		t.Errorf("cards %v", got)
	}
}
