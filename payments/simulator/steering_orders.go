package simulator

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
)

// paySteer is the body of POST /_sim/orders/{id}/pay. All of it is optional.
type paySteer struct {
	Card   string `json:"card"`   // a test card; 4000000000000001 unless said
	Expiry string `json:"expiry"` // MM/YY
	CVV    string `json:"cvv"`    // looked at by nobody
	Method string `json:"method"` // another method than card; the card's digits decide all the same
	Force  bool   `json:"force"`  // also when the order is rejected: a late success
	plan          // its outcome may also be "cancel": the payer gives up
}

// steerPay pays without a browser and without 3-D Secure. It answers once the
// callback was answered, or after the time the payer's browser would wait.
func (b *Bank) steerPay(w http.ResponseWriter, r *http.Request) {
	var p paySteer
	o := b.steered(w, r)
	if o == nil || !listen(w, r, &p) {
		return
	}
	typed, _, known := testCard(cardDigits(firstOf(p.Card, "4000000000000001")))
	typed.Expiry = p.Expiry
	if typed.Expiry == "" {
		typed.Expiry = b.now().AddDate(3, 0, 0).Format("01/06")
	}
	cancelled := p.Outcome == "cancel"
	if cancelled {
		p.Outcome = ""
	}
	err := p.check()
	switch {
	case !known:
		complain(w, http.StatusBadRequest, "card is not a test card")
		return
	case err != nil:
		complain(w, http.StatusBadRequest, err.Error())
		return
	case p.Method != "" && !slices.Contains(allMethods, p.Method):
		complain(w, http.StatusBadRequest, "method is unknown")
		return
	}
	refused := ""
	flights, err := b.do(func(t *tx) {
		o = t.order(o.ID)
		if !o.payable() && !(p.Force && o.Status == statusRejected) {
			refused = badState(o)
			return
		}
		o.Plan = o.Plan.and(p.plan)
		switch {
		case cancelled:
			t.cancel(o)
		case o.ParentID != "":
			t.submitSaved(o, false)
		default:
			t.submitBy(o, firstOf(p.Method, "card"), typed, false, false)
		}
	})
	switch {
	case err != nil:
		complain(w, http.StatusInternalServerError, err.Error())
	case refused != "":
		complain(w, http.StatusConflict, refused)
	default:
		b.await(r, flights, b.currentSettings().redirectWait())
		b.release(o.ID)
		b.done(w, r, o.ID)
	}
}

// steerPlan handles POST /_sim/orders/{id}/plan: what should happen to the
// order from now on. What is not named stays.
func (b *Bank) steerPlan(w http.ResponseWriter, r *http.Request) {
	var p plan
	o := b.steered(w, r)
	if o == nil || !listen(w, r, &p) {
		return
	}
	if err := p.check(); err != nil {
		complain(w, http.StatusBadRequest, err.Error())
		return
	}
	if _, err := b.do(func(t *tx) {
		o = t.order(o.ID)
		o.Plan = o.Plan.and(p)
	}); err != nil {
		complain(w, http.StatusInternalServerError, err.Error())
		return
	}
	b.done(w, r, o.ID)
}

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

func (b *Bank) addFault(w http.ResponseWriter, r *http.Request) {
	var f Fault
	if !listen(w, r, &f) {
		return
	}
	if err := f.check(); err != nil {
		complain(w, http.StatusBadRequest, err.Error())
		return
	}
	if f.OrderID = strings.ToLower(f.OrderID); f.OrderID != "" && b.view(f.OrderID) == nil {
		complain(w, http.StatusBadRequest, "order_id: no such order")
		return
	}
	b.faults.add(f)
	if isForm(r) {
		address := steeringPage
		if f.OrderID != "" {
			address = "/_sim/inspect/" + f.OrderID
		}
		redirect(w, address)
		return
	}
	tell(w, http.StatusOK, b.faults.all())
}

func (b *Bank) currentSettings() Settings {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.settings
}

func (b *Bank) tellSettings(w http.ResponseWriter) { tell(w, http.StatusOK, b.currentSettings()) }

// changeSettings handles POST /_sim/settings: what is not named stays.
func (b *Bank) changeSettings(w http.ResponseWriter, r *http.Request) {
	next := b.currentSettings()
	next.SilentOn, next.Methods = slices.Clone(next.SilentOn), slices.Clone(next.Methods)
	next.AccountTags, next.Split.Methods = slices.Clone(next.AccountTags), slices.Clone(next.Split.Methods)
	next.Inactive = slices.Clone(next.Inactive)
	if !listen(w, r, &next) {
		return
	}
	err := next.check()
	if err != nil {
		complain(w, http.StatusBadRequest, err.Error())
		return
	}
	body, err := json.Marshal(keptSettings{b.Settings, next})
	if err == nil {
		b.mu.Lock()
		if b.store != nil {
			err = b.store.write([]row{{kindMeta, "settings", body}})
		}
		if err == nil {
			b.settings = next
		}
		b.mu.Unlock()
	}
	if err != nil {
		complain(w, http.StatusInternalServerError, err.Error())
		return
	}
	if isForm(r) {
		redirect(w, steeringPage)
		return
	}
	b.tellSettings(w)
}

// reset handles POST /_sim/reset: no orders, no faults; settings, chaos, clock
// and seed as at the first start. The key pair stays, so that shops need not be
// told.
func (b *Bank) reset(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	var err error
	if b.store != nil {
		_, err = b.store.db.ExecContext(context.Background(), `DELETE FROM rows WHERE kind <> ? OR id NOT IN ('key', 'secret')`, kindMeta)
	}
	if err == nil {
		b.empty()
		b.settings = b.Settings
		b.clock.Store(b.firstClock())
		b.reseed()
	}
	b.mu.Unlock()
	if err != nil {
		complain(w, http.StatusInternalServerError, err.Error())
		return
	}
	b.journal.clear()
	if isForm(r) {
		redirect(w, "/_sim/")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
