package models

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"
)

// ReviewKind says why something is in the review queue.
type ReviewKind string

// The kinds of review items. The first group closes by itself when what it is
// about ends; the second is closed by staff.
const (
	ReviewUnknownStatus    ReviewKind = "unknown_status"     // the bank uses a status that this program does not know
	ReviewUnknownAtBank    ReviewKind = "unknown_at_bank"    // the bank does not know an order it gave us
	ReviewChargeUnknown    ReviewKind = "charge_unknown"     // nobody knows whether a saved card was charged
	ReviewUndecided        ReviewKind = "undecided"          // the bank leaves a payment undecided for too long
	ReviewRefundRejected   ReviewKind = "refund_rejected"    // the bank did not give money back
	ReviewRefundUndecided  ReviewKind = "refund_undecided"   // nobody knows for too long whether it does
	ReviewPaidTooLate      ReviewKind = "paid_too_late"      // paid when the units were gone: the money goes back by itself
	ReviewSecondPayment    ReviewKind = "second_payment"     // an order was paid twice
	ReviewCardNotForgotten ReviewKind = "card_not_forgotten" // the bank refuses to forget a saved card
	ReviewNoAccess         ReviewKind = "no_access"          // the bank refuses a call of the shop: payments wait

	ReviewMismatch        ReviewKind = "mismatch"          // the bank's facts are not ours
	ReviewPaidAfterCancel ReviewKind = "paid_after_cancel" // an order that another had replaced was paid
	ReviewUnknownOrder    ReviewKind = "unknown_order"     // a message of the bank is about no order of ours
	ReviewMailNotSent     ReviewKind = "mail_not_sent"     // a mail about an order did not reach its shopper
	ReviewCardKind        ReviewKind = "card_kind"         // the bank saved a card in another way than was agreed
)

// ReviewItem is something that staff must look at, because no rule may decide it.
type ReviewItem struct {
	ID        int64
	Kind      ReviewKind
	Subject   string // what it is about: "payment 7", "bank order …", "card …"
	OrderID   *int64
	PaymentID *int64
	Detail    string
	// Happening tells what is going on still from what happens again: while it
	// is the same, an item that staff have resolved is not raised again. It is the
	// detail unless set.
	Happening  string
	At         time.Time
	ResolvedAt *time.Time // nil: somebody has still to look at it
	Resolution string
	OverAt     *time.Time // when what it is about ended; nil: it goes on

	// What a list shows of the order and the attempt; zero if it is about none.
	OrderNumber string `gorm:"->;-:migration"`
	BankOrderID string `gorm:"->;-:migration"`
	AmountTetri Tetri  `gorm:"->;-:migration"`
}

// OpenReviewItems lists what staff have still to look at, oldest first: at most
// limit items that come after the one with the id after, 0 for the first ones.
func (s *Store) OpenReviewItems(ctx context.Context, after int64, limit int) (items []ReviewItem, err error) {
	err = queryAll(s.Read(ctx), &items, `SELECT r.*, coalesce(o.number, '') AS order_number,
			coalesce(p.bank_order_id, '') AS bank_order_id, coalesce(p.requested_tetri, 0) AS amount_tetri
		FROM review_items r LEFT JOIN orders o ON o.id = r.order_id LEFT JOIN payments p ON p.id = r.payment_id
		WHERE r.resolved_at IS NULL AND r.id > ? ORDER BY r.id LIMIT ?`, after, limit)
	return items, err
}

// Backlog counts what waits for staff and what waits for the bank's word: open
// review items, and payments that are due to be asked about.
func (s *Store) Backlog(ctx context.Context) (review, due int, err error) {
	err = query(s.Read(ctx), []any{&review, &due}, `SELECT (SELECT count(*) FROM review_items WHERE resolved_at IS NULL),
		(SELECT count(*) FROM payments WHERE next_check_at <= ?)`, s.Now())
	return review, due, err
}

// ResolveReviewItem closes an item, with the reason that staff give. It is raised
// again only when the same happens again. Errors: NotFound; Conflict if it is closed
// already; Invalid (field "reason") without a reason.
func (s *Store) ResolveReviewItem(ctx context.Context, id int64, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return &Error{Kind: Invalid, Message: "error.form", Fields: map[string]string{"reason": "review.reason_missing"}}
	}
	return s.inTx(ctx, func(tx *Tx) error {
		var r ReviewItem
		if err := tx.locked().Where("id = ?", id).Take(&r).Error; err != nil {
			return notFound(err, "review.not_found")
		}
		if r.ResolvedAt != nil {
			return &Error{Kind: Conflict, Message: "review.resolved", Err: errors.New(r.Resolution)}
		}
		r.ResolvedAt, r.Resolution = &tx.now, reason
		return tx.save(&r, "ResolvedAt", "Resolution")
	})
}

// reviewPayment puts an attempt into the review queue.
func reviewPayment(tx *Tx, kind ReviewKind, p *Payment, detail string) error {
	return review(tx, ReviewItem{Kind: kind, Subject: paymentSubject(p), OrderID: &p.OrderID, PaymentID: &p.ID, Detail: detail})
}

// review puts something into the review queue, and into the log once that is
// committed. What goes on still is there once, and not raised again after staff have
// resolved it; what has ended and happens again is.
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
	return tx.Create(&r).Error
}

// logReview writes the line that tells staff at once, when tx has been committed.
func logReview(tx *Tx, r ReviewItem) {
	number := ""
	if r.OrderID != nil {
		// Without its number the line is worth writing all the same.
		_ = query(tx.DB, []any{&number}, "SELECT number FROM orders WHERE id = ?", *r.OrderID)
	}
	tx.afterCommit(func() {
		tx.store.Log.Warn("needs review", "kind", r.Kind, "order", number, "about", r.Subject, "detail", r.Detail)
	})
}

// reviewOver notes that what items of these kinds are about has ended, and closes
// those that are still open.
func reviewOver(tx *Tx, subject, how string, kinds ...ReviewKind) error {
	var ongoing int
	if err := query(tx.DB, []any{&ongoing}, "SELECT count(*) FROM review_items WHERE subject = ? AND over_at IS NULL", subject); err != nil || ongoing == 0 {
		return err // as a rule
	}
	ended := tx.Model(&ReviewItem{}).Where("subject = ? AND kind IN ? AND over_at IS NULL", subject, kinds)
	return ended.Updates(map[string]any{
		"over_at":     tx.now,
		"resolution":  gorm.Expr("CASE WHEN resolved_at IS NULL THEN ? ELSE resolution END", "healed: "+how),
		"resolved_at": gorm.Expr("coalesce(resolved_at, ?)", tx.now),
	}).Error
}
