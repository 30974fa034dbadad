package bog

import (
	"context"
	"net/http"
)

// CompleteApplePay is the second step of Apple Pay started on the shop's own
// page: it hands Apple's token, whole, to the order made with
// ApplePayConfig.External. The Order carries the outcome in Status and
// Details.
//
// See https://api.bog.ge/docs/en/payments/external-orders/complete-external-applepay
func (c *Client) CompleteApplePay(ctx context.Context, orderID, token string, o ...CallOptions) (*Order, error) {
	if token == "" {
		return nil, &RequestError{Op: OpCompleteApplePay, Field: "apple_pay_token", Problem: "is missing"}
	}
	path, err := orderPath(OpCompleteApplePay, "/ecommerce/orders/", orderID, "/payment")
	if err != nil {
		return nil, err
	}
	body, err := encode(struct {
		Token string `json:"apple_pay_token"`
	}{token})
	if err != nil {
		return nil, err
	}
	return c.order(ctx, call{op: OpCompleteApplePay, method: http.MethodPost, path: path, body: body}, o, false)
}

// What Google's script wants to know for the Google Pay button on the shop's own
// page: tokenizationSpecification with type PAYMENT_GATEWAY and, for every
// merchant of the bank, these parameters. Both PAN_ONLY and CRYPTOGRAM_3DS work.
// The token that comes back goes, whole, into GooglePayConfig.Token.
//
// See https://api.bog.ge/docs/en/payments/external-orders/external-googlepay
const (
	GooglePayGateway           = "georgiancard"
	GooglePayGatewayMerchantID = "BCR2DN4TXKPITITV"
)
