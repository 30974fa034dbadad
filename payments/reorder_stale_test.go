package payments_test

import (
	"testing"
	"time"

	"dukani/models"
	"dukani/payments"
)

// The button of a page from before a declined reorder leads to that reorder, which says why
// it was declined. It does not try to pay it again, with any card or at any price.
func TestAStalePageDoesNotPayADeclinedReorder(t *testing.T) {
	t.Parallel()
	for kind, card := range map[models.CardKind]string{models.Subscription: "4000000000000003", models.Recurrent: goodCard} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.people()
			stale := confirm(w.reorder(w.bought(kind, card)), w.card().ID)
			o, _, err := w.desk.Reorder(t.Context(), stale)
			if err != nil {
				t.Fatal(err)
			}
			if kind == models.Recurrent {
				w.pay(o, m{"outcome": "107"})
			}
			w.settle(o)
			w.wantStatus(o, models.Declined)
			same, payAt, err := w.desk.Reorder(t.Context(), stale)
			if err != nil || same.ID != o.ID || payAt.Outcome != payments.Failed {
				t.Errorf("led to %v at %q, %v", same, payAt, err)
			}
			if n := len(w.order(o).Payments); n != 1 {
				t.Errorf("%d attempts to pay it", n)
			}
		})
	}
}

// The button of a stale page leads back to the bank's page that waits for the reorder.
func TestAStalePageLeadsBackToTheBanksPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	stale := confirm(w.reorder(w.bought(models.Recurrent, goodCard)), w.card().ID)
	_, first, err := w.desk.Reorder(t.Context(), stale)
	if err != nil || first.URL == "" {
		t.Fatalf("pay at %q, %v", first, err)
	}
	if _, again, err := w.desk.Reorder(t.Context(), stale); err != nil || again != first {
		t.Errorf("pay at %q, %v; want %q", again, err, first)
	}
}

// While the call that makes a charge is on its way, neither a callback that overtakes its
// answer nor a shopper who returns from the bank makes the charge a second time.
func TestNobodyElseMakesACallThatIsOnItsWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	r := w.reorder(w.bought(models.Subscription, goodCard))
	o, _, err := w.store.PlaceReorder(t.Context(), confirm(r, r.OneClick.Card.ID), w.requestOf) // its call is on its way
	if err != nil {
		t.Fatal(err)
	}
	p := o.LastPayment()
	w.exec("UPDATE payments SET next_check_at = created_at WHERE id = ?", p.ID) // as a callback does
	w.sweep(0)
	if _, err := w.desk.Settle(t.Context(), p.ID, models.CauseOrderPage); err != nil {
		t.Error(err)
	}
	if payAt, err := w.desk.Pay(t.Context(), o, models.PayWith{}); err != nil || payAt.Outcome != payments.Undecided {
		t.Errorf("pay at %q, %v", payAt, err)
	}
	if n := w.calls()["subscribe"]; n != 0 {
		t.Errorf("%d calls", n)
	}
	w.sweep(time.Minute) // the call is over by now
	w.wantStatus(o, models.Paid)
}
