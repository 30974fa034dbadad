package payments_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
)

func TestPaidOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, payAt := w.place()
	if !strings.HasPrefix(payAt.URL, w.bankURL+"/?order_id=") {
		t.Fatalf("pay at %q", payAt)
	}
	w.pay(o, m{})
	if w.answers.Load() != 1 {
		t.Fatalf("%d callbacks taken, want 1", w.answers.Load())
	}
	if due, err := w.store.DuePayments(t.Context(), 10); err != nil || len(due) != 1 {
		t.Errorf("due: %v, %v; want the payment of the message", due, err)
	}
	w.wantStatus(o, models.AwaitingPayment) // the callback alone settles nothing
	settled, err := w.ask(o, models.CauseWorker)
	if err != nil {
		t.Fatal(err)
	}
	if settled.Status != models.Paid || settled.ShownPayment().CardMask == "" {
		t.Errorf("settled %s, card %q", settled.Status, settled.ShownPayment().CardMask)
	}
	w.wantSameMoney()
}

func TestLostCallbackIsFoundByTheWorker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.pay(o, m{"callback": m{"mode": "lost"}})
	w.sweep(time.Minute)
	w.wantStatus(o, models.Paid)
	w.wantSameMoney()
}

func TestLostAnswerIsFoundByTheWorker(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"lost_reply", "500_after", "truncated_json"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.steer("faults", m{"kind": kind, "route": "create"})
			o, payAt := w.place()
			if payAt.URL != "" {
				t.Fatalf("pay at %q although the answer was lost", payAt)
			}
			w.wantStatus(o, models.AwaitingPayment)
			w.heal()
			w.sweep(time.Minute)
			if p := w.order(o).LastPayment(); p.BankOrderID == nil || p.State != models.PaymentOpen {
				t.Fatalf("after the worker's round the payment is %s", p.State)
			}
			var list []any
			w.get("orders", &list)
			if len(list) != 1 {
				t.Errorf("the bank has %d orders, want 1", len(list))
			}
			w.pay(o, m{})
			w.sweep(time.Minute)
			w.wantStatus(o, models.Paid)
			w.wantSameMoney()
		})
	}
}

func TestCallbackBeforeTheAnswerIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.steer("faults", m{"kind": "lost_reply", "route": "create", "count": 2})
	o, _ := w.place()
	var list []struct {
		ID string `json:"id"`
	}
	w.get("orders", &list)
	w.steer("orders/"+list[0].ID+"/pay", m{})
	if w.answers.Load() != 1 {
		t.Fatalf("%d callbacks taken, want 1", w.answers.Load())
	}
	if n := w.number("SELECT count(*) FROM review_items"); n != 0 {
		t.Errorf("%d notes: the order was not recognised by its number", n)
	}
	if _, err := w.ask(o, models.CauseWorker); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(o, models.Paid)
	w.wantSameMoney()
}

func TestDeclineAndSecondTry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, first := w.place()
	w.pay(o, m{"card": "4000000000000002"})
	if _, err := w.ask(o, models.CauseOrderPage); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(o, models.Declined)
	if code := w.order(o).LastPayment().BankCode; code != "107" {
		t.Errorf("code %q, want 107", code)
	}
	second, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{})
	if err != nil || second.URL == "" || second == first {
		t.Fatalf("second try at %q, %v; first was %q", second, err, first)
	}
	w.pay(o, m{})
	w.sweep(time.Minute)
	w.wantStatus(o, models.Paid)
	w.wantSameMoney()
}

func TestPayAgainContinuesTheOpenPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, first := w.place()
	again, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{})
	if err != nil || again != first {
		t.Errorf("pay at %q, %v; want the open page %q", again, err, first)
	}
	w.pay(o, m{"callback": m{"mode": "lost"}})
	w.offset.Add(int64(2 * time.Second))
	done, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{}) // the bank is asked before a page is offered
	if err != nil || done.Outcome != payments.NothingToPay {
		t.Errorf("pay at %q, %v; want nowhere: it is paid", done, err)
	}
	w.wantStatus(o, models.Paid)
}

func TestExpiryAsksTheBankFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.steer("faults", m{"kind": "500_before", "route": "receipt"})
	w.sweep(30 * time.Minute) // the time is over by the shop's clock, and the bank is silent
	w.wantStatus(o, models.AwaitingPayment)
	w.heal()
	w.sweep(10 * time.Minute) // by the bank's clock it is not over
	w.wantStatus(o, models.AwaitingPayment)
	w.steer("clock", m{"offset_seconds": 3600})
	w.sweep(10 * time.Minute)
	w.wantStatus(o, models.Expired)
	if n := w.number("SELECT reserved FROM stock"); n != 0 {
		t.Errorf("%d units still reserved", n)
	}
}

func TestLateSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.exec("UPDATE stock SET on_hand = 1")
	w.expire()
	w.wantStatus(o, models.Expired)
	w.exec("UPDATE stock SET on_hand = 0")
	w.pay(o, m{"force": true, "callback": m{"mode": "lost"}})
	if _, err := w.ask(o, models.CauseWorker); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(o, models.Refunding)
	w.sweep(0)           // requests the refund
	w.sweep(time.Minute) // finds it completed
	w.wantStatus(o, models.Refunded)
	if n := w.number("SELECT count(*) FROM refunds WHERE state = 'completed'"); n != 1 {
		t.Errorf("%d completed refunds, want 1", n)
	}
	w.wantSameMoney()
}

func TestCallbacksThatMustNotCount(t *testing.T) {
	t.Parallel()
	for mode, taken := range map[string]bool{
		"bad_signature": false, "other_key": false, "altered_body": false, "missing_header": false,
		"wrong_amount": true, "wrong_currency": true, "other_order": true, "unknown_event": true,
		"unknown_order": true, "truncated": true, "duplicate": true, "resigned": true,
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			o, _ := w.place()
			w.pay(o, m{"callback": m{"mode": "lost"}})
			w.steer("orders/"+*w.order(o).LastPayment().BankOrderID+"/callback", m{"mode": mode})
			if got := w.answers.Load() > 0 && w.refused.Load() == 0; got != taken {
				t.Errorf("%d taken, %d refused; want taken: %v", w.answers.Load(), w.refused.Load(), taken)
			}
			w.wantStatus(o, models.AwaitingPayment) // no message is believed
			w.sweep(time.Minute)
			w.wantStatus(o, models.Paid) // the receipt is
			if n := w.number("SELECT count(*) FROM stock_moves WHERE kind = 'sold'"); n != 1 {
				t.Errorf("sold %d times", n)
			}
			w.wantSameMoney()
		})
	}
}

func TestForgedCallbacksCannotFillTheJournal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	frozen := time.Now().UTC()
	w.store.Now = func() time.Time { return frozen }
	for i := range 50 {
		err := w.desk.ReceiveCallback(t.Context(), fmt.Appendf(nil, "{%d}", i), "Zm9yZ2Vk", nil)
		if !errors.Is(err, bog.ErrSignature) {
			t.Fatal(err)
		}
	}
	if n := w.number("SELECT count(*) FROM payment_events"); n != 1 {
		t.Errorf("%d journal lines for 50 forged messages in one moment, want 1", n)
	}
	for _, later := range []time.Duration{50 * time.Second, 70 * time.Second} {
		w.store.Now = func() time.Time { return frozen.Add(later) }
		w.desk.ReceiveCallback(t.Context(), []byte("{}"), "Zm9yZ2Vk", nil)
	}
	if n := w.number("SELECT count(*) FROM payment_events WHERE verdict LIKE 'refused 51: %'"); n != 1 || w.number("SELECT count(*) FROM payment_events") != 2 {
		t.Errorf("a minute later %d of %d rows count what came since", n, w.number("SELECT count(*) FROM payment_events"))
	}
}

func TestRefusedStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.steer("settings", m{"methods": []string{"bog_p2p"}}) // cards are not active for the merchant
	o, payAt := w.place()
	if payAt.Outcome != payments.Failed {
		t.Errorf("pay at %q", payAt)
	}
	w.wantStatus(o, models.Declined)
	w.steer("settings", m{"methods": []string{"card"}})
	if payAt, err := w.desk.Pay(t.Context(), w.order(o), models.PayWith{}); err != nil || payAt.URL == "" {
		t.Errorf("second try at %q, %v", payAt, err)
	}
}

func TestNothingIsBelievedWithoutTheBank(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.pay(o, m{})
	w.steer("faults", m{"kind": "reset", "route": "receipt"})
	if _, err := w.ask(o, models.CauseOrderPage); !errors.Is(err, payments.ErrBankSilent) {
		t.Errorf("error %v, want ErrBankSilent", err)
	}
	w.wantStatus(o, models.AwaitingPayment)
	w.heal()
	w.sweep(time.Minute)
	w.wantStatus(o, models.Paid)
}

func TestUnknownStatusGoesBeforeStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	w.pay(o, m{})
	w.steer("faults", m{"kind": "unknown_status", "route": "receipt", "count": 1})
	if _, err := w.ask(o, models.CauseWorker); err != nil {
		t.Fatal(err)
	}
	w.wantStatus(o, models.AwaitingPayment)
	if n := w.number("SELECT count(*) FROM review_items WHERE kind = 'unknown_status'"); n != 1 {
		t.Errorf("%d notes, want 1", n)
	}
	w.sweep(time.Hour)
	w.wantStatus(o, models.Paid)
}

func TestKeyAndBodyAreOnDiskBeforeTheBankIsCalled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	seen := false
	w.bank.BeforeAnswer = func(r *http.Request) int {
		if strings.HasSuffix(r.URL.Path, "/ecommerce/orders") && r.Method == http.MethodPost {
			seen = true
			if n := w.number("SELECT count(*) FROM payments WHERE idempotency_key = ? AND length(request_body) > 100",
				r.Header.Get("Idempotency-Key")); n != 1 {
				t.Errorf("%d stored payments with the key of the call, want 1", n)
			}
		}
		return 0
	}
	w.place()
	if !seen {
		t.Error("the bank was not called")
	}
}

func TestRequestHidesTheBuyer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o, _ := w.place()
	body := string(w.order(o).LastPayment().RequestBody)
	for _, secret := range []string{"nino@example.ge", "+995599123456"} {
		if strings.Contains(body, secret) {
			t.Errorf("the bank is told %s: %s", secret, body)
		}
	}
	for _, want := range []string{`"n***@example.ge"`, `"+9955******56"`, `"total_amount":12.5`, `"external_order_id":"D-100001"`, `"თაფლი <&>"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing in %s", want, body)
		}
	}
}

func TestRequestHidesShortNumbersToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.store.AddToCart(t.Context(), "a", "honey", 1); err != nil {
		t.Fatal(err)
	}
	o, _, err := w.desk.PlaceOrder(t.Context(), "a", w.seen("a", models.Checkout{
		Key: "k", ExpectedTotal: 12_50, Lang: models.En, Name: "Ann Smith", Email: "ann@example.com",
		Phone: "+29012345", Delivery: models.Pickup, AcceptsTerms: true,
	}))
	if err != nil {
		t.Fatal(err)
	}
	if body := string(w.order(o).LastPayment().RequestBody); !strings.Contains(body, `"+29****45"`) {
		t.Errorf("more of the number is told than needed: %s", body)
	}
}

func TestNewWantsWholeMinutes(t *testing.T) {
	t.Parallel()
	for _, ttl := range []time.Duration{0, time.Minute, 25 * time.Hour, 150 * time.Second} {
		if _, err := payments.New(payments.Config{TTL: ttl}); err == nil {
			t.Errorf("%s was accepted", ttl)
		}
	}
}
