package models

import (
	"context"
	"errors"
	"strings"

	"gorm.io/gorm"
)

// reviewMatter loads a review item with everything that it is about.
func reviewMatter(db *gorm.DB, id int64) (*ReviewMatter, error) {
	var items []ReviewItem
	if err := queryAll(db, &items, listedItems+"WHERE r.id = ?", id); err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, &Error{Kind: NotFound, Code: CodeReviewNotFound, Err: errors.New("no such item")}
	}
	m := &ReviewMatter{ReviewItem: items[0]}
	if m.OrderID != nil {
		o, err := loadOrder(db, "id = ?", *m.OrderID)
		if err != nil {
			return nil, err
		}
		m.Order = o
		for i := range o.Payments {
			if m.PaymentID != nil && o.Payments[i].ID == *m.PaymentID {
				m.Payment = &o.Payments[i]
			}
		}
	}
	if m.Payment != nil {
		if err := m.loadMoney(db); err != nil {
			return nil, err
		}
	}
	return m, m.loadSubject(db)
}

// loadMoney loads what belongs to the attempt.
func (m *ReviewMatter) loadMoney(db *gorm.DB) (err error) {
	if m.Ledger, err = booked(db, m.Payment.ID); err != nil {
		return err
	}
	var receipts []Event
	if err := db.Where("payment_id = ? AND kind = ?", m.Payment.ID, EventReceipt).Order("id DESC").Limit(1).Find(&receipts).Error; err != nil {
		return err
	}
	if len(receipts) > 0 {
		m.Receipt = &receipts[0]
	}
	var refunds []Refund
	if err := db.Where("payment_id = ?", m.Payment.ID).Order("state = 'rejected' DESC, id DESC").Limit(1).Find(&refunds).Error; err != nil {
		return err
	}
	if len(refunds) > 0 {
		m.Refund = &refunds[0]
	}
	if err := m.loadAction(db); err != nil {
		return err
	}
	var differences []LedgerDifference
	if err := queryAll(db, &differences, wholeDifference+"WHERE d.payment_id = ? ORDER BY d.id DESC LIMIT 1", m.Payment.ID); err != nil {
		return err
	}
	if len(differences) > 0 && m.Kind == ReviewReconciliation {
		m.Difference = &differences[0]
	}
	return nil
}

// loadAction loads the newest action that an item about an action can mean.
func (m *ReviewMatter) loadAction(db *gorm.DB) error {
	running, rejected := "state IN ('starting', 'requested')", "(reject_code <> '' OR reject_reason <> '')"
	refunds, captures := "SELECT 'refund' AS kind, "+actionFields+" FROM refunds", "SELECT kind, "+actionFields+" FROM captures"
	from, is := "", ""
	switch m.Kind {
	case ReviewRefundRejected:
		from, is = refunds, rejected
	case ReviewRefundUndecided:
		from, is = refunds, running
	case ReviewCaptureRejected:
		from, is = captures, rejected
	case ReviewCaptureUndecided:
		from, is = captures, running
	default:
		return nil
	}
	var actions []Action
	err := queryAll(db, &actions, from+" WHERE payment_id = ? AND "+is+" ORDER BY id DESC LIMIT 1", m.Payment.ID)
	if err == nil && len(actions) > 0 {
		m.Action = &actions[0]
	}
	return err
}

// loadSubject loads what the item is about besides an attempt.
func (m *ReviewMatter) loadSubject(db *gorm.DB) error {
	switch m.Kind {
	case ReviewRefundByHand:
		m.Refund = nil
		var refunds []Refund
		if err := db.Where("id = ?", m.subjectID("refund")).Find(&refunds).Error; err != nil || len(refunds) == 0 {
			return err
		}
		m.Refund = &refunds[0]
	case ReviewMailNotSent:
		var mails []Mail
		if err := db.Where("id = ?", m.subjectID("mail")).Find(&mails).Error; err != nil || len(mails) == 0 {
			return err
		}
		m.Mail = &mails[0]
	case ReviewCardNotForgotten, ReviewCardKind:
		parent := strings.TrimPrefix(m.Subject, "card ")
		if m.Payment != nil && m.Payment.BankOrderID != nil {
			parent = *m.Payment.BankOrderID
		}
		var cards []SavedCard
		if err := db.Where("parent_bank_id = ?", parent).Order("id DESC").Limit(1).Find(&cards).Error; err != nil || len(cards) == 0 {
			return err
		}
		m.Card = &cards[0]
	case ReviewReturnOverdue:
		r, err := returnByID(db, m.subjectID("return"))
		if err != nil {
			return err
		}
		m.Return = r
	case ReviewUnknownOrder:
		var callbacks []Event
		err := db.Where("body_hash = ? AND kind = ? AND verdict = ?", m.Happening, EventCallback, callbackAccepted).Find(&callbacks).Error
		if err != nil || len(callbacks) == 0 {
			return err
		}
		m.Callback = &callbacks[0]
		return m.loadAnswer(db)
	}
	return nil
}

// ReviewFilter says which review items a list shows.
type ReviewFilter struct {
	Resolved bool
	Kind     ReviewKind // "": all
	Text     string     // an order's number, the bank's id, or words of detail and resolution
	Page     int        // from 1
}

// ReviewPage is how many items a page of the list shows.
const ReviewPage = 30

// ReviewList lists review items: the open ones oldest first, the resolved ones newest first. It
// returns how many there are in all.
func (s *Store) ReviewList(ctx context.Context, f ReviewFilter) (items []ReviewItem, inAll int, err error) {
	where, order := "WHERE r.resolved_at IS NULL", " ORDER BY r.id"
	if f.Resolved {
		where, order = "WHERE r.resolved_at IS NOT NULL", " ORDER BY r.resolved_at DESC, r.id DESC"
	}
	var args []any
	if f.Kind != "" {
		where += " AND r.kind = ?"
		args = append(args, f.Kind)
	}
	if text := strings.TrimSpace(f.Text); text != "" {
		where += " AND (upper(o.number) = upper(?) OR p.bank_order_id = ? OR r.subject = ? OR r.detail " + s.dialect.like + " ? ESCAPE '!' OR r.resolution " + s.dialect.like + " ? ESCAPE '!')"
		part := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
		args = append(args, text, text, text, part, part)
	}
	from := ` FROM review_items r LEFT JOIN orders o ON o.id = r.order_id LEFT JOIN payments p ON p.id = r.payment_id `
	if err := query(s.Read(ctx), []any{&inAll}, "SELECT count(*)"+from+where, args...); err != nil {
		return nil, 0, err
	}
	args = append(args, ReviewPage, (max(f.Page, 1)-1)*ReviewPage)
	err = queryAll(s.Read(ctx), &items, listedItems+where+order+" LIMIT ? OFFSET ?", args...)
	return items, inAll, err
}
