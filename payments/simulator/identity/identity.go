// Package identity is a simulated OpenID Connect provider, for a shop that has no account at
// a real one yet. It believes whoever you say you are, so it listens on this machine only. It
// imports nothing of the shop.
package identity

import (
	"cmp"
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

// Name is the name of the provider, in Georgian and English, separated by "|".
const Name = "ბანკის ანგარიში (სიმულაცია)|Bank ID (simulated)"

// Credentials of the one client when the fields of Provider are empty.
const (
	DefaultClientID     = "dukani-sign-in"
	DefaultClientSecret = "dukani-demo-identity"
)

// Provider is the simulated provider. Its fields must not change after the first request.
type Provider struct {
	// ClientID and ClientSecret are what the token endpoint accepts.
	ClientID, ClientSecret string
	// RedirectURI is the only address that browsers are sent back to.
	RedirectURI string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// IDToken, if not nil, makes the ID tokens, in tests of tokens that a client must not
	// believe. sign turns claims into a properly signed token.
	IDToken func(claims jwt.MapClaims, sign func(jwt.MapClaims) (string, error)) (string, error)
	// Log gets internal errors; nil means no log.
	Log *slog.Logger

	issuer string

	mu     sync.Mutex // guards everything below
	key    *rsa.PrivateKey
	keyID  string
	codes  map[string]grant // waiting to be redeemed
	access map[string]grant // by access token
}

// grant is what a person agreed to.
type grant struct {
	person      person
	challenge   string
	nonce       string
	redirectURI string
	at          time.Time // when the person signed in
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

// Handler serves the provider. issuer is its address, without a slash at the end.
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

// Listen listens on addr, for instance "127.0.0.1:8082", which must belong to this machine
// alone; port 0 picks a free one. It also returns the address that is the issuer.
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

// Serve answers requests on ln until ctx ends.
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

// keep stores a grant under a key until it expires. It returns false if there are too many.
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

// find returns a grant that has not expired. With take the grant can be used only once.
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

func (p *Provider) clientID() string     { return cmp.Or(p.ClientID, DefaultClientID) }
func (p *Provider) clientSecret() string { return cmp.Or(p.ClientSecret, DefaultClientSecret) }

// origin returns the scheme and host of an address.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
