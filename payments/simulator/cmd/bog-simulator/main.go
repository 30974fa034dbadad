// Command bog-simulator is the simulated bank as a program of its own, for
// shops written in any language.
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

	"dukani/payments/simulator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bog-simulator:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, out, problems io.Writer) error {
	flags := flag.NewFlagSet("bog-simulator", flag.ContinueOnError)
	flags.SetOutput(problems)
	chaos := flags.Int("chaos", 0, "percentage of API requests that meet a random fault")
	seed := flags.Uint64("seed", 0, "make ids and faults repeatable")
	strict := flags.Bool("strict", false, "refuse what a careful client never sends")
	loans := flags.Bool("loans", false, "make bnpl and bog_loan active for the merchant")
	remote := flags.Bool("allow-remote", false, "listen where other machines can reach it")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if *chaos < 0 || *chaos > 100 {
		return errors.New("-chaos must be 0..100")
	}
	bank := &simulator.Bank{
		DB:           or(getenv("SIMULATOR_DB"), "data/bank.db"),
		BaseURL:      getenv("SIMULATOR_BASE_URL"),
		ClientID:     getenv("SIMULATOR_CLIENT_ID"),
		ClientSecret: getenv("SIMULATOR_CLIENT_SECRET"),
		Settings:     simulator.Settings{Strict: *strict, Loans: *loans},
		Chaos:        *chaos,
		Seed:         *seed,
		AllowRemote:  *remote,
		Log:          slog.New(slog.NewTextHandler(problems, nil)),
	}
	listener, err := bank.Listen(or(getenv("SIMULATOR_ADDR"), "127.0.0.1:8081"))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "bank: %s\n", bank.URL())
	return bank.Serve(ctx, listener)
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
