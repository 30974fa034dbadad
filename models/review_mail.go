package models

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MailReview is the mail to staff about what is new in the review queue.
const MailReview MailKind = "review"

// urgentReviews are the kinds that staff are mailed about at once: money, or nobody can pay.
// Only managers can do something about most of them, so only managers get these mails.
var urgentReviews = []ReviewKind{
	ReviewChargeUnknown, ReviewRefundRejected, ReviewSecondPayment, ReviewNoAccess, ReviewMismatch, ReviewPaidAfterCancel, ReviewUnknownOrder,
	ReviewReconciliation, ReviewHoldExpiring, ReviewCaptureRejected, ReviewRefundByHand,
}

// Urgent reports whether staff are mailed about an item of this kind at once.
func (k ReviewKind) Urgent() bool { return slices.Contains(urgentReviews, k) }

const (
	// reviewBundle is the pause between two mails about what is not urgent.
	reviewBundle = 15 * time.Minute
	// reviewListed is how many items one mail lists; it counts the others.
	reviewListed = 20
)

// MailReviewItems mails staff about the open items that they have not been mailed about: the
// urgent ones at once, the others together, once in a quarter of an hour. A member of staff
// who may do nothing about an item gets no mail about it.
func (s *Store) MailReviewItems(ctx context.Context) error {
	return s.inTx(ctx, func(tx *Tx) error {
		if err := tx.lockSubject("mails about the review queue"); err != nil {
			return err
		}
		if err := tx.exec("UPDATE review_items SET told_at = ? WHERE told_at IS NULL AND resolved_at IS NOT NULL", tx.now); err != nil {
			return err
		}
		var news []ReviewItem
		if err := tx.Where("told_at IS NULL").Order("id").Find(&news).Error; err != nil || len(news) == 0 {
			return err
		}
		var recent bool
		if err := query(tx.DB, []any{&recent}, "SELECT EXISTS (SELECT 1 FROM mails WHERE kind = ? AND about LIKE '%+%' AND created_at > ?)",
			MailReview, tx.now.Add(-reviewBundle)); err != nil {
			return err
		}
		if recent {
			news = slices.DeleteFunc(news, func(r ReviewItem) bool { return !r.Kind.Urgent() })
		}
		return mailStaffAbout(tx, news)
	})
}

// mailStaffAbout mails each member of staff about those of the items that are for them.
func mailStaffAbout(tx *Tx, news []ReviewItem) error {
	var staff []Staff
	if err := tx.Where("disabled_at IS NULL AND role <> ?", RoleViewer).Order("id").Find(&staff).Error; err != nil {
		return err
	}
	for _, who := range staff {
		var ids []string
		bundled := false
		for _, r := range news {
			if r.Kind.Urgent() && !who.Role.Includes(RoleManager) {
				continue
			}
			bundled = bundled || !r.Kind.Urgent()
			ids = append(ids, strconv.FormatInt(r.ID, 10))
		}
		if len(ids) == 0 {
			continue
		}
		about := strconv.Itoa(len(ids)) + ": " + strings.Join(ids[:min(len(ids), reviewListed)], " ")
		if bundled {
			about += " +"
		}
		if err := storeMail(tx, &Mail{StaffID: &who.ID, Kind: MailReview, About: about, Lang: who.Lang, Recipient: who.Email, CreatedAt: tx.now}); err != nil {
			return err
		}
	}
	for _, r := range news {
		r.ToldAt = &tx.now
		if err := tx.save(&r, "ToldAt"); err != nil {
			return err
		}
	}
	return nil
}

// ReviewItemsOf returns the items that a mail of the kind MailReview lists, and how many it is
// about in all.
func (s *Store) ReviewItemsOf(ctx context.Context, m *Mail) (items []ReviewItem, inAll int, err error) {
	count, list, _ := strings.Cut(m.About, ": ")
	if inAll, err = strconv.Atoi(count); err != nil {
		return nil, 0, fmt.Errorf("mail %d is about %q: %w", m.ID, m.About, err)
	}
	ids := strings.Fields(strings.TrimSuffix(list, "+"))
	err = queryAll(s.Read(ctx), &items, listedItems+"WHERE r.id IN ? ORDER BY r.id", ids)
	return items, inAll, err
}

// ReviewGauge is how many items of a kind are open, and since when the oldest.
type ReviewGauge struct {
	Kind   ReviewKind
	Open   int
	Oldest time.Time
}

// ReviewGauges counts the open items by kind. Kinds of which none is open are left out.
func (s *Store) ReviewGauges(ctx context.Context) (list []ReviewGauge, err error) {
	err = queryAll(s.Read(ctx), &list, `SELECT r.kind, n.open, r.at AS oldest FROM review_items r
		JOIN (SELECT min(id) AS first, count(*) AS open FROM review_items WHERE resolved_at IS NULL GROUP BY kind) n ON n.first = r.id
		ORDER BY r.kind`)
	return list, err
}
