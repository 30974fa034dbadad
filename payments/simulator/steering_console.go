package simulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
)

// Values of request_channel: who started an action.
const (
	channelAPI     = "public_api"
	channelConsole = "business_manager"
	channelSupport = "support"
)

// operations are what the merchant can do in the bank's console, and the bank's support by
// itself. The rules are those of the API.
var operations = map[string]changeFunc{"refund": refundOrder, "approve": approveHold, "cancel": cancelHold}

// consoleRequest is the body of POST /_sim/orders/{id}/console. Amount is in minor units; nil
// means all.
type consoleRequest struct {
	Action  string `json:"action"`
	Amount  *money `json:"amount_minor"`
	Channel string `json:"channel"` // channelConsole by default, or channelSupport
}

func (c consoleRequest) check() error {
	switch {
	case operations[c.Action] == nil:
		return fmt.Errorf("action: %q is none of refund, approve, cancel", c.Action)
	case c.Amount != nil && *c.Amount <= 0:
		return fmt.Errorf("amount_minor must be more than 0; leave it out for all")
	case c.Channel != "" && c.Channel != channelConsole && c.Channel != channelSupport:
		return fmt.Errorf("channel: %q is none of %s, %s", c.Channel, channelConsole, channelSupport)
	}
	return nil
}

// steerConsole handles POST /_sim/orders/{id}/console: an action that the shop did not
// request. The shop learns of it only by callback and receipt.
func (b *Bank) steerConsole(w http.ResponseWriter, r *http.Request) {
	var c consoleRequest
	o := b.steeredOrder(w, r)
	if o == nil || !readSteering(w, r, &c) {
		return
	}
	fields := map[string]any{}
	if c.Amount != nil {
		fields["amount"] = json.Number(c.Amount.String())
	}
	var out reply
	flights, err := b.inTx(func(t *tx) {
		t.channel = cmp.Or(c.Channel, channelConsole)
		out = operations[c.Action](t, &call{r: r, order: o.ID, fields: fields})
	})
	switch {
	case err != nil:
		writeError(w, http.StatusInternalServerError, err.Error())
	case out.status != http.StatusOK:
		var refusal struct{ Message string }
		_ = json.Unmarshal(out.body, &refusal) // it is our own answer
		writeError(w, http.StatusConflict, refusal.Message)
	default:
		b.waitForFlights(r, flights, b.currentSettings().redirectWait())
		b.releaseAfterRedirect(o.ID)
		b.answerWithOrder(w, r, o.ID)
	}
}
