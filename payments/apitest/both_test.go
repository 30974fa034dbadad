package apitest

import (
	"slices"
	"testing"
	"time"

	"dukani/payments/bog"
	"dukani/payments/simulator"
)

// unmet is what the description says and the simulator, or a client that sends
// nothing needless, never does. An entry that is met after all is an error too.
var unmet = map[string]string{
	"Receipt.disputes":        "only ever seen as null",
	"PaymentDetail.pg_trx_id": "only ever seen as null",
	"Error.key":               "unconfirmed",
}

// TestBothSidesKeepToTheDescription drives every call in every way it can be
// used, and holds each request, answer and callback against docs/openapi.yaml.
// At the end everything described must have happened.
func TestBothSidesKeepToTheDescription(t *testing.T) {
	t.Parallel()
	d, seen := describe(t, true), &sightings{}
	t.Run("scenarios", func(t *testing.T) {
		for name, scenario := range map[string]func(*testing.T, func(simulator.Settings) *world){
			"token": tokens, "requests": requests, "methods": methods, "statuses": statuses, "holds": holds, "refunds": refunds,
			"saved cards": savedCards, "wallets": wallets, "splits": splits, "campaigns": campaigns, "refusals": refusals,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				scenario(t, func(s simulator.Settings) *world { return start(t, d, seen, s) })
			})
		}
	})
	if t.Failed() {
		return // what was not reached says nothing
	}
	want := d.everything()
	slices.Sort(want)
	for _, one := range want {
		why, excused := unmet[one]
		switch {
		case !seen.seen[one] && !excused:
			t.Errorf("never met: %s", one)
		case seen.seen[one] && excused:
			t.Errorf("met after all: %s (%s)", one, why)
		}
	}
	for one := range unmet {
		if !slices.Contains(want, one) {
			t.Errorf("excused but not described: %s", one)
		}
	}
}

func requests(t *testing.T, start func(simulator.Settings) *world) {
	w := start(simulator.Settings{Loans: true, AccountTags: []string{"second"}})
	full := w.request(func(r *bog.OrderRequest) {
		r.TTL = 20
		r.Buyer = &bog.Buyer{FullName: "Nino K.", MaskedEmail: "n***@mail.example", MaskedPhone: "+9955*****12"}
		r.PurchaseUnits = bog.PurchaseUnits{
			TotalAmount: 4730, TotalDiscountAmount: 100, Delivery: &bog.Delivery{Amount: 500},
			Basket: []bog.BasketItem{{
				ProductID: "CNDL-3", Description: "Beeswax <candle> & more", Quantity: 2, UnitPrice: 1865, UnitDiscountPrice: 50, VAT: 569, VATPercent: "18",
				TotalPrice: 3630, Image: "https://shop.example/c.png", PackageCode: "1", TIN: "2", PINFL: "3", ProductDiscountID: "4",
			}, {ProductID: "CARD-1", Quantity: 1, UnitPrice: 1}},
		}
		r.RedirectURLs = &bog.RedirectURLs{Success: "https://shop.example/thanks?o=1", Fail: "https://shop.example/failed?o=1"}
		r.Config = &bog.OrderConfig{Account: &bog.AccountConfig{Tag: "second"}}
	})
	for _, o := range []bog.CallOptions{{}, {Language: bog.Georgian, Theme: bog.Light}, {Language: bog.English, Theme: bog.Dark}} {
		order := must(w.client.CreateOrder(t.Context(), full, o))(t)
		w.expect(order.ID, bog.StatusCreated)
		w.pay(order.ID, `{}`)
		w.expect(order.ID, bog.StatusCompleted)
	}
	nameless := w.create(func(r *bog.OrderRequest) { r.ExternalOrderID, r.Capture = "", bog.CaptureAutomatic })
	w.expect(nameless.ID, bog.StatusCreated)
	for _, buyer := range []bog.Buyer{{FullName: "Nino K."}, {MaskedEmail: "n***@mail.example"}} {
		order := w.create(func(r *bog.OrderRequest) { r.Buyer = &buyer })
		w.expect(order.ID, bog.StatusCreated)
	}
	for _, currency := range []bog.Currency{bog.GEL, bog.USD, bog.EUR, bog.GBP} {
		order := w.create(func(r *bog.OrderRequest) { r.PurchaseUnits.Currency = currency })
		w.expect(order.ID, bog.StatusCreated)
	}
	for _, kind := range []bog.ApplicationType{bog.Web, bog.Mobile} {
		w.create(func(r *bog.OrderRequest) { r.ApplicationType = kind })
	}
	// Amounts of every form: 0.01, one digit, none.
	for _, amount := range []bog.Amount{1, 10, 1000, 1_000_005} {
		order := w.create(func(r *bog.OrderRequest) {
			r.PurchaseUnits.TotalAmount, r.PurchaseUnits.Basket[0].UnitPrice = amount, amount
		})
		w.pay(order.ID, `{}`)
		if got := w.expect(order.ID, bog.StatusCompleted).PurchaseUnits.TransferAmount; got != amount {
			t.Errorf("%d came back as %d", amount, got)
		}
	}
}

func methods(t *testing.T, start func(simulator.Settings) *world) {
	w := start(simulator.Settings{Loans: true})
	for _, method := range []bog.Method{bog.MethodCard, bog.MethodGooglePay, bog.MethodApplePay, bog.MethodP2P, bog.MethodLoyalty,
		bog.MethodBNPL, bog.MethodLoan, bog.MethodGiftCard} {
		order := w.create(func(r *bog.OrderRequest) {
			r.PaymentMethods = []bog.Method{method}
			if method == bog.MethodBNPL || method == bog.MethodLoan {
				r.Config = &bog.OrderConfig{Loan: &bog.LoanConfig{Type: "ZERO", Month: 6}}
			}
		})
		w.pay(order.ID, `{"method":"`+string(method)+`"}`)
		if got := w.expect(order.ID, bog.StatusCompleted).PaymentDetail.TransferMethod.Key; got != method {
			t.Errorf("paid by %s, want %s", got, method)
		}
	}
	for _, number := range []string{"4000000000000001", "5300000000000001", "370000000000001"} {
		order := w.create(nil)
		w.pay(order.ID, `{"card":"`+number+`"}`)
		w.expect(order.ID, bog.StatusCompleted)
	}
}

func statuses(t *testing.T, start func(simulator.Settings) *world) {
	w := start(simulator.Settings{SettleMS: -1})
	order := w.create(nil)
	w.expect(order.ID, bog.StatusCreated)
	w.pay(order.ID, `{}`)
	w.expect(order.ID, bog.StatusProcessing)

	w = start(simulator.Settings{})
	declined, given, late := w.create(nil), w.create(nil), w.create(nil)
	w.pay(declined.ID, `{"card":"4000000000000002"}`)
	w.expect(declined.ID, bog.StatusRejected)
	w.pay(given.ID, `{"outcome":"cancel"}`)
	w.expect(given.ID, bog.StatusRejected)
	if err := w.bank.Advance(16 * time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := w.expect(late.ID, bog.StatusRejected).RejectReason; got != bog.RejectExpiration {
		t.Errorf("reason %q", got)
	}
}

// hold makes an order whose money is held.
func (w *world) hold(card string, change func(*bog.OrderRequest)) string {
	w.t.Helper()
	order := w.create(func(r *bog.OrderRequest) {
		r.Capture, r.PaymentMethods = bog.CaptureManual, []bog.Method{bog.MethodCard}
		if change != nil {
			change(r)
		}
	})
	w.pay(order.ID, `{"card":"`+card+`"}`)
	w.expect(order.ID, bog.StatusBlocked)
	return order.ID
}

const visa, visaLater = "4000000000000001", "4000000000000003" // the second rejects what comes later

func holds(t *testing.T, start func(simulator.Settings) *world) {
	w := start(simulator.Settings{})
	whole, part, none := w.hold(visa, nil), w.hold(visa, nil), w.hold(visa, nil)
	must(w.client.Approve(t.Context(), whole, bog.ApproveRequest{All: true}))(t)
	w.expect(whole, bog.StatusCompleted)
	must(w.client.Approve(t.Context(), part, bog.ApproveRequest{Amount: 4000, Description: "One is out of stock"}))(t)
	w.expect(part, bog.StatusPartialCompleted)
	must(w.client.Cancel(t.Context(), none, bog.CancelRequest{Description: "Changed their mind"}))(t)
	w.expect(none, bog.StatusRejected)

	refused := w.hold(visaLater, nil)
	ack := must(w.client.Approve(t.Context(), refused, bog.ApproveRequest{All: true}))(t)
	if a, _ := w.expect(refused, bog.StatusBlocked).Action(ack.ActionID); a.Status != bog.ActionRejected {
		t.Errorf("approval %s", a.Status)
	}
	if err := w.bank.Advance(31 * 24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	must(w.client.Receipt(t.Context(), refused))(t) // released

	w = start(simulator.Settings{ActionMS: -1})
	running := w.hold(visa, nil)
	must(w.client.Approve(t.Context(), running, bog.ApproveRequest{All: true}))(t)
	w.expect(running, bog.StatusAuthRequested)
	if _, err := w.client.Cancel(t.Context(), running, bog.CancelRequest{}); !bog.IsAlreadyRequested(err) {
		t.Errorf("a second operation: %v", err)
	}
}

func refunds(t *testing.T, start func(simulator.Settings) *world) {
	paid := func(w *world, card string) string {
		order := w.create(nil)
		w.pay(order.ID, `{"card":"`+card+`"}`)
		return order.ID
	}
	w := start(simulator.Settings{})
	id := paid(w, visa)
	must(w.client.Refund(t.Context(), id, bog.RefundRequest{Amount: 1250}))(t)
	w.expect(id, bog.StatusRefundedPartially)
	must(w.client.Refund(t.Context(), id, bog.RefundRequest{All: true}))(t)
	w.expect(id, bog.StatusRefunded)
	whole, refused := paid(w, visa), paid(w, visaLater)
	must(w.client.Refund(t.Context(), whole, bog.RefundRequest{All: true}))(t)
	w.expect(whole, bog.StatusRefunded)
	must(w.client.Refund(t.Context(), refused, bog.RefundRequest{Amount: 1}))(t)
	w.expect(refused, bog.StatusCompleted)
	byConsole := paid(w, visa)
	w.steer("/_sim/orders/"+byConsole+"/console", `{"action":"refund","amount_minor":100}`)
	if a := w.expect(byConsole, bog.StatusRefundedPartially).Actions[0]; a.RequestChannel != bog.ChannelConsole {
		t.Errorf("by %s", a.RequestChannel)
	}

	w = start(simulator.Settings{ActionMS: -1})
	id = paid(w, visa)
	must(w.client.Refund(t.Context(), id, bog.RefundRequest{All: true}))(t)
	w.expect(id, bog.StatusRefundRequested)
}
