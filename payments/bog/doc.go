// Package bog is a client of the Bank of Georgia's Online Payment API ("Payment Manager"):
// orders, receipts, callbacks, refunds, holds, saved cards and wallet buttons. It needs nothing
// but the standard library and golang.org/x/oauth2, so the folder can be copied into any shop.
//
// A reference such as §9 is to that section of docs/bog-api.md, which says what is known
// about the API and how surely. What is marked "unconfirmed" nobody has seen the bank do.
//
// # How a payment goes
//
//  1. [Client.CreateOrder] opens an order at the bank and gives the address
//     where the customer pays ([Order.RedirectURL]).
//  2. The customer pays there; card data never touch the shop.
//  3. The bank posts a signed callback: [Verifier.Verify] on the raw bytes,
//     then [ParseCallback], or both with a [CallbackHandler].
//  4. The shop reads the receipt ([Client.Receipt]) and believes only that:
//     [Status.IsPaid], the amounts, the order number. It does the same when the
//     browser comes back. Since neither is certain to come, it also reads the
//     receipt by itself from time to time, until the order is final or expired.
//
// # Nothing twice, nothing lost
//
// Every changing call carries an idempotency key. To survive a crash between
// the call and its answer, put the key and the exact body on disk first:
//
//	body, err := bog.EncodeOrder(request)
//	key := bog.NewIdempotencyKey()
//	// store body and key, then:
//	order, err := client.CreateOrderRaw(ctx, body, bog.CallOptions{IdempotencyKey: key})
//
// Sent again with the same key and bytes, the call does nothing new and gets the
// same answer. When a call fails, [Refused] reports whether the bank certainly did
// not carry it out. Otherwise the outcome is unknown, which is never a reason to
// use a new key. [RefusedForGood] reports whether a refusal is final.
//
// Within a call this package repeats attempts that end with a network error, 408,
// 429 or 5xx, and once with a fresh access token after a 401. It does so under the
// same key and within the time that [Retry] allows.
//
// # What to call for what
//
//	open an order, send the customer to pay    [Client.CreateOrder], [Order]
//	look before it is sent                     [OrderRequest.Validate], [OrderRequest.Warnings]
//	survive a crash between call and answer    [EncodeOrder], [Client.CreateOrderRaw]
//	read an order, compare its sums            [Client.Receipt], [Receipt.PaidInFull]
//	wait until the bank has decided            [Client.WaitForOrder], [Client.WaitForAction]
//	take callbacks with net/http               [CallbackHandler]
//	take callbacks with anything else          [Verifier.Verify], [ParseCallback], [ParseSubject]
//	refund, all or in parts                    [Client.Refund], RefundRequest.All
//	authorize first, capture or release later  [CaptureManual], [Client.Approve], [Client.Cancel]
//	save a card, pay with it again             [Client.SaveCard], [Client.PayWithSavedCard]
//	charge a card without the customer         [Client.SaveSubscription], [Client.ChargeSavedCard]
//	forget a card                              [Client.ForgetCard]
//	Google Pay on the shop's own page          [GooglePayConfig]
//	Apple Pay on the shop's own page           [ApplePayConfig], [Client.CompleteApplePay]
//	loans and BNPL                             [LoanConfig], [CalculatorURL]
//	card campaigns, POS accounts               [CampaignConfig], [AccountConfig]
//	share the money among accounts             [Split]
//	tell the customer why it was declined      [Code.Text], [Code.Advice]
//	was it refused, or is that unknown         [Refused], [IsNotFound], [APIError]
//	give up, or try again later                [RefusedForGood], [IsAccessRefused]
//	keep a journal, measure                    [WithObserver], Config.Observe
//
// # Money
//
// [Amount] is an integer of minor units: 1250 is 12.50 lari.
package bog
