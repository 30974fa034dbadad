package models

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"gorm.io/gorm"
)

// Reorder is an order as it would be if it were bought again now: the same goods to the same
// address, at today's prices and stock, for the customer as their account has them now.
type Reorder struct {
	Of       *Order
	Lines    []ReorderLine
	Items    Tetri
	Delivery Tetri
	Total    Tetri
	Delivers bool // the shop still offers that way of delivery

	To       Address   // the address and the recipient; with Pickup only the recipient
	Email    string    // where the mails about it go
	Note     string    // for the courier
	Book     []Address // the customer's address book
	AskWhere bool      // the customer has to choose an address first

	Last *Order // the newest order that buys Of again, nil if there is none
	// Undecided is an order of the chain of reorders that Of belongs to, maybe Of itself,
	// whose payment is not decided; nil if there is none. While there is one no other
	// is placed.
	Undecided *Order
	OneClick  OneClick
}

// ReorderLine is one line of a Reorder beside what it was.
type ReorderLine struct {
	OrderLine        // as it would be bought; Quantity 0: not available
	Gone        bool // no longer sold
	Adult       bool // for people of 18 and older
	WasQuantity int
	WasUnit     Tetri
	Remeasured  bool // one unit does not hold what it did
}

// Changed reports whether the line differs from what was bought.
func (l ReorderLine) Changed() bool {
	return l.Quantity != l.WasQuantity || l.UnitTetri != l.WasUnit || l.Remeasured
}

// Complete reports whether everything that was bought is available.
func (r *Reorder) Complete() bool {
	for _, l := range r.Lines {
		if l.Quantity < l.WasQuantity {
			return false
		}
	}
	return true
}

// AsBought reports whether the reorder equals the order, line by line: then the order's own
// page, or a list that shows only the total, describes it well enough.
func (r *Reorder) AsBought() bool {
	for i, l := range r.Lines {
		if was := r.Of.Lines[i]; l.Changed() || l.NameKa != was.NameKa || l.NameEn != was.NameEn {
			return false
		}
	}
	return r.Delivery == r.Of.DeliveryTetri
}

// Adult reports whether something that would be bought is for adults only.
func (r *Reorder) Adult() bool {
	return slices.ContainsFunc(r.Lines, func(l ReorderLine) bool { return l.Adult && l.Quantity > 0 })
}

// Remeasured reports whether a unit of something is not what it was.
func (r *Reorder) Remeasured() bool {
	return slices.ContainsFunc(r.Lines, func(l ReorderLine) bool { return l.Remeasured })
}

// Pending reports whether an earlier order of the row is still undecided.
func (r *Reorder) Pending() bool { return r.Undecided != nil }

// LastID is the id of the newest reorder, 0 if there is none. A page that offers the
// reorder carries it back, so that whatever was clicked twice is one order.
func (r *Reorder) LastID() int64 {
	if r.Last == nil {
		return 0
	}
	return r.Last.ID
}

// Fingerprint tells one reorder from another, in the total, line by line (at the same
// total something may be missing), in what its customer says about their age, and in where it goes and whom it is told to. A page
// that offers the reorder carries it back.
func (r *Reorder) Fingerprint() string {
	to := []string{termsShown, r.To.Name, r.To.Phone, string(r.To.Delivery), r.To.Region, r.To.City, r.To.Street, r.Email, r.Note}
	b, _ := json.Marshal([]any{r.lines(), r.Adult(), r.Delivery, r.Total, to}) // strings and integers always marshal
	return digest(b)
}

// replaces are the orders that came to nothing and give way to the reorder: they cannot
// be paid any more.
func (r *Reorder) replaces() (list []*Order) {
	if r.Of.CustomerID == nil {
		return nil // a guest's order is only put into the cart
	}
	for _, o := range []*Order{r.Of, r.Last} {
		if o != nil && (o.Status == Declined || o.Status == Expired) {
			list = append(list, o)
		}
	}
	return list
}

// lines returns those that can be ordered.
func (r *Reorder) lines() []OrderLine {
	var list []OrderLine
	for _, l := range r.Lines {
		if l.Quantity > 0 {
			l.OrderLine.Position = len(list)
			list = append(list, l.OrderLine)
		}
	}
	return list
}

// OneClick says whether a reorder can be paid without the bank's page: by which card, or why
// not.
type OneClick struct {
	Agreed bool       // the customer agreed to it at the checkout
	Method Method     // what the order that the card would be saved on was paid with or, if it was not, is to be
	Card   *SavedCard // the card that can pay, else the one that comes nearest, or nil
	Why    WhyNot     // "": it can be paid
}

// WhyNot is a reason why a reorder cannot be paid with one click.
type WhyNot string

// The reasons, the weightiest first.
const (
	WhyPending     WhyNot = "pending"      // another order of the chain is undecided
	WhyCardsOff    WhyNot = "cards_off"    // the shop does not offer to pay by card now
	WhyWallet      WhyNot = "wallet"       // the order was paid by a wallet, which leaves no card
	WhyAccount     WhyNot = "account"      // from an account, or with points
	WhyCredit      WhyNot = "credit"       // on a loan, about which the bank decides anew
	WhyMethod      WhyNot = "method"       // in another way that leaves no card
	WhyNoCard      WhyNot = "no_card"      // the customer did not agree to it
	WhyNotSaved    WhyNot = "not_saved"    // the customer agreed, but the bank did not save the card
	WhyCardRemoved WhyNot = "card_removed" // the card is removed, or is being removed
	WhyCardDead    WhyNot = "card_dead"    // the bank does not take it any more
	WhyCardExpired WhyNot = "card_expired"
	WhyAddress     WhyNot = "address"  // the customer has to choose an address first
	WhyDelivery    WhyNot = "delivery" // the shop no longer offers that way of delivery
	WhyGoods       WhyNot = "goods"    // something is not available
	WhyMeasure     WhyNot = "measure"  // a unit of something does not hold what it did
	WhyTotal       WhyNot = "total"    // the total is not the one that the bank may charge
)

// Reorder prepares buying an order again for its customer. offered are the ways to pay that the shop
// offers now; none: a card only. Errors: NotFound, also for somebody else's order.
func (s *Store) Reorder(ctx context.Context, orderID, customerID int64, offered ...Method) (*Reorder, error) {
	return s.ReorderTo(ctx, orderID, customerID, 0, offered...)
}

// ReorderTo is Reorder to the address that the customer chose: an entry of their
// address book, or AsOrdered.
func (s *Store) ReorderTo(ctx context.Context, orderID, customerID, addressID int64, offered ...Method) (*Reorder, error) {
	db := s.Read(ctx)
	o, err := loadOrder(db, "id = ?", orderID)
	if err != nil {
		return nil, err
	}
	if o.CustomerID == nil || *o.CustomerID != customerID {
		return nil, errNoOrder
	}
	return prepareReorder(db, s.Now(), o, addressID, offered)
}

// ReorderOfGuest is Reorder for an order without an account, which anybody with its link may
// buy again, though not with a saved card.
func (s *Store) ReorderOfGuest(ctx context.Context, o *Order) (*Reorder, error) {
	return prepareReorder(s.Read(ctx), s.Now(), o, 0, nil)
}

var errNoOrder = &Error{Kind: NotFound, Code: CodeOrderNotFound}

func prepareReorder(db *gorm.DB, now time.Time, o *Order, addressID int64, offered []Method) (*Reorder, error) {
	r := &Reorder{Of: o, To: o.address()}
	var err error
	if r.Last, err = newestReorder(db, o.ID); err != nil {
		return nil, err
	}
	if r.Undecided, err = undecided(db, o); err != nil {
		return nil, err
	}
	for _, was := range o.Lines {
		l := ReorderLine{OrderLine: was, WasQuantity: was.Quantity, WasUnit: was.UnitTetri}
		free, active := 0, false
		dest := []any{&l.UnitTetri, &active, &l.Adult, &free, &l.Slug, &l.Tint, &l.Picture, &l.NameKa, &l.NameEn, &l.MeasureKa, &l.MeasureEn, &l.Withdrawal}
		err := query(db, dest, `SELECT p.price_tetri, p.active, p.adult, coalesce(s.on_hand - s.reserved, 0) + `+ownReserved+`,
			p.slug, p.tint, coalesce(g.name, ''), k.name, e.name, k.measure, e.measure, p.withdrawal
			FROM products p LEFT JOIN stock s ON s.product_id = p.id
			JOIN product_texts k ON k.product_id = p.id AND k.lang = 'ka' JOIN product_texts e ON e.product_id = p.id AND e.lang = 'en'
			LEFT JOIN product_pictures g ON g.product_id = p.id AND g.position = 0
			JOIN `+ofOrder+` ON true WHERE p.id = ?`, o.ID, was.ProductID)
		if err != nil {
			return nil, err
		}
		l.Remeasured = l.MeasureKa != was.MeasureKa || l.MeasureEn != was.MeasureEn
		l.Quantity = max(min(was.Quantity, free), 0)
		if l.Gone = !active; l.Gone {
			l.Quantity = 0
		}
		r.Items += l.Total()
		r.Lines = append(r.Lines, l)
	}
	if o.CustomerID != nil {
		if err := r.chooseAddress(db, addressID); err != nil {
			return nil, err
		}
	}
	option, delivers := r.To.Delivery.Option()
	r.Delivers, r.Delivery = delivers, o.DeliveryTetri
	if delivers {
		r.Delivery = option.Cost(r.Items)
	}
	r.Total = r.Items + r.Delivery
	if r.OneClick, err = oneClick(db, now, r); err != nil {
		return nil, err
	}
	if _, ok := chooseMethod(ByCard, offered); !ok && !r.Pending() {
		r.OneClick.Why = WhyCardsOff
	}
	return r, nil
}

// newestReorder returns the newest order that buys the one with this id again, nil if
// there is none.
func newestReorder(db *gorm.DB, orderID int64) (*Order, error) {
	return orNil(loadOrder(db, "reorder_of = ?", orderID))
}

// undecided returns the newest order of the chain of reorders that o belongs to whose
// payment is not decided, nil if there is none. An order under review counts, because it
// may have been paid.
func undecided(db *gorm.DB, o *Order) (*Order, error) {
	return orNil(loadOrder(db, "(id = ? OR root_id = ?) AND status IN ?", o.Root(), o.Root(),
		[]OrderStatus{AwaitingPayment, Confirming, Review}))
}

// oneClick looks for a card that may pay r without the bank's page: one whose owner agreed
// to reorder exactly this order. (The bank would charge it for another order of the same
// total as well, but would name the goods of this one.)
func oneClick(db *gorm.DB, now time.Time, r *Reorder) (OneClick, error) {
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
	var agreed CardKind
	if err := query(db, []any{&agreed}, "SELECT save_card FROM orders WHERE id = ?", r.Of.Root()); err != nil {
		return OneClick{}, err
	}
	if best.Agreed = agreed == Subscription; best.Agreed {
		best.Why = WhyNotSaved
	}
	if best.Method, err = methodOf(db, r.Of.Root()); err != nil {
		return OneClick{}, err
	}
	if why := best.Method.Rules().whyNoOneClick(); why != "" {
		best.Why = why
	}
	for i := range cards {
		if why := whyNot(&cards[i], now, r); best.Card == nil || rank(why) > rank(best.Why) {
			best.Card, best.Why = &cards[i], why
		}
	}
	if r.Pending() {
		best.Why = WhyPending
	}
	return best, nil
}

func whyNot(c *SavedCard, now time.Time, r *Reorder) WhyNot {
	switch {
	case c.State == CardRemoving || c.State == CardRemoved:
		return WhyCardRemoved
	case c.State == CardDead:
		return WhyCardDead
	case c.Expired(now):
		return WhyCardExpired
	case r.AskWhere:
		return WhyAddress
	case !r.Delivers:
		return WhyDelivery
	case !r.Complete():
		return WhyGoods
	case r.Remeasured():
		return WhyMeasure
	case *c.FixedTetri != r.Total:
		return WhyTotal
	}
	return ""
}

// methodOf is what an order was paid with or, if it was not, is to be paid with.
func methodOf(db *gorm.DB, orderID int64) (m Method, err error) {
	err = query(db, []any{&m}, "SELECT coalesce(nullif(p.method, ''), o.method) FROM orders o LEFT JOIN payments p ON p.id = o.paid_payment_id WHERE o.id = ?", orderID)
	return m, err
}

// whyNoOneClick is why an order that was paid by the method cannot be bought again with one click; ""
// if the method allows it.
func (r MethodRules) whyNoOneClick() WhyNot {
	switch {
	case r.OneClick:
		return ""
	case r.Button:
		return WhyWallet
	case r.Credit:
		return WhyCredit
	case r.Payer == PayerAccount:
		return WhyAccount
	}
	return WhyMethod
}

// rank orders the reasons by how near they are to none.
func rank(w WhyNot) int {
	for i, x := range []WhyNot{WhyWallet, WhyAccount, WhyCredit, WhyMethod, WhyNoCard, WhyNotSaved, WhyCardRemoved, WhyCardDead, WhyCardExpired, WhyAddress, WhyDelivery, WhyGoods, WhyMeasure, WhyTotal, ""} {
		if x == w {
			return i
		}
	}
	return -1
}
