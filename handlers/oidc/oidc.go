// Package oidc signs people in by an OpenID Connect provider: authorization code with
// PKCE, state and nonce, the ID token verified with the provider's published keys. It
// imports nothing else of this module: copy it and it works.
//
//	start, address, err := client.Start(ctx, "en", false)  // keep start in the browser's session, send the browser to address
//	start.Is(query.Get("state"))                           // the browser that comes back is the one that began
//	person, err := client.Finish(ctx, start, query)        // who it is
package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// What can go wrong with a provider. Errors match one of these, and say more for the log;
// they hold nothing that came from a browser or a token but the name of an error.
var (
	ErrDown      = errors.New("the provider does not answer")
	ErrRefused   = errors.New("the person did not agree")
	ErrUntrusted = errors.New("the provider's answer cannot be trusted")
)

func down(err error) error { return fmt.Errorf("%w: %w", ErrDown, err) }

func untrusted(err error) error { return fmt.Errorf("%w: %w", ErrUntrusted, err) }

// Provider names a provider, and holds the credentials that it has given to the client.
type Provider struct {
	Issuer, ClientID, ClientSecret string
}

// Check returns what is wrong with p. Plain http is for a provider on this machine.
func (p Provider) Check() error {
	u, err := url.Parse(p.Issuer)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !secureURL(u) {
		return errors.New("the issuer must be an https address without a query")
	}
	if p.ClientID == "" || p.ClientSecret == "" {
		return errors.New("the provider's client id and secret are needed")
	}
	return nil
}

func secureURL(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

const (
	callTime    = 5 * time.Second // for all calls of Start, or of Finish, together
	answerLimit = 256 << 10       // bytes of the longest answer that is read
	cacheLife   = time.Hour       // how long configuration and keys are believed
	leeway      = 30 * time.Second
)

// Client asks a provider. It asks for the provider's configuration at the first sign-in
// and not at the start: the program runs while the provider does not.
type Client struct {
	Provider
	callback string // where the provider sends browsers back to
	now      func() time.Time
	http     *http.Client
	fetching chan struct{} // holds one token while configuration or keys are fetched

	mu     sync.Mutex // guards what follows; each is replaced, never changed
	conf   *configuration
	confAt time.Time
	keys   []key
	keysAt time.Time
}

// New makes a Client. callback is the address that the provider sends browsers back to.
func New(p Provider, callback string, now func() time.Time) (*Client, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxResponseHeaderBytes = 64 << 10
	return &Client{
		Provider: p, callback: callback, now: now, fetching: make(chan struct{}, 1),
		http: &http.Client{
			Timeout:   callTime,
			Transport: capped{transport},
			// A redirect could carry the client's secret to another host.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// capped bounds how much of an answer is read.
type capped struct{ http.RoundTripper }

func (t capped) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, answerLimit)
	}
	return resp, err
}

// Start is a sign-in that a browser has begun. The caller keeps it in that browser's session
// and uses it once.
type Start struct {
	State, Nonce, Verifier string
	At                     time.Time
	Again                  bool // the person has to show again who they are
}

// Is reports whether state, which a browser came back with, is that of this sign-in.
func (s Start) Is(state string) bool {
	return subtle.ConstantTimeCompare([]byte(s.State), []byte(state)) == 1
}

// Start begins a sign-in and returns the address that the browser is to be sent to. With
// again the provider must ask who is at the keyboard even if it knows.
// Errors: ErrDown, ErrUntrusted.
func (p *Client) Start(ctx context.Context, language string, again bool) (s Start, address string, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	c, err := p.configured(ctx)
	if err != nil {
		return s, "", err
	}
	s = Start{
		State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier(), // random texts, all three
		At: p.now(), Again: again,
	}
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(s.Verifier), oauth2.SetAuthURLParam("nonce", s.Nonce), oauth2.SetAuthURLParam("ui_locales", language),
	}
	if again {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return s, p.oauth(c).AuthCodeURL(s.State, options...), nil
}

// Person is what a provider says of somebody. Issuer and Subject together name them for
// ever; the rest can change.
type Person struct {
	Issuer, Subject string
	Email           string
	EmailVerified   bool
	Name            string
}

// Finish returns the person with whom the sign-in s has ended; query is what the browser
// came back with, whose state the caller has compared.
// Errors: ErrDown, ErrRefused, ErrUntrusted.
func (p *Client) Finish(ctx context.Context, s Start, query url.Values) (Person, error) {
	if err := answerError(query.Get("error")); err != nil {
		return Person{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	c, err := p.configured(ctx)
	if err != nil {
		return Person{}, err
	}
	if issuer := query.Get("iss"); issuer != p.Issuer && (issuer != "" || c.SendsIssuer) {
		return Person{}, untrusted(fmt.Errorf("the browser was sent back by %.100q", issuer))
	}
	token, err := p.oauth(c).Exchange(context.WithValue(ctx, oauth2.HTTPClient, p.http), query.Get("code"), oauth2.VerifierOption(s.Verifier))
	if err != nil {
		return Person{}, exchangeError(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.verify(ctx, c, raw, s)
	if err != nil {
		return Person{}, err
	}
	if id.Email == "" && c.UserInfo != "" { // some providers tell it only there
		var info profile
		if err := p.get(ctx, c.UserInfo, token.AccessToken, &info); err != nil {
			return Person{}, err
		}
		if info.Sub != id.Sub {
			return Person{}, untrusted(errors.New("userinfo is about another person"))
		}
		id.profile = info
	}
	return Person{Issuer: p.Issuer, Subject: id.Sub, Email: id.Email, EmailVerified: bool(id.EmailVerified), Name: id.Name}, nil
}

// answerError is what the error code means with which a browser came back, nil for "".
func answerError(code string) error {
	switch code {
	case "":
		return nil
	case "access_denied":
		return ErrRefused
	case "server_error", "temporarily_unavailable":
		return down(errors.New("it says so itself"))
	}
	if len(code) > 40 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz_") != "" {
		code = "of no known form" // anybody can write it into the address
	}
	return untrusted(fmt.Errorf("the browser was sent back with error %s", code))
}

func (p *Client) oauth(c *configuration) *oauth2.Config {
	// Every provider must know Basic. Left open, the library would guess and send the secret twice.
	style := oauth2.AuthStyleInHeader
	if len(c.AuthMethods) > 0 && !slices.Contains(c.AuthMethods, "client_secret_basic") && slices.Contains(c.AuthMethods, "client_secret_post") {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: p.callback, Scopes: []string{"openid", "email", "profile"},
		Endpoint: oauth2.Endpoint{AuthURL: c.Authorization, TokenURL: c.Token, AuthStyle: style},
	}
}

// exchangeError keeps the answer of the token endpoint out of the log: it may hold secrets.
func exchangeError(err error) error {
	e, ok := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case !ok && errors.Is(err, context.DeadlineExceeded), !ok && isNet(err):
		return down(err)
	case !ok:
		return untrusted(errors.New("token endpoint: not the JSON expected"))
	case e.Response.StatusCode >= http.StatusInternalServerError:
		return down(fmt.Errorf("token endpoint: %s", e.Response.Status))
	}
	return untrusted(fmt.Errorf("token endpoint: %s, error %.40q", e.Response.Status, e.ErrorCode))
}

func isNet(err error) bool {
	_, ok := errors.AsType[*url.Error](err)
	return ok
}
