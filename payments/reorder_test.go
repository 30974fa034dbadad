package payments_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"dukani/models"
	"dukani/payments/simulator"
)

// token is an access token of the bank for calls past the shop.
func (w *world) token() string {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.bankURL+"/auth/realms/bog/protocol/openid-connect/token",
		strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(simulator.DefaultClientID, simulator.DefaultClientSecret)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
		w.t.Fatal(err)
	}
	return got.AccessToken
}

func (w *world) reorder(o *models.Order) *models.Reorder {
	w.t.Helper()
	r, err := w.store.Reorder(w.t.Context(), o.ID, nino)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// confirm is what the button of a reorder's page sends.
func confirm(r *models.Reorder, card int64) models.ReorderRequest {
	return models.ReorderRequest{
		OrderID: r.Of.ID, CustomerID: nino, Last: r.LastID(), CardID: card, Lang: models.Ka,
		Fingerprint: r.Fingerprint(),
	}
}

// again buys an order again with one click.
func (w *world) again(o *models.Order) (*models.Order, error) {
	w.t.Helper()
	r := w.reorder(o)
	if r.OneClick.Why != "" {
		w.t.Fatalf("not with one click: %s", r.OneClick.Why)
	}
	placed, payAt, err := w.desk.Reorder(w.t.Context(), confirm(r, r.OneClick.Card.ID))
	if payAt.URL != "" {
		w.t.Errorf("sent to %q: no page is needed", payAt)
	}
	return placed, err
}

func TestBuyAgainWithOneClick(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	parent := w.bought(models.Subscription, goodCard)
	o, err := w.again(parent)
	if err != nil {
		t.Fatal(err)
	}
	w.wantStatus(o, models.Confirming) // “started” is not the result
	w.settle(o)
	w.wantStatus(o, models.Paid)
	paid := w.order(o)
	if p := paid.ShownPayment(); p.Kind != models.Automatic || p.CapturedTetri != 12_50 || paid.ReorderOf == nil || *paid.ReorderOf != parent.ID {
		t.Errorf("payment %+v of a reorder of %v", p, paid.ReorderOf)
	}
	if n := w.number("SELECT on_hand FROM stock"); n != 8 {
		t.Errorf("%d units left, want 8", n)
	}
	w.card() // the same one
	w.wantSameMoney()

	// The reorder can be repeated: it is still exactly that order.
	third, err := w.again(paid)
	if err != nil {
		t.Fatal(err)
	}
	w.settle(third)
	w.wantStatus(third, models.Paid)
	w.wantSameMoney()
}

// Two clicks, two tabs, reload and Back send the same request again.
func TestAnyNumberOfClicksIsOneCharge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	parent := w.bought(models.Subscription, goodCard)
	r := w.reorder(parent)
	click := confirm(r, r.OneClick.Card.ID)
	var mu sync.Mutex
	orders := map[int64]int{}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			o, _, err := w.desk.Reorder(t.Context(), click)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			orders[o.ID]++
		})
	}
	all.Wait()
	if len(orders) != 1 {
		t.Errorf("20 clicks made the orders %v", orders)
	}
	if n := w.calls()["subscribe"]; n != 1 {
		t.Errorf("20 clicks asked the bank %d times", n)
	}
	w.sweep(time.Minute)
	late, _, err := w.desk.Reorder(t.Context(), click) // Back, and once more
	if err != nil || orders[late.ID] == 0 {
		t.Errorf("a late click: %v, %v", late, err)
	}
	if n := w.number("SELECT count(*) FROM ledger"); n != 2 {
		t.Errorf("%d payments taken, want the first and one reorder", n)
	}
	w.wantSameMoney()
}

// The answer is lost after the charge was made: another click, even on a page that was
// loaded since, leads to the order that waits for the bank.
func TestALostAnswerIsNotASecondCharge(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"lost_reply", "500_after", "truncated_json"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.people()
			parent := w.bought(models.Subscription, goodCard)
			w.steer("faults", m{"kind": kind, "route": "subscribe"})
			o, err := w.again(parent)
			if err != nil {
				t.Fatal(err)
			}
			w.wantStatus(o, models.Confirming)
			r := w.reorder(parent)
			if r.OneClick.Why != models.WhyPending {
				t.Errorf("offered although the first is undecided: %q", r.OneClick.Why)
			}
			same, _, err := w.desk.Reorder(t.Context(), confirm(r, w.card().ID))
			if err != nil || same.ID != o.ID {
				t.Errorf("a second order %v, %v", same, err)
			}
			if payAt, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{}); err != nil || payAt.URL != "" {
				t.Errorf("another way to pay is offered at %q, %v", payAt, err)
			}
			w.heal()
			w.sweep(5 * time.Minute)
			w.wantStatus(o, models.Paid)
			if n := w.number("SELECT count(*) FROM ledger"); n != 2 {
				t.Errorf("%d payments taken", n)
			}
			w.wantSameMoney()
		})
	}
}

// A charge that the bank never acknowledges may have been made: it is not repeated under
// another key, it is not cancelled, and staff are told.
func TestAChargeThatIsNeverAnsweredGoesBeforeStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	parent := w.bought(models.Subscription, goodCard)
	w.steer("faults", m{"kind": "500_after", "route": "subscribe"})
	w.steer("settings", m{"callback": m{"mode": "lost"}})
	o, err := w.again(parent)
	if err != nil {
		t.Fatal(err)
	}
	w.sweep(20 * time.Minute)
	w.wantStatus(o, models.Confirming)
	if n := w.number("SELECT count(*) FROM review_items WHERE kind = 'charge_unknown'"); n != 1 {
		t.Errorf("%d notes for staff, want 1", n)
	}
	w.sweep(24 * time.Hour)
	if due, err := w.store.DuePayments(t.Context(), 10); err != nil || len(due) != 0 {
		t.Errorf("asked about for ever: %v, %v", due, err)
	}
	// A late callback tells what happened.
	var orders []struct {
		ID string `json:"id"`
	}
	w.get("orders?external_order_id="+o.Number, &orders)
	w.steer("settings", m{"callback": m{"mode": "sent"}})
	w.steer("orders/"+orders[0].ID+"/callback", m{"mode": "sent"})
	w.sweep(time.Minute)
	w.wantStatus(o, models.Paid)
	w.wantSameMoney()
}

// A repeated call that is refused access says nothing about the first one.
func TestRefusedAccessDoesNotEndACharge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	parent := w.bought(models.Subscription, goodCard)
	w.steer("settings", m{"callback": m{"mode": "lost"}})                        // a callback would tell
	w.steer("faults", m{"kind": "lost_reply", "route": "subscribe", "count": 2}) // the client tries twice
	o, err := w.again(parent)
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{403, 404} { // 404 comes from a proxy, which knows no orders
		w.steer("faults", m{"kind": "html_error_page", "status": status, "route": "subscribe"})
		w.sweep(time.Minute)
		w.wantStatus(o, models.Confirming)
		w.heal()
	}
	w.sweep(5 * time.Minute)
	w.wantStatus(o, models.Paid)
	w.wantSameMoney()
}

func TestADeclinedReorder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	parent := w.bought(models.Subscription, "4000000000000003") // later charges are declined
	o, err := w.again(parent)
	if err != nil {
		t.Fatal(err)
	}
	w.settle(o)
	w.wantStatus(o, models.Declined)
	if got := w.order(o).LastPayment().BankCode; got != "101" {
		t.Errorf("code %q", got)
	}
	if w.card().State != models.CardLive {
		t.Error("a card that may work tomorrow is given up")
	}
	payAt, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{}) // the same order, on the bank's page
	if err != nil || payAt.URL == "" {
		t.Fatalf("pay at %q, %v", payAt, err)
	}
	w.pay(o, m{"card": goodCard})
	w.settle(o)
	w.wantStatus(o, models.Paid)
	w.wantSameMoney()
}

// The charge finds out that a card was removed at the bank, whether the bank says so in the
// answer or in the receipt.
func TestACardTheBankNoLongerKnowsIsDead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	parent := w.bought(models.Subscription, goodCard)
	w.forgetAtBank(w.card())
	o, err := w.again(parent)
	if err != nil {
		t.Fatal(err)
	}
	w.settle(o)
	w.wantStatus(o, models.Declined)
	if c := w.card(); c.State != models.CardDead || c.IsDefault {
		t.Errorf("card %+v, want it dead", c)
	}
	if why := w.reorder(parent).OneClick.Why; why != models.WhyCardDead {
		t.Errorf("why not: %q", why)
	}
}

func TestTheInheritedAmountIsComparedBeforeAndAfter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	parent := w.bought(models.Subscription, goodCard)
	card := w.card()

	// Before the charge: the price changed between page and click.
	stale := confirm(w.reorder(parent), card.ID)
	w.exec("UPDATE products SET price_tetri = 1300")
	if _, _, err := w.desk.Reorder(t.Context(), stale); !changed(err) {
		t.Errorf("charged although it costs something else: %v", err)
	}
	forged := confirm(w.reorder(parent), card.ID) // 13.00, but the card can only be charged 12.50
	if _, _, err := w.desk.Reorder(t.Context(), forged); !changed(err) {
		t.Errorf("charged 12.50 for 13.00: %v", err)
	}
	if n := w.calls()["subscribe"]; n != 0 {
		t.Fatalf("%d charges at the bank", n)
	}

	// After the charge: the bank has charged another amount than the shop expects.
	w.exec("UPDATE saved_cards SET fixed_tetri = 1300")
	o, err := w.again(parent)
	if err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Minute)
	w.wantStatus(o, models.Review)
	if n := w.number("SELECT count(*) FROM review_items WHERE kind = 'mismatch'"); n != 1 {
		t.Errorf("%d notes for staff", n)
	}
	if n := w.number("SELECT count(*) FROM stock_moves WHERE kind = 'sold' AND order_id = ?", o.ID); n != 0 {
		t.Error("fulfilled all the same")
	}
}

func changed(err error) bool {
	_, ok := err.(*models.ReorderChanged)
	return ok
}

func TestAReorderOnTheBanksPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	parent := w.bought(models.Recurrent, goodCard)
	w.exec("UPDATE products SET price_tetri = 1300")
	r := w.reorder(parent)
	if r.OneClick.Why != models.WhyNoCard || r.Total != 13_00 || !r.Lines[0].Changed() {
		t.Fatalf("reorder %+v", r)
	}
	w.exec("UPDATE products SET price_tetri = 1400")
	if _, _, err := w.desk.Reorder(t.Context(), confirm(r, w.card().ID)); !changed(err) {
		t.Errorf("14.00 asked of somebody who saw 13.00: %v", err)
	}
	o, payAt, err := w.desk.Reorder(t.Context(), confirm(w.reorder(parent), w.card().ID))
	if err != nil || payAt.URL == "" {
		t.Fatalf("pay at %q, %v", payAt, err)
	}
	w.pay(o, m{})
	w.settle(o)
	w.wantStatus(o, models.Paid)
	w.wantSameMoney()
}

// requestOf makes the request of a charge as the desk would, for a test that never sends it.
func (w *world) requestOf(o *models.Order, _ models.PaymentKind) (models.NewPayment, error) {
	return models.NewPayment{
		IdempotencyKey: uuid.NewString(), RequestBody: []byte(`{"external_order_id":"` + o.Number + `"}`),
		ExpiresAt: w.store.Now().Add(15 * time.Minute),
	}, nil
}

// The program is killed before the bank is called, or before the answer is stored: the next
// start finishes the charge, once.
func TestAReorderSurvivesACrash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	parent := w.bought(models.Subscription, goodCard)
	r := w.reorder(parent)
	o, _, err := w.store.PlaceReorder(t.Context(), confirm(r, r.OneClick.Card.ID), w.requestOf)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.desk.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.sweep(0)
	w.sweep(time.Minute)
	w.wantStatus(o, models.Paid)
	if n := w.calls()["subscribe"]; n != 1 {
		t.Errorf("%d charges", n)
	}
	w.wantSameMoney()
}
