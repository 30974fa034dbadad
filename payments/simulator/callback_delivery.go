package simulator

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"
)

// callbackTimeout is how long the shop may take to answer a callback.
const callbackTimeout = 10 * time.Second

// flight is a delivery that is being sent. done is closed after the attempt.
type flight struct{ done chan struct{} }

// launch sends a waiting delivery now, unless it is being sent already.
func (b *Bank) launch(id string) *flight {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f := b.inFlight[id]; f != nil {
		return f
	}
	f := &flight{done: make(chan struct{})}
	d := b.outbox[id]
	if d == nil || d.State != deliveryWaiting || b.stopped.Err() != nil {
		close(f.done)
		return f
	}
	b.inFlight[id] = f
	b.workers.Go(func() {
		select {
		case b.slots <- struct{}{}:
			b.deliver(d)
			<-b.slots
		case <-b.stopped.Done():
		}
		b.mu.Lock()
		delete(b.inFlight, id)
		b.mu.Unlock()
		close(f.done)
		b.wakeWorker() // the worker passed over its next attempt until now
	})
	return f
}

// releaseAfterRedirect sends the callbacks that waited for the payer's browser.
func (b *Bank) releaseAfterRedirect(orderID string) {
	var ids []string
	b.mu.Lock()
	for _, id := range b.deliveriesOf[orderID] {
		if d := b.outbox[id]; d.WaitsForBrowser && d.State == deliveryWaiting {
			c := *d
			c.WaitsForBrowser = false
			b.outbox[id] = &c
			ids = append(ids, id)
		}
	}
	b.mu.Unlock()
	for _, id := range ids {
		b.launch(id)
	}
}

// deliver makes one attempt and records it. An attempt that the end of the bank interrupts
// is not recorded, so the next start makes it again.
func (b *Bank) deliver(d *delivery) {
	next := *d
	if next.Signature == "" {
		signature, err := b.signatureOf(&next)
		if err != nil {
			b.log().Error("signing a callback", "order", d.OrderID, "err", err)
			return
		}
		next.Signature = signature
	}
	one := deliveryAttempt{At: b.now()}
	started := time.Now()
	status, err := b.post(&next)
	if b.stopped.Err() != nil {
		return
	}
	one.MS, one.Status = time.Since(started).Milliseconds(), status
	if err != nil {
		one.Error = err.Error()
	}
	next.Attempts = append(slices.Clone(d.Attempts), one)

	_, err = b.commit(func(t *tx) {
		if b.outbox[d.ID] == nil {
			return // POST /_sim/reset came in between
		}
		settings := b.settings
		switch {
		case status == http.StatusOK, settings.Accept2xx && status/100 == 2:
			next.State = deliveryDelivered
		case len(next.Attempts) <= max(settings.Retries, next.Retries):
			next.Due = t.now.Add(settings.retryPause())
		default:
			next.State = deliveryFailed
		}
		t.deliveries = append(t.deliveries, &next)
		for _, held := range b.waitingForNext(d.OrderID) {
			if held.Number < d.Number && next.State != deliveryWaiting {
				late := *held
				late.WaitsForNext, late.Due = false, t.now
				t.deliveries = append(t.deliveries, &late)
			}
		}
	})
	if err != nil {
		return // logged by commit; the attempt will be repeated
	}
	if next.State != deliveryDelivered {
		b.log().Warn("callback not received", "order", d.OrderID, "event", d.Event, "status", status, "error", one.Error)
	}
}

func (b *Bank) post(d *delivery) (status int, err error) {
	ctx, cancel := context.WithTimeout(b.stopped, callbackTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return 0, errors.New("callback_url cannot be called")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "bog-simulator")
	if d.Signature != "" {
		request.Header.Set("Callback-Signature", d.Signature)
	}
	response, err := b.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	// The body has no meaning. Reading it lets the connection be used again.
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10)
	return response.StatusCode, nil
}
