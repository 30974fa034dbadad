package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// FulfilmentStep is something that staff do with the goods of an order.
type FulfilmentStep string

// The steps of fulfilment.
const (
	StepPack     FulfilmentStep = "pack"
	StepSend     FulfilmentStep = "ship"
	StepReady    FulfilmentStep = "ready"     // to be picked up
	StepHandOver FulfilmentStep = "hand_over" // to the person who picks it up
)

// RefusesStep says why a step of the order's fulfilment is not allowed, "" if it is. A held
// amount is enough to pack for; nothing leaves the shop before it is captured.
func (o *Order) RefusesStep(step FulfilmentStep) ErrorCode {
	switch o.Status {
	case Paid, PartlyRefunded:
	case OnHold:
		if step != StepPack {
			return CodeFulfilNotCaptured
		}
	case Cancelled:
		return CodeFulfilCancelled
	case Refunding:
		return CodeFulfilRefunding
	case Review:
		return CodeFulfilReview
	case Refunded:
		return CodeFulfilRefunded
	default:
		return CodeFulfilNotPaid
	}
	switch {
	case step == StepSend && o.Delivery == Pickup:
		return CodeFulfilPickup
	case (step == StepReady || step == StepHandOver) && o.Delivery != Pickup:
		return CodeFulfilNotPickup
	case step == StepSend: // Goods says whether units are left
		return ""
	case o.Fulfilment == FulfilmentWaiting,
		o.Fulfilment == FulfilmentPacked && step != StepPack,
		o.Fulfilment == FulfilmentReady && step == StepHandOver:
		return ""
	}
	return CodeFulfilAlready
}

// Dispatched reports whether something of the order has left the shop.
func (o *Order) Dispatched() bool {
	switch o.Fulfilment {
	case FulfilmentSent, FulfilmentDelivered, FulfilmentHandedOver, FulfilmentReturned:
		return true
	}
	return false
}

// Parcel is a part of an order that a carrier takes to its customer.
type Parcel struct {
	ID          int64
	OrderID     int64
	Number      int // 1, 2… within the order
	Carrier     string
	Tracking    string // the carrier's number; may be ""
	Link        string // where the carrier shows where it is; "" or https
	SentAt      time.Time
	DeliveredAt *time.Time
	DeliveredTo string // who took it
	ReturnedAt  *time.Time
	Lines       []ParcelLine `gorm:"-"`
}

// ParcelLine is how many units of a line are in a parcel.
type ParcelLine struct {
	ParcelID int64
	Position int
	Quantity int
}

// State is where the parcel is, in the words of fulfilment.
func (p *Parcel) State() Fulfilment {
	switch {
	case p.DeliveredAt != nil:
		return FulfilmentDelivered
	case p.ReturnedAt != nil:
		return FulfilmentReturned
	}
	return FulfilmentSent
}

// Goods is where the units of an order are.
type Goods struct {
	Parcels []Parcel    // oldest first
	Left    map[int]int // units that have still to leave the shop, by the position of their line
	Gone    map[int]int // units that have left it, by the position of their line
}

// AnyLeft reports whether units have still to leave the shop.
func (g *Goods) AnyLeft() bool {
	for _, n := range g.Left {
		if n > 0 {
			return true
		}
	}
	return false
}

// Goods returns where the units of an order are.
func (s *Store) Goods(ctx context.Context, o *Order) (*Goods, error) { return goodsOf(s.Read(ctx), o) }

func goodsOf(db *gorm.DB, o *Order) (*Goods, error) {
	g := &Goods{Left: map[int]int{}, Gone: map[int]int{}}
	if err := db.Where("order_id = ?", o.ID).Order("number").Find(&g.Parcels).Error; err != nil {
		return nil, err
	}
	if err := addParcelLines(db, g.Parcels); err != nil {
		return nil, err
	}
	owed, err := owedUnits(db, o)
	if err != nil {
		return nil, err
	}
	away := map[int]int{} // with the customer, or on the way there
	for _, p := range g.Parcels {
		for _, l := range p.Lines {
			g.Gone[l.Position] += l.Quantity
			if p.ReturnedAt == nil {
				away[l.Position] += l.Quantity
			}
		}
	}
	for _, l := range o.Lines {
		switch {
		case o.Fulfilment == FulfilmentHandedOver, o.Delivery == Pickup && o.Fulfilment == FulfilmentReturned:
			g.Gone[l.Position] = owed[l.Position]
		default:
			left := owed[l.Position] - away[l.Position]
			if o.PaidPaymentID != nil { // no more than was sold and is in the house, not on the shelf
				sold, returned, err := soldAndReturned(db, o, l)
				if err != nil {
					return nil, err
				}
				left = min(left, sold-max(away[l.Position]-returned, 0))
			}
			g.Left[l.Position] = max(left, 0)
			g.Gone[l.Position] = min(g.Gone[l.Position], owed[l.Position]) // what came back and was sent again counts once
		}
	}
	return g, nil
}

func addParcelLines(db *gorm.DB, parcels []Parcel) error {
	at := map[int64]int{}
	var ids []int64
	for i, p := range parcels {
		at[p.ID] = i
		ids = append(ids, p.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	var lines []ParcelLine
	if err := db.Where("parcel_id IN ?", ids).Order("parcel_id, position").Find(&lines).Error; err != nil {
		return err
	}
	for _, l := range lines {
		p := &parcels[at[l.ParcelID]]
		p.Lines = append(p.Lines, l)
	}
	return nil
}

// owedUnits returns how many units of each line the customer gets, by the position of the
// line: those that were there for packing and were not refunded. Units that were refunded because
// they came back still count, because the customer had got them.
func owedUnits(db *gorm.DB, o *Order) (map[int]int, error) {
	owed := map[int]int{}
	for _, l := range o.Lines {
		owed[l.Position] = l.Quantity - l.Missing
	}
	var refunded []LineUnits
	err := queryAll(db, &refunded, `SELECT l.position, sum(l.units) AS units FROM refund_lines l JOIN refunds r ON r.id = l.refund_id
		JOIN payments p ON p.id = r.payment_id WHERE p.order_id = ? AND r.state <> 'rejected'
		AND NOT EXISTS (SELECT 1 FROM returns b WHERE b.refund_id = r.id) GROUP BY l.position`, o.ID)
	for _, u := range refunded {
		owed[u.Position] = max(owed[u.Position]-u.Units, 0)
	}
	return owed, err
}

// fulfilmentOf returns where the goods of an order are that is sent in parcels.
func fulfilmentOf(g *Goods) (is Fulfilment, receivedAt *time.Time) {
	delivered, returned := false, false
	for _, p := range g.Parcels {
		switch p.State() {
		case FulfilmentSent:
			return FulfilmentSent, nil
		case FulfilmentDelivered:
			delivered = true
			if receivedAt == nil || p.DeliveredAt.After(*receivedAt) {
				receivedAt = p.DeliveredAt
			}
		case FulfilmentReturned:
			returned = true
		}
	}
	switch {
	case delivered && !g.AnyLeft():
		return FulfilmentDelivered, receivedAt
	case delivered:
		return FulfilmentSent, nil
	case returned:
		return FulfilmentReturned, nil
	}
	return FulfilmentPacked, nil
}

// soldAndReturned returns how many units of a line were sold and did not come back, and how many
// came back in returns.
func soldAndReturned(db *gorm.DB, o *Order, l OrderLine) (sold, returned int, err error) {
	err = query(db, []any{&sold, &returned}, `SELECT
		(SELECT `+netSoldSum+` FROM stock_moves WHERE order_id = ? AND product_id = ?),
		(SELECT coalesce(sum(restocked + written_off), 0) FROM return_lines x JOIN returns r ON r.id = x.return_id
			WHERE r.order_id = ? AND x.position = ?)`, o.ID, l.ProductID, o.ID, l.Position)
	return sold, returned, err
}
