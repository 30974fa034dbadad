package bog_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"dukani/payments/bog"
)

// answering starts a bank that answers each path with the recorded bodies, one after the other,
// and then with the last one for ever. It returns a client for it.
func answering(files map[string][]string) (*bog.Client, func()) {
	seen := map[string]int{}
	server := httptest.NewServer(&bank{answer: func(w http.ResponseWriter, r *http.Request, _ int) {
		route := r.Method + " " + strings.TrimPrefix(r.URL.Path, "/payments/v1")
		list := files[route]
		if len(list) == 0 {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		body, err := os.ReadFile("testdata/" + list[min(seen[route], len(list)-1)])
		if err != nil {
			panic(err)
		}
		seen[route]++
		sendJSON(w, http.StatusOK, string(body))
	}})
	return exampleClient(server.URL), server.Close
}

func ExampleClient_WaitForOrder() {
	client, done := answering(map[string][]string{
		"GET /receipt/" + orderID: {"receipt_created.json", "receipt_created.json", "receipt_paid.json"},
	})
	defer done()

	receipt, err := client.WaitForOrder(context.Background(), orderID, bog.Wait{Timeout: time.Minute, Pause: time.Millisecond})
	if late, ok := errors.AsType[*bog.WaitError](err); ok {
		fmt.Println("not decided yet:", late.Status)
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(receipt.Status(), receipt.PaidInFull(4730, bog.GEL))
	// Output: completed true
}

func ExampleClient_WaitForAction() {
	client, done := answering(map[string][]string{
		"POST /payment/refund/" + orderID: {"refund_received.json"},
		"GET /receipt/" + orderID:         {"receipt_paid.json", "receipt_refunded_partially.json"},
	})
	defer done()

	ctx := context.Background()
	ack, err := client.Refund(ctx, orderID, bog.RefundRequest{Amount: 1250})
	if err != nil {
		fmt.Println(err)
		return
	}
	action, receipt, err := client.WaitForAction(ctx, orderID, ack.ActionID, bog.Wait{Pause: time.Millisecond})
	fmt.Println(action.Status, action.Amount, "of", receipt.Captured(), err)
	// Output: completed 12.50 of 47.30 <nil>
}

func ExampleClient_Refund_all() {
	client, done := answering(map[string][]string{"POST /payment/refund/" + orderID: {"refund_received.json"}})
	defer done()

	ack, err := client.Refund(context.Background(), orderID, bog.RefundRequest{All: true}) // whatever is left
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ack.Key)
	// Output: request_received
}

func ExampleClient_Approve() {
	client, done := answering(map[string][]string{"POST /payment/authorization/approve/" + orderID: {"approve_received.json"}})
	defer done()

	// The order was created with Capture: bog.CaptureManual and is blocked now. What this call
	// does not capture is released.
	ack, err := client.Approve(context.Background(), orderID, bog.ApproveRequest{Amount: 4000, Description: "one candle less"})
	if bog.IsAlreadyRequested(err) {
		fmt.Println("another approve or cancel is running: read the receipt")
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ack.Message)
	// Output: Pre-authorization payment approval request received
}

func ExampleClient_Cancel() {
	client, done := answering(map[string][]string{"POST /payment/authorization/cancel/" + orderID: {"cancel_received.json"}})
	defer done()

	ack, err := client.Cancel(context.Background(), orderID, bog.CancelRequest{Description: "out of stock"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ack.Message)
	// Output: Pre-authorization payment cancellation request received
}

func ExampleClient_SaveCard() {
	client, done := answering(map[string][]string{"POST /ecommerce/orders": {"order_created.json"}})
	defer done()

	ctx := context.Background()
	order, err := client.CreateOrder(ctx, candles())
	if err != nil {
		fmt.Println(err)
		return
	}
	// This has to come before the customer is sent to pay, and needs the customer's consent.
	if err := client.SaveCard(ctx, order.ID); err != nil {
		fmt.Println("the order can be paid, the card will not be saved:", err)
	}
	fmt.Println("the card's handle, once the order is paid:", order.ID)
	// Output: the card's handle, once the order is paid: 6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911
}

func ExampleClient_PayWithSavedCard() {
	client, done := answering(map[string][]string{"POST /ecommerce/orders/" + parentID: {"order_created.json"}})
	defer done()

	order, err := client.PayWithSavedCard(context.Background(), parentID, candles(), bog.CallOptions{Language: bog.English})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("no card to type at", order.RedirectURL)
	// Output: no card to type at https://payment.bog.ge/?order_id=6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911
}

func ExampleClient_ChargeSavedCard() {
	client, done := answering(map[string][]string{"POST /ecommerce/orders/" + orderID + "/subscribe": {"charge_started.json"}})
	defer done()

	// SaveSubscription was called for the parent, whose amount and basket the charge repeats.
	order, err := client.ChargeSavedCard(context.Background(), orderID, bog.ChargeRequest{ExternalOrderID: "SUB-77/2026-04"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("started, not paid yet:", order.ID)
	// Output: started, not paid yet: 0b9d7a10-52c4-4e8f-a1d6-7f30c2b94e58
}

func ExampleClient_ForgetCard() {
	client, done := answering(nil)
	defer done()

	fmt.Println(client.ForgetCard(context.Background(), parentID))
	// Output: <nil>
}

func ExampleGooglePayConfig() {
	client, done := answering(map[string][]string{"POST /ecommerce/orders": {"google_pay_3ds.json"}})
	defer done()

	request := candles()
	request.PaymentMethods = []bog.Method{bog.MethodGooglePay}
	request.Config = &bog.OrderConfig{GooglePay: &bog.GooglePayConfig{External: true, Token: `{"signature":"…"}`}} // the whole token, as Google gave it
	order, err := client.CreateOrder(context.Background(), request)
	switch {
	case err != nil:
		fmt.Println(err)
	case order.RedirectURL != "":
		fmt.Println("3-D Secure: send the browser on, then read the receipt")
	default:
		fmt.Println(order.Status)
	}
	// Output: 3-D Secure: send the browser on, then read the receipt
}

func ExampleClient_CompleteApplePay() {
	client, done := answering(map[string][]string{
		"POST /ecommerce/orders":                         {"apple_pay_accept.json"},
		"POST /ecommerce/orders/" + orderID + "/payment": {"apple_pay_done.json"},
	})
	defer done()

	ctx := context.Background()
	request := candles()
	request.ApplicationType = bog.Web
	request.PaymentMethods = []bog.Method{bog.MethodApplePay}
	request.Config = &bog.OrderConfig{ApplePay: &bog.ApplePayConfig{External: true}}
	order, err := client.CreateOrder(ctx, request)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("for Apple's script:", len(order.ApplePayResult) > 0)

	// The script gives the token to the page, and the page sends it here.
	order, err = client.CompleteApplePay(ctx, order.ID, `{"paymentData":"…"}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(order.Status)
	// Output:
	// for Apple's script: true
	// completed
}

func ExampleLoanConfig() {
	request := candles()
	request.PaymentMethods = []bog.Method{bog.MethodLoan}
	request.Config = &bog.OrderConfig{Loan: &bog.LoanConfig{Type: "ZERO", Month: 6}} // discount_code and month of the choice
	fmt.Println(request.Validate())
	fmt.Println(bog.CalculatorURL("10077"))
	// Output:
	// <nil>
	// https://webstatic.bog.ge/bog-sdk/bog-sdk.js?version=2&client_id=10077
}

func ExampleSplit() {
	request := candles()
	request.Config = &bog.OrderConfig{Split: &bog.Split{Payments: []bog.SplitPayment{
		{IBAN: "GE00XX0000000000000001", Percent: 85, Description: "Seller 12"},
		{IBAN: "GE00XX0000000000000002", Amount: 250},
	}}}
	fmt.Println(request.Validate())
	// Output: <nil>
}

func ExampleOrderRequest_Warnings() {
	request := candles()
	request.PurchaseUnits.TotalAmount = 4700
	request.PaymentMethods = nil
	for _, warning := range request.Warnings() {
		fmt.Println(warning)
	}
	// Output:
	// purchase_units.total_amount is not delivery and basket together: off by -0.30
	// payment_method is empty: the page offers everything the merchant has, loans included
}

func ExampleRefused() {
	for _, err := range []error{
		&bog.APIError{Op: bog.OpRefund, Status: 400, Message: "Invalid order_id"},
		&bog.APIError{Op: bog.OpRefund, Status: 502},
		&bog.APIError{Op: bog.OpRefund, Status: 400, OutcomeUnknown: true}, // an earlier attempt may have been carried out
	} {
		if bog.Refused(err) {
			fmt.Println("certainly not done")
		} else {
			fmt.Println("outcome unknown: read the receipt, or repeat with the same key")
		}
	}
	// Output:
	// certainly not done
	// outcome unknown: read the receipt, or repeat with the same key
	// outcome unknown: read the receipt, or repeat with the same key
}

func ExampleWithObserver() {
	client, done := answering(nil)
	defer done()

	ctx := bog.WithObserver(context.Background(), func(x bog.Exchange) {
		fmt.Println(x.Op, "attempt", x.Attempt, "of key", x.Key, "was answered", x.Status)
	})
	err := client.SaveCard(ctx, orderID, bog.CallOptions{IdempotencyKey: "3f0c9a52-7b1e-4d68-9a3f-5c2d81e7b604"})
	if err != nil {
		fmt.Println(err)
	}
	// Output: save_card attempt 1 of key 3f0c9a52-7b1e-4d68-9a3f-5c2d81e7b604 was answered 202
}
