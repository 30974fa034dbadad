// Dukani is an e-shop that takes payments through the Bank of Georgia. Without
// settings it starts with a simulated bank beside it: go run .
package main

import (
	"context"
	"errors"
	"flag"
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
		os.Exit(exitStatus(err))
	}
}

// exitStatus lets a script tell open review items from a failure.
func exitStatus(err error) int {
	if errors.Is(err, errReviewOpen) {
		return 2
	}
	return 1
}

const usage = `usage: dukani [command]

  (none)       serve the shop; beside the simulated bank unless BOG_ENV says otherwise
  migrate      bring the database up to date
  seed         put the demo catalogue in; -products N adds N made-up products
  copy bog DIR write the bank's client into a folder of your own module; -tests with its tests,
               -conformance with the checks that a bank speaks the API
  reconcile    ask the bank about every payment that is due, once, and list what needs review (then it ends with status 2);
               instead of the round: -ask NUMBER asks about one order, -retry-refund ID asks again for a refund that was
               rejected, -resolve ID -because "…" closes an item

Settings are environment variables; .env.example explains each.
`

// run is the whole program. It returns when ctx ends or the command is done.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) error {
	command := ""
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	flags.SetOutput(stderr)
	products, todo, copied := 0, reconcileOptions{}, copyOptions{}
	switch command {
	case "copy":
		flags.BoolVar(&copied.tests, "tests", false, "with the tests")
		flags.BoolVar(&copied.conformance, "conformance", false, "with the conformance suite")
	case "seed":
		flags.IntVar(&products, "products", 0, "how many made-up products to add")
	case "reconcile":
		todo.flags(flags)
	}
	flags.Usage = func() { fmt.Fprint(stderr, usage) }
	if err := flags.Parse(args); err != nil {
		return err
	}
	if command == "copy" {
		return runCopy(flags, &copied, stdout)
	}
	cfg, err := readConfig(getenv)
	if err != nil {
		return fmt.Errorf("settings:\n%w", err)
	}
	log := newLog(cfg.LogFormat, stderr)
	slog.SetDefault(log)
	switch command {
	case "":
		return serve(ctx, cfg, log, stdout)
	case "migrate", "seed", "reconcile":
		store, err := models.Open(ctx, cfg.Database)
		if err != nil {
			return err
		}
		defer store.Close()
		switch {
		case command == "reconcile":
			return reconcile(ctx, cfg, store, todo, log, stdout)
		case command == "migrate":
			return nil
		case products > 0:
			return seed.Big(ctx, store, products)
		}
		return seed.Run(ctx, store)
	}
	flags.Usage()
	return fmt.Errorf("unknown command %q", command)
}

func newLog(format string, w io.Writer) *slog.Logger {
	var h slog.Handler = slog.NewTextHandler(w, nil)
	if format == "json" {
		h = slog.NewJSONHandler(w, nil)
	}
	return slog.New(handlers.LogHandler(h))
}
