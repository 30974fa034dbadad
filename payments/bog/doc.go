// Package bog is a client of the Bank of Georgia's Online Payment API
// ("Payment Manager"): orders, receipts, callbacks, refunds, holds, saved
// cards and wallet buttons. It needs nothing but the standard library and
// golang.org/x/oauth2, so the folder can be copied into any shop.
//
// # How a payment goes
//
//  1. [Client.CreateOrder] opens an order at the bank and gives the address
//     where the customer pays ([Order.RedirectURL]).
//  2. The customer pays there; card data never touch the shop.
//  3. The bank posts a signed callback: [Verifier.Verify] on the raw bytes,
//     then [ParseCallback], or both with a [CallbackHandler].
//  4. The shop reads the receipt ([Client.Receipt]) and believes that alone:
//     [Status.IsPaid], the amounts, the order number. It does the same when the
//     browser comes back and, since neither is certain to come, by itself
//     from time to time until the order is final or expired.
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
// same answer. When a call fails, [Refused] tells "certainly not carried out"
// from "nobody knows"; the latter is never a reason to try under a new key. Whether a
// refusal is final, [RefusedForGood] tells.
//
// Network errors, 408, 429 and 5xx are repeated inside a call, a 401 once with a fresh
// access token, all under the one key and within the time that [Retry] allows.
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
//	give money back, all or in parts           [Client.Refund], RefundRequest.All
//	hold first, take or let go later           [CaptureManual], [Client.Approve], [Client.Cancel]
//	save a card, pay with it again             [Client.SaveCard], [Client.PayWithSavedCard]
//	charge a card without the customer         [Client.SaveSubscription], [Client.ChargeSavedCard]
//	forget a card                              [Client.ForgetCard]
//	Google Pay on the shop's own page          [GooglePayConfig]
//	Apple Pay on the shop's own page           [ApplePayConfig], [Client.CompleteApplePay]
//	loans and BNPL                             [LoanConfig], [CalculatorURL]
//	card campaigns, POS accounts               [CampaignConfig], [AccountConfig]
//	share the money among accounts             [Split]
//	tell the customer why it was declined      [Code.Text], [Code.Advice]
//	tell refused from unknown                  [Refused], [IsNotFound], [APIError]
//	give up, or try again later                [RefusedForGood], [IsAccessRefused]
//	keep a journal, measure                    [WithObserver], Config.Observe
//
// # Money
//
// [Amount] is an integer of minor units: 1250 is 12.50 lari.
package bog
