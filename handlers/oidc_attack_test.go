package handlers_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"dukani/handlers"
	"dukani/payments/simulator/identity"
)

type (
	signer  = func(jwt.MapClaims) (string, error)
	forgery = func(claims jwt.MapClaims, sign signer) (string, error)
)

// with is a forgery that only changes a claim; nil takes it out.
func with(claim string, value any) forgery {
	return func(claims jwt.MapClaims, sign signer) (string, error) {
		if claims[claim] = value; value == nil {
			delete(claims, claim)
		}
		return sign(claims)
	}
}

// publicKey is the key that the provider publishes.
func (p *provided) publicKey() *rsa.PublicKey {
	p.t.Helper()
	resp, err := browser.Get(p.issuer + "/jwks")
	must(p.t, err)
	defer resp.Body.Close()
	var set struct{ Keys []struct{ N string } }
	must(p.t, json.NewDecoder(resp.Body).Decode(&set))
	n, err := base64.RawURLEncoding.DecodeString(set.Keys[0].N)
	must(p.t, err)
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537}
}

func TestTokensThatMustNotBeBelieved(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	resign := func(method jwt.SigningMethod, key any) forgery {
		return func(claims jwt.MapClaims, sign signer) (string, error) {
			honest, err := sign(claims)
			if err != nil {
				return "", err
			}
			parsed, _, err := jwt.NewParser().ParseUnverified(honest, jwt.MapClaims{})
			if err != nil {
				return "", err
			}
			token := jwt.NewWithClaims(method, claims)
			token.Header["kid"] = parsed.Header["kid"]
			return token.SignedString(key)
		}
	}
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	public := s.publicKey()
	der, err := x509.MarshalPKIXPublicKey(public)
	must(t, err)
	now := time.Now()
	for name, forge := range map[string]forgery{
		"another nonce":         with("nonce", "AAAA"),
		"no nonce":              with("nonce", nil),
		"another audience":      with("aud", "another shop"),
		"no audience":           with("aud", nil),
		"two audiences, no azp": with("aud", []string{identity.DefaultClientID, "another shop"}),
		"another azp":           with("azp", "another shop"),
		"another issuer":        with("iss", "https://evil.example"),
		"issuer with a slash":   with("iss", s.issuer+"/"),
		"expired":               with("exp", now.Add(-time.Minute).Unix()),
		"never expires":         with("exp", nil),
		"not valid yet":         with("nbf", now.Add(time.Hour).Unix()),
		"from tomorrow":         with("iat", now.Add(24*time.Hour).Unix()),
		"no subject":            with("sub", ""),
		"a very long subject":   with("sub", strings.Repeat("x", 256)),
		"alg none":              resign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"HS256, public key PEM": resign(jwt.SigningMethodHS256, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"HS256, the modulus":    resign(jwt.SigningMethodHS256, public.N.Bytes()),
		"HS256, the secret":     resign(jwt.SigningMethodHS256, []byte(identity.DefaultClientSecret)),
		"PS256":                 resign(jwt.SigningMethodPS256, stranger),
		"a stranger's key":      resign(jwt.SigningMethodRS256, stranger),
		"no token":              func(jwt.MapClaims, signer) (string, error) { return "", nil },
		"not a token":           func(jwt.MapClaims, signer) (string, error) { return "a.b.c", nil },
		"a changed claim": func(claims jwt.MapClaims, sign signer) (string, error) {
			honest, err := sign(claims)
			claims["sub"] = "somebody else"
			forged, err2 := sign(claims)
			part := strings.Split(honest, ".")
			part[1] = strings.Split(forged, ".")[1]
			return strings.Join(part, "."), errors.Join(err, err2)
		},
	} {
		s.provider.IDToken = forge
		v := s.visitor()
		v.refused(name, v.byProvider(asNino), saysFailed)
	}
	if n := s.number("SELECT count(*) FROM customers"); n != 0 {
		t.Errorf("%d customers", n)
	}
	for name, forge := range map[string]forgery{
		"nothing forged": nil,
		"own azp":        with("azp", identity.DefaultClientID),
		"a list of one":  with("aud", []string{identity.DefaultClientID}),
		"two, with own azp": func(c jwt.MapClaims, sign signer) (string, error) {
			c["azp"] = identity.DefaultClientID
			return with("aud", []string{identity.DefaultClientID, "x"})(c, sign)
		},
		"a clock that lags": with("exp", time.Now().Add(-5*time.Second).Unix()),
		"quoted":            with("email_verified", "true"),
		"address by userinfo": func(c jwt.MapClaims, sign signer) (string, error) {
			delete(c, "email_verified")
			return with("email", nil)(c, sign)
		},
	} {
		s.provider.IDToken = forge
		v := s.visitor()
		if r := v.byProvider(asNino); !v.isIn() {
			t.Errorf("%s: %d to %q", name, r.StatusCode, r.Header.Get("Location"))
		}
	}
}

func TestStateOfTheVisit(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	back := func(v *visitor) string { return v.agree(v.begin(""), asNino) }
	state := func(back, value string) string {
		u, err := url.Parse(back)
		must(t, err)
		q := u.Query()
		if q.Set("state", value); value == "" {
			q.Del("state")
		}
		return u.Path + "?" + q.Encode()
	}

	v := s.visitor()
	mine := back(v)
	v.refused("another state", v.follow(state(mine, "AAAA")), saysExpired)
	v.refused("no state", v.follow(state(mine, "")), saysExpired)
	stranger := s.visitor()
	stranger.refused("another browser", stranger.follow(mine), saysExpired)
	begun := s.visitor()
	begun.begin("")
	begun.refused("a browser that began another", begun.follow(mine), saysExpired)

	if r := v.follow(mine); !v.isIn() { // none of this spent it
		t.Fatalf("%d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if r := v.follow(mine); r.Header.Get("Location") != "/en/account" || !v.isIn() {
		t.Errorf("Back in the browser: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	v.submit("/en/logout", nil)
	v.refused("a replay", v.follow(mine), saysExpired)

	v = s.visitor()
	old := back(v)
	newer := back(v)
	v.refused("an older one", v.follow(old), saysExpired)
	if v.follow(newer); !v.isIn() {
		t.Error("the newer one failed")
	}

	v = s.visitor()
	late := back(v)
	s.store.Now = func() time.Time { return time.Now().UTC().Add(11 * time.Minute) }
	v.refused("eleven minutes later", v.follow(late), saysExpired)
	s.store.Now = func() time.Time { return time.Now().UTC() }
	v.refused("and for good", v.follow(late), saysExpired)

	if r := s.visitor().send(request("POST", "/en/login/provider", url.Values{}, "Sec-Fetch-Site", "cross-site")); r.StatusCode != http.StatusForbidden {
		t.Errorf("begun by another site: %d", r.StatusCode)
	}
}

func TestAnswersOfTheProvider(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	change := func(back string, pairs ...string) string {
		u, err := url.Parse(back)
		must(t, err)
		q := u.Query()
		for i := 0; i < len(pairs); i += 2 {
			if q.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
				q.Del(pairs[i])
			}
		}
		return u.Path + "?" + q.Encode()
	}
	for name, c := range map[string]struct {
		form  url.Values
		pairs []string
		want  string
	}{
		"refused by the person": {asRefusing, nil, "cancelled"},
		"out of order":          {asNino, []string{"error", "temporarily_unavailable"}, saysDown},
		"another error":         {asNino, []string{"error", "<b>secret-looking</b>"}, saysFailed},
		"another code":          {asNino, []string{"code", "AAAA"}, saysFailed},
		"no code":               {asNino, []string{"code", ""}, saysFailed},
		"from another provider": {asNino, []string{"iss", "https://evil.example"}, saysFailed},
		"from nobody said whom": {asNino, []string{"iss", ""}, saysFailed},
	} {
		v := s.visitor()
		v.refused(name, v.follow(change(v.agree(v.begin(""), c.form), c.pairs...)), c.want)
	}
	// A code that was got with another challenge, as an attacker would inject it.
	victim, attacker := s.visitor(), s.visitor()
	stolen, _ := url.Parse(attacker.agree(attacker.begin(""), asNino))
	victim.refused("an injected code", victim.follow(change(victim.agree(victim.begin(""), asNino), "code", stolen.Query().Get("code"))), saysFailed)
	for _, secret := range []string{identity.DefaultClientSecret, "secret-looking", stolen.Query().Get("code"), stolen.Query().Get("state"), "eyJ"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}

func TestProviderKeysRotate(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	for range 3 {
		v := s.visitor()
		if r := v.byProvider(asNino); !v.isIn() {
			t.Fatalf("%d to %q\n%s", r.StatusCode, r.Header.Get("Location"), s.log)
		}
		s.provider.Rotate()
	}
}

func TestProviderDown(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	v := s.visitor()
	back := v.agree(v.begin(""), asNino)
	s.stop()
	v.refused("in the middle", v.follow(back), saysDown)

	s = newProvided(t)
	s.stop()
	v = s.visitor()
	r := v.post("/en/login/provider", url.Values{"next": {"/en/checkout"}})
	if r.Header.Get("Location") != "/en/login?next=%2Fen%2Fcheckout" {
		t.Errorf("sent to %q", r.Header.Get("Location"))
	}
	v.refused("at the start", r, saysDown)
	s.member("nino@example.ge") // the shop works without it
}

// A provider that says wrong things about itself is not used.
func TestConfigurationThatMustNotBeBelieved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(conf map[string]any)
		status int
		want   string
	}{
		"another issuer":      {func(c map[string]any) { c["issuer"] = "https://evil.example" }, 200, saysFailed},
		"a slash more":        {func(c map[string]any) { c["issuer"] = c["issuer"].(string) + "/" }, 200, saysFailed},
		"another origin":      {func(c map[string]any) { c["authorization_endpoint"] = "https://evil.example/authorize" }, 200, saysFailed},
		"a script":            {func(c map[string]any) { c["authorization_endpoint"] = "javascript:alert(1)" }, 200, saysFailed},
		"the secret in clear": {func(c map[string]any) { c["token_endpoint"] = "http://provider.example/token" }, 200, saysFailed},
		"keys in clear":       {func(c map[string]any) { c["jwks_uri"] = "http://provider.example/jwks" }, 200, saysFailed},
		"no keys":             {func(c map[string]any) { delete(c, "jwks_uri") }, 200, saysFailed},
		"out of order":        {func(map[string]any) {}, 503, saysDown},
		"moved":               {func(map[string]any) {}, 302, saysDown},
		"endless":             {func(c map[string]any) { c["x"] = strings.Repeat("x", 1<<20) }, 200, saysFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var issuer string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				conf := map[string]any{
					"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/jwks",
				}
				c.change(conf)
				w.Header().Set("Location", issuer+"/elsewhere")
				w.WriteHeader(c.status)
				json.NewEncoder(w).Encode(conf)
			}))
			t.Cleanup(server.Close)
			issuer = server.URL
			s := newProvided(t, func(p *handlers.Provider) { p.Issuer = issuer })
			v := s.visitor()
			v.refused(name, v.post("/en/login/provider", url.Values{}), c.want)
		})
	}
}

func TestProviderSettings(t *testing.T) {
	t.Parallel()
	for issuer, good := range map[string]bool{
		"https://id.example": true, "https://id.example/realms/shop": true, "http://127.0.0.1:8082": true, "http://localhost:8082": true,
		"http://id.example": false, "id.example": false, "https://id.example?x=1": false, "https://u:p@id.example": false, "": false, "https://": false,
	} {
		p := handlers.Provider{Issuer: issuer, ClientID: "a", ClientSecret: "b"}
		if err := p.Check(); (err == nil) != good {
			t.Errorf("%q: %v", issuer, err)
		}
	}
	s := newProvided(t)
	policy := s.get("/en/login").Header.Get("Content-Security-Policy")
	for part := range strings.SplitSeq(policy, "; ") {
		if name, sources, _ := strings.Cut(part, " "); name == "form-action" && !slices.Contains(strings.Fields(sources), s.issuer) {
			t.Errorf("form-action %q does not let a form lead to %s", sources, s.issuer)
		}
	}
	without := newShop(t)
	if named(without.page("/en/login"), "provider-submit").Length() != 0 || without.get("/oidc/callback").StatusCode != http.StatusNotFound {
		t.Error("a shop without a provider offers one")
	}
}
