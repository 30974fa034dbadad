package main

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"strings"
	"time"

	"dukani/payments/simulator"
)

// flagsOf are the flags that set up a bank. They take effect in the order
// given, so that a named switch after -settings wins over it.
func flagsOf(bank *simulator.Bank) *flag.FlagSet {
	settings := &bank.Settings
	flags := flag.NewFlagSet("bog-simulator", flag.ContinueOnError)
	flags.IntVar(&bank.Chaos, "chaos", 0, "percentage of API requests that meet a random fault")
	flags.IntVar(&bank.ChaosCallbacks, "chaos-callbacks", 0, "percentage of callbacks that are lost, late, doubled, out of order, badly signed…")
	flags.IntVar(&bank.ChaosPayments, "chaos-payments", 0, "percentage of payments that are declined, or slow, or whose refunds are rejected later")
	flags.Uint64Var(&bank.Seed, "seed", 0, "make ids and faults repeatable")

	flags.BoolVar(&settings.Strict, "strict", false, "refuse what a careful client never sends")
	flags.BoolVar(&settings.Loans, "loans", false, "make bnpl and bog_loan active for the merchant")
	flags.StringVar(&settings.Callback.Mode, "callback", "", "how callbacks travel: sent, lost, duplicate…")
	flags.Func("settle", "how long a payment stays in processing: 5s, never", milliseconds(&settings.SettleMS))
	flags.Func("actions", "how long refunds, approvals and cancellations take: 5s, never", milliseconds(&settings.ActionMS))
	flags.Func("token-life", "life of access tokens: 30s", func(text string) error {
		life, err := time.ParseDuration(text)
		if err != nil || life < time.Second {
			return errors.New("must be a duration from 1s")
		}
		settings.TokenSeconds = int(life / time.Second)
		return nil
	})
	flags.Func("settings", `any settings as JSON: '{"accept_2xx":true,"retries":3}'`, func(text string) error {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(settings); err != nil {
			return err
		}
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return errors.New("must be one JSON object")
		}
		return nil
	})

	flags.Func("clock", "what the bank's clock shows at the start: 2026-03-02T11:04:11Z", func(text string) (err error) {
		bank.StartTime, err = time.Parse(time.RFC3339, text)
		return err
	})
	flags.BoolVar(&bank.FixedClock, "fixed-clock", false, "the clock stands still until /_sim/clock moves it")
	flags.BoolVar(&bank.AllowRemote, "allow-remote", false, "listen where other machines can reach it")
	return flags
}

// milliseconds reads a duration; "never" is -1.
func milliseconds(into *int) func(string) error {
	return func(text string) error {
		if text == "never" {
			*into = -1
			return nil
		}
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			return errors.New("must be a duration such as 5s, or never")
		}
		*into = int(d / time.Millisecond)
		return nil
	}
}
