package bog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"dukani/payments/bog"
)

// wire writes a request in the form of the recorded ones: with what the bank looks at, and
// without what differs between machines.
func (r record) wire() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.Method, r.Path)
	for _, name := range []string{"Accept", "Accept-Language", "Authorization", "Content-Type", "Idempotency-Key", "Theme"} {
		for _, value := range r.Header.Values(name) {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	return b.String() + "\n" + r.Body
}

// everything is a request with every field, which no real order could have at once.
func everything() bog.OrderRequest {
	r := candles()
	r.ApplicationType, r.PaymentMethods = bog.Mobile, []bog.Method{bog.MethodGooglePay}
	r.PurchaseUnits.TotalDiscountAmount = 25
	r.PurchaseUnits.Basket = []bog.BasketItem{{
		ProductID: "HNY-1", Description: `თაფლი <1 კგ> & "ფიჭა"`, Quantity: 3, UnitPrice: 1410, UnitDiscountPrice: 5, VAT: 645, VATPercent: "18",
		TotalPrice: 4230, Image: "https://shop.example/1.webp?w=1&h=2", PackageCode: "p", TIN: "t", PINFL: "f", ProductDiscountID: "d",
	}}
	r.Config = &bog.OrderConfig{
		Loan:      &bog.LoanConfig{Type: "ZERO", Month: 6},
		Campaign:  &bog.CampaignConfig{Card: bog.CardVisa, Type: bog.CampaignDiscount},
		GooglePay: &bog.GooglePayConfig{External: true, Token: `{"signature":"x"}`},
		ApplePay:  &bog.ApplePayConfig{},
		Account:   &bog.AccountConfig{Tag: "second"},
		Split: &bog.Split{Payments: []bog.SplitPayment{
			{IBAN: "GE00XX0000000000000001", Percent: 85, Description: "Seller 12"}, {IBAN: "GE00XX0000000000000002", Amount: 250},
		}},
	}
	return r
}

// What arrives at the bank for every call of the API is compared, byte for byte, with
// testdata/requests.
func TestRequestsAsRecorded(t *testing.T) {
	t.Parallel()
	o := bog.CallOptions{IdempotencyKey: testKey, Language: bog.English, Theme: bog.Dark}
	with := func(m bog.Method, config bog.OrderConfig) bog.OrderRequest {
		r := candles()
		r.PaymentMethods, r.Config = []bog.Method{m}, &config
		return r
	}
	hold := candles()
	hold.Capture = bog.CaptureManual
	apple := with(bog.MethodApplePay, bog.OrderConfig{ApplePay: &bog.ApplePayConfig{External: true}})
	apple.ApplicationType = bog.Web
	least := bog.OrderRequest{CallbackURL: "https://shop.example/hooks/bog", PurchaseUnits: bog.PurchaseUnits{
		TotalAmount: 1, Basket: []bog.BasketItem{{ProductID: "1", Quantity: 1, UnitPrice: 0}}}}
	share := &bog.Split{Payments: []bog.SplitPayment{{IBAN: "GE00XX0000000000000001", Percent: 85}}}

	type call struct {
		answer string // the recorded answer; "" for 202 without a body
		make   func(context.Context, *bog.Client) (any, error)
	}
	create := func(answer string, r bog.OrderRequest, o bog.CallOptions) call {
		return call{answer, func(ctx context.Context, c *bog.Client) (any, error) { return c.CreateOrder(ctx, r, o) }}
	}
	calls := map[string]call{
		"create_order":             create("order_created.json", candles(), o),
		"create_order_least":       create("order_created.json", least, bog.CallOptions{IdempotencyKey: testKey}),
		"create_order_every_field": create("google_pay_done.json", everything(), o),
		"create_order_hold":        create("order_created.json", hold, o),
		"create_order_google_pay": create("google_pay_3ds.json", with(bog.MethodGooglePay, bog.OrderConfig{
			GooglePay: &bog.GooglePayConfig{External: true, Token: `{"signature":"x"}`}}), o),
		"create_order_apple_pay": create("apple_pay_accept.json", apple, o),
		"create_order_loan":      create("order_created.json", with(bog.MethodLoan, bog.OrderConfig{Loan: &bog.LoanConfig{Type: "ZERO", Month: 6}}), o),
		"receipt": {"receipt_paid.json", func(ctx context.Context, c *bog.Client) (any, error) {
			return c.Receipt(ctx, orderID)
		}},
		"refund_all": {"refund_received.json", func(ctx context.Context, c *bog.Client) (any, error) {
			return c.Refund(ctx, orderID, bog.RefundRequest{All: true}, o)
		}},
		"refund_part": {"refund_received.json", func(ctx context.Context, c *bog.Client) (any, error) {
			return c.Refund(ctx, orderID, bog.RefundRequest{Amount: 1250}, o)
		}},
		"approve_all": {"approve_received.json", func(ctx context.Context, c *bog.Client) (any, error) {
			return c.Approve(ctx, orderID, bog.ApproveRequest{All: true}, o)
		}},
		"approve_part": {"approve_received.json", func(ctx context.Context, c *bog.Client) (any, error) {
			return c.Approve(ctx, orderID, bog.ApproveRequest{Amount: 4000, Description: "one candle less", Split: share}, o)
		}},
		"cancel": {"cancel_received.json", func(ctx context.Context, c *bog.Client) (any, error) {
			return c.Cancel(ctx, orderID, bog.CancelRequest{Description: "out of stock"}, o)
		}},
		"save_card": {"", func(ctx context.Context, c *bog.Client) (any, error) {
			return nil, c.SaveCard(ctx, orderID, o)
		}},
		"save_subscription": {"", func(ctx context.Context, c *bog.Client) (any, error) {
			return nil, c.SaveSubscription(ctx, orderID, o)
		}},
		"forget_card": {"", func(ctx context.Context, c *bog.Client) (any, error) {
			return nil, c.ForgetCard(ctx, parentID, o)
		}},
		"pay_with_saved_card": {"order_created.json", func(ctx context.Context, c *bog.Client) (any, error) {
			return c.PayWithSavedCard(ctx, parentID, candles(), o)
		}},
		"charge_saved_card": {"charge_started.json", func(ctx context.Context, c *bog.Client) (any, error) {
			return c.ChargeSavedCard(ctx, parentID, bog.ChargeRequest{CallbackURL: "https://shop.example/hooks/bog", ExternalOrderID: "SUB-77/2026-04"}, o)
		}},
		"complete_apple_pay": {"apple_pay_done.json", func(ctx context.Context, c *bog.Client) (any, error) {
			return c.CompleteApplePay(ctx, orderID, `{"data":"<x>"}`, o)
		}},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &bank{answer: answers(202, "")}
			if call.answer != "" {
				b.answer = answers(200, string(golden(t, call.answer)))
			}
			if _, err := call.make(t.Context(), start(t, b)); err != nil {
				t.Fatal(err)
			}
			sent, auths := b.recorded()
			if len(sent) != 1 || len(auths) != 1 {
				t.Fatalf("%d calls and %d token calls, want one of each", len(sent), len(auths))
			}
			wantRecorded(t, name, sent[0])
			wantRecorded(t, "token", auths[0])
		})
	}
	files, err := filepath.Glob("testdata/requests/*.http")
	if err != nil {
		t.Fatal(err)
	}
	names := append(slices.Collect(maps.Keys(calls)), "token")
	for _, file := range files {
		if !slices.Contains(names, strings.TrimSuffix(filepath.Base(file), ".http")) {
			t.Errorf("%s is recorded and never made", file)
		}
	}
}

func wantRecorded(t *testing.T, name string, got record) {
	t.Helper()
	if want := string(golden(t, "requests/"+name+".http")); got.wire() != want {
		t.Errorf("%s: sent\n%s\nwant\n%s", name, got.wire(), want)
	}
}

// A receipt with every field is read and written again. A field with a misspelt tag would be
// lost.
func TestReceiptEveryField(t *testing.T) {
	t.Parallel()
	raw := golden(t, "receipt_every_field.json")
	r, err := bog.DecodeReceipt(raw)
	if err != nil {
		t.Fatal(err)
	}
	wantNothingZero(t, "receipt", reflect.ValueOf(*r))
	again, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want, got := flat(t, raw), flat(t, again)
	for path, value := range want {
		if got[path] != value {
			t.Errorf("%s is %s, read as %q", path, value, got[path])
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok {
			t.Errorf("%s is written but was never sent", path)
		}
	}
}

// wantNothingZero fails for every field of v that is zero.
func wantNothingZero(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	if v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
		t.Errorf("%s is empty: there is nothing in the recording to fill it", path)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		wantNothingZero(t, path, v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[bog.Time]() {
			return
		}
		for i := range v.NumField() {
			wantNothingZero(t, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice:
		for i := 0; i < v.Len() && v.Type() != reflect.TypeFor[json.RawMessage](); i++ {
			wantNothingZero(t, fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	}
}

// flat returns the values in a JSON document as texts by their paths.
func flat(t *testing.T, document []byte) map[string]string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	var root any
	if err := d.Decode(&root); err != nil {
		t.Fatal(err)
	}
	leaves := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, member := range v {
				walk(path+"."+name, member)
			}
		case []any:
			for i, item := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), item)
			}
		default:
			text := fmt.Sprint(v)
			if at, err := bog.ParseTime(text); err == nil {
				text = at.String() // both forms of a date are the same moment
			}
			leaves[path] = text
		}
	}
	walk("", root)
	return leaves
}

// The client's result for each recorded answer to a changing call is compared as a whole.
func TestAnswersAsRecorded(t *testing.T) {
	t.Parallel()
	details := "https://api.bog.ge/payments/v1/receipt/"
	for file, want := range map[string]bog.Order{
		"order_created.json":   {ID: orderID, RedirectURL: "https://payment.bog.ge/?order_id=" + orderID, DetailsURL: details + orderID},
		"google_pay_done.json": {ID: orderID, DetailsURL: details + orderID, Status: bog.StatusCompleted},
		"google_pay_3ds.json": {ID: orderID, DetailsURL: details + orderID, Status: bog.StatusProcessing,
			RedirectURL: "https://payment.bog.ge/api/3ds/post-form?fieldName=creq&fieldValue=e30&baseUrl=https%3A%2F%2Facs.example"},
		"apple_pay_accept.json": {ID: orderID, AcceptURL: "https://api.bog.ge/payments/v1/ecommerce/orders/" + orderID + "/payment",
			ApplePayResult: json.RawMessage(`{"epochTimestamp":1772449451000,"merchantSessionIdentifier":"SSH1","nonce":"b1"}`)},
		"apple_pay_done.json": {ID: orderID, DetailsURL: details + orderID, Status: bog.StatusCompleted},
		"charge_started.json": {ID: parentID, DetailsURL: details + parentID},
	} {
		b := &bank{answer: answers(200, string(golden(t, file)))}
		var got *bog.Order
		var err error
		if file == "charge_started.json" { // the only answer without an address for the customer
			got, err = start(t, b).ChargeSavedCard(t.Context(), orderID, bog.ChargeRequest{}, bog.CallOptions{IdempotencyKey: testKey})
		} else {
			got, err = start(t, b).CreateOrder(t.Context(), candles(), bog.CallOptions{IdempotencyKey: testKey})
		}
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if ended := want.Status.IsPaid(); (got.Details != nil) != ended || ended && (got.Details.OrderID != orderID || !got.Details.PaidInFull(4730, bog.GEL)) {
			t.Errorf("%s: details %+v", file, got.Details)
		}
		if len(got.ApplePayResult) > 0 {
			got.ApplePayResult = json.RawMessage(compact(t, got.ApplePayResult))
		}
		want.IdempotencyKey, want.Raw, want.Details = testKey, golden(t, file), got.Details
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: got  %+v\nwant %+v", file, *got, want)
		}
	}
	for file, message := range map[string]string{
		"refund_received.json":  "Refund request received",
		"approve_received.json": "Pre-authorization payment approval request received",
		"cancel_received.json":  "Pre-authorization payment cancellation request received",
	} {
		c := start(t, &bank{answer: answers(200, string(golden(t, file)))})
		got, err := c.Refund(t.Context(), orderID, bog.RefundRequest{All: true}, bog.CallOptions{IdempotencyKey: testKey})
		want := &bog.Acknowledgement{Key: "request_received", Message: message, ActionID: actionID, IdempotencyKey: testKey, Raw: golden(t, file)}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got  %+v, %v\nwant %+v", file, got, err, want)
		}
	}
}

func TestRecordedErrors(t *testing.T) {
	t.Parallel()
	for file, is := range map[string]func(error) bool{
		"error_idempotency.json":       bog.IsIdempotencyFormat,
		"error_invalid_order.json":     bog.IsNotFound,
		"error_already_requested.json": bog.IsAlreadyRequested,
	} {
		c := start(t, &bank{answer: answers(400, string(golden(t, file)))})
		_, err := c.Approve(t.Context(), orderID, bog.ApproveRequest{All: true})
		if e, ok := errors.AsType[*bog.APIError](err); !ok || !is(err) || !bog.Refused(err) || e.Body != string(golden(t, file)) {
			t.Errorf("%s: got %v", file, err)
		}
	}
}
