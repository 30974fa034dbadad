package oidc_test

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
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"dukani/handlers/oidc"
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
func (p *world) publicKey() *rsa.PublicKey {
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
	s := newWorld(t)
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
		if person, err := s.signIn(false); !errors.Is(err, oidc.ErrUntrusted) || person != (oidc.Person{}) {
			t.Errorf("%s: %+v, %v", name, person, err)
		}
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
		if person, err := s.signIn(false); err != nil || person.Subject != "nino" || !person.EmailVerified {
			t.Errorf("%s: %+v, %v", name, person, err)
		}
	}
}

// A person who has to show again who they are must have been asked after that.
func TestAnOldSignInIsNoProof(t *testing.T) {
	t.Parallel()
	s := newWorld(t)
	if _, err := s.signIn(true); err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]any{"long ago": time.Now().Add(-30 * time.Minute).Unix(), "not said": nil} {
		s.provider.IDToken = with("auth_time", at)
		if _, err := s.signIn(true); !errors.Is(err, oidc.ErrUntrusted) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	s := newWorld(t)
	for range 3 {
		if _, err := s.signIn(false); err != nil {
			t.Fatal(err)
		}
		s.provider.Rotate()
	}
}

// A provider that says wrong things about itself is not used.
func TestConfigurationThatMustNotBeBelieved(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(conf map[string]any)
		status int
		want   error
	}{
		"another issuer":      {func(c map[string]any) { c["issuer"] = "https://evil.example" }, 200, oidc.ErrUntrusted},
		"a slash more":        {func(c map[string]any) { c["issuer"] = c["issuer"].(string) + "/" }, 200, oidc.ErrUntrusted},
		"another origin":      {func(c map[string]any) { c["authorization_endpoint"] = "https://evil.example/authorize" }, 200, oidc.ErrUntrusted},
		"a script":            {func(c map[string]any) { c["authorization_endpoint"] = "javascript:alert(1)" }, 200, oidc.ErrUntrusted},
		"the secret in clear": {func(c map[string]any) { c["token_endpoint"] = "http://provider.example/token" }, 200, oidc.ErrUntrusted},
		"keys in clear":       {func(c map[string]any) { c["jwks_uri"] = "http://provider.example/jwks" }, 200, oidc.ErrUntrusted},
		"no keys":             {func(c map[string]any) { delete(c, "jwks_uri") }, 200, oidc.ErrUntrusted},
		"out of order":        {func(map[string]any) {}, 503, oidc.ErrDown},
		"moved":               {func(map[string]any) {}, 302, oidc.ErrDown},
		"endless":             {func(c map[string]any) { c["x"] = strings.Repeat("x", 1<<20) }, 200, oidc.ErrUntrusted},
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
			client := newClient(t, issuer)
			if _, address, err := client.Start(t.Context(), "en", false); !errors.Is(err, c.want) {
				t.Errorf("sent to %q, %v", address, err)
			}
		})
	}
}
