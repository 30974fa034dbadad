package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

var tokenChecks = []check{
	{"token.issue", "§4", "a token is given for Basic credentials and a form", confirmed, tokenIssued},
	{"token.lifetime", "§4", "expires_in has a known form", unconfirmed, tokenLifetime},
	{"token.wrong_secret", "§4", "a wrong secret is refused in the OAuth form", unconfirmed, tokenWrongSecret},
	{"token.wrong_grant", "§4", "another grant is refused", unconfirmed, tokenWrongGrant},
	{"token.form_credentials", "§4", "credentials in the form instead of Basic", unconfirmed, tokenFormCredentials},
	{"token.json_body", "§4", "the token call with a JSON body", unconfirmed, tokenJSON},
	{"bearer.missing", "§4", "no API call works without a token", confirmed, bearerMissing},
	{"bearer.foreign", "§4", "a foreign token is refused with 401", confirmed, bearerForeign},
	{"bearer.basic", "§3", "Basic credentials do not open the API", confirmed, bearerBasic},
	{"bearer.expired", "§4", "an expired token is refused with 401, a fresh one works", confirmed, bearerExpired},
}

var clientCredentials = url.Values{"grant_type": {"client_credentials"}}

func (p *probe) basic(r *http.Request) {
	r.SetBasicAuth(p.target.Config.ClientID, p.target.Config.ClientSecret)
}

// freshToken returns the answer of a successful token call.
func (p *probe) freshToken() doc {
	a := p.askToken(clientCredentials, p.basic)
	p.need(a.status == http.StatusOK, "token: %s", a.text())
	d := p.decode(a)
	if token := d.string("access_token"); token != "" {
		p.secrets = append(p.secrets, token)
	}
	return d
}

func tokenIssued(p *probe) {
	d := p.freshToken()
	token := d.string("access_token")
	p.must(token != "", "access_token is %s", d.show("access_token"))
	p.must(strings.EqualFold(d.string("token_type"), "Bearer"), "token_type is %s, want Bearer", d.show("token_type"))
	_, numeric := d.value.(map[string]any)["expires_in"].(json.Number)
	p.must(numeric, "expires_in is %s, want a number", d.show("expires_in"))
	p.note("shape", "%s", d.shape())
	form := "opaque"
	if strings.Count(token, ".") == 2 {
		form = "looks like a JWT"
	}
	p.note("token", "%s, %d characters", form, len(token))
	a := p.call("GET", "/receipt/"+unknownOrder, "", bearer(token))
	p.must(a.status != http.StatusUnauthorized, "the API does not accept the token: %s", a.text())
}

// life reads expires_in as §4 advises; 0 means an unknown form.
func life(d doc) (time.Duration, string) {
	value, _ := d.at("expires_in")
	number, _ := value.(json.Number)
	n, err := number.Int64()
	switch {
	case err != nil:
		return 0, "not a whole number"
	case n >= 1 && n <= 86_400:
		return time.Duration(n) * time.Second, "seconds"
	case n > 1e12:
		return time.Until(time.UnixMilli(n)), "epoch milliseconds"
	case n > 1e9:
		return time.Until(time.Unix(n, 0)), "epoch seconds"
	}
	return 0, "a number of no known form"
}

func tokenLifetime(p *probe) {
	d := p.freshToken()
	_, form := life(d)
	p.note("form", "%s", form)
	if form == "seconds" {
		p.note("expires_in", "%s", d.show("expires_in"))
	}
	p.assume(form == "seconds", "expires_in comes as %s (%s), not as seconds", form, d.show("expires_in"))
}

// refusedToken records how a token call was refused.
func (p *probe) refusedToken(a answer, status int, code string) {
	p.note("answer", "%s", a.brief())
	p.need(!a.ok(), "a token was given: %d", a.status)
	d, err := parse(a.body)
	p.assume(err == nil && d.string("error") == code && a.status == status, "answered %s, not %d with error %q", a.text(), status, code)
}

func tokenWrongSecret(p *probe) {
	p.refusedToken(p.askToken(clientCredentials, func(r *http.Request) {
		r.SetBasicAuth(p.target.Config.ClientID, p.target.Config.ClientSecret+"x")
	}), http.StatusUnauthorized, "invalid_client")
}

func tokenWrongGrant(p *probe) {
	p.refusedToken(p.askToken(url.Values{"grant_type": {"refresh_token_of_nobody"}}, p.basic), http.StatusBadRequest, "unsupported_grant_type")
}

func tokenFormCredentials(p *probe) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.target.Config.ClientID}, "client_secret": {p.target.Config.ClientSecret}}
	a := p.askToken(form)
	p.note("answer", "%s", a.brief())
	p.assume(a.refused(), "credentials in the form are accepted")
}

func tokenJSON(p *probe) {
	r, err := http.NewRequestWithContext(p.ctx, http.MethodPost, p.target.Config.Endpoints.Token, strings.NewReader(`{"grant_type":"client_credentials"}`))
	p.need(err == nil, "token: %v", err)
	r.Header.Set("Content-Type", "application/json")
	p.basic(r)
	a := p.do(r)
	p.note("answer", "%s", a.brief())
	p.assume(a.refused(), "a JSON body is accepted")
}

// apiCalls returns every call of §2 that needs an access token, with a valid body.
func (p *probe) apiCalls() []struct{ method, path, body string } {
	id := unknownOrder
	return []struct{ method, path, body string }{
		{"POST", "/ecommerce/orders", p.body().text()},
		{"GET", "/receipt/" + id, ""},
		{"POST", "/payment/refund/" + id, `{}`},
		{"POST", "/payment/authorization/approve/" + id, `{}`},
		{"POST", "/payment/authorization/cancel/" + id, `{}`},
		{"PUT", "/orders/" + id + "/cards", ""},
		{"PUT", "/orders/" + id + "/subscriptions", ""},
		{"POST", "/ecommerce/orders/" + id, p.body().text()},
		{"POST", "/ecommerce/orders/" + id + "/subscribe", `{}`},
		{"DELETE", "/charges/card/" + id, ""},
		{"POST", "/ecommerce/orders/" + id + "/payment", `{"apple_pay_token":"{}"}`},
	}
}

// requireUnauthorized makes every call with the option, and fails unless the answer is 401.
func (p *probe) requireUnauthorized(o option) {
	var seen []string
	for _, c := range p.apiCalls() {
		a := p.call(c.method, c.path, c.body, o)
		p.must(a.status == http.StatusUnauthorized, "%s %s: %s, want 401", c.method, c.path, a.text())
		if text := a.text(); !slices.Contains(seen, text) {
			seen = append(seen, text)
		}
	}
	p.note("answers", "%s", strings.Join(seen, " | "))
}

func bearerMissing(p *probe) { p.requireUnauthorized(bearer("")) }

func bearerForeign(p *probe) {
	p.requireUnauthorized(bearer("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJub2JvZHkiLCJleHAiOjQxMDI0NDQ4MDB9.c2lnbmVkLWJ5LW5vYm9keQ"))
}

func bearerBasic(p *probe) { p.requireUnauthorized(p.basic) }

func bearerExpired(p *probe) {
	d := p.freshToken()
	token := d.string("access_token")
	lifetime, form := life(d)
	if lifetime <= 0 {
		p.skip("the life of a token is not known: expires_in is %s, %s", d.show("expires_in"), form)
	}
	p.wait(lifetime+time.Second, "the life of a token")
	a := p.call("GET", "/receipt/"+unknownOrder, "", bearer(token))
	p.must(a.status == http.StatusUnauthorized, "an expired token: %s, want 401", a.text())
	a = p.call("GET", "/receipt/"+unknownOrder, "", bearer(p.freshToken().string("access_token")))
	p.must(a.status != http.StatusUnauthorized, "a fresh token: %s", a.text())
	p.order() // the client gets a new token by itself
}
