// Command bog-conformance examines the bank's sandbox and writes a report. The
// README of payments/bog/conformance says what it needs.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"time"

	"dukani/payments/bog/conformance"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bog-conformance:", err)
		os.Exit(1)
	}
}

var errFailed = errors.New("the target does not conform")

func run(ctx context.Context, args []string, getenv func(string) string, in io.Reader, out, progress io.Writer) error {
	flags := flag.NewFlagSet("bog-conformance", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "write the report as JSON")
	only := flags.String("run", "", "only checks whose id matches this regular expression")
	ask := flags.Bool("ask", false, "ask a person to pay: prints each link and waits for Enter")
	longest := flags.Duration("longest-wait", 0, "skip checks that wait longer, such as for a token to expire (6m by default)")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil // the flags were listed
	} else if err != nil {
		return err
	}
	selected, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	target, stop, err := conformance.Sandbox(getenv)
	if err != nil {
		return err
	}
	defer stop()
	target.Only, target.LongestWait = selected.MatchString, *longest
	target.Waiting = func(d time.Duration, what string) { fmt.Fprintf(progress, "waiting   %s, %s\n", what, d) }
	if *ask {
		target.Payer = conformance.AskPayer{Out: progress, In: bufio.NewReader(in)}
	}
	target.Observe = func(r conformance.Result) { fmt.Fprintf(progress, "%-9s %s\n", r.Outcome, r.ID) }
	report, err := conformance.Run(ctx, target)
	if report == nil {
		return err
	}
	write := report.WriteText
	if *asJSON {
		write = report.WriteJSON
	}
	if err := errors.Join(err, write(out)); err != nil {
		return err
	}
	if !report.OK() {
		return errFailed
	}
	return nil
}
