package simulator

import (
	"fmt"
	"slices"
	"time"
)

// events are what callbacks are sent about, unless Settings.SilentOn lists the event.
var events = []string{statusCompleted, statusRejected, statusBlocked, reasonExpiration, "refund", "authorization"}

// eventSplit is the event of callbacks about a split, which SplitRules.Events switches on.
// All other callbacks have the event order_payment.
const eventSplit = "split_payment"

// maxDelayMS is a day.
const maxDelayMS = 24 * 60 * 60 * 1000

// Delivery is how a callback travels. The zero value means that it is sent once, at once.
type Delivery struct {
	Mode    string `json:"mode,omitempty"`
	Copies  int    `json:"copies,omitempty"`
	DelayMS int    `json:"delay_ms,omitempty"`
	// Retries is how often a callback that was not received is sent again; Settings.Retries
	// counts if it is more.
	Retries int `json:"retries,omitempty"`
}

func (d Delivery) check() error {
	if d.Mode != "" && !slices.Contains(modes, d.Mode) {
		return fmt.Errorf("mode: %q is none of %q", d.Mode, modes)
	}
	if d.Copies < 0 || d.Copies > 1000 || d.DelayMS < 0 || d.DelayMS > maxDelayMS || d.Retries < 0 || d.Retries > 1000 {
		return fmt.Errorf("copies and retries must be 0..1000, delay_ms 0..%d", maxDelayMS)
	}
	return nil
}

// withDefaults fills in the mode, and the numbers that the mode needs.
func (d Delivery) withDefaults() Delivery {
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
	if d.DelayMS == 0 && d.Mode == ModeOutOfOrder {
		d.DelayMS = 60_000
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

// delivery is one callback, from the moment it is queued.
type delivery struct {
	Number    int64             `json:"number"`
	ID        string            `json:"id"`
	OrderID   string            `json:"order_id"`
	Event     string            `json:"event"`
	Mode      string            `json:"mode"`
	URL       string            `json:"url"`
	Body      []byte            `json:"body"`
	Signed    []byte            `json:"signed,omitempty"` // the bytes that were signed, if not Body
	Signature string            `json:"signature,omitempty"`
	State     string            `json:"state"`
	Made      time.Time         `json:"made"`
	Due       time.Time         `json:"due"`
	Attempts  []deliveryAttempt `json:"sends,omitempty"`
	Retries   int               `json:"retries,omitempty"`
	// WaitsForNext keeps it back until a later callback of the order is finished, or Due.
	WaitsForNext bool `json:"behind,omitempty"`
	// WaitsForBrowser keeps it back until the payer's browser was sent back to the shop.
	WaitsForBrowser bool `json:"-"`
}

// deliveryAttempt is one attempt to send a callback.
type deliveryAttempt struct {
	At     time.Time `json:"at"`
	MS     int64     `json:"ms"`
	Status int       `json:"status,omitempty"`
	Error  string    `json:"error,omitempty"`
}

// notify queues the callback about an event, unless the event is silent.
func (t *tx) notify(o *order, event string) {
	settings := t.b.settings
	if slices.Contains(settings.SilentOn, event) {
		return
	}
	how := o.delivery(settings)
	if how == (Delivery{}) {
		how = t.b.faults.randomDelivery()
	}
	t.queueCallback(o, event, how, contentOverride{})
}

// queueCallback makes the callback about the order as it is now, in as many copies as how
// asks for.
func (t *tx) queueCallback(o *order, event string, how Delivery, override contentOverride) {
	how = how.withDefaults()
	waits := how.Mode == ModeOutOfOrder
	if waits && t.hasWaitingForNext(o.ID) {
		waits, how.DelayMS = false, 0
	}
	var first *delivery
	for n := range how.Copies {
		d := &delivery{
			ID: t.b.newID(), OrderID: o.ID, Event: event, Mode: how.Mode, URL: o.CallbackURL,
			State: deliveryWaiting, Made: t.now, Due: t.now.Add(time.Duration(how.DelayMS) * time.Millisecond),
			Retries: how.Retries, WaitsForNext: waits, WaitsForBrowser: how.Mode == ModeAfterRedirect,
		}
		t.b.lastNumber++
		d.Number = t.b.lastNumber
		if how.Mode == ModeLost {
			d.State = deliveryLost
		}
		if first != nil && how.Mode != ModeResigned {
			d.Body, d.Signed = first.Body, first.Signed
		} else {
			at := d.Due
			if waits {
				at = t.now // it was made in time and only arrives late
			}
			// Copies that are signed anew differ in their time, as a second attempt would.
			d.setBody(t.callbackBody(o, how.Mode, event, at.Add(time.Duration(n)*1500*time.Millisecond), override))
		}
		if first == nil {
			first = d
		}
		t.deliveries = append(t.deliveries, d)
	}
}

// hasWaitingForNext reports whether an earlier callback of the order waits for the next one.
func (t *tx) hasWaitingForNext(orderID string) bool {
	for _, d := range t.deliveries {
		if d.OrderID == orderID && d.WaitsForNext {
			return true
		}
	}
	return len(t.b.waitingForNext(orderID)) > 0
}

// waitingForNext returns the callbacks of an order that wait for a later one, oldest
// first. The caller holds b.mu.
func (b *Bank) waitingForNext(orderID string) []*delivery {
	var out []*delivery
	for _, id := range b.deliveriesOf[orderID] {
		if d := b.outbox[id]; d.WaitsForNext && d.State == deliveryWaiting && b.inFlight[id] == nil {
			out = append(out, d)
		}
	}
	return out
}

// requeue queues an earlier callback again, byte for byte.
func (t *tx) requeue(old *delivery, how Delivery) {
	how = how.withDefaults()
	for range how.Copies {
		d := *old
		t.b.lastNumber++
		d.ID, d.Number, d.State, d.Attempts, d.Made = t.b.newID(), t.b.lastNumber, deliveryWaiting, nil, t.now
		d.Due = t.now.Add(time.Duration(how.DelayMS) * time.Millisecond)
		t.deliveries = append(t.deliveries, &d)
	}
}

// deliveryView is a delivery as /_sim/ shows it, with the bytes as text.
type deliveryView struct {
	ID        string            `json:"id"`
	Event     string            `json:"event"`
	Mode      string            `json:"mode"`
	State     string            `json:"state"`
	URL       string            `json:"url"`
	Made      time.Time         `json:"made"`
	Due       time.Time         `json:"due"`
	Raw       string            `json:"raw"`
	Signed    string            `json:"signed,omitempty"` // the bytes that were signed, if not Raw
	Signature string            `json:"signature"`
	Attempts  []deliveryAttempt `json:"sends"`
}

func (d *delivery) view() deliveryView {
	return deliveryView{d.ID, d.Event, d.Mode, d.State, d.URL, d.Made, d.Due, string(d.Body), string(d.Signed), d.Signature,
		append([]deliveryAttempt{}, d.Attempts...)}
}
