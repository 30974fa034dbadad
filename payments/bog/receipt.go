package bog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"time"
)

// Receipt is everything that the bank says about an order ("payment details", §6). It is decoded
// leniently: fields may be null, empty, missing or new. A field of another form than expected
// stays zero, unless it is an id, the status, the currency or one of the three amounts, without
// which the receipt cannot be used.
//
// See https://api.bog.ge/docs/en/payments/standard-process/get-payment-details
type Receipt struct {
	OrderID         string   `json:"order_id"`
	ExternalOrderID string   `json:"external_order_id"`
	Client          Merchant `json:"client"`
	// Every date comes twice, see [Time]. CreatedAt and ExpiresAt choose one.
	CreateDate      Time          `json:"create_date"`
	ZonedCreateDate Time          `json:"zoned_create_date"`
	ExpireDate      Time          `json:"expire_date"`
	ZonedExpireDate Time          `json:"zoned_expire_date"`
	OrderStatus     OrderStatus   `json:"order_status"`
	Buyer           *ReceiptBuyer `json:"buyer"`
	RedirectLinks   RedirectURLs  `json:"redirect_links"`
	PaymentDetail   PaymentDetail `json:"payment_detail"`
	// Actions are the refunds, approvals and cancellations so far (§6.3), whoever started them.
	Actions  []Action        `json:"actions"`
	Disputes json.RawMessage `json:"disputes"` // content undocumented
	Split    *ReceiptSplit   `json:"split"`
	Discount *Discount       `json:"discount"`
	Lang     Lang            `json:"lang"`
	// RejectReason is set if the order is rejected: RejectExpiration, RejectUnknown, or the
	// text of a response code.
	RejectReason  string       `json:"reject_reason"`
	Industry      string       `json:"industry"`
	Capture       Capture      `json:"capture"`
	PurchaseUnits ReceiptUnits `json:"purchase_units"`
	// Raw is the receipt exactly as the bank sent it.
	Raw json.RawMessage `json:"-"`
}

// Fixed values of Receipt.RejectReason.
const (
	RejectExpiration = "expiration"
	RejectUnknown    = "unknown"
)

// Merchant is the shop as the bank knows it.
type Merchant struct {
	ID      Text   `json:"id"`
	BrandKA string `json:"brand_ka"`
	BrandEN string `json:"brand_en"`
	URL     string `json:"url"`
}

// OrderStatus is a Status and its text. Never compare the text, which depends on the language.
type OrderStatus struct {
	Key   Status `json:"key"`
	Value string `json:"value"`
}

// ReceiptBuyer is the buyer as sent at creation.
type ReceiptBuyer struct {
	FullName    string `json:"full_name"`
	Email       string `json:"email"`
	PhoneNumber string `json:"phone_number"`
}

// PaymentDetail says how the order was paid (§6.2). The card fields of a paid order may be empty.
type PaymentDetail struct {
	TransferMethod TransferMethod `json:"transfer_method"`
	TransactionID  Text           `json:"transaction_id"`
	// PayerIdentifier is a masked card number for cards and Google Pay, and for other methods a
	// device account number, an account name or the first letter of a name.
	PayerIdentifier     string        `json:"payer_identifier"`
	PaymentOption       PaymentOption `json:"payment_option"`
	CardType            string        `json:"card_type"`        // CardVisa, CardMastercard, CardAmex or empty
	CardExpiryDate      string        `json:"card_expiry_date"` // MM/YY or empty
	RequestAccountTag   string        `json:"request_account_tag"`
	TransferAccountTag  string        `json:"transfer_account_tag"` // the tag of the account that was used
	SavedCardType       SavedCardKind `json:"saved_card_type"`
	ParentOrderID       string        `json:"parent_order_id"` // the order with which the card was saved
	Code                Code          `json:"code"`
	CodeDescription     string        `json:"code_description"`
	PaymentGatewayTrxID Text          `json:"pg_trx_id"`
	AuthCode            Text          `json:"auth_code"` // the issuer's approval code
}

// TransferMethod is the method that was used. Both fields are empty before the payment.
type TransferMethod struct {
	Key   Method `json:"key"`
	Value string `json:"value"` // depends on the language
}

// Action is a refund, an approval or a cancellation.
type Action struct {
	ActionID        string       `json:"action_id"`       // as in Acknowledgement.ActionID
	RequestChannel  string       `json:"request_channel"` // ChannelAPI, ChannelConsole, ChannelSupport
	Action          ActionKind   `json:"action"`
	Status          ActionStatus `json:"status"`
	ActionDate      Time         `json:"action_date"`
	ZonedActionDate Time         `json:"zoned_action_date"`
	Amount          Amount       `json:"amount"`
	Code            Code         `json:"code"`
	CodeDescription string       `json:"code_description"`
}

// ActionKind says what an action does.
type ActionKind string

// Kinds of actions.
const (
	ActionAuthorize        ActionKind = "authorize" // an approval of the whole hold
	ActionPartialAuthorize ActionKind = "partial_authorize"
	ActionCancelAuthorize  ActionKind = "cancel_authorize"
	ActionRefund           ActionKind = "refund"
	ActionPartialRefund    ActionKind = "partial_refund"
)

// ActionStatus is the outcome of an action. Every value other than the constants means that
// the action has not ended yet.
type ActionStatus string

// Outcomes of an action.
const (
	ActionCompleted ActionStatus = "completed"
	ActionRejected  ActionStatus = "rejected"
)

// IsFinal reports whether the action has ended, completed or rejected.
func (s ActionStatus) IsFinal() bool { return s == ActionCompleted || s == ActionRejected }

// Values of Action.RequestChannel: who started the action.
const (
	ChannelAPI     = "public_api"       // a call of this API
	ChannelConsole = "business_manager" // the merchant, in the bank's Business Manager
	ChannelSupport = "support"          // the bank
)

// At returns when the action happened.
func (a Action) At() time.Time { return preferZoned(a.ZonedActionDate, a.ActionDate) }

// ReceiptSplit is how the order is shared among accounts (§14).
type ReceiptSplit struct {
	Status         SplitStatus           `json:"split_status"`
	Currency       Currency              `json:"currency"`
	RequestChannel string                `json:"request_channel"`
	Payments       []ReceiptSplitPayment `json:"split_payments"`
}

// SplitStatus is the state of a split.
type SplitStatus string

// States of a split.
const (
	SplitCreated    SplitStatus = "created"
	SplitProcessing SplitStatus = "processing"
	SplitCanceled   SplitStatus = "canceled" // together with its hold (unconfirmed)
	SplitCompleted  SplitStatus = "completed"
	SplitRejected   SplitStatus = "rejected"
)

// ReceiptSplitPayment is one share.
type ReceiptSplitPayment struct {
	IBAN        string  `json:"iban"`
	Amount      Decimal `json:"amount"`
	Percent     Decimal `json:"percent"`
	Description string  `json:"description"`
	Status      string  `json:"status"` // undocumented; probably a value of SplitStatus
}

// Discount is the discount of a campaign. The captured amount may then be less than the
// requested one: see Receipt.Requested, Receipt.Due and Receipt.Captured.
type Discount struct {
	BankAmount     Decimal `json:"bank_discount_amount"`
	BankDesc       string  `json:"bank_discount_desc"`
	Discounted     Decimal `json:"discounted_amount"` // what remains to be paid
	OriginalAmount Decimal `json:"original_order_amount"`
	SystemAmount   Decimal `json:"system_discount_amount"`
	SystemDesc     string  `json:"system_discount_desc"`
}

// ReceiptUnits are the three amounts of an order, in minor units, and its basket. null counts
// as 0.
type ReceiptUnits struct {
	RequestAmount  Amount        `json:"request_amount"`  // requested when the order was created
	TransferAmount Amount        `json:"transfer_amount"` // captured less refunded; of a hold the authorized amount
	RefundAmount   Amount        `json:"refund_amount"`   // refunded so far, in all
	Currency       Currency      `json:"currency_code"`
	Items          []ReceiptItem `json:"items"`
}

// ReceiptItem is a basket line as the bank keeps it.
type ReceiptItem struct {
	ExternalItemID    string  `json:"external_item_id"`
	UnitPrice         Decimal `json:"unit_price"`
	Description       string  `json:"description"`
	Quantity          Decimal `json:"quantity"`
	UnitDiscountPrice Decimal `json:"unit_discount_price"`
	PackageCode       Text    `json:"package_code"`
	TotalPrice        Decimal `json:"total_price"`
	VAT               Decimal `json:"vat"`
	VATPercent        Decimal `json:"vat_percent"`
	TIN               Text    `json:"tin"`
	PINFL             Text    `json:"pinfl"`
	ProductDiscountID Text    `json:"product_discount_id"`
}

// Text is a string of the bank, such as "260610042217", that is read if it comes as a number too.
type Text string

// UnmarshalJSON reads a string, a number or null.
func (t *Text) UnmarshalJSON(b []byte) error {
	s, err := decimalText(b)
	if err != nil {
		return errors.New("bog: neither a string nor a number")
	}
	*t = Text(s)
	return nil
}

// Status returns the status of the order.
func (r *Receipt) Status() Status { return r.OrderStatus.Key }

// CreatedAt returns when the order was created.
func (r *Receipt) CreatedAt() time.Time { return preferZoned(r.ZonedCreateDate, r.CreateDate) }

// ExpiresAt returns when the order expires: from then on it cannot be paid.
func (r *Receipt) ExpiresAt() time.Time { return preferZoned(r.ZonedExpireDate, r.ExpireDate) }

// Action returns the action with the id that Refund, Approve or Cancel returned, and false if
// the receipt does not list it, as while it is running.
func (r *Receipt) Action(id string) (Action, bool) {
	for _, a := range r.Actions {
		if id != "" && strings.EqualFold(a.ActionID, id) {
			return a, true
		}
	}
	return Action{}, false
}

// DecodeReceipt reads a receipt, for instance one that was stored. Raw gets a copy of data.
func DecodeReceipt(data []byte) (*Receipt, error) {
	return decodeReceipt(bytes.Clone(data))
}

// essentials are the fields without which a receipt cannot be used. A receipt in which one of
// them has another form than expected is an error.
type essentials struct {
	OrderID         Text        `json:"order_id"`
	ExternalOrderID Text        `json:"external_order_id"`
	OrderStatus     OrderStatus `json:"order_status"`
	PurchaseUnits   struct {
		RequestAmount  Amount   `json:"request_amount"`
		TransferAmount Amount   `json:"transfer_amount"`
		RefundAmount   Amount   `json:"refund_amount"`
		Currency       Currency `json:"currency_code"`
	} `json:"purchase_units"`
}

// decodeReceipt reads a receipt. Raw is raw itself.
func decodeReceipt(raw []byte) (*Receipt, error) {
	r := &Receipt{Raw: raw}
	if err := json.Unmarshal(raw, r); err != nil {
		if !json.Valid(raw) || json.Unmarshal(raw, new(essentials)) != nil {
			return nil, err
		}
		*r = Receipt{}
		salvage(raw, reflect.ValueOf(r).Elem())
		r.Raw = raw
	}
	if r.OrderID == "" {
		return nil, errors.New("bog: a receipt without order_id")
	}
	return r, nil
}

// Receipt reads the receipt of an order (§6) by the bank's id, not the shop's number. It changes
// nothing and can be called at any time. If the bank does not know the order, [IsNotFound] is
// true for the error.
func (c *Client) Receipt(ctx context.Context, orderID string) (*Receipt, error) {
	path, err := orderPath(OpReceipt, "/receipt/", orderID, "")
	if err != nil {
		return nil, err
	}
	a, err := c.do(ctx, call{op: OpReceipt, method: http.MethodGet, path: path, needsBody: true})
	if err != nil {
		return nil, err
	}
	r, err := decodeReceipt(a.body)
	if err != nil {
		return nil, a.unusable("not a receipt", err)
	}
	if !strings.EqualFold(r.OrderID, orderID) {
		return nil, a.unusable("receipt of another order", nil)
	}
	return r, nil
}
