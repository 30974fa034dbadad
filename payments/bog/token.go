package bog

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	// shortLife is assumed if the bank does not say in a known form how long a token lives.
	shortLife = time.Minute
	// longestLife limits what the bank says. Tokens have been seen to expire long before an hour.
	longestLife = time.Hour
	// renewPause is the time between two attempts to renew a token before it expires.
	renewPause = 2 * time.Second
)

// tokens caches the access token. x/oauth2 fetches it; its own cache is not used, because that
// never forgets a revoked token and always reads expires_in as seconds.
type tokens struct {
	client *Client
	config clientcredentials.Config

	mu     sync.Mutex
	value  string
	renew  time.Time // from then on a new token is fetched while this one is still used
	expiry time.Time // from then on this token is not used
	flight *flight   // the fetch that is running, or nil
}

// flight is one fetch, which any number of callers wait for.
type flight struct {
	done  chan struct{}
	value string
	err   error
}

func newTokens(c *Client, id, secret string) *tokens {
	return &tokens{
		client: c,
		config: clientcredentials.Config{
			ClientID: id, ClientSecret: secret, TokenURL: c.endpoints.Token,
			// With the default, x/oauth2 would ask again with the secret in the form after a refusal.
			AuthStyle: oauth2.AuthStyleInHeader,
		},
	}
}

// get returns a token. It fetches a new one if there is no good one, or if anew is set.
// Callers share one fetch.
func (t *tokens) get(ctx context.Context, anew bool) (string, error) {
	t.mu.Lock()
	now := t.client.now()
	good := !anew && t.value != "" && now.Before(t.expiry)
	if t.flight == nil && (!good || !now.Before(t.renew)) {
		t.flight = &flight{done: make(chan struct{})}
		go t.fetch(t.flight)
	}
	value, f := t.value, t.flight
	t.mu.Unlock()
	if good {
		return value, nil
	}

	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Authenticate fetches a new access token (§4). Call it at the start to find wrong credentials
// or an unreachable bank before the first payment does. The error is an [*AuthError].
func (c *Client) Authenticate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.retry.Total)
	defer cancel()
	_, err := c.tokens.get(ctx, true)
	if _, ok := errors.AsType[*AuthError](err); err != nil && !ok {
		err = &AuthError{Op: OpToken, Err: err}
	}
	return err
}

// forget removes the token value, which the bank refused. A token that was fetched since
// stays, so that many refusals at once lead to one fetch.
func (t *tokens) forget(value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value == value {
		t.value = ""
	}
}

// fetch asks the bank for a token. It does not use the context of a caller, because one
// caller that gives up must not end the fetch that others wait for.
func (t *tokens) fetch(f *flight) {
	ctx, cancel := context.WithTimeout(context.Background(), t.client.retry.PerTry)
	defer cancel()
	sentAt := t.client.now()
	transport := &tokenTransport{client: t.client, id: t.config.ClientID, secret: t.config.ClientSecret, exchange: Exchange{
		Op: OpToken, Method: http.MethodPost, Attempt: 1, Start: sentAt,
	}}
	httpClient := *t.client.http
	transport.next, httpClient.Transport = httpClient.Transport, transport
	secrets := t.client.secretsOf("", nil)
	started := time.Now()
	token, err := t.config.Token(context.WithValue(ctx, oauth2.HTTPClient, &httpClient))
	if err != nil {
		err = authError(err, transport.exchange.Status, secrets)
	}
	transport.exchange.Duration, transport.exchange.Err = time.Since(started), err
	transport.exchange.ResponseBody = secrets.redact(transport.exchange.ResponseBody)
	t.client.observe(transport.exchange)

	t.mu.Lock()
	defer t.mu.Unlock()
	t.flight = nil
	if err != nil {
		f.err = err
		// The old token may still be good, so the next attempt can wait.
		t.renew = t.client.now().Add(renewPause)
	} else {
		expiresIn := transport.expiresIn
		if form := token.Extra("expires_in"); form != nil {
			expiresIn = fmt.Sprint(form)
		}
		life := lifetime(expiresIn, sentAt)
		f.value, t.value = token.AccessToken, token.AccessToken
		t.renew = sentAt.Add(life - min(life/5, time.Minute))
		t.expiry = sentAt.Add(life - min(life/10, 10*time.Second))
	}
	close(f.done)
}

// lifetime reads expires_in. The bank documents seconds, but its sample shows a time in
// milliseconds since 1970.
func lifetime(expiresIn string, now time.Time) time.Duration {
	n, _ := strconv.ParseFloat(expiresIn, 64) // 0 if it is not a number
	var life time.Duration
	switch {
	case n >= 1 && n <= 86_400:
		life = time.Duration(n) * time.Second
	case n > 1_000_000_000_000 && n < 100_000_000_000_000:
		life = time.UnixMilli(int64(n)).Sub(now)
	case n > 1_000_000_000 && n < 100_000_000_000:
		life = time.Unix(int64(n), 0).Sub(now)
	}
	if life <= 0 {
		return shortLife
	}
	return min(life, longestLife)
}

// authError returns the parts of err that are safe to print.
func authError(err error, status int, secrets secretValues) *AuthError {
	e, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return &AuthError{Op: OpToken, Status: status, Err: err}
	}
	return &AuthError{Op: OpToken, Status: status, Code: e.ErrorCode, Description: string(secrets.redact([]byte(e.ErrorDescription)))}
}

// tokenTransport carries one token call.
type tokenTransport struct {
	client     *Client
	next       http.RoundTripper
	id, secret string
	exchange   Exchange
	expiresIn  string // of a JSON answer, as text
}

func (t *tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	// The bank wants base64(id:secret). x/oauth2 escapes both first, which changes secrets with
	// characters such as "+" and "/".
	req.SetBasicAuth(t.id, t.secret)
	req.Header.Set("Accept", "application/json")
	if t.client.userAgent != "" {
		req.Header.Set("User-Agent", t.client.userAgent)
	}
	t.exchange.Path = req.URL.Path
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	res, err := next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	t.exchange.Status = res.StatusCode
	if res.StatusCode >= 300 {
		res.Body = &tee{ReadCloser: res.Body, into: &t.exchange.ResponseBody}
		return res, nil
	}
	if err := t.keepWhatIsNeeded(res); err != nil {
		return nil, err
	}
	return res, nil
}

// keepWhatIsNeeded reduces a JSON answer to the members that x/oauth2 needs. expires_in is kept
// aside, because x/oauth2 would reject the token if it is not a whole number, for instance "".
func (t *tokenTransport) keepWhatIsNeeded(res *http.Response) error {
	if !isJSON(res.Header.Get("Content-Type")) {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	res.Body.Close()
	if err != nil {
		return err
	}
	var answer map[string]json.RawMessage
	if json.Unmarshal(body, &answer) == nil {
		t.expiresIn, _ = decimalText(answer["expires_in"])
		maps.DeleteFunc(answer, func(name string, _ json.RawMessage) bool {
			return name != "access_token" && name != "error" && name != "error_description"
		})
		if body, err = json.Marshal(answer); err != nil {
			return err
		}
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// tee copies the beginning of what is read.
type tee struct {
	io.ReadCloser
	into *[]byte
}

func (t *tee) Read(p []byte) (int, error) {
	n, err := t.ReadCloser.Read(p)
	room := max(maxExcerpt-len(*t.into), 0)
	*t.into = append(*t.into, p[:min(n, room)]...)
	return n, err
}
