package simulator_test

import (
	"strings"
	"sync"
	"testing"

	"dukani/payments/simulator"
)

const (
	keyA = "3f0c9a52-7b1e-4d68-9a3f-5c2d81e7b604"
	keyB = "9b2f7c10-1111-4222-8333-444455556666"
)

func TestS21_06_IdempotencyKeyMustBeABareUUID4(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, key := range []string{"A-1042", `"` + keyA + `"`, "{" + keyA + "}", "3f0c9a52-7b1e-3d68-9a3f-5c2d81e7b604", "3f0c9a527b1e4d689a3f5c2d81e7b604"} {
		status, out := w.call("POST", "/ecommerce/orders", w.body(), "Idempotency-Key", key)
		if status != 400 || out != `{"message":"Invalid Idempotency-Key format. Should be UUID v4."}` {
			t.Errorf("%s: %d %s", key, status, out)
		}
	}
}

func TestS21_06_IdempotencyReplaysStatusAndBody(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	_, first := w.call("POST", "/ecommerce/orders", w.body(), "Idempotency-Key", keyA)
	// Another body, and the key in capitals: the first answer all the same.
	_, again := w.call("POST", "/ecommerce/orders", w.body(`47.3`, `50`), "Idempotency-Key", strings.ToUpper(keyA))
	if first != again {
		t.Errorf("got %s, want %s", again, first)
	}
	if _, other := w.call("POST", "/ecommerce/orders", w.body(), "Idempotency-Key", keyB); other == first {
		t.Error("another key gave the same order")
	}
	if n := len(w.ledgerOrders()); n != 2 {
		t.Errorf("%d orders, want 2", n)
	}
}

func TestS21_06_IdempotencyReplaysErrorsToo(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	status, first := w.call("POST", "/ecommerce/orders", w.body(`47.3`, `0`), "Idempotency-Key", keyA)
	again, second := w.call("POST", "/ecommerce/orders", w.body(), "Idempotency-Key", keyA)
	if status != 400 || again != 400 || first != second {
		t.Errorf("got %d %s, want %d %s", again, second, status, first)
	}
}

func TestS21_06_IdempotencyIsPerEndpoint(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	_, out := w.call("POST", "/ecommerce/orders", w.body(), "Idempotency-Key", keyA)
	one := idOf(t, out)
	w.pay(one, `{}`)
	status, first := w.call("POST", "/payment/refund/"+one, `{"amount":1}`, "Idempotency-Key", keyA)
	_, again := w.call("POST", "/payment/refund/"+one, `{"amount":1}`, "Idempotency-Key", keyA)
	if status != 200 || first != again || !strings.Contains(first, "request_received") {
		t.Errorf("%d %s, again %s", status, first, again)
	}
	w.receipt(one).expect(t, "purchase_units.refund_amount", "1.0")
}

func TestS21_06_IdempotencyInFlightDuplicatesMakeOneOrder(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	answers := make([]string, 20)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { _, answers[i] = w.call("POST", "/ecommerce/orders", w.body(), "Idempotency-Key", keyA) })
	}
	all.Wait()
	for _, a := range answers {
		if a != answers[0] {
			t.Errorf("%s and %s", a, answers[0])
		}
	}
	if n := len(w.ledgerOrders()); n != 1 {
		t.Errorf("%d orders, want 1", n)
	}
}
