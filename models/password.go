package models

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Passwords are hashed with argon2id at the least memory that OWASP's cheat sheet
// allows (19 MiB, two passes): about 40 ms of one core for each guess.
const (
	hashMemory  = 19 * 1024 // KiB, unless Store.PasswordMemory is set
	hashPasses  = 2
	hashThreads = 1
	hashSalt    = 16
	hashLength  = 32
)

// How long a password may be, in letters. There are no rules about the kinds of letters.
const (
	MinPassword = 8
	MaxPassword = 128
)

// hashing bounds how many passwords are hashed at once: each takes 19 MiB and a core, which
// the rest of the shop needs, too.
var hashing = make(chan struct{}, 2)

func argon(ctx context.Context, password string, salt []byte, memory, passes uint32, threads uint8) ([]byte, error) {
	select {
	case hashing <- struct{}{}:
	case <-ctx.Done():
		return nil, &Error{Kind: Unavailable, Code: CodeSignInBusy, Err: ctx.Err()}
	}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, passes, memory, threads, hashLength), nil
}

// hashPassword returns what is stored of a password, in the PHC string format.
func (s *Store) hashPassword(ctx context.Context, password string) (string, error) {
	password, memory := tidyPassword(password), cmp.Or(s.PasswordMemory, hashMemory)
	salt := make([]byte, hashSalt)
	rand.Read(salt) // never fails
	sum, err := argon(ctx, password, salt, memory, hashPasses, hashThreads)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, hashPasses, hashThreads,
		b64.EncodeToString(salt), b64.EncodeToString(sum)), nil
}

// hashForNobody returns a hash that stands in for that of an account that does not exist or has no
// password, so that the comparison takes as long.
func (s *Store) hashForNobody() (string, error) {
	return s.hashPassword(context.Background(), rand.Text())
}

// passwordFits reports whether stored is the hash of the password. An empty stored fits no
// password and takes as long. The password is tried tidied, as passwords are hashed today,
// and then as it was typed, as they were hashed before.
func (s *Store) passwordFits(ctx context.Context, stored, password string) (bool, error) {
	real := stored != ""
	if !real {
		var err error
		if stored, err = s.nobodysHash(); err != nil {
			return false, err
		}
	}
	var version int
	var memory, passes uint32
	var threads uint8
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("password hash of an unknown form")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &threads); err != nil || version != argon2.Version {
		return false, fmt.Errorf("password hash of an unknown form: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, err
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, err
	}
	for _, form := range slices.Compact([]string{tidyPassword(password), password}) {
		got, err := argon(ctx, form, salt, memory, passes, threads)
		if err != nil {
			return false, err
		}
		if real && subtle.ConstantTimeCompare(got, want) == 1 {
			return true, nil
		}
	}
	return false, nil
}

// commonPasswords are those that attackers try first, with those of this country and of shops;
// one a line, in small letters.
//
//go:embed common_passwords.txt
var commonPasswords string

var isCommon = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(commonPasswords) {
		set[strings.TrimSpace(line)] = true
	}
	return set
})

// checkPassword returns why the person with that name and address cannot have the
// password, "" if they can.
func checkPassword(password, email, name string) string {
	low := strings.ToLower(norm.NFKC.String(TidyLine(password)))
	local, _, _ := strings.Cut(email, "@")
	asEmail, _ := parseEmail(password)
	name = strings.ToLower(norm.NFKC.String(TidyLine(name)))
	switch {
	case !utf8.ValidString(password) || utf8.RuneCountInString(visible(tidyPassword(password))) < MinPassword:
		return "account.error.password_short"
	case utf8.RuneCountInString(password) > MaxPassword:
		return "account.error.password_long"
	case isCommon()[low], oneLetter(low):
		return "account.error.password_common"
	case low == email, asEmail == email, low == local, low == name, low == strings.ReplaceAll(name, " ", ""):
		return "account.error.password_own"
	}
	return ""
}

// oneLetter reports whether s is one letter over and over, or nothing.
func oneLetter(s string) bool {
	first, _ := utf8.DecodeRuneInString(s)
	return strings.Trim(s, string(first)) == ""
}
