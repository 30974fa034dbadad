package payments_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/payments"
)

const nino, gio = int64(1), int64(2)

// people enters two customers.
func (w *world) people() {
	w.t.Helper()
	w.exec(`INSERT INTO customers (id, email, name, lang, created_at, updated_at) VALUES
		(1, 'nino@example.ge', 'ნინო', 'ka', '2026-10-01 00:00:00', '2026-10-01 00:00:00'),
		(2, 'gio@example.ge', 'გიო', 'ka', '2026-10-01 00:00:00', '2026-10-01 00:00:00')`)
}

// placeAs orders one honey for a customer.
func (w *world) placeAs(customer int64, change func(*models.Checkout)) (*models.Order, payments.PayResult, error) {
	w.t.Helper()
	cart := uuid.NewString()
	if _, err := w.store.AddToCart(w.t.Context(), cart, "honey", 1); err != nil {
		w.t.Fatal(err)
	}
	c := models.Checkout{
		Key: uuid.NewString(), ExpectedTotal: 12_50, Lang: models.Ka, Name: "ნინო კაპანაძე", Email: "nino@example.ge",
		Phone: "+995599123456", Delivery: models.Pickup, AcceptsTerms: true, CustomerID: &customer,
	}
	change(&c)
	return w.desk.PlaceOrder(w.t.Context(), cart, w.seen(cart, c))
}

// bought orders one honey with consent to save the card, and pays it.
func (w *world) bought(kind models.CardKind, card string) *models.Order {
	w.t.Helper()
	o, _, err := w.placeAs(nino, func(c *models.Checkout) { c.SaveCard = kind })
	if err != nil {
		w.t.Fatal(err)
	}
	w.pay(o, m{"card": card})
	return w.settle(o)
}

func (w *world) settle(o *models.Order) *models.Order {
	w.t.Helper()
	settled, err := w.ask(o, "test")
	if err != nil {
		w.t.Fatal(err)
	}
	return settled
}

func (w *world) cards() []models.SavedCard {
	w.t.Helper()
	list, err := w.store.SavedCards(w.t.Context(), nino)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// card is the customer's only card.
func (w *world) card() models.SavedCard {
	w.t.Helper()
	list := w.cards()
	if len(list) != 1 {
		w.t.Fatalf("%d cards, want 1", len(list))
	}
	return list[0]
}

// calls counts the bank's API calls by route.
func (w *world) calls() map[string]int {
	w.t.Helper()
	var ledger struct {
		Calls map[string]int `json:"calls"`
	}
	w.get("ledger", &ledger)
	return ledger.Calls
}

const goodCard = "4000000000000010"

func TestACardIsSavedOnlyWithConsentAndOnceTheReceiptSaysSo(t *testing.T) {
	t.Parallel()
	for kind, want := range map[models.CardKind]int{"": 0, models.Recurrent: 1, models.Subscription: 1} {
		t.Run("consent "+string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.people()
			o, _, err := w.placeAs(nino, func(c *models.Checkout) { c.SaveCard = kind })
			if err != nil {
				t.Fatal(err)
			}
			if n := len(w.cards()); n != 0 {
				t.Fatalf("%d cards before anything was paid", n)
			}
			w.pay(o, m{"card": goodCard})
			w.settle(o)
			w.settle(o) // once
			list := w.cards()
			if len(list) != want {
				t.Fatalf("%d cards, want %d", len(list), want)
			}
			if want == 0 {
				return
			}
			c := list[0]
			if c.Kind != kind || c.Mask != "400000***0010" || c.Brand != "visa" || len(c.Expiry) != 5 || c.IsDefault != (kind == models.Recurrent) || c.State != models.CardLive ||
				c.ParentBankID != *w.order(o).LastPayment().BankOrderID || c.ConsentVersion != models.CardConsentVersion {
				t.Errorf("card %+v", c)
			}
			if fixed := c.FixedTetri; (kind == models.Subscription) != (fixed != nil) || fixed != nil && *fixed != 12_50 {
				t.Errorf("a %s card with the total %v", kind, fixed)
			}
		})
	}
}

func TestAGuestSavesNoCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _, err := w.placeAs(nino, func(c *models.Checkout) { c.CustomerID, c.SaveCard = nil, models.Subscription })
	if err != nil {
		t.Fatal(err)
	}
	w.pay(o, m{"card": goodCard})
	w.settle(o)
	if n := w.number("SELECT count(*) FROM saved_cards") + w.number("SELECT count(*) FROM payments WHERE save_card <> ''"); n != 0 {
		t.Errorf("%d traces of a saved card", n)
	}
}

// The save-card request is made after the order is created and before the shopper is sent to
// pay; if it fails the shopper can pay all the same.
func TestTheSaveCardRequestNeverKeepsAnybodyFromPaying(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault m
		want  models.SaveCardState
	}{
		"refused":     {m{"kind": "html_error_page", "status": 403}, models.SaveCardFailed},
		"unavailable": {m{"kind": "500_before"}, models.SaveCardRequested},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.people()
			c.fault["route"] = "save_card"
			w.steer("faults", c.fault)
			o, payAt, err := w.placeAs(nino, func(c *models.Checkout) { c.SaveCard = models.Recurrent })
			if err != nil || payAt.URL == "" {
				t.Fatalf("pay at %q, %v", payAt, err)
			}
			if got := w.order(o).LastPayment().SaveCardState; got != c.want {
				t.Errorf("save-card request %s, want %s", got, c.want)
			}
			w.pay(o, m{"card": goodCard})
			w.settle(o)
			w.wantStatus(o, models.Paid)
			if n := len(w.cards()); n != 0 {
				t.Errorf("%d cards, want none: the bank did not save it", n)
			}
		})
	}
}

// A save-card request whose answer was lost is repeated, under its key, when the shopper is
// sent to the page again.
func TestASaveCardRequestIsRepeatedWithItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	w.steer("faults", m{"kind": "500_before", "route": "save_card"})
	o, first, err := w.placeAs(nino, func(c *models.Checkout) { c.SaveCard = models.Recurrent })
	if err != nil {
		t.Fatal(err)
	}
	w.heal()
	again, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{})
	if err != nil || again != first {
		t.Fatalf("pay at %q, %v; want %q", again, err, first)
	}
	w.pay(o, m{"card": goodCard})
	w.settle(o)
	w.card()
	if n := w.number("SELECT count(DISTINCT json_extract(headers, '$.idempotency_key')) FROM payment_events WHERE cause = 'save_card'"); n != 1 {
		t.Errorf("the save-card request was made under %d keys", n)
	}
}

// A new attempt after a decline is a new order at the bank, which needs its own save-card
// request.
func TestTheSecondTryRequestsItToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	o := w.bought(models.Recurrent, "4000000000000002")
	if o.Status != models.Declined {
		t.Fatalf("order is %s", o.Status)
	}
	if _, err := w.desk.Pay(t.Context(), o, models.PayWith{}); err != nil {
		t.Fatal(err)
	}
	w.pay(o, m{"card": goodCard})
	w.settle(o)
	if c := w.card(); c.PaymentID != w.order(o).LastPayment().ID {
		t.Errorf("the card belongs to payment %d", c.PaymentID)
	}
}

func TestPayingWithARememberedCard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	parent := w.bought(models.Recurrent, goodCard)
	c := w.card()
	o, payAt, err := w.placeAs(nino, func(k *models.Checkout) { k.CardID, k.SaveCard = c.ID, models.Recurrent })
	if err != nil || payAt.URL == "" {
		t.Fatalf("pay at %q, %v", payAt, err)
	}
	p := w.order(o).LastPayment()
	if p.Kind != models.BySavedCard || p.SaveCard != "" {
		t.Errorf("attempt %s, save card %q", p.Kind, p.SaveCard)
	}
	w.pay(o, m{})
	w.settle(o)
	w.wantStatus(o, models.Paid)
	if got := w.order(o).ShownPayment().CardMask; got != parent.ShownPayment().CardMask {
		t.Errorf("paid with %q", got)
	}
	w.card() // it is not saved twice
	w.wantSameMoney()
}

// A card that is another customer's, of the other kind or out of use cannot pay.
func TestCardsThatCannotPay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	w.bought(models.Recurrent, goodCard)
	c := w.card()
	refused := func(name string, customer int64, want models.Kind) {
		t.Helper()
		before := w.number("SELECT count(*) FROM orders")
		_, _, err := w.placeAs(customer, func(k *models.Checkout) { k.CardID = c.ID })
		if !models.IsKind(err, want) || w.number("SELECT count(*) FROM orders") != before {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("somebody else's", gio, models.NotFound)
	w.exec("UPDATE saved_cards SET expiry = '10/26'")
	refused("expired", nino, models.Conflict)
	w.exec("UPDATE saved_cards SET expiry = '10/46', kind = 'subscription', fixed_tetri = 1250")
	refused("only for charges without the page", nino, models.Conflict)
	w.exec("UPDATE saved_cards SET kind = 'recurrent', fixed_tetri = NULL, state = 'dead'")
	refused("dead", nino, models.Conflict)
	w.exec("UPDATE saved_cards SET state = 'removed'")
	refused("removed", nino, models.Conflict)
}

func TestRemovingACardReachesTheBankFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	w.bought(models.Recurrent, goodCard)
	c := w.card()
	if err := w.desk.RemoveCard(t.Context(), gio, c.ID); !models.IsKind(err, models.NotFound) {
		t.Fatalf("somebody else's card: %v", err)
	}
	w.steer("faults", m{"kind": "500_before", "route": "forget_card"})
	if err := w.desk.RemoveCard(t.Context(), nino, c.ID); !errors.Is(err, payments.ErrBankSilent) {
		t.Fatalf("with a silent bank: %v", err)
	}
	if got := w.card(); got.State != models.CardRemoving || got.IsDefault {
		t.Errorf("card %+v, want it out of use and still there", got)
	}
	w.heal()
	w.sweep(time.Minute)
	if n := len(w.cards()); n != 0 {
		t.Errorf("%d cards after the bank answered", n)
	}
	if n := w.number("SELECT count(DISTINCT json_extract(headers, '$.idempotency_key')) FROM payment_events WHERE cause = 'forget_card'"); n != 1 {
		t.Errorf("forgotten under %d keys", n)
	}
}

func TestACardTheBankHasForgottenIsRemovedAllTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	w.bought(models.Subscription, goodCard)
	c := w.card()
	w.forgetAtBank(c)
	if err := w.desk.RemoveCard(t.Context(), nino, c.ID); err != nil {
		t.Fatal(err)
	}
	if n := len(w.cards()); n != 0 {
		t.Errorf("%d cards", n)
	}
}

// forgetAtBank removes a card at the bank behind the shop's back.
func (w *world) forgetAtBank(c models.SavedCard) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodDelete, w.bankURL+"/payments/v1/charges/card/"+c.ParentBankID, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.token())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		w.t.Fatalf("forget card: %s", answer.Status)
	}
}

func TestCardsOfSomebodyWhoLeftAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	o, _, err := w.placeAs(nino, func(c *models.Checkout) { c.SaveCard = models.Recurrent })
	if err != nil {
		t.Fatal(err)
	}
	w.exec("UPDATE orders SET customer_id = NULL")
	w.pay(o, m{"card": goodCard})
	w.settle(o)
	w.sweep(time.Minute)
	if n := w.number("SELECT count(*) FROM saved_cards WHERE state = 'removed'"); n != 1 || w.calls()["forget_card"] != 1 {
		t.Errorf("%d cards forgotten by %v", n, w.calls())
	}
}
