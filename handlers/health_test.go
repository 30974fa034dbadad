package handlers_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dukani/handlers"
)

func TestReadiness(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	now := time.Now()
	var database, bank error
	asked := 0
	s.open(func(cfg *handlers.Config) {
		cfg.Now = func() time.Time { return now }
		cfg.Ready = []handlers.Check{
			{Name: "database", Required: true, Func: func(ctx context.Context) error { asked++; return errors.Join(database, s.store.Ping(ctx)) }},
			{Name: "bank", Func: func(context.Context) error { return bank }},
		}
	})
	type answer struct {
		Status string
		Checks map[string]string
	}
	for _, c := range []struct {
		name           string
		database, bank error
		status         int
		want           answer
	}{
		{"all well", nil, nil, 200, answer{"ok", map[string]string{"database": "ok", "bank": "ok"}}},
		{"bank away", nil, errors.New("secret reason"), 200, answer{"degraded", map[string]string{"database": "ok", "bank": "failing"}}},
		{"database away", errors.New("disk full"), nil, 503, answer{"unavailable", map[string]string{"database": "failing", "bank": "ok"}}},
		{"both away", errors.New("disk full"), errors.New("no"), 503, answer{"unavailable", map[string]string{"database": "failing", "bank": "failing"}}},
	} {
		database, bank = c.database, c.bank
		now = now.Add(time.Minute)
		r := s.get("/readyz")
		var got answer
		must(t, json.Unmarshal([]byte(r.text), &got))
		if diff := cmp.Diff(c.want, got); diff != "" || r.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d (-want +got):\n%s", c.name, r.StatusCode, c.status, diff)
		}
		if r.StatusCode == 503 {
			if h := s.get("/healthz"); h.StatusCode != 200 {
				t.Errorf("%s: /healthz = %d", c.name, h.StatusCode)
			}
		}
	}
	if !strings.Contains(s.log.String(), "secret reason") {
		t.Error("the log does not tell why the bank is away")
	}
	before := asked
	s.get("/readyz")
	s.get("/readyz")
	if asked != before {
		t.Errorf("within a second the checks ran %d times more", asked-before)
	}
}

func TestPanicIsAnErrorPage(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(func(cfg *handlers.Config) { cfg.Now = func() time.Time { panic("the clock stopped") } })
	r := s.get("/readyz")
	if r.StatusCode != 500 || strings.Contains(r.text, "clock") || !strings.Contains(s.log.String(), "the clock stopped") {
		t.Errorf("%d\n%s\n%s", r.StatusCode, r.text, s.log)
	}
	if r := s.get("/ka"); r.StatusCode != 200 {
		t.Errorf("after that /ka = %d", r.StatusCode)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.get("/ka/p/" + wine)
	s.get("/ka/p/" + wine)
	s.get("/en/orders/SECRET/x")
	r := s.get("/metrics")
	for _, want := range []string{
		`http_request_duration_seconds_count{method="GET",route="/ka/p/:product",status="200"} 2`,
		`http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 1`, "go_goroutines",
	} {
		if !strings.Contains(r.text, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(r.text, "SECRET") || strings.Contains(r.text, wine) {
		t.Error("an address is among the metrics")
	}
}
