package simulator

import (
	"errors"
	"net/http"
)

// callbackSteer is the body of POST /_sim/orders/{id}/callback: a new callback
// about the order as it is now, or with other words, or, with Repeat, an
// earlier one byte for byte.
type callbackSteer struct {
	Delivery
	wording
	Repeat string `json:"repeat"`
}

func (c callbackSteer) check() error {
	if c.Repeat != "" && (c.wording != wording{} || c.Mode != "") {
		return errors.New("repeat sends the same bytes under the same signature; send others with raw")
	}
	return errors.Join(c.Delivery.check(), c.wording.check())
}

func (b *Bank) steerCallback(w http.ResponseWriter, r *http.Request) {
	var c callbackSteer
	o := b.steered(w, r)
	if o == nil || !listen(w, r, &c) {
		return
	}
	if err := c.check(); err != nil {
		complain(w, http.StatusBadRequest, err.Error())
		return
	}
	missing := false
	flights, err := b.do(func(t *tx) {
		if c.Repeat == "" {
			t.queue(t.order(o.ID), "steered", c.Delivery, c.wording)
			return
		}
		old := b.outbox[c.Repeat]
		if old == nil || old.OrderID != o.ID {
			missing = true
			return
		}
		t.repeat(old, c.Delivery)
	})
	switch {
	case err != nil:
		complain(w, http.StatusInternalServerError, err.Error())
	case missing:
		complain(w, http.StatusNotFound, "no such callback of this order")
	default:
		b.await(r, flights, callbackTimeout)
		b.release(o.ID)
		b.done(w, r, o.ID)
	}
}
