package apitest

import (
	"net/http"
	"strings"
	"testing"

	"dukani/payments/bog"
	"dukani/payments/simulator"
)

func savedCards(t *testing.T, start func(simulator.Settings) *world) {
	w := start(simulator.Settings{})
	parent, fixed := w.create(nil), w.create(nil)
	for _, err := range []error{
		w.client.SaveCard(t.Context(), parent.ID),
		w.client.SaveSubscription(t.Context(), fixed.ID),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.pay(parent.ID, `{}`)
	w.pay(fixed.ID, `{}`)

	for _, o := range []bog.CallOptions{{}, {Language: bog.English, Theme: bog.Dark}} {
		again := must(w.client.PayWithSavedCard(t.Context(), parent.ID, w.request(nil), o))(t)
		w.expect(again.ID, bog.StatusCreated)
		w.pay(again.ID, `{}`)
		if got := w.expect(again.ID, bog.StatusCompleted).PaymentDetail.PaymentOption; got != bog.OptionRecurrent {
			t.Errorf("option %s", got)
		}
	}
	for _, r := range []bog.ChargeRequest{{}, {CallbackURL: w.shop, ExternalOrderID: "SUB-77/2026-04"}} {
		charge := must(w.client.ChargeSavedCard(t.Context(), fixed.ID, r))(t)
		if got := w.expect(charge.ID, bog.StatusCompleted).PaymentDetail.PaymentOption; got != bog.OptionSubscription {
			t.Errorf("option %s", got)
		}
	}
	for _, id := range []string{parent.ID, fixed.ID} {
		if err := w.client.ForgetCard(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	gone := must(w.client.ChargeSavedCard(t.Context(), fixed.ID, bog.ChargeRequest{}))(t)
	w.expect(gone.ID, bog.StatusRejected)
}

func wallets(t *testing.T, start func(simulator.Settings) *world) {
	w := start(simulator.Settings{})
	google := func(token string) func(*bog.OrderRequest) {
		return func(r *bog.OrderRequest) {
			r.PaymentMethods = []bog.Method{bog.MethodGooglePay}
			r.Config = &bog.OrderConfig{GooglePay: &bog.GooglePayConfig{External: true, Token: token}}
		}
	}
	for token, want := range map[string]bog.Status{
		`{"signedMessage":"opaque"}`:                          bog.StatusCompleted,
		`{"card":"4000000000000002"}`:                         bog.StatusRejected,
		`{"card":"4000000000000001","authMethod":"PAN_ONLY"}`: bog.StatusProcessing,
	} {
		order := w.create(google(token))
		if order.Status != want || (order.RedirectURL != "") != (want == bog.StatusProcessing) {
			t.Errorf("%s: status %s, link %q", token, order.Status, order.RedirectURL)
		}
		w.expect(order.ID, want)
	}
	held := w.create(func(r *bog.OrderRequest) {
		google("opaque")(r)
		r.Capture = bog.CaptureManual
	})
	w.expect(held.ID, bog.StatusBlocked)

	for token, want := range map[string]bog.Status{"opaque": bog.StatusCompleted, "4000000000000002": bog.StatusRejected} {
		order := w.create(func(r *bog.OrderRequest) {
			r.ApplicationType, r.PaymentMethods = bog.Web, []bog.Method{bog.MethodApplePay}
			r.Config = &bog.OrderConfig{ApplePay: &bog.ApplePayConfig{External: true}}
		})
		done := must(w.client.CompleteApplePay(t.Context(), order.ID, token))(t)
		if done.Status != want || done.Details == nil {
			t.Errorf("%s: %s, details %v", token, done.Status, done.Details)
		}
	}
}

func splits(t *testing.T, start func(simulator.Settings) *world) {
	split := &bog.Split{Payments: []bog.SplitPayment{
		{IBAN: "GE00XX0000000000000001", Percent: 85, Description: "Seller 12"}, {IBAN: "GE00XX0000000000000002", Amount: 250},
	}}
	shared := func(r *bog.OrderRequest) { r.Config = &bog.OrderConfig{Split: split} }
	for want, rules := range map[string]simulator.SplitRules{
		"completed": {Events: true}, "rejected": {Reject: true}, "processing": {DelayMS: -1}, "created": {Methods: []string{"bog_p2p"}, Numbers: true},
	} {
		w := start(simulator.Settings{Split: rules})
		order := w.create(shared)
		w.pay(order.ID, `{}`)
		if got := w.expect(order.ID, bog.StatusCompleted).Split; got == nil || string(got.Status) != want {
			t.Errorf("split %+v, want %s", got, want)
		}
	}
	w := start(simulator.Settings{})
	cancelled, later := w.hold(visa, shared), w.hold(visa, nil)
	must(w.client.Cancel(t.Context(), cancelled, bog.CancelRequest{}))(t)
	if got := w.expect(cancelled, bog.StatusRejected).Split; got == nil || got.Status != "canceled" {
		t.Errorf("split of a cancelled hold: %+v", got)
	}
	must(w.client.Approve(t.Context(), later, bog.ApproveRequest{Amount: 4000, Split: split}))(t)
	if got := w.expect(later, bog.StatusPartialCompleted).Split; got == nil || got.Status != "completed" {
		t.Errorf("split at approval: %+v", got)
	}
}

func campaigns(t *testing.T, start func(simulator.Settings) *world) {
	w := start(simulator.Settings{})
	for kind, number := range map[string]string{"visa": visa, "mc": "5300000000000001", "solo": "5301000000000001", "amex": "370000000000001"} {
		for _, what := range []string{"restrict", "client_discount"} {
			order := w.create(func(r *bog.OrderRequest) {
				r.Config = &bog.OrderConfig{Campaign: &bog.CampaignConfig{Card: kind, Type: what}}
			})
			w.pay(order.ID, `{"card":"`+number+`"}`)
			if got := w.expect(order.ID, bog.StatusCompleted).Discount; (got != nil) != (what == "client_discount") {
				t.Errorf("%s for %s: discount %+v", what, kind, got)
			}
		}
	}
}

func tokens(t *testing.T, start func(simulator.Settings) *world) {
	for _, form := range []string{"seconds", "epoch_s", "epoch_ms", "zero"} {
		w := start(simulator.Settings{ExpiresIn: form})
		if err := w.client.Authenticate(t.Context()); err != nil {
			t.Errorf("%s: %v", form, err)
		}
	}
	w := start(simulator.Settings{})
	const form = "application/x-www-form-urlencoded"
	good := "Basic ZHVrYW5pOmR1a2FuaS1kZW1vLXNlY3JldA=="
	for _, one := range []struct {
		authorization, body string
		want                int
	}{
		{good, "grant_type=client_credentials", 200},
		{"Basic ZHVrYW5pOndyb25n", "grant_type=client_credentials", 401},
		{good, "grant_type=password", 400},
		{good, "scope=none", 400},
	} {
		if status, body := w.raw(http.MethodPost, simulator.TokenPath, one.authorization, form, one.body); status != one.want {
			t.Errorf("%s: %d %s", one.body, status, body)
		}
	}
	w.steer("/_sim/faults", `{"kind":"500_before","route":"token"}`)
	if status, _ := w.raw(http.MethodPost, simulator.TokenPath, good, form, "grant_type=client_credentials"); status != 500 {
		t.Errorf("status %d", status)
	}
}

// refusals meets every other status of every call: a bad key or order, a
// foreign token, the edge, a broken bank.
func refusals(t *testing.T, start func(simulator.Settings) *world) {
	w := start(simulator.Settings{})
	order := w.create(nil)
	token := w.bearer()
	calls := []string{
		"POST /ecommerce/orders", "GET /receipt/ID", "POST /payment/refund/ID", "POST /payment/authorization/approve/ID",
		"POST /payment/authorization/cancel/ID", "PUT /orders/ID/cards", "PUT /orders/ID/subscriptions", "POST /ecommerce/orders/ID",
		"POST /ecommerce/orders/ID/subscribe", "DELETE /charges/card/ID", "POST /ecommerce/orders/ID/payment",
	}
	ask := func(want int, authorization, id string, header ...string) {
		t.Helper()
		for _, call := range calls {
			method, path, _ := strings.Cut(call, " ")
			body := ""
			if method == http.MethodPost {
				body = `{}`
			}
			path = simulator.APIPath + strings.Replace(path, "ID", id, 1)
			if status, answer := w.raw(method, path, authorization, "application/json", body, header...); status != want {
				t.Errorf("%s: %d %s, want %d", call, status, answer, want)
			}
		}
	}
	ask(http.StatusUnauthorized, "Bearer stolen", order.ID)
	ask(http.StatusBadRequest, token, "6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911")
	ask(http.StatusBadRequest, token, "6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911", "Idempotency-Key", "A-1042")
	for _, fault := range []struct {
		kind string
		want int
	}{{"html_error_page", 403}, {"500_before", 500}, {"429", 429}, {"401", 401}} {
		w.steer("/_sim/faults", `{"kind":"`+fault.kind+`","count":11}`)
		ask(fault.want, token, order.ID)
	}
}
