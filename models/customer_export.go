package models

import (
	"context"
	"time"
)

// Export is everything the shop has about a customer, in the form they download
// it. Amounts are decimal lari.
type Export struct {
	At        time.Time         `json:"exported_at"`
	Profile   ExportedProfile   `json:"profile"`
	Addresses []ExportedAddress `json:"addresses"`
	Orders    []ExportedOrder   `json:"orders"`
	Cards     []ExportedCard    `json:"saved_cards"`
	SignIns   []ExportedSignIn  `json:"sign_in_providers"`
	Sessions  []ExportedSession `json:"sessions"`
}

// ExportedProfile is the customer themselves.
type ExportedProfile struct {
	Email       string     `json:"email"`
	VerifiedAt  *time.Time `json:"email_confirmed_at"`
	Name        string     `json:"name"`
	Phone       string     `json:"phone"`
	Lang        Lang       `json:"language"`
	MarketingAt *time.Time `json:"wants_news_since"`
	CreatedAt   time.Time  `json:"registered_at"`
}

// ExportedAddress is an entry of the address book.
type ExportedAddress struct {
	Name     string   `json:"name"`
	Phone    string   `json:"phone"`
	Delivery Delivery `json:"delivery"`
	Region   string   `json:"region"`
	City     string   `json:"city"`
	Street   string   `json:"street"`
	Default  bool     `json:"default"`
}

// ExportedOrder is one order.
type ExportedOrder struct {
	Number        string         `json:"number"`
	PlacedAt      time.Time      `json:"placed_at"`
	Status        OrderStatus    `json:"status"`
	Name          string         `json:"name"`
	Email         string         `json:"email"`
	Phone         string         `json:"phone"`
	Delivery      Delivery       `json:"delivery"`
	Region        string         `json:"region"`
	City          string         `json:"city"`
	Street        string         `json:"street"`
	Note          string         `json:"note"`
	Lines         []ExportedLine `json:"lines"`
	DeliveryPrice string         `json:"delivery_price"`
	Total         string         `json:"total"`
	Currency      string         `json:"currency"`
	Card          string         `json:"paid_with_card,omitempty"`
	Method        Method         `json:"paid_with,omitempty"`
	Payer         string         `json:"paid_by,omitempty"` // as the bank names whoever paid without a card
	Discount      string         `json:"bank_discount,omitempty"`
	TermsVersion  string         `json:"terms_accepted"`
	AgeConfirmed  *time.Time     `json:"age_confirmed,omitempty"`

	Fulfilment  Fulfilment       `json:"fulfilment"`
	CancelledAt *time.Time       `json:"cancelled_at,omitempty"`
	ReceivedAt  *time.Time       `json:"received_at,omitempty"`
	ReceivedBy  string           `json:"received_by,omitempty"`
	Parcels     []ExportedParcel `json:"parcels,omitempty"`
	Returns     []ExportedReturn `json:"returns,omitempty"`
}

// ExportedParcel is a parcel of an order.
type ExportedParcel struct {
	Carrier     string     `json:"carrier"`
	Tracking    string     `json:"tracking,omitempty"`
	Link        string     `json:"link,omitempty"`
	SentAt      time.Time  `json:"sent_at"`
	DeliveredAt *time.Time `json:"delivered_at,omitempty"`
	DeliveredTo string     `json:"delivered_to,omitempty"`
}

// ExportedReturn is what the customer has withdrawn from.
type ExportedReturn struct {
	AnnouncedAt time.Time   `json:"announced_at"`
	State       ReturnState `json:"state"`
	Reason      string      `json:"reason,omitempty"`
	Note        string      `json:"not_taken_back_because,omitempty"`
	Refund      string      `json:"refund,omitempty"`
}

// ExportedLine is one product of an order.
type ExportedLine struct {
	Product  string `json:"product"`
	Quantity int    `json:"quantity"`
	Price    string `json:"price"` // of one unit
}

// ExportedCard is a saved card; the shop has no more of its number.
type ExportedCard struct {
	Mask        string    `json:"number"`
	Brand       string    `json:"brand"`
	Expiry      string    `json:"expiry"`
	Kind        CardKind  `json:"kind"`
	Label       string    `json:"label"`
	ConsentedAt time.Time `json:"agreed_at"`
	Consent     string    `json:"agreed_to_version"`
}

// ExportedSignIn is another service by which the customer signs in.
type ExportedSignIn struct {
	Issuer  string    `json:"provider"`
	Subject string    `json:"id_there"`
	Since   time.Time `json:"since"`
}

// ExportedSession is a browser that is signed in.
type ExportedSession struct {
	Device    string    `json:"device"`
	StartedAt time.Time `json:"signed_in_at"`
	SeenAt    time.Time `json:"last_used_at"`
}

// ExportCustomer gathers what the shop has about a customer. lang is that of the
// products' names.
func (s *Store) ExportCustomer(ctx context.Context, c *Customer, lang Lang) (*Export, error) {
	e := &Export{At: s.Now(), Profile: ExportedProfile{
		Email: c.Email, VerifiedAt: c.VerifiedAt, Name: c.Name, Phone: c.Phone, Lang: c.Lang, MarketingAt: c.MarketingAt, CreatedAt: c.CreatedAt,
	}}
	addresses, err := s.Addresses(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		e.Addresses = append(e.Addresses, ExportedAddress{a.Name, a.Phone, a.Delivery, a.Region, a.City, a.Street, a.IsDefault})
	}
	cards, err := s.SavedCards(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, k := range cards {
		e.Cards = append(e.Cards, ExportedCard{k.Mask, k.Brand, k.Expiry, k.Kind, k.Label, k.ConsentAt, k.ConsentVersion})
	}
	sessions, err := s.SessionsOf(ctx, c.ID, "")
	if err != nil {
		return nil, err
	}
	for _, x := range sessions {
		e.Sessions = append(e.Sessions, ExportedSession{x.Device, x.StartedAt, x.SeenAt})
	}
	identities, err := s.Identities(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, x := range identities {
		e.SignIns = append(e.SignIns, ExportedSignIn{x.Issuer, x.Subject, x.CreatedAt})
	}
	return e, s.exportOrders(ctx, e, c.ID, lang)
}

func (s *Store) exportOrders(ctx context.Context, e *Export, customerID int64, lang Lang) error {
	db := s.Read(ctx)
	var orders []Order
	if err := db.Where("customer_id = ?", customerID).Order("id").Find(&orders).Error; err != nil {
		return err
	}
	const own = "SELECT id FROM orders WHERE customer_id = ?"
	var lines []OrderLine
	if err := db.Where("order_id IN ("+own+")", customerID).Order("order_id, position").Find(&lines).Error; err != nil {
		return err
	}
	var payments []Payment
	if err := db.Select("id, order_id, method, card_mask, payer_name, discount_tetri").Where("order_id IN ("+own+")", customerID).Find(&payments).Error; err != nil {
		return err
	}
	var parcels []Parcel
	if err := db.Where("order_id IN ("+own+")", customerID).Order("order_id, number").Find(&parcels).Error; err != nil {
		return err
	}
	var returns []Return
	if err := db.Where("order_id IN ("+own+")", customerID).Order("id").Find(&returns).Error; err != nil {
		return err
	}
	linesOf, paymentOf := map[int64][]ExportedLine{}, map[int64]Payment{}
	for _, l := range lines {
		linesOf[l.OrderID] = append(linesOf[l.OrderID], ExportedLine{l.Name(lang), l.Quantity, l.UnitTetri.String()})
	}
	for _, p := range payments {
		paymentOf[p.ID] = p
	}
	for _, o := range orders {
		x := ExportedOrder{
			Number: o.Number, PlacedAt: o.CreatedAt, Status: o.Status, Name: o.Name, Email: o.Email, Phone: o.Phone,
			Delivery: o.Delivery, Region: o.Region, City: o.City, Street: o.Street, Note: o.Note, Lines: linesOf[o.ID],
			DeliveryPrice: o.DeliveryTetri.String(), Total: o.TotalTetri.String(), Currency: "GEL", TermsVersion: o.TermsVersion, AgeConfirmed: o.AgeConfirmedAt,
		}
		if o.PaidPaymentID != nil {
			p := paymentOf[*o.PaidPaymentID]
			if x.Card, x.Method, x.Payer = p.CardMask, p.Method, p.PayerName; p.DiscountTetri > 0 {
				x.Discount = p.DiscountTetri.String()
			}
		}
		x.addGoods(&o, parcels, returns)
		e.Orders = append(e.Orders, x)
	}
	return nil
}

// addGoods adds what became of the goods of an order.
func (x *ExportedOrder) addGoods(o *Order, parcels []Parcel, returns []Return) {
	x.Fulfilment, x.CancelledAt, x.ReceivedAt, x.ReceivedBy = o.Fulfilment, o.CancelledAt, o.ReceivedAt, o.ReceivedBy
	for _, p := range parcels {
		if p.OrderID == o.ID {
			x.Parcels = append(x.Parcels, ExportedParcel{p.Carrier, p.Tracking, p.Link, p.SentAt, p.DeliveredAt, p.DeliveredTo})
		}
	}
	for _, r := range returns {
		if r.OrderID != o.ID {
			continue
		}
		back := ExportedReturn{AnnouncedAt: r.AnnouncedAt, State: r.State, Reason: r.Reason, Note: r.Note}
		if r.RefundTetri > 0 {
			back.Refund = r.RefundTetri.String()
		}
		x.Returns = append(x.Returns, back)
	}
}
