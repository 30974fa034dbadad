package models

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// NewPayment is one attempt to pay as the desk wants it stored.
type NewPayment struct {
	IdempotencyKey string
	RequestBody    []byte // the exact bytes that will be sent
	ExpiresAt      time.Time
	Splits         bool // the request carries Order.Split
}

// BuildPayment makes the request that will ask the bank for an order's money. It
// runs inside the transaction that stores the order, so that request and order
// cannot disagree; it must only compute.
type BuildPayment func(*Order, PaymentKind) (NewPayment, error)

// ReservationGrace is how long the units of an order stay reserved after the bank stops
// taking its payment, so that a payment made in the last second still gets them.
const ReservationGrace = 5 * time.Minute

// PlaceOrder turns the cart with the given key into an order with a first
// attempt to pay, in one transaction: prices and stock are those of this moment,
// the units are reserved, the bank's request is stored before it is sent.
//
// Placing the same thing again (double click, reload, the browser's Back)
// returns the order there is. A changed cart or form replaces the cart's earlier
// unpaid order, which is cancelled.
//
// Errors: Invalid with Fields; Conflict "cart.empty" or "cart.changed" (units
// are missing; the cart page says which); Limited (Bounds); *CheckoutChanged.
func (s *Store) PlaceOrder(ctx context.Context, cartKey string, c Checkout, build BuildPayment) (*Order, error) {
	return s.placed(ctx, cartKey, c, build, nil)
}

// errTried ends a transaction of TryOrder.
var errTried = errors.New("only tried")

// TryOrder does what PlaceOrder would do and leaves nothing of it behind. It returns the order that
// PlaceOrder would return; the errors are the same.
func (s *Store) TryOrder(ctx context.Context, cartKey string, c Checkout, build BuildPayment) (*Order, error) {
	o, err := s.placed(ctx, cartKey, c, build, errTried)
	if errors.Is(err, errTried) {
		err = nil
	}
	return o, err
}

// placed places an order in a transaction that ends with the error then: nil commits it.
func (s *Store) placed(ctx context.Context, cartKey string, c Checkout, build BuildPayment, then error) (o *Order, err error) {
	if wrong := c.Validate(); len(wrong) > 0 {
		return nil, &Error{Kind: Invalid, Code: CodeFormInvalid, Fields: wrong}
	}
	err = s.inTx(ctx, func(tx *Tx) (err error) {
		if o, err = placeOrder(tx, cartKey, c, build); err == nil {
			err = then
		}
		return err
	})
	return o, err
}

func placeOrder(tx *Tx, cartKey string, c Checkout, build BuildPayment) (*Order, error) {
	row, err := tx.lockCart(cartHash(cartKey))
	if err != nil {
		return nil, err
	}
	// What pays one of these orders empties the cart, too: the cart is read after that, or before.
	if err := tx.lockOrders("cart_id = ? AND status IN (?, ?, ?) OR checkout_key = ?", row.ID, AwaitingPayment, Confirming, Declined, c.Key); err != nil {
		return nil, err
	}
	cart, err := loadCart(tx.DB, c.Lang, row.ID)
	if err != nil {
		return nil, err
	}
	same, err := ordered(tx, cart, &c)
	if err != nil {
		return nil, err
	}
	if same != nil && !same.Status.Payable() {
		return same, nil // its form was sent again after it was paid
	}
	if len(cart.Lines) == 0 {
		return boughtJustNow(tx, cart.ID)
	}
	lines, err := freezeLines(tx, cart)
	if err != nil {
		return nil, err
	}
	card, err := c.card(tx)
	if err != nil {
		return nil, err
	}
	o := newOrder(tx.now, c, lines)
	o.CartID = &cart.ID
	differs := o.TotalTetri != c.ExpectedTotal || !cart.showed(c.Lang, c.CustomerID, c.Shown)
	for { // there can be two: an expired order that was retried waits beside a later one
		earlier, err := unpaidOrder(tx, cart.ID, c.Key)
		if err != nil {
			return nil, err
		}
		if earlier == nil {
			break
		}
		if earlier.Fingerprint == o.Fingerprint && !differs && cart.Orderable() {
			return earlier, nil
		}
		if earlier.LastPayment().Consented() {
			return earlier, nil // it may be paid already: a second order could be paid as well
		}
		if err := supersede(tx, earlier); err != nil {
			return nil, err
		}
	}
	if !cart.Orderable() {
		return nil, &Error{Kind: Conflict, Code: CodeCartChanged}
	}
	if differs {
		return nil, &CheckoutChanged{Shown: c.ExpectedTotal, Now: o.TotalTetri, Cart: cart}
	}
	return o, storeOrder(tx, o, card, c.Button, c.From, build)
}

// ordered returns the order that this form has placed before, nil if there is none. If it is
// somebody else's order (they have signed out, and the browser still has their page), the
// form counts as a new one and gets a key of its own.
func ordered(tx *Tx, cart *Cart, c *Checkout) (*Order, error) {
	same, err := orNil(loadOrder(tx.DB, "checkout_key = ?", c.Key))
	switch {
	case same == nil:
		return nil, err
	case same.CartID != nil && *same.CartID == cart.ID, same.CustomerID != nil && c.CustomerID != nil && *same.CustomerID == *c.CustomerID:
		return same, nil
	}
	c.Key = uuid.NewString()
	return nil, nil
}

// boughtJustNow returns the order that has just emptied the cart: its shopper may return to
// the form by another way than the bank's, after the worker has settled the payment.
// Errors: Conflict "cart.empty".
func boughtJustNow(tx *Tx, cartID int64) (*Order, error) {
	o, err := loadOrder(tx.DB, "cart_id = ? AND paid_payment_id IS NOT NULL AND updated_at > ?", cartID, tx.now.Add(-time.Hour))
	if IsKind(err, NotFound) {
		return nil, &Error{Kind: Conflict, Code: CodeCartEmpty}
	}
	return o, err
}

// newOrder is an order for lines that is neither stored nor numbered yet.
func newOrder(now time.Time, c Checkout, lines []OrderLine) *Order {
	option, _ := c.Delivery.Option()
	var items Tetri
	for _, l := range lines {
		items += l.Total()
	}
	o := &Order{
		Token: rand.Text(), CheckoutKey: c.Key, CustomerID: c.CustomerID, Network: c.Network, Lang: c.Lang, Method: c.Method, Theme: c.Theme, Status: AwaitingPayment,
		Name: c.Name, Email: c.Email, Phone: c.Phone,
		Delivery: c.Delivery, Region: c.Region, City: c.City, Street: c.Street, Note: c.Note,
		ItemsTetri: items, DeliveryTetri: option.Cost(items),
		TermsVersion: TermsVersion, TermsAt: now, ReservesStock: true, CreatedAt: now, UpdatedAt: now,
		Lines: lines,
	}
	if c.SaveCard != "" && c.Method.Rules().SaveCard {
		o.SaveCard, o.ConsentVersion, o.ConsentAt = c.SaveCard, CardConsentVersion, &now
	}
	o.setLoan(c.Loan)
	o.TotalTetri = o.ItemsTetri + o.DeliveryTetri
	o.VatTetri = o.TotalTetri.VATInside()
	o.Fingerprint = fingerprint(o, c)
	return o
}

// fingerprint tells two orders of one cart apart: everything bought and typed.
func fingerprint(o *Order, c Checkout) string {
	all := []any{
		o.Lang, o.Name, o.Email, o.Phone, o.Delivery, o.Region, o.City, o.Street, o.Note, o.TotalTetri, o.Lines, o.SaveCard, c.CardID, o.Method,
		o.LoanMonth, o.LoanCode,
	}
	if c.Button { // the page at the bank, which may be open, is not where this is paid
		all = append(all, "button")
	}
	b, _ := json.Marshal(all) // strings and integers always marshal
	return digest(b)
}

// storeOrder stores the order, reserves its units and stores the first attempt to pay it,
// by card unless that is nil, by the wallet's button if button is true. from is where its shopper is.
func storeOrder(tx *Tx, o *Order, card *SavedCard, button bool, from Visitor, build BuildPayment) error {
	if err := withinBounds(tx, o); err != nil {
		return err
	}
	var err error
	if o.ID, err = tx.nextID("orders"); err != nil {
		return err
	}
	o.Number = orderNumber(o.ID)
	p, err := newPayment(tx, o, card, button, build)
	if err != nil {
		return err
	}
	if button {
		o.Status = p.firstStatus()
	}
	if err := createOrder(tx, o); err != nil {
		return err
	}
	if err := addOrderEvent(tx, o, o.Status, "placed"); err != nil {
		return err
	}
	if err := noteAccess(tx, o.ID, AccessPlaced, from); err != nil {
		return err
	}
	if err := createPayment(tx, o, p); err != nil {
		return err
	}
	// The stock is last: whoever wants the same product waits from here until the commit.
	short, err := reserveFor(tx, o)
	if err == nil && short != nil {
		err = &Error{Kind: Conflict, Code: CodeCartChanged}
	}
	return err
}

// createOrder stores an order and its lines.
func createOrder(tx *Tx, o *Order) error {
	if err := tx.Create(o).Error; err != nil {
		return err
	}
	for i := range o.Lines {
		o.Lines[i].OrderID = o.ID
	}
	if err := tx.Create(&o.Lines).Error; err != nil {
		return err
	}
	if err := indexOrder(tx, o); err != nil {
		return err
	}
	// Whoever accepts the terms of an order with something for adults confirms their age.
	return tx.exec(`UPDATE orders SET age_confirmed_at = terms_at WHERE id = ? AND EXISTS (
		SELECT 1 FROM order_lines l JOIN products p ON p.id = l.product_id WHERE l.order_id = orders.id AND p.adult = 1)`, o.ID)
}

// orderNumber is the number that people read out on the telephone and that the payer finds
// on the bank statement, which shows 25 characters.
func orderNumber(id int64) string { return "D-" + strconv.FormatInt(100_000+id, 10) }

func freezeLines(tx *Tx, cart *Cart) ([]OrderLine, error) {
	var lines []OrderLine
	for i, c := range cart.Lines {
		l := OrderLine{
			Position: i, ProductID: c.ProductID, Slug: c.Slug, Picture: c.Picture, Tint: c.Tint,
			Quantity: c.Quantity, UnitTetri: c.Price,
		}
		err := query(tx.DB, []any{&l.NameKa, &l.NameEn, &l.MeasureKa, &l.MeasureEn, &l.Withdrawal}, `SELECT k.name, e.name, k.measure, e.measure, p.withdrawal
			FROM product_texts k JOIN product_texts e ON e.product_id = k.product_id AND e.lang = 'en' JOIN products p ON p.id = k.product_id
			WHERE k.product_id = ? AND k.lang = 'ka'`, c.ProductID)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// UnpaidOrder returns the newest order of the cart, nil if it is paid, cancelled or older
// than a day.
func (s *Store) UnpaidOrder(ctx context.Context, cartID int64) (*Order, error) {
	return orNil(loadOrder(s.Read(ctx), "id = (SELECT max(id) FROM orders WHERE cart_id = ?) AND status IN ? AND created_at > ?",
		cartID, []OrderStatus{AwaitingPayment, Confirming, Declined, Expired}, s.Now().Add(-24*time.Hour)))
}

// unpaidOrder returns the newest unpaid order that the cart or this form has placed, nil if
// there is none. An expired order is only found by its form, and one that is decidedElsewhere is not
// replaced by another.
func unpaidOrder(tx *Tx, cartID int64, checkoutKey string) (*Order, error) {
	unpaid := []OrderStatus{AwaitingPayment, Confirming, Declined}
	return orNil(tx.lockOrder("cart_id = ? AND status IN ? AND NOT "+decidedElsewhere("orders")+" OR checkout_key = ? AND status IN ?",
		cartID, unpaid, checkoutKey, append(unpaid, Expired)))
}

// supersede cancels an unpaid order in favour of a newer one of the same cart.
// Should it be paid at the bank all the same, settling notices.
func supersede(tx *Tx, o *Order) error {
	if err := releaseUnits(tx, o); err != nil {
		return err
	}
	if err := setStatus(tx, o, Cancelled, "superseded"); err != nil {
		return err
	}
	o.CheckoutKey += "#" + strconv.FormatInt(o.ID, 10)
	return tx.save(o, "CheckoutKey")
}
