package models_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"dukani/models"
	"dukani/models/storetest"
)

// wantReview compares the open items of the review queue.
func (s *shop) wantReview(want ...models.ReviewKind) {
	s.t.Helper()
	list, err := s.OpenReviewItems(s.t.Context(), 0, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	var got []models.ReviewKind
	for _, r := range list {
		got = append(got, r.Kind)
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("the review queue has %q, want %q", got, want)
	}
}

func (s *shop) resolve(reason string) {
	s.t.Helper()
	list, err := s.OpenReviewItems(s.t.Context(), 0, 2)
	if err != nil || len(list) != 1 {
		s.t.Fatalf("%d open items, %v; want one", len(list), err)
	}
	if err := s.ResolveReviewItem(s.t.Context(), list[0].ID, reason); err != nil {
		s.t.Fatal(err)
	}
}

// An odd answer is followed by a good one a second later.
func TestOddAnswersHealByThemselves(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	p := o.LastPayment()
	s.settle(report(o, p, ""))
	s.wantReview(models.ReviewUnknownStatus)
	s.settle(report(o, p, models.PaymentOpen))
	s.wantReview()
	if how := s.text("SELECT resolution FROM review_items"); how != "healed: the bank says verbatim open" {
		t.Errorf("resolved with %q", how)
	}
	if err := s.LostAtBank(t.Context(), p.ID, "not found"); err != nil {
		t.Fatal(err)
	}
	s.wantReview(models.ReviewUnknownAtBank)
	s.settle(report(o, p, models.PaymentPaid))
	s.wantReview()
	s.wantStatus(o.ID, models.Paid)
}

// An item that staff have resolved stays resolved while its matter goes on; when the same
// happens anew there is a new item.
func TestResolvedItemsComeUpAgainOnlyWhenItHappensAgain(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	odd, good := report(o, o.LastPayment(), ""), report(o, o.LastPayment(), models.PaymentOpen)
	s.settle(odd)
	s.resolve("asked the bank: it is new, and harmless")
	for range 3 {
		s.settle(odd)
	}
	s.wantReview() // it goes on still
	s.settle(good)
	s.settle(odd)
	s.wantReview(models.ReviewUnknownStatus) // it has happened anew
	s.resolve("harmless still")
	odd.Status = "another unknown one"
	s.settle(odd)
	s.wantReview(models.ReviewUnknownStatus) // that is something else
	if n := s.number("SELECT count(*) FROM review_items"); n != 3 {
		t.Errorf("%d items in all, want 3", n)
	}
}

func TestResolvingWantsAReasonAndWorksOnce(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	s.settle(report(o, o.LastPayment(), ""))
	if err := s.ResolveReviewItem(t.Context(), 1, " \n"); !models.IsKind(err, models.Invalid) {
		t.Errorf("without a reason: %v", err)
	}
	s.wantReview(models.ReviewUnknownStatus)
	if err := s.ResolveReviewItem(t.Context(), 1, " seen "); err != nil {
		t.Fatal(err)
	}
	if err := s.ResolveReviewItem(t.Context(), 1, "again"); !models.IsKind(err, models.Conflict) {
		t.Errorf("a second time: %v", err)
	}
	if err := s.ResolveReviewItem(t.Context(), 99, "x"); !models.IsKind(err, models.NotFound) {
		t.Errorf("an item that is not there: %v", err)
	}
	if why := s.text("SELECT resolution FROM review_items"); why != "seen" {
		t.Errorf("resolved with %q", why)
	}
}

// Each item is logged once, at once and with the order's number, unless its transaction is
// rolled back.
func TestAReviewItemIsLoggedOnceCommitted(t *testing.T) {
	t.Parallel()
	s, o := ordered(t)
	var log bytes.Buffer
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	mend := storetest.Break(t, s.raw, "BEFORE UPDATE OF next_check_at", "payments", "true")
	if _, err := s.Settle(t.Context(), report(o, o.LastPayment(), "")); err == nil {
		t.Fatal("settled")
	}
	if log.Len() > 0 {
		t.Errorf("logged what was not committed: %s", &log)
	}
	mend()
	for range 3 {
		s.settle(report(o, o.LastPayment(), ""))
	}
	line := log.String()
	if strings.Count(line, "\n") != 1 || !strings.Contains(line, "level=WARN") || !strings.Contains(line, "kind=unknown_status") || !strings.Contains(line, "order="+o.Number) {
		t.Errorf("logged %q", line)
	}
}

// A message that nobody knows: each new one is an item, its repetition is not.
func TestEachStrangeMessageIsReviewedOnce(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	tell := func(body string) {
		t.Helper()
		c := models.Callback{Body: []byte(body), BankOrderID: "b9", OrderNumber: "D-9"}
		if err := s.StoreCallback(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	tell("one")
	s.wantReview(models.ReviewUnknownOrder)
	s.resolve("another shop's")
	tell("one")
	s.wantReview()
	tell("two")
	s.wantReview(models.ReviewUnknownOrder)
}

func TestTheQueueIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	const n = 250
	for i := range n {
		c := models.Callback{Body: fmt.Append(nil, i), BankOrderID: fmt.Sprint("b", i), OrderNumber: "D-9"}
		if err := s.StoreCallback(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	seen, after := 0, int64(0)
	for {
		list, err := s.OpenReviewItems(t.Context(), after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			break
		}
		seen += len(list)
		after = list[len(list)-1].ID
	}
	if review, _, err := s.Backlog(t.Context()); err != nil || seen != n || review != n {
		t.Errorf("%d listed, %d counted, %v; want %d", seen, review, err, n)
	}
}
