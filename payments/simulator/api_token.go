package simulator

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const tokenIssuer = "https://bog-simulator.invalid/auth/realms/bog"

type tokenAnswer struct {
	AccessToken      string `json:"access_token"`
	ExpiresIn        int64  `json:"expires_in"`
	RefreshExpiresIn int    `json:"refresh_expires_in"`
	TokenType        string `json:"token_type"`
	NotBeforePolicy  int    `json:"not-before-policy"`
	Scope            string `json:"scope"`
}

func refuseToken(status int, code, description string) reply {
	return answer(status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{code, description})
}

// createToken handles POST /auth/realms/bog/protocol/openid-connect/token.
func (b *Bank) createToken(w http.ResponseWriter, r *http.Request) {
	entry := entry{Route: "token", At: b.now(), Method: r.Method, Path: r.URL.Path}
	defer func() { b.journal.add(entry) }() // without the bodies, which hold secrets
	fault := b.faults.forCall("token", "")
	entry.Fault = fault.name()
	if out, instead := fault.before(b, w, &call{r: r, route: "token"}); instead {
		if entry.Status = out.status; out.status != 0 {
			b.writeReply(w, r, out)
		}
		return
	}
	out := b.token(r)
	if b.BeforeAnswer != nil {
		if status := b.BeforeAnswer(r); status != 0 {
			out = refuse(status, http.StatusText(status))
		}
	}
	out = fault.after(r.Context(), out)
	entry.Status = out.status
	b.writeReply(w, r, out)
}

func (b *Bank) token(r *http.Request) reply {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return refuseToken(http.StatusBadRequest, "invalid_request", "Unreadable body")
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	form, err := url.ParseQuery(string(raw))
	if kind != "application/x-www-form-urlencoded" || err != nil {
		return refuseToken(http.StatusBadRequest, "invalid_request", "Missing form parameter: grant_type")
	}
	settings := b.currentSettings()
	id, secret, ok := r.BasicAuth()
	if !ok && settings.FormCredentials {
		id, secret, ok = form.Get("client_id"), form.Get("client_secret"), true
	}
	if !ok || !b.isMerchant(id, secret) {
		return refuseToken(http.StatusUnauthorized, "invalid_client", "Invalid client or Invalid client credentials")
	}
	switch form.Get("grant_type") {
	case "client_credentials":
	case "":
		return refuseToken(http.StatusBadRequest, "invalid_request", "Missing form parameter: grant_type")
	default:
		return refuseToken(http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant_type")
	}

	life := settings.tokenLife()
	token, err := b.issueToken(life)
	if err != nil {
		return refuseToken(http.StatusInternalServerError, "unknown_error", "For more on this error consult the server log")
	}
	expires := int64(life / time.Second)
	switch settings.ExpiresIn {
	case "epoch_s":
		expires = b.now().Add(life).Unix()
	case "epoch_ms":
		expires = b.now().Add(life).UnixMilli()
	case "zero":
		expires = 0
	}
	return answer(http.StatusOK, tokenAnswer{AccessToken: token, ExpiresIn: expires, TokenType: "Bearer", Scope: "profile email"})
}

// isMerchant reports whether the credentials are the merchant's. RFC 6749 wants them form-encoded
// inside Basic, the bank's samples send them as they are, and clients do either.
func (b *Bank) isMerchant(id, secret string) bool {
	same := func(got, want string) bool { return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1 }
	if same(id, b.clientID()) && same(secret, b.clientSecret()) {
		return true
	}
	plainID, err1 := url.QueryUnescape(id)
	plainSecret, err2 := url.QueryUnescape(secret)
	return err1 == nil && err2 == nil && same(plainID, b.clientID()) && same(plainSecret, b.clientSecret())
}

type accessClaims struct {
	jwt.RegisteredClaims
	Type   string `json:"typ"`
	Client string `json:"azp"`
}

func (b *Bank) issueToken(life time.Duration) (string, error) {
	now := b.now()
	b.mu.Lock()
	id := b.newID()
	b.mu.Unlock()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, accessClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			ID: id, Issuer: tokenIssuer, Subject: b.clientID(), Audience: jwt.ClaimStrings{"payments"},
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(life)),
		},
		Type: "Bearer", Client: b.clientID(),
	}).SignedString(b.secret)
}

// accessToken is what a verified token says.
type accessToken struct {
	jti  string
	ends time.Time
}

// hasValidToken reports whether the request carries an access token of this bank that has
// neither expired nor been revoked.
func (b *Bank) hasValidToken(c *call) bool {
	scheme, text, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	text = strings.TrimSpace(text)
	b.mu.Lock()
	defer b.mu.Unlock()
	token, known := b.verifiedTokens[text]
	if !known {
		if token, known = b.verifyToken(text); !known {
			return false
		}
	}
	c.jti = token.jti
	_, revoked := b.revoked[token.jti]
	return !revoked && b.now().Before(token.ends)
}

// verifyToken checks the signature and the claims of a token, and remembers a good one,
// because the check costs as much as the rest of a call. The caller holds b.mu.
func (b *Bank) verifyToken(text string) (accessToken, bool) {
	claims := accessClaims{}
	_, err := jwt.ParseWithClaims(text, &claims, func(*jwt.Token) (any, error) { return b.secret, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithIssuer(tokenIssuer),
		jwt.WithAudience("payments"), jwt.WithTimeFunc(b.now))
	if err != nil || claims.Client != b.clientID() {
		return accessToken{}, false
	}
	token := accessToken{claims.ID, claims.ExpiresAt.Time}
	if len(b.verifiedTokens) >= maxVerifiedTokens {
		clear(b.verifiedTokens)
	}
	b.verifiedTokens[text] = token
	return token, true
}

// maxVerifiedTokens is how many verified tokens the bank remembers at once.
const maxVerifiedTokens = 1000

// revokeToken makes the access token of a request invalid before it expires.
func (b *Bank) revokeToken(c *call) {
	if !b.hasValidToken(c) {
		return
	}
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, end := range b.revoked {
		if end.Before(now) {
			delete(b.revoked, id)
		}
	}
	b.revoked[c.jti] = now.Add(24 * time.Hour)
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:12])
}
