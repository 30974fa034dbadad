package simulator

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Events that send a callback; Settings.SilentOn switches them off.
var events = []string{statusCompleted, statusRejected, statusBlocked, reasonExpiration, "refund", "authorization"}

// eventSplit is the callback about a split (Settings.Split.Events); the rest
// say order_payment.
const eventSplit = "split_payment"

// Modes of Delivery.
const (
	ModeSent           = "sent"
	ModeLost           = "lost"            // never sent
	ModeDelayed        = "delayed"         // DelayMS, 5000 unless set
	ModeDuplicate      = "duplicate"       // Copies with the same bytes, 2 unless set
	ModeResigned       = "resigned"        // Copies with another request time, signed anew
	ModeBeforeRedirect = "before_redirect" // the browser waits until the shop has answered
	ModeAfterRedirect  = "after_redirect"  // leaves after the browser was sent back
	ModeBadSignature   = "bad_signature"
	ModeOtherKey       = "other_key"      // signed properly, by a stranger
	ModeAlteredBody    = "altered_body"   // spaces added after signing
	ModeMissingHeader  = "missing_header" // no Callback-Signature
	ModeUnknownEvent   = "unknown_event"
	ModeUnknownOrder   = "unknown_order"  // an order_id nobody knows
	ModeOtherOrder     = "other_order"    // somebody else's external_order_id
	ModeWrongAmount    = "wrong_amount"   // 1.0 instead of the truth, properly signed
	ModeWrongCurrency  = "wrong_currency" // properly signed
	ModeTruncated      = "truncated"      // half the bytes, properly signed
)

var modes = []string{ModeSent, ModeLost, ModeDelayed, ModeDuplicate, ModeResigned, ModeBeforeRedirect, ModeAfterRedirect, ModeBadSignature,
	ModeOtherKey, ModeAlteredBody, ModeMissingHeader, ModeUnknownEvent, ModeUnknownOrder, ModeOtherOrder, ModeWrongAmount, ModeWrongCurrency, ModeTruncated}

// Delivery says what happens to a callback. The zero value is: sent once, at once.
type Delivery struct {
	Mode    string `json:"mode,omitempty"`
	Copies  int    `json:"copies,omitempty"`
	DelayMS int    `json:"delay_ms,omitempty"`
}

func (d Delivery) check() error {
	if d.Mode != "" && !slices.Contains(modes, d.Mode) {
		return fmt.Errorf("mode: %q is none of %q", d.Mode, modes)
	}
	if d.Copies < 0 || d.Copies > 1000 || d.DelayMS < 0 || d.DelayMS > 24*60*60*1000 {
		return fmt.Errorf("copies must be 0..1000, delay_ms 0..86400000")
	}
	return nil
}

// filled puts in what the mode means when the numbers are left out.
func (d Delivery) filled() Delivery {
	if d.Mode == "" {
		d.Mode = ModeSent
	}
	if d.Copies == 0 {
		d.Copies = 1
		if d.Mode == ModeDuplicate || d.Mode == ModeResigned {
			d.Copies = 2
		}
	}
	if d.DelayMS == 0 && d.Mode == ModeDelayed {
		d.DelayMS = 5000
	}
	return d
}

// States of a delivery.
const (
	deliveryWaiting   = "waiting"
	deliveryDelivered = "delivered"
	deliveryFailed    = "failed"
	deliveryLost      = "lost"
)

// delivery is one callback on its way to the shop.
type delivery struct {
	Number    int64     `json:"number"`
	ID        string    `json:"id"`
	OrderID   string    `json:"order_id"`
	Event     string    `json:"event"`
	Mode      string    `json:"mode"`
	URL       string    `json:"url"`
	Body      []byte    `json:"body"`
	Signed    []byte    `json:"signed,omitempty"` // what the signature covers, if not Body
	Signature string    `json:"signature,omitempty"`
	State     string    `json:"state"`
	Made      time.Time `json:"made"`
	Due       time.Time `json:"due"`
	Sends     []send    `json:"sends,omitempty"`
	// Hold keeps it back until the browser is on its way.
	Hold bool `json:"-"`
}

// send is one attempt to deliver.
type send struct {
	At     time.Time `json:"at"`
	MS     int64     `json:"ms"`
	Status int       `json:"status,omitempty"`
	Error  string    `json:"error,omitempty"`
}

type envelope struct {
	Event            string  `json:"event"`
	RequestTime      string  `json:"request_time"`
	ZonedRequestTime string  `json:"zoned_request_time"`
	Body             receipt `json:"body"`
}

// notify queues the callback of an event unless that event is silent.
func (t *tx) notify(o *order, event string) {
	settings := t.b.settings
	if slices.Contains(settings.SilentOn, event) {
		return
	}
	how := settings.Callback
	if o.Callback != nil {
		how = *o.Callback
	}
	t.queue(o, event, how)
}

// queue makes the callback for the order as it is now and plans its way.
func (t *tx) queue(o *order, event string, how Delivery) {
	how = how.filled()
	var first *delivery
	for n := range how.Copies {
		d := &delivery{
			ID: t.b.newID(), OrderID: o.ID, Event: event, Mode: how.Mode, URL: o.CallbackURL,
			State: deliveryWaiting, Made: t.now, Due: t.now.Add(time.Duration(how.DelayMS) * time.Millisecond),
			Hold: how.Mode == ModeAfterRedirect,
		}
		t.b.last++
		d.Number = t.b.last
		if how.Mode == ModeLost {
			d.State = deliveryLost
		}
		if first != nil && how.Mode != ModeResigned {
			d.Body, d.Signed = first.Body, first.Signed
		} else {
			// Copies signed anew differ by a moment, as a second try would.
			t.fill(d, o, how.Mode, d.Due.Add(time.Duration(n)*1500*time.Millisecond))
		}
		if first == nil {
			first = d
		}
		t.sends = append(t.sends, d)
	}
}

// repeat queues an earlier callback again, byte for byte.
func (t *tx) repeat(old *delivery, how Delivery) {
	how = how.filled()
	for range how.Copies {
		d := *old
		t.b.last++
		d.ID, d.Number, d.State, d.Sends, d.Made = t.b.newID(), t.b.last, deliveryWaiting, nil, t.now
		d.Due = t.now.Add(time.Duration(how.DelayMS) * time.Millisecond)
		t.sends = append(t.sends, &d)
	}
}

func (t *tx) fill(d *delivery, o *order, mode string, at time.Time) {
	message := envelope{
		Event:            "order_payment",
		RequestTime:      localStamp(at),
		ZonedRequestTime: zonedStamp(at),
		Body:             t.b.receiptOf(o, o.Lang),
	}
	if d.Event == eventSplit {
		message.Event = eventSplit
	}
	units := &message.Body.PurchaseUnits
	switch mode {
	case ModeUnknownEvent:
		message.Event = "order_rumour"
	case ModeUnknownOrder:
		message.Body.OrderID = t.b.newID()
	case ModeOtherOrder:
		message.Body.ExternalOrderID = orNull("OTHER-" + t.b.digits(6))
	case ModeWrongAmount:
		units.RequestAmount = "1.0"
		if units.TransferAmount != nil {
			units.TransferAmount = orNull("1.0")
		}
	case ModeWrongCurrency:
		if units.CurrencyCode = "USD"; o.Currency == "USD" {
			units.CurrencyCode = "GEL"
		}
	}
	d.Body = encode(message)
	switch mode {
	case ModeAlteredBody:
		d.Signed = d.Body
		d.Body = []byte(strings.Replace(string(d.Body), `,"body":`, `, "body": `, 1))
	case ModeTruncated:
		d.Body = d.Body[:len(d.Body)/2]
	}
}

// signature is what goes into the header of d; empty means no header.
func (b *Bank) signature(d *delivery) (string, error) {
	body := d.Body
	if d.Signed != nil {
		body = d.Signed
	}
	switch d.Mode {
	case ModeMissingHeader:
		return "", nil
	case ModeBadSignature:
		noise := make([]byte, b.key.Size())
		_, _ = rand.Read(noise) // never fails
		return base64.StdEncoding.EncodeToString(noise), nil
	case ModeOtherKey:
		key, err := strangerKey()
		if err != nil {
			return "", err
		}
		return sign(key, body)
	}
	return sign(b.key, body)
}

// deliveryView is a delivery as people see it: the file keeps the bytes in
// base64.
type deliveryView struct {
	ID        string    `json:"id"`
	Event     string    `json:"event"`
	Mode      string    `json:"mode"`
	State     string    `json:"state"`
	URL       string    `json:"url"`
	Made      time.Time `json:"made"`
	Due       time.Time `json:"due"`
	Raw       string    `json:"raw"`
	Signature string    `json:"signature"`
	Sends     []send    `json:"sends"`
}

func (d *delivery) view() deliveryView {
	return deliveryView{d.ID, d.Event, d.Mode, d.State, d.URL, d.Made, d.Due, string(d.Body), d.Signature, append([]send{}, d.Sends...)}
}
