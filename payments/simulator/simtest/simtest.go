// Package simtest runs the simulated bank, and the provider that customers sign in
// with, inside the tests of other packages.
package simtest

import (
	"context"
	"sync"
	"testing"

	"dukani/payments/simulator"
	"dukani/payments/simulator/identity"
)

// StartBank serves bank on a free port of this machine until the test ends. It returns the
// address that it listens on, whatever bank.BaseURL says.
func StartBank(t testing.TB, bank *simulator.Bank) (url string) {
	t.Helper()
	ln, err := bank.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatalf("simulated bank: %v", err)
	}
	serve(t, "simulated bank", func(ctx context.Context) error { return bank.Serve(ctx, ln) })
	return "http://" + ln.Addr().String()
}

// StartProvider serves p on a free port of this machine until the test ends, or until stop is
// called. It returns the address that is the provider's issuer.
func StartProvider(t testing.TB, p *identity.Provider) (issuer string, stop func()) {
	t.Helper()
	ln, issuer, err := p.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatalf("simulated provider: %v", err)
	}
	return issuer, serve(t, "simulated provider", func(ctx context.Context) error { return p.Serve(ctx, ln) })
}

func serve(t testing.TB, name string, run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	})
	t.Cleanup(stop)
	return stop
}
