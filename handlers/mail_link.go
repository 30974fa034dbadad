package handlers

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"dukani/models"
)

// minSecret is how many bytes the secret that signs links must have.
const minSecret = 32

// linkSigner signs the links in mails, and reads them when they come back. The signature
// keeps guesses away from the database, which knows whose a link is and whether it was
// used. Nothing in a link tells whom it is for.
type linkSigner struct {
	key    []byte
	issuer string // the shop's address, so that a link of a test shop opens nothing here
	now    func() time.Time
}

func newLinkSigner(secret, baseURL string, now func() time.Time) (linkSigner, error) {
	if len(secret) < minSecret {
		return linkSigner{}, fmt.Errorf("handlers: the secret needs at least %d bytes", minSecret)
	}
	mac := hmac.New(sha256.New, []byte(secret)) // a key for this purpose only
	mac.Write([]byte("links in mails"))
	return linkSigner{mac.Sum(nil), baseURL, now}, nil
}

// sign returns the text of a link, the same each time.
func (s linkSigner) sign(l *models.MailLink) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{
		ID: l.ID, Issuer: s.issuer, Audience: jwt.ClaimStrings{string(l.Purpose)}, ExpiresAt: jwt.NewNumericDate(l.ExpiresAt),
	}).SignedString(s.key)
}

// read returns the id of a link that was made for purpose and has not expired.
// Errors: NotFound.
func (s linkSigner) read(text string, purpose models.LinkPurpose) (id string, err error) {
	var claims jwt.RegisteredClaims
	_, err = jwt.ParseWithClaims(text, &claims, func(*jwt.Token) (any, error) { return s.key, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithExpirationRequired(),
		jwt.WithIssuer(s.issuer), jwt.WithAudience(string(purpose)), jwt.WithTimeFunc(s.now))
	if err == nil && claims.ID == "" {
		err = errors.New("a link without an id")
	}
	if err != nil {
		return "", &models.Error{Kind: models.NotFound, Code: models.CodeLinkDead, Err: err}
	}
	return claims.ID, nil
}
