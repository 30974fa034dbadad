package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"dukani/models"
	"dukani/models/storetest"
)

// Credentials are tried at the start, loudly; the shop starts all the same.
func TestCredentialsAreTriedAtTheStart(t *testing.T) {
	t.Parallel()
	const refused = `{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}`
	for name, c := range map[string]struct {
		status     int
		body, want string
		refused    float64
	}{
		"right":  {200, `{"access_token":"a","token_type":"Bearer","expires_in":300}`, "", 0},
		"wrong":  {401, refused, "level=ERROR msg=\"nobody can pay", 1},
		"silent": {503, "", "level=WARN msg=\"the bank does not answer", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bank := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(c.status)
				w.Write([]byte(c.body))
			}))
			defer bank.Close()
			store, err := models.Open(t.Context(), storetest.New(t))
			if err != nil {
				t.Fatal(err)
			}
			defer store.Close()
			cfg, err := readConfig(settings())
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			log := slog.New(slog.NewTextHandler(&text, nil))
			desk, _, err := newDesk(cfg, store, log, &simulated{url: bank.URL, now: store.Now})
			if err != nil {
				t.Fatal(err)
			}
			tryAccess(t.Context(), desk, cfg.Bank, log)
			if !strings.Contains(text.String(), c.want) || c.want == "" && text.Len() > 0 {
				t.Errorf("logged %q, want %q", text.String(), c.want)
			}
			if strings.Contains(text.String(), cfg.ClientSecret) {
				t.Error("the log has the secret")
			}
			registry := prometheus.NewRegistry()
			registry.MustRegister(outages(desk)...)
			gauges, err := registry.Gather()
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]float64{"dukani_bank_access_refused": c.refused, "dukani_bank_silent": 0} // once is no outage yet
			for _, g := range gauges {
				if got := g.GetMetric()[0].GetGauge().GetValue(); got != want[g.GetName()] {
					t.Errorf("%s is %v, want %v", g.GetName(), got, want[g.GetName()])
				}
			}
		})
	}
}
