package handlers

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
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

// verify returns the ID token if it is the provider's, for this shop, for this very
// sign-in and has not expired. Errors: Forbidden, Unavailable.
func (p *providerClient) verify(ctx context.Context, c *configuration, raw string, s *providerStart) (*idToken, error) {
	t := &idToken{}
	var failed error // of fetching the keys: the provider's fault, not the token's
	_, err := jwt.ParseWithClaims(raw, t, func(token *jwt.Token) (any, error) {
		id, _ := token.Header["kid"].(string)
		var found any
		found, failed = p.key(ctx, c, id, token.Method.Alg())
		return found, failed
	}, jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg(), jwt.SigningMethodES256.Alg()}), jwt.WithExpirationRequired(),
		jwt.WithIssuer(p.Issuer), jwt.WithAudience(p.ClientID), jwt.WithIssuedAt(), jwt.WithLeeway(providerLeeway), jwt.WithTimeFunc(p.now))
	if failed != nil {
		return nil, failed
	}
	if err == nil {
		err = t.check(p.ClientID, s)
	}
	if err != nil {
		return nil, distrust(fmt.Errorf("id token: %w", err))
	}
	return t, nil
}

// check is what a JWT library does not know about an ID token.
func (t *idToken) check(clientID string, s *providerStart) error {
	switch {
	case t.Sub == "" || len(t.Sub) > maxSubject:
		return errors.New("no subject")
	case t.Party != "" && t.Party != clientID, t.Party == "" && len(t.Audience) > 1:
		return errors.New("made for another party")
	case subtle.ConstantTimeCompare([]byte(t.Nonce), []byte(s.Nonce)) != 1:
		return errors.New("not the nonce of this sign-in")
	case s.Again && (t.AuthTime == nil || t.AuthTime.Before(s.At.Add(-providerLeeway).Truncate(time.Second))):
		return errors.New("the person was not asked again")
	}
	return nil
}

// key is one of the provider's keys.
type key struct {
	id, alg string
	public  any
}

// key returns the key for a token. One that is not known is looked for once more:
// the provider may have changed its keys since. Only tokens that came from the
// provider's own token endpoint get here, so nobody can make the shop ask often.
func (p *providerClient) key(ctx context.Context, c *configuration, id, alg string) (any, error) {
	p.mu.Lock()
	keys, at := p.keys, p.keysAt
	p.mu.Unlock()
	if p.now().Sub(at) <= providerKept {
		if k := findKey(keys, id, alg); k != nil {
			return k, nil
		}
	}
	err := p.alone(ctx, func() (err error) {
		keys, err = p.fetchKeys(ctx, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	if k := findKey(keys, id, alg); k != nil {
		return k, nil
	}
	return nil, distrust(errors.New("id token: signed with a key that the provider does not publish"))
}

// findKey picks by id; without one only if there is no choice.
func findKey(keys []key, id, alg string) any {
	fits := func(k key) bool { return k.alg == alg && (id == "" || k.id == id) }
	i := slices.IndexFunc(keys, fits)
	if i < 0 || id == "" && slices.ContainsFunc(keys[i+1:], fits) {
		return nil
	}
	return keys[i].public
}

func (p *providerClient) fetchKeys(ctx context.Context, c *configuration) ([]key, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := p.get(ctx, c.Keys, "", &set); err != nil {
		return nil, err
	}
	var keys []key
	for _, raw := range set.Keys {
		if k, ok := readKey(raw); ok { // others are for other purposes
			keys = append(keys, k)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys, p.keysAt = keys, p.now()
	return keys, nil
}

// minRSA is the length in bits below which an RSA key is not trusted.
const minRSA = 2048

// readKey reads a JSON Web Key that signs with RS256 or ES256.
func readKey(raw json.RawMessage) (key, bool) {
	var k struct{ Kty, Use, Alg, Kid, Crv, N, E, X, Y string }
	if json.Unmarshal(raw, &k) != nil || k.Use != "" && k.Use != "sig" {
		return key{}, false
	}
	part := func(s string) []byte {
		b, _ := base64.RawURLEncoding.DecodeString(s) // nothing, if it is not base64: refused below
		return b
	}
	switch {
	case k.Kty == "RSA" && (k.Alg == "" || k.Alg == "RS256"):
		n, e := new(big.Int).SetBytes(part(k.N)), new(big.Int).SetBytes(part(k.E))
		if n.BitLen() < minRSA || !e.IsInt64() || e.Int64() < 3 || e.Int64() > 1<<31-1 || e.Bit(0) == 0 {
			return key{}, false
		}
		return key{k.Kid, "RS256", &rsa.PublicKey{N: n, E: int(e.Int64())}}, true
	case k.Kty == "EC" && k.Crv == "P-256" && (k.Alg == "" || k.Alg == "ES256"):
		x, y := part(k.X), part(k.Y)
		if len(x) != 32 || len(y) != 32 {
			return key{}, false
		}
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		return key{k.Kid, "ES256", public}, err == nil
	}
	return key{}, false
}
