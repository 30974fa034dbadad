package bog

import (
	"bytes"
	"encoding/json"
	"regexp"
)

// struckOut stands where a secret was.
const redacted = "[struck out]"

// secrets finds JSON members whose values never leave this package.
var secretMembers = regexp.MustCompile(`"(access_token|refresh_token|id_token|client_secret|google_pay_token|apple_pay_token)"\s*:\s*("(?:[^"\\]|\\.)*"?)`)

// redact strikes secrets out of a body by the names of their members. It may
// return body itself.
func redactMembers(body []byte) []byte {
	if !bytes.Contains(body, []byte("_token")) && !bytes.Contains(body, []byte("_secret")) {
		return body
	}
	return secretMembers.ReplaceAll(body, []byte(`"$1":"`+redacted+`"`))
}

// veil is what a call knows to be secret. An answer may repeat it in words, in
// HTML, or under a name nobody expects.
type secretValues [][]byte

// shortSecret is too short to be looked for: it would hide half of the answer.
const shortSecret = 6

// veil hides the token a call is made with, the shop's own secret and the
// wallet token in the body.
func (c *Client) secretsOf(token string, body []byte) secretValues {
	secrets := secretValues{[]byte(token), []byte(c.tokens.config.ClientSecret)}
	if !bytes.Contains(body, []byte("_pay_token")) {
		return secrets
	}
	for _, member := range secretMembers.FindAllSubmatch(body, -1) {
		var value string
		if json.Unmarshal(member[2], &value) == nil {
			secrets = append(secrets, member[2][1:len(member[2])-1], []byte(value))
		}
	}
	return secrets
}

// cover strikes out what is secrets. It may return body itself.
func (v secretValues) redact(body []byte) []byte {
	body = redactMembers(body)
	for _, secret := range v {
		if len(secret) >= shortSecret && bytes.Contains(body, secret) {
			body = bytes.ReplaceAll(body, secret, []byte(redacted))
		}
	}
	return body
}

// observed is a body as an Exchange carries it.
func observed(body []byte) []byte { return bytes.Clone(body[:min(len(body), maxObserved)]) }
