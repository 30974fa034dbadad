package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"dukani/payments/bog"
	"dukani/payments/simulator"
)

// simulated is what a shop that takes no money is told of the bank beside it. With
// a real bank it is nil.
type simulated struct {
	url string
	// now is the bank's clock. The shop follows it, so that moving it moves both:
	// what is over at the bank is over at the shop.
	now func() time.Time
	// verify checks a callback against the key of the simulated bank.
	verify func(body []byte, signature string) error
}

// startBank starts the simulated bank, or follows the one in another process. With a
// real bank there is nothing to start.
func startBank(ctx context.Context, cfg *config, log *slog.Logger, launch func(func(context.Context) error)) (*simulated, error) {
	switch {
	case !cfg.simulated():
		return nil, nil
	case cfg.SimulatorURL == "":
		bank, run, err := bankInside(cfg, log)
		if err == nil {
			launch(run)
		}
		return bank, err
	}
	bank := newBankOutside(cfg.SimulatorURL, log)
	if err := bank.readClock(ctx); err != nil {
		log.Warn("the simulated bank does not answer yet", "url", bank.url, "err", err)
	}
	launch(bank.follow)
	return bank.simulated(), nil
}

// besideRunning is the simulated bank for a command that runs beside the shop.
func besideRunning(ctx context.Context, cfg *config, log *slog.Logger) *simulated {
	if !cfg.simulated() {
		return nil
	}
	url := cfg.SimulatorURL
	if url == "" {
		url = "http://" + cfg.SimulatorAddr
	}
	bank := newBankOutside(url, log)
	if err := bank.readClock(ctx); err != nil {
		log.Warn("the simulated bank does not answer", "url", bank.url, "err", err)
	}
	return bank.simulated()
}

// bankInside makes the simulated bank a part of this process and returns how to
// run it.
func bankInside(cfg *config, log *slog.Logger) (s *simulated, run func(context.Context) error, err error) {
	bank := &simulator.Bank{
		DB: cfg.SimulatorDB, ClientID: cfg.SimulatorClientID, ClientSecret: cfg.SimulatorClientSecret,
		Merchant: simulator.Merchant{ID: "10001", BrandKA: "დუქანი", BrandEN: "Dukani", URL: cfg.BaseURL}, Log: log,
		Settings: simulator.Settings{Loans: true}, // so that every way to pay can be tried
	}
	ln, err := bank.Listen(cfg.SimulatorAddr)
	if err != nil {
		return nil, nil, fmt.Errorf("simulated bank: %w", err)
	}
	key, err := bog.ParsePublicKey(bank.PublicKeyPEM())
	if err != nil {
		return nil, nil, errors.Join(err, ln.Close())
	}
	verifier, err := bog.NewVerifier(key)
	if err != nil {
		return nil, nil, errors.Join(err, ln.Close())
	}
	s = &simulated{url: bank.URL(), now: bank.Time, verify: verifier.Verify}
	return s, func(ctx context.Context) error { return bank.Serve(ctx, ln) }, nil
}

// bankOutside is a simulated bank in a process of its own, which may start later
// than the shop, die and come back. It alone in the shop uses the bank's steering,
// and only to read; a real bank has none.
type bankOutside struct {
	url    string
	client http.Client
	log    *slog.Logger

	clock    atomic.Pointer[bankClock]
	verifier atomic.Pointer[bog.Verifier]

	mu     sync.Mutex
	looked time.Time // when its key was last asked for
}

// bankClock is a simulated bank's answer to GET /_sim/clock.
type bankClock struct {
	Now   time.Time     `json:"now"`
	Fixed bool          `json:"fixed"`
	ahead time.Duration // of the time of this machine
}

func newBankOutside(url string, log *slog.Logger) *bankOutside {
	b := &bankOutside{url: url, log: log, client: http.Client{Timeout: 2 * time.Second}}
	b.clock.Store(&bankClock{})
	return b
}

func (b *bankOutside) simulated() *simulated {
	return &simulated{url: b.url, now: b.now, verify: b.verify}
}

func (b *bankOutside) get(ctx context.Context, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := b.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", path, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, 64<<10))
}

// readClock takes over the bank's time. Without an answer the last one stands.
func (b *bankOutside) readClock(ctx context.Context) error {
	body, err := b.get(ctx, "/_sim/clock")
	if err != nil {
		return err
	}
	c := &bankClock{}
	if err := json.Unmarshal(body, c); err != nil {
		return err
	}
	c.ahead = time.Until(c.Now) // exactly: the bank writes its own difference in whole seconds
	b.clock.Store(c)
	return nil
}

func (b *bankOutside) now() time.Time {
	c := b.clock.Load()
	if c.Fixed {
		return c.Now.UTC()
	}
	return time.Now().UTC().Add(c.ahead)
}

// follow reads the clock every second until ctx ends.
func (b *bankOutside) follow(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for silent := false; ; {
		err := b.readClock(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if (err != nil) != silent {
			silent = err != nil
			b.log.Warn("simulated bank", "url", b.url, "silent", silent, "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// verify checks a callback. The bank's key is asked for when it is first needed, and
// again when a signature does not fit, because a bank with a new file has a new key.
func (b *bankOutside) verify(body []byte, signature string) error {
	err := b.verifier.Load().Verify(body, signature)
	if !errors.Is(err, bog.ErrNoCallbackKey) && !errors.Is(err, bog.ErrSignatureMismatch) {
		return err
	}
	if err := b.readKey(); err != nil {
		b.log.Warn("simulated bank: its key cannot be read", "url", b.url, "err", err)
	}
	return b.verifier.Load().Verify(body, signature)
}

// readKey asks for the bank's key, at most once a second however many messages
// somebody else makes up.
func (b *bankOutside) readKey() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.looked) < time.Second {
		return nil
	}
	b.looked = time.Now()
	body, err := b.get(context.Background(), "/_sim/public-key.pem")
	if err != nil {
		return err
	}
	key, err := bog.ParsePublicKey(string(body))
	if err != nil {
		return err
	}
	verifier, err := bog.NewVerifier(key)
	if err == nil {
		b.verifier.Store(verifier)
	}
	return err
}
