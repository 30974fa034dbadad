package bog

import (
	"context"
	"net/http"
)

// SaveCard asks the bank to save the card that the order will be paid with (§11), for payments
// of any amount with the customer present ([Client.PayWithSavedCard]). Call it after creating
// the order and before sending the customer to pay. Later it saves nothing; whether the bank
// then refuses the call or accepts it without effect is not known (unconfirmed).
//
// The order's id identifies the saved card from then on, even if the order is a hold that is
// cancelled later (unconfirmed). The customer has to consent, and the bank has to have opened
// the feature for the merchant; otherwise [IsAccessRefused] is true for the error.
//
// See https://api.bog.ge/docs/en/payments/saved-card/recurrent
func (c *Client) SaveCard(ctx context.Context, orderID string, o ...CallOptions) error {
	return c.changeWithoutBody(ctx, OpSaveCard, http.MethodPut, "/orders/", orderID, "/cards", o)
}

// SaveSubscription is like SaveCard, for charges of the order's own amount without the
// customer ([Client.ChargeSavedCard]).
//
// See https://api.bog.ge/docs/en/payments/saved-card/offline
func (c *Client) SaveSubscription(ctx context.Context, orderID string, o ...CallOptions) error {
	return c.changeWithoutBody(ctx, OpSaveSubscription, http.MethodPut, "/orders/", orderID, "/subscriptions", o)
}

// ForgetCard deletes the card that was saved with an order (§11). If the bank does not have
// that card, [IsCardNotFound] or [IsNotFound] is true for the error.
//
// See https://api.bog.ge/docs/en/payments/saved-card/delete
func (c *Client) ForgetCard(ctx context.Context, parentOrderID string, o ...CallOptions) error {
	return c.changeWithoutBody(ctx, OpForgetCard, http.MethodDelete, "/charges/card/", parentOrderID, "", o)
}

// changeWithoutBody sends a call without a body. The bank answers 202 without a body.
func (c *Client) changeWithoutBody(ctx context.Context, op Op, method, before, id, after string, o []CallOptions) error {
	path, err := orderPath(op, before, id, after)
	if err != nil {
		return err
	}
	_, err = c.change(ctx, call{op: op, method: method, path: path}, o)
	return err
}

// PayWithSavedCard creates an order, as CreateOrder does, that is paid with the card saved by
// SaveCard on parentOrderID (§11). The customer goes to RedirectURL but does not type the card;
// 3-D Secure may appear.
//
// See https://api.bog.ge/docs/en/payments/saved-card/recurrent-payment
func (c *Client) PayWithSavedCard(ctx context.Context, parentOrderID string, r OrderRequest, o ...CallOptions) (*Order, error) {
	body, err := EncodeOrder(r)
	if err != nil {
		return nil, err
	}
	return c.PayWithSavedCardRaw(ctx, parentOrderID, body, o...)
}

// PayWithSavedCardRaw is PayWithSavedCard with a body made by [EncodeOrder], sent byte for byte.
func (c *Client) PayWithSavedCardRaw(ctx context.Context, parentOrderID string, body []byte, o ...CallOptions) (*Order, error) {
	path, err := orderPath(OpPayWithSavedCard, "/ecommerce/orders/", parentOrderID, "")
	if err != nil {
		return nil, err
	}
	return c.order(ctx, call{op: OpPayWithSavedCard, method: http.MethodPost, path: path, body: body}, o, true)
}

// ChargeRequest is the body of [Client.ChargeSavedCard]. For an empty field the bank uses the
// parent order's value. Amount, currency, capture, buyer and basket are always the parent's.
type ChargeRequest struct {
	CallbackURL     string `json:"callback_url,omitempty"`
	ExternalOrderID string `json:"external_order_id,omitempty"`
}

// EncodeCharge checks r and returns the body that ChargeSavedCard would send, or a
// [*RequestError].
func EncodeCharge(r ChargeRequest) ([]byte, error) {
	if r.CallbackURL != "" && !isWebURL(r.CallbackURL) {
		return nil, &RequestError{Op: OpChargeSavedCard, Field: "callback_url", Problem: "must be an http(s) address"}
	}
	return encode(r)
}

// ChargeSavedCard charges the card saved by SaveSubscription on parentOrderID, without the
// customer (§11). Success means only that the charge was started; its outcome comes by
// callback and receipt, as for any payment. The Order has no RedirectURL.
//
// The charge inherits the parent's capture (unconfirmed): on a parent with
// CaptureManual it becomes a hold with StatusBlocked, which has to be approved with
// [Client.Approve] and is otherwise released after 30 days.
//
// See https://api.bog.ge/docs/en/payments/saved-card/offline-payment
func (c *Client) ChargeSavedCard(ctx context.Context, parentOrderID string, r ChargeRequest, o ...CallOptions) (*Order, error) {
	body, err := EncodeCharge(r)
	if err != nil {
		return nil, err
	}
	return c.ChargeSavedCardRaw(ctx, parentOrderID, body, o...)
}

// ChargeSavedCardRaw is ChargeSavedCard with a body made by [EncodeCharge], sent byte for byte.
func (c *Client) ChargeSavedCardRaw(ctx context.Context, parentOrderID string, body []byte, o ...CallOptions) (*Order, error) {
	path, err := orderPath(OpChargeSavedCard, "/ecommerce/orders/", parentOrderID, "/subscribe")
	if err != nil {
		return nil, err
	}
	return c.order(ctx, call{op: OpChargeSavedCard, method: http.MethodPost, path: path, body: body}, o, false)
}
