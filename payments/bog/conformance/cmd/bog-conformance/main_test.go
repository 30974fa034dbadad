package main

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"dukani/payments/bog/conformance"
	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

func environment(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

// The command as it would run against the sandbox, here against a bank that
// decides everything unconfirmed in another way than we read the sources.
func TestAnOddBankIsRecordedNotFailed(t *testing.T) {
	t.Parallel()
	b := &simulator.Bank{Settings: simulator.Settings{
		HAL: true, CancelledHold: "refunded", SilentOn: []string{"blocked", "authorization"}, SettleMS: 30, ExpiresIn: "epoch_ms", FormCredentials: true,
	}}
	url := simtest.StartBank(t, b)
	if err := b.Open(); err != nil {
		t.Fatal(err)
	}
	fault := httptest.NewRequest("POST", url+"/_sim/faults", strings.NewReader(`{"kind":"html_error_page","route":"save_card"}`))
	fault.RemoteAddr = "127.0.0.1:1"
	answer := httptest.NewRecorder()
	b.Handler().ServeHTTP(answer, fault)
	if answer.Code >= 300 {
		t.Fatal(answer.Body)
	}
	var out strings.Builder
	only := `^(token|create\.minimal|format\.content_type|payment\.completed|hold\.cancel|cards\.save$|callback)`
	err := run(t.Context(), []string{"-json", "-run", only}, environment(map[string]string{
		"BOG_SANDBOX_CLIENT_ID": simulator.DefaultClientID, "BOG_SANDBOX_CLIENT_SECRET": simulator.DefaultClientSecret, "BOG_SANDBOX_URL": url, "CI": "true",
	}), strings.NewReader(""), &out, io.Discard)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	var report conformance.Report
	if err := json.Unmarshal([]byte(out.String()), &report); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]conformance.Outcome{
		"create.minimal": conformance.Passed, "payment.completed": conformance.Passed, "hold.cancel": conformance.Passed,
		"cards.save": conformance.Skipped, "callback.paid": conformance.Skipped,
	} {
		if r, _ := report.Result(id); r.Outcome != want || want == conformance.Skipped && r.Detail == "" {
			t.Errorf("%s is %s, want %s: %s", id, r.Outcome, want, r.Detail)
		}
	}
	for _, id := range []string{"token.lifetime", "token.form_credentials", "format.content_type", "hold.cancel_status"} {
		if r, _ := report.Result(id); r.Outcome != conformance.Recorded || len(r.Differs) == 0 || len(r.Facts) == 0 {
			t.Errorf("%s does not show that the bank is odd: %+v", id, r)
		}
	}
	if strings.Contains(out.String(), simulator.DefaultClientSecret) {
		t.Error("the report holds the secret")
	}
}

func TestNothingRunsByAccident(t *testing.T) {
	t.Parallel()
	credentials := map[string]string{"BOG_SANDBOX_CLIENT_ID": "x", "BOG_SANDBOX_CLIENT_SECRET": "y"}
	ci := map[string]string{"BOG_SANDBOX_CLIENT_ID": "x", "BOG_SANDBOX_CLIENT_SECRET": "y", "CI": "true"}
	far := map[string]string{"BOG_SANDBOX_CLIENT_ID": "x", "BOG_SANDBOX_CLIENT_SECRET": "y", "BOG_SANDBOX_URL": "https://api.bog.ge"}
	for _, c := range []struct {
		name string
		env  map[string]string
		want string
	}{{"no credentials", nil, "BOG_SANDBOX_CLIENT_ID"}, {"automatic build", ci, "automatic builds"}, {"production", far, "production"}} {
		err := run(t.Context(), nil, environment(c.env), strings.NewReader(""), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	target, stop, err := conformance.Sandbox(environment(credentials))
	if err != nil {
		t.Fatal(err)
	}
	stop()
	target.Remote = false
	if _, err := conformance.Run(t.Context(), target); err == nil || !strings.Contains(err.Error(), "another machine") {
		t.Errorf("another machine: %v", err)
	}
}
