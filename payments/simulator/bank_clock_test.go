package simulator_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

func TestClockIsSetMovedStoppedAndBroughtBack(t *testing.T) {
	t.Parallel()
	var ticks atomic.Int64
	w := start(t, &simulator.Bank{Now: func() time.Time {
		return time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC).Add(time.Duration(ticks.Add(1)) * time.Millisecond)
	}})
	shows := func(what, body, day string, fixed bool) {
		t.Helper()
		if got := w.steer("clock", body); got.at("fixed") != fixed || !strings.HasPrefix(got.at("now").(string), day) {
			t.Errorf("%s: %v, want %s, fixed %t", what, got, day, fixed)
		}
	}
	shows("set", `{"now":"2027-01-01T00:00:00Z"}`, "2027-01-01T00:00:00.", false)
	shows("advance", `{"advance_seconds":86400}`, "2027-01-02T00:00:00.", false)
	shows("stop", `{"now":"2027-02-01T00:00:00Z","fixed":true}`, "2027-02-01T00:00:00Z", true)
	shows("nothing", `{}`, "2027-02-01T00:00:00Z", true)
	shows("advance while stopped", `{"advance_seconds":60}`, "2027-02-01T00:01:00Z", true)
	w.bank.Advance(time.Minute)
	shows("advance in Go", `{}`, "2027-02-01T00:02:00Z", true)
	shows("run on", `{"fixed":false}`, "2027-02-01T00:02:00.", false)
	shows("back", `{"offset_seconds":0}`, "2026-03-02T11:00:0", false)
	for _, wrong := range []string{`{"now":"2027-01-01T00:00:00Z","offset_seconds":1}`, `{"advance_seconds":99999999999}`, `{"now":"0001-01-01T00:00:00Z"}`, `{"now":"noon"}`} {
		r, _ := http.NewRequest("POST", w.url+"/_sim/clock", strings.NewReader(wrong))
		if status, _ := send(t, r); status != 400 {
			t.Errorf("%s: %d", wrong, status)
		}
	}
}

func TestS21_Determinism_ClockStandsStillFromTheStartAndStillExpiresOrders(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{StartTime: time.Date(2026, 3, 2, 11, 4, 11, 120934000, time.UTC), FixedClock: true})
	one, two := w.create(), w.create()
	for _, id := range []string{one, two} {
		w.receipt(id).expect(t, "zoned_create_date", "2026-03-02T11:04:11.120934Z", "zoned_expire_date", "2026-03-02T11:24:11.120934Z")
	}
	w.steer("clock", `{"advance_seconds":1200}`)
	w.receipt(one).expect(t, "order_status.key", "rejected", "reject_reason", "expiration")
	parse(t, w.shop.next(t).Body).expect(t, "zoned_request_time", "2026-03-02T11:24:11.120934Z")
}

func TestClockAndSettingsSurviveARestartUnlessTheStartSaysOtherwise(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/bank.db"
	run := func(bank *simulator.Bank, fn func(w *world)) {
		t.Helper()
		bank.DB = file
		server := &ending{TB: t}
		w := &world{t: t, bank: bank, url: simtest.StartBank(server, bank)}
		fn(w)
		server.end()
	}
	run(&simulator.Bank{}, func(w *world) {
		w.steer("settings", `{"settle_ms":70}`)
		w.steer("clock", `{"now":"2030-01-01T00:00:00Z","fixed":true}`)
	})
	run(&simulator.Bank{}, func(w *world) {
		w.sim("settings").expect(t, "settle_ms", 70.0)
		w.sim("clock").expect(t, "now", "2030-01-01T00:00:00Z", "fixed", true)
	})
	run(&simulator.Bank{Settings: simulator.Settings{Strict: true}, StartTime: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC), FixedClock: true}, func(w *world) {
		w.sim("settings").expect(t, "settle_ms", "no settle_ms", "strict", true)
		w.sim("clock").expect(t, "now", "2031-01-01T00:00:00Z")
	})
}
