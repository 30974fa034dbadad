package bog_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"dukani/payments/bog"
)

// exampleBank answers with the recorded bodies of the tests.
func exampleBank() *httptest.Server {
	file := map[string]string{
		"POST /payments/v1/ecommerce/orders":           "order_created.json",
		"GET /payments/v1/receipt/" + orderID:          "receipt_paid.json",
		"POST /payments/v1/payment/refund/" + orderID:  "refund_received.json",
		"POST /payments/v1/payment/refund/" + parentID: "error_invalid_order.json",
	}
	return httptest.NewServer(&bank{answer: func(w http.ResponseWriter, r *http.Request, _ int) {
		name := file[r.Method+" "+r.URL.Path]
		body, err := os.ReadFile("testdata/" + name)
		if err != nil {
			panic(err)
		}
		status := http.StatusOK
		if strings.HasPrefix(name, "error") {
			status = http.StatusBadRequest
		}
		sendJSON(w, status, string(body))
	}})
}

func exampleClient(address string) *bog.Client {
	client, err := bog.New(bog.Config{
		Endpoints: bog.Simulator(address), // or bog.Sandbox(), bog.Production()
		ClientID:  "10077", ClientSecret: "secret",
	})
	if err != nil {
		panic(err)
	}
	return client
}

func ExampleClient_CreateOrder() {
	server := exampleBank()
	defer server.Close()
	client := exampleClient(server.URL)

	order, err := client.CreateOrder(context.Background(), bog.OrderRequest{
		CallbackURL:     "https://shop.example/hooks/bog",
		ExternalOrderID: "A-1042",
		PurchaseUnits: bog.PurchaseUnits{
			TotalAmount: 4730, // 47.30 lari
			Delivery:    &bog.Delivery{Amount: 500},
			Basket: []bog.BasketItem{
				{ProductID: "CNDL-3", Description: "Beeswax candle", Quantity: 2, UnitPrice: 1865},
				{ProductID: "CARD-1", Description: "Gift note", Quantity: 1, UnitPrice: 500},
			},
		},
		PaymentMethods: []bog.Method{bog.MethodCard},
		RedirectURLs:   &bog.RedirectURLs{Success: "https://shop.example/thanks", Fail: "https://shop.example/sorry"},
	}, bog.CallOptions{Language: bog.Georgian})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("send the browser to", order.RedirectURL)
	// Output: send the browser to https://payment.bog.ge/?order_id=6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911
}

func ExampleClient_CreateOrderRaw() {
	server := exampleBank()
	defer server.Close()
	client := exampleClient(server.URL)

	body, err := bog.EncodeOrder(candles())
	if err != nil {
		fmt.Println(err)
		return
	}
	stored := struct {
		key  string
		body []byte
	}{bog.NewIdempotencyKey(), body} // stored in the transaction that creates the shop's order

	// However often this runs, there is one order at the bank.
	order, err := client.CreateOrderRaw(context.Background(), stored.body, bog.CallOptions{IdempotencyKey: stored.key})
	switch {
	case bog.Refused(err):
		fmt.Println("certainly no order:", err)
	case err != nil:
		fmt.Println("outcome unknown; run it again later with the same key:", err)
	default:
		fmt.Println(order.ID)
	}
	// Output: 6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911
}

func ExampleClient_Receipt() {
	server := exampleBank()
	defer server.Close()
	client := exampleClient(server.URL)

	receipt, err := client.Receipt(context.Background(), orderID)
	if err != nil {
		fmt.Println(err)
		return
	}
	// All four must equal what the shop itself has stored.
	fmt.Println(receipt.OrderID, receipt.ExternalOrderID, receipt.PurchaseUnits.Currency, receipt.PurchaseUnits.TransferAmount)
	fmt.Println("paid:", receipt.Status().IsPaid())
	// Output:
	// 6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911 A-1042 GEL 47.30
	// paid: true
}

func ExampleClient_Refund() {
	server := exampleBank()
	defer server.Close()
	client := exampleClient(server.URL)

	ack, err := client.Refund(context.Background(), orderID, bog.RefundRequest{Amount: 1250})
	if err != nil {
		fmt.Println(err)
		return
	}
	// This is not the outcome, which the receipt has under this action id.
	fmt.Println(ack.Message, ack.ActionID)

	_, err = client.Refund(context.Background(), parentID, bog.RefundRequest{All: true})
	fmt.Println(bog.IsNotFound(err), bog.Refused(err))
	// Output:
	// Refund request received b1c5f0d8-3e7a-4f19-8c60-9a41d2e7734f
	// true true
}

func ExampleVerifier_Verify() {
	key, err := rsa.GenerateKey(rand.Reader, 2048) // in reality it is the bank's
	if err != nil {
		panic(err)
	}
	verifier, err := bog.NewVerifier(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	body, err := os.ReadFile("testdata/callback_paid.json")
	if err != nil {
		panic(err)
	}
	signature, err := bog.SignCallback(key, body)
	if err != nil {
		panic(err)
	}

	if err := verifier.Verify(body, signature); err != nil {
		fmt.Println(err)
		return
	}
	callback, err := bog.ParseCallback(body)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("look at", callback.Receipt.OrderID)
	fmt.Println(verifier.Verify(append(body, '\n'), signature))
	// Output:
	// look at 6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911
	// bog: bad callback signature: made by no known key over these bytes
}

func ExampleCallbackHandler() {
	client := exampleClient("http://127.0.0.1:8081")
	mux := http.NewServeMux()
	mux.Handle("POST /bog/callback", &bog.CallbackHandler{
		Verifier: client.Verifier(),
		Handle: func(ctx context.Context, c *bog.Callback) error {
			// Store c.Raw and return. Read the receipt later.
			return nil
		},
	})
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("POST", "/bog/callback", strings.NewReader(`{"event":"order_payment"}`)))
	fmt.Println(w.Code)
	// Output: 401
}

func ExampleCode() {
	code := bog.Code("107")
	fmt.Println(code.Text(bog.English))
	fmt.Println(code.Advice())
	// Output:
	// Payment declined due to insufficient funds in the account
	// other_card
}

func ExampleParseAmount() {
	a, err := bog.ParseAmount("47.3")
	fmt.Println(int64(a), a, err)
	_, err = bog.ParseAmount("0.333")
	fmt.Println(err)
	// Output:
	// 4730 47.30 <nil>
	// bog: not an amount: "0.333" has more than two decimals
}
