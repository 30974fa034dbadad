package payments_test

import (
	"testing"
	"time"

	"dukani/models"
	"dukani/payments/bog"
)

// Somebody captures the hold in the bank's console: nobody asked for the shares.
func TestAHoldThatIsCapturedWithoutTheShopIsReviewed(t *testing.T) {
	t.Parallel()
	w := sharing(t, bog.CaptureManual)
	o := w.paidShared(models.ByCard)
	w.steer("orders/"+*w.order(o).LastPayment().BankOrderID+"/console", m{"action": "approve"})
	w.askAgain(o)
	w.wantStatus(o, models.Paid)
	w.wantSplit(o, models.SplitNotSent, models.SplitAbsent, 10_00, 3_00)
	w.wantReview(models.ReviewSplitRejected)
}

func TestARejectedSplitIsReviewedAndThePaymentStands(t *testing.T) {
	t.Parallel()
	w := sharing(t, bog.CaptureAutomatic)
	w.steer("settings", m{"loans": true, "split": m{"reject": true}})
	o := w.paidShared(models.ByCard)
	w.wantStatus(o, models.Paid)
	w.wantSplit(o, models.SplitRejected, "", 10_00, 3_00)
	w.wantReview(models.ReviewSplitRejected)
	w.wantSameMoney()
	w.askAgain(o)
	if n := w.number("SELECT count(*) FROM review_items"); n != 1 {
		t.Errorf("%d items about one split", n)
	}
}

// A bank that does not say what became of a split is asked every hour, and after a day staff are.
func TestASplitThatTheBankLeavesAloneIsReviewed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		split m
		after time.Duration
		state models.SplitState
		why   models.SplitWhy
	}{
		"it is not activated, and nobody says so": {m{"activation": "ignored"}, 61 * time.Minute, models.SplitNotSent, models.SplitAbsent},
		"it is never carried out":                 {m{"delay_ms": -1}, 26 * time.Hour, models.SplitProcessing, ""},
		"the method does not carry it after all":  {m{"methods": []string{"google_pay"}}, 26 * time.Hour, models.SplitCreated, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := sharing(t, bog.CaptureAutomatic)
			w.steer("settings", m{"loans": true, "split": c.split})
			o := w.paidShared(models.ByCard)
			w.sweep(time.Minute)
			w.wantReview()
			for passed := time.Duration(0); passed < c.after; passed += time.Hour {
				w.sweep(time.Hour + time.Minute)
			}
			w.wantSplit(o, c.state, c.why, 10_00, 3_00)
			w.wantReview(models.ReviewSplitRejected)
			w.wantStatus(o, models.Paid)
		})
	}
}

// A bank that refuses orders for their split does not stop the shop: from the second try on none is
// sent, until staff have closed the item.
func TestARefusedSplitIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := sharing(t, bog.CaptureAutomatic)
	w.steer("settings", m{"loans": true, "split": m{"activation": "refused"}})
	o := w.placeShared(models.ByCard)
	w.wantStatus(o, models.Declined)
	w.wantSplit(o, models.SplitNotSent, models.SplitRefused, 10_00, 3_00)
	w.wantReview(models.ReviewSplitRejected)
	if _, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{}); err != nil {
		t.Fatal(err)
	}
	w.pay(o, m{})
	w.askAgain(o)
	w.wantStatus(o, models.Paid)
	w.wantSplit(o, models.SplitNotSent, models.SplitRefused, 10_00, 3_00)

	w.steer("settings", m{"loans": true, "split": m{"activation": "active"}})
	w.wantSplit(w.paidShared(models.ByCard), models.SplitNotSent, models.SplitRefused, 10_00, 3_00)
	if err := w.store.ResolveReviewItem(t.Context(), int64(w.number("SELECT id FROM review_items")), "the bank has activated it"); err != nil {
		t.Fatal(err)
	}
	w.wantSplit(w.paidShared(models.ByCard), models.SplitCompleted, "", 10_00, 3_00)
}

// An approve that the bank refuses for its split is requested again without.
func TestARefusedSplitOfACaptureIsLeftOut(t *testing.T) {
	t.Parallel()
	w := sharing(t, bog.CaptureManual)
	w.steer("settings", m{"loans": true, "split": m{"activation": "refused"}})
	o := w.paidShared(models.ByCard)
	c, err := w.desk.Capture(t.Context(), models.CaptureRequest{OrderID: o.ID, All: true})
	if err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Second)
	w.wantStatus(o, models.OnHold)
	w.wantReview(models.ReviewSplitRejected, models.ReviewCaptureRejected)
	if err := w.store.RetryCapture(t.Context(), c.ID, models.Actor{}); err != nil {
		t.Fatal(err)
	}
	w.sweep(time.Second)
	w.sweep(time.Minute)
	w.wantStatus(o, models.Paid)
	w.wantSplit(o, models.SplitNotSent, models.SplitRefused, 10_00, 3_00)
	w.wantReview(models.ReviewSplitRejected)
	w.wantSameMoney()
}
