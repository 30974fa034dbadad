package bog_test

import (
	"strings"
	"testing"

	"dukani/payments/bog"
)

// Fields that nobody needs may have any form; the essential ones may not.
func TestReceiptSurvivesOddFields(t *testing.T) {
	t.Parallel()
	body := string(golden(t, "receipt_refunded_partially.json"))
	for name, tc := range map[string]struct {
		old, new string
		check    func(*bog.Receipt) bool
	}{
		"an empty string for an object": {`"buyer": {`, `"buyer": "", "gone": {`, func(r *bog.Receipt) bool { return r.Buyer == nil }},
		"an array for an object":        {`"client": {`, `"client": [], "gone": {`, func(r *bog.Receipt) bool { return r.Client == bog.Merchant{} }},
		"an empty string for an array":  {`"actions": [`, `"actions": "", "gone": [`, func(r *bog.Receipt) bool { return r.Actions == nil }},
		"an object for an array":        {`"items": [`, `"items": {}, "gone": [`, func(r *bog.Receipt) bool { return r.PurchaseUnits.Items == nil }},
		"a split that is none":          {`"split": null`, `"split": ""`, func(r *bog.Receipt) bool { return r.Split == nil }},
		"a discount of another shape": {`"discount": null`, `"discount": {"bank_discount_desc": {"ka": "x"}, "discounted_amount": 5}`,
			func(r *bog.Receipt) bool { return r.Discount.Discounted == "5" && r.Discount.BankDesc == "" }},
		"a number for a text": {`"external_order_id": "A-1042"`, `"external_order_id": 1042`, func(r *bog.Receipt) bool { return r.ExternalOrderID == "1042" }},
		"a date in words": {`"zoned_expire_date": "`, `"zoned_expire_date": "about `, func(r *bog.Receipt) bool {
			return r.ZonedExpireDate.IsZero() && r.ExpiresAt().Equal(r.CreatedAt().Add(20*60e9))
		}},
		"a flag for a code": {`"code": "100"`, `"code": true`, func(r *bog.Receipt) bool { return r.PaymentDetail.Code == "" && r.PaymentDetail.CardType == "visa" }},
		"a list for a quantity": {`"quantity": "2"`, `"quantity": [2]`, func(r *bog.Receipt) bool {
			return r.PurchaseUnits.Items[0].Quantity == "" && len(r.PurchaseUnits.Items) == 2
		}},
		"an odd action": {`"request_channel": "public_api"`, `"request_channel": ["api"]`, func(r *bog.Receipt) bool {
			a, ok := r.Action(actionID)
			return ok && a.Amount == 1250 && len(r.Actions) == 2
		}},
		"payment details in words": {`"payment_detail": {`, `"payment_detail": "card", "gone": {`, func(r *bog.Receipt) bool { return r.PaymentDetail == bog.PaymentDetail{} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			odd := strings.Replace(body, tc.old, tc.new, 1)
			if odd == body {
				t.Fatalf("%q is not in the receipt", tc.old)
			}
			r, err := bog.DecodeReceipt([]byte(odd))
			if err != nil {
				t.Fatal(err)
			}
			if !tc.check(r) || string(r.Raw) != odd || r.Status() != bog.StatusRefundedPartially || r.PurchaseUnits.RefundAmount != 1250 {
				t.Errorf("got %+v", r)
			}
		})
	}
	for _, change := range [][2]string{
		{`"order_status": {`, `"order_status": "completed", "gone": {`},
		{`"key": "refunded_partially"`, `"key": 7`},
		{`"purchase_units": {`, `"purchase_units": [], "gone": {`},
		{`"transfer_amount": "34.8"`, `"transfer_amount": {}`},
		{`"currency_code": "GEL"`, `"currency_code": 981`},
		{`"order_id": "` + orderID + `"`, `"order_id": ["` + orderID + `"]`},
	} {
		odd := strings.Replace(body, change[0], change[1], 1)
		if odd == body {
			t.Fatalf("%q is not in the receipt", change[0])
		}
		if r, err := bog.DecodeReceipt([]byte(odd)); err == nil {
			t.Errorf("%s: read as %+v", change[1], r)
		}
	}
}

func TestAnswersSurviveOddFields(t *testing.T) {
	t.Parallel()
	links := `"_links":{"redirect":{"href":"https://payment.bog.ge/?order_id=1"}}`
	for body, want := range map[string]string{
		`{"id":"` + orderID + `",` + links + `}`:                                                            orderID,
		`{"id":1042,` + links + `}`:                                                                         "1042",
		`{"id":"1",` + links + `,"status":{"key":"created"}}`:                                               "1",
		`{"status":[],"id":"1","order_details":"","result":null,` + links + `}`:                             "1",
		`{"id":"1","_links":{"details":"x","redirect":{"href":"https://payment.bog.ge/?order_id=1"}}}`:      "1",
		`{"id":"1","_links":{"accept":null,"redirect":{"href":"https://payment.bog.ge/?order_id=1"}}}`:      "1",
		`{"id":"1","order_details":{"order_id":"1","purchase_units":{"request_amount":"x"}},` + links + `}`: "1",
	} {
		o, err := start(t, &bank{answer: answers(200, body)}).CreateOrder(t.Context(), candles())
		if err != nil || o.ID != want || o.RedirectURL == "" {
			t.Errorf("%s: %+v, %v", body, o, err)
		}
	}
	ack, err := start(t, &bank{answer: answers(200, `{"key":1,"message":{"ka":"x"},"action_id":"`+actionID+`"}`)}).
		Refund(t.Context(), orderID, bog.RefundRequest{All: true})
	if err != nil || ack.ActionID != actionID {
		t.Errorf("got %+v, %v", ack, err)
	}
}
