package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Repeat is an order as it would be if it were bought again now: same goods, same
// delivery, today's prices and stock.
type Repeat struct {
	Of       *Order
	Lines    []RepeatLine
	Items    Tetri
	Delivery Tetri
	Total    Tetri
	// Last is the newest order that buys Of again, nil if there is none. While it is
	// undecided no other one is placed.
	Last     *Order
	OneClick OneClick
}

// RepeatLine is one line of a Repeat beside what it was.
type RepeatLine struct {
	OrderLine        // as it would be bought; Quantity 0: not to be had
	Gone        bool // no longer sold
	WasQuantity int
	WasUnit     Tetri
}

// Changed reports whether the line differs from what was bought.
func (l RepeatLine) Changed() bool { return l.Quantity != l.WasQuantity || l.UnitTetri != l.WasUnit }

// Complete reports whether everything that was bought is to be had.
func (r *Repeat) Complete() bool {
	for _, l := range r.Lines {
		if l.Quantity < l.WasQuantity {
			return false
		}
	}
	return true
}

// Pending reports whether an earlier repeat is still undecided.
func (r *Repeat) Pending() bool { return r.Last != nil && r.Last.Status.Unsettled() }

// LastID is the id of the newest repeat, 0 if there is none. A page that offers the
// repeat carries it back, so that whatever was clicked twice is one order.
func (r *Repeat) LastID() int64 {
	if r.Last == nil {
		return 0
	}
	return r.Last.ID
}

// lines are those that can be ordered.
func (r *Repeat) lines() []OrderLine {
	var list []OrderLine
	for _, l := range r.Lines {
		if l.Quantity > 0 {
			l.OrderLine.Position = len(list)
			list = append(list, l.OrderLine)
		}
	}
	return list
}

// OneClick says whether a repeat can be paid without the bank's page, with which
// card, or why not.
type OneClick struct {
	Card *SavedCard // the card; without one that will do, the one that comes nearest, or nil
	Why  WhyNot     // "": it can
}

// WhyNot is a reason why a repeat cannot be paid with one click.
type WhyNot string

// The reasons, each before those that matter less.
const (
	WhyPending     WhyNot = "pending"      // the repeat before is still undecided
	WhyNoCard      WhyNot = "no_card"      // nobody agreed to it for this order
	WhyCardRemoved WhyNot = "card_removed" // the card was removed, or is being
	WhyCardDead    WhyNot = "card_dead"    // the bank does not take it any more
	WhyCardExpired WhyNot = "card_expired"
	WhyGoods       WhyNot = "goods" // something is not to be had
	WhyTotal       WhyNot = "total" // it would cost something else than the bank may charge
)

// Repeat prepares buying an order again for its customer. Errors: NotFound, also for
// somebody else's order.
func (s *Store) Repeat(ctx context.Context, orderID, customerID int64) (*Repeat, error) {
	db := s.read.WithContext(ctx)
	o, err := loadOrder(db, "id = ?", orderID)
	if err != nil {
		return nil, err
	}
	if o.CustomerID == nil || *o.CustomerID != customerID {
		return nil, errNoOrder
	}
	return repeat(db, s.Now(), o)
}

// RepeatOfGuest is Repeat for an order without an account: its link is the key.
// Paying with a saved card is not possible then.
func (s *Store) RepeatOfGuest(ctx context.Context, o *Order) (*Repeat, error) {
	return repeat(s.read.WithContext(ctx), s.Now(), o)
}

var errNoOrder = &Error{Kind: NotFound, Message: "order.not_found"}

func repeat(db *gorm.DB, now time.Time, o *Order) (*Repeat, error) {
	r := &Repeat{Of: o}
	for _, was := range o.Lines {
		l := RepeatLine{OrderLine: was, WasQuantity: was.Quantity, WasUnit: was.UnitTetri}
		free, active := 0, false
		// What a declined repeat has set aside goes back when another one replaces it.
		err := query(db, []any{&l.UnitTetri, &active, &free}, `SELECT p.price_tetri, p.active, coalesce(s.on_hand - s.reserved, 0)
			+ (SELECT coalesce(sum(x.quantity), 0) FROM orders h JOIN order_lines x ON x.order_id = h.id
				WHERE h.repeat_of = ? AND h.holds_stock = 1 AND h.status = ? AND x.product_id = p.id)
			FROM products p LEFT JOIN stock s ON s.product_id = p.id WHERE p.id = ?`, o.ID, Declined, was.ProductID)
		if err != nil {
			return nil, err
		}
		l.Quantity = min(was.Quantity, free)
		if l.Gone = !active; l.Gone {
			l.Quantity = 0
		}
		r.Items += l.Total()
		r.Lines = append(r.Lines, l)
	}
	option, _ := o.Delivery.Option()
	r.Delivery = option.Cost(r.Items)
	r.Total = r.Items + r.Delivery
	var err error
	if r.Last, err = newestRepeat(db, o.ID); err != nil {
		return nil, err
	}
	r.OneClick, err = oneClick(db, now, r)
	return r, err
}

func newestRepeat(db *gorm.DB, orderID int64) (*Order, error) {
	o, err := loadOrder(db, "id = (SELECT max(id) FROM orders WHERE repeat_of = ?)", orderID)
	if IsKind(err, NotFound) {
		return nil, nil
	}
	return o, err
}

// oneClick looks for a card that may pay r without the bank's page: one whose
// owner agreed to repeat exactly this order. (The bank would charge it for another
// order of the same total as well, but under the goods of this one.)
func oneClick(db *gorm.DB, now time.Time, r *Repeat) (OneClick, error) {
	if r.Of.CustomerID == nil {
		return OneClick{Why: WhyNoCard}, nil
	}
	var cards []SavedCard
	err := db.Where("customer_id = ? AND kind = ? AND order_id IN (SELECT id FROM orders WHERE id = ? OR root_id = ?)",
		*r.Of.CustomerID, Subscription, r.Of.Root(), r.Of.Root()).Order("id DESC").Find(&cards).Error
	if err != nil {
		return OneClick{}, err
	}
	best := OneClick{Why: WhyNoCard}
	for i := range cards {
		c := OneClick{Card: &cards[i], Why: whyNot(&cards[i], now, r)}
		if best.Card == nil || rank(c.Why) > rank(best.Why) {
			best = c
		}
	}
	if r.Pending() {
		best.Why = WhyPending
	}
	return best, nil
}

func whyNot(c *SavedCard, now time.Time, r *Repeat) WhyNot {
	switch {
	case c.State == CardRemoving || c.State == CardRemoved:
		return WhyCardRemoved
	case c.State == CardDead:
		return WhyCardDead
	case c.Expired(now):
		return WhyCardExpired
	case !r.Complete():
		return WhyGoods
	case *c.FixedTetri != r.Total:
		return WhyTotal
	}
	return ""
}

// rank orders reasons by how near they are to none.
func rank(w WhyNot) int {
	for i, x := range []WhyNot{WhyNoCard, WhyCardRemoved, WhyCardDead, WhyCardExpired, WhyGoods, WhyTotal, ""} {
		if x == w {
			return i
		}
	}
	return -1
}

// RepeatOrder is what a customer confirmed when they bought an order again.
type RepeatOrder struct {
	OrderID, CustomerID int64
	Last                int64 // Repeat.LastID of the page it was confirmed on
	CardID              int64 // the saved card that pays
	ExpectedTotal       Tetri // what the page showed
	Lang                Lang
	Theme               string
}

// RepeatChanged says that a repeat is not any more what its page showed. Nothing
// was ordered.
type RepeatChanged struct{ Repeat *Repeat }

func (e *RepeatChanged) Error() string {
	return fmt.Sprintf("repeat of %s changed, total now %s", e.Repeat.Of.Number, e.Repeat.Total)
}

// PlaceRepeat buys an order again with a saved card, in one transaction: a
// subscription card pays exactly what was bought, without a page; a recurrent one
// pays on the bank's page for what is to be had of it.
//
// Whatever was confirmed twice (two clicks, two tabs, reload, Back) gives one order:
// the newest repeat that the page did not know of, or one that is still undecided,
// is returned instead of placing another.
//
// Errors: NotFound (order or card, somebody else's too); Conflict "card.unusable";
// *RepeatChanged.
func (s *Store) PlaceRepeat(ctx context.Context, r RepeatOrder, build BuildPayment) (*Order, error) {
	var placed *Order
	err := s.inTx(ctx, func(tx *gorm.DB) (err error) {
		placed, err = s.placeRepeat(tx, r, build)
		return err
	})
	return placed, err
}

func (s *Store) placeRepeat(tx *gorm.DB, r RepeatOrder, build BuildPayment) (*Order, error) {
	now := s.Now()
	of, err := loadOrder(tx, "id = ?", r.OrderID)
	if err != nil {
		return nil, err
	}
	if of.CustomerID == nil || *of.CustomerID != r.CustomerID {
		return nil, errNoOrder
	}
	again, err := repeat(tx, now, of)
	if err != nil {
		return nil, err
	}
	if again.LastID() != r.Last || again.Pending() {
		return again.Last, nil
	}
	var any SavedCard
	if err := tx.Where("id = ? AND customer_id = ?", r.CardID, r.CustomerID).Take(&any).Error; err != nil {
		return nil, notFound(err, "card.not_found")
	}
	card, err := usableCard(tx, now, of.CustomerID, r.CardID, any.Kind)
	if err != nil {
		return nil, err
	}
	lines := again.lines()
	changed := again.Total != r.ExpectedTotal || len(lines) == 0
	if card.Kind == Subscription {
		changed = changed || again.OneClick.Why != "" || again.OneClick.Card.ID != card.ID
	}
	if changed {
		return nil, &RepeatChanged{again}
	}
	if again.Last != nil && again.Last.Status == Declined {
		if err := supersede(tx, now, again.Last); err != nil {
			return nil, err
		}
	}
	o := newOrder(now, again.checkout(r), lines)
	root := of.Root()
	o.RepeatOf, o.RootID = &of.ID, &root
	if card.Kind == Subscription {
		o.Status = Confirming // the shopper has nothing more to do
	}
	return o, s.storeOrder(tx, now, o, card, build)
}

// checkout is the form that would have placed the repeat.
func (r *Repeat) checkout(by RepeatOrder) Checkout {
	of := r.Of
	return Checkout{
		// The database takes each key once, should two confirmations ever get here.
		Key: fmt.Sprintf("again-%d-%d", of.ID, by.Last), CustomerID: of.CustomerID, CardID: by.CardID,
		Lang: by.Lang, Theme: by.Theme, Name: of.Name, Email: of.Email, Phone: of.Phone,
		Delivery: of.Delivery, Region: of.Region, City: of.City, Street: of.Street, Note: of.Note,
	}
}

// RepeatIntoCart puts what is to be had of an order into the cart with the given
// key, on top of what lies there, capped at what is free. It returns how many of the
// order's lines went in.
func (s *Store) RepeatIntoCart(ctx context.Context, key string, o *Order) (lines int, err error) {
	err = s.inTx(ctx, func(tx *gorm.DB) error {
		for _, l := range o.Lines {
			switch _, err := addToCart(tx, s.Now(), cartHash(key), l.Slug, l.Quantity); {
			case err == nil:
				lines++
			case !IsKind(err, NotFound) && !IsKind(err, Conflict):
				return err
			} // else gone, sold out or no room: the page it was asked from said so
		}
		return nil
	})
	return lines, err
}
