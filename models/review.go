package models

import (
	"cmp"
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
)

// ReviewKind says why something is in the review queue.
type ReviewKind string

// The kinds of review items. Those of the first group close by themselves when their matter
// ends; those of the second are closed by staff.
const (
	ReviewUnknownStatus    ReviewKind = "unknown_status"     // the bank uses a status that this program does not know
	ReviewUnknownAtBank    ReviewKind = "unknown_at_bank"    // the bank does not know an order it gave us
	ReviewChargeUnknown    ReviewKind = "charge_unknown"     // nobody knows whether a saved card was charged
	ReviewUndecided        ReviewKind = "undecided"          // the bank leaves a payment undecided for too long
	ReviewRefundRejected   ReviewKind = "refund_rejected"    // the bank rejected a refund
	ReviewRefundUndecided  ReviewKind = "refund_undecided"   // the bank leaves a refund undecided for too long
	ReviewCaptureRejected  ReviewKind = "capture_rejected"   // the bank rejected the capture or the release of a hold
	ReviewCaptureUndecided ReviewKind = "capture_undecided"  // the bank leaves either undecided for too long
	ReviewHoldExpiring     ReviewKind = "hold_expiring"      // a hold is about to be released by the bank
	ReviewPaidTooLate      ReviewKind = "paid_too_late"      // paid when the units were gone: the shop refunds it by itself
	ReviewSecondPayment    ReviewKind = "second_payment"     // an order was paid twice
	ReviewCardNotForgotten ReviewKind = "card_not_forgotten" // the bank refuses to forget a saved card
	ReviewNoAccess         ReviewKind = "no_access"          // the bank refuses a call of the shop: payments wait
	ReviewReturnOverdue    ReviewKind = "return_overdue"     // the money of a return should have gone back
	ReviewRefundByHand     ReviewKind = "refund_by_hand"     // staff refund by hand at the bank what it does not refund at the shop's request
	ReviewMethodOff        ReviewKind = "method_off"         // the bank refuses a way to pay: it is not offered any more
	ReviewSplitRejected    ReviewKind = "split_rejected"     // the bank does not give makers their shares

	ReviewMismatch        ReviewKind = "mismatch"          // the bank's facts differ from ours
	ReviewPaidAfterCancel ReviewKind = "paid_after_cancel" // an order was paid after another had replaced it, or after it was cancelled
	ReviewUnknownOrder    ReviewKind = "unknown_order"     // a message of the bank is about no order of ours
	ReviewMailNotSent     ReviewKind = "mail_not_sent"     // a mail about an order did not reach its shopper
	ReviewCardKind        ReviewKind = "card_kind"         // the bank saved a card in another way than the shopper agreed to

	ReviewReconciliation ReviewKind = "reconciliation_difference" // a reconciliation found that our ledger differs from the bank's
)

// ReviewItem is something that staff must look at, because no rule may decide it.
type ReviewItem struct {
	ID        int64
	Kind      ReviewKind
	Subject   string // what it is about: "payment 7", "bank order …", "card …"
	OrderID   *int64
	PaymentID *int64
	Detail    string
	// Happening tells whether a matter only goes on or happens anew: while it stays
	// the same, an item that staff have resolved is not opened again. If it is not
	// set, the detail is used.
	Happening  string
	At         time.Time
	ResolvedAt *time.Time // nil: it is open
	Resolution string
	ResolvedBy *int64     // nil: by itself, or from the command line
	OverAt     *time.Time // when its matter ended; nil: it goes on
	ToldAt     *time.Time // when staff were mailed about it; nil: they were not yet

	// What a list shows of the order and the attempt; zero if there is none.
	OrderNumber string `gorm:"->;-:migration"`
	BankOrderID string `gorm:"->;-:migration"`
	AmountTetri Tetri  `gorm:"->;-:migration"`
	// ResolvedName is who resolved it; "" if nobody did, or from the command line.
	ResolvedName string `gorm:"->;-:migration"`
}

// OpenReviewItems lists the open items, oldest first: at most limit of those that come after
// the item with the id after.
func (s *Store) OpenReviewItems(ctx context.Context, after int64, limit int) (items []ReviewItem, err error) {
	err = queryAll(s.Read(ctx), &items, listedItems+"WHERE r.resolved_at IS NULL AND r.id > ? ORDER BY r.id LIMIT ?", after, limit)
	return items, err
}

// listedItems selects items with what a list shows of them.
const listedItems = `SELECT r.*, coalesce(o.number, '') AS order_number, coalesce(p.bank_order_id, '') AS bank_order_id,
		coalesce(p.requested_tetri, 0) AS amount_tetri, coalesce(s.name, '') AS resolved_name
	FROM review_items r LEFT JOIN orders o ON o.id = r.order_id LEFT JOIN payments p ON p.id = r.payment_id
	LEFT JOIN staff s ON s.id = r.resolved_by `

// Backlog counts what waits for staff and what waits for the bank: open review items, and
// payments that are due for a check.
func (s *Store) Backlog(ctx context.Context) (review, due int, err error) {
	err = query(s.Read(ctx), []any{&review, &due}, `SELECT (SELECT count(*) FROM review_items WHERE resolved_at IS NULL),
		(SELECT count(*) FROM payments WHERE next_check_at <= ?)`, s.Now())
	return review, due, err
}

// ResolveReviewItem closes an item from the command line, with the reason that staff give. It is
// opened again only when the same happens anew. Errors: NotFound; Conflict if it is closed
// already; Invalid (field "reason") without a reason.
func (s *Store) ResolveReviewItem(ctx context.Context, id int64, reason string) error {
	return s.Resolve(ctx, commandLine, id, ReviewAnswer{Way: WayClose, Reason: reason})
}

// commandLine is who acts when staff use the program's commands.
var commandLine = Actor{Email: "command line"}

// reviewPayment puts an attempt into the review queue. happening becomes ReviewItem.Happening; it
// is needed where the detail alone does not tell one occasion from the next.
func reviewPayment(tx *Tx, kind ReviewKind, p *Payment, detail string, happening ...string) error {
	return review(tx, ReviewItem{
		Kind: kind, Subject: paymentSubject(p), OrderID: &p.OrderID, PaymentID: &p.ID, Detail: detail, Happening: strings.Join(happening, " "),
	})
}

// review puts an item into the review queue, and into the log once that is committed. A matter
// that goes on has one item, which is not opened again after staff have resolved it; a
// matter that happens anew gets a new one.
func review(tx *Tx, r ReviewItem) error {
	r.Happening, r.At = cmp.Or(r.Happening, r.Detail), tx.now
	if err := tx.lockSubject("review of " + r.Subject); err != nil {
		return err
	}
	var was []ReviewItem // one at most
	if err := tx.Where("subject = ? AND kind = ? AND over_at IS NULL", r.Subject, r.Kind).Find(&was).Error; err != nil {
		return err
	}
	switch {
	case len(was) == 0:
	case was[0].Happening == r.Happening:
		return nil
	case was[0].ResolvedAt != nil:
		was[0].OverAt = &tx.now
		if err := tx.save(&was[0], "OverAt"); err != nil {
			return err
		}
	default:
		r.ID = was[0].ID
		logReview(tx, r)
		return tx.save(&r, "Detail", "Happening")
	}
	logReview(tx, r)
	if err := tx.Create(&r).Error; err != nil || !r.Kind.Urgent() {
		return err
	}
	return enqueue(tx, ReviewMailJob{})
}

// logReview logs an item once tx is committed, so that staff learn of it at once.
func logReview(tx *Tx, r ReviewItem) {
	number := ""
	if r.OrderID != nil {
		// Without the number the line is still worth writing.
		_ = query(tx.DB, []any{&number}, "SELECT number FROM orders WHERE id = ?", *r.OrderID)
	}
	tx.afterCommit(func() {
		tx.store.Log.Warn("needs review", "kind", r.Kind, "order", number, "about", r.Subject, "detail", r.Detail)
	})
}

// reviewOver notes that the matter of the items of these kinds has ended, and closes those
// that are open.
func reviewOver(tx *Tx, subject, how string, kinds ...ReviewKind) error {
	var ongoing int
	if err := query(tx.DB, []any{&ongoing}, "SELECT count(*) FROM review_items WHERE subject = ? AND over_at IS NULL", subject); err != nil || ongoing == 0 {
		return err // there is none, as a rule
	}
	ended := tx.Model(&ReviewItem{}).Where("subject = ? AND kind IN ? AND over_at IS NULL", subject, kinds)
	return ended.Updates(map[string]any{
		"over_at":     tx.now,
		"resolution":  gorm.Expr("CASE WHEN resolved_at IS NULL THEN ? ELSE resolution END", "healed: "+how),
		"resolved_at": gorm.Expr("coalesce(resolved_at, ?)", tx.now),
	}).Error
}

// OpenNoAccess opens a review item about a call that the bank does not let the shop make, and
// reports whether there was none yet.
func (s *Store) OpenNoAccess(ctx context.Context, call, why string) (isNew bool, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		if err := tx.lockSubject("review of " + callSubject(call)); err != nil {
			return err
		}
		var ongoing int
		if err := query(tx.DB, []any{&ongoing}, "SELECT count(*) FROM review_items WHERE kind = ? AND subject = ? AND over_at IS NULL",
			ReviewNoAccess, callSubject(call)); err != nil || ongoing > 0 {
			return err
		}
		isNew = true
		return review(tx, ReviewItem{Kind: ReviewNoAccess, Subject: callSubject(call), Detail: why})
	})
	return isNew, err
}

// CloseNoAccess closes the item of OpenNoAccess: the bank takes the call again.
func (s *Store) CloseNoAccess(ctx context.Context, call string) error {
	return s.inTx(ctx, func(tx *Tx) error {
		return reviewOver(tx, callSubject(call), "the bank takes the call", ReviewNoAccess)
	})
}

func callSubject(call string) string { return "bank call " + call }
