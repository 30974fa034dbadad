package bog_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dukani/payments/bog"
)

func paid(t testing.TB) func(http.ResponseWriter, *http.Request, int) {
	return answers(200, string(golden(t, "receipt_paid.json")))
}

func read(t *testing.T, c *bog.Client) {
	t.Helper()
	if _, err := c.Receipt(t.Context(), orderID); err != nil {
		t.Fatal(err)
	}
}

func TestTokenRequest(t *testing.T) {
	t.Parallel()
	b := &bank{answer: paid(t)}
	read(t, start(t, b))
	_, auths := b.recorded()
	got := auths[0]
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("10077:"+secret))
	if got.Method != "POST" || got.Body != "grant_type=client_credentials" || got.Header.Get("Authorization") != want ||
		got.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || got.Header.Get("Accept") != "application/json" {
		t.Errorf("sent %+v", got)
	}
}

func TestTokenInAForm(t *testing.T) {
	t.Parallel()
	b := &bank{answer: paid(t), token: func(w http.ResponseWriter, _ *http.Request, _ int) {
		send(w, 200, "application/x-www-form-urlencoded", "access_token=token-1&token_type=Bearer&expires_in=300")
	}}
	c := start(t, b, func(c *bog.Config) { c.HTTPClient, c.UserAgent = new(http.Client), "dukani-test" })
	read(t, c)
	read(t, c)
	calls, auths := b.recorded()
	if len(auths) != 1 || auths[0].Header.Get("User-Agent") != "dukani-test" || calls[1].Header.Get("Authorization") != "Bearer token-1" {
		t.Errorf("%d token calls %+v, then %+v", len(auths), auths, calls[1])
	}
}

func TestTokenLifetimes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		expiresIn func(now time.Time) string
		lives     time.Duration // the life as read, before the margin is subtracted
	}{
		"seconds":             {func(time.Time) string { return "300" }, 300 * time.Second},
		"seconds in a string": {func(time.Time) string { return `"300"` }, 300 * time.Second},
		"a second":            {func(time.Time) string { return "1" }, time.Second},
		"a day is too long":   {func(time.Time) string { return "86400" }, time.Hour},
		"epoch milliseconds":  {func(n time.Time) string { return fmt.Sprint(n.Add(10 * time.Minute).UnixMilli()) }, 10 * time.Minute},
		"epoch seconds":       {func(n time.Time) string { return fmt.Sprint(n.Add(10 * time.Minute).Unix()) }, 10 * time.Minute},
		"epoch in the past":   {func(n time.Time) string { return fmt.Sprint(n.Add(-time.Minute).UnixMilli()) }, time.Minute},
		"epoch in a century":  {func(n time.Time) string { return fmt.Sprint(n.AddDate(100, 0, 0).UnixMilli()) }, time.Hour},
		"null":                {func(time.Time) string { return "null" }, time.Minute},
		"zero":                {func(time.Time) string { return "0" }, time.Minute},
		"empty":               {func(time.Time) string { return `""` }, time.Minute},
		"words":               {func(time.Time) string { return `"soon"` }, time.Minute},
		"an object":           {func(time.Time) string { return `{"seconds":300}` }, time.Minute},
		"a fraction":          {func(time.Time) string { return "300.0" }, 300 * time.Second},
		"beyond all numbers":  {func(time.Time) string { return strings.Repeat("9", 400) }, time.Minute},
		"negative":            {func(time.Time) string { return "-5" }, time.Minute},
		"in between":          {func(time.Time) string { return "90000" }, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				// The clock of a bubble begins in 2000, when Unix seconds had nine digits.
				now := func() time.Time { return time.Now().AddDate(30, 0, 0) }
				b := &bank{answer: paid(t), token: func(w http.ResponseWriter, _ *http.Request, n int) {
					sendToken(w, n, tc.expiresIn(now()))
				}}
				c := inMemory(t, b, func(c *bog.Config) { c.Now = now })
				tokens := func() int {
					read(t, c)
					synctest.Wait() // for the renewal in the background
					_, auths := b.recorded()
					return len(auths)
				}
				if got := tokens(); got != 1 {
					t.Fatalf("%d tokens for the first call", got)
				}
				early := min(tc.lives/5, time.Minute)
				time.Sleep(tc.lives - early - time.Millisecond)
				if got := tokens(); got != 1 {
					t.Errorf("renewed before %v", tc.lives-early)
				}
				time.Sleep(time.Millisecond)
				if got := tokens(); got != 2 {
					t.Errorf("not renewed after %v", tc.lives-early)
				}
				calls, _ := b.recorded()
				if got := calls[2].Header.Get("Authorization"); got != "Bearer token-1" {
					t.Errorf("the call that started the renewal used %s", got)
				}
				read(t, c)
				calls, _ = b.recorded()
				if got := calls[3].Header.Get("Authorization"); got != "Bearer token-2" {
					t.Errorf("the call after it used %s", got)
				}
			})
		})
	}
}

func TestTokenIsNotUsedToItsLastSecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &bank{answer: paid(t)}
		c := inMemory(t, b)
		read(t, c)
		time.Sleep(290 * time.Second)
		read(t, c)
		calls, _ := b.recorded()
		if got := calls[1].Header.Get("Authorization"); got != "Bearer token-2" {
			t.Errorf("10 s before its end: %s", got)
		}
	})
}

func TestOneFetchForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &bank{answer: paid(t), token: func(w http.ResponseWriter, _ *http.Request, n int) {
			time.Sleep(time.Second)
			sendToken(w, n, "300")
		}}
		c := inMemory(t, b)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		// The caller that starts the fetch gives up, which must not affect the others.
		wg.Go(func() {
			_, err := c.Receipt(ctx, orderID)
			if _, ok := errors.AsType[*bog.AuthError](err); !ok || !errors.Is(err, context.DeadlineExceeded) || !bog.Refused(err) {
				t.Errorf("the impatient one got %v", err)
			}
		})
		synctest.Wait()
		for range 20 {
			wg.Go(func() { read(t, c) })
		}
		wg.Wait()
		if calls, auths := b.recorded(); len(auths) != 1 || len(calls) != 20 {
			t.Errorf("%d tokens for %d calls", len(auths), len(calls))
		}
	})
}

func TestRevokedToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		receipt := paid(t)
		b := &bank{}
		b.answer = func(w http.ResponseWriter, r *http.Request, n int) {
			time.Sleep(10 * time.Millisecond)
			if r.Header.Get("Authorization") == "Bearer token-1" {
				sendJSON(w, 401, "")
				return
			}
			if r.Method == "POST" {
				sendJSON(w, 200, string(golden(t, "refund_received.json")))
				return
			}
			receipt(w, r, n)
		}
		c := inMemory(t, b)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { read(t, c) })
		}
		ack, err := c.Refund(t.Context(), orderID, bog.RefundRequest{Amount: 1250})
		wg.Wait()
		if err != nil {
			t.Fatal(err)
		}
		calls, auths := b.recorded()
		if len(auths) != 2 || len(calls) != 22 {
			t.Errorf("%d tokens and %d calls, want 2 and 22", len(auths), len(calls))
		}
		for _, call := range calls {
			if call.Method == "POST" && (call.Header.Get("Idempotency-Key") != ack.IdempotencyKey || call.Body != `{"amount":12.5}`) {
				t.Errorf("repeated as %+v", call)
			}
		}
	})
}

func TestUnauthorisedTwice(t *testing.T) {
	t.Parallel()
	b := &bank{answer: answers(401, `{"message":"Unauthorized"}`)}
	c := start(t, b)
	_, err := c.CreateOrder(t.Context(), candles())
	if e, ok := errors.AsType[*bog.APIError](err); !ok || e.Status != 401 || !bog.Refused(err) {
		t.Errorf("got %v", err)
	}
	if calls, auths := b.recorded(); len(calls) != 2 || len(auths) != 2 {
		t.Errorf("%d calls and %d tokens, want 2 and 2", len(calls), len(auths))
	}
}

func TestNoToken(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status            int
		contentType, body string
		code              string
		temporary         bool
		auths             int
	}{
		"wrong credentials": {401, "application/json", `{"error":"invalid_client","error_description":"Invalid client credentials"}`, "invalid_client", false, 1},
		"wrong grant":       {400, "application/json", `{"error":"unsupported_grant_type"}`, "unsupported_grant_type", false, 1},
		"blocked":           {403, "text/html", "<h1>Forbidden</h1>", "", false, 1},
		"broken":            {500, "text/html", "<h1>Oops</h1>", "", true, 2},
		"too many":          {429, "application/json", "{}", "", true, 2},
		"a page":            {200, "text/html", "<h1>Welcome</h1>", "", true, 2},
		"no token in it":    {200, "application/json", `{"expires_in":300}`, "", true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &bank{token: func(w http.ResponseWriter, _ *http.Request, _ int) { send(w, tc.status, tc.contentType, tc.body) }}
			c := start(t, b, func(c *bog.Config) { c.Retry = bog.Retry{Attempts: 2, BaseDelay: time.Millisecond} })
			_, err := c.CreateOrder(t.Context(), candles(), bog.CallOptions{IdempotencyKey: testKey})
			e, ok := errors.AsType[*bog.AuthError](err)
			if !ok || e.Status != tc.status || e.Code != tc.code || e.Temporary() != tc.temporary || e.Op != bog.OpCreateOrder || e.Key != testKey || !bog.Refused(err) {
				t.Errorf("got %+v, %v", e, err)
			}
			if calls, auths := b.recorded(); len(calls) != 0 || len(auths) != tc.auths {
				t.Errorf("%d calls and %d token calls, want 0 and %d", len(calls), len(auths), tc.auths)
			}
		})
	}
}

func TestRenewalThatFailsDoesNotHurtYet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &bank{answer: paid(t), token: func(w http.ResponseWriter, _ *http.Request, n int) {
			if n == 1 {
				sendToken(w, n, "300")
				return
			}
			sendJSON(w, 503, "")
		}}
		c := inMemory(t, b)
		read(t, c)
		time.Sleep(241 * time.Second)
		for range 20 { // two seconds of calls
			read(t, c)
			synctest.Wait()
			time.Sleep(100 * time.Millisecond)
		}
		if _, auths := b.recorded(); len(auths) != 2 {
			t.Errorf("%d token calls, want one renewal tried in two seconds", len(auths)-1)
		}
		time.Sleep(50 * time.Second)
		if _, err := c.Receipt(t.Context(), orderID); err == nil {
			t.Error("an expired token was used")
		}
	})
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	b := &bank{answer: paid(t)}
	c := start(t, b)
	for range 2 {
		if err := c.Authenticate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	read(t, c)
	calls, auths := b.recorded()
	if len(auths) != 2 || calls[0].Header.Get("Authorization") != "Bearer token-2" {
		t.Errorf("%d token calls, then %s", len(auths), calls[0].Header.Get("Authorization"))
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	b.token = func(w http.ResponseWriter, _ *http.Request, _ int) { sendJSON(w, 401, `{"error":"invalid_client"}`) }
	for _, ctx := range []context.Context{t.Context(), ended} {
		if _, ok := errors.AsType[*bog.AuthError](c.Authenticate(ctx)); !ok {
			t.Errorf("got %v", c.Authenticate(ctx))
		}
	}
}

func TestOwnClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	b := &bank{answer: paid(t), token: func(w http.ResponseWriter, _ *http.Request, n int) {
		mu.Lock()
		defer mu.Unlock()
		sendToken(w, n, fmt.Sprint(now.Add(5*time.Minute).UnixMilli()))
	}}
	c := start(t, b, func(c *bog.Config) {
		c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	})
	read(t, c)
	mu.Lock()
	now = now.Add(time.Hour)
	mu.Unlock()
	read(t, c)
	if _, auths := b.recorded(); len(auths) != 2 {
		t.Errorf("%d tokens, want 2", len(auths))
	}
}
