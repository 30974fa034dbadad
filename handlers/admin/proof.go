package admin

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/gorilla/securecookie"
	"github.com/pquerna/otp/totp"

	"dukani/models"
)

// The second factor is a code of a device that knows a secret of ours (TOTP, RFC 6238). The
// secret is stored sealed with a key made of the shop's own secret: the database alone does not
// let anybody make codes. Under another SHOP_SECRET nobody's codes fit, and the command
// "staff reset" lets them set up a new second factor.

// totpPeriod is how long a code is shown, and totpSteps how many periods a device's clock may
// be wrong by.
const (
	totpPeriod = 30
	totpSteps  = 1
)

// sealedSecret is what a sealed secret of a second factor is called where it is opened, so that
// nothing else that is sealed passes for one.
const sealedSecret = "staff-totp"

// newSealer makes the cipher that seals secrets and the cookies of known browsers.
func newSealer(secret string) (*securecookie.SecureCookie, error) {
	keys, err := hkdf.Key(sha256.New, []byte(secret), nil, "sealed for staff", 64)
	if err != nil {
		return nil, fmt.Errorf("admin: %w", err)
	}
	return securecookie.New(keys[:32], keys[32:]).MaxAge(0), nil
}

// hasSecondFactor reports whether the member of staff is asked for a code. Staff who have set up a
// second factor are asked, also where nobody has to have one.
func hasSecondFactor(who *models.Staff) bool { return who.TOTPSecret != "" }

// secondFactor reads what was given as the second factor.
func (v visit) secondFactor(code, recovery string) (given models.SecondFactor, err error) {
	given.Recovery = recovery
	if strings.TrimSpace(code) == "" {
		return given, nil
	}
	var secret string
	if hasSecondFactor(v.who) {
		if err := v.app.sealer.Decode(sealedSecret, v.who.TOTPSecret, &secret); err != nil {
			return given, fmt.Errorf("second factor of staff %d: SHOP_SECRET is not the one it was sealed with: %w", v.who.ID, err)
		}
	}
	given.Step, err = totpStep(secret, code, v.now())
	return given, err
}

// totpStep returns the time step whose code was typed, 0 if it is none of those that may be
// used now.
func totpStep(secret, typed string, now time.Time) (int64, error) {
	code := digits(typed)
	found := int64(0)
	for skew := -totpSteps; skew <= totpSteps; skew++ {
		at := now.Add(time.Duration(skew) * totpPeriod * time.Second)
		want, err := totp.GenerateCode(secret, at)
		if err != nil {
			return 0, fmt.Errorf("code of a second factor: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(code), []byte(want)) == 1 {
			found = at.Unix() / totpPeriod
		}
	}
	return found, nil
}

// digits leaves out what people put between the digits of a code.
func digits(typed string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) {
			return -1
		}
		return r
	}, models.TidyLine(typed))
}

var noPadding = base32.StdEncoding.WithPadding(base32.NoPadding)

// offeredSecret is the secret that this session offers for a second factor. It is made of the
// session, so that the page can be loaded again and nothing is stored before a code confirms
// it; and of the present second factor, so that the next one has another secret.
func (v visit) offeredSecret() []byte {
	mac := hmac.New(sha256.New, []byte(v.app.Secret))
	fmt.Fprintf(mac, "second factor offered to %s in place of %q", v.session.KeyHash, v.who.TOTPSecret)
	return mac.Sum(nil)[:20]
}
