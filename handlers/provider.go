package handlers

import (
	"context"
	"encoding/json"
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

	"dukani/models"
)

// Provider is an OpenID Connect provider by which customers can sign in.
type Provider struct {
	Issuer, ClientID, ClientSecret string
	// Name is what the button says: one text, or Georgian|English.
	Name string
}

// Check returns what is wrong with p. Plain http is for a provider on this machine.
func (p *Provider) Check() error {
	u, err := url.Parse(p.Issuer)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !secureURL(u) {
		return errors.New("the issuer must be an https address without a query")
	}
	if p.ClientID == "" || p.ClientSecret == "" {
		return errors.New("the provider's client id and secret are needed")
	}
	return nil
}

// In returns the name in a language, the issuer's host if there is none.
func (p *Provider) In(lang models.Lang) string {
	if name := inLang(p.Name, lang); name != "" {
		return name
	}
	return host(p.Issuer)
}

func secureURL(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

const (
	providerTimeout = 5 * time.Second // for all calls of one sign-in together
	providerAnswer  = 256 << 10       // bytes of the longest answer that is read
	providerKept    = time.Hour       // how long configuration and keys are believed
	providerLeeway  = 30 * time.Second
)

// providerClient asks a provider. What it is told about itself is asked for at the
// first sign-in, not at the start: the shop runs without it.
type providerClient struct {
	Provider
	callback string // where it sends browsers back to
	now      func() time.Time
	http     *http.Client
	asking   chan struct{} // holds one token while configuration or keys are fetched

	mu     sync.Mutex // guards what follows; each is replaced, never changed
	conf   *configuration
	confAt time.Time
	keys   []key
	keysAt time.Time
}

// configuration is the part of a provider's discovery document that is used.
type configuration struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	Keys          string   `json:"jwks_uri"`
	UserInfo      string   `json:"userinfo_endpoint"`
	AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	SendsIssuer   bool     `json:"authorization_response_iss_parameter_supported"`
}

func newProviderClient(p *Provider, callback string, now func() time.Time) (*providerClient, error) {
	if p == nil {
		return nil, nil
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxResponseHeaderBytes = 64 << 10
	return &providerClient{
		Provider: *p, callback: callback, now: now, asking: make(chan struct{}, 1),
		http: &http.Client{
			Timeout:   providerTimeout,
			Transport: capped{transport},
			// A redirect could carry the client's secret to somebody else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// capped bounds how much of an answer is read.
type capped struct{ http.RoundTripper }

func (t capped) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, providerAnswer)
	}
	return resp, err
}

func providerDown(err error) error {
	return &models.Error{Kind: models.Unavailable, Message: "provider.down", Err: err}
}

// distrust is the error for an answer that must not be believed.
func distrust(err error) error {
	return &models.Error{Kind: models.Forbidden, Message: "provider.failed", Err: err}
}

// alone runs f while nobody else does, so that many visitors at once ask once.
func (p *providerClient) alone(ctx context.Context, f func() error) error {
	select {
	case p.asking <- struct{}{}:
	case <-ctx.Done():
		return providerDown(ctx.Err())
	}
	defer func() { <-p.asking }()
	return f()
}

// configured returns the provider's configuration. Errors: Unavailable, Forbidden.
func (p *providerClient) configured(ctx context.Context) (*configuration, error) {
	kept := func() *configuration {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.conf == nil || p.now().Sub(p.confAt) > providerKept {
			return nil
		}
		return p.conf
	}
	c := kept()
	if c != nil {
		return c, nil
	}
	err := p.alone(ctx, func() error {
		if c = kept(); c != nil {
			return nil
		}
		c = &configuration{}
		if err := p.get(ctx, strings.TrimSuffix(p.Issuer, "/")+"/.well-known/openid-configuration", "", c); err != nil {
			return err
		}
		if err := c.check(p.Issuer); err != nil {
			return distrust(fmt.Errorf("configuration: %w", err))
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.conf, p.confAt = c, p.now()
		return nil
	})
	return c, err
}

// check compares the issuer letter by letter and refuses addresses that browsers or
// the secret must not be sent to. Browsers allow a form to lead to the issuer's origin
// only (securityHeaders), so that is where people must be able to sign in.
func (c *configuration) check(issuer string) error {
	if c.Issuer != issuer {
		return fmt.Errorf("issuer is %.100q", c.Issuer)
	}
	for name, address := range map[string]string{"authorization_endpoint": c.Authorization, "token_endpoint": c.Token, "jwks_uri": c.Keys} {
		if u, err := url.Parse(address); err != nil || u.Host == "" || !secureURL(u) {
			return fmt.Errorf("%s is %.100q", name, address)
		}
	}
	if c.UserInfo != "" {
		if u, err := url.Parse(c.UserInfo); err != nil || !secureURL(u) {
			return fmt.Errorf("userinfo_endpoint is %.100q", c.UserInfo)
		}
	}
	if originOf(c.Authorization) != originOf(issuer) {
		return fmt.Errorf("authorization_endpoint is %.100q, not at the issuer's origin", c.Authorization)
	}
	return nil
}

// originOf is the scheme and host of an address.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// get reads JSON. access, if not "", is the access token to show.
func (p *providerClient) get(ctx context.Context, address, access string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json")
	if access != "" {
		r.Header.Set("Authorization", "Bearer "+access)
	}
	resp, err := p.http.Do(r)
	if err != nil {
		return providerDown(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return providerDown(fmt.Errorf("%s: %s", r.URL.Path, resp.Status))
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return distrust(fmt.Errorf("%s: not the JSON expected", r.URL.Path))
	}
	return nil
}

func (p *providerClient) oauth(c *configuration) *oauth2.Config {
	// Basic is what a provider must know; set, because guessing sends the secret twice.
	style := oauth2.AuthStyleInHeader
	if len(c.AuthMethods) > 0 && !slices.Contains(c.AuthMethods, "client_secret_basic") && slices.Contains(c.AuthMethods, "client_secret_post") {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: p.callback, Scopes: []string{"openid", "email", "profile"},
		Endpoint: oauth2.Endpoint{AuthURL: c.Authorization, TokenURL: c.Token, AuthStyle: style},
	}
}

// address is where the browser is sent to begin. Errors: Unavailable, Forbidden.
func (p *providerClient) address(ctx context.Context, s *providerStart) (string, error) {
	c, err := p.configured(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(s.Verifier), oauth2.SetAuthURLParam("nonce", s.Nonce), oauth2.SetAuthURLParam("ui_locales", string(s.Lang)),
	}
	if s.Again { // whoever is at the keyboard has to show again who they are
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	return p.oauth(c).AuthCodeURL(s.State, options...), nil
}

// redeem exchanges the code for what the provider says of the person. Errors:
// Unavailable, Forbidden.
func (p *providerClient) redeem(ctx context.Context, s *providerStart, code, issuer string) (models.Claim, error) {
	c, err := p.configured(ctx)
	if err != nil {
		return models.Claim{}, err
	}
	if issuer != p.Issuer && (issuer != "" || c.SendsIssuer) {
		return models.Claim{}, distrust(fmt.Errorf("the browser was sent back by %.100q", issuer))
	}
	token, err := p.oauth(c).Exchange(context.WithValue(ctx, oauth2.HTTPClient, p.http), code, oauth2.VerifierOption(s.Verifier))
	if err != nil {
		return models.Claim{}, exchangeError(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.verify(ctx, c, raw, s)
	if err != nil {
		return models.Claim{}, err
	}
	if id.Email == "" && c.UserInfo != "" { // a provider may tell it there only
		var info profile
		if err := p.get(ctx, c.UserInfo, token.AccessToken, &info); err != nil {
			return models.Claim{}, err
		}
		if info.Sub != id.Sub {
			return models.Claim{}, distrust(errors.New("userinfo is about somebody else"))
		}
		id.profile = info
	}
	return models.Claim{Issuer: p.Issuer, Subject: id.Sub, Email: id.Email, EmailVerified: bool(id.EmailVerified), Name: id.Name}, nil
}

// exchangeError keeps the answer of the token endpoint out of the log: nobody knows
// what is in it.
func exchangeError(err error) error {
	e, ok := errors.AsType[*oauth2.RetrieveError](err)
	switch {
	case !ok && errors.Is(err, context.DeadlineExceeded), !ok && isNet(err):
		return providerDown(err)
	case !ok:
		return distrust(errors.New("token endpoint: not the JSON expected"))
	case e.Response.StatusCode >= http.StatusInternalServerError:
		return providerDown(fmt.Errorf("token endpoint: %s", e.Response.Status))
	}
	return distrust(fmt.Errorf("token endpoint: %s, error %.40q", e.Response.Status, e.ErrorCode))
}

func isNet(err error) bool {
	_, ok := errors.AsType[*url.Error](err)
	return ok
}
