package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// token handles POST /token: an ID token and an access token for a code.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, code string) { writeJSON(w, status, map[string]string{"error": code}) }
	if !p.isClient(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="identity"`)
		refuse(http.StatusUnauthorized, "invalid_client")
		return
	}
	if r.PostFormValue("grant_type") != "authorization_code" {
		refuse(http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	// The first attempt uses up the code, even if it is wrong.
	g, ok := p.find(p.codes, r.PostFormValue("code"), true)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || g.redirectURI != r.PostFormValue("redirect_uri") || !same(base64.RawURLEncoding.EncodeToString(sum[:]), g.challenge) {
		refuse(http.StatusBadRequest, "invalid_grant")
		return
	}
	id, err := p.idToken(g)
	if err != nil {
		p.fault(w, err)
		return
	}
	access := rand.Text()
	g.until = p.now().Add(accessLife)
	if !p.keep(p.access, access, g) {
		refuse(http.StatusServiceUnavailable, "temporarily_unavailable")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(accessLife.Seconds()), "id_token": id, "scope": "openid email profile",
	})
}

// isClient reports whether the request has the client's credentials
// (client_secret_basic: each part is form-encoded first).
func (p *Provider) isClient(r *http.Request) bool {
	id, secret, ok := r.BasicAuth()
	id, err := url.QueryUnescape(id)
	secret, err2 := url.QueryUnescape(secret)
	return ok && err == nil && err2 == nil && same(id, p.clientID()) && same(secret, p.clientSecret())
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (p *Provider) idToken(g grant) (string, error) {
	now := p.now()
	claims := jwt.MapClaims{
		"iss": p.issuer, "sub": g.person.subject, "aud": p.clientID(), "iat": now.Unix(), "exp": now.Add(idLife).Unix(),
		"auth_time": g.at.Unix(), "email": g.person.email, "email_verified": g.person.verified, "name": g.person.name,
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	if p.IDToken != nil {
		return p.IDToken(claims, p.sign)
	}
	return p.sign(claims)
}

// userInfo handles GET /userinfo.
func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) {
	access, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	g, ok := p.find(p.access, access, false)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		writeJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"sub": g.person.subject, "email": g.person.email, "email_verified": g.person.verified, "name": g.person.name,
	})
}
