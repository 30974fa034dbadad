package bog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxAnswer is the longest answer that is read, in bytes. A receipt has about two thousand.
const maxAnswer = 1 << 20

// maxObserved is how much of each body an Exchange carries, in bytes.
const maxObserved = 64 << 10

// Exchange is one HTTP request to the bank and its outcome. Access tokens, the client secret
// and wallet tokens are redacted in the bodies. Names, phones and masked card numbers are
// not, so keep bodies in a journal and out of logs.
type Exchange struct {
	Op       Op
	Method   string
	Path     string // without the host
	Key      string // idempotency key, if the call has one
	Attempt  int    // from 1
	Start    time.Time
	Duration time.Duration
	Status   int   // 0 when there was no answer
	Err      error // why there was no answer, or no complete one
	// RequestBody and ResponseBody have at most 64 KiB. They are empty for token calls,
	// except the response of a failed one.
	RequestBody  []byte
	ResponseBody []byte
}

type observerKey struct{}

// WithObserver returns a context for calls whose HTTP exchanges, repeated attempts included,
// are passed to observe as well as to Config.Observe. It lets the caller, who knows which
// payment a call is about, write the exchange into that payment's journal. observe runs in
// the goroutine of the call, before the call returns. A second WithObserver replaces the
// first. Token calls are not passed on, because one token serves many calls.
func WithObserver(ctx context.Context, observe func(Exchange)) context.Context {
	return context.WithValue(ctx, observerKey{}, observe)
}

// call is one call of the API.
type call struct {
	op        Op
	method    string
	path      string // after the API base
	body      []byte // nil for none
	key       string
	lang      Lang
	theme     Theme
	needsBody bool // a 2xx answer without a body is an error
}

// answer is a 2xx answer.
type answer struct {
	op          Op
	key         string
	status      int
	contentType string
	body        []byte
	secrets     secretValues
}

// unusable returns the error that says why a cannot be used.
func (a *answer) unusable(problem string, err error) error {
	return &AnswerError{
		Op: a.op, Status: a.status, ContentType: a.contentType, Problem: problem, Key: a.key, Body: excerpt(a.secrets.redact(a.body)), Err: err,
	}
}

// singleOption returns the options of a call, which takes at most one value of them.
func singleOption(op Op, o []CallOptions) (CallOptions, error) {
	switch len(o) {
	case 0:
		return CallOptions{}, nil
	case 1:
		return o[0], nil
	}
	return CallOptions{}, &RequestError{Op: op, Field: "call options", Problem: "are given more than once"}
}

// change sends a call that changes something at the bank, and so has an idempotency key.
func (c *Client) change(ctx context.Context, r call, o []CallOptions) (*answer, error) {
	options, err := singleOption(r.op, o)
	if err != nil {
		return nil, err
	}
	r.key = options.IdempotencyKey
	if r.key == "" {
		r.key = NewIdempotencyKey()
	} else if !IsIdempotencyKey(r.key) {
		return nil, &RequestError{Op: r.op, Field: "idempotency key", Problem: "is not a version 4 UUID"}
	}
	// A body without fields must be {}: the bank refuses [] and null.
	if r.method == http.MethodPost && (!json.Valid(r.body) || bytes.TrimSpace(r.body)[0] != '{') {
		return nil, &RequestError{Op: r.op, Field: "body", Problem: "is not a JSON object"}
	}
	return c.do(ctx, r)
}

// do sends r until there is an answer that counts, or until another attempt makes no sense.
// No other place decides about repeating.
func (c *Client) do(ctx context.Context, r call) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.retry.Total)
	defer cancel()
	deadline, _ := ctx.Deadline()

	var (
		outcomeUnknown bool // an earlier attempt may have been carried out
		renewed        bool // the token was renewed after a 401
		failures       int
	)
	for attempt := 1; ; attempt++ {
		a, token, err := c.attempt(ctx, r, attempt)
		if err == nil {
			return a, nil
		}
		if e, ok := errors.AsType[*APIError](err); ok && e.Status == http.StatusUnauthorized && !renewed {
			renewed = true
			c.tokens.forget(token)
			continue
		}
		final := withOutcomeUnknown(err, outcomeUnknown)
		outcomeUnknown = outcomeUnknown || !Refused(err)
		failures++
		wait, repeat := c.pause(err, failures)
		if !repeat || failures >= c.retry.Attempts || ctx.Err() != nil || time.Until(deadline) <= wait {
			return nil, final
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, final
		}
	}
}

// pause decides whether err is worth another attempt, and after how long.
func (c *Client) pause(err error, failures int) (wait time.Duration, repeat bool) {
	wait = c.retry.delay(failures)
	if e, ok := errors.AsType[*APIError](err); ok {
		return max(wait, e.RetryAfter), isRetryable(e.Status)
	}
	if e, ok := errors.AsType[*AuthError](err); ok {
		return wait, e.Temporary()
	}
	_, ok := errors.AsType[*NetworkError](err)
	return wait, ok
}

// withOutcomeUnknown sets OutcomeUnknown in err if the outcome of an earlier attempt is unknown.
func withOutcomeUnknown(err error, outcomeUnknown bool) error {
	if !outcomeUnknown {
		return err
	}
	if e, ok := errors.AsType[*APIError](err); ok {
		e.OutcomeUnknown = true
	} else if e, ok := errors.AsType[*AuthError](err); ok {
		e.OutcomeUnknown = true
	} else if e, ok := errors.AsType[*NetworkError](err); ok {
		e.OutcomeUnknown = true
	}
	return err
}

// attempt makes the n-th attempt. It also returns the token that it used, so that do can
// forget one that the bank refused.
func (c *Client) attempt(ctx context.Context, r call, n int) (a *answer, token string, err error) {
	if ctx.Err() != nil {
		return nil, "", &NetworkError{Op: r.op, Key: r.key, Err: ctx.Err()}
	}
	token, err = c.tokens.get(ctx, false)
	if err != nil {
		// The error is shared by all calls that waited for the same token, so this call gets a
		// copy with its own Op and Key.
		e := AuthError{Err: err}
		if shared, ok := errors.AsType[*AuthError](err); ok {
			e = *shared
		}
		e.Op, e.Key = r.op, r.key
		return nil, "", &e
	}
	a, err = c.send(ctx, r, token, n)
	return a, token, err
}

// send makes one HTTP exchange, passes it to the observers and judges the answer.
func (c *Client) send(ctx context.Context, r call, token string, attempt int) (*answer, error) {
	tryCtx, cancel := context.WithTimeout(ctx, c.retry.PerTry)
	defer cancel()
	req, err := c.request(tryCtx, r, token)
	if err != nil {
		return nil, &RequestError{Op: r.op, Field: "request", Problem: "cannot be built"}
	}
	exchange := Exchange{
		Op: r.op, Method: r.method, Path: req.URL.Path, Key: r.key, Attempt: attempt, Start: c.now(),
		RequestBody: observed(redactMembers(r.body)),
	}
	started := time.Now()
	status, header, body, err := c.roundTrip(req)
	exchange.Duration = time.Since(started)
	secrets := c.secretsOf(token, r.body)
	exchange.Status, exchange.Err, exchange.ResponseBody = status, err, observed(secrets.redact(body))
	c.observe(exchange)
	if observe, ok := ctx.Value(observerKey{}).(func(Exchange)); ok {
		observe(exchange)
	}

	_, long := errors.AsType[tooLong](err)
	if err != nil && !long {
		return nil, &NetworkError{Op: r.op, Key: r.key, Sent: !neverSent(err), Err: err}
	}
	if status < 200 || status > 299 {
		return nil, apiError(r.op, r.key, status, header, secrets.redact(body), c.now())
	}
	a := &answer{op: r.op, key: r.key, status: status, contentType: header.Get("Content-Type"), body: body, secrets: secrets}
	switch {
	case !r.needsBody: // nothing in the body matters
	case long:
		return nil, a.unusable(err.Error(), nil)
	case len(bytes.TrimSpace(body)) == 0:
		return nil, a.unusable("empty", nil)
	case !isJSON(a.contentType):
		return nil, a.unusable("not JSON", nil)
	}
	return a, nil
}

func (c *Client) request(ctx context.Context, r call, token string) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.endpoints.API+r.path, body)
	if err != nil {
		return nil, err
	}
	// net/http repeats a request with an Idempotency-Key by itself if a kept connection breaks.
	// The outcome of the first sending would be unknown without do learning of it. Without
	// GetBody net/http cannot repeat.
	req.GetBody = nil
	set := func(name, value string) {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	set("Authorization", "Bearer "+token)
	// Without this header the bank has been seen to answer in XML.
	set("Accept", "application/json")
	set("Idempotency-Key", r.key)
	set("Accept-Language", string(r.lang))
	set("Theme", string(r.theme))
	set("User-Agent", c.userAgent)
	if r.body != nil {
		set("Content-Type", "application/json")
	}
	return req, nil
}

// roundTrip returns what it received beside an error too, because observers want the status
// of an answer that broke off.
func (c *Client) roundTrip(req *http.Request) (int, http.Header, []byte, error) {
	res, err := c.http.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return res.StatusCode, res.Header, body, fmt.Errorf("read the answer: %w", err)
	}
	if len(body) > maxAnswer {
		return res.StatusCode, res.Header, body[:maxAnswer], tooLong{}
	}
	return res.StatusCode, res.Header, body, nil
}

type tooLong struct{}

func (tooLong) Error() string { return fmt.Sprintf("longer than %d bytes", maxAnswer) }

// neverSent reports whether err proves that there was no connection for the request. A
// context that ended while dialling is no proof, because the transport reports it in the same
// way at every stage.
func neverSent(err error) bool {
	e, ok := errors.AsType[*net.OpError](err)
	return ok && (e.Op == "dial" || e.Op == "proxyconnect")
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && strings.Contains(kind, "json")
}

// retryAfter reads both forms of the header: seconds and a date.
func retryAfter(value string, now time.Time) time.Duration {
	const longest = 24 * time.Hour
	if seconds, err := strconv.Atoi(value); err == nil {
		return min(max(time.Duration(seconds), 0), longest/time.Second) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), longest)
	}
	return 0
}

// orderPath puts an order id into a path. It refuses ids with characters that could change
// the path; the bank's own ids are UUIDs.
func orderPath(op Op, before, id, after string) (string, error) {
	if id == "" || len(id) > 64 {
		return "", &RequestError{Op: op, Field: "order id", Problem: "must have 1 to 64 characters"}
	}
	for _, r := range id {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' {
			return "", &RequestError{Op: op, Field: "order id", Problem: "is not an id of the bank"}
		}
	}
	return before + id + after, nil
}
