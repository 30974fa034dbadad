package bog_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dukani/payments/bog"
)

// inTurn answers the first call with the first of answers and so on, and then always with the
// last one.
func inTurn(answers ...func(http.ResponseWriter)) *bank {
	return &bank{answer: func(w http.ResponseWriter, _ *http.Request, n int) { answers[min(n, len(answers))-1](w) }}
}

// recorded answers with a recorded receipt in which texts are replaced.
func recorded(t testing.TB, file string, replace ...string) func(http.ResponseWriter) {
	body := strings.NewReplacer(replace...).Replace(string(golden(t, file)))
	return func(w http.ResponseWriter) { sendJSON(w, 200, body) }
}

func fails(status int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { sendJSON(w, status, `{"message":"no"}`) }
}

// tiny is a Wait with minimal pauses, for tests over a real connection.
var tiny = bog.Wait{Timeout: 30 * time.Second, Pause: time.Millisecond, MaxPause: time.Millisecond}

func once(c *bog.Config) { c.Retry.Attempts = 1 }

func TestWaitForOrder(t *testing.T) {
	t.Parallel()
	created, paid := recorded(t, "receipt_created.json"), recorded(t, "receipt_paid.json")
	status := func(s string) func(http.ResponseWriter) {
		return recorded(t, "receipt_paid.json", `"completed"`, `"`+s+`"`)
	}
	for name, tc := range map[string]struct {
		bank  *bank
		want  bog.Status
		calls int
	}{
		"paid already":        {inTurn(paid), bog.StatusCompleted, 1},
		"paid in the end":     {inTurn(created, status("processing"), paid), bog.StatusCompleted, 3},
		"declined":            {inTurn(created, recorded(t, "receipt_rejected.json"), paid), bog.StatusRejected, 2},
		"held":                {inTurn(created, recorded(t, "receipt_blocked.json"), paid), bog.StatusBlocked, 2},
		"an approve runs":     {inTurn(status("auth_requested"), paid), bog.StatusCompleted, 2},
		"a refund runs":       {inTurn(status("refund_requested"), recorded(t, "receipt_refunded.json")), bog.StatusRefunded, 2},
		"a status of the day": {inTurn(status("under_review"), paid), bog.StatusCompleted, 2},
		"no status at all":    {inTurn(status(""), paid), bog.StatusCompleted, 2},
		"500, 429, 408":       {inTurn(fails(500), fails(429), fails(408), paid), bog.StatusCompleted, 4},
		"lost answer":         {inTurn(func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, paid), bog.StatusCompleted, 2},
		"an unreadable one":   {inTurn(func(w http.ResponseWriter) { send(w, 200, "text/html", "<h1>soon</h1>") }, paid), bog.StatusCompleted, 2},
		"tokens refused":      {inTurn(fails(401), fails(401), paid), bog.StatusCompleted, 3}, // each reading repeats a 401 once
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, tc.bank, once)
			r, err := c.WaitForOrder(t.Context(), orderID, tiny)
			if err != nil || r.Status() != tc.want {
				t.Fatalf("got %+v, %v", r, err)
			}
			if calls, _ := tc.bank.recorded(); len(calls) != tc.calls {
				t.Errorf("%d readings, want %d", len(calls), tc.calls)
			}
		})
	}
}

func TestWaitSurvivesWithoutAToken(t *testing.T) {
	t.Parallel()
	b := &bank{answer: paid(t), token: func(w http.ResponseWriter, _ *http.Request, n int) {
		if n <= 2 {
			sendJSON(w, 503, `{}`)
			return
		}
		sendToken(w, n, "300")
	}}
	if r, err := start(t, b, once).WaitForOrder(t.Context(), orderID, tiny); err != nil || !r.Status().IsPaid() {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestWaitEndsAtOnce(t *testing.T) {
	t.Parallel()
	created := recorded(t, "receipt_created.json")
	for name, tc := range map[string]struct {
		bank  *bank
		id    string
		check func(error) bool
		read  bool // whether a receipt could be read before
	}{
		"an unknown order": {inTurn(func(w http.ResponseWriter) { sendJSON(w, 400, string(golden(t, "error_invalid_order.json"))) }), orderID, bog.IsNotFound, false},
		"forgotten":        {inTurn(created, fails(404)), orderID, bog.IsNotFound, true},
		"not allowed": {inTurn(created, fails(403)), orderID, func(err error) bool {
			e, ok := errors.AsType[*bog.APIError](err)
			return ok && e.Status == 403
		}, true},
		"wrong credentials": {&bank{token: func(w http.ResponseWriter, _ *http.Request, _ int) { sendJSON(w, 401, `{"error":"invalid_client"}`) }}, orderID,
			func(err error) bool {
				e, ok := errors.AsType[*bog.AuthError](err)
				return ok && !e.Temporary()
			}, false},
		"no id": {new(bank), "", bog.Refused, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := start(t, tc.bank, once).WaitForOrder(t.Context(), tc.id, tiny)
			if _, late := errors.AsType[*bog.WaitError](err); late || !tc.check(err) || (r != nil) != tc.read {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
}

func TestWaitForAction(t *testing.T) {
	t.Parallel()
	const running = `"processing"`
	c := start(t, inTurn(
		recorded(t, "receipt_paid.json"), // the bank has not begun with the action
		recorded(t, "receipt_refunded_partially.json", `"status": "completed"`, `"status": `+running),
		recorded(t, "receipt_refunded_partially.json"),
	), once)
	a, r, err := c.WaitForAction(t.Context(), orderID, strings.ToUpper(actionID), tiny)
	if err != nil || a.Status != bog.ActionCompleted || a.Amount != 1250 || r.PurchaseUnits.RefundAmount != 1250 {
		t.Errorf("got %+v, %+v, %v", a, r, err)
	}
	refused := r.Actions[1].ActionID
	if a, _, err := c.WaitForAction(t.Context(), orderID, refused, tiny); err != nil || a.Status != bog.ActionRejected {
		t.Errorf("rejected: got %+v, %v", a, err)
	}
	if _, r, err := c.WaitForAction(t.Context(), orderID, "", tiny); r != nil || !bog.Refused(err) {
		t.Errorf("without an id: %+v, %v", r, err)
	}
}

func TestWaitIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := inTurn(recorded(t, "receipt_created.json"))
		c := inMemory(t, b)
		began := time.Now()
		r, err := c.WaitForOrder(t.Context(), orderID, bog.Wait{})
		e, ok := errors.AsType[*bog.WaitError](err)
		if !ok || !errors.Is(err, context.DeadlineExceeded) || bog.Refused(err) || e.Status != bog.StatusCreated || e.Last != nil || r.Status() != bog.StatusCreated {
			t.Errorf("got %+v, %v", r, err)
		}
		if took := time.Since(began); took != time.Minute {
			t.Errorf("waited %v, want 1 min", took)
		}
		// The pauses are 0.5, 1, 2, 4, 8, 10, 10… seconds, each cut randomly by up to a half.
		if calls, _ := b.recorded(); len(calls) < 9 || len(calls) > 15 {
			t.Errorf("%d readings in a minute", len(calls))
		}

		a, r, err := c.WaitForAction(t.Context(), orderID, actionID, bog.Wait{Timeout: 3 * time.Second})
		if want := "bog: wait for order " + orderID + ", action " + actionID + ": still created: context deadline exceeded"; err == nil || err.Error() != want ||
			a != (bog.Action{}) || r == nil {
			t.Errorf("got %+v, %+v, %v", a, r, err)
		}
	})
}

func TestWaitTellsWhyNothingWasRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := inMemory(t, inTurn(fails(503)))
		a, r, err := c.WaitForAction(t.Context(), orderID, actionID, bog.Wait{Timeout: 20 * time.Second})
		e, ok := errors.AsType[*bog.WaitError](err)
		if !ok || r != nil || a != (bog.Action{}) || e.Status != "" || !strings.Contains(err.Error(), "503") {
			t.Fatalf("got %+v, %v", r, err)
		}
		if last, ok := errors.AsType[*bog.APIError](e.Last); !ok || last.Status != 503 {
			t.Errorf("last: %v", e.Last)
		}
		if _, wrapped := errors.AsType[*bog.APIError](err); wrapped {
			t.Error("the error of a reading passes for the call's own")
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := inMemory(t, inTurn(recorded(t, "receipt_created.json")))
		shutdown := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(5*time.Second, func() { cancel(shutdown) })
		began := time.Now()
		r, err := c.WaitForOrder(ctx, orderID, bog.Wait{})
		if !errors.Is(err, shutdown) || r == nil || time.Since(began) != 5*time.Second {
			t.Errorf("after %v: %+v, %v", time.Since(began), r, err)
		}
		if r, err := c.WaitForOrder(ctx, orderID, bog.Wait{}); !errors.Is(err, shutdown) || r != nil {
			t.Errorf("a context that had ended before: %+v, %v", r, err)
		}
	})
}

func TestWaitDoesAsItIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := inMemory(t, inTurn(func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "20")
			sendJSON(w, 429, `{}`)
		}, recorded(t, "receipt_paid.json")), once)
		began := time.Now()
		if _, err := c.WaitForOrder(t.Context(), orderID, bog.Wait{}); err != nil || time.Since(began) != 20*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

// Orders are reported that were rejected first and completed before they expired.
func TestWaitHeals(t *testing.T) {
	t.Parallel()
	// The recorded orders expire 20 minutes after this moment.
	created := time.Date(2026, 3, 2, 11, 4, 11, 120934000, time.UTC)
	patient := bog.Wait{Timeout: time.Hour, Heal: true}
	rejected := recorded(t, "receipt_rejected.json")
	for name, tc := range map[string]struct {
		bank     *bank
		want     bog.Status
		min, max time.Duration
	}{
		"healed":           {inTurn(rejected, rejected, recorded(t, "receipt_paid.json")), bog.StatusCompleted, 0, 2 * time.Second},
		"not healed":       {inTurn(rejected), bog.StatusRejected, 20 * time.Minute, 20*time.Minute + 10*time.Second},
		"expired":          {inTurn(recorded(t, "receipt_expired.json")), bog.StatusRejected, 0, 0},
		"no date to go by": {inTurn(recorded(t, "receipt_rejected.json", "expire_date", "gone")), bog.StatusRejected, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				c := inMemory(t, tc.bank, func(c *bog.Config) { c.Now = func() time.Time { return created.Add(time.Since(began)) } })
				r, err := c.WaitForOrder(t.Context(), orderID, patient)
				if took := time.Since(began); err != nil || r.Status() != tc.want || took < tc.min || took > tc.max {
					t.Errorf("after %v: %v, %v", took, r.Status(), err)
				}
				synctest.Wait()
			})
		})
	}
}

func TestObserverInTheContext(t *testing.T) {
	t.Parallel()
	b := inTurn(fails(500), func(w http.ResponseWriter) { w.WriteHeader(202) })
	c := start(t, b, func(c *bog.Config) { c.Retry.BaseDelay = time.Millisecond })
	var seen []bog.Exchange // without a lock, so that the race detector notices other goroutines
	ctx := bog.WithObserver(t.Context(), func(x bog.Exchange) { seen = append(seen, x) })
	if err := c.SaveCard(ctx, orderID, bog.CallOptions{IdempotencyKey: testKey}); err != nil {
		t.Fatal(err)
	}
	if err := c.SaveCard(t.Context(), orderID); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || seen[0].Status != 500 || seen[1].Status != 202 || seen[1].Attempt != 2 || seen[0].Op != bog.OpSaveCard || seen[0].Key != testKey {
		t.Errorf("seen %+v", seen)
	}
}
