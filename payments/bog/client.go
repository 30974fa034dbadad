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

// Endpoints are the addresses of one environment of the bank (§2).
type Endpoints struct {
	API   string // the base of all paths, such as "https://api.bog.ge/payments/v1"
	Token string // the full address of the token call
	Page  string // the origin of the payment page, for a Content-Security-Policy; no link is built with it
	// CallbackKey is the public key that verifies callbacks, as PEM text; "" if the bank has
	// not published one for the environment.
	CallbackKey string
}

// Production returns the addresses of the real bank.
func Production() Endpoints {
	return Endpoints{
		API:         "https://api.bog.ge/payments/v1",
		Token:       "https://oauth2.bog.ge/auth/realms/bog/protocol/openid-connect/token",
		Page:        "https://payment.bog.ge",
		CallbackKey: ProductionCallbackKey,
	}
}

// Sandbox returns the addresses of the bank's own test environment (§19), which needs
// credentials of its own.
func Sandbox() Endpoints {
	return Endpoints{
		API:         "https://api-sandbox.bog.ge/payments/v1",
		Token:       "https://oauth2-sandbox.bog.ge/auth/realms/bog/protocol/openid-connect/token",
		Page:        "https://payment-sandbox.bog.ge",
		CallbackKey: SandboxCallbackKey,
	}
}

// Simulator returns the addresses of a simulated bank, which serves all of the bank's paths
// under baseURL. It signs with a key of its own, which belongs in Config.CallbackKeys.
func Simulator(baseURL string) Endpoints {
	base := strings.TrimRight(baseURL, "/")
	return Endpoints{
		API:   base + "/payments/v1",
		Token: base + "/auth/realms/bog/protocol/openid-connect/token",
		Page:  base,
	}
}

// Config sets up a Client. Endpoints, ClientID and ClientSecret are required.
type Config struct {
	Endpoints    Endpoints
	ClientID     string
	ClientSecret string
	// HTTPClient supplies the Transport; nil means a Transport with limits that suit the bank.
	// The client's own timeout counts as well. Redirects are never followed.
	HTTPClient *http.Client
	// Now is the clock by which access tokens expire; nil means time.Now.
	Now func() time.Time
	// CallbackKeys are public keys, in a form that ParsePublicKey reads, that callbacks may be
	// signed with. There are several of them while the bank changes its key. Empty means
	// Endpoints.CallbackKey.
	CallbackKeys []string
	Retry        Retry
	// Observe, if not nil, gets every HTTP exchange, token calls and repeated attempts
	// included. It runs before the call returns, except for a token that is renewed before it
	// expires, and may run in several goroutines at once.
	Observe func(Exchange)
	// UserAgent is sent if it is not empty.
	UserAgent string
}

// Retry limits how long a call may take and how many attempts it makes. There is another
// attempt only after a network error, 408, 429 or 5xx, and once with a fresh token after a
// 401. All attempts have the same idempotency key.
type Retry struct {
	Attempts  int           // how many at most; 0 means 4, 1 means that nothing is repeated
	PerTry    time.Duration // the time for one attempt; 0 means 3 s
	Total     time.Duration // the time for all attempts of a call; 0 means 8 s
	BaseDelay time.Duration // the pause before the second attempt, doubled before each further one; 0 means 250 ms
	MaxDelay  time.Duration // the longest pause; 0 means 2 s
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

// delay returns the pause after the given number of failures. It is random between half and
// all of the doubled base, so that many clients do not come back at once.
func (r Retry) delay(failures int) time.Duration {
	d := r.MaxDelay
	if shift := failures - 1; shift < 20 {
		d = min(r.BaseDelay<<shift, r.MaxDelay)
	}
	return d/2 + rand.N(d/2+1)
}

// Client makes calls to the bank. It is safe for use by several goroutines. A program needs
// only one for each merchant.
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

// New returns a Client, or an error that lists everything that is wrong with cfg. It makes no
// call to the bank; [Client.Authenticate] does.
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
	// A redirect would send a changing call, or the secret, to another address.
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

// Endpoints returns the addresses that the client calls.
func (c *Client) Endpoints() Endpoints { return c.endpoints }

// Verifier returns the verifier of callbacks with the configured keys. Without any key it
// refuses every callback.
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
