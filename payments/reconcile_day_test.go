package payments_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
)

var manager = models.Actor{Email: "manager@example.ge", Address: "127.0.0.1"}

// reconcile runs the reconciliation of today to its end.
func (w *world) reconcile() *models.Reconciliation {
	w.t.Helper()
	run, err := w.store.BeginReconciliation(w.t.Context(), manager, models.DayOf(w.store.Now()), false)
	if err == nil {
		run, err = w.desk.ReconcileDay(w.t.Context(), run)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return run
}

// wantDifference compares the open differences of a run, of which there is one.
func (w *world) wantDifference(run *models.Reconciliation, kind models.DifferenceKind, ours, theirs models.Money) {
	w.t.Helper()
	list, err := w.store.Differences(w.t.Context(), run.ID)
	if err != nil || len(list) != 1 {
		w.t.Fatalf("%d differences, %v; want one", len(list), err)
	}
	d := list[0]
	if d.Kind != kind || (models.Money{Captured: d.OurCaptured, Refunded: d.OurRefunded}) != ours ||
		(models.Money{Captured: d.BankCaptured, Refunded: d.BankRefunded}) != theirs || d.ResolvedAt != nil || d.ReviewID == 0 {
		w.t.Errorf("found %+v, want %s with %v here and %v there", d, kind, ours, theirs)
	}
	if run.Result != models.ReconciliationDiffers || run.Differences != 1 {
		w.t.Errorf("the run is %+v", run)
	}
}

// wantHealed checks that another run finds nothing and that nothing waits for staff.
func (w *world) wantHealed() {
	w.t.Helper()
	if run := w.reconcile(); run.Result != models.ReconciliationAgrees || run.Asked != run.Attempts || run.Unanswered != 0 {
		w.t.Errorf("the next run is %+v", run)
	}
	w.wantReview()
	if n := w.number("SELECT count(*) FROM reconciliation_differences WHERE resolved_at IS NULL"); n != 0 {
		w.t.Errorf("%d differences are open", n)
	}
	w.wantSameLedger()
}

// wantSameLedger is wantSameMoney with the corrections that staff have made.
func (w *world) wantSameLedger() {
	w.t.Helper()
	var bank struct {
		Totals map[string]struct{ Taken, Refunded int }
	}
	w.get("ledger", &bank)
	ours := w.number("SELECT coalesce(sum(CASE WHEN kind LIKE 'captured%' THEN amount_tetri ELSE -amount_tetri END), 0) FROM ledger")
	if theirs := bank.Totals["GEL"]; ours != theirs.Taken-theirs.Refunded {
		w.t.Errorf("the ledger has %d tetri, the bank %d - %d", ours, theirs.Taken, theirs.Refunded)
	}
}

// paidOrder is an order that the shop knows to be paid.
func (w *world) paidOrder() *models.Order {
	w.t.Helper()
	o, _ := w.place()
	w.pay(o, m{"callback": m{"mode": "lost"}})
	w.settle(o)
	w.wantStatus(o, models.Paid)
	return o
}

func TestADayOnWhichAllAgreesIsClean(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.paidOrder()
	unpaid, _ := w.place()
	w.wantStatus(unpaid, models.AwaitingPayment)
	run := w.reconcile()
	if run.Result != models.ReconciliationAgrees || run.Attempts != 2 || run.Asked != 2 || run.Differences != 0 || run.Who != manager.Email {
		t.Errorf("the run is %+v", run)
	}
	last, err := w.store.LastReconciliation(t.Context())
	if err != nil || last == nil || last.ID != run.ID {
		t.Errorf("the last run is %+v, %v", last, err)
	}
	w.wantReview()
}

func TestMoneyThatOnlyTheBankHasIsFoundAndTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.pay(o, m{"callback": m{"mode": "lost"}})
	w.wantDifference(w.reconcile(), models.PaidThere, models.Money{}, models.Money{Captured: 12_50})
	w.wantReview(models.ReviewReconciliation)
	if err := w.desk.AcceptBankReport(t.Context(), manager, w.order(o).LastPayment().ID); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(o, models.Paid)
	w.wantHealed()
}

// Rows of the ledger can get lost, as when a table was restored from yesterday's copy.
func TestALostRowOfTheLedgerIsFoundAndBookedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := w.paidOrder()
	w.exec("DELETE FROM ledger")
	w.wantDifference(w.reconcile(), models.PaidThere, models.Money{}, models.Money{Captured: 12_50})
	if err := w.desk.AcceptBankReport(t.Context(), manager, w.order(o).LastPayment().ID); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(o, models.Paid)
	if n := w.number("SELECT count(*) FROM stock_moves WHERE kind = 'sold'"); n != 1 {
		t.Errorf("the units were sold %d times", n)
	}
	w.wantHealed()
}

func TestMoneyThatOnlyTheLedgerHasStopsTheOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	p := w.order(o).LastPayment()
	r := models.Report{
		PaymentID: p.ID, State: models.PaymentPaid, BankOrderID: *p.BankOrderID, OrderNumber: o.Number, Currency: "GEL",
		Requested: 12_50, Transferred: 12_50, Status: "completed", Raw: []byte("{}"),
	}
	if _, err := w.store.Settle(t.Context(), r); err != nil { // the shop believes it, the bank knows nothing of it
		t.Fatal(err)
	}
	w.wantStatus(o, models.Paid)
	w.wantDifference(w.reconcile(), models.PaidHere, models.Money{Captured: 12_50}, models.Money{})
	agrees, err := w.desk.AskAboutDifference(t.Context(), manager, p.ID)
	if err != nil || agrees {
		t.Fatalf("asked again: %t, %v", agrees, err)
	}
	w.wantStatus(o, models.Review)
	w.wantReview(models.ReviewReconciliation, models.ReviewMismatch)
	if err := w.desk.AcceptBankReport(t.Context(), manager, p.ID); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(o, models.Cancelled)
	if n := w.number("SELECT on_hand FROM stock"); n != 10 {
		t.Errorf("%d units on hand, want all 10 back", n)
	}
	w.wantHealed()
}

func TestOtherAmountsAreFoundAndBooked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plant  func(w *world, o *models.Order)
		ours   models.Money
		theirs models.Money
		after  models.OrderStatus
	}{
		"refunded at the bank's console": {
			func(w *world, o *models.Order) {
				w.steer("orders/"+*w.order(o).LastPayment().BankOrderID+"/plan", m{"callback": m{"mode": "lost"}})
				w.steer("orders/"+*w.order(o).LastPayment().BankOrderID+"/console", m{"action": "refund", "amount_minor": 5_00})
			},
			models.Money{Captured: 12_50}, models.Money{Captured: 12_50, Refunded: 5_00}, models.PartlyRefunded,
		},
		"the ledger has too little": {
			func(w *world, _ *models.Order) { w.exec("UPDATE ledger SET amount_tetri = 1000") },
			models.Money{Captured: 10_00}, models.Money{Captured: 12_50}, models.Paid,
		},
		"the ledger has a refund that never was": {
			func(w *world, _ *models.Order) {
				w.exec("INSERT INTO ledger (order_id, payment_id, at, kind, amount_tetri) SELECT order_id, payment_id, at, 'refunded', 300 FROM ledger")
			},
			models.Money{Captured: 12_50, Refunded: 3_00}, models.Money{Captured: 12_50}, models.Paid,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o := w.paidOrder()
			c.plant(w, o)
			w.wantDifference(w.reconcile(), models.OtherAmounts, c.ours, c.theirs)
			if err := w.desk.AcceptBankReport(t.Context(), manager, w.order(o).LastPayment().ID); err != nil {
				t.Fatal(err)
			}
			w.wantStatus(o, c.after)
			w.wantHealed()
		})
	}
}

func TestARunEndsIncompleteWhenTheBankIsOutOfReach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.newDesk(bog.Simulator(w.bankURL), payments.Config{CallTime: 40 * time.Second, ReconcilePause: time.Millisecond})
	for range 4 {
		w.paidOrder()
	}
	w.steer("faults", m{"kind": "500_before", "route": "receipt"})
	run, err := w.store.BeginReconciliation(t.Context(), manager, models.DayOf(w.store.Now()), false)
	if err != nil {
		t.Fatal(err)
	}
	if run, err = w.desk.ReconcileDay(t.Context(), run); !errors.Is(err, payments.ErrBankSilent) || run.Result != models.ReconciliationIncomplete {
		t.Errorf("the run is %+v, %v", run, err)
	}
	asked := w.requests("receipt")
	if run, err = w.store.BeginReconciliation(t.Context(), manager, models.DayOf(w.store.Now()), false); err != nil {
		t.Fatal(err)
	}
	if _, err = w.desk.ReconcileDay(t.Context(), run); !errors.Is(err, payments.ErrBankSilent) {
		t.Errorf("while the bank is out of reach: %v", err)
	}
	if n := w.requests("receipt"); asked == 0 || n != asked {
		t.Errorf("the bank was asked %d times, and %d times more while it is out of reach", asked, n-asked)
	}
}

func TestOneRunOfADayAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	today := models.DayOf(w.store.Now())
	if _, err := w.store.BeginReconciliation(t.Context(), manager, today, false); err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.BeginReconciliation(t.Context(), manager, today, false); !models.IsKind(err, models.Conflict) {
		t.Errorf("a second run beside it: %v", err)
	}
	if _, err := w.store.BeginReconciliation(t.Context(), manager, today.Add(-1), false); err != nil {
		t.Errorf("a run of another day: %v", err)
	}
	w.offset.Add(int64(time.Hour)) // whoever began it has gone
	if _, err := w.store.BeginReconciliation(t.Context(), manager, today, false); err != nil {
		t.Errorf("a run after one that was abandoned: %v", err)
	}
	if _, err := w.store.BeginReconciliation(t.Context(), manager, today.Add(2), false); !models.IsKind(err, models.Invalid) {
		t.Errorf("a day that has not come: %v", err)
	}
}

func TestTheNightlyRunBeginsOnceAndAfterThree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	today := models.DayOf(w.store.Now()).Add(1)
	at := func(hour time.Duration) {
		w.offset.Store(int64(time.Until(today.Start().Add(hour * time.Hour))))
		if err := w.store.BeginNightly(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		hour time.Duration
		runs int
	}{{1, 0}, {4, 1}, {5, 1}, {28, 2}} {
		at(c.hour)
		if n := w.number("SELECT count(*) FROM reconciliations WHERE who = 'nightly'"); n != c.runs {
			t.Errorf("at %d: %d runs, want %d", c.hour, n, c.runs)
		}
	}
}

// requests counts the calls of a kind that the bank has had.
func (w *world) requests(path string) (n int) {
	w.t.Helper()
	var list []struct{ Path string }
	w.get("requests", &list)
	for _, r := range list {
		if strings.Contains(r.Path, "/"+path+"/") {
			n++
		}
	}
	return n
}
