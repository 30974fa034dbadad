package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// start runs the shop with its own files and free ports, and returns its address
// and a way to stop it.
func start(t *testing.T, pairs ...string) (url string, stop func() error) {
	t.Helper()
	dir := t.TempDir()
	getenv := settings(append([]string{
		"SHOP_ADDR", "127.0.0.1:0", "SIMULATOR_ADDR", "127.0.0.1:0", "IDENTITY_ADDR", "127.0.0.1:0",
		"DATABASE_URL", filepath.Join(dir, "shop.db"), "SIMULATOR_DB", filepath.Join(dir, "bank.db"),
	}, pairs...)...)
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, nil, getenv, in, io.Discard)
		in.CloseWithError(io.EOF)
		ended <- err
	}()
	lines := bufio.NewScanner(out)
	for url == "" && lines.Scan() {
		url, _ = strings.CutPrefix(lines.Text(), "shop: ")
		if !strings.HasPrefix(url, "http") {
			url = ""
		}
	}
	if url == "" {
		t.Fatalf("the shop did not start: %v", <-ended)
	}
	go io.Copy(io.Discard, out)
	return url, func() error {
		cancel()
		return <-ended
	}
}

func TestServeUntilStopped(t *testing.T) {
	for name, pairs := range map[string][]string{
		"beside the simulated bank": nil,
		"with a real bank": {
			"BOG_ENV", "sandbox", "SHOP_BASE_URL", "https://shop.example", "SHOP_SECRET", strings.Repeat("x", 40),
			"BOG_CLIENT_ID", "10077", "BOG_CLIENT_SECRET", "s3cret",
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, stop := start(t, pairs...)
			for range 20 { // one that stops by itself may still answer the first
				answer, err := http.Get(url + "/healthz")
				if err != nil {
					t.Fatalf("the shop has stopped by itself: %v", err)
				}
				answer.Body.Close()
				if answer.StatusCode != http.StatusOK {
					t.Fatalf("healthz: %s", answer.Status)
				}
			}
			if err := stop(); err != nil {
				t.Errorf("stopped with %v", err)
			}
		})
	}
}

// The shop is whole without the simulated provider, whose port may be somebody's.
func TestServeWithoutProvider(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		addr    string
		offered bool
	}{{taken.Addr().String(), false}, {"127.0.0.1:0", true}} {
		url, stop := start(t, "IDENTITY_ADDR", c.addr)
		answer, err := http.Get(url + "/en/login")
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(answer.Body)
		if answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK || strings.Contains(string(page), "/login/provider") != c.offered {
			t.Errorf("%s: %s, %v, want the button %v", c.addr, answer.Status, err, c.offered)
		}
		if err := stop(); err != nil {
			t.Errorf("stopped with %v", err)
		}
	}
}

// The command works with nothing set, as the README has it, beside a running shop.
func TestReconcile(t *testing.T) {
	dir := t.TempDir()
	files := []string{"DATABASE_URL", filepath.Join(dir, "shop.db"), "SIMULATOR_DB", filepath.Join(dir, "bank.db")}
	_, stop := start(t, files...)
	defer stop()
	var out strings.Builder
	if err := run(t.Context(), []string{"reconcile"}, settings(files...), &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if want := "asked the bank about 0 payments\nnothing needs review\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

// A file that the simulated bank was tried with has people whose password everybody
// knows.
func TestNoDemoPeopleBesideARealBank(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.db")
	_, stop := start(t, "DATABASE_URL", file)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	getenv := settings("SHOP_ADDR", "127.0.0.1:0", "DATABASE_URL", file, "BOG_ENV", "sandbox", "SHOP_BASE_URL", "https://shop.example",
		"SHOP_SECRET", strings.Repeat("x", 40), "BOG_CLIENT_ID", "10077", "BOG_CLIENT_SECRET", "s3cret")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := run(ctx, nil, getenv, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "nino@example.ge") {
		t.Errorf("started with the demo customer: %v", err)
	}
}
