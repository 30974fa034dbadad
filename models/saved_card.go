package models

import (
	"context"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"
)

// CardKind is what the bank lets a saved card be used for (bog-api.md section 11).
type CardKind string

// The two kinds.
const (
	Recurrent    CardKind = "recurrent"    // any amount, on the bank's page, without typing the card
	Subscription CardKind = "subscription" // without a page, but only the total of the order it was saved on
)

// CardState is where a saved card stands.
type CardState string

// The states of a saved card.
const (
	CardLive     CardState = "live"
	CardRemoving CardState = "removing" // out of use; the bank has still to forget it
	CardRemoved  CardState = "removed"
	CardDead     CardState = "dead" // the bank does not take it any more; the customer can only remove it
)

// CardConsentVersion names the text by which shoppers agree to have a card saved; it is
// stored with each consent.
const CardConsentVersion = "2026-11-27"

// maxCardLabel is the longest name a customer can give a card, in letters.
const maxCardLabel = 40

// SavedCard is a card that the bank stores for a customer. The shop has only its masked
// number and its handle, which is the bank's id of the order that it was saved on.
type SavedCard struct {
	ID             int64
	CustomerID     *int64 // nil: nobody's any more, the bank has to forget it
	OrderID        int64
	PaymentID      int64
	ParentBankID   string
	Kind           CardKind
	Mask           string
	Brand          string
	Expiry         string // MM/YY, "" if the bank did not say
	FixedTetri     *Tetri // the one total a subscription can be charged
	Label          string // the customer's name for it
	IsDefault      bool
	State          CardState
	RemoveKey      *string
	NextTryAt      *time.Time
	Tries          int
	ReplacedBy     *int64 // the entry of the same card that was saved later
	ConsentVersion string
	ConsentAt      time.Time
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Expired reports whether the card's last month is over.
func (c *SavedCard) Expired(now time.Time) bool { return c.expiresBefore(now) }

// ExpiresSoon reports whether the card's last month ends within two months.
func (c *SavedCard) ExpiresSoon(now time.Time) bool { return c.expiresBefore(now.AddDate(0, 2, 0)) }

func (c *SavedCard) expiresBefore(at time.Time) bool {
	last, err := time.Parse("01/06", c.Expiry)
	return err == nil && !at.Before(last.AddDate(0, 1, 0))
}

// Usable reports whether the bank can be asked to charge the card.
func (c *SavedCard) Usable(now time.Time) bool { return c.State == CardLive && !c.Expired(now) }

// canBeDefault reports whether the card can be the one that the checkout begins with.
func (c *SavedCard) canBeDefault(now time.Time) bool { return c.Kind == Recurrent && c.Usable(now) }

// OrderNumber is the number of the order that the card was saved on.
func (c *SavedCard) OrderNumber() string { return orderNumber(c.OrderID) }

// SavedCards lists a customer's cards, the default first, then the newest. It leaves out those
// that are removed or were saved again.
func (s *Store) SavedCards(ctx context.Context, customerID int64) ([]SavedCard, error) {
	return savedCards(s.Read(ctx), s.Now(), customerID)
}

func savedCards(db *gorm.DB, now time.Time, customerID int64) (list []SavedCard, err error) {
	err = db.Where("customer_id = ? AND state <> ? AND replaced_by IS NULL", customerID, CardRemoved).
		Order("is_default DESC, id DESC").Find(&list).Error
	// The default is the card that the customer chose for as long as it can pay; then it is
	// the newest that can. A card expires without an event, so this is found out here.
	at := slices.IndexFunc(list, func(c SavedCard) bool { return c.canBeDefault(now) })
	for i := range list {
		list[i].IsDefault = i == at
	}
	if at > 0 {
		first := list[at]
		copy(list[1:at+1], list[:at])
		list[0] = first
	}
	return list, err
}

// passDefault stores which card is a customer's default, after their cards have changed.
func passDefault(tx *Tx, customerID *int64) error {
	if customerID == nil {
		return nil
	}
	if err := tx.lockSubject(defaultCardOf(*customerID)); err != nil {
		return err
	}
	list, err := savedCards(tx.DB, tx.now, *customerID)
	if err != nil {
		return err
	}
	var id int64
	if len(list) > 0 && list[0].IsDefault {
		id = list[0].ID
	}
	if err := tx.exec("UPDATE saved_cards SET is_default = 0 WHERE customer_id = ? AND is_default = 1 AND id <> ?", *customerID, id); err != nil {
		return err
	}
	return tx.exec("UPDATE saved_cards SET is_default = 1 WHERE id = ?", id)
}

// defaultCardOf is what is locked before a customer's default card changes.
func defaultCardOf(customerID int64) string {
	return "default card of customer " + strconv.FormatInt(customerID, 10)
}

// OneClickRoots returns which of a customer's chains of reorders have a live card for charges
// without the bank's page, by their first order. A list has to prepare only those.
func (s *Store) OneClickRoots(ctx context.Context, customerID int64) (map[int64]bool, error) {
	var ids []int64
	err := queryAll(s.Read(ctx), &ids, `SELECT coalesce(o.root_id, o.id) FROM saved_cards c JOIN orders o ON o.id = c.order_id
		WHERE c.customer_id = ? AND c.kind = ? AND c.state = ?`, customerID, Subscription, CardLive)
	roots := make(map[int64]bool, len(ids))
	for _, id := range ids {
		roots[id] = true
	}
	return roots, err
}

// errNoCard is returned for a card that does not exist or is somebody else's.
var errNoCard = &Error{Kind: NotFound, Code: CodeCardNotFound}

func cardWhere(db *gorm.DB, where string, args ...any) (*SavedCard, error) {
	var c SavedCard
	err := db.Where(where, args...).Take(&c).Error
	return &c, notFound(err, errNoCard.Code)
}

// usableCard loads a customer's own card for paying: it must be of the kind and live. In place
// of a card that was saved again since a page named it, it loads the later entry. Errors:
// NotFound; Conflict "card.unusable".
func usableCard(db *gorm.DB, now time.Time, customerID *int64, cardID int64, kind CardKind) (*SavedCard, error) {
	if customerID == nil {
		return nil, errNoCard
	}
	c, err := cardWhere(db, "id = ? AND customer_id = ?", cardID, *customerID)
	if err != nil {
		return nil, err
	}
	if c.ReplacedBy != nil {
		return usableCard(db, now, customerID, *c.ReplacedBy, kind)
	}
	if c.Kind != kind || !c.Usable(now) {
		return nil, &Error{Kind: Conflict, Code: CodeCardUnusable}
	}
	return c, nil
}

// CardByID returns anybody's card; it is for the payment desk. Errors: NotFound.
func (s *Store) CardByID(ctx context.Context, id int64) (*SavedCard, error) {
	return cardWhere(s.Read(ctx), "id = ?", id)
}

// CardOfPayment returns the card that was saved when the attempt was paid, nil if
// none was.
func (s *Store) CardOfPayment(ctx context.Context, paymentID int64) (*SavedCard, error) {
	return orNil(cardWhere(s.Read(ctx), "payment_id = ?", paymentID))
}

// changeCard changes a customer's own card in one transaction.
func (s *Store) changeCard(ctx context.Context, customerID, cardID int64, change func(tx *Tx, c *SavedCard) error) error {
	return s.inTx(ctx, func(tx *Tx) error {
		c, err := cardWhere(tx.locked(), "id = ? AND customer_id = ? AND state <> ?", cardID, customerID, CardRemoved)
		if err != nil {
			return err
		}
		return change(tx, c)
	})
}

// RenameCard gives a card a name of the customer's own; "" takes it away. Errors:
// NotFound; Invalid (field "label").
func (s *Store) RenameCard(ctx context.Context, customerID, cardID int64, label string) error {
	label = TidyLine(label)
	return s.changeCard(ctx, customerID, cardID, func(tx *Tx, c *SavedCard) error {
		if utf8.RuneCountInString(label) > maxCardLabel {
			return &Error{Kind: Invalid, Code: CodeFormUnreadable, Fields: map[string]string{"label": "card.error.label"}}
		}
		c.Label, c.UpdatedAt = label, tx.now
		return tx.save(c, "Label", "UpdatedAt")
	})
}

// MakeCardDefault makes a card the one that the checkout begins with, which a card for
// repeating one order cannot be. Errors: NotFound; Conflict "card.unusable".
func (s *Store) MakeCardDefault(ctx context.Context, customerID, cardID int64) error {
	return s.changeCard(ctx, customerID, cardID, func(tx *Tx, c *SavedCard) error {
		if !c.canBeDefault(tx.now) {
			return &Error{Kind: Conflict, Code: CodeCardUnusable}
		}
		if err := tx.lockSubject(defaultCardOf(customerID)); err != nil {
			return err
		}
		if err := tx.exec("UPDATE saved_cards SET is_default = 0 WHERE customer_id = ? AND is_default = 1", customerID); err != nil {
			return err
		}
		c.IsDefault, c.UpdatedAt = true, tx.now
		return tx.save(c, "IsDefault", "UpdatedAt")
	})
}
