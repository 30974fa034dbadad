package bog

import "context"

// ApproveRequest is the body of [Client.Approve]: a sum, or All. As with
// [RefundRequest], neither is refused.
type ApproveRequest struct {
	Amount      Amount `json:"amount,omitempty"` // what to take; the rest of the hold is released
	All         bool   `json:"-"`                // take the whole hold
	Description string `json:"description,omitempty"`
	Split       *Split `json:"split,omitempty"` // how to share out what is taken
}

// CancelRequest is the body of [Client.Cancel].
type CancelRequest struct {
	Description string `json:"description,omitempty"`
}

// EncodeApprove checks r and gives the body that Approve would send.
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

// EncodeCancel gives the body that Cancel would send.
func EncodeCancel(r CancelRequest) ([]byte, error) { return encode(r) }

// Approve takes the money of a hold (an order with CaptureManual that is
// blocked), once: what is not taken now is released and cannot be taken later.
// While another approve or cancel is running, IsAlreadyRequested is true for
// the error.
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

// Cancel releases a whole hold.
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
