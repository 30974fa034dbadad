package handlers

import (
	"strings"

	"dukani/models"
	"dukani/views"
)

// Seller is the seller's data from the settings. Name and Address are one text for both
// languages, or Georgian|English.
type Seller struct{ Name, ID, Address, Phone, Email string }

// In returns the seller in a language.
func (s Seller) In(lang models.Lang) views.Seller {
	return views.Seller{Name: inLang(s.Name, lang), ID: s.ID, Address: inLang(s.Address, lang), Phone: s.Phone, Email: s.Email}
}

// inLang returns the part for a language of a text that may be Georgian|English.
func inLang(text string, lang models.Lang) string {
	ka, en, both := strings.Cut(text, "|")
	if both && lang == models.En {
		return strings.TrimSpace(en)
	}
	return strings.TrimSpace(ka)
}
