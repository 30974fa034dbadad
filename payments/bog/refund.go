package bog

import (
	"context"
	"encoding/json"
	"net/http"
)

// RefundRequest is the body of [Client.Refund]: an amount in minor units, or All. One of the
// two is required, so that an amount that was computed as 0 never refunds everything.
type RefundRequest struct {
	Amount Amount `json:"amount,omitempty"` // what to refund
	// All refunds whatever is left. After a discount of the bank that is less than the shop's
	// own total, so use All rather than an amount for a full refund.
	All bool `json:"-"`
}

// Acknowledgement is the bank's answer "request received" to a refund, an approval or a
// cancellation. It is not the outcome. The outcome is in the receipt, in the Action with the
// same id, once that is completed or rejected: see [Client.WaitForAction].
type Acknowledgement struct {
	Key      string // request_received
	Message  string
	ActionID string
	// IdempotencyKey is the key of the call.
	IdempotencyKey string
	// Raw is the answer exactly as it came.
	Raw json.RawMessage
}

// EncodeRefund checks r and returns the body that Refund would send, or a [*RequestError].
func EncodeRefund(r RefundRequest) ([]byte, error) {
	c := checks{op: OpRefund}
	c.amountOrAll(r.Amount, r.All)
	if c.err != nil {
		return nil, c.err
	}
	return encode(r)
}

// Refund gives back all or part of the captured amount (§9). Refunds in parts are possible for
// cards, Apple Pay and Google Pay; bog_p2p can only be refunded in full, other methods not at
// all. A refund cannot be undone. Success means only that the bank has received the request,
// see [Acknowledgement].
//
// The money comes from the merchant's account at the bank. Without enough money there the refund
// is rejected later with code 163 ([AdviceTopUp]), and can be requested again under a new key.
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

// action sends a call that the bank only acknowledges.
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
	// Only the id matters, whatever form the other members have.
	if err := json.Unmarshal(a.body, &ack); err != nil && ack.ActionID == "" {
		return nil, a.unusable("not an acknowledgement", err)
	}
	if ack.ActionID == "" {
		return nil, a.unusable("no action_id", nil)
	}
	return &Acknowledgement{Key: ack.Key, Message: ack.Message, ActionID: ack.ActionID, IdempotencyKey: a.key, Raw: a.body}, nil
}
