package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
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
		ended <- run(ctx, []string{"-seed", "42", "-strict", "-loans"}, env(map[string]string{"SIMULATOR_ADDR": "127.0.0.1:0", "SIMULATOR_DB": t.TempDir() + "/bank.db"}), writer, io.Discard)
	}()
	line, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "bank: http://127.0.0.1:") {
		t.Fatalf("%q %v", line, err)
	}
	for path, want := range map[string]string{"public-key.pem": "-----BEGIN PUBLIC KEY-----", "settings": `"loans": true`} {
		response, err := http.Get(strings.TrimSpace(strings.TrimPrefix(line, "bank: ")) + "/_sim/" + path)
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
		{[]string{"-chaos", "101"}, ""},
		{[]string{"-no-such-flag"}, ""},
		{nil, "0.0.0.0:0"},
		{nil, "nonsense"},
	} {
		if err := run(t.Context(), c.args, env(map[string]string{"SIMULATOR_ADDR": c.addr, "SIMULATOR_DB": ":memory:"}), io.Discard, io.Discard); err == nil {
			t.Errorf("%v %q: started", c.args, c.addr)
		}
	}
}
