package bog

import (
	"crypto/rand"
	"encoding/hex"
)

// NewIdempotencyKey returns a random UUID of version 4, the form of keys that the bank accepts
// (§3).
func NewIdempotencyKey() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: the runtime ends the program instead
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	s := hex.EncodeToString(b[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// IsIdempotencyKey reports whether s is a UUID of version 4 in its usual form with 36
// characters. The bank accepts no other.
func IsIdempotencyKey(s string) bool {
	if len(s) != 36 || s[14] != '4' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F'):
			return false
		}
	}
	switch s[19] {
	case '8', '9', 'a', 'b', 'A', 'B':
		return true
	}
	return false
}
