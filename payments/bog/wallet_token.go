package bog

import (
	"bytes"
	"encoding/json"
)

// externalGooglePay is how EncodeGooglePayOrder writes config.google_pay. It stands nowhere else in
// a body, because quotation marks inside JSON strings are escaped.
var externalGooglePay = []byte(`"google_pay":{"external":true}`)

// EncodeGooglePayOrder is [EncodeOrder] for Google Pay on the shop's own page (§12.1), without the
// wallet's token: a body that may be stored. [WithGooglePayToken] makes of it the body that is
// sent. It sets r.Config.GooglePay.
func EncodeGooglePayOrder(r OrderRequest) ([]byte, error) {
	config := OrderConfig{}
	if r.Config != nil {
		config = *r.Config
	}
	r.Config = &config
	config.GooglePay = &GooglePayConfig{External: true, Token: "comes with the call"}
	if err := r.Validate(); err != nil {
		return nil, err
	}
	config.GooglePay.Token = ""
	return encode(r)
}

// WithGooglePayToken puts the token, as Google's script gave it, into a body made by
// [EncodeGooglePayOrder]. Equal arguments give equal bytes.
func WithGooglePayToken(body []byte, token string) ([]byte, error) {
	if token == "" {
		return nil, &RequestError{Op: OpCreateOrder, Field: "config.google_pay.google_pay_token", Problem: "is missing"}
	}
	if bytes.Count(body, externalGooglePay) != 1 {
		return nil, &RequestError{Op: OpCreateOrder, Field: "config.google_pay", Problem: "is not that of an order for Google Pay on the shop's page"}
	}
	value, err := encode(struct {
		External bool   `json:"external"`
		Token    string `json:"google_pay_token"`
	}{true, token})
	if err != nil || !json.Valid(value) {
		return nil, &RequestError{Op: OpCreateOrder, Field: "config.google_pay.google_pay_token", Problem: "cannot be sent"}
	}
	return bytes.Replace(body, externalGooglePay, append([]byte(`"google_pay":`), value...), 1), nil
}
