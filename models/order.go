package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// OrderStatus is where an order stands, in the words that pages carry as
// data-status.
type OrderStatus string

// The states of an order. They follow from its payments; nobody sets them by hand.
const (
	AwaitingPayment OrderStatus = "awaiting_payment" // the shopper can pay
	Confirming      OrderStatus = "confirming"       // the bank is still deciding
	OnHold          OrderStatus = "on_hold"          // the money is held, not captured
	Paid            OrderStatus = "paid"
	Declined        OrderStatus = "declined"  // refused or given up; can be retried
	Expired         OrderStatus = "expired"   // not paid in time; its units are released
	Cancelled       OrderStatus = "cancelled" // by its customer or by staff (CancelledAt), or replaced by a later order of the same cart
	Review          OrderStatus = "review"    // the bank's facts and ours differ; staff decide
	Refunding       OrderStatus = "refund_requested"
	PartlyRefunded  OrderStatus = "partly_refunded"
	Refunded        OrderStatus = "refunded"
)

// Payable reports whether a new attempt to pay may be made.
func (s OrderStatus) Payable() bool {
	return s == AwaitingPayment || s == Declined || s == Expired
}

// Delivers reports whether the goods of an order of this status are delivered.
func (s OrderStatus) Delivers() bool { return s == OnHold || s == Paid || s == PartlyRefunded }

// Unsettled reports whether the bank may still change what is true.
func (s OrderStatus) Unsettled() bool { return s == AwaitingPayment || s == Confirming }

// CanPay reports whether an order of this status whose frozen prices count from the given time
// (Order.PricesFrom) may still be paid. While it may, it is not bought again.
func (s OrderStatus) CanPay(pricesFrom, now time.Time) bool {
	return s == AwaitingPayment || s.Payable() && now.Sub(pricesFrom) <= retryFor
}

// Fulfilment is where the goods of an order are. It means something once the order is paid or
// on hold.
type Fulfilment string

// The states of fulfilment. A courier's order is packed, sent and delivered; one that is
// picked up is packed, ready and handed over.
const (
	FulfilmentWaiting    Fulfilment = "waiting" // nobody has packed it yet
	FulfilmentPacked     Fulfilment = "packed"
	FulfilmentSent       Fulfilment = "sent"
	FulfilmentDelivered  Fulfilment = "delivered"
	FulfilmentReady      Fulfilment = "ready" // to be picked up
	FulfilmentHandedOver Fulfilment = "handed_over"
	FulfilmentReturned   Fulfilment = "returned"
)

// Order is one purchase, frozen at the moment it was placed.
type Order struct {
	ID             int64
	Number         string
	Token          string
	CheckoutKey    string
	Fingerprint    string
	CartID         *int64
	CustomerID     *int64 // nil: a guest's
	ReorderOf      *int64 // the order it buys again
	RootID         *int64 // the first of a chain of reorders; nil: itself
	Network        string // where it was placed from, as a keyed hash; "": not known
	Lang           Lang
	Method         Method // the way to pay that the shopper chose last
	LoanMonth      int    // what they chose of a loan, see Loan
	LoanCode       string
	Theme          string // of the bank's page: light, dark, or "" for the bank's default
	Status         OrderStatus
	Name           string
	Email          string
	Phone          string
	Delivery       Delivery
	Region         string
	City           string
	Street         string
	Note           string
	ItemsTetri     Tetri
	DeliveryTetri  Tetri
	TotalTetri     Tetri
	VatTetri       Tetri
	TermsVersion   string
	AgeConfirmedAt *time.Time // nil: nothing in it is for adults only
	TermsAt        time.Time
	SaveCard       CardKind // how the shopper agreed to have the card saved; "": not at all
	ConsentVersion string
	ConsentAt      *time.Time
	Fulfilment     Fulfilment `gorm:"default:waiting"`
	CancelledAt    *time.Time // when its customer or staff cancelled it, or its hold ended without a capture; nil: neither
	ReceivedAt     *time.Time // when the last of it reached its customer; nil: not yet
	ReceivedBy     string     // who picked it up
	ReservesStock  bool
	ReservedUntil  time.Time
	PaidPaymentID  *int64
	AddressLeft    bool // its address is not in the customer's address book any more
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Lines          []OrderLine  `gorm:"-"`
	Payments       []Payment    `gorm:"-"` // oldest attempt first
	Events         []OrderEvent `gorm:"-"`
	// Split is how the attempt that is being stored is shared with makers; nil: it is not. See
	// Store.OrderSplits for those that are stored.
	Split *Split `gorm:"-"`
}

// OrderLine is one product of an order at the price it was bought for.
type OrderLine struct {
	OrderID   int64
	Position  int
	ProductID int64
	Slug      string
	NameKa    string
	NameEn    string
	MeasureKa string
	MeasureEn string
	Picture   string
	Tint      string
	Quantity  int
	Missing   int // of these: were not there when it was packed, and so were neither charged nor sold
	UnitTetri Tetri

	// Withdrawal says whether the goods can be sent back. No page shows it before the order is
	// placed, so it is no part of what a page has shown.
	Withdrawal Withdrawal `gorm:"default:yes" json:"-"`
}

// Name returns the product's name in lang.
func (l OrderLine) Name(lang Lang) string {
	if lang == En {
		return l.NameEn
	}
	return l.NameKa
}

// Measure returns how much one unit holds, in lang.
func (l OrderLine) Measure(lang Lang) string {
	if lang == En {
		return l.MeasureEn
	}
	return l.MeasureKa
}

// Total returns the price of the whole line.
func (l OrderLine) Total() Tetri { return l.UnitTetri * Tetri(l.Quantity) }

// OrderEvent is one entry of the timeline that a person reads.
type OrderEvent struct {
	ID      int64
	OrderID int64
	At      time.Time
	Status  OrderStatus
	Detail  string
}

// Root returns the id of the first order of the chain of reorders that o belongs to.
func (o *Order) Root() int64 {
	if o.RootID != nil {
		return *o.RootID
	}
	return o.ID
}

// PricesFrom is when the time begins in which the order can be paid at its frozen prices: when it was
// placed or, if the shopper has applied for a loan, when the bank's time to decide is over. A refusal
// that comes late leaves time to pay in another way.
func (o *Order) PricesFrom() time.Time {
	from := o.CreatedAt
	for _, p := range o.Payments {
		if p.DecideUntil != nil && p.DecideUntil.After(from) {
			from = *p.DecideUntil
		}
	}
	return from
}

// LastPayment returns the newest attempt, nil if there is none.
func (o *Order) LastPayment() *Payment {
	if len(o.Payments) == 0 {
		return nil
	}
	return &o.Payments[len(o.Payments)-1]
}

// ShownPayment returns the attempt that decides about the order: the one that paid it, or
// else the newest.
func (o *Order) ShownPayment() *Payment {
	for i := range o.Payments {
		if o.PaidPaymentID != nil && o.Payments[i].ID == *o.PaidPaymentID {
			return &o.Payments[i]
		}
	}
	return o.LastPayment()
}

// ChargedTwice returns what was captured by attempts other than the one that paid the order,
// and how much of that was refunded.
func (o *Order) ChargedTwice() (charged, returned Tetri) {
	for _, p := range o.Payments {
		if o.PaidPaymentID != nil && p.ID != *o.PaidPaymentID && p.State.captured() {
			charged += p.CapturedTetri
			returned += p.RefundedTetri
		}
	}
	return charged, returned
}

// RefundDelayed reports whether the bank has rejected the order's refund, and nothing has
// happened since.
func (o *Order) RefundDelayed() bool {
	return len(o.Events) > 0 && o.Events[len(o.Events)-1].Detail == refundRejected
}

// OrderByToken returns the order behind a guest's link, with lines, payments and
// events. Errors: NotFound.
func (s *Store) OrderByToken(ctx context.Context, token string) (*Order, error) {
	return loadOrder(s.Read(ctx), "token = ?", token)
}

// OrderByNumber returns the order that people call by this number. It is for staff: a
// number can be guessed. Errors: NotFound.
func (s *Store) OrderByNumber(ctx context.Context, number string) (*Order, error) {
	return loadOrder(s.Read(ctx), "number = ?", number)
}

// OrderByID returns an order with lines, payments and events. Errors: NotFound.
func (s *Store) OrderByID(ctx context.Context, id int64) (*Order, error) {
	return loadOrder(s.Read(ctx), "id = ?", id)
}

// loadOrder returns the newest order for which where holds.
func loadOrder(db *gorm.DB, where string, args ...any) (*Order, error) {
	return wholeOrder(db, db.Where(where, args...))
}

// wholeOrder loads the order that row finds, with all that belongs to it.
func wholeOrder(db, row *gorm.DB) (*Order, error) {
	var o Order
	if err := row.Order("id DESC").Take(&o).Error; err != nil {
		return nil, notFound(err, CodeOrderNotFound)
	}
	if err := db.Where("order_id = ?", o.ID).Order("position").Find(&o.Lines).Error; err != nil {
		return nil, err
	}
	if err := db.Where("order_id = ?", o.ID).Order("attempt").Find(&o.Payments).Error; err != nil {
		return nil, err
	}
	err := db.Where("order_id = ?", o.ID).Order("id").Find(&o.Events).Error
	return &o, err
}

// setStatus moves an order and adds the move to its timeline.
func setStatus(tx *Tx, o *Order, to OrderStatus, detail string) error {
	if o.Status == to {
		return nil
	}
	o.Status, o.UpdatedAt = to, tx.now
	if err := tx.save(o, "Status", "UpdatedAt"); err != nil {
		return err
	}
	return addOrderEvent(tx, o, to, detail)
}

// addOrderEvent adds a step to an order's timeline, in the database and in o, which is shown next.
func addOrderEvent(tx *Tx, o *Order, status OrderStatus, detail string) error {
	e := OrderEvent{OrderID: o.ID, At: tx.now, Status: status, Detail: detail}
	if err := tx.Create(&e).Error; err != nil {
		return err
	}
	o.Events = append(o.Events, e)
	return nil
}

// releaseUnits gives an order's units back to the shelf, once.
func releaseUnits(tx *Tx, o *Order) error {
	if !o.ReservesStock {
		return nil
	}
	o.ReservesStock = false
	if err := tx.save(o, "ReservesStock"); err != nil {
		return err
	}
	return release(tx, o.ID, o.Lines)
}

// reserveUnits reserves an order's units again if they were released. It reports the first
// line of which not enough units are free, or nil; then none is reserved.
func reserveUnits(tx *Tx, o *Order) (short *OrderLine, err error) {
	if o.ReservesStock {
		return nil, nil
	}
	if short, err = reserveFor(tx, o); short != nil || err != nil {
		return short, err
	}
	o.ReservesStock = true
	return nil, tx.save(o, "ReservesStock")
}
