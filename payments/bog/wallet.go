package bog

import (
	"context"
	"net/http"
)

// CompleteApplePay is the second step of Apple Pay on the shop's own page (§12.2): it sends
// Apple's whole token for the order that was created with ApplePayConfig.External. The
// returned Order has the outcome in Status and Details.
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

// Parameters of Google's script for the Google Pay button on the shop's own page (§12.1). They
// belong to tokenizationSpecification with type PAYMENT_GATEWAY and are the same for every
// merchant of the bank. Both PAN_ONLY and CRYPTOGRAM_3DS work. The whole token that the script
// returns goes into GooglePayConfig.Token.
//
// See https://api.bog.ge/docs/en/payments/external-orders/external-googlepay
const (
	GooglePayGateway           = "georgiancard"
	GooglePayGatewayMerchantID = "BCR2DN4TXKPITITV"
)
