package bog

import (
	"context"
	"net/http"
)

// SaveCard marks an order so that the card it is paid with can be used again
// with the customer present ([Client.PayWithSavedCard], any amount). Call it
// after creating the order and before sending the customer to pay: later it
// saves nothing, and whether the bank refuses it then or accepts it without effect
// is not known (unconfirmed). The order's id is the handle of the card, also when
// the order was a hold that is cancelled later (unconfirmed). The customer has to
// agree, and the bank has to have opened the feature: see [IsAccessRefused].
//
// See https://api.bog.ge/docs/en/payments/saved-card/recurrent
func (c *Client) SaveCard(ctx context.Context, orderID string, o ...CallOptions) error {
	return c.changeWithoutBody(ctx, OpSaveCard, http.MethodPut, "/orders/", orderID, "/cards", o)
}

// SaveSubscription marks an order like SaveCard, for charges without the
// customer ([Client.ChargeSavedCard], always the order's own amount).
//
// See https://api.bog.ge/docs/en/payments/saved-card/offline
func (c *Client) SaveSubscription(ctx context.Context, orderID string, o ...CallOptions) error {
	return c.changeWithoutBody(ctx, OpSaveSubscription, http.MethodPut, "/orders/", orderID, "/subscriptions", o)
}

// ForgetCard removes the card saved on an order.
//
// See https://api.bog.ge/docs/en/payments/saved-card/delete
func (c *Client) ForgetCard(ctx context.Context, parentOrderID string, o ...CallOptions) error {
	return c.changeWithoutBody(ctx, OpForgetCard, http.MethodDelete, "/charges/card/", parentOrderID, "", o)
}

// mark sends a call without a body, which is answered by 202 and nothing.
func (c *Client) changeWithoutBody(ctx context.Context, op Op, method, before, id, after string, o []CallOptions) error {
	path, err := orderPath(op, before, id, after)
	if err != nil {
		return err
	}
	_, err = c.change(ctx, call{op: op, method: method, path: path}, o)
	return err
}

// PayWithSavedCard opens an order like CreateOrder, to be paid with the card
// saved on parentOrderID. The customer goes to RedirectURL but does not type
// the card; 3-D Secure may appear.
//
// See https://api.bog.ge/docs/en/payments/saved-card/recurrent-payment
func (c *Client) PayWithSavedCard(ctx context.Context, parentOrderID string, r OrderRequest, o ...CallOptions) (*Order, error) {
	body, err := EncodeOrder(r)
	if err != nil {
		return nil, err
	}
	return c.PayWithSavedCardRaw(ctx, parentOrderID, body, o...)
}

// PayWithSavedCardRaw is PayWithSavedCard with a body made by [EncodeOrder],
// sent byte for byte.
func (c *Client) PayWithSavedCardRaw(ctx context.Context, parentOrderID string, body []byte, o ...CallOptions) (*Order, error) {
	path, err := orderPath(OpPayWithSavedCard, "/ecommerce/orders/", parentOrderID, "")
	if err != nil {
		return nil, err
	}
	return c.order(ctx, call{op: OpPayWithSavedCard, method: http.MethodPost, path: path, body: body}, o, true)
}

// ChargeRequest is the body of [Client.ChargeSavedCard]. What is empty, and
// amount, currency, capture, buyer and basket in any case, come from the parent order.
type ChargeRequest struct {
	CallbackURL     string `json:"callback_url,omitempty"`
	ExternalOrderID string `json:"external_order_id,omitempty"`
}

// EncodeCharge checks r and gives the body that ChargeSavedCard would send.
func EncodeCharge(r ChargeRequest) ([]byte, error) {
	if r.CallbackURL != "" && !isWebURL(r.CallbackURL) {
		return nil, &RequestError{Op: OpChargeSavedCard, Field: "callback_url", Problem: "must be an http(s) address"}
	}
	return encode(r)
}

// ChargeSavedCard charges the card saved by SaveSubscription on parentOrderID,
// without the customer. Success means that the charge was started: the result
// comes by callback and receipt like that of any payment. The Order has no
// RedirectURL.
//
// The charge inherits the parent's capture (unconfirmed): on a parent with
// CaptureManual it becomes a hold, StatusBlocked, and has to be approved with
// [Client.Approve] or is released after 30 days.
//
// See https://api.bog.ge/docs/en/payments/saved-card/offline-payment
func (c *Client) ChargeSavedCard(ctx context.Context, parentOrderID string, r ChargeRequest, o ...CallOptions) (*Order, error) {
	body, err := EncodeCharge(r)
	if err != nil {
		return nil, err
	}
	return c.ChargeSavedCardRaw(ctx, parentOrderID, body, o...)
}

// ChargeSavedCardRaw is ChargeSavedCard with a body made by [EncodeCharge],
// sent byte for byte.
func (c *Client) ChargeSavedCardRaw(ctx context.Context, parentOrderID string, body []byte, o ...CallOptions) (*Order, error) {
	path, err := orderPath(OpChargeSavedCard, "/ecommerce/orders/", parentOrderID, "/subscribe")
	if err != nil {
		return nil, err
	}
	return c.order(ctx, call{op: OpChargeSavedCard, method: http.MethodPost, path: path, body: body}, o, false)
}
