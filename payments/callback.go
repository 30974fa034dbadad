package payments

import (
	"context"
	"fmt"
	"sync"
	"time"

	"dukani/models"
	"dukani/payments/bog"
)

// ReceiveCallback takes a message that came to the callback address: body is the
// raw bytes of the request, signature the value of its Callback-Signature header,
// headers what the journal should keep.
//
// A nil error means that the message is on disk and its payment due for settling:
// answer 200. The message itself settles nothing, it only says which payment to ask
// about. An error that matches bog.ErrSignature means that it is not from the bank:
// answer 401. Any other error means that it could not be stored: answer 500.
func (d *Desk) ReceiveCallback(ctx context.Context, body []byte, signature string, headers map[string]string) error {
	if err := d.verify(body, signature); err != nil {
		d.noteForged(ctx, err, headers)
		return err
	}
	message := models.Callback{Body: body, Headers: headers}
	if about, err := bog.ParseSubject(body); err != nil {
		message.Event = "unreadable: " + err.Error() // signed by the bank all the same: keep it
	} else {
		message.Event, message.BankOrderID, message.OrderNumber = about.Event, about.OrderID, about.ExternalOrderID
	}
	if err := d.store.StoreCallback(ctx, message); err != nil {
		return fmt.Errorf("store callback about %s: %w", message.BankOrderID, err)
	}
	d.sweepSoon()
	return nil
}

// How often forged messages are recorded. The journal keeps its rows for ever.
const (
	forgedLogged    = time.Second
	forgedJournaled = time.Minute
)

// noteForged counts forged messages in the log and in the journal, with at most one entry
// each forgedLogged and forgedJournaled, so that a flood of them fills no disk. None of
// their bytes are kept, and only the beginning of their headers is logged.
func (d *Desk) noteForged(ctx context.Context, why error, headers map[string]string) {
	now := d.store.Now()
	if n, ok := d.forgedLog.allow(now, forgedLogged); ok {
		shown := map[string]string{}
		for name, value := range headers {
			shown[name] = value[:min(len(value), 100)]
		}
		d.log.WarnContext(ctx, "callback refused", "why", why, "count", n, "headers", shown)
	}
	n, ok := d.forgedJournal.allow(now, forgedJournaled)
	if !ok {
		return
	}
	err := d.store.Journal(ctx, models.Event{Kind: models.EventCallback, Cause: "unknown sender", Verdict: fmt.Sprintf("refused %d: %v", n, why)})
	if err != nil {
		d.log.ErrorContext(ctx, "journal", "err", err)
	}
}

// throttle lets one of many equal events pass in a given time.
type throttle struct {
	mu   sync.Mutex
	last time.Time
	n    int // events since the last that passed
}

// allow counts an event, and reports whether it passes and how many events it stands for.
func (s *throttle) allow(now time.Time, while time.Duration) (n int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	if lately(now, s.last, while) {
		return 0, false
	}
	n, s.n, s.last = s.n, 0, now
	return n, true
}
