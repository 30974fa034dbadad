package identity

import (
	"context"
	"sync"
)

// TB is the part of testing.TB that Start needs; programs that embed the provider do
// not link package testing because of it.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Start serves p on a free port of this machine until the test ends, or stop is
// called, and returns its issuer.
func Start(t TB, p *Provider) (issuer string, stop func()) {
	t.Helper()
	ln, issuer, err := p.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatalf("simulated provider: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Serve(ctx, ln) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Fatalf("simulated provider: %v", err)
		}
	})
	t.Cleanup(stop)
	return issuer, stop
}
