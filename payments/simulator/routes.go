package simulator

import "net/http"

// routeNames are the names of the API calls in faults, in the journal and in the ledger.
var routeNames = []string{"token", "create", "receipt", "refund", "approve", "cancel", "save_card", "save_subscription",
	"pay_saved", "subscribe", "forget_card", "complete_apple_pay"}

// routes has every address of the simulator; addSteeringRoutes adds those under /_sim/.
func (b *Bank) routes() http.Handler {
	mux := http.NewServeMux()

	// The bank's API, under the bank's own paths.
	mux.HandleFunc("POST "+TokenPath, b.createToken)
	mux.Handle("POST "+APIPath+"/ecommerce/orders", b.write("create", createOrder))
	mux.Handle("GET "+APIPath+"/receipt/{id}", b.read("receipt", b.showReceipt))
	mux.Handle("POST "+APIPath+"/payment/refund/{id}", b.write("refund", refundOrder))
	mux.Handle("POST "+APIPath+"/payment/authorization/approve/{id}", b.write("approve", approveHold))
	mux.Handle("POST "+APIPath+"/payment/authorization/cancel/{id}", b.write("cancel", cancelHold))
	mux.Handle("PUT "+APIPath+"/orders/{id}/cards", b.write("save_card", saveCard(savedRecurrent)))
	mux.Handle("PUT "+APIPath+"/orders/{id}/subscriptions", b.write("save_subscription", saveCard(savedSubscription)))
	mux.Handle("POST "+APIPath+"/ecommerce/orders/{id}", b.write("pay_saved", paySaved))
	mux.Handle("POST "+APIPath+"/ecommerce/orders/{id}/subscribe", b.write("subscribe", subscribe))
	mux.Handle("DELETE "+APIPath+"/charges/card/{id}", b.write("forget_card", forgetCard))
	mux.Handle("POST "+APIPath+"/ecommerce/orders/{id}/payment", b.write("complete_apple_pay", completeApple))

	// The bank's pages, for payers.
	mux.HandleFunc("GET /{$}", b.showPayment)
	mux.HandleFunc("POST /{$}", b.submitPayment)
	mux.HandleFunc("GET /3ds", b.showChallenge)
	mux.HandleFunc("POST /3ds", b.answerChallenge)
	mux.HandleFunc("GET /api/3ds/post-form", b.showPostForm)
	mux.HandleFunc("GET /receipt", b.showResult)
	mux.HandleFunc("/", b.notFound)

	b.addSteeringRoutes(mux)

	// Requests that a browser sends from another site are refused, so that nobody pays or
	// steers by a link on a foreign page. Programs send no Origin and pass.
	return http.NewCrossOriginProtection().Handler(mux)
}
