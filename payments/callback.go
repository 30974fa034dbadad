package payments

import (
	"context"
	"fmt"
	"time"

	"dukani/models"
	"dukani/payments/bog"
)

// ReceiveCallback takes a message that came to the callback address: body is the
// raw bytes of the request, signature the value of its Callback-Signature header,
// headers what the journal should keep.
//
// A nil error means that the message is on disk and its payment due for settling:
// answer 200. The message itself settles nothing, it
// only says where to look. Errors that match bog.ErrSignature mean that it is not
// from the bank: answer 401. Any other error means it could not be stored: answer
// 500.
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
	d.wake()
	return nil
}

// noteForged writes at most one line a second to the journal, so that a flood of
// forged messages cannot fill the disk. None of their bytes are kept.
func (d *Desk) noteForged(ctx context.Context, why error, headers map[string]string) {
	now := d.store.Now().UnixNano()
	last := d.lastForged.Load()
	if now-last < int64(time.Second) || !d.lastForged.CompareAndSwap(last, now) {
		return
	}
	d.log.WarnContext(ctx, "callback refused", "why", why, "headers", headers)
	err := d.store.Journal(ctx, models.Event{Kind: "callback", Cause: "unknown sender", Verdict: "refused: " + why.Error()})
	if err != nil {
		d.log.ErrorContext(ctx, "journal", "err", err)
	}
}
