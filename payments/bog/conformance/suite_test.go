package conformance_test

import (
	"context"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"dukani/payments/bog"
	"dukani/payments/bog/conformance"
	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

// target returns a running simulator with everything that the suite can use.
func target(t *testing.T, b *simulator.Bank) conformance.Target {
	t.Helper()
	inbox := conformance.NewInbox()
	shop := httptest.NewServer(inbox)
	t.Cleanup(shop.Close)
	url := simtest.StartBank(t, b)
	return conformance.Target{
		Name: "simulator",
		Config: bog.Config{
			Endpoints: bog.Simulator(url), ClientID: simulator.DefaultClientID, ClientSecret: simulator.DefaultClientSecret,
			CallbackKeys: []string{b.PublicKeyPEM()},
		},
		Payer: conformance.FormPayer{}, Inbox: inbox, CallbackURL: shop.URL + "/callback",
		GooglePayToken: `{"signature":"4000000000000010"}`, GooglePayToken3DS: `{"authMethod":"PAN_ONLY","signature":"4000000000000001"}`, ApplePayToken: `{"data":"opaque"}`,
		AccountTag: "books",
		Wait:       func(_ context.Context, d time.Duration) error { return b.Advance(d) },
	}
}

func run(t *testing.T, target conformance.Target) *conformance.Report {
	t.Helper()
	report, err := conformance.Run(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func asText(t *testing.T, r *conformance.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// wholeBank returns a simulator with every feature open that the bank opens on request.
func wholeBank() *simulator.Bank {
	return &simulator.Bank{Settings: simulator.Settings{
		Methods:     []string{"card", "google_pay", "apple_pay", "bog_p2p", "bog_loyalty", "bnpl", "bog_loan", "gift_card"},
		AccountTags: []string{"books"},
	}}
}

// skipped are the checks that may be skipped on the simulator. Any other skipped check fails the
// test, because a suite that checks nothing would pass.
var skipped = map[string]bool{}

func TestSimulatorConforms(t *testing.T) {
	t.Parallel()
	report := run(t, target(t, wholeBank()))
	if !report.OK() || len(report.Different()) > 0 {
		t.Error(asText(t, report))
	}
	for _, r := range report.With(conformance.Skipped) {
		if !skipped[r.ID] {
			t.Errorf("%s was skipped: %s", r.ID, r.Detail)
		}
	}
	if n := len(report.Results); n < 100 {
		t.Errorf("only %d checks", n)
	}
}

// Waiting for a token to expire takes minutes, so the suite says that it waits.
func TestWaitsAreAnnouncedAndBounded(t *testing.T) {
	t.Parallel()
	var said []string
	bank := target(t, &simulator.Bank{})
	bank.Only = func(id string) bool { return id == "bearer.expired" }
	bank.Waiting = func(d time.Duration, what string) { said = append(said, d.String()+" "+what) }
	if r, _ := run(t, bank).Result("bearer.expired"); r.Outcome != conformance.Passed || len(said) != 1 || said[0] != "5m1s the life of a token" {
		t.Errorf("%s, announced %q", r.Outcome, said)
	}
	bank.LongestWait = time.Minute
	if r, _ := run(t, bank).Result("bearer.expired"); r.Outcome != conformance.Skipped || !strings.Contains(r.Detail, "1m0s at most") || len(said) != 1 {
		t.Errorf("%s %q, announced %q", r.Outcome, r.Detail, said)
	}
}

// With credentials in the environment the same suite runs against the bank's own sandbox. The
// README lists what else it can use.
func TestSandbox(t *testing.T) {
	target, stop, err := conformance.Sandbox(os.Getenv)
	if err != nil {
		t.Skip("there is no sandbox to try: ", err)
	}
	defer stop()
	report := run(t, target)
	t.Log(asText(t, report))
	if !report.OK() {
		t.Error("the sandbox does not conform")
	}
}
