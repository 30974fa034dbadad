package identity

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"

	"github.com/golang-jwt/jwt/v5"
)

// signingKey returns the key and its id. The key is made when it is first needed, because
// making one would delay the start.
func (p *Provider) signingKey() (*rsa.PrivateKey, string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.key != nil {
		return p.key, p.keyID, nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, "", err
	}
	p.key, p.keyID = key, rand.Text()
	return p.key, p.keyID, nil
}

// Rotate makes the provider sign with a new key from now on. The old key is no longer published.
func (p *Provider) Rotate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key = nil
}

// sign makes an ID token of the claims.
func (p *Provider) sign(claims jwt.MapClaims) (string, error) {
	key, id, err := p.signingKey()
	if err != nil {
		return "", err
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = id
	return token.SignedString(key)
}

// showConfiguration handles GET /.well-known/openid-configuration.
func (p *Provider) showConfiguration(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                p.issuer,
		"authorization_endpoint":                p.issuer + "/authorize",
		"token_endpoint":                        p.issuer + "/token",
		"userinfo_endpoint":                     p.issuer + "/userinfo",
		"jwks_uri":                              p.issuer + "/jwks",
		"response_types_supported":              []string{"code"},
		"response_modes_supported":              []string{"query"},
		"grant_types_supported":                 []string{"authorization_code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic"},
		"code_challenge_methods_supported":      []string{"S256"},
		"scopes_supported":                      []string{"openid", "email", "profile"},
		"claims_supported":                      []string{"sub", "auth_time", "nonce", "email", "email_verified", "name"},
		"ui_locales_supported":                  []string{"ka", "en"},

		"authorization_response_iss_parameter_supported": true,
	})
}

// showKeys handles GET /jwks.
func (p *Provider) showKeys(w http.ResponseWriter, _ *http.Request) {
	key, id, err := p.signingKey()
	if err != nil {
		p.fault(w, err)
		return
	}
	b64 := base64.RawURLEncoding
	writeJSON(w, http.StatusOK, map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id,
		"n": b64.EncodeToString(key.N.Bytes()), "e": b64.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
	}}})
}

func (p *Provider) fault(w http.ResponseWriter, err error) {
	p.log().Error("simulated provider", "err", err)
	writeJSON(w, http.StatusInternalServerError, map[string]string{"error": "server_error"})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body) // the caller may be gone
}
