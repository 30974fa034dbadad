package models_test

import (
	"errors"
	"fmt"
	"testing"

	"dukani/models"
)

const customer = int64(1)

func (s *shop) people() {
	s.t.Helper()
	for id, name := range map[int64]string{1: "nino", 2: "gio"} {
		s.exec(`INSERT INTO customers (id, email, name, lang, created_at, updated_at)
			VALUES (?, ?, ?, 'ka', '2026-10-01 00:00:00', '2026-10-01 00:00:00')`, id, name+"@example.ge", name)
	}
}

// saved buys what lies in the cart with consent and pays it, so that the card is
// saved as kind.
func (s *shop) saved(cart string, total models.Tetri, kind models.CardKind) *models.Order {
	s.t.Helper()
	return s.savedBy(models.ByCard, cart, total, kind)
}

// savedBy is saved for an order that is paid by a method. Only of a card anything is saved.
func (s *shop) savedBy(method models.Method, cart string, total models.Tetri, kind models.CardKind) *models.Order {
	s.t.Helper()
	c := checkout(total)
	c.Method, c.Offered = method, models.Methods()
	who := customer
	c.CustomerID, c.SaveCard = &who, kind
	o := s.opened(cart, c)
	r := report(o, o.LastPayment(), models.PaymentPaid)
	if r.Method = method; method.Rules().SaveCard {
		r.CardExpiry, r.SavedCard = "12/30", kind
	}
	r.SetPayer("400000***0001", "visa")
	if _, err := s.Settle(s.t.Context(), r); err != nil {
		s.t.Fatal(err)
	}
	return s.order(o.ID)
}

func (s *shop) reorder(o *models.Order) *models.Reorder {
	s.t.Helper()
	r, err := s.Reorder(s.t.Context(), o.ID, customer)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func confirm(r *models.Reorder, card int64) models.ReorderRequest {
	return models.ReorderRequest{OrderID: r.Of.ID, CustomerID: customer, Last: r.LastID(), CardID: card, Fingerprint: r.Fingerprint(), Lang: models.En}
}

// whyNotBy is why what was paid by a method cannot be bought again with one click.
var whyNotBy = map[models.Method]models.WhyNot{
	models.ByApplePay: models.WhyWallet, models.ByGooglePay: models.WhyWallet, models.ByTransfer: models.WhyAccount,
	models.ByLoyalty: models.WhyAccount, models.ByBNPL: models.WhyCredit, models.ByLoan: models.WhyCredit, models.ByGiftCard: models.WhyMethod,
}

// Every combination of method, kind of card, total, stock and state of the card: whether one
// click is possible, and if not, why; and what the click itself does.
func TestWhenOneClickIsPossible(t *testing.T) {
	t.Parallel()
	for _, method := range models.Methods() {
		if rules := method.Rules(); rules.OneClick == (whyNotBy[method] != "") {
			t.Errorf("%s: one click is possible: %v, or not because: %q", method, rules.OneClick, whyNotBy[method])
		}
		if method != models.ByCard {
			t.Run(string(method), func(t *testing.T) {
				t.Parallel()
				s := openShop(t)
				s.people()
				s.product("honey", 10_00, 10)
				for _, kind := range []models.CardKind{"", models.Recurrent, models.Subscription} {
					for total, price := range map[string]int{"same": 10_00, "dearer": 11_00} {
						for _, stock := range []string{"all there", "sold out"} {
							s.oneClickRow(fmt.Sprint(method, " ", kind, ", total ", total, ", goods ", stock), method, kind, price, stock, "live")
						}
					}
				}
				s.wantSound()
			})
		}
	}
	for _, kind := range []models.CardKind{"", models.Recurrent, models.Subscription} {
		t.Run("card "+string(kind), func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.people()
			s.product("honey", 10_00, 10)
			for total, price := range map[string]int{"same": 10_00, "dearer": 11_00, "cheaper": 9_00} {
				for _, stock := range []string{"all there", "fewer", "sold out", "gone"} {
					for _, state := range []string{"live", "expired", "dead", "removing", "removed"} {
						name := fmt.Sprint(kind, " card ", state, ", total ", total, ", goods ", stock)
						s.oneClickRow(name, models.ByCard, kind, price, stock, state)
					}
				}
			}
			s.wantSound()
		})
	}
}

func (s *shop) oneClickRow(name string, method models.Method, kind models.CardKind, price int, stock, state string) {
	s.t.Helper()
	s.exec("UPDATE products SET price_tetri = 1000, active = 1")
	s.exec("UPDATE stock SET on_hand = reserved + 10")
	s.add(name, "honey", 2)
	o := s.savedBy(method, name, 20_00, kind)
	card := int64(s.number("SELECT coalesce(max(id), 0) FROM saved_cards"))

	s.exec("UPDATE products SET price_tetri = ?", price)
	left := map[string]int{"all there": 5, "fewer": 1, "gone": 5}[stock]
	s.exec("UPDATE stock SET on_hand = reserved + ?", left)
	if stock == "gone" {
		s.exec("UPDATE products SET active = 0")
	}
	switch state {
	case "live":
	case "expired":
		s.exec("UPDATE saved_cards SET expiry = '10/26' WHERE id = ?", card)
	default:
		s.exec("UPDATE saved_cards SET state = ?, is_default = 0 WHERE id = ?", state, card)
	}

	var want models.WhyNot
	switch { // the reasons, in the order of their weight
	case method != models.ByCard:
		want = whyNotBy[method]
	case kind != models.Subscription:
		want = models.WhyNoCard
	case state == "removing", state == "removed":
		want = models.WhyCardRemoved
	case state == "dead":
		want = models.WhyCardDead
	case state == "expired":
		want = models.WhyCardExpired
	case stock != "all there":
		want = models.WhyGoods
	case price != 10_00:
		want = models.WhyTotal
	}
	r := s.reorder(o)
	if r.OneClick.Why != want {
		s.t.Errorf("%s: why not %q, want %q", name, r.OneClick.Why, want)
	}
	before := s.number("SELECT count(*) FROM orders")
	placed, _, err := s.PlaceReorder(s.t.Context(), confirm(r, card), s.request)
	ok := kind == models.Subscription && want == "" ||
		method == models.ByCard && kind == models.Recurrent && state == "live" && left > 0 && stock != "gone"
	if (err == nil) != ok || s.number("SELECT count(*) FROM orders") != before+map[bool]int{true: 1}[ok] {
		s.t.Errorf("%s: placed %v, %v; want it placed: %v", name, placed, err, ok)
	}
	if err != nil {
		return
	}
	status, by := models.Confirming, models.Automatic
	if kind == models.Recurrent {
		status, by = models.AwaitingPayment, models.BySavedCard
	}
	if placed.Status != status || placed.LastPayment().Kind != by || placed.TotalTetri != r.Total || placed.Root() != o.ID {
		s.t.Errorf("%s: %s, paid by %s, %s", name, placed.Status, placed.LastPayment().Kind, placed.TotalTetri)
	}
	if kind == models.Recurrent { // what it reserves would be to be had for the next one
		s.answer(placed)
		s.settle(report(placed, s.order(placed.ID).LastPayment(), models.PaymentExpired))
	}
}

// The next reorder gets the units that a declined one has reserved, and replaces it.
func TestANewReorderReplacesADeclinedOne(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.people()
	s.product("honey", 10_00, 2)
	s.add("a", "honey", 1)
	first := s.saved("a", 10_00, models.Subscription)
	declined, _, err := s.PlaceReorder(t.Context(), confirm(s.reorder(first), 1), s.request)
	if err != nil {
		t.Fatal(err)
	}
	s.answer(declined)
	if _, err := s.Settle(t.Context(), report(declined, s.order(declined.ID).LastPayment(), models.PaymentDeclined)); err != nil {
		t.Fatal(err)
	}
	r := s.reorder(first)
	if r.OneClick.Why != "" {
		t.Fatalf("not offered: %q", r.OneClick.Why)
	}
	next, _, err := s.PlaceReorder(t.Context(), confirm(r, 1), s.request)
	if err != nil || next.ID == declined.ID {
		t.Fatalf("placed %v, %v", next, err)
	}
	if got := s.order(declined.ID).Status; got != models.Cancelled {
		t.Errorf("the declined one is %s", got)
	}
	s.wantSound()
}

func TestSomebodyElsesOrderCannotBeBoughtAgain(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.people()
	s.product("honey", 10_00, 5)
	s.add("a", "honey", 1)
	o := s.saved("a", 10_00, models.Subscription)
	s.add("b", "honey", 1)
	guests := s.opened("b", checkout(10_00))
	for name, r := range map[string]models.ReorderRequest{
		"another customer":   {OrderID: o.ID, CustomerID: 2, CardID: 1},
		"nobody":             {OrderID: o.ID, CardID: 1},
		"a guest's order":    {OrderID: guests.ID, CustomerID: customer, CardID: 1},
		"an unknown order":   {OrderID: 99, CustomerID: customer, CardID: 1},
		"an unknown card":    {OrderID: o.ID, CustomerID: customer, CardID: 99},
		"no card":            {OrderID: o.ID, CustomerID: customer},
		"an unknown reorder": {OrderID: o.ID, CustomerID: 2, Last: 77, CardID: 1},
	} {
		if _, _, err := s.PlaceReorder(t.Context(), r, s.request); !models.IsKind(err, models.NotFound) {
			t.Errorf("%s: %v, want not found", name, err)
		}
	}
}

// The consent is for one order: a card is not charged for other goods that happen to
// cost the same.
func TestTheConsentIsForOneOrder(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.people()
	s.product("honey", 10_00, 5)
	s.product("tea", 10_00, 5)
	s.add("a", "honey", 1)
	s.saved("a", 10_00, models.Subscription)
	s.add("b", "tea", 1)
	other := s.saved("b", 10_00, "")
	r := s.reorder(other)
	if r.OneClick.Why != models.WhyNoCard {
		t.Errorf("why not: %q", r.OneClick.Why)
	}
	_, _, err := s.PlaceReorder(t.Context(), confirm(r, 1), s.request)
	if _, ok := errors.AsType[*models.ReorderChanged](err); !ok {
		t.Errorf("charged all the same: %v", err)
	}
}
