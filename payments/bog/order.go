package bog

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
)

// OrderRequest is the body of [Client.CreateOrder] and [Client.PayWithSavedCard] (§5).
// CallbackURL, PurchaseUnits.TotalAmount and one basket line are required. For the zero value
// of other fields the bank uses its default. Amounts are in minor units.
//
// See https://api.bog.ge/docs/en/payments/standard-process/create-order
type OrderRequest struct {
	// CallbackURL gets the callbacks. It must be https and reachable from the internet.
	CallbackURL string `json:"callback_url"`
	// ExternalOrderID is the shop's own number. The payer sees its first 25 characters on the
	// statement. The bank accepts the same number twice.
	ExternalOrderID string `json:"external_order_id,omitempty"`
	// ApplicationType is only for Apple Pay on the shop's own page.
	ApplicationType ApplicationType `json:"application_type,omitempty"`
	Capture         Capture         `json:"capture,omitempty"`
	// TTL is for how many minutes the order can be paid: 2 to 1440; 0 means the bank's default,
	// which is 15.
	TTL           int           `json:"ttl,omitempty"`
	Buyer         *Buyer        `json:"buyer,omitempty"`
	PurchaseUnits PurchaseUnits `json:"purchase_units"`
	// PaymentMethods are the methods that the page offers (§5.2). Empty means every method that
	// the merchant has, loans included.
	PaymentMethods []Method      `json:"payment_method,omitempty"`
	RedirectURLs   *RedirectURLs `json:"redirect_urls,omitempty"`
	Config         *OrderConfig  `json:"config,omitempty"`
}

// ApplicationType says where Apple Pay was started.
type ApplicationType string

// Values of OrderRequest.ApplicationType.
const (
	Web    ApplicationType = "web"
	Mobile ApplicationType = "mobile"
)

// Buyer is the customer. The bank shows e-mail and phone as they are sent, so mask them first.
type Buyer struct {
	FullName    string `json:"full_name,omitempty"`
	MaskedEmail string `json:"masked_email,omitempty"`
	MaskedPhone string `json:"masked_phone,omitempty"`
}

// PurchaseUnits are the amounts and the basket.
type PurchaseUnits struct {
	Currency Currency `json:"currency,omitempty"` // "" is GEL
	// TotalAmount is what the customer pays, with delivery and after discounts.
	TotalAmount         Amount       `json:"total_amount"`
	TotalDiscountAmount Amount       `json:"total_discount_amount,omitempty"` // informative
	Delivery            *Delivery    `json:"delivery,omitempty"`
	Basket              []BasketItem `json:"basket"`
}

// Delivery is the price of delivery. The receipt does not repeat it.
type Delivery struct {
	Amount Amount `json:"amount"`
}

// BasketItem is one line of the basket. ProductID, Quantity (from 1) and UnitPrice are required.
type BasketItem struct {
	ProductID         string  `json:"product_id"`
	Description       string  `json:"description,omitempty"` // the name that the customer sees
	Quantity          int64   `json:"quantity"`
	UnitPrice         Amount  `json:"unit_price"`
	UnitDiscountPrice Amount  `json:"unit_discount_price,omitempty"` // the discount for each unit
	VAT               Amount  `json:"vat,omitempty"`                 // of the line, an amount
	VATPercent        Decimal `json:"vat_percent,omitempty"`         // "18"
	TotalPrice        Amount  `json:"total_price,omitempty"`         // of the line
	Image             string  `json:"image,omitempty"`               // the address of a picture
	// Fiscal codes of the goods and of their seller, mostly unused in Georgia.
	PackageCode       string `json:"package_code,omitempty"`
	TIN               string `json:"tin,omitempty"`
	PINFL             string `json:"pinfl,omitempty"`
	ProductDiscountID string `json:"product_discount_id,omitempty"` // of a campaign
}

// RedirectURLs are where the browser goes after the payment. The bank appends nothing to them,
// and a browser that arrives there proves nothing.
type RedirectURLs struct {
	Success string `json:"success,omitempty"`
	Fail    string `json:"fail,omitempty"`
}

// OrderConfig is the optional configuration of an order (§5.3).
type OrderConfig struct {
	Loan      *LoanConfig      `json:"loan,omitempty"`
	Campaign  *CampaignConfig  `json:"campaign,omitempty"`
	GooglePay *GooglePayConfig `json:"google_pay,omitempty"`
	ApplePay  *ApplePayConfig  `json:"apple_pay,omitempty"`
	Account   *AccountConfig   `json:"account,omitempty"`
	Split     *Split           `json:"split,omitempty"`
}

// CampaignConfig limits an order to one kind of card, or discounts it for that kind.
type CampaignConfig struct {
	Card string `json:"card"` // CardVisa, CardMastercard, CardSolo, CardAmex (the last unconfirmed)
	Type string `json:"type"` // CampaignRestrict, CampaignDiscount
}

// Values of CampaignConfig.Type.
const (
	CampaignRestrict = "restrict"        // no other cards can pay
	CampaignDiscount = "client_discount" // that kind pays less, see Receipt.Discount
)

// GooglePayConfig is for the Google Pay button on the shop's own page (§12.1).
type GooglePayConfig struct {
	External bool   `json:"external"`
	Token    string `json:"google_pay_token,omitempty"` // the whole token, as Google gave it
}

// ApplePayConfig is for the Apple Pay button on the shop's own page (§12.2). The second step is
// [Client.CompleteApplePay].
type ApplePayConfig struct {
	External bool `json:"external"`
}

// AccountConfig chooses the merchant's account (POS) by its tag. For an unknown tag the bank
// silently uses the default account.
type AccountConfig struct {
	Tag string `json:"tag"`
}

// Split shares the captured amount among accounts (§14). It works in GEL only, and the bank has
// to activate it for the merchant. What no share gets stays with the merchant. A refund takes
// nothing back from the recipients.
type Split struct {
	Payments []SplitPayment `json:"split_payments"`
}

// SplitPayment is one share: an amount in minor units, or a percentage from 1 to 100.
type SplitPayment struct {
	IBAN        string `json:"iban"`
	Amount      Amount `json:"amount,omitempty"`
	Percent     int    `json:"percent,omitempty"`
	Description string `json:"description,omitempty"` // at most 25 Latin letters, digits and / - ? : ( ) . , ' +
}

// CallOptions are the options of a call that changes something. Such a call takes at most one
// CallOptions.
type CallOptions struct {
	// IdempotencyKey is a UUID of version 4 (§3). Repeating a call with its key does nothing
	// twice and gets the first answer again, so store the key before the call. If it is empty,
	// the call makes a key, which is in the result or in the error.
	IdempotencyKey string
	// Language and Theme are those of the payment page; only CreateOrder and PayWithSavedCard
	// use them. Empty means Georgian and light. A language is always sent, because the bank is
	// reported to refuse what HTTP libraries and proxies send otherwise, such as "*"
	// (unconfirmed).
	Language Lang
	Theme    Theme
}

// Order is the bank's answer to a call that creates or pays an order.
type Order struct {
	// ID is the bank's id of the order. Store it: all other calls need it.
	ID string
	// RedirectURL is where the customer pays. Use it as it is. It is empty after an automatic
	// charge, and after a wallet payment that needs no page: the documented answer to one names a
	// page for 3-D Secure even when the payment is decided (§12.1), where nothing is left to do.
	RedirectURL string
	// DetailsURL is the address of the receipt.
	DetailsURL string
	// AcceptURL is the address of the second step of Apple Pay.
	AcceptURL string
	// Status and Details are set by wallet payments that end at once. Even then Details can
	// be nil; read the receipt then.
	Status  Status
	Details *Receipt
	// ApplePayResult is data for Apple's script on the shop's page.
	ApplePayResult json.RawMessage
	// IdempotencyKey is the key of the call.
	IdempotencyKey string
	// Raw is the answer exactly as it came.
	Raw json.RawMessage
}

// EncodeOrder checks r with Validate and returns the body that CreateOrder would send, or a
// [*RequestError]. Equal requests give equal bytes. Use it with [Client.CreateOrderRaw] to have
// the exact request on disk before it leaves.
func EncodeOrder(r OrderRequest) ([]byte, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	return encode(r)
}

// CreateOrder creates an order at the bank (§5). The customer then pays at RedirectURL. About
// errors see [Refused] and [RefusedForGood].
func (c *Client) CreateOrder(ctx context.Context, r OrderRequest, o ...CallOptions) (*Order, error) {
	body, err := EncodeOrder(r)
	if err != nil {
		return nil, err
	}
	return c.CreateOrderRaw(ctx, body, o...)
}

// CreateOrderRaw is CreateOrder with a body made by [EncodeOrder], sent byte for byte. Repeated
// with the same body and the same key after a lost answer, it returns the same order.
func (c *Client) CreateOrderRaw(ctx context.Context, body []byte, o ...CallOptions) (*Order, error) {
	return c.order(ctx, call{op: OpCreateOrder, method: http.MethodPost, path: "/ecommerce/orders", body: body}, o, true)
}

// order sends a call whose answer is an order. With page, the language and the theme of the
// page are sent, and an answer without an address for the customer is an error.
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
	return decodeOrder(a, page)
}

// decodeOrder reads the answer of a call that creates or pays an order.
func decodeOrder(a *answer, page bool) (*Order, error) {
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
	// Once there is an id, members of another form than expected do not matter.
	if err := json.Unmarshal(a.body, &wire); err != nil && wire.ID == "" {
		return nil, a.unusable("not an order", err)
	}
	order := &Order{
		ID: string(wire.ID), Status: wire.Status,
		RedirectURL: wire.Links.Redirect.Href, DetailsURL: wire.Links.Details.Href, AcceptURL: wire.Links.Accept.Href,
		IdempotencyKey: a.key, Raw: a.body,
	}
	if order.Status.IsFinal() || order.Status.IsHeld() {
		order.RedirectURL = ""
	}
	if !isNull(wire.Result) {
		order.ApplePayResult = wire.Result
	}
	if !isNull(wire.Details) {
		// These details are only informative. If they cannot be read, Receipt can.
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

// encode writes compact JSON without the escapes that only HTML needs, so that addresses stay
// readable.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
