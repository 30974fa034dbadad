package handlers_test

import (
	"strings"
	"testing"
	"time"

	"dukani/models"
)

// The bank is dead for ten minutes of the shop's clock: at every moment of them the pages are there and the
// orders' pages say why nobody can pay, the worker goes on trying without besieging the bank, and
// everybody can pay after the first call that is answered, who ordered at the beginning and at the end.
func TestABankThatIsDeadForTenMinutes(t *testing.T) {
	t.Parallel()
	w := newOutageTill(t, "")
	w.bankIs(says(503, "text/html", "<html>Service unavailable</html>"))
	const outage, sweepEvery = 10 * time.Minute, 5 * time.Second // as payments.PeriodicJobs has it
	var waiting []string
	for past := time.Duration(0); past < outage; past += sweepEvery {
		if past%(2*time.Minute) == 0 || past == outage-sweepEvery {
			v := w.visitor()
			waiting = append(waiting, w.orders(v))
			wantOutage(t, v.open(waiting[len(waiting)-1]), "bank-silent")
		}
		if _, err := w.desk.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, page := range waiting {
			if now := w.visitor().status(page); now != (told{Status: string(models.AwaitingPayment), Bank: "bank-silent"}) {
				t.Fatalf("after %s: told %+v", past, now)
			}
		}
		w.visitor().open("/ka/c/wine")
		w.later(sweepEvery)
	}
	// A call is tried twice, and the token before it.
	if calls, most := w.calls.Load(), int64(4*outage/sweepEvery); calls > most || calls < int64(outage/time.Minute) {
		t.Errorf("the bank was called %d times in %s, want up to %d", calls, outage, most)
	}
	w.bankIs(nil)
	for range 3 { // one order's call finds out that the bank is back, the next sweep opens the others
		w.later(sweepEvery)
		if _, err := w.desk.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, page := range waiting {
		if now := w.visitor().status(page); now.Status != string(models.AwaitingPayment) || now.Bank != "" || !strings.Contains(now.Pay, "order_id=") {
			t.Errorf("the bank is back: told %+v", now)
		}
	}
}
