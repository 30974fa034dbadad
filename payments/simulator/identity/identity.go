// Package identity is a simulated OpenID Connect provider: somewhere to sign in
// while there is no account at a real one. It asks who you want to be and believes
// it, so it listens on this machine only. It imports nothing of the shop.
package identity

import (
	"context"
	"crypto/rsa"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Name is what the provider calls itself: Georgian|English.
const Name = "ბანკის ანგარიში (სიმულაცია)|Bank ID (simulated)"

// Credentials of the one client when the fields of Provider are empty.
const (
	DefaultClientID     = "dukani-sign-in"
	DefaultClientSecret = "dukani-demo-identity"
)

// Provider is the simulated provider. Set the fields before the first request and
// leave them alone afterwards.
type Provider struct {
	// ClientID and ClientSecret are what the token endpoint accepts.
	ClientID, ClientSecret string
	// RedirectURI is the one address that browsers are sent back to.
	RedirectURI string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// IDToken, if not nil, makes the ID tokens: for tests of what a client must not
	// believe. sign is how an honest one would be made of the claims.
	IDToken func(claims jwt.MapClaims, sign func(jwt.MapClaims) (string, error)) (string, error)
	// Log is told about faults; nil means silence.
	Log *slog.Logger

	issuer string

	mu     sync.Mutex // guards everything below
	key    *rsa.PrivateKey
	keyID  string
	codes  map[string]grant // waiting to be redeemed
	access map[string]grant // by access token
}

// grant is what somebody agreed to.
type grant struct {
	person      person
	challenge   string
	nonce       string
	redirectURI string
	at          time.Time // when they showed who they are
	until       time.Time
}

const (
	codeLife   = time.Minute
	accessLife = 5 * time.Minute
	idLife     = 5 * time.Minute
	mostGrants = 1000 // of each kind; more are refused
)

//go:embed assets
var assets embed.FS

// Handler serves the provider whose issuer is the given address, without a slash
// at the end.
func (p *Provider) Handler(issuer string) http.Handler {
	p.issuer = issuer
	p.codes, p.access = map[string]grant{}, map[string]grant{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.showConfiguration)
	mux.HandleFunc("GET /jwks", p.showKeys)
	mux.HandleFunc("GET /authorize", p.showAuthorize)
	mux.HandleFunc("POST /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userInfo)
	mux.Handle("GET /assets/", http.FileServerFS(assets))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "A simulated OpenID Connect provider. A shop that knows it sends you here to sign in; there is nothing else to see.")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

// Listen listens on addr ("127.0.0.1:8082", port 0 allowed), which must be of this
// machine, and returns the address that is the issuer.
func (p *Provider) Listen(addr string) (ln net.Listener, issuer string, err error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, "", fmt.Errorf("address %q: %w", addr, err)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, "", fmt.Errorf("address %q can be reached from other machines; a simulated provider has no business there", addr)
	}
	if ln, err = net.Listen("tcp", net.JoinHostPort(host, port)); err != nil {
		return nil, "", err
	}
	return ln, "http://" + ln.Addr().String(), nil
}

// Serve answers on ln until ctx ends.
func (p *Provider) Serve(ctx context.Context, ln net.Listener) error {
	server := &http.Server{
		Handler:           p.Handler("http://" + ln.Addr().String()),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(p.log().Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(ln) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	timeout, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(timeout); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

// keep stores a grant under a key until it ends. It reports false when there are
// too many.
func (p *Provider) keep(in map[string]grant, key string, g grant) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k, old := range in {
		if !old.until.After(p.now()) {
			delete(in, k)
		}
	}
	if len(in) >= mostGrants {
		return false
	}
	in[key] = g
	return true
}

// find returns a grant that has not ended. With take it is spent.
func (p *Provider) find(in map[string]grant, key string, take bool) (grant, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := in[key]
	if take {
		delete(in, key)
	}
	return g, ok && g.until.After(p.now())
}

func (p *Provider) now() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}

func (p *Provider) log() *slog.Logger {
	if p.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return p.Log
}

func (p *Provider) clientID() string     { return firstOf(p.ClientID, DefaultClientID) }
func (p *Provider) clientSecret() string { return firstOf(p.ClientSecret, DefaultClientSecret) }

func firstOf(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// origin is the scheme and host of an address.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
