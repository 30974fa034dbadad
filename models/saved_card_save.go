package models

import "cmp"

// saveCard stores a card once the receipt says that the bank has saved it in the way that the
// shopper agreed to. It replaces an earlier entry of the same card. If the customer has
// gone in the meantime, or somebody else may have typed the card, the bank has to forget it.
func saveCard(tx *Tx, o *Order, p *Payment, r Report) error {
	if r.SavedCard == "" || p.SaveCard == "" || !p.State.captured() && p.State != PaymentHeld || p.BankOrderID == nil {
		return nil
	}
	if r.SavedCard != p.SaveCard {
		return reviewPayment(tx, ReviewCardKind, p, "saved as "+string(r.SavedCard)+", agreed was "+string(p.SaveCard))
	}
	c := SavedCard{
		CustomerID: o.CustomerID, OrderID: o.ID, PaymentID: p.ID, ParentBankID: *p.BankOrderID, Kind: p.SaveCard,
		Mask: p.CardMask, Brand: p.CardBrand, Expiry: r.CardExpiry, State: CardLive,
		ConsentVersion: o.ConsentVersion, ConsentAt: *o.ConsentAt, CreatedAt: tx.now, UpdatedAt: tx.now,
	}
	if c.Kind == Subscription {
		c.FixedTetri = &p.RequestedTetri
	}
	if p.SaveCardState == SaveCardFailed {
		c.CustomerID = nil // it may be somebody else's card (TypedByAnybody)
	}
	if c.CustomerID == nil {
		c.State, c.NextTryAt = CardRemoving, &tx.now
	}
	if err := passDefault(tx, c.CustomerID); err != nil {
		return err // first, so that the new card does not take the place of a default that has expired
	}
	if created, err := tx.createUnlessThere(&c); err != nil || !created {
		return err
	}
	if err := replaceCards(tx, &c); err != nil {
		return err
	}
	return passDefault(tx, c.CustomerID)
}

// replaceCards makes the card that was just saved the only entry of the same card
// (customer, kind, masked number, expiry): it takes over name and default, and the bank has
// to forget the older ones. A subscription belongs to the order that it was agreed for, so
// it only replaces those of the same chain of reorders with the same total.
func replaceCards(tx *Tx, c *SavedCard) error {
	if c.CustomerID == nil || c.Mask == "" {
		return nil // nobody's, or not known which card it is
	}
	var older []SavedCard
	err := tx.Where(`customer_id = ? AND kind = ? AND mask = ? AND expiry = ? AND id <> ? AND state IN ? AND replaced_by IS NULL
		AND (kind = ? OR fixed_tetri = ? AND (SELECT coalesce(root_id, id) FROM orders WHERE id = saved_cards.order_id) =
			(SELECT coalesce(root_id, id) FROM orders WHERE id = ?))`,
		*c.CustomerID, c.Kind, c.Mask, c.Expiry, c.ID, []CardState{CardLive, CardDead}, Recurrent, c.FixedTetri, c.OrderID).
		Order("id").Find(&older).Error
	if err != nil {
		return err
	}
	for _, was := range older {
		c.Label, c.IsDefault = cmp.Or(was.Label, c.Label), c.IsDefault || was.IsDefault
		was.ReplacedBy = &c.ID
		if err := beginRemoval(tx, &was, tx.now); err != nil {
			return err
		}
	}
	return tx.save(c, "Label", "IsDefault")
}

// The bank's response codes after which a saved card is of no more use. What other codes
// say may pass.
const (
	codeCardNotFound = "102"
	codeCardExpired  = "105"
)

// cardFailed notes that the bank does not take a saved card any more.
func cardFailed(tx *Tx, p *Payment) error {
	if p.CardID == nil || p.BankCode != codeCardNotFound && p.BankCode != codeCardExpired {
		return nil
	}
	c, err := orNil(cardWhere(tx.locked(), "id = ? AND state = ?", *p.CardID, CardLive))
	if c == nil {
		return err
	}
	c.State, c.IsDefault, c.UpdatedAt = CardDead, false, tx.now
	if err := tx.save(c, "State", "IsDefault", "UpdatedAt"); err != nil {
		return err
	}
	return passDefault(tx, c.CustomerID)
}
