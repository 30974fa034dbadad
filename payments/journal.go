package payments

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"dukani/models"
	"dukani/payments/bog"
)

// record gives the context for one changing call to the bank and the list that
// fills with its HTTP exchanges, failed attempts included. Nothing is written
// while the call runs: the list goes into the payment's journal in the
// transaction that stores what came of the call. Receipts are journaled when
// they are settled, so read them with the context of before.
func (d *Desk) record(ctx context.Context) (context.Context, *[]models.Event) {
	calls := new([]models.Event)
	return bog.WithObserver(ctx, func(x bog.Exchange) { *calls = append(*calls, d.line(x)) }), calls
}

// line is an exchange as the journal keeps it. The client has struck tokens and
// secrets out of the bodies, and hands over no headers.
func (d *Desk) line(x bog.Exchange) models.Event {
	e := models.Event{At: d.store.Now(), Kind: models.EventCall, Cause: models.Cause(x.Op), Verdict: strconv.Itoa(x.Status), Body: x.ResponseBody}
	if x.Err != nil {
		e.Verdict = "no answer: " + x.Err.Error()
	}
	// These are strings and a number: marshalling them cannot fail.
	about, _ := json.Marshal(struct {
		Request string `json:"request"`
		Key     string `json:"idempotency_key"`
		Attempt int    `json:"attempt"`
		Took    string `json:"took"`
		Sent    string `json:"sent,omitempty"`
	}{x.Method + " " + x.Path, x.Key, x.Attempt, x.Duration.Round(time.Millisecond).String(), string(x.RequestBody)})
	e.Headers = string(about)
	return e
}
