package simulator_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

func holds(t *testing.T, file, text string) bool {
	t.Helper()
	raw, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(raw, []byte(text))
}

// run serves the bank on its file until stop is called.
func run(t *testing.T, w *world, bank *simulator.Bank) (stop func()) {
	t.Helper()
	ln, err := bank.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- bank.Serve(ctx, ln) }()
	w.bank, w.url = bank, bank.URL()
	return func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}

func TestRestartForgetsNothing(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/data/bank.db"
	w := &world{t: t, shop: newShop(t)}
	stop := run(t, w, &simulator.Bank{DB: file})
	w.token = w.newToken()
	key := w.bank.PublicKeyPEM()

	_, first := w.call("POST", "/ecommerce/orders", w.body(), "Idempotency-Key", keyA)
	open := idOf(t, first)
	saved := w.create()
	w.call("PUT", "/orders/"+saved+"/subscriptions", "")
	w.pay(saved, `{}`)
	w.shop.next(t)
	paidReceipt := w.receipt(saved)
	w.steer("settings", `{"token_seconds":120}`)
	token := w.token
	// This callback is still being sent when the bank stops.
	busy := make(chan struct{})
	w.shop.answers(func(_ http.ResponseWriter, r *http.Request) { <-busy })
	w.steer("settings", `{"redirect_wait_ms":-1}`)
	late := w.create()
	w.pay(late, `{}`)
	cut := w.shop.next(t)
	stop()
	close(busy)
	w.shop.answers(nil)

	stop = run(t, w, &simulator.Bank{DB: file})
	defer stop()
	if w.bank.PublicKeyPEM() != key {
		t.Error("another key pair")
	}
	w.token = token // the token is still valid
	_, again := w.call("POST", "/ecommerce/orders", w.body(), "Idempotency-Key", keyA)
	if idOf(t, again) != open {
		t.Error("the key was forgotten")
	}
	if got := w.receipt(saved); got.at("payment_detail.transaction_id") != paidReceipt.at("payment_detail.transaction_id") {
		t.Error("the payment was forgotten")
	}
	w.sim("settings").expect(t, "token_seconds", 120.0)
	if m := w.shop.next(t); string(m.Body) != string(cut.Body) || !verify(t, key, m) {
		t.Errorf("the callback cut off was not sent again: %s", m.Body)
	}
	_, out := w.call("POST", "/ecommerce/orders/"+saved+"/subscribe", ``)
	w.receipt(idOf(t, out)).expect(t, "order_status.key", "completed")
	w.receipt(open).expect(t, "order_status.key", "created")
}

func TestRestartExpiresWhatRanOutMeanwhile(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/bank.db"
	w := &world{t: t, shop: newShop(t)}
	stop := run(t, w, &simulator.Bank{DB: file})
	w.token = w.newToken()
	id := w.create()
	stop()
	stop = run(t, w, &simulator.Bank{DB: file, Now: func() time.Time { return time.Now().Add(time.Hour) }})
	defer stop()
	parse(t, w.shop.next(t).Body).expect(t, "body.order_status.key", "rejected")
	w.receipt(id).expect(t, "order_status.key", "rejected", "reject_reason", "expiration")
}

func TestTwoBanksDoNotShareAFile(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/bank.db"
	w := &world{t: t, shop: newShop(t)}
	defer run(t, w, &simulator.Bank{DB: file})()
	err := (&simulator.Bank{DB: file}).Open()
	if err == nil || !strings.Contains(err.Error(), "in use by another simulated bank") {
		t.Error(err)
	}
}

func TestFileIsForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/bank.db"
	w := &world{t: t, shop: newShop(t)}
	defer run(t, w, &simulator.Bank{DB: file})()
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestS21_Determinism_SeededBankMakesTheSameIDs(t *testing.T) {
	t.Parallel()
	one, two := start(t, &simulator.Bank{Seed: 42}), start(t, &simulator.Bank{Seed: 42})
	if a, b := one.create(), two.create(); a != b {
		t.Errorf("%s and %s", a, b)
	}
}

func TestHundredsOfBanksInParallel(t *testing.T) {
	t.Parallel()
	for range 200 {
		w := &world{t: t, url: simtest.StartBank(t, &simulator.Bank{})}
		w.newToken()
	}
}
