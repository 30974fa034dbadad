package bog

import (
	"bytes"
	"encoding/json"
	"regexp"
)

// redacted stands in the place of a secret.
const redacted = "[redacted]"

// secretMembers finds the JSON members whose values never leave this package.
var secretMembers = regexp.MustCompile(`"(access_token|refresh_token|id_token|client_secret|google_pay_token|apple_pay_token)"\s*:\s*("(?:[^"\\]|\\.)*"?)`)

// redactMembers replaces the secrets in a body that the names of their members show. It may
// return body itself.
func redactMembers(body []byte) []byte {
	if !bytes.Contains(body, []byte("_token")) && !bytes.Contains(body, []byte("_secret")) {
		return body
	}
	return secretMembers.ReplaceAll(body, []byte(`"$1":"`+redacted+`"`))
}

// secretValues are the secrets of a call. An answer may repeat them in a message, in HTML or
// under another name.
type secretValues [][]byte

// minSecret is the length from which a secret is replaced wherever it occurs. A shorter one
// would make the answer unreadable.
const minSecret = 6

// secretsOf returns the access token of a call, the client secret, and the wallet token in
// the request's body.
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

// redact replaces the secrets in a body. It may return body itself.
func (v secretValues) redact(body []byte) []byte {
	body = redactMembers(body)
	for _, secret := range v {
		if len(secret) >= minSecret && bytes.Contains(body, secret) {
			body = bytes.ReplaceAll(body, secret, []byte(redacted))
		}
	}
	return body
}

// observed returns the part of a body that an Exchange carries.
func observed(body []byte) []byte { return bytes.Clone(body[:min(len(body), maxObserved)]) }
