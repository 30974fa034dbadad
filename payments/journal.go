package payments

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"dukani/models"
	"dukani/payments/bog"
)

// record returns the context for one changing call to the bank and the list that
// fills with its HTTP exchanges, failed tries included. Nothing is stored
// while the call runs: the list goes into the payment's journal in the
// transaction that stores the call's outcome. Receipts need no record: they are
// journaled when they are settled.
func (d *Desk) record(ctx context.Context) (context.Context, *[]models.Event) {
	calls := new([]models.Event)
	return bog.WithObserver(ctx, func(x bog.Exchange) { *calls = append(*calls, d.line(x)) }), calls
}

// line is an exchange as the journal keeps it. The client has redacted tokens and
// secrets in the bodies, and hands over no headers.
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
