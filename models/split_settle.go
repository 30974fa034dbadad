package models

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// SplitReport is how a receipt says that the money was shared.
type SplitReport struct {
	State  SplitState // "" if the bank's status is not known to us
	Shares []ReportedShare
}

// ReportedShare is one line of it.
type ReportedShare struct {
	IBAN   string
	Amount Tetri      // 0 if the receipt has none, such as for a percentage
	State  SplitState // "" if it is not said, or not known to us
}

const (
	splitCheck    = time.Hour // when the bank is asked again about a split that it has not carried out
	splitStuckFor = day       // how long it may take before staff are to look at it
)

// settleSplit brings the split of an attempt to what the receipt says. What the bank does not carry
// out goes to the review queue; the payment itself is not touched.
func settleSplit(tx *Tx, p *Payment, r Report) error {
	splits, err := splitsWhere(tx.DB, "payment_id = ?", p.ID)
	if err != nil || len(splits) == 0 {
		return err
	}
	s := &splits[0]
	was := *s
	was.Shares = slices.Clone(s.Shares)
	if p.State.captured() && s.TakenAt == nil {
		s.TakenAt, s.OfTetri = &tx.now, p.CapturedTetri // which a discount makes less than was asked
	}
	differs := ""
	switch {
	case slices.Contains([]PaymentState{PaymentReleased, PaymentDeclined, PaymentExpired, PaymentRefused}, p.State):
		if s.State != SplitNotSent { // whatever the bank calls it, there is nothing to share
			s.set(SplitCanceled)
		}
	case r.Split != nil:
		differs = s.follow(*r.Split)
	case p.State.captured() && (s.State == SplitPlanned || s.State == SplitSent && tx.now.Sub(*s.TakenAt) >= splitCheck):
		s.notSent(SplitAbsent) // captured without the shop, or the bank has passed it over
	}
	if err := saveSplit(tx, &was, s, r.Cause); err != nil || !p.State.captured() {
		return err
	}
	return reviewSplit(tx, p, s, differs)
}

// follow copies what the bank reports, and names what in it contradicts what it was asked for.
func (s *Split) follow(r SplitReport) (differs string) {
	if s.State == SplitNotSent && s.Why != SplitAbsent {
		return fmt.Sprintf("the bank shares the payment among %d, we did not ask for that", len(r.Shares))
	}
	s.State = cmp.Or(r.State, s.State)
	if s.Why == SplitAbsent && r.State != "" {
		s.Why = SplitFine
	}
	var all []string
	if len(r.Shares) != len(s.Shares) {
		all = append(all, contradiction("number of shares", fmt.Sprint(len(r.Shares)), fmt.Sprint(len(s.Shares))))
	}
	for i := range s.Shares {
		share := &s.Shares[i]
		at := slices.IndexFunc(r.Shares, func(x ReportedShare) bool { return x.IBAN == share.IBAN })
		if at < 0 {
			all = append(all, contradiction("share", "none", share.NameEn+" "+share.AmountTetri.String()))
			continue
		}
		if has := r.Shares[at].Amount; has != share.AmountTetri {
			all = append(all, contradiction("share of "+cmp.Or(share.NameEn, share.NameKa), has.String(), share.AmountTetri.String()))
		}
		share.State = cmp.Or(r.Shares[at].State, s.State)
	}
	return strings.Join(all, "; ")
}

// saveSplit stores what has changed, with a line in the journal for each change of state.
func saveSplit(tx *Tx, was, s *Split, cause Cause) error {
	changed := was.State != s.State || was.Why != s.Why || (was.TakenAt == nil) != (s.TakenAt == nil)
	for i := range s.Shares {
		if was.Shares[i].State == s.Shares[i].State {
			continue
		}
		changed = true
		if err := tx.exec("UPDATE split_shares SET state = ? WHERE split_id = ? AND position = ?", s.Shares[i].State, s.ID, s.Shares[i].Position); err != nil {
			return err
		}
	}
	if !changed {
		return nil
	}
	s.UpdatedAt = tx.now
	if err := tx.save(s, "State", "Why", "OfTetri", "TakenAt", "UpdatedAt"); err != nil || was.State == s.State {
		return err
	}
	return journal(tx, Event{PaymentID: &s.PaymentID, At: tx.now, Kind: EventSplit, Cause: cause, Verdict: string(was.State) + " to " + string(s.State)})
}

// reviewSplit puts a split of captured money that the bank does not carry out as it was asked into
// the review queue, and closes that item once it has.
func reviewSplit(tx *Tx, p *Payment, s *Split, differs string) error {
	bad := func(state SplitState) bool { return state == SplitRejected || state == SplitCanceled }
	detail := differs
	switch {
	case bad(s.State) || slices.ContainsFunc(s.Shares, func(x Share) bool { return bad(x.State) }):
		detail = s.words()
	case detail != "":
	case s.Why == SplitAbsent:
		detail = "the receipt has no split; " + s.words()
	case s.underWay() && tx.now.Sub(*s.TakenAt) >= splitStuckFor:
		detail = "not carried out since " + s.TakenAt.UTC().Format(time.DateTime) + "; " + s.words()
	case s.State == SplitCompleted:
		return reviewOver(tx, paymentSubject(p), "the bank has shared the money", ReviewSplitRejected)
	}
	if detail == "" {
		return nil
	}
	return reviewPayment(tx, ReviewSplitRejected, p, detail)
}

// words lists the shares with their accounts, as the detail of a review item.
func (s *Split) words() string {
	var all []string
	for _, x := range s.Shares {
		all = append(all, fmt.Sprintf("%s %s %s", cmp.Or(x.NameEn, x.NameKa), x.AmountTetri, x.State))
	}
	return strings.Join(all, ", ")
}

// underWay reports whether the bank may still carry the split out.
func (s *Split) underWay() bool {
	return s.State == SplitSent || s.State == SplitCreated || s.State == SplitProcessing
}

// checkSplit has the bank asked again soon about captured money that it has not shared yet, for as
// long as that is not with staff.
func checkSplit(tx *Tx, p *Payment) error {
	if !p.State.captured() {
		return nil
	}
	splits, err := splitsWhere(tx.DB, "payment_id = ?", p.ID)
	if err != nil || len(splits) == 0 {
		return err
	}
	s, soon := &splits[0], tx.now.Add(splitCheck)
	if !s.underWay() || s.TakenAt == nil || tx.now.Sub(*s.TakenAt) >= splitStuckFor || p.NextCheckAt != nil && p.NextCheckAt.Before(soon) {
		return nil
	}
	return checkAt(tx, p, &soon)
}

// splitSubject is what an item is about that stops the shop from sending splits.
const splitSubject = "split"

// SplitRefused notes that the bank refused a request because of its split. While the item about it
// is open the shop sends none: an order must not remain unpaid for the sake of the shares.
func (s *Store) SplitRefused(ctx context.Context, paymentID int64, why string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		p, _, err := tx.lockPayment(paymentID)
		if err != nil {
			return err
		}
		splits, err := splitsWhere(tx.DB, "payment_id = ?", p.ID)
		if err != nil || len(splits) == 0 || splits[0].State == SplitNotSent {
			return err
		}
		was := splits[0]
		was.Shares = slices.Clone(was.Shares)
		splits[0].notSent(SplitRefused)
		if err := saveSplit(tx, &was, &splits[0], Cause(why)); err != nil {
			return err
		}
		return review(tx, ReviewItem{Kind: ReviewSplitRejected, Subject: splitSubject, Detail: why, Happening: "refused " + tx.now.Format(time.RFC3339Nano)})
	})
}
