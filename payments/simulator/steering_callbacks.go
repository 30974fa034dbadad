package simulator

import (
	"errors"
	"net/http"
)

// callbackRequest is the body of POST /_sim/orders/{id}/callback: a new callback about the order
// as it is now, with contentOverride in other words, or with Repeat an earlier one byte for byte.
type callbackRequest struct {
	Delivery
	contentOverride
	Repeat string `json:"repeat"`
}

func (c callbackRequest) check() error {
	if c.Repeat != "" && (c.contentOverride != contentOverride{} || c.Mode != "") {
		return errors.New("repeat sends the same bytes under the same signature; send others with raw")
	}
	return errors.Join(c.Delivery.check(), c.contentOverride.check())
}

// steerCallback handles POST /_sim/orders/{id}/callback.
func (b *Bank) steerCallback(w http.ResponseWriter, r *http.Request) {
	var c callbackRequest
	o := b.steeredOrder(w, r)
	if o == nil || !readSteering(w, r, &c) {
		return
	}
	missing := false
	flights, err := b.inTx(func(t *tx) {
		if c.Repeat == "" {
			t.queueCallback(t.order(o.ID), "steered", c.Delivery, c.contentOverride)
			return
		}
		old := b.outbox[c.Repeat]
		if old == nil || old.OrderID != o.ID {
			missing = true
			return
		}
		t.requeue(old, c.Delivery)
	})
	switch {
	case err != nil:
		writeError(w, http.StatusInternalServerError, err.Error())
	case missing:
		writeError(w, http.StatusNotFound, "no such callback of this order")
	default:
		b.waitForFlights(r, flights, callbackTimeout)
		b.releaseAfterRedirect(o.ID)
		b.answerWithOrder(w, r, o.ID)
	}
}
