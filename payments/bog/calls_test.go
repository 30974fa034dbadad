package bog_test

import (
	"context"
	"errors"
	"testing"

	"dukani/payments/bog"
)

// For every call of the API: its address, its body and what the client makes of the answer.
func TestCalls(t *testing.T) {
	t.Parallel()
	key := bog.CallOptions{IdempotencyKey: testKey, Language: bog.English, Theme: bog.Dark}
	order := func(o *bog.Order, err error) (string, error) {
		if err != nil {
			return "", err
		}
		return o.ID + " " + o.RedirectURL + o.AcceptURL + " " + string(o.Status), nil
	}
	ack := func(a *bog.Acknowledgement, err error) (string, error) {
		if err != nil {
			return "", err
		}
		return a.Key + " " + a.ActionID + " " + a.IdempotencyKey, nil
	}
	received := "request_received " + actionID + " " + testKey
	google := candles()
	google.PaymentMethods = []bog.Method{bog.MethodGooglePay}
	google.Config = &bog.OrderConfig{GooglePay: &bog.GooglePayConfig{External: true, Token: "t"}}
	apple := candles()
	apple.PaymentMethods, apple.ApplicationType = []bog.Method{bog.MethodApplePay}, bog.Web
	apple.Config = &bog.OrderConfig{ApplePay: &bog.ApplePayConfig{External: true}}
	encode := func(r bog.OrderRequest) string {
		b, err := bog.EncodeOrder(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}

	for name, tc := range map[string]struct {
		call   func(context.Context, *bog.Client) (string, error)
		status int
		answer string // a file in testdata
		method string
		path   string // after the API base
		body   string
		page   bool // language and theme are sent
		want   string
	}{
		"create, Google Pay without 3-D Secure": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				o, err := c.CreateOrder(ctx, google, key)
				if err == nil && (o.Details == nil || !o.Details.Status().IsPaid() || o.Details.PaymentDetail.TransferMethod.Key != bog.MethodGooglePay) {
					err = errors.New("no details")
				}
				return order(o, err)
			},
			200, "google_pay_done.json", "POST", "/ecommerce/orders", encode(google), true, orderID + "  completed",
		},
		"create, Google Pay with 3-D Secure": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				return order(c.CreateOrder(ctx, google, key))
			},
			200, "google_pay_3ds.json", "POST", "/ecommerce/orders", encode(google), true,
			orderID + " https://payment.bog.ge/api/3ds/post-form?fieldName=creq&fieldValue=e30&baseUrl=https%3A%2F%2Facs.example processing",
		},
		"create, Apple Pay": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				o, err := c.CreateOrder(ctx, apple, key)
				if err == nil && len(o.ApplePayResult) == 0 {
					err = errors.New("no data for Apple's script")
				}
				return order(o, err)
			},
			200, "apple_pay_accept.json", "POST", "/ecommerce/orders", encode(apple), true,
			orderID + " https://api.bog.ge/payments/v1/ecommerce/orders/" + orderID + "/payment ",
		},
		"complete Apple Pay": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				return order(c.CompleteApplePay(ctx, orderID, `{"data":"x"}`, key))
			},
			200, "apple_pay_done.json", "POST", "/ecommerce/orders/" + orderID + "/payment", `{"apple_pay_token":"{\"data\":\"x\"}"}`, false, orderID + "  completed",
		},
		"refund all": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				return ack(c.Refund(ctx, orderID, bog.RefundRequest{All: true}, key))
			},
			200, "refund_received.json", "POST", "/payment/refund/" + orderID, "{}", false, received,
		},
		"refund part": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				return ack(c.Refund(ctx, orderID, bog.RefundRequest{Amount: 1250}, key))
			},
			200, "refund_received.json", "POST", "/payment/refund/" + orderID, `{"amount":12.5}`, false, received,
		},
		"refund, stored bytes": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				return ack(c.RefundRaw(ctx, orderID, []byte(`{ "amount": 12.50 }`), key))
			},
			200, "refund_received.json", "POST", "/payment/refund/" + orderID, `{ "amount": 12.50 }`, false, received,
		},
		"approve all": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				return ack(c.Approve(ctx, orderID, bog.ApproveRequest{All: true}, key))
			},
			200, "approve_received.json", "POST", "/payment/authorization/approve/" + orderID, "{}", false, received,
		},
		"approve part and split it": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				return ack(c.Approve(ctx, orderID, bog.ApproveRequest{Amount: 4000, Description: "one candle less",
					Split: &bog.Split{Payments: []bog.SplitPayment{{IBAN: "GE00XX0000000000000001", Percent: 85}}}}, key))
			},
			200, "approve_received.json", "POST", "/payment/authorization/approve/" + orderID,
			`{"amount":40,"description":"one candle less","split":{"split_payments":[{"iban":"GE00XX0000000000000001","percent":85}]}}`, false, received,
		},
		"cancel": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				return ack(c.Cancel(ctx, orderID, bog.CancelRequest{Description: "out of stock"}, key))
			},
			200, "cancel_received.json", "POST", "/payment/authorization/cancel/" + orderID, `{"description":"out of stock"}`, false, received,
		},
		"cancel without a description": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				return ack(c.Cancel(ctx, orderID, bog.CancelRequest{}, key))
			},
			200, "cancel_received.json", "POST", "/payment/authorization/cancel/" + orderID, `{}`, false, received,
		},
		"save the card": {
			func(ctx context.Context, c *bog.Client) (string, error) { return "", c.SaveCard(ctx, orderID, key) },
			202, "", "PUT", "/orders/" + orderID + "/cards", "", false, "",
		},
		"save the card for charges": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				return "", c.SaveSubscription(ctx, orderID, key)
			},
			202, "", "PUT", "/orders/" + orderID + "/subscriptions", "", false, "",
		},
		"save the card, no content": {
			func(ctx context.Context, c *bog.Client) (string, error) { return "", c.SaveCard(ctx, orderID, key) },
			204, "", "PUT", "/orders/" + orderID + "/cards", "", false, "",
		},
		"forget the card": {
			func(ctx context.Context, c *bog.Client) (string, error) { return "", c.ForgetCard(ctx, parentID, key) },
			202, "", "DELETE", "/charges/card/" + parentID, "", false, "",
		},
		"pay with the saved card": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				return order(c.PayWithSavedCard(ctx, parentID, candles(), key))
			},
			200, "order_created.json", "POST", "/ecommerce/orders/" + parentID, encode(candles()), true,
			orderID + " https://payment.bog.ge/?order_id=" + orderID + " ",
		},
		"charge the saved card": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				return order(c.ChargeSavedCard(ctx, orderID, bog.ChargeRequest{CallbackURL: "https://shop.example/hooks/bog", ExternalOrderID: "SUB-77/2026-04"}, key))
			},
			200, "charge_started.json", "POST", "/ecommerce/orders/" + orderID + "/subscribe",
			`{"callback_url":"https://shop.example/hooks/bog","external_order_id":"SUB-77/2026-04"}`, false, parentID + "  ",
		},
		"charge the saved card as before": {
			func(ctx context.Context, c *bog.Client) (string, error) {
				return order(c.ChargeSavedCard(ctx, orderID, bog.ChargeRequest{}, key))
			},
			200, "charge_started.json", "POST", "/ecommerce/orders/" + orderID + "/subscribe", `{}`, false, parentID + "  ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := ""
			if tc.answer != "" {
				answer = string(golden(t, tc.answer))
			}
			b := &bank{answer: answers(tc.status, answer)}
			got, err := tc.call(t.Context(), start(t, b))
			if err != nil || got != tc.want {
				t.Errorf("got %q, %v; want %q", got, err, tc.want)
			}
			calls, _ := b.recorded()
			if len(calls) != 1 {
				t.Fatalf("%d calls", len(calls))
			}
			sent := calls[0]
			if sent.Method != tc.method || sent.Path != "/payments/v1"+tc.path || sent.Body != tc.body {
				t.Errorf("sent %s %s %s\nwant %s %s %s", sent.Method, sent.Path, sent.Body, tc.method, tc.path, tc.body)
			}
			if h := sent.Header; h.Get("Idempotency-Key") != testKey || h.Get("Accept") != "application/json" ||
				(h.Get("Content-Type") == "application/json") != (tc.body != "") || (h.Get("Theme") == "dark") != tc.page ||
				(h.Get("Accept-Language") == "en") != tc.page {
				t.Errorf("headers %v", h)
			}
		})
	}
}

func TestCallsRefuseNonsense(t *testing.T) {
	t.Parallel()
	b := &bank{answer: answers(200, "{}")}
	c := start(t, b)
	ctx, o := t.Context(), bog.CallOptions{}
	var errs []error
	add := func(_ any, err error) { errs = append(errs, err) }
	add(c.Refund(ctx, orderID, bog.RefundRequest{Amount: -1}, o))
	add(c.Refund(ctx, orderID, bog.RefundRequest{}, o)) // an amount that was computed as 0 does not mean all
	add(c.Refund(ctx, orderID, bog.RefundRequest{Amount: 1, All: true}, o))
	add(c.Refund(ctx, orderID, bog.RefundRequest{Amount: -1, All: true}, o))
	add(c.Refund(ctx, "", bog.RefundRequest{All: true}, o))
	add(c.RefundRaw(ctx, orderID, []byte("null"), o))
	add(c.Approve(ctx, orderID, bog.ApproveRequest{Amount: -1}, o))
	add(c.Approve(ctx, orderID, bog.ApproveRequest{}, o))
	add(c.Approve(ctx, orderID, bog.ApproveRequest{Amount: 1, All: true}, o))
	add(c.Approve(ctx, orderID, bog.ApproveRequest{All: true, Split: &bog.Split{}}, o))
	add(c.Approve(ctx, "a/b", bog.ApproveRequest{All: true}, o))
	add(c.Cancel(ctx, "a?b", bog.CancelRequest{}, o))
	add(c.PayWithSavedCard(ctx, parentID, bog.OrderRequest{}, o))
	add(c.PayWithSavedCard(ctx, "..", candles(), o))
	add(c.ChargeSavedCard(ctx, parentID, bog.ChargeRequest{CallbackURL: "here"}, o))
	add(c.ChargeSavedCard(ctx, "%2e", bog.ChargeRequest{}, o))
	add(c.CompleteApplePay(ctx, orderID, "", o))
	add(c.CompleteApplePay(ctx, "#", "t", o))
	add(nil, c.SaveCard(ctx, "", o))
	add(nil, c.SaveSubscription(ctx, orderID, bog.CallOptions{IdempotencyKey: "1"}))
	add(nil, c.ForgetCard(ctx, "ა", o))
	// A call takes at most one CallOptions.
	add(c.CreateOrder(ctx, candles(), o, o))
	add(c.Refund(ctx, orderID, bog.RefundRequest{All: true}, o, o))
	add(nil, c.SaveCard(ctx, orderID, o, o))
	for i, err := range errs {
		if e, ok := errors.AsType[*bog.RequestError](err); !ok || e.Op == "" || e.Field == "" || e.Error() == "" {
			t.Errorf("%d: got %v", i, err)
		}
	}
	if calls, auths := b.recorded(); len(calls)+len(auths) != 0 {
		t.Errorf("%d requests were sent", len(calls)+len(auths))
	}
}

func TestAcknowledgementsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"{}", "[]", `{"key":"request_received","message":"Refund request received"}`, `{"action_id":5}`} {
		c := start(t, &bank{answer: answers(200, body)})
		_, err := c.Refund(t.Context(), orderID, bog.RefundRequest{All: true})
		if _, ok := errors.AsType[*bog.AnswerError](err); !ok || bog.Refused(err) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestSaveCardRequestsThatFail(t *testing.T) {
	t.Parallel()
	c := start(t, &bank{answer: answers(400, string(golden(t, "error_idempotency.json")))})
	err := c.SaveCard(t.Context(), orderID)
	if e, ok := errors.AsType[*bog.APIError](err); !ok || !bog.IsIdempotencyFormat(err) || !bog.IsIdempotencyKey(e.Key) {
		t.Errorf("got %v", err)
	}
	c = start(t, &bank{answer: answers(400, string(golden(t, "error_already_requested.json")))})
	_, err = c.Cancel(t.Context(), orderID, bog.CancelRequest{})
	if !bog.IsAlreadyRequested(err) || !bog.Refused(err) {
		t.Errorf("got %v", err)
	}
}
