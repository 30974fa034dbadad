package bog_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"dukani/payments/bog"
)

// exchanges collects what the observer of a client gets.
type exchanges struct {
	mu   sync.Mutex
	list []bog.Exchange
}

func (e *exchanges) observe(c *bog.Config) {
	c.Observe = func(x bog.Exchange) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.list = append(e.list, x)
	}
}

func TestRepeatsWithTheSameKeyAndBytes(t *testing.T) {
	t.Parallel()
	created := string(golden(t, "order_created.json"))
	for name, fail := range map[string]func(http.ResponseWriter){
		"500":            func(w http.ResponseWriter) { sendJSON(w, 500, `{"message":"oops"}`) },
		"502 in HTML":    func(w http.ResponseWriter) { send(w, 502, "text/html", "<h1>Bad Gateway</h1>") },
		"503 and wait":   func(w http.ResponseWriter) { w.Header().Set("Retry-After", "1"); sendJSON(w, 503, ``) },
		"429":            func(w http.ResponseWriter) { sendJSON(w, 429, `{"message":"slow down"}`) },
		"408":            func(w http.ResponseWriter) { sendJSON(w, 408, ``) },
		"lost reply":     func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		"cut-off answer": func(w http.ResponseWriter) { w.Header().Set("Content-Length", "500"); sendJSON(w, 200, `{"id":`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &bank{answer: func(w http.ResponseWriter, r *http.Request, n int) {
				if n <= 2 {
					fail(w)
					return
				}
				sendJSON(w, 200, created)
			}}
			quick := func(c *bog.Config) { c.Retry.BaseDelay, c.Retry.MaxDelay = time.Millisecond, time.Millisecond }
			seen := new(exchanges)
			c := start(t, b, quick, seen.observe)
			order, err := c.CreateOrder(t.Context(), candles())
			if err != nil {
				t.Fatal(err)
			}
			calls, auths := b.recorded()
			if len(calls) != 3 || len(auths) != 1 {
				t.Fatalf("%d calls, %d token calls; want 3 and 1", len(calls), len(auths))
			}
			for _, call := range calls {
				if call.Header.Get("Idempotency-Key") != order.IdempotencyKey || call.Body != calls[0].Body {
					t.Errorf("repeated as %+v", call)
				}
			}
			attempts := 0
			for _, x := range seen.list {
				if x.Op == bog.OpCreateOrder {
					attempts++
					if x.Attempt != attempts || x.Key != order.IdempotencyKey || x.Path != "/payments/v1/ecommerce/orders" || string(x.RequestBody) != calls[0].Body {
						t.Errorf("observed %+v", x)
					}
				}
			}
			if attempts != 3 {
				t.Errorf("observed %d attempts", attempts)
			}
		})
	}
}

func TestDoesNotRepeatRefusals(t *testing.T) {
	t.Parallel()
	for _, status := range []int{302, 400, 403, 404, 409, 422} {
		b := &bank{answer: answers(status, `{"message":"no"}`)}
		c := start(t, b)
		_, err := c.CreateOrder(t.Context(), candles(), bog.CallOptions{IdempotencyKey: testKey})
		e, ok := errors.AsType[*bog.APIError](err)
		if !ok || e.Status != status || e.Message != "no" || e.Key != testKey || e.Op != bog.OpCreateOrder || e.OutcomeUnknown {
			t.Errorf("%d: got %v", status, err)
		}
		if bog.Refused(err) != (status >= 400) {
			t.Errorf("%d: refused is %v", status, bog.Refused(err))
		}
		if calls, _ := b.recorded(); len(calls) != 1 {
			t.Errorf("%d: %d calls", status, len(calls))
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	to := func(w http.ResponseWriter, r *http.Request, _ int) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}
	c := start(t, &bank{answer: to})
	if _, err := c.Refund(t.Context(), orderID, bog.RefundRequest{All: true}); err == nil || bog.Refused(err) {
		t.Errorf("got %v", err)
	}
	c = start(t, &bank{token: to})
	_, err := c.Receipt(t.Context(), orderID)
	if e, ok := errors.AsType[*bog.AuthError](err); !ok || e.Status != http.StatusTemporaryRedirect {
		t.Errorf("got %v", err)
	}
}

func TestRepeatsGiveUpInTime(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer   func(http.ResponseWriter, *http.Request, int)
		retry    bog.Retry
		calls    int
		min, max time.Duration
	}{
		"four attempts": {answers(500, ""), bog.Retry{}, 4, 875 * time.Millisecond, 1750 * time.Millisecond},
		"one attempt":   {answers(500, ""), bog.Retry{Attempts: 1}, 1, 0, 0},
		"no time for another": {answers(500, ""), bog.Retry{Total: time.Second, BaseDelay: 3 * time.Second, MaxDelay: 3 * time.Second},
			1, 0, 0},
		"a bank that never answers": {func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }, bog.Retry{},
			3, 8 * time.Second, 8 * time.Second},
		"asked to wait too long": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(429)
		}, bog.Retry{}, 1, 0, 0},
		"asked to wait a little": {func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Retry-After", time.Now().Add(2*time.Second).UTC().Format(http.TimeFormat))
			w.WriteHeader(503)
		}, bog.Retry{Attempts: 2}, 2, time.Second, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := &bank{answer: tc.answer}
				c := inMemory(t, b, func(c *bog.Config) { c.Retry = tc.retry })
				started := time.Now()
				_, err := c.Receipt(t.Context(), orderID)
				took := time.Since(started)
				calls, _ := b.recorded()
				if err == nil || bog.Refused(err) || len(calls) != tc.calls || took < tc.min || took > tc.max {
					t.Errorf("%d calls in %v: %v; want %d in %v to %v", len(calls), took, err, tc.calls, tc.min, tc.max)
				}
				synctest.Wait()
			})
		})
	}
}

func TestCallersContextEndsTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &bank{answer: func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }}
		c := inMemory(t, b)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		started := time.Now()
		_, err := c.CreateOrder(ctx, candles())
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(started) != time.Second || bog.Refused(err) {
			t.Errorf("after %v: %v, refused %v", time.Since(started), err, bog.Refused(err))
		}
		_, err = c.CreateOrder(ctx, candles())
		if !errors.Is(err, context.DeadlineExceeded) || !bog.Refused(err) {
			t.Errorf("never sent: %v, refused %v", err, bog.Refused(err))
		}
		if calls, _ := b.recorded(); len(calls) != 1 {
			t.Errorf("%d calls", len(calls))
		}
		synctest.Wait()
	})
}

func TestCallersContextEndsThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := inMemory(t, &bank{answer: answers(500, "")}, func(c *bog.Config) { c.Retry = bog.Retry{BaseDelay: 2 * time.Second} })
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(500*time.Millisecond, cancel)
		started := time.Now()
		_, err := c.Refund(ctx, orderID, bog.RefundRequest{All: true})
		if e, ok := errors.AsType[*bog.APIError](err); !ok || e.Status != 500 || time.Since(started) != 500*time.Millisecond {
			t.Errorf("after %v: %v", time.Since(started), err)
		}
	})
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	quick := func(c *bog.Config) {
		c.Retry = bog.Retry{Attempts: 2, BaseDelay: time.Millisecond}
		// Of a request on a kept connection that breaks nobody knows whether it arrived.
		c.HTTPClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	}
	server := httptest.NewServer(&bank{})
	c := newClient(t, server.URL, quick)
	if err := c.Authenticate(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Close()
	_, err := c.CreateOrder(t.Context(), candles())
	if e, ok := errors.AsType[*bog.NetworkError](err); !ok || e.Sent || !bog.Refused(err) {
		t.Errorf("with a token: %v, refused %v", err, bog.Refused(err))
	}
	_, err = newClient(t, server.URL, quick).CreateOrder(t.Context(), candles())
	if e, ok := errors.AsType[*bog.AuthError](err); !ok || !e.Temporary() || !bog.Refused(err) {
		t.Errorf("without a token: %v, refused %v", err, bog.Refused(err))
	}
}

func TestGzipAnswer(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(golden(t, "receipt_paid.json"))
	z.Close()
	c := start(t, &bank{answer: func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		w.Write(packed.Bytes())
	}})
	r, err := c.Receipt(t.Context(), orderID)
	if err != nil || !bytes.Equal(r.Raw, golden(t, "receipt_paid.json")) {
		t.Errorf("got %v", err)
	}
}

func TestObserverIsToldTheTruth(t *testing.T) {
	t.Parallel()
	seen := new(exchanges)
	b := &bank{answer: answers(200, string(golden(t, "receipt_paid.json")))}
	c := start(t, b, seen.observe)
	if _, err := c.Receipt(t.Context(), orderID); err != nil {
		t.Fatal(err)
	}
	if len(seen.list) != 2 {
		t.Fatalf("observed %+v", seen.list)
	}
	token, receipt := seen.list[0], seen.list[1]
	if token.Op != bog.OpToken || token.Status != 200 || token.Path != "/auth/realms/bog/protocol/openid-connect/token" ||
		len(token.RequestBody)+len(token.ResponseBody) != 0 || token.Err != nil {
		t.Errorf("token: %+v", token)
	}
	if receipt.Op != bog.OpReceipt || receipt.Method != "GET" || receipt.Status != 200 || receipt.Attempt != 1 || receipt.Err != nil ||
		receipt.Start.IsZero() || !bytes.Equal(receipt.ResponseBody, golden(t, "receipt_paid.json")) {
		t.Errorf("receipt: %+v", receipt)
	}
}
