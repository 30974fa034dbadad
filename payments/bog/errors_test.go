package bog_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"dukani/payments/bog"
)

func TestErrorBodies(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ქ", 2000)
	for name, tc := range map[string]struct {
		contentType, body, message, text string
	}{
		"message":        {"application/json", `{"message":"Invalid order_id"}`, "Invalid order_id", "bog: refund: 403 Forbidden: Invalid order_id [request r-1]"},
		"OAuth":          {"application/json", `{"error":"access_denied","error_description":"not yours"}`, "not yours", "bog: refund: 403 Forbidden: not yours [request r-1]"},
		"a key too":      {"application/json", `{"key":"order_not_found","message":"no"}`, "no", "bog: refund: 403 Forbidden: no [request r-1]"},
		"only error":     {"application/json", `{"error":"Forbidden"}`, "Forbidden", "bog: refund: 403 Forbidden: Forbidden [request r-1]"},
		"HTML":           {"text/html; charset=utf-8", "<h1>Blocked</h1>", "", "bog: refund: 403 Forbidden (text/html; charset=utf-8) [request r-1]"},
		"empty":          {"application/json", "", "", "bog: refund: 403 Forbidden [request r-1]"},
		"an array":       {"application/json", "[1]", "", "bog: refund: 403 Forbidden [request r-1]"},
		"another shape":  {"application/json", `{"message":{"ka":"x"}}`, "", "bog: refund: 403 Forbidden [request r-1]"},
		"a long message": {"application/json", `{"message":"` + long + `"}`, long[:498], "bog: refund: 403 Forbidden: " + long[:198] + " [request r-1]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, &bank{answer: func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header().Set("X-Request-Id", "r-1")
				send(w, 403, tc.contentType, tc.body)
			}})
			_, err := c.Refund(t.Context(), orderID, bog.RefundRequest{All: true})
			e, ok := errors.AsType[*bog.APIError](err)
			if !ok || e.Message != tc.message || e.Error() != tc.text || len(e.Body) > 2048 || !strings.HasPrefix(tc.body, e.Body) || e.RequestID != "r-1" ||
				(e.Reason == "order_not_found") != strings.Contains(tc.body, `"key"`) {
				t.Errorf("got %+v\n%v", e, err)
			}
		})
	}
}

func TestNoSecretGetsOut(t *testing.T) {
	t.Parallel()
	const walletToken = `{"data":"wallet-secret-\"quoted\""}`
	echo := func(status int) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, r *http.Request, _ int) {
			var b bytes.Buffer
			b.ReadFrom(r.Body)
			sendJSON(w, status, b.String())
		}
	}
	hidden := []string{secret, "token-1", "token-2", "wallet-secret"}
	for name, b := range map[string]*bank{
		"refused":      {answer: echo(400)},
		"unreadable":   {answer: echo(200)},
		"unauthorised": {answer: echo(401)},
		"bad token": {token: func(w http.ResponseWriter, _ *http.Request, _ int) {
			sendJSON(w, 200, `{"access_token":"token-1","expires_in":"`)
		}},
		"a token in the message": {answer: func(w http.ResponseWriter, r *http.Request, _ int) {
			message, _ := json.Marshal("bad token " + r.Header.Get("Authorization") + " for " + walletToken + ", not " + secret)
			sendJSON(w, 403, `{"message":`+string(message)+`}`)
		}},
		"a token in HTML": {answer: func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(502)
			fmt.Fprintf(w, "<pre>%s: %s</pre>", r.Header.Get("Authorization"), secret)
		}},
		"a token instead of JSON": {answer: func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprintf(w, "%s", r.Header.Get("Authorization"))
		}},
		"secret in the description": {token: func(w http.ResponseWriter, _ *http.Request, _ int) {
			sendJSON(w, 401, `{"error":"invalid_client","error_description":"`+secret+` is wrong"}`)
		}},
		"refused token": {token: func(w http.ResponseWriter, _ *http.Request, _ int) {
			sendJSON(w, 401, `{"error":"invalid_client","client_secret":"`+secret+`"}`)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := new(exchanges)
			c := start(t, b, seen.observe, func(c *bog.Config) { c.Retry.Attempts = 1 })
			_, err := c.CompleteApplePay(t.Context(), orderID, walletToken)
			if err == nil {
				t.Fatal("no error")
			}
			said := fmt.Sprintf("%v %+v", err, err)
			for e := err; e != nil; e = errors.Unwrap(e) {
				said += fmt.Sprintf(" %+v", e)
			}
			for _, x := range seen.list {
				said += fmt.Sprintf(" %s %s %+v", x.RequestBody, x.ResponseBody, x)
			}
			for _, s := range hidden {
				if strings.Contains(said, s) {
					t.Errorf("%q got out: %s", s, said)
				}
			}
			if len(seen.list) == 0 {
				t.Error("nothing was observed")
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	untrusted := &url.Error{Op: "Post", Err: &tls.CertificateVerificationError{}}
	for _, tc := range []struct {
		err           error
		want, forGood bool
	}{
		{nil, false, false},
		{errors.New("something else"), false, false},
		{&bog.APIError{Status: 400}, true, false},
		{&bog.APIError{Status: 400, Message: "amount is required"}, true, true},
		{&bog.APIError{Status: 422, ContentType: "application/json", Message: "no"}, true, true},
		{&bog.APIError{Status: 400, Message: "Operation already requested"}, true, false}, // another action is running, so the refusal is not final
		{&bog.APIError{Status: 401}, true, false},
		{&bog.APIError{Status: 403, ContentType: "application/json", Message: "Forbidden"}, true, false},
		{&bog.APIError{Status: 403, ContentType: "text/html"}, true, false},
		{&bog.APIError{Status: 400, ContentType: "text/html; charset=utf-8"}, true, false},
		{fmt.Errorf("start: %w", &bog.APIError{Status: 404, Message: "not found"}), true, true},
		{&bog.APIError{Status: 404, ContentType: "text/html"}, true, false},
		{&bog.APIError{Status: 408}, false, false},
		{&bog.APIError{Status: 429}, false, false},
		{&bog.APIError{Status: 302}, false, false},
		{&bog.APIError{Status: 500}, false, false},
		{&bog.APIError{Status: 400, Message: "no", OutcomeUnknown: true}, false, false},
		{&bog.AuthError{Status: 401}, true, false},
		{&bog.AuthError{Err: dial}, true, false},
		{&bog.AuthError{Status: 401, OutcomeUnknown: true}, false, false},
		{&bog.NetworkError{Err: dial}, true, false},
		{&bog.NetworkError{Sent: true, Err: dial}, false, false},
		{&bog.NetworkError{Sent: true, Err: untrusted}, false, false},
		{&bog.NetworkError{OutcomeUnknown: true, Err: dial}, false, false},
		{&bog.AnswerError{Status: 200}, false, false},
		{&bog.RequestError{}, true, true},
	} {
		if got := bog.Refused(tc.err); got != tc.want {
			t.Errorf("%#v: got %v", tc.err, got)
		}
		if got := bog.RefusedForGood(tc.err); got != tc.forGood {
			t.Errorf("%#v: for good is %v", tc.err, got)
		}
	}
}

func TestErrorQuestions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err                                  error
		notFound, already, keyFormat, access bool
	}{
		{err: nil},
		{err: &bog.APIError{Status: 400, Message: "Invalid order_id: x"}, notFound: true},
		{err: fmt.Errorf("read: %w", &bog.APIError{Status: 404, ContentType: "application/json"}), notFound: true},
		{err: &bog.APIError{Status: 404, ContentType: "text/html"}, access: true},
		{err: &bog.APIError{Status: 400, ContentType: "text/html; charset=utf-8"}, access: true},
		{err: &bog.APIError{Status: 502, ContentType: "text/html"}},
		{err: &bog.APIError{Status: 401}, access: true},
		{err: &bog.APIError{Status: 403, Message: "Forbidden"}, access: true},
		{err: fmt.Errorf("pay: %w", &bog.AuthError{Status: 401}), access: true},
		{err: &bog.APIError{Status: 500, Message: "Invalid order_id"}},
		{err: &bog.APIError{Status: 400, Message: "Operation already requested"}, already: true},
		{err: &bog.APIError{Status: 400, Message: "Invalid Idempotency-Key format. Should be UUID v4."}, keyFormat: true},
	} {
		if bog.IsNotFound(tc.err) != tc.notFound || bog.IsAlreadyRequested(tc.err) != tc.already || bog.IsIdempotencyFormat(tc.err) != tc.keyFormat ||
			bog.IsAccessRefused(tc.err) != tc.access {
			t.Errorf("%v: %v, %v, %v, %v", tc.err, bog.IsNotFound(tc.err), bog.IsAlreadyRequested(tc.err), bog.IsIdempotencyFormat(tc.err), bog.IsAccessRefused(tc.err))
		}
	}
}

func TestAnUnknownOutcomeOutlivesARefusal(t *testing.T) {
	t.Parallel()
	b := &bank{answer: func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 {
			panic(http.ErrAbortHandler) // the client cannot know whether the call was carried out
		}
		sendJSON(w, 400, `{"message":"Operation already requested"}`)
	}}
	c := start(t, b, func(c *bog.Config) { c.Retry.BaseDelay = time.Millisecond })
	_, err := c.Approve(t.Context(), orderID, bog.ApproveRequest{All: true})
	if !bog.IsAlreadyRequested(err) || bog.Refused(err) {
		t.Errorf("got %v, refused %v", err, bog.Refused(err))
	}
}

func TestAnUnknownOutcomeStaysThroughEveryKindOfFailure(t *testing.T) {
	t.Parallel()
	lost := func(http.ResponseWriter, *http.Request, int) { panic(http.ErrAbortHandler) }
	retry := func(c *bog.Config) { c.Retry = bog.Retry{Attempts: 2, BaseDelay: time.Millisecond} }

	// Both answers are lost.
	c := start(t, &bank{answer: lost}, retry)
	_, err := c.CreateOrder(t.Context(), candles())
	if e, ok := errors.AsType[*bog.NetworkError](err); !ok || !e.OutcomeUnknown || !e.Sent || bog.Refused(err) || !strings.HasPrefix(e.Error(), "bog: create_order: no answer: ") {
		t.Errorf("got %+v", err)
	}

	// The answer is lost; then the token has expired and there is no new one.
	var clock sync.Mutex
	now := time.Now()
	b := &bank{token: func(w http.ResponseWriter, _ *http.Request, n int) {
		if n > 1 {
			sendJSON(w, 401, `{"error":"invalid_client"}`)
			return
		}
		sendToken(w, n, "300")
	}}
	b.answer = func(w http.ResponseWriter, r *http.Request, n int) {
		clock.Lock()
		now = now.Add(time.Hour)
		clock.Unlock()
		lost(w, r, n)
	}
	c = start(t, b, retry, func(c *bog.Config) {
		c.Now = func() time.Time { clock.Lock(); defer clock.Unlock(); return now }
	})
	_, err = c.CreateOrder(t.Context(), candles())
	if e, ok := errors.AsType[*bog.AuthError](err); !ok || !e.OutcomeUnknown || bog.Refused(err) {
		t.Errorf("got %+v", err)
	}
}
