package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
)

// key is one of the provider's keys.
type key struct {
	id, alg string
	public  any
}

// key returns the key for a token. For an unknown one the keys are fetched again: the
// provider may have changed them. Only tokens from the provider's own token endpoint get
// here, so nobody else can make the client fetch often.
func (p *Client) key(ctx context.Context, c *configuration, id, alg string) (any, error) {
	p.mu.Lock()
	keys, at := p.keys, p.keysAt
	p.mu.Unlock()
	if p.now().Sub(at) <= cacheLife {
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
	return nil, untrusted(errors.New("id token: signed with a key that the provider does not publish"))
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

func (p *Client) fetchKeys(ctx context.Context, c *configuration) ([]key, error) {
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
