package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func env(pairs map[string]string) func(string) string {
	return func(name string) string { return pairs[name] }
}

func TestRunPrintsItsAddressAndStopsCleanly(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-seed", "42", "-strict", "-loans"}, env(map[string]string{"SIMULATOR_ADDR": "127.0.0.1:0", "SIMULATOR_DB": t.TempDir() + "/bank.db",
			"SIMULATOR_CLIENT_ID": "my-shop", "SIMULATOR_CLIENT_SECRET": "my-secret"}), writer, io.Discard)
	}()
	said := bufio.NewReader(reader)
	line, err := said.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "bank: http://127.0.0.1:") {
		t.Fatalf("%q %v", line, err)
	}
	// The following lines are what a shop has to be configured with.
	url := strings.TrimSpace(strings.TrimPrefix(line, "bank: "))
	for _, want := range []string{"client id: my-shop", "client secret: my-secret", "callback key: " + url + "/_sim/public-key.pem", "inspector: " + url + "/_sim/"} {
		if line, err := said.ReadString('\n'); err != nil || line != want+"\n" {
			t.Errorf("%q %v, want %q", line, err, want)
		}
	}
	for path, want := range map[string]string{"public-key.pem": "-----BEGIN PUBLIC KEY-----", "settings": `"loans": true`} {
		response, err := http.Get(url + "/_sim/" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s: %s %v", path, body, err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRunRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		addr string
	}{
		{[]string{"-chaos", "101"}, "127.0.0.1:0"},
		{[]string{"-chaos-callbacks", "-1"}, "127.0.0.1:0"},
		{[]string{"-callback", "pigeon"}, "127.0.0.1:0"},
		{[]string{"-settle", "soon"}, "127.0.0.1:0"},
		{[]string{"-token-life", "5ms"}, "127.0.0.1:0"},
		{[]string{"-clock", "yesterday"}, "127.0.0.1:0"},
		{[]string{"-settings", `{"retires":3}`}, "127.0.0.1:0"},
		{[]string{"-settings", `{} {}`}, "127.0.0.1:0"},
		{[]string{"chaos"}, "127.0.0.1:0"},
		{[]string{"-no-such-flag"}, ""},
		{nil, "0.0.0.0:0"},
		{nil, "nonsense"},
	} {
		if err := run(t.Context(), c.args, env(map[string]string{"SIMULATOR_ADDR": c.addr, "SIMULATOR_DB": ":memory:"}), io.Discard, io.Discard); err == nil {
			t.Errorf("%v %q: started", c.args, c.addr)
		}
	}
}

func TestFlagsSetTheBankUp(t *testing.T) {
	t.Parallel()
	bank := &simulator.Bank{}
	err := flagsOf(bank).Parse([]string{"-chaos", "5", "-chaos-callbacks", "6", "-chaos-payments", "7", "-seed", "42", "-strict", "-fixed-clock", "-clock", "2026-03-02T15:04:11+04:00",
		"-settings", `{"callback":{"mode":"lost"},"retries":3,"split":{"max_lines":5},"settle_ms":9}`, "-callback", "duplicate", "-settle", "1.5s", "-actions", "never", "-token-life", "30s"})
	if err != nil {
		t.Fatal(err)
	}
	want := &simulator.Bank{
		Chaos: 5, ChaosCallbacks: 6, ChaosPayments: 7, Seed: 42, FixedClock: true, StartTime: time.Date(2026, 3, 2, 11, 4, 11, 0, time.UTC),
		Settings: simulator.Settings{
			Strict: true, Callback: simulator.Delivery{Mode: "duplicate"}, Retries: 3, SettleMS: 1500, ActionMS: -1, TokenSeconds: 30,
			Split: simulator.SplitRules{MaxLines: 5},
		},
	}
	if diff := cmp.Diff(want, bank, cmpopts.IgnoreUnexported(simulator.Bank{})); diff != "" {
		t.Error(diff)
	}
}
