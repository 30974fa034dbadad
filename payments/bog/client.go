package bog

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Endpoints is one environment of the bank.
type Endpoints struct {
	API   string // base of all paths, "https://api.bog.ge/payments/v1"
	Token string // full address of the token call
	Page  string // origin of the payment page, for a Content-Security-Policy; never used to build links
	// CallbackKey is the public key of callbacks as PEM text. Empty when the
	// environment has no published one.
	CallbackKey string
}

// Production is the real bank.
func Production() Endpoints {
	return Endpoints{
		API:         "https://api.bog.ge/payments/v1",
		Token:       "https://oauth2.bog.ge/auth/realms/bog/protocol/openid-connect/token",
		Page:        "https://payment.bog.ge",
		CallbackKey: ProductionCallbackKey,
	}
}

// Sandbox is the bank's own test environment, with credentials of its own.
func Sandbox() Endpoints {
	return Endpoints{
		API:         "https://api-sandbox.bog.ge/payments/v1",
		Token:       "https://oauth2-sandbox.bog.ge/auth/realms/bog/protocol/openid-connect/token",
		Page:        "https://payment-sandbox.bog.ge",
		CallbackKey: SandboxCallbackKey,
	}
}

// Simulator is a bank that serves the bank's paths on one host. It has a key
// of its own, which belongs in Config.CallbackKeys.
func Simulator(baseURL string) Endpoints {
	base := strings.TrimRight(baseURL, "/")
	return Endpoints{
		API:   base + "/payments/v1",
		Token: base + "/auth/realms/bog/protocol/openid-connect/token",
		Page:  base,
	}
}

// Config is what a Client is made of. Endpoints and the credentials are
// required.
type Config struct {
	Endpoints    Endpoints
	ClientID     string
	ClientSecret string
	// HTTPClient supplies the Transport; nil means one with sane limits. Its
	// own timeout is kept, redirects are never followed.
	HTTPClient *http.Client
	// Now is the clock by which tokens grow old; nil means time.Now.
	Now func() time.Time
	// CallbackKeys are PEM public keys that callbacks may be signed with:
	// several while the bank changes its key. Empty means
	// Endpoints.CallbackKey. ParsePublicKey tells which forms are read.
	CallbackKeys []string
	Retry        Retry
	// Observe, when not nil, is told of every HTTP exchange, token calls and
	// repeated attempts included, before the call returns (a token renewed
	// ahead of time belongs to no call). It may be called by several
	// goroutines at once, and the call waits for it.
	Observe func(Exchange)
	// UserAgent is sent when not empty.
	UserAgent string
}

// Retry bounds how long a call may take and how often it is repeated. Only
// network errors, 408, 429 and 5xx are repeated, always with the same
// idempotency key; a 401 is repeated once with a fresh token.
type Retry struct {
	Attempts  int           // at most, the first included; 0 means 4, 1 never repeats
	PerTry    time.Duration // time for one attempt; 0 means 3 s
	Total     time.Duration // time for the call with all its attempts; 0 means 8 s
	BaseDelay time.Duration // pause before the first repeat, doubled for each further one; 0 means 250 ms
	MaxDelay  time.Duration // longest pause; 0 means 2 s
}

func (r Retry) withDefaults() Retry {
	if r.Attempts <= 0 {
		r.Attempts = 4
	}
	for field, value := range map[*time.Duration]time.Duration{
		&r.PerTry: 3 * time.Second, &r.Total: 8 * time.Second,
		&r.BaseDelay: 250 * time.Millisecond, &r.MaxDelay: 2 * time.Second,
	} {
		if *field <= 0 {
			*field = value
		}
	}
	return r
}

// delay is the pause after the given number of failures, between half and all
// of the doubled base, so that many clients do not come back at once.
func (r Retry) delay(failures int) time.Duration {
	d := r.MaxDelay
	if shift := failures - 1; shift < 20 {
		d = min(r.BaseDelay<<shift, r.MaxDelay)
	}
	return d/2 + rand.N(d/2+1)
}

// Client talks to the bank. It is safe for use by several goroutines; a
// program needs one.
type Client struct {
	endpoints Endpoints
	http      *http.Client
	now       func() time.Time
	retry     Retry
	observe   func(Exchange)
	userAgent string
	tokens    *tokens
	verifier  *Verifier
}

// New checks cfg and makes a Client. It does not talk to the bank.
func New(cfg Config) (*Client, error) {
	var problems []error
	for _, e := range []struct{ name, address string }{{"API", cfg.Endpoints.API}, {"token", cfg.Endpoints.Token}} {
		if !isWebURL(e.address) {
			problems = append(problems, fmt.Errorf("bog: the %s address %q is not an http(s) address", e.name, e.address))
		}
	}
	if cfg.ClientID == "" || cfg.ClientSecret == "" {
		problems = append(problems, errors.New("bog: client id and secret are required"))
	}
	texts := cfg.CallbackKeys
	if len(texts) == 0 && cfg.Endpoints.CallbackKey != "" {
		texts = []string{cfg.Endpoints.CallbackKey}
	}
	verifier := new(Verifier)
	for _, text := range texts {
		key, err := ParsePublicKey(text)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		verifier.keys = append(verifier.keys, key)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}

	c := &Client{
		endpoints: cfg.Endpoints,
		http:      &http.Client{Transport: defaultTransport()},
		now:       cfg.Now,
		retry:     cfg.Retry.withDefaults(),
		observe:   cfg.Observe,
		userAgent: cfg.UserAgent,
		verifier:  verifier,
	}
	c.endpoints.API = strings.TrimRight(cfg.Endpoints.API, "/")
	if cfg.HTTPClient != nil {
		copied := *cfg.HTTPClient
		c.http = &copied
	}
	// A redirect would carry a changing call, or the secret, somewhere else.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if c.now == nil {
		c.now = time.Now
	}
	if c.observe == nil {
		c.observe = func(Exchange) {}
	}
	c.tokens = newTokens(c, cfg.ClientID, cfg.ClientSecret)
	return c, nil
}

// Endpoints is the environment the client talks to.
func (c *Client) Endpoints() Endpoints { return c.endpoints }

// Verifier checks callbacks against the configured keys. Without a key, as
// with a simulator that none was given for, it refuses all of them.
func (c *Client) Verifier() *Verifier { return c.verifier }

func defaultTransport() *http.Transport {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 2 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: 2 * time.Second,
		MaxIdleConns:        64,
		MaxIdleConnsPerHost: 32,
		IdleConnTimeout:     60 * time.Second,
	}
}

func isWebURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
