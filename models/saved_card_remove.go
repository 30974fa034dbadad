package models

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// BeginCardRemoval takes a card out of use and stores the key of the call by which the bank
// forgets it; the card is removed once the bank has answered (CardForgotten).
// Repeating it changes nothing. Errors: NotFound.
func (s *Store) BeginCardRemoval(ctx context.Context, customerID, cardID int64) (*SavedCard, error) {
	var card *SavedCard
	err := s.changeCard(ctx, customerID, cardID, func(tx *Tx, c *SavedCard) error {
		card = c
		if c.State == CardRemoving {
			return nil
		}
		if err := beginRemoval(tx, c, tx.now.Add(StartGrace)); err != nil { // the request itself asks the bank first
			return err
		}
		return passDefault(tx, c.CustomerID)
	})
	return card, err
}

// beginRemoval takes a card out of use; from the moment at on the bank is called to forget it.
func beginRemoval(tx *Tx, c *SavedCard, at time.Time) error {
	key := uuid.NewString()
	c.State, c.RemoveKey, c.IsDefault, c.NextTryAt, c.Tries, c.UpdatedAt = CardRemoving, &key, false, &at, 0, tx.now
	return tx.save(c, "State", "RemoveKey", "IsDefault", "NextTryAt", "Tries", "ReplacedBy", "UpdatedAt")
}

// releaseCards has the bank forget all cards of a customer who deletes their account.
func releaseCards(tx *Tx, customerID int64) error {
	if err := tx.exec("UPDATE saved_cards SET state = ?, next_try_at = ? WHERE customer_id = ? AND state <> ?",
		CardRemoving, tx.now, customerID, CardRemoved); err != nil {
		return err
	}
	return tx.exec("UPDATE saved_cards SET is_default = 0, label = '', customer_id = NULL, updated_at = ? WHERE customer_id = ?", tx.now, customerID)
}

// DueCardRemovals lists the cards that the bank has still to forget, the longest waiting
// first. Each has its idempotency key stored.
func (s *Store) DueCardRemovals(ctx context.Context, limit int) (cards []SavedCard, err error) {
	err = s.Read(ctx).Where("state = ? AND next_try_at <= ?", CardRemoving, s.Now()).
		Order("next_try_at").Limit(limit).Find(&cards).Error
	if err != nil {
		return nil, err
	}
	for i := range cards {
		if cards[i].RemoveKey != nil {
			continue
		}
		if err := s.inTx(ctx, func(tx *Tx) error { // it is a deleted account's
			return query(tx.DB, []any{&cards[i].RemoveKey}, "UPDATE saved_cards SET remove_key = coalesce(remove_key, ?) WHERE id = ? RETURNING remove_key",
				uuid.NewString(), cards[i].ID)
		}); err != nil {
			return nil, err
		}
	}
	return cards, nil
}

// CardForgotten stores that the bank no longer has a card. calls are the exchanges it took,
// for the journal.
func (s *Store) CardForgotten(ctx context.Context, cardID int64, calls ...Event) error {
	return s.cardCalled(ctx, cardID, calls, func(tx *Tx, c *SavedCard) error {
		if err := reviewOver(tx, cardSubject(c), "the bank has forgotten the card", ReviewCardNotForgotten); err != nil {
			return err
		}
		c.State, c.NextTryAt, c.UpdatedAt = CardRemoved, nil, tx.now
		return tx.save(c, "State", "NextTryAt", "UpdatedAt")
	})
}

// PutOffCardRemoval notes that a call to forget a card failed, and schedules the next. If the
// bank refused, with that text, the card goes to the review queue.
func (s *Store) PutOffCardRemoval(ctx context.Context, cardID int64, refused string, calls ...Event) error {
	return s.cardCalled(ctx, cardID, calls, func(tx *Tx, c *SavedCard) error {
		if refused != "" {
			if err := review(tx, ReviewItem{
				Kind: ReviewCardNotForgotten, Subject: cardSubject(c), OrderID: &c.OrderID, PaymentID: &c.PaymentID, Detail: refused, Happening: "refused",
			}); err != nil {
				return err
			}
		}
		next := tx.now.Add(min(10*time.Second<<min(c.Tries, 12), 12*time.Hour))
		c.NextTryAt, c.Tries = &next, c.Tries+1
		return tx.save(c, "NextTryAt", "Tries")
	})
}

// cardCalled journals calls about a card with the payment it was saved with, and
// stores what came of them.
func (s *Store) cardCalled(ctx context.Context, cardID int64, calls []Event, store func(tx *Tx, c *SavedCard) error) error {
	return s.inTx(ctx, func(tx *Tx) error {
		c, err := cardWhere(tx.locked(), "id = ?", cardID)
		if err != nil {
			return err
		}
		if err := journalCalls(tx, c.PaymentID, calls); err != nil || c.State != CardRemoving {
			return err
		}
		return store(tx, c)
	})
}

// parentOf returns the bank's id of the order whose card an attempt is paid with, ""
// if it is paid otherwise.
func parentOf(tx *Tx, p *Payment) (parent string, err error) {
	if p.CardID == nil {
		return "", nil
	}
	err = query(tx.DB, []any{&parent}, "SELECT parent_bank_id FROM saved_cards WHERE id = ?", *p.CardID)
	return parent, notFound(err, errNoCard.Code)
}

func cardSubject(c *SavedCard) string { return "card " + c.ParentBankID }
