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
	// shortLife is assumed when the bank does not say how long a token lives,
	// or says it in no form known.
	shortLife = time.Minute
	// longestLife caps what the bank says: tokens have been seen to die long
	// before an hour.
	longestLife = time.Hour
	// renewPause is the time between attempts to renew a token ahead of time.
	renewPause = 2 * time.Second
)

// tokens keeps the access token. The fetching is done by x/oauth2; the keeping
// is not, because its own cache never lets go of a token that was revoked and
// reads expires_in as seconds whatever it holds.
type tokens struct {
	client *Client
	config clientcredentials.Config

	mu     sync.Mutex
	value  string
	renew  time.Time // from here on a new one is fetched while this one is used
	expiry time.Time // from here on this one is not used
	flight *flight   // the fetch that is under way, if any
}

// flight is one fetch that any number of callers wait for.
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
			// Left open, a refusal would make x/oauth2 ask again with the
			// secret in the form.
			AuthStyle: oauth2.AuthStyleInHeader,
		},
	}
}

// get returns a token, fetching one if need be, or if anew. Callers share one
// fetch.
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

// Authenticate fetches a new access token, so that wrong credentials or an
// unreachable bank show before the first payment does. The error is an
// [*AuthError].
func (c *Client) Authenticate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.retry.Total)
	defer cancel()
	_, err := c.tokens.get(ctx, true)
	if _, ok := errors.AsType[*AuthError](err); err != nil && !ok {
		err = &AuthError{Op: OpToken, Err: err}
	}
	return err
}

// drop forgets value, which the bank refused. A token that came after it
// stays, so that many refusals at once lead to one fetch.
func (t *tokens) forget(value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value == value {
		t.value = ""
	}
}

// fetch asks the bank. It belongs to no caller: one that gives up must not
// take the token away from the others.
func (t *tokens) fetch(f *flight) {
	ctx, cancel := context.WithTimeout(context.Background(), t.client.retry.PerTry)
	defer cancel()
	asked := t.client.now()
	watch := &tokenTransport{client: t.client, id: t.config.ClientID, secret: t.config.ClientSecret, exchange: Exchange{
		Op: OpToken, Method: http.MethodPost, Attempt: 1, Start: asked,
	}}
	httpClient := *t.client.http
	watch.next, httpClient.Transport = httpClient.Transport, watch
	secrets := t.client.secretsOf("", nil)
	started := time.Now()
	token, err := t.config.Token(context.WithValue(ctx, oauth2.HTTPClient, &httpClient))
	if err != nil {
		err = authError(err, watch.exchange.Status, secrets)
	}
	watch.exchange.Duration, watch.exchange.Err = time.Since(started), err
	watch.exchange.ResponseBody = secrets.redact(watch.exchange.ResponseBody)
	t.client.observe(watch.exchange)

	t.mu.Lock()
	defer t.mu.Unlock()
	t.flight = nil
	if err != nil {
		f.err = err
		// The old token may still be good; no need to hammer on a closed door.
		t.renew = t.client.now().Add(renewPause)
	} else {
		said := watch.expiresIn
		if form := token.Extra("expires_in"); form != nil {
			said = fmt.Sprint(form)
		}
		life := lifetime(said, asked)
		f.value, t.value = token.AccessToken, token.AccessToken
		t.renew = asked.Add(life - min(life/5, time.Minute))
		t.expiry = asked.Add(life - min(life/10, 10*time.Second))
	}
	close(f.done)
}

// lifetime reads expires_in. It is documented as seconds, while the sample
// beside that shows epoch milliseconds.
func lifetime(expiresIn string, now time.Time) time.Duration {
	n, _ := strconv.ParseFloat(expiresIn, 64) // 0 takes the default below
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

// authError keeps of err what is safe to print.
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
	expiresIn  string // as it stood in a JSON answer
}

func (t *tokenTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	// The bank asks for base64(id:secret) as they are; x/oauth2 escapes both
	// first, which changes secrets with characters such as "+" or "/".
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

// reduce leaves of a JSON answer what x/oauth2 needs, and takes expires_in out of
// it: over one that is not a whole number, "" for instance, x/oauth2 would throw
// the token away.
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

// tee keeps the beginning of what is read.
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
