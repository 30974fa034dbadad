package simulator

import "time"

// tx collects what one request changes. Nothing of it is visible to others before all
// of it is on disk.
type tx struct {
	b          *Bank
	now        time.Time
	orders     map[string]*order
	newOrders  []string // ids of the orders that this request makes
	deliveries []*delivery
	answer     *storedAnswer // what a repetition of the request gets
	answerKey  string        // the call and its Idempotency-Key

	channel string // who starts refunds, approvals and cancellations; "" means the shop, by the API
}

// inTx runs fn while nothing else changes, stores what fn changed, and sends the callbacks that
// became due at once. It returns those callbacks, so that the caller can wait for their delivery.
func (b *Bank) inTx(fn func(t *tx)) ([]*flight, error) {
	deliveries, err := b.commit(fn)
	if err != nil {
		return nil, err
	}
	var flights []*flight
	for _, d := range deliveries {
		if d.State == deliveryWaiting && !d.WaitsForBrowser && !d.Due.After(b.now()) {
			flights = append(flights, b.launch(d.ID))
		}
	}
	if len(deliveries) > len(flights) {
		b.wakeWorker()
	}
	return flights, nil
}

// commit runs fn and stores what it changed, but sends nothing.
func (b *Bank) commit(fn func(t *tx)) ([]*delivery, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := &tx{b: b, now: b.now(), orders: map[string]*order{}}
	fn(t)
	if err := t.save(); err != nil {
		b.log().Error("bank's file", "err", err)
		return nil, err
	}
	return t.deliveries, nil
}

// order returns a copy of an order that fn may change, brought up to the present, or nil
// if there is no such order.
func (t *tx) order(id string) *order {
	if o := t.orders[id]; o != nil {
		return o
	}
	kept := t.b.orders[id]
	if kept == nil {
		return nil
	}
	o := kept.clone()
	t.orders[id] = o
	t.catchUp(o)
	return o
}

func (t *tx) add(o *order) {
	t.b.lastNumber++
	o.Number = t.b.lastNumber
	t.orders[o.ID] = o
	t.newOrders = append(t.newOrders, o.ID)
}

func (t *tx) save() error {
	if t.b.store != nil {
		rows, err := t.rows()
		if err != nil {
			return err
		}
		if err := t.b.store.write(rows); err != nil {
			return err
		}
	}
	for id, o := range t.orders {
		old := t.b.orders[id]
		t.b.orders[id] = o
		next := o.nextDue()
		if next.IsZero() || old != nil && old.nextDue().Equal(next) {
			continue
		}
		t.b.schedule.add(next, id)
		if next.Sub(t.now) < workerPause {
			t.b.wakeWorker()
		}
	}
	t.b.orderIDs = append(t.b.orderIDs, t.newOrders...)
	for _, d := range t.deliveries {
		if t.b.outbox[d.ID] == nil {
			t.b.deliveriesOf[d.OrderID] = append(t.b.deliveriesOf[d.OrderID], d.ID)
		}
		t.b.outbox[d.ID] = d
		if d.State == deliveryWaiting {
			t.b.waiting[d.ID] = struct{}{}
		} else {
			delete(t.b.waiting, d.ID)
		}
		if d.State == deliveryWaiting && d.Due.Sub(t.now) < workerPause {
			t.b.wakeWorker()
		}
	}
	if t.answer != nil {
		t.b.answers[t.answerKey] = *t.answer
	}
	return nil
}

func (t *tx) rows() ([]row, error) {
	var rows []row
	add := func(kind, id string, value any) error {
		r, err := encodeRow(kind, id, value)
		rows = append(rows, r)
		return err
	}
	for id, o := range t.orders {
		if err := add(kindOrder, id, o); err != nil {
			return nil, err
		}
	}
	for _, d := range t.deliveries {
		if err := add(kindDelivery, d.ID, d); err != nil {
			return nil, err
		}
	}
	if t.answer != nil {
		if err := add(kindAnswer, t.answerKey, *t.answer); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// currentOrder returns the order as it is now, or nil. The caller must not change it.
func (b *Bank) currentOrder(id string) *order {
	b.mu.Lock()
	o := b.orders[id]
	b.mu.Unlock()
	if o == nil {
		return nil
	}
	if next := o.nextDue(); next.IsZero() || next.After(b.now()) {
		return o
	}
	var current *order
	if _, err := b.inTx(func(t *tx) { current = t.order(id) }); err != nil {
		return o // the file could not be written; what the bank knew before is the best answer left
	}
	return current
}
