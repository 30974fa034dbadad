package oidc

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

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

// configured returns the provider's configuration. Errors: ErrDown, ErrUntrusted.
func (p *Client) configured(ctx context.Context) (*configuration, error) {
	c := p.cachedConfiguration()
	if c != nil {
		return c, nil
	}
	err := p.alone(ctx, func() error {
		if c = p.cachedConfiguration(); c != nil {
			return nil // fetched while this call waited
		}
		c = &configuration{}
		if err := p.get(ctx, strings.TrimSuffix(p.Issuer, "/")+"/.well-known/openid-configuration", "", c); err != nil {
			return err
		}
		if err := c.check(p.Issuer); err != nil {
			return untrusted(fmt.Errorf("configuration: %w", err))
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.conf, p.confAt = c, p.now()
		return nil
	})
	return c, err
}

func (p *Client) cachedConfiguration() *configuration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conf == nil || p.now().Sub(p.confAt) > cacheLife {
		return nil
	}
	return p.conf
}

// check compares the issuer letter by letter and refuses addresses that browsers or
// the secret must not be sent to. Browsers are sent to the issuer's origin only, so that a
// page's policy can name it as where its forms may lead.
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

// Origin is the scheme and host where the provider lets people sign in.
func (p Provider) Origin() string { return originOf(p.Issuer) }

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// alone runs f while no other caller does, so that many visitors at once ask once.
func (p *Client) alone(ctx context.Context, f func() error) error {
	select {
	case p.fetching <- struct{}{}:
	case <-ctx.Done():
		return down(ctx.Err())
	}
	defer func() { <-p.fetching }()
	return f()
}

// get reads JSON. access, if not "", is the access token to show.
func (p *Client) get(ctx context.Context, address, access string, into any) error {
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
		return down(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return down(fmt.Errorf("%s: %s", r.URL.Path, resp.Status))
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return untrusted(fmt.Errorf("%s: not the JSON expected", r.URL.Path))
	}
	return nil
}
