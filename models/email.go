package models

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// Lengths of RFC 5321 and RFC 1035, in bytes.
const (
	maxEmail  = 254
	maxLocal  = 64
	maxDomain = 253
	maxLabel  = 63
)

// parseEmail returns the form in which a mail address is stored, compared and
// written to, and whether it is one. The part before the @ is in small letters, as
// RFC 8265 prepares names of users: mailboxes that differ in case alone do not exist
// in practice, people who forget which they typed do. The domain is in ASCII, as mail
// servers take it (IDNA). Of what is no address the tidied text is returned.
func parseEmail(s string) (email string, ok bool) {
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if hidden(r) && !unicode.IsSpace(r) { // spaces and breaks within are no misspelling
			return -1
		}
		return r
	}, norm.NFKC.String(strings.ToValidUTF8(s, ""))))
	s = norm.NFKC.String(s) // what stood apart may now compose
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return strings.ToLower(s), false
	}
	local, err := precis.UsernameCaseMapped.String(s[:at])
	if err != nil || !isLocal(local) {
		return strings.ToLower(s), false
	}
	domain, err := idna.Lookup.ToASCII(s[at+1:])
	if err != nil || !isMailDomain(domain) {
		return strings.ToLower(s), false
	}
	email = local + "@" + domain
	return email, len(email) <= maxEmail && !otherLayout(local, domain)
}

// isLocal reports whether s can stand before the @: a "dot-atom" of RFC 5322. Quoted
// ones are allowed there and used by nobody.
func isLocal(s string) bool {
	return s != "" && len(s) <= maxLocal && !strings.ContainsAny(s, "\"(),:;<>@[\\] ") &&
		!strings.HasPrefix(s, ".") && !strings.HasSuffix(s, ".") && !strings.Contains(s, "..")
}

// isMailDomain reports whether a domain in ASCII can get mail from everywhere: it has
// a dot, and a top-level domain that is no number. IDNA has looked at its letters.
func isMailDomain(s string) bool {
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel {
			return false
		}
	}
	return len(s) <= maxDomain && len(labels) > 1 && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// otherLayout reports whether an address was typed with the keyboard set to Georgian.
// There are Georgian domains, all of them in .გე, but no Georgian mailboxes.
func otherLayout(local, domain string) bool {
	if strings.ContainsFunc(local, isGeorgian) {
		return true
	}
	shown, _ := idna.Lookup.ToUnicode(domain)
	return strings.ContainsFunc(shown, isGeorgian) && !strings.HasSuffix(shown, ".გე")
}

func isGeorgian(r rune) bool { return unicode.Is(unicode.Georgian, r) }

// layout is which Latin letter is on the key of each Georgian one.
var layout = strings.NewReplacer("ა", "a", "ბ", "b", "გ", "g", "დ", "d", "ე", "e", "ვ", "v", "ზ", "z", "თ", "t", "ი", "i", "კ", "k", "ლ", "l",
	"მ", "m", "ნ", "n", "ო", "o", "პ", "p", "ჟ", "j", "რ", "r", "ს", "s", "ტ", "t", "უ", "u", "ფ", "f", "ქ", "q", "ღ", "r", "ყ", "y", "შ", "s",
	"ჩ", "c", "ც", "c", "ძ", "z", "წ", "w", "ჭ", "w", "ხ", "x", "ჯ", "j", "ჰ", "h")

// emailProblem is what to say of text that is no address: which one it is if the
// keyboard was set to Georgian, the commonest misspelling here.
func emailProblem(s string) string {
	s, _ = parseEmail(s)
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		if shown, err := idna.Lookup.ToUnicode(s[at+1:]); err == nil { // browsers write domains in ASCII themselves
			s = s[:at+1] + shown
		}
	}
	if strings.ContainsFunc(s, isGeorgian) {
		if latin, ok := parseEmail(layout.Replace(s)); ok {
			return "checkout.error.email_layout" + " " + latin
		}
	}
	return "checkout.error.email"
}
