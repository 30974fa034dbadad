package bog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dukani/payments/bog"
)

func decode(t *testing.T, name string) *bog.Receipt {
	t.Helper()
	r, err := bog.DecodeReceipt(golden(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReceiptPaid(t *testing.T) {
	t.Parallel()
	b := &bank{answer: answers(200, string(golden(t, "receipt_paid.json")))}
	c := start(t, b)
	r, err := c.Receipt(t.Context(), orderID)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(r.Raw, golden(t, "receipt_paid.json")) {
		t.Error("Raw is not what came")
	}
	calls, _ := b.recorded()
	if got := calls[0]; got.Method != "GET" || got.Path != "/payments/v1/receipt/"+orderID || got.Body != "" ||
		got.Header.Get("Idempotency-Key") != "" || got.Header.Get("Content-Type") != "" || got.Header.Get("Accept") != "application/json" {
		t.Errorf("sent %+v", got)
	}

	created := time.Date(2026, 3, 2, 11, 4, 11, 120934000, time.UTC)
	if r.OrderID != orderID || r.ExternalOrderID != "A-1042" || r.Status() != bog.StatusCompleted || r.OrderStatus.Value != "Completed" ||
		!r.CreatedAt().Equal(created) || !r.ExpiresAt().Equal(created.Add(20*time.Minute)) || !r.CreateDate.Equal(r.ZonedCreateDate.Time) ||
		r.Lang != bog.English || r.Capture != bog.CaptureAutomatic || r.Industry != "ecommerce" || r.RejectReason != "" ||
		r.Actions != nil || r.Split != nil || r.Discount != nil {
		t.Errorf("got %+v", r)
	}
	if r.Client != (bog.Merchant{ID: "10077", BrandKA: "სანთლები", BrandEN: "Candles", URL: "https://shop.example"}) {
		t.Errorf("client %+v", r.Client)
	}
	if *r.Buyer != (bog.ReceiptBuyer{FullName: "Nino K.", Email: "n***@mail.example", PhoneNumber: "+9955*****12"}) {
		t.Errorf("buyer %+v", r.Buyer)
	}
	if want := (bog.PaymentDetail{
		TransferMethod: bog.TransferMethod{Key: bog.MethodCard, Value: "Card payment"},
		TransactionID:  "260610042217", PayerIdentifier: "400000***0001", PaymentOption: bog.OptionDirectDebit, CardType: "visa",
		CardExpiryDate: "11/29", Code: bog.CodePaid, CodeDescription: "Successful payment", AuthCode: "772041",
	}); r.PaymentDetail != want {
		t.Errorf("payment detail %+v", r.PaymentDetail)
	}
	u := r.PurchaseUnits
	if u.RequestAmount != 4730 || u.TransferAmount != 4730 || u.RefundAmount != 0 || u.Currency != bog.GEL || len(u.Items) != 2 {
		t.Errorf("purchase units %+v", u)
	}
	if want := (bog.ReceiptItem{ExternalItemID: "CNDL-3", UnitPrice: "18.65", Description: "Beeswax candle", Quantity: "2", UnitDiscountPrice: "0.0"}); u.Items[0] != want {
		t.Errorf("item %+v", u.Items[0])
	}
}

func TestReceiptStates(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		file               string
		status             bog.Status
		captured, refunded bog.Amount
		code               bog.Code
		reason             string
		actions            int
	}{
		{"receipt_created.json", bog.StatusCreated, 0, 0, "", "", 0},
		{"receipt_paid.json", bog.StatusCompleted, 4730, 0, "100", "", 0},
		{"receipt_paid_2024.json", bog.StatusCompleted, 4730, 0, "", "", 0},
		{"receipt_rejected.json", bog.StatusRejected, 0, 0, "107", "Payment declined due to insufficient funds in the account", 0},
		{"receipt_expired.json", bog.StatusRejected, 0, 0, "", bog.RejectExpiration, 0},
		{"receipt_blocked.json", bog.StatusBlocked, 4730, 0, "200", "", 0},
		{"receipt_partial_completed.json", bog.StatusPartialCompleted, 4000, 0, "100", "", 1},
		{"receipt_refunded_partially.json", bog.StatusRefundedPartially, 3480, 1250, "100", "", 2},
		{"receipt_refunded.json", bog.StatusRefunded, 0, 4730, "100", "", 1},
	} {
		r := decode(t, tc.file)
		u := r.PurchaseUnits
		if r.Status() != tc.status || u.RequestAmount != 4730 || u.TransferAmount != tc.captured || u.RefundAmount != tc.refunded ||
			r.PaymentDetail.Code != tc.code || r.RejectReason != tc.reason || len(r.Actions) != tc.actions {
			t.Errorf("%s: %s, captured %s, refunded %s, code %q, reason %q, %d actions", tc.file, r.Status(), u.TransferAmount, u.RefundAmount,
				r.PaymentDetail.Code, r.RejectReason, len(r.Actions))
		}
	}
	if r := decode(t, "receipt_created.json"); r.Buyer != nil || r.PaymentDetail.TransferMethod.Key != "" || r.PaymentDetail.PaymentOption != bog.OptionDirectDebit {
		t.Errorf("before payment: %+v", r)
	}
	if d := decode(t, "receipt_saved_card.json").PaymentDetail; d.PaymentOption != bog.OptionRecurrent || d.SavedCardType != bog.SavedRecurrent || d.ParentOrderID != parentID {
		t.Errorf("saved card: %+v", d)
	}
}

func TestReceiptActions(t *testing.T) {
	t.Parallel()
	r := decode(t, "receipt_refunded_partially.json")
	a, ok := r.Action(strings.ToUpper(actionID))
	if !ok || a.Action != bog.ActionPartialRefund || a.Status != bog.ActionCompleted || a.Amount != 1250 || a.RequestChannel != "public_api" ||
		!a.At().Equal(time.Date(2026, 3, 3, 6, 0, 0, 1000, time.UTC)) {
		t.Errorf("got %+v, %v", a, ok)
	}
	if a := r.Actions[1]; a.Status != bog.ActionRejected || a.Code.Advice() != bog.AdviceTopUp {
		t.Errorf("got %+v", a)
	}
	for _, id := range []string{"", parentID} {
		if _, ok := r.Action(id); ok {
			t.Errorf("found an action %q", id)
		}
	}
}

func TestReceiptSplitAndDiscount(t *testing.T) {
	t.Parallel()
	r := decode(t, "receipt_split_discount.json")
	s := r.Split
	if s.Status != "completed" || s.Currency != bog.GEL || len(s.Payments) != 2 || s.Payments[0].Percent != "85" || s.Payments[1].Amount != "2.5" {
		t.Errorf("split %+v", s)
	}
	if left, err := r.Discount.Discounted.Amount(); left != r.PurchaseUnits.TransferAmount || err != nil || r.Discount.OriginalAmount != "47.3" {
		t.Errorf("discount %+v", r.Discount)
	}
}

func TestReceiptDecodesLeniently(t *testing.T) {
	t.Parallel()
	paid := string(golden(t, "receipt_paid.json"))
	for name, tc := range map[string]struct {
		body  string
		check func(*bog.Receipt) bool
	}{
		"next to nothing": {`{"order_id":"x"}`, func(r *bog.Receipt) bool { return !r.Status().IsPaid() && r.ExpiresAt().IsZero() }},
		"all null": {`{"order_id":"x","external_order_id":null,"client":null,"zoned_create_date":null,"order_status":null,"buyer":null,"redirect_links":null,` +
			`"payment_detail":null,"actions":null,"split":null,"discount":null,"lang":null,"reject_reason":null,"capture":null,"purchase_units":null}`,
			func(r *bog.Receipt) bool { return r.Status() == "" && r.Actions == nil }},
		"a new status":      {strings.Replace(paid, `"completed"`, `"chargeback"`, 1), func(r *bog.Receipt) bool { return r.Status() == "chargeback" && !r.Status().IsPaid() }},
		"a number for code": {strings.Replace(paid, `"100"`, `100`, 1), func(r *bog.Receipt) bool { return r.PaymentDetail.Code == bog.CodePaid }},
		"numbers for ids":   {strings.Replace(paid, `"260610042217"`, `260610042217`, 1), func(r *bog.Receipt) bool { return r.PaymentDetail.TransactionID == "260610042217" }},
		"numbers for sums":  {strings.ReplaceAll(paid, `"47.3"`, `47.30`), func(r *bog.Receipt) bool { return r.PurchaseUnits.TransferAmount == 4730 }},
		"odd lines":         {strings.Replace(paid, `"18.65"`, `"18.654321"`, 1), func(r *bog.Receipt) bool { return r.PurchaseUnits.Items[0].UnitPrice == "18.654321" }},
		"only the local date": {strings.Replace(paid, `zoned_expire_date`, `gone`, 1), func(r *bog.Receipt) bool {
			return r.ExpiresAt().Equal(time.Date(2026, 3, 2, 11, 24, 11, 120934000, time.UTC))
		}},
		"disputes": {strings.Replace(paid, `"disputes": null`, `"disputes": [{"id":1}]`, 1), func(r *bog.Receipt) bool { return string(r.Disputes) == `[{"id":1}]` }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := bog.DecodeReceipt([]byte(tc.body))
			if err != nil || !tc.check(r) {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
	for name, body := range map[string]string{
		"no order id":           `{}`,
		"another thing":         `{"message":"Invalid order_id"}`,
		"a sum of three digits": strings.Replace(paid, `"transfer_amount": "47.3"`, `"transfer_amount": "47.301"`, 1),
		"a sum in words":        strings.Replace(paid, `"transfer_amount": "47.3"`, `"transfer_amount": "much"`, 1),
		"cut short":             paid[:len(paid)-3],
		"something behind":      paid + "{}",
		"nothing":               "",
	} {
		if r, err := bog.DecodeReceipt([]byte(body)); err == nil {
			t.Errorf("%s: read as %+v", name, r)
		}
	}
}

func TestReceiptThatIsNotOurs(t *testing.T) {
	t.Parallel()
	c := start(t, &bank{answer: answers(200, string(golden(t, "receipt_paid.json")))})
	_, err := c.Receipt(t.Context(), parentID)
	if e, ok := errors.AsType[*bog.AnswerError](err); !ok || e.Problem != "receipt of another order" {
		t.Errorf("got %v", err)
	}
	if _, err := c.Receipt(t.Context(), strings.ToUpper(orderID)); err != nil {
		t.Errorf("capitals in the id: %v", err)
	}
}

func TestReceiptUnknownOrder(t *testing.T) {
	t.Parallel()
	b := &bank{answer: answers(400, string(golden(t, "error_invalid_order.json")))}
	c := start(t, b)
	_, err := c.Receipt(t.Context(), orderID)
	if !bog.IsNotFound(err) || err.Error() != "bog: receipt: 400 Bad Request: Invalid order_id" {
		t.Errorf("got %v", err)
	}
	if calls, _ := b.recorded(); len(calls) != 1 {
		t.Errorf("%d calls", len(calls))
	}
}

func FuzzReceipt(f *testing.F) {
	files, err := filepath.Glob("testdata/receipt_*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := bog.DecodeReceipt(data)
		if err != nil {
			return
		}
		if r.OrderID == "" || !bytes.Equal(r.Raw, data) {
			t.Fatalf("accepted %q as %+v", data, r)
		}
		if r.Status().IsPaid() && r.Status().IsHeld() {
			t.Fatalf("%q is both paid and held", r.Status())
		}
		// A receipt that was read can be stored. A Decimal that is not a number can be read but
		// not written, which must be an error and not a panic.
		_, _ = json.Marshal(r)
		r.Action(actionID)
		_, _ = r.CreatedAt(), r.ExpiresAt()
	})
}
