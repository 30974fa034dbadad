package bog

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
)

// OrderRequest is the body of [Client.CreateOrder] and
// [Client.PayWithSavedCard]. CallbackURL, a total and one basket line are
// required; the zero value of everything else leaves it to the bank.
//
// See https://api.bog.ge/docs/en/payments/standard-process/create-order
type OrderRequest struct {
	// CallbackURL gets the signed result; https, reachable from the internet.
	CallbackURL string `json:"callback_url"`
	// ExternalOrderID is the shop's own number. The payer sees its first 25
	// characters on the statement. The bank does not insist on uniqueness.
	ExternalOrderID string `json:"external_order_id,omitempty"`
	// ApplicationType is only for Apple Pay started on the shop's own page.
	ApplicationType ApplicationType `json:"application_type,omitempty"`
	Capture         Capture         `json:"capture,omitempty"`
	// TTL is how many minutes the order can be paid: 2 to 1440; 0 leaves the
	// bank's 15.
	TTL           int           `json:"ttl,omitempty"`
	Buyer         *Buyer        `json:"buyer,omitempty"`
	PurchaseUnits PurchaseUnits `json:"purchase_units"`
	// PaymentMethods limits what the page offers. Empty offers every method
	// the merchant has, loans included.
	PaymentMethods []Method      `json:"payment_method,omitempty"`
	RedirectURLs   *RedirectURLs `json:"redirect_urls,omitempty"`
	Config         *OrderConfig  `json:"config,omitempty"`
}

// ApplicationType tells where Apple Pay was started.
type ApplicationType string

// Values of OrderRequest.ApplicationType.
const (
	Web    ApplicationType = "web"
	Mobile ApplicationType = "mobile"
)

// Buyer is who pays. Mask e-mail and phone yourself: what is sent is shown.
type Buyer struct {
	FullName    string `json:"full_name,omitempty"`
	MaskedEmail string `json:"masked_email,omitempty"`
	MaskedPhone string `json:"masked_phone,omitempty"`
}

// PurchaseUnits is what is paid for.
type PurchaseUnits struct {
	Currency Currency `json:"currency,omitempty"` // "" is GEL
	// TotalAmount is what the customer pays, delivery and discounts included.
	TotalAmount         Amount       `json:"total_amount"`
	TotalDiscountAmount Amount       `json:"total_discount_amount,omitempty"` // informative
	Delivery            *Delivery    `json:"delivery,omitempty"`
	Basket              []BasketItem `json:"basket"`
}

// Delivery is the price of delivery. The receipt does not repeat it.
type Delivery struct {
	Amount Amount `json:"amount"`
}

// BasketItem is one line of the basket. ProductID, Quantity (from 1) and
// UnitPrice are required.
type BasketItem struct {
	ProductID         string  `json:"product_id"`
	Description       string  `json:"description,omitempty"` // name shown to the buyer
	Quantity          int64   `json:"quantity"`
	UnitPrice         Amount  `json:"unit_price"`
	UnitDiscountPrice Amount  `json:"unit_discount_price,omitempty"` // discount per unit
	VAT               Amount  `json:"vat,omitempty"`                 // of the line, in money
	VATPercent        Decimal `json:"vat_percent,omitempty"`         // "18"
	TotalPrice        Amount  `json:"total_price,omitempty"`         // of the line
	Image             string  `json:"image,omitempty"`               // address of a picture
	// Fiscal codes of the goods and of who sells them, mostly unused in Georgia.
	PackageCode       string `json:"package_code,omitempty"`
	TIN               string `json:"tin,omitempty"`
	PINFL             string `json:"pinfl,omitempty"`
	ProductDiscountID string `json:"product_discount_id,omitempty"` // of a campaign
}

// RedirectURLs is where the browser goes afterwards. Nothing is appended to
// them, and arriving there proves nothing.
type RedirectURLs struct {
	Success string `json:"success,omitempty"`
	Fail    string `json:"fail,omitempty"`
}

// OrderConfig holds the extras of an order.
type OrderConfig struct {
	Loan      *LoanConfig      `json:"loan,omitempty"`
	Campaign  *CampaignConfig  `json:"campaign,omitempty"`
	GooglePay *GooglePayConfig `json:"google_pay,omitempty"`
	ApplePay  *ApplePayConfig  `json:"apple_pay,omitempty"`
	Account   *AccountConfig   `json:"account,omitempty"`
	Split     *Split           `json:"split,omitempty"`
}

// CampaignConfig limits or discounts an order by kind of card.
type CampaignConfig struct {
	Card string `json:"card"` // CardVisa, CardMastercard, CardSolo, CardAmex (the last unconfirmed)
	Type string `json:"type"` // CampaignRestrict, CampaignDiscount
}

// Values of CampaignConfig.Type.
const (
	CampaignRestrict = "restrict"        // only cards of that kind can pay
	CampaignDiscount = "client_discount" // cards of that kind pay less: see Receipt.Discount
)

// GooglePayConfig is for the Google Pay button on the shop's own page.
type GooglePayConfig struct {
	External bool   `json:"external"`
	Token    string `json:"google_pay_token,omitempty"` // whole token as Google gave it
}

// ApplePayConfig is for the Apple Pay button on the shop's own page; the
// second step is [Client.CompleteApplePay].
type ApplePayConfig struct {
	External bool `json:"external"`
}

// AccountConfig chooses a POS. The bank falls back to the default one without
// a word when it does not know the tag.
type AccountConfig struct {
	Tag string `json:"tag"`
}

// Split shares what is taken among accounts; GEL only, and it has to be
// activated by the bank. What is not assigned stays with the merchant. A
// refund does not take anything back from the recipients.
type Split struct {
	Payments []SplitPayment `json:"split_payments"`
}

// SplitPayment is one share: an amount, or a percentage from 1 to 100.
type SplitPayment struct {
	IBAN        string `json:"iban"`
	Amount      Amount `json:"amount,omitempty"`
	Percent     int    `json:"percent,omitempty"`
	Description string `json:"description,omitempty"` // at most 25 Latin letters, digits and / - ? : ( ) . , ' +
}

// CallOptions accompany a changing call, which takes at most one of them.
type CallOptions struct {
	// IdempotencyKey is a version 4 UUID. Repeating a call with its key does
	// nothing twice and gets the first answer again, so store it before the
	// call. Empty: one is made up, and returned in the result or the error.
	IdempotencyKey string
	// Language and Theme of the payment page; read only by CreateOrder and
	// PayWithSavedCard. Empty is the bank's default: Georgian, light. A language is
	// sent in any case, because the bank is reported to refuse what HTTP libraries
	// and proxies put in its place, such as "*" (unconfirmed).
	Language Lang
	Theme    Theme
}

// Order is the bank's answer to a new order.
type Order struct {
	// ID is the bank's id of the order: the one to store, and to ask for.
	ID string
	// RedirectURL is where the customer pays. Use it as it is. Empty after an
	// automatic charge, and after wallet payments that need no page.
	RedirectURL string
	// DetailsURL is the address of the receipt.
	DetailsURL string
	// AcceptURL belongs to the second step of Apple Pay.
	AcceptURL string
	// Status and Details are given by wallet payments that end at once. Even
	// then Details can be nil: ask for the receipt.
	Status  Status
	Details *Receipt
	// ApplePayResult is opaque data for Apple's script on the shop's page.
	ApplePayResult json.RawMessage
	// IdempotencyKey is the key the order was created with.
	IdempotencyKey string
	// Raw is the answer as it came.
	Raw json.RawMessage
}

// EncodeOrder checks the shape of r and gives the body that CreateOrder would
// send. Equal requests give equal bytes. Use it with [Client.CreateOrderRaw]
// when the exact request has to be on disk before it leaves.
func EncodeOrder(r OrderRequest) ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	return encode(r)
}

// CreateOrder opens an order at the bank; the customer then pays at
// RedirectURL.
func (c *Client) CreateOrder(ctx context.Context, r OrderRequest, o ...CallOptions) (*Order, error) {
	body, err := EncodeOrder(r)
	if err != nil {
		return nil, err
	}
	return c.CreateOrderRaw(ctx, body, o...)
}

// CreateOrderRaw is CreateOrder with a body made by [EncodeOrder], sent byte
// for byte. Repeating it with the same body and the same key after a lost
// answer gives the same order.
func (c *Client) CreateOrderRaw(ctx context.Context, body []byte, o ...CallOptions) (*Order, error) {
	return c.order(ctx, call{op: OpCreateOrder, method: http.MethodPost, path: "/ecommerce/orders", body: body}, o, true)
}

// order sends a call that is answered by an order. With page, an answer that
// gives the customer nowhere to go is an error.
func (c *Client) order(ctx context.Context, r call, o []CallOptions, page bool) (*Order, error) {
	r.needsBody = true
	options, err := singleOption(r.op, o)
	if err != nil {
		return nil, err
	}
	if page {
		shape := checks{op: r.op}
		shape.check(options.Language == "" || options.Language == Georgian || options.Language == English, "language", "must be ka or en")
		shape.check(options.Theme == "" || options.Theme == Light || options.Theme == Dark, "theme", "must be light or dark")
		if shape.err != nil {
			return nil, shape.err
		}
		r.lang, r.theme = cmp.Or(options.Language, Georgian), options.Theme
	}
	a, err := c.change(ctx, r, o)
	if err != nil {
		return nil, err
	}
	type link struct {
		Href string `json:"href"`
	}
	var wire struct {
		ID      Text            `json:"id"`
		Status  Status          `json:"status"`
		Details json.RawMessage `json:"order_details"`
		Result  json.RawMessage `json:"result"`
		Links   struct {
			Details  link `json:"details"`
			Redirect link `json:"redirect"`
			Accept   link `json:"accept"`
		} `json:"_links"`
	}
	// An id with a part of another shape beside it is an order all the same.
	if err := json.Unmarshal(a.body, &wire); err != nil && wire.ID == "" {
		return nil, a.unusable("not an order", err)
	}
	order := &Order{
		ID: string(wire.ID), Status: wire.Status,
		RedirectURL: wire.Links.Redirect.Href, DetailsURL: wire.Links.Details.Href, AcceptURL: wire.Links.Accept.Href,
		IdempotencyKey: a.key, Raw: a.body,
	}
	if !isNull(wire.Result) {
		order.ApplePayResult = wire.Result
	}
	if !isNull(wire.Details) {
		// Only informative here: what cannot be read, Receipt will ask for.
		order.Details, _ = decodeReceipt(wire.Details)
	}
	switch {
	case order.ID == "":
		return nil, a.unusable("no id", nil)
	case order.RedirectURL != "" && !isWebURL(order.RedirectURL):
		return nil, a.unusable("redirect link is not a web address", nil)
	case page && order.RedirectURL == "" && order.AcceptURL == "" && order.Status == "":
		return nil, a.unusable("no redirect link", nil)
	}
	return order, nil
}

func isNull(raw json.RawMessage) bool {
	return len(raw) == 0 || bytes.Equal(raw, []byte("null"))
}

// encode writes compact JSON without the escapes that only matter inside HTML,
// so that addresses stay readable.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
