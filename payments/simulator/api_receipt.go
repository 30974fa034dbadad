package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"time"
)

// receipt is the answer of GET /payments/v1/receipt/{id} and the body of a callback. The
// keys go over the wire in the order of these fields.
type receipt struct {
	OrderID         string           `json:"order_id"`
	ExternalOrderID *string          `json:"external_order_id"`
	Client          Merchant         `json:"client"`
	CreateDate      string           `json:"create_date"`
	ZonedCreateDate string           `json:"zoned_create_date"`
	ExpireDate      string           `json:"expire_date"`
	ZonedExpireDate string           `json:"zoned_expire_date"`
	OrderStatus     keyValue         `json:"order_status"`
	Buyer           *buyer           `json:"buyer"`
	RedirectLinks   redirectLinks    `json:"redirect_links"`
	PaymentDetail   paymentDetail    `json:"payment_detail"`
	Actions         []receiptAction  `json:"actions"`
	Disputes        *struct{}        `json:"disputes"`
	Split           *receiptSplit    `json:"split"`
	Discount        *receiptDiscount `json:"discount"`
	Lang            string           `json:"lang"`
	RejectReason    *string          `json:"reject_reason"`
	Industry        string           `json:"industry"`
	Capture         string           `json:"capture"`
	PurchaseUnits   purchaseUnits    `json:"purchase_units"`
}

type keyValue struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type redirectLinks struct {
	Success string `json:"success"`
	Fail    string `json:"fail"`
}

type paymentDetail struct {
	TransferMethod     keyValue `json:"transfer_method"`
	TransactionID      *string  `json:"transaction_id"`
	PayerIdentifier    *string  `json:"payer_identifier"`
	PaymentOption      string   `json:"payment_option"`
	CardType           *string  `json:"card_type"`
	CardExpiryDate     *string  `json:"card_expiry_date"`
	RequestAccountTag  *string  `json:"request_account_tag"`
	TransferAccountTag *string  `json:"transfer_account_tag"`
	SavedCardType      *string  `json:"saved_card_type"`
	ParentOrderID      *string  `json:"parent_order_id"`
	Code               *string  `json:"code"`
	CodeDescription    *string  `json:"code_description"`
	PgTrxID            *string  `json:"pg_trx_id"`
	AuthCode           *string  `json:"auth_code"`
}

type receiptAction struct {
	ActionID        string  `json:"action_id"`
	RequestChannel  string  `json:"request_channel"`
	Action          string  `json:"action"`
	Status          string  `json:"status"`
	ActionDate      string  `json:"action_date"`
	ZonedActionDate string  `json:"zoned_action_date"`
	Amount          string  `json:"amount"`
	Code            *string `json:"code"`
	CodeDescription *string `json:"code_description"`
}

type purchaseUnits struct {
	RequestAmount  string  `json:"request_amount"`
	TransferAmount *string `json:"transfer_amount"`
	RefundAmount   *string `json:"refund_amount"`
	CurrencyCode   string  `json:"currency_code"`
	Items          []item  `json:"items"`
}

// tbilisi is a fixed zone, because Georgia has no summer time.
var tbilisi = time.FixedZone("+04", 4*60*60)

func localStamp(t time.Time) string { return t.In(tbilisi).Format("2006-01-02T15:04:05.000000") }
func zonedStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// orNull turns the empty string into a JSON null.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func moneyText(m money) *string {
	text := m.String()
	return &text
}

// receiptOf returns the receipt of an order with its texts in lang.
func (b *Bank) receiptOf(o *order, lang string) receipt {
	r := receipt{
		OrderID:         o.ID,
		ExternalOrderID: o.ExternalID,
		Client:          b.merchant(),
		CreateDate:      localStamp(o.Created),
		ZonedCreateDate: zonedStamp(o.Created),
		ExpireDate:      localStamp(o.Expires),
		ZonedExpireDate: zonedStamp(o.Expires),
		OrderStatus:     keyValue{o.Status, statusTexts[o.Status].in(lang)},
		Buyer:           o.Buyer,
		RedirectLinks:   redirectLinks{Success: cmp.Or(o.Success, o.resultPage()), Fail: cmp.Or(o.Fail, o.resultPage())},
		PaymentDetail:   o.paymentDetail(lang),
		Split:           o.Split.receipt(o.Currency),
		Discount:        o.receiptDiscount(),
		Lang:            o.Lang,
		RejectReason:    o.rejectReason(lang),
		Industry:        "ecommerce",
		Capture:         o.Capture,
		PurchaseUnits: purchaseUnits{
			RequestAmount: o.Total.String(),
			CurrencyCode:  o.Currency,
			Items:         o.Items,
		},
	}
	switch {
	case o.Authorized > 0:
		r.PurchaseUnits.TransferAmount = moneyText(o.Authorized)
	case o.Captured > 0:
		r.PurchaseUnits.TransferAmount = moneyText(o.refundable())
	}
	if o.Refunded > 0 {
		r.PurchaseUnits.RefundAmount = moneyText(o.Refunded)
	}
	for _, a := range o.Actions {
		if a.Status == "" {
			continue // the documentation has no word for an action that still runs
		}
		r.Actions = append(r.Actions, receiptAction{
			ActionID: a.ID, RequestChannel: cmp.Or(a.Channel, channelAPI), Action: a.Kind, Status: a.Status,
			ActionDate: localStamp(a.At), ZonedActionDate: zonedStamp(a.At), Amount: a.Amount.String(),
			Code: orNull(a.Code), CodeDescription: orNull(codeTexts[a.Code].in(lang)),
		})
	}
	return r
}

func (o *order) paymentDetail(lang string) paymentDetail {
	p := paymentDetail{
		PaymentOption:      o.Option,
		TransactionID:      orNull(o.Transaction),
		SavedCardType:      orNull(o.SavedType),
		ParentOrderID:      orNull(o.ParentID),
		RequestAccountTag:  o.AccountTag,
		TransferAccountTag: o.CreditedTag,
		Code:               orNull(o.Code),
		CodeDescription:    orNull(codeTexts[o.Code].in(lang)),
		AuthCode:           orNull(o.AuthCode),
	}
	if o.Method != "" {
		p.TransferMethod = keyValue{o.Method, methodTexts[o.Method].in(lang)}
	}
	p.PayerIdentifier = orNull(o.Payer)
	if o.Card != nil {
		p.PayerIdentifier = orNull(cmp.Or(o.Payer, o.Card.Masked))
		p.CardType = orNull(o.Card.Brand)
		p.CardExpiryDate = orNull(o.Card.Expiry)
	}
	return p
}

func (o *order) rejectReason(lang string) *string {
	if o.Status != statusRejected {
		return nil
	}
	if text, known := codeTexts[o.Reason]; known {
		return orNull(text.in(lang))
	}
	return orNull(o.Reason)
}

func (o *order) resultPage() string { return o.Base + "/receipt?order_id=" + o.ID }

// showReceipt handles GET /payments/v1/receipt/{id}.
//
// In the only published receipt the order's lang is ka and its status text is "Created". So the
// texts follow the request's language here, and the order's language in callbacks (unconfirmed).
func (b *Bank) showReceipt(c *call) reply {
	o := b.currentOrder(c.order)
	if o == nil {
		return refuse(http.StatusBadRequest, "Invalid order_id")
	}
	return answer(http.StatusOK, b.receiptOf(o, c.lang("en")))
}

// encode writes JSON as the bank does: compact, with letters, "<", ">" and "&" unescaped,
// without a newline at the end.
func encode(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return []byte("null") // cannot happen: the values are our own structs of strings and numbers
	}
	return plainSeparators(bytes.TrimSuffix(out.Bytes(), []byte("\n")))
}

// plainSeparators undoes the one escape that encoding/json insists on: U+2028 and U+2029.
// A "\\u2028" with two backslashes is text and stays.
func plainSeparators(body []byte) []byte {
	if !bytes.Contains(body, []byte(`\u202`)) {
		return body
	}
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		switch {
		case body[i] != '\\' || i+1 >= len(body):
			out = append(out, body[i])
		case bytes.HasPrefix(body[i:], []byte(`\u2028`)):
			out = append(out, "\u2028"...)
			i += 5
		case bytes.HasPrefix(body[i:], []byte(`\u2029`)):
			out = append(out, "\u2029"...)
			i += 5
		default:
			out = append(out, body[i], body[i+1])
			i++
		}
	}
	return out
}
