package bog

import (
	"context"
	"encoding/json"
	"net/http"
)

// RefundRequest is the body of [Client.Refund]: a sum, or All. The zero value is
// refused, so that a sum which was computed as 0 never gives back everything.
type RefundRequest struct {
	Amount Amount `json:"amount,omitempty"` // what to give back
	// All gives back whatever is left. After a discount of the bank that is less than
	// the shop's own total, so prefer All to a sum for a full refund.
	All bool `json:"-"`
}

// Acknowledgement is the bank's "request received" to a refund, an approval or
// a cancellation. It is not the outcome: that is the Action with the same id
// in the receipt, once it is completed or rejected.
type Acknowledgement struct {
	Key      string // request_received
	Message  string
	ActionID string
	// IdempotencyKey is the key the call was made with.
	IdempotencyKey string
	// Raw is the answer as it came.
	Raw json.RawMessage
}

// EncodeRefund checks r and gives the body that Refund would send.
func EncodeRefund(r RefundRequest) ([]byte, error) {
	c := checks{op: OpRefund}
	c.amountOrAll(r.Amount, r.All)
	if c.err != nil {
		return nil, c.err
	}
	return encode(r)
}

// Refund gives back all or part of what was taken. Parts are possible for
// cards, Apple Pay and Google Pay; bog_p2p can only be refunded in full, the
// other methods not at all. A refund cannot be undone. It is drawn from the merchant's
// account at the bank: without enough money there it is rejected later, with
// code 163 ([AdviceTopUp]), and can be asked for again, under a new key.
//
// See https://api.bog.ge/docs/en/payments/refund
func (c *Client) Refund(ctx context.Context, orderID string, r RefundRequest, o ...CallOptions) (*Acknowledgement, error) {
	body, err := EncodeRefund(r)
	if err != nil {
		return nil, err
	}
	return c.RefundRaw(ctx, orderID, body, o...)
}

// RefundRaw is Refund with a body made by [EncodeRefund], sent byte for byte.
func (c *Client) RefundRaw(ctx context.Context, orderID string, body []byte, o ...CallOptions) (*Acknowledgement, error) {
	return c.action(ctx, OpRefund, "/payment/refund/", orderID, body, o)
}

// action sends a call that is only acknowledged.
func (c *Client) action(ctx context.Context, op Op, path, orderID string, body []byte, o []CallOptions) (*Acknowledgement, error) {
	path, err := orderPath(op, path, orderID, "")
	if err != nil {
		return nil, err
	}
	a, err := c.change(ctx, call{op: op, method: http.MethodPost, path: path, body: body, needsBody: true}, o)
	if err != nil {
		return nil, err
	}
	var ack struct {
		Key      string `json:"key"`
		Message  string `json:"message"`
		ActionID string `json:"action_id"`
	}
	// The id is what matters, whatever shape the words beside it have.
	if err := json.Unmarshal(a.body, &ack); err != nil && ack.ActionID == "" {
		return nil, a.unusable("not an acknowledgement", err)
	}
	if ack.ActionID == "" {
		return nil, a.unusable("no action_id", nil)
	}
	return &Acknowledgement{Key: ack.Key, Message: ack.Message, ActionID: ack.ActionID, IdempotencyKey: a.key, Raw: a.body}, nil
}
