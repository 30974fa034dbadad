package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"dukani/handlers"
	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
	"dukani/payments/simulator"
)

// Visitors cannot fill the disk with log lines: of equal lines one a second is written, with
// their number, and of long values only the beginning.
func TestFloodsDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	client, err := bog.New(bog.Config{
		Endpoints: bog.Simulator("http://127.0.0.1:1"), ClientID: simulator.DefaultClientID, ClientSecret: simulator.DefaultClientSecret,
	})
	must(t, err)
	desk, err := payments.New(payments.Config{
		Store: s.store, Bank: client, BaseURL: shopURL, TTL: 15 * time.Minute, Log: slog.New(handlers.LogHandler(slog.NewTextHandler(s.log, nil))),
	})
	must(t, err)
	s.open(func(c *handlers.Config) { c.Desk, c.RatePerMinute = desk, 5 })
	start := time.Now()
	const n = 150
	for i := range n {
		s.do(request("POST", "/bog/callback", map[string][]string{"a": {"b"}}, "Callback-Signature", strings.Repeat("A", 6000), "User-Agent", strings.Repeat("B", 1000)))
		s.get(fmt.Sprint("/nowhere/", i))
		s.get("/en/suggest?q=a") // too often
		s.do(request("POST", "/en/cart/items", map[string][]string{"product": {"x"}}, "Content-Encoding", "gzip"))
		s.do(request("POST", "/en/cart/items", map[string][]string{"product": {"x"}}, "Origin", "https://evil.example"))
	}
	seconds := int(time.Since(start)/time.Second) + 2
	log := s.log.String()
	// Two lines for the callback, the request and the reason; one for each of the four other
	// requests; five for the searches that were answered.
	if lines, most := strings.Count(log, "\n"), 6*seconds+10; lines > most || len(log) > lines*1000 {
		t.Errorf("%d requests in %d seconds wrote %d lines and %d bytes, want at most %d lines", 5*n, seconds, lines, len(log), most)
	}
	for _, want := range []string{"callback refused", "route=/bog/callback status=401", "route=unmatched status=404", "status=429", "status=415", "status=403"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not tell of %q", want)
		}
	}
	if rows := s.number("SELECT count(*) FROM payment_events"); rows != 1 {
		t.Errorf("%d rows in the journal, which keeps them for ever, want 1 in a minute", rows)
	}
}

// Lines that are held back are counted, different errors are all written, and long ones are cut.
func TestHeldBackLinesAreCounted(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	cause := errors.New(strings.Repeat("long ", 2000))
	s.open(func(c *handlers.Config) {
		c.Ready = []handlers.Check{
			{Name: "one", Required: true, Func: func(context.Context) error { return cause }},
			{Name: "two", Required: true, Func: func(context.Context) error { return &models.Error{Code: "another cause"} }},
		}
		at := time.Now()
		c.Now = func() time.Time { at = at.Add(time.Minute); return at } // so that each request runs the checks
	})
	told := func(what string) int { return strings.Count(s.log.String(), what) }
	deadline := time.Now().Add(20 * time.Second)
	for told("held_back=") == 0 && time.Now().Before(deadline) {
		s.get("/readyz")
	}
	if told("held_back=") == 0 || told("another cause") == 0 || told("err=\"long") == 0 {
		t.Errorf("the log says\n%.3000s", s.log.String())
	}
	if n := told("long "); n > 500*told("err=\"long") {
		t.Errorf("an error of 10,000 bytes is logged whole")
	}
}
