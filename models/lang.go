package models

// Lang is a language the shop speaks.
type Lang string

// The shop's languages; Ka is the default.
const (
	Ka Lang = "ka"
	En Lang = "en"
)

// ParseLang returns the language that s names, and whether it names one.
func ParseLang(s string) (Lang, bool) {
	switch l := Lang(s); l {
	case Ka, En:
		return l, true
	}
	return Ka, false
}
