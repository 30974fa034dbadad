package models

import (
	"context"
	"strings"

	"gorm.io/gorm"
)

// VerdictUnknown is the verdict on an answer of the bank that it does not know an order.
const VerdictUnknown = "unknown"

const bankOrderSubject = "bank order "

// UnknownBankOrder is the bank's id of the order that we do not have, of an item about a message
// of the bank; "" if it is about something else.
func (r *ReviewItem) UnknownBankOrder() string {
	id, _ := strings.CutPrefix(r.Subject, bankOrderSubject)
	if r.Kind != ReviewUnknownOrder {
		return ""
	}
	return id
}

// UnknownOrderAnswered stores what the bank has said about an order that a message was about and
// that we do not have: its receipt, or nil if it does not know the order either.
//
// The rule by which a message finds its attempt is tried once more: an attempt that was given up
// without ever having learned its id at the bank may have been meant. Then it becomes due for
// settling, which compares and decides as always, and the item closes; the id of the attempt is
// returned. Otherwise nothing is booked on any order, also not on one of the same number whose
// attempts all have ids of their own, and the answer is shown with the item.
func (s *Store) UnknownOrderAnswered(ctx context.Context, id int64, answer *Report) (paymentID *int64, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		paymentID = nil
		m, err := reviewMatter(tx.DB, id)
		if err != nil {
			return err
		}
		about := Event{At: tx.now, Kind: EventReceipt, Cause: unknownAsked(m), Verdict: VerdictUnknown}
		if answer != nil && answer.BankOrderID == m.UnknownBankOrder() {
			about.Verdict, about.Body = answer.Status, answer.Raw
			if paymentID, err = findDue(tx, answer.BankOrderID, answer.OrderNumber); err != nil {
				return err
			}
		}
		if paymentID == nil {
			return journal(tx, about)
		}
		return reviewOver(tx, m.Subject, "the payment was found", ReviewUnknownOrder)
	})
	return paymentID, err
}

// unknownAsked is the cause of the answer in the journal, by which it is found again.
func unknownAsked(m *ReviewMatter) Cause { return CauseStaff + ": " + Cause(m.Subject) }

// loadAnswer loads what the bank has said when staff asked about an order that we do not have.
func (m *ReviewMatter) loadAnswer(db *gorm.DB) error {
	var answers []Event
	err := db.Where("payment_id IS NULL AND kind = ? AND cause = ?", EventReceipt, unknownAsked(m)).Order("id DESC").Limit(1).Find(&answers).Error
	if err == nil && len(answers) > 0 {
		m.Receipt = &answers[0]
	}
	return err
}
