package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// profile is what a provider says of a person, in the ID token or as userinfo.
type profile struct {
	Sub           string `json:"sub"`
	Email         string `json:"email"`
	EmailVerified yes    `json:"email_verified"`
	Name          string `json:"name"`
}

// yes is true for true and "true": some providers quote it.
type yes bool

// UnmarshalJSON implements json.Unmarshaler.
func (y *yes) UnmarshalJSON(b []byte) error {
	*y = string(b) == "true" || string(b) == `"true"`
	return nil
}

// idToken is a verified ID token.
type idToken struct {
	Issuer    string           `json:"iss"`
	Audience  jwt.ClaimStrings `json:"aud"`
	Expires   *jwt.NumericDate `json:"exp"`
	Issued    *jwt.NumericDate `json:"iat"`
	NotBefore *jwt.NumericDate `json:"nbf"`
	Nonce     string           `json:"nonce"`
	Party     string           `json:"azp"`
	AuthTime  *jwt.NumericDate `json:"auth_time"`
	profile
}

// These make idToken a jwt.Claims.

func (t *idToken) GetExpirationTime() (*jwt.NumericDate, error) { return t.Expires, nil }
func (t *idToken) GetIssuedAt() (*jwt.NumericDate, error)       { return t.Issued, nil }
func (t *idToken) GetNotBefore() (*jwt.NumericDate, error)      { return t.NotBefore, nil }
func (t *idToken) GetIssuer() (string, error)                   { return t.Issuer, nil }
func (t *idToken) GetSubject() (string, error)                  { return t.Sub, nil }
func (t *idToken) GetAudience() (jwt.ClaimStrings, error)       { return t.Audience, nil }

// maxSubject is what the standard allows.
const maxSubject = 255

// verify returns the ID token if it is the provider's, for this client, for this very
// sign-in and has not expired. Errors: ErrDown, ErrUntrusted.
func (p *Client) verify(ctx context.Context, c *configuration, raw string, s Start) (*idToken, error) {
	t := &idToken{}
	var failed error // of fetching the keys: the provider's fault, not the token's
	_, err := jwt.ParseWithClaims(raw, t, func(token *jwt.Token) (any, error) {
		id, _ := token.Header["kid"].(string)
		var found any
		found, failed = p.key(ctx, c, id, token.Method.Alg())
		return found, failed
	}, jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg(), jwt.SigningMethodES256.Alg()}), jwt.WithExpirationRequired(),
		jwt.WithIssuer(p.Issuer), jwt.WithAudience(p.ClientID), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(p.now))
	if failed != nil {
		return nil, failed
	}
	if err == nil {
		err = t.check(p.ClientID, s)
	}
	if err != nil {
		return nil, untrusted(fmt.Errorf("id token: %w", err))
	}
	return t, nil
}

// check is what a JWT library does not know about an ID token.
func (t *idToken) check(clientID string, s Start) error {
	switch {
	case t.Sub == "" || len(t.Sub) > maxSubject:
		return errors.New("no subject")
	case t.Party != "" && t.Party != clientID, t.Party == "" && len(t.Audience) > 1:
		return errors.New("made for another party")
	case subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(s.Nonce)) != 1:
		return errors.New("not the nonce of this sign-in")
	case s.Again && (t.AuthTime == nil || t.AuthTime.Before(s.At.Add(-leeway).Truncate(time.Second))):
		return errors.New("the person was not asked again")
	}
	return nil
}
