package bog

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// ProductionCallbackKey verifies the callbacks of the real bank (§8.3).
//
// See https://api.bog.ge/docs/en/payments/standard-process/callback
const ProductionCallbackKey = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu4RUyAw3+CdkS3ZNILQh
zHI9Hemo+vKB9U2BSabppkKjzjjkf+0Sm76hSMiu/HFtYhqWOESryoCDJoqffY0Q
1VNt25aTxbj068QNUtnxQ7KQVLA+pG0smf+EBWlS1vBEAFbIas9d8c9b9sSEkTrr
TYQ90WIM8bGB6S/KLVoT1a7SnzabjoLc5Qf/SLDG5fu8dH8zckyeYKdRKSBJKvhx
tcBuHV4f7qsynQT+f2UYbESX/TLHwT5qFWZDHZ0YUOUIvb8n7JujVSGZO9/+ll/g
4ZIWhC1MlJgPObDwRkRd8NFOopgxMcMsDIZIoLbWKhHVq67hdbwpAq9K9WMmEhPn
PwIDAQAB
-----END PUBLIC KEY-----
`

// SandboxCallbackKey verifies the callbacks of the bank's sandbox.
const SandboxCallbackKey = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqczfAuhtxw2iF68kS0Hy
bGSv0ZlDAjsXh6VC8avDl3Vxa9qCn6Pzl37Tl2Z21WodiISLeXdhCtOMTeLNUBeb
CYD31y2/MwnhLYqlCk2bOh29fyPc1iT5Eu/k/1IaNRrK9/UVZaTkhOMeEm+aL4y8
5XsE4UjqftEmwrAdbO2G4cCpuoMC9ZXG9gAdr2BFN6i2Vt9eCen5Poj7E1ik7s8T
GyzploVV0NflhwBGeWnvQANUQGr87gsP5k2JG1z5EwnMybJQ7i3XT726rJMaV6QW
sY5hP72Mtv1I1zL2d9FXm9FWOzbpcXCyxuEBXvqqOHzogri8C7KRRYKyk97Ri7D6
8wIDAQAB
-----END PUBLIC KEY-----
`

// ParsePublicKey reads one RSA public key from PEM text with the type "PUBLIC KEY" or "RSA
// PUBLIC KEY". Line breaks may be written as \n, for settings that have to be on one line.
func ParsePublicKey(text string) (*rsa.PublicKey, error) {
	text = strings.NewReplacer(`\r`, "", `\n`, "\n", "\r\n", "\n").Replace(strings.TrimSpace(text))
	block, rest := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("bog: the callback key is not PEM text")
	}
	if strings.TrimSpace(string(rest)) != "" {
		return nil, errors.New("bog: the callback key is followed by something else; give several keys one by one")
	}
	var (
		key *rsa.PublicKey
		err error
	)
	switch block.Type {
	case "PUBLIC KEY":
		var parsed any
		if parsed, err = x509.ParsePKIXPublicKey(block.Bytes); err == nil {
			var ok bool
			if key, ok = parsed.(*rsa.PublicKey); !ok {
				err = errors.New("not an RSA key")
			}
		}
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		err = fmt.Errorf("PEM block %q is not a public key", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("bog: the callback key: %w", err)
	}
	return key, checkKey(key)
}

// checkKey refuses keys that are too short to be safe. The bank's keys have 2048 bits.
func checkKey(key *rsa.PublicKey) error {
	if key == nil || key.N == nil || key.N.BitLen() < 2048 {
		return errors.New("bog: the callback key has less than 2048 bits")
	}
	return nil
}
