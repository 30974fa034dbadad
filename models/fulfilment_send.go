package models

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// The longest texts of a parcel and of a receipt, in characters.
const (
	maxCarrier  = 60
	maxTracking = 80
	maxLink     = 300
	maxReceiver = 100
)

// Shipment is a parcel as staff type it.
type Shipment struct {
	Carrier  string
	Tracking string
	Link     string
	Units    map[int]int // by the position of the line
	Seen     int         // how many parcels the order had when the form was shown
}

// tidy tidies what was typed, and returns what is wrong with it by field.
func (h *Shipment) tidy() map[string]string {
	wrong := map[string]string{}
	h.Carrier, h.Tracking, h.Link = TidyLine(h.Carrier), TidyLine(h.Tracking), strings.TrimSpace(h.Link)
	switch n := utf8.RuneCountInString(h.Carrier); {
	case n == 0:
		wrong["carrier"] = "admin.fulfilment.error.carrier"
	case n > maxCarrier:
		wrong["carrier"] = "admin.fulfilment.error.long"
	}
	if utf8.RuneCountInString(h.Tracking) > maxTracking {
		wrong["tracking"] = "admin.fulfilment.error.long"
	}
	if h.Link != "" && !isWebAddress(h.Link) {
		wrong["link"] = "admin.fulfilment.error.link"
	}
	return wrong
}

// isWebAddress reports whether a link is safe to show to a customer.
func isWebAddress(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && len(link) <= maxLink
}

// Receipt is the proof that goods were handed to somebody.
type Receipt struct {
	Day time.Time // a moment of the day in Georgia
	To  string
}

// tidy is Shipment.tidy. The goods left the shop at sent; what was received today counts from
// now, on an earlier day from its noon.
func (r *Receipt) tidy(sent, now time.Time) map[string]string {
	wrong := map[string]string{}
	switch r.To = TidyLine(r.To); {
	case r.To == "":
		wrong["to"] = "admin.fulfilment.error.to"
	case utf8.RuneCountInString(r.To) > maxReceiver:
		wrong["to"] = "admin.fulfilment.error.long"
	}
	today, day := noon(now), noon(r.Day)
	switch {
	case day.Before(noon(sent)), day.After(today):
		wrong["day"] = "admin.fulfilment.error.day"
	case day.Equal(today):
		r.Day = now
	default:
		r.Day = day
	}
	if r.Day.Before(sent) {
		r.Day = sent
	}
	r.Day = r.Day.UTC()
	return wrong
}

// noon is the noon of a day in Georgia.
func noon(at time.Time) time.Time {
	year, month, day := at.In(Tbilisi).Date()
	return time.Date(year, month, day, 12, 0, 0, 0, Tbilisi)
}

func invalidFields(wrong map[string]string) error {
	return &Error{Kind: Invalid, Code: CodeFormInvalid, Fields: wrong}
}

// changeGoods takes a step of an order's fulfilment in one transaction, unless the order refuses
// the step. Errors: NotFound; Conflict, see Order.RefusesStep.
func (s *Store) changeGoods(ctx context.Context, orderID int64, step FulfilmentStep, change func(tx *Tx, o *Order) error) error {
	return s.inTx(ctx, func(tx *Tx) error {
		o, err := tx.lockOrder("id = ?", orderID)
		if err != nil {
			return err
		}
		if code := o.RefusesStep(step); code != "" {
			return &Error{Kind: Conflict, Code: code}
		}
		if o.PaidPaymentID != nil {
			p, err := paymentToRefund(o, 0, true)
			if err == nil {
				if left, err := leftToRefund(tx, p); err != nil || left <= 0 {
					return cmp.Or(err, conflict(CodeFulfilRefunding))
				}
			}
			if g, err := goodsOf(tx.DB, o); err != nil || step != StepSend && !g.AnyLeft() {
				return cmp.Or(err, conflict(CodeFulfilNothingLeft))
			}
		}
		return change(tx, o)
	})
}

// moveGoods notes where the goods of an order are now, for its timeline and the audit list. The
// audit list gets no recipient's name, because its lines are never changed or removed.
func moveGoods(tx *Tx, by Actor, o *Order, to Fulfilment, step FulfilmentStep, what string) error {
	was := o.Fulfilment
	if was != to {
		o.Fulfilment = to
		if err := tx.save(o, "Fulfilment"); err != nil {
			return err
		}
		if err := addOrderEvent(tx, o, o.Status, string(to)); err != nil {
			return err
		}
	}
	return auditOrder(tx, by, o, string(step), string(was), strings.TrimSpace(string(to)+" "+what))
}

// Pack notes that an order is packed. Errors as in changeGoods.
func (s *Store) Pack(ctx context.Context, by Actor, orderID int64) error {
	return s.changeGoods(ctx, orderID, StepPack, func(tx *Tx, o *Order) error {
		return moveGoods(tx, by, o, FulfilmentPacked, StepPack, "")
	})
}

// SendParcel notes that a parcel of an order has left the shop, and mails its customer where
// it can be followed.
//
// Errors: Invalid with Fields; those of changeGoods; Conflict if the order has other parcels
// by now than the form showed, or fewer units left.
func (s *Store) SendParcel(ctx context.Context, by Actor, orderID int64, h Shipment) (*Parcel, error) {
	wrong := h.tidy()
	var sent *Parcel
	err := s.changeGoods(ctx, orderID, StepSend, func(tx *Tx, o *Order) error {
		g, err := goodsOf(tx.DB, o)
		switch {
		case err != nil:
			return err
		case len(g.Parcels) != h.Seen:
			return &Error{Kind: Conflict, Code: CodeFulfilChanged}
		case !g.AnyLeft():
			return &Error{Kind: Conflict, Code: CodeFulfilNothingLeft}
		case len(wrong) > 0:
			return invalidFields(wrong)
		}
		p := &Parcel{OrderID: o.ID, Number: len(g.Parcels) + 1, Carrier: h.Carrier, Tracking: h.Tracking, Link: h.Link, SentAt: tx.now}
		for _, l := range o.Lines {
			switch n := h.Units[l.Position]; {
			case n < 0 || n > g.Left[l.Position]:
				return invalidFields(map[string]string{"units": "admin.fulfilment.error.units"})
			case n > 0:
				p.Lines = append(p.Lines, ParcelLine{Position: l.Position, Quantity: n})
			}
		}
		if len(p.Lines) == 0 {
			return invalidFields(map[string]string{"units": "admin.fulfilment.error.no_units"})
		}
		sent = p
		return storeParcel(tx, by, o, p)
	})
	return sent, err
}

func storeParcel(tx *Tx, by Actor, o *Order, p *Parcel) error {
	if err := tx.Create(p).Error; err != nil {
		return err
	}
	for i := range p.Lines {
		p.Lines[i].ParcelID = p.ID
	}
	if err := tx.Create(&p.Lines).Error; err != nil {
		return err
	}
	o.ReceivedAt = nil // some of it is on its way again
	if err := tx.save(o, "ReceivedAt"); err != nil {
		return err
	}
	if err := moveGoods(tx, by, o, FulfilmentSent, StepSend, p.words()); err != nil {
		return err
	}
	return mailParcel(tx, o, p)
}

// words are what the audit list says about a parcel.
func (p *Parcel) words() string {
	return strings.TrimSpace(fmt.Sprintf("parcel %d %s %s %s", p.Number, p.Carrier, p.Tracking, p.Link))
}

// mailParcel tells the customer where a parcel can be followed, once for each carrier, number
// and link.
func mailParcel(tx *Tx, o *Order, p *Parcel) error {
	return queueMailAbout(tx, o, o.ShownPayment(), MailSent, fmt.Sprintf("%d %s", p.Number, digest([]byte(p.words()))[:8]))
}

// Parcel returns the number of the parcel that a mail of the kind MailSent is about.
func (m *Mail) Parcel() (number int) {
	if _, err := fmt.Sscan(m.About, &number); err != nil {
		return 0
	}
	return number
}

// changeParcel changes a parcel in one transaction. Errors: NotFound.
func (s *Store) changeParcel(ctx context.Context, orderID int64, number int, change func(tx *Tx, o *Order, p *Parcel) error) error {
	return s.inTx(ctx, func(tx *Tx) error {
		o, err := tx.lockOrder("id = ?", orderID)
		if err != nil {
			return err
		}
		var p Parcel
		if err := tx.Where("order_id = ? AND number = ?", o.ID, number).Take(&p).Error; err != nil {
			return notFound(err, CodeParcelNotFound)
		}
		return change(tx, o, &p)
	})
}

// CorrectParcel stores another carrier, number and link of a parcel; the customer gets them by
// mail. Errors: NotFound; Invalid with Fields.
func (s *Store) CorrectParcel(ctx context.Context, by Actor, orderID int64, number int, h Shipment) error {
	if wrong := h.tidy(); len(wrong) > 0 {
		return invalidFields(wrong)
	}
	return s.changeParcel(ctx, orderID, number, func(tx *Tx, o *Order, p *Parcel) error {
		was := p.words()
		p.Carrier, p.Tracking, p.Link = h.Carrier, h.Tracking, h.Link
		if p.words() == was {
			return nil
		}
		if err := tx.save(p, "Carrier", "Tracking", "Link"); err != nil {
			return err
		}
		if err := auditOrder(tx, by, o, "parcel", was, p.words()); err != nil || p.State() != FulfilmentSent {
			return err
		}
		return mailParcel(tx, o, p)
	})
}

// DeliverParcel notes that somebody took a parcel. Once nothing of the order is on its way,
// the days in which its customer may withdraw begin. Noting it again corrects the proof.
// Errors: NotFound; Invalid with Fields; Conflict for a parcel that came back.
func (s *Store) DeliverParcel(ctx context.Context, by Actor, orderID int64, number int, r Receipt) error {
	return s.changeParcel(ctx, orderID, number, func(tx *Tx, o *Order, p *Parcel) error {
		if p.ReturnedAt != nil {
			return &Error{Kind: Conflict, Code: CodeParcelReturned}
		}
		if wrong := r.tidy(p.SentAt, tx.now); len(wrong) > 0 {
			return invalidFields(wrong)
		}
		p.DeliveredAt, p.DeliveredTo = &r.Day, r.To
		if err := tx.save(p, "DeliveredAt", "DeliveredTo"); err != nil {
			return err
		}
		return parcelMoved(tx, by, o, p, "deliver", fmt.Sprintf("parcel %d on %s", p.Number, r.Day.In(Tbilisi).Format(time.DateOnly)))
	})
}

// ParcelReturned notes that a parcel came back to the shop; its units can be sent again.
// Errors: NotFound; Conflict for a parcel that was delivered.
func (s *Store) ParcelReturned(ctx context.Context, by Actor, orderID int64, number int) error {
	return s.changeParcel(ctx, orderID, number, func(tx *Tx, o *Order, p *Parcel) error {
		switch {
		case p.DeliveredAt != nil:
			return &Error{Kind: Conflict, Code: CodeParcelDelivered}
		case p.ReturnedAt != nil:
			return nil
		}
		p.ReturnedAt = &tx.now
		if err := tx.save(p, "ReturnedAt"); err != nil {
			return err
		}
		return parcelMoved(tx, by, o, p, "parcel_returned", p.words())
	})
}

// parcelMoved brings the order to where its parcels are.
func parcelMoved(tx *Tx, by Actor, o *Order, p *Parcel, step FulfilmentStep, what string) error {
	g, err := goodsOf(tx.DB, o)
	if err != nil {
		return err
	}
	to, receivedAt := fulfilmentOf(g)
	o.ReceivedAt = receivedAt
	if err := tx.save(o, "ReceivedAt"); err != nil {
		return err
	}
	return moveGoods(tx, by, o, to, step, what)
}

// ReadyForPickup notes that an order can be picked up, and mails its customer where and when.
// Errors as in changeGoods.
func (s *Store) ReadyForPickup(ctx context.Context, by Actor, orderID int64) error {
	return s.changeGoods(ctx, orderID, StepReady, func(tx *Tx, o *Order) error {
		if err := moveGoods(tx, by, o, FulfilmentReady, StepReady, ""); err != nil {
			return err
		}
		return queueMail(tx, o, o.ShownPayment(), MailReady)
	})
}

// HandOver notes who picked an order up. Errors: Invalid with Fields; those of changeGoods.
func (s *Store) HandOver(ctx context.Context, by Actor, orderID int64, r Receipt) error {
	return s.changeGoods(ctx, orderID, StepHandOver, func(tx *Tx, o *Order) error {
		if wrong := r.tidy(o.CreatedAt, tx.now); len(wrong) > 0 {
			return invalidFields(wrong)
		}
		o.ReceivedAt, o.ReceivedBy = &r.Day, r.To
		if err := tx.save(o, "ReceivedAt", "ReceivedBy"); err != nil {
			return err
		}
		return moveGoods(tx, by, o, FulfilmentHandedOver, StepHandOver, r.Day.In(Tbilisi).Format(time.DateOnly))
	})
}
