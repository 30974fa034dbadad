// Dukani is an e-shop that takes payments through the Bank of Georgia. Without
// settings it starts with a simulated bank beside it: go run .
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"dukani/handlers"
	"dukani/models"
	"dukani/seed"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "dukani:", err)
		if errors.Is(err, errUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// run is the whole program. It returns when ctx ends or the command is done.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	c, err := parseCommand(args)
	if err != nil {
		return err
	}
	switch c.name {
	case "help":
		_, err := io.WriteString(stdout, usage)
		return err
	case "copy":
		return runCopy(c.flags, &c.copied, stdout)
	}
	cfg, err := readConfig(getenv)
	if err != nil {
		return fmt.Errorf("settings:\n%w", err)
	}
	log := newLog(cfg.LogFormat, stderr)
	slog.SetDefault(log)
	// Reconciling can be done beside a running shop, as its own worker does.
	store, err := openStore(ctx, cfg, c.name != "reconcile")
	if err != nil {
		return err
	}
	defer store.Close()
	switch c.name {
	case "reconcile":
		return reconcile(ctx, cfg, store, log, stdout)
	case "migrate":
		return nil
	case "seed":
		if c.products > 0 {
			return seed.Big(ctx, store, c.products)
		}
		return seed.Run(ctx, store)
	}
	return serve(ctx, cfg, store, log, stdout)
}

// openStore opens the database, which belongs to one bank and one merchant.
func openStore(ctx context.Context, cfg *config, alone bool) (*models.Store, error) {
	owner := models.Owner{Bank: cfg.Bank, Merchant: cfg.ClientID}
	store, err := models.OpenFor(ctx, cfg.Database, models.Access{Owner: owner, Alone: alone})
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	if !cfg.simulated() { // one that was tried before databases had owners
		var demo bool
		if demo, err = store.HasCustomer(ctx, seed.DemoEmail); demo {
			err = fmt.Errorf("DATABASE_URL has the demo customer %s, whose password everybody knows: start with another file", seed.DemoEmail)
		}
	}
	if err == nil {
		err = store.Claim(ctx, owner)
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

func newLog(format string, w io.Writer) *slog.Logger {
	var h slog.Handler = slog.NewTextHandler(w, nil)
	if format == "json" {
		h = slog.NewJSONHandler(w, nil)
	}
	return slog.New(handlers.LogHandler(h))
}
