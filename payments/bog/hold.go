package bog

import "context"

// ApproveRequest is the body of [Client.Approve]: an amount in minor units, or All. As in
// [RefundRequest], one of the two is required.
type ApproveRequest struct {
	Amount      Amount `json:"amount,omitempty"` // what to capture; the rest of the hold is released
	All         bool   `json:"-"`                // capture the whole authorized amount
	Description string `json:"description,omitempty"`
	Split       *Split `json:"split,omitempty"` // how to share the captured amount
}

// CancelRequest is the body of [Client.Cancel].
type CancelRequest struct {
	Description string `json:"description,omitempty"`
}

// EncodeApprove checks r and returns the body that Approve would send, or a [*RequestError].
func EncodeApprove(r ApproveRequest) ([]byte, error) {
	c := checks{op: OpApprove}
	c.amountOrAll(r.Amount, r.All)
	if r.Split != nil {
		r.Split.validate(&c, "split.")
	}
	if c.err != nil {
		return nil, c.err
	}
	return encode(r)
}

// EncodeCancel returns the body that Cancel would send.
func EncodeCancel(r CancelRequest) ([]byte, error) { return encode(r) }

// Approve captures the authorized amount of a hold (§10): an order with CaptureManual and
// StatusBlocked. It can do so only once. What it does not capture is released and cannot be
// captured later. Success means only that the bank has received the request, see
// [Acknowledgement]. While another approval or cancellation is running, [IsAlreadyRequested]
// is true for the error.
//
// See https://api.bog.ge/docs/en/payments/preauthorization/approve
func (c *Client) Approve(ctx context.Context, orderID string, r ApproveRequest, o ...CallOptions) (*Acknowledgement, error) {
	body, err := EncodeApprove(r)
	if err != nil {
		return nil, err
	}
	return c.ApproveRaw(ctx, orderID, body, o...)
}

// ApproveRaw is Approve with a body made by [EncodeApprove], sent byte for byte.
func (c *Client) ApproveRaw(ctx context.Context, orderID string, body []byte, o ...CallOptions) (*Acknowledgement, error) {
	return c.action(ctx, OpApprove, "/payment/authorization/approve/", orderID, body, o)
}

// Cancel releases the whole authorized amount of a hold (§10). Success means only that the
// bank has received the request, see [Acknowledgement].
//
// See https://api.bog.ge/docs/en/payments/preauthorization/reject
func (c *Client) Cancel(ctx context.Context, orderID string, r CancelRequest, o ...CallOptions) (*Acknowledgement, error) {
	body, err := EncodeCancel(r)
	if err != nil {
		return nil, err
	}
	return c.CancelRaw(ctx, orderID, body, o...)
}

// CancelRaw is Cancel with a body made by [EncodeCancel], sent byte for byte.
func (c *Client) CancelRaw(ctx context.Context, orderID string, body []byte, o ...CallOptions) (*Acknowledgement, error) {
	return c.action(ctx, OpCancel, "/payment/authorization/cancel/", orderID, body, o)
}
