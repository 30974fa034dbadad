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
	"dukani/models/catalog"
	"dukani/seed"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "dukani:", err)
		os.Exit(exitStatus(err))
	}
}

// exitStatus lets a script tell open review items, and a call that nobody understands,
// from a failure.
func exitStatus(err error) int {
	switch {
	case errors.Is(err, errReviewOpen), errors.Is(err, errDiffers):
		return 2
	case errors.Is(err, errUsage):
		return 64 // EX_USAGE of sysexits.h
	}
	return 1
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
	switch c.name {
	case "backup":
		return backup(ctx, cfg, c.place, stdout)
	case "restore":
		return restore(ctx, cfg, c.place, stdout)
	case "move":
		if err := checkFile(cfg, c.name); err != nil {
			return err
		}
	}
	// Reconciling can be done beside a running shop, as its own worker does; and whoever is
	// locked out of it needs a way in.
	store, err := openStore(ctx, cfg, c.name != "reconcile" && c.name != "staff")
	if err != nil {
		return err
	}
	defer store.Close()
	switch c.name {
	case "reconcile":
		return reconcile(ctx, cfg, store, c.todo, log, stdout)
	case "staff":
		return staff(ctx, cfg, store, c.staff, stdout)
	case "move":
		return move(ctx, store, c.to, stdout)
	case "migrate":
		return catalog.New(store).Reindex(ctx)
	case "seed":
		if c.products > 0 {
			return seed.Big(ctx, store, c.products)
		}
		return seed.Run(ctx, store)
	}
	return serve(ctx, cfg, store, log, stdout)
}

func newLog(format string, w io.Writer) *slog.Logger {
	var h slog.Handler = slog.NewTextHandler(w, nil)
	if format == "json" {
		h = slog.NewJSONHandler(w, nil)
	}
	return slog.New(handlers.LogHandler(h))
}
