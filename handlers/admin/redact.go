package admin

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// redactor redacts secrets and persons in what was sent to the bank and received from it. The rest
// stays as it came.
type redactor struct {
	secrets []string // texts that must not be shown wherever they stand
	found   bool     // something was redacted
}

// redactedText stands in place of what was redacted.
const redactedText = "…"

// secretKeys are the keys of JSON, and names of headers, whose values are secrets or say who
// somebody is, in small letters without - and _.
var secretKeys = func() map[string]bool {
	keys := map[string]bool{}
	for _, key := range strings.Fields(`accesstoken refreshtoken idtoken token authorization proxyauthorization clientsecret secret password cookie setcookie
		apikey xapikey signature callbacksignature fullname firstname lastname name payername payeridentifier buyername email maskedemail phone maskedphone
		phonenumber mobile personalnumber personalid address street iban ip clientip xforwardedfor xrealip forwarded pan cvv cvc`) {
		keys[key] = true
	}
	return keys
}()

var (
	// jsonText is a key of JSON with its text, number or list of texts.
	jsonMember = regexp.MustCompile(`("((?:[^"\\]|\\.)*)"\s*:\s*)("(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*)`)
	jsonLists  = regexp.MustCompile(`("((?:[^"\\]|\\.)*)"\s*:\s*)\[[^\[\]{}]*\]`)
	bearer     = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{6,}`)
	jwt        = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*`)
	mailboxes  = regexp.MustCompile(`[\pL\pN._%+*-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+`)
	telephones = regexp.MustCompile(`\+[0-9][0-9 *-]{7,}[0-9]`)
	cardNumber = regexp.MustCompile(`\b[0-9]{13,19}\b`)
)

// pretty lays JSON out and redacts it; other text is only redacted.
func (r *redactor) pretty(text []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, text, "", "  ") == nil {
		text = b.Bytes()
	}
	return r.text(string(text))
}

// text redacts a text.
func (r *redactor) text(text string) string {
	s := strings.ToValidUTF8(text, "\uFFFD")
	s = r.members(jsonMember, s, `"`+redactedText+`"`)
	s = r.members(jsonLists, s, `["`+redactedText+`"]`)
	for _, pattern := range []*regexp.Regexp{bearer, jwt, mailboxes, telephones, cardNumber} {
		s = r.all(pattern, s)
	}
	for _, secret := range r.secrets {
		if len(secret) < 3 {
			continue // it would take letters out of every word
		}
		inJSON, _ := json.Marshal(secret) // a text always marshals
		for _, form := range []string{secret, strings.Trim(string(inJSON), `"`)} {
			if strings.Contains(s, form) {
				r.found = true
				s = strings.ReplaceAll(s, form, redactedText)
			}
		}
	}
	return s
}

func (r *redactor) all(pattern *regexp.Regexp, s string) string {
	return pattern.ReplaceAllStringFunc(s, func(string) string {
		r.found = true
		return redactedText
	})
}

// cardMask is the masked number of a card, or of a device. Every other payer is a person.
var cardMask = regexp.MustCompile(`^"[0-9]*[xX*]+[0-9]*"$`)

// members redacts the members of JSON objects with a key of secretKeys.
func (r *redactor) members(pattern *regexp.Regexp, s, with string) string {
	return pattern.ReplaceAllStringFunc(s, func(member string) string {
		m := pattern.FindStringSubmatch(member)
		key := strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(m[2]))
		if !secretKeys[key] || strings.HasSuffix(member, `""`) || key == "payeridentifier" && cardMask.MatchString(m[3]) {
			return member
		}
		r.found = true
		return m[1] + with
	})
}

// localDigits is a telephone number without its country.
func localDigits(phone string) string {
	return strings.TrimPrefix(strings.TrimPrefix(phone, "+"), "995")
}
