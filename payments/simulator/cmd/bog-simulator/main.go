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
	bank := &simulator.Bank{
		DB:           or(getenv("SIMULATOR_DB"), "data/bank.db"),
		BaseURL:      getenv("SIMULATOR_BASE_URL"),
		ClientID:     getenv("SIMULATOR_CLIENT_ID"),
		ClientSecret: getenv("SIMULATOR_CLIENT_SECRET"),
		Log:          slog.New(slog.NewTextHandler(problems, nil)),
	}
	flags := flagsOf(bank)
	flags.SetOutput(problems)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is not a flag", flags.Arg(0))
	}
	listener, err := bank.Listen(or(getenv("SIMULATOR_ADDR"), "127.0.0.1:8081"))
	if err != nil {
		return err
	}
	url := bank.URL()
	fmt.Fprintf(out, "bank: %s\nclient id: %s\nclient secret: %s\ncallback key: %s/_sim/public-key.pem\ninspector: %s/_sim/\n",
		url, or(bank.ClientID, simulator.DefaultClientID), or(bank.ClientSecret, simulator.DefaultClientSecret), url, url)
	return bank.Serve(ctx, listener)
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
