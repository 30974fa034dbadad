package simulator

import (
	"context"
)

// TB is the part of testing.TB that Start needs; programs that embed the bank
// do not link package testing because of it.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Start serves b on a free port of this machine until the test ends, and
// returns where it listens, whatever BaseURL says.
func Start(t TB, b *Bank) (url string) {
	t.Helper()
	ln, err := b.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatalf("simulated bank: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Fatalf("simulated bank: %v", err)
		}
	})
	return *b.address.Load()
}
