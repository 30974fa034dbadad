package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"dukani/handlers/oidc"
	"dukani/payments/simulator/identity"
)

// Keys other than the simulated provider's: a provider publishes some for other
// purposes, too.
func TestKeysOfOtherKinds(t *testing.T) {
	t.Parallel()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	point, err := curve.PublicKey.Bytes() // 4, x, y
	must(t, err)
	good, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	b64 := base64.RawURLEncoding.EncodeToString
	ec := map[string]string{"kty": "EC", "crv": "P-256", "kid": "ec", "x": b64(point[1:33]), "y": b64(point[33:])}
	n := func(key *rsa.PrivateKey) string { return b64(key.N.Bytes()) }
	published := []map[string]string{
		ec,
		{"kty": "oct", "kid": "shared", "alg": "HS256", "k": b64([]byte("a secret that everybody can read"))},
		{"kty": "RSA", "kid": "encrypts", "use": "enc", "n": n(good), "e": "AQAB"},
		{"kty": "RSA", "kid": "another alg", "alg": "PS256", "n": n(good), "e": "AQAB"},
		{"kty": "RSA", "kid": "short", "n": n(good)[:170], "e": "AQAB"},
		{"kty": "RSA", "kid": "e is 1", "n": n(good), "e": "AQ"},
		{"kty": "RSA", "kid": "not base64", "n": "!!!", "e": "AQAB"},
		{"kty": "EC", "crv": "P-256", "kid": "off the curve", "x": ec["y"], "y": ec["x"]},
		{"kty": "RSA", "kid": "rsa", "use": "sig", "alg": "RS256", "n": n(good), "e": "AQAB"},
	}

	// The provider is not started: a server that publishes other keys stands before it.
	s := &world{t: t, provider: &identity.Provider{RedirectURI: callback}}
	var inner http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/jwks" {
			json.NewEncoder(w).Encode(map[string]any{"keys": published})
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	inner = s.provider.Handler(server.URL)
	s.client = newClient(t, server.URL)

	for _, c := range []struct {
		kid     string
		method  jwt.SigningMethod
		key     any
		trusted bool
	}{
		{"ec", jwt.SigningMethodES256, curve, true},
		{"", jwt.SigningMethodES256, curve, true}, // there is no other of the kind
		{"rsa", jwt.SigningMethodRS256, good, true},
		{"encrypts", jwt.SigningMethodRS256, good, false},
		{"another alg", jwt.SigningMethodRS256, good, false},
		{"e is 1", jwt.SigningMethodRS256, good, false},
		{"short", jwt.SigningMethodRS256, good, false},
		{"off the curve", jwt.SigningMethodES256, curve, false},
		{"rsa", jwt.SigningMethodES256, curve, false},
		{"unknown", jwt.SigningMethodRS256, good, false},
		{"shared", jwt.SigningMethodHS256, []byte("a secret that everybody can read"), false},
	} {
		s.provider.IDToken = func(claims jwt.MapClaims, _ signer) (string, error) {
			token := jwt.NewWithClaims(c.method, claims)
			if c.kid != "" {
				token.Header["kid"] = c.kid
			}
			return token.SignedString(c.key)
		}
		_, err := s.signIn(false)
		if c.trusted && err != nil || !c.trusted && !errors.Is(err, oidc.ErrUntrusted) {
			t.Errorf("%s with %s: %v", c.method.Alg(), c.kid, err)
		}
	}
}
