package payments_test

import (
	"testing"
	"time"

	"dukani/models"
)

// A page from before a reorder that was declined leads to that reorder, which says why;
// the press is no new attempt to pay it, with whatever card and at whatever price.
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
			if err != nil || same.ID != o.ID || payAt != "" {
				t.Errorf("led to %v at %q, %v", same, payAt, err)
			}
			if n := len(w.order(o).Payments); n != 1 {
				t.Errorf("%d attempts to pay it", n)
			}
		})
	}
}

// The bank's page that waits for a reorder is found again from a stale page.
func TestAStalePageLeadsBackToTheBanksPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	stale := confirm(w.reorder(w.bought(models.Recurrent, goodCard)), w.card().ID)
	_, first, err := w.desk.Reorder(t.Context(), stale)
	if err != nil || first == "" {
		t.Fatalf("pay at %q, %v", first, err)
	}
	if _, again, err := w.desk.Reorder(t.Context(), stale); err != nil || again != first {
		t.Errorf("pay at %q, %v; want %q", again, err, first)
	}
}

// A callback that is here before the answer, and whoever comes by the bank's way back,
// does not have the charge asked for a second time while the first call is on its way.
func TestNobodyElseMakesACallThatIsOnItsWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people()
	r := w.reorder(w.bought(models.Subscription, goodCard))
	o, _, err := w.store.PlaceReorder(t.Context(), confirm(r, r.OneClick.Card.ID), w.requestOf) // and is in its call
	if err != nil {
		t.Fatal(err)
	}
	p := o.LastPayment()
	w.exec("UPDATE payments SET next_check_at = created_at WHERE id = ?", p.ID) // as a callback does
	w.sweep(0)
	if _, err := w.desk.Settle(t.Context(), p.ID, models.CauseOrderPage); err != nil {
		t.Error(err)
	}
	if payAt, err := w.desk.Pay(t.Context(), o, 0); err != nil || payAt != "" {
		t.Errorf("pay at %q, %v", payAt, err)
	}
	if n := w.calls()["subscribe"]; n != 0 {
		t.Errorf("%d calls", n)
	}
	w.sweep(time.Minute) // nobody is in it any more
	w.wantStatus(o, models.Paid)
}
