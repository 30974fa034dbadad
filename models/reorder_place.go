package models

import (
	"context"
	"fmt"
)

// ReorderRequest is what a customer confirms when they buy an order again.
type ReorderRequest struct {
	OrderID, CustomerID int64
	Last                int64    // Reorder.LastID of the page that they confirmed
	AddressID           int64    // as in ReorderTo
	CardID              int64    // the saved card that pays
	Fingerprint         string   // of the Reorder that the page showed
	Offered             []Method // as in Reorder
	Lang                Lang
	Theme               string
	Network             string // see Checkout
	From                Visitor
}

// ReorderChanged says that a reorder is no longer what its page showed. Nothing was ordered.
type ReorderChanged struct{ Reorder *Reorder }

func (e *ReorderChanged) Error() string {
	return fmt.Sprintf("reorder of %s changed, total now %s", e.Reorder.Of.Number, e.Reorder.Total)
}

// PlaceReorder buys an order again with a saved card, in one transaction: a
// subscription card pays exactly what was bought, without a page; a recurrent one
// pays on the bank's page for what is available of it.
//
// A page that is confirmed twice (two clicks, two tabs, reload, Back) gives one order. If
// there is a reorder that the page did not know of, or one that is undecided, PlaceReorder
// returns that and isNew is false.
//
// Errors: NotFound (order or card, somebody else's too); Conflict "card.unusable";
// *ReorderChanged.
func (s *Store) PlaceReorder(ctx context.Context, r ReorderRequest, build BuildPayment) (o *Order, isNew bool, err error) {
	err = s.inTx(ctx, func(tx *Tx) (err error) {
		o, isNew, err = placeReorder(tx, r, build)
		return err
	})
	return o, isNew, err
}

func placeReorder(tx *Tx, r ReorderRequest, build BuildPayment) (o *Order, isNew bool, err error) {
	of, err := tx.lockChain(r.OrderID)
	if err != nil {
		return nil, false, err
	}
	if of.CustomerID == nil || *of.CustomerID != r.CustomerID {
		return nil, false, errNoOrder
	}
	reorder, err := prepareReorder(tx.DB, tx.now, of, r.AddressID, r.Offered)
	if err != nil {
		return nil, false, err
	}
	if reorder.LastID() != r.Last || reorder.Pending() {
		return reorder.earlier(r.Last)
	}
	card, err := r.card(tx)
	if err != nil {
		return nil, false, err
	}
	lines := reorder.lines()
	changed := reorder.Fingerprint() != r.Fingerprint || len(lines) == 0 || !reorder.Delivers || reorder.AskWhere || reorder.OneClick.Why == WhyCardsOff
	if card.Kind == Subscription {
		changed = changed || reorder.OneClick.Why != "" || reorder.OneClick.Card.ID != card.ID
	}
	if changed {
		return nil, false, &ReorderChanged{reorder}
	}
	for _, old := range reorder.replaces() {
		if old, err = tx.lockOrder("id = ?", old.ID); err != nil {
			return nil, false, err
		}
		if err := supersede(tx, old); err != nil {
			return nil, false, err
		}
	}
	o = newOrder(tx.now, reorder.checkout(r), lines)
	root := of.Root()
	o.ReorderOf, o.RootID = &of.ID, &root
	if card.Kind == Subscription {
		o.Status = Confirming // the shopper has nothing more to do
	}
	return o, true, storeOrder(tx, o, card, false, r.From, build)
}

// earlier returns the order that a page has led to already; last is the newest reorder that
// the page knew of.
func (r *Reorder) earlier(last int64) (o *Order, isNew bool, err error) {
	switch {
	case r.LastID() == last:
		return r.Undecided, false, nil
	case r.Last == nil: // no page of ours said so
		return nil, false, &ReorderChanged{r}
	}
	return r.Last, false, nil
}

// card loads the saved card that is to pay.
func (r *ReorderRequest) card(tx *Tx) (*SavedCard, error) {
	c, err := cardWhere(tx.DB, "id = ? AND customer_id = ?", r.CardID, r.CustomerID)
	if err != nil {
		return nil, err
	}
	return usableCard(tx.DB, tx.now, &r.CustomerID, r.CardID, c.Kind)
}

// checkout is the form that would have placed the reorder.
func (r *Reorder) checkout(by ReorderRequest) Checkout {
	of, to := r.Of, r.To
	return Checkout{
		// The database takes each key once, should two confirmations get here.
		Key: fmt.Sprintf("again-%d-%d", of.ID, by.Last), CustomerID: of.CustomerID, CardID: by.CardID, Method: ByCard,
		Network: by.Network, From: by.From, Lang: by.Lang, Theme: by.Theme, Name: to.Name, Email: r.Email, Phone: to.Phone,
		Delivery: to.Delivery, Region: to.Region, City: to.City, Street: to.Street, Note: r.Note,
	}
}

// ReorderIntoCart adds what is available of an order to the cart with the given key, capped
// at what is free. It returns how many of the order's lines went in.
func (s *Store) ReorderIntoCart(ctx context.Context, key string, o *Order) (lines int, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		lines = 0
		for _, l := range o.Lines {
			switch _, err := addToCart(tx, cartHash(key), l.Slug, l.Quantity); {
			case err == nil:
				lines++
			case !IsKind(err, NotFound) && !IsKind(err, Conflict):
				return err
			} // else withdrawn, sold out or no room: the reorder's page has said so
		}
		return nil
	})
	return lines, err
}
