package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"time"

	"dukani/handlers"
	"dukani/models"
	"dukani/payments/simulator/identity"
	"dukani/seed"
)

// serve runs the shop, its jobs and, unless there is a real bank, the simulated one,
// until ctx ends or one of them fails.
func serve(ctx context.Context, cfg *config, store *models.Store, log *slog.Logger, stdout io.Writer) error {
	store.Bounds, store.LoanDecision = cfg.bounds(), cfg.LoanDecision
	store.Split = cfg.split()
	ln, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("SHOP_ADDR: %w", err)
	}
	shopURL := "http://" + reachable(ln.Addr())
	if cfg.BaseURL == "" {
		cfg.BaseURL = shopURL
	}
	running := newServices(ctx)
	defer running.end()
	bank, err := startBank(ctx, cfg, log, running.launch)
	if err != nil {
		return err
	}
	if bank != nil {
		store.Now = bank.now
		if err := store.OneAtATime(ctx, "seed", func() error { return errors.Join(seed.Run(ctx, store), seed.People(ctx, store)) }); err != nil {
			return fmt.Errorf("seed: %w", err)
		}
	}
	provider := startProvider(cfg, store, log, stdout, running.launch)
	shop, err := newShop(cfg, store, log, bank, provider)
	if err != nil {
		return err
	}
	if err := store.TakeOverJobs(ctx); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	if err := shop.start(ctx, running.ctx, cfg, log); err != nil {
		return err
	}
	running.launch(func(context.Context) error {
		connections := maxConnections(openFiles())
		return shop.http.Listener(bound(ln, connections, cfg.perAddress(connections), cfg.Proxies, log))
	})
	if bank != nil {
		fmt.Fprintf(stdout, "bank: %s\n", bank.url)
	}
	fmt.Fprintf(stdout, "shop: %s\n", shopURL)
	debug.FreeOSMemory() // starting takes more than waiting for visitors

	failed := running.wait(ctx)
	log.Info("stopping")
	shop.stopping.Store(true)
	if failed == nil {
		failed = running.drain(cfg.drain())
	}
	// New requests stop first, then the jobs finish, then the bank goes.
	failed = errors.Join(failed, shop.stop())
	ln.Close() // a shop told to stop before it served would start serving now
	return errors.Join(failed, running.finish())
}

// services are the parts of the program that serve at the same time. Their context
// outlives that of the program: what they are doing when it ends is finished first.
type services struct {
	ctx     context.Context
	end     context.CancelFunc
	count   int
	stopped chan error
}

func newServices(ctx context.Context) *services {
	s := &services{stopped: make(chan error, 3)} // the shop, the bank, the provider: none waits to tell that it has stopped
	s.ctx, s.end = context.WithCancel(context.WithoutCancel(ctx))
	return s
}

func (s *services) launch(serve func(context.Context) error) {
	s.count++
	go func() { s.stopped <- serve(s.ctx) }()
}

// wait returns when ctx ends, or with the error of a service that stops before.
func (s *services) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.stopped:
		s.count--
		return err
	}
}

// drain lets the services go on for a while, or until one of them fails.
func (s *services) drain(while time.Duration) error {
	ctx, cancel := context.WithTimeout(s.ctx, while)
	defer cancel()
	return s.wait(ctx)
}

// finish ends the services and returns what failed in them.
func (s *services) finish() (failed error) {
	s.end()
	for range s.count {
		failed = errors.Join(failed, <-s.stopped)
	}
	return failed
}

// startProvider returns the provider that customers can sign in with, nil if there is
// none. Beside the simulated bank it starts a simulated one, unless a real one is set;
// without it the shop works all the same.
func startProvider(cfg *config, store *models.Store, log *slog.Logger, stdout io.Writer, launch func(func(context.Context) error)) *handlers.Provider {
	if provider := cfg.provider(); provider != nil || !cfg.simulated() {
		return provider
	}
	p := &identity.Provider{RedirectURI: cfg.BaseURL + handlers.ProviderCallback, Now: store.Now, Log: log}
	ln, issuer, err := p.Listen(cfg.IdentityAddr)
	if err != nil {
		log.Warn("no simulated provider to sign in with", "err", fmt.Errorf("IDENTITY_ADDR: %w", err))
		return nil
	}
	launch(func(ctx context.Context) error { return p.Serve(ctx, ln) })
	fmt.Fprintf(stdout, "id: %s\n", issuer)
	return &handlers.Provider{
		Issuer: issuer, ClientID: identity.DefaultClientID, ClientSecret: identity.DefaultClientSecret, Name: identity.Name,
	}
}

// reachable is the address to open for a listener on all interfaces.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return a.String()
}
