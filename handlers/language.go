package handlers

import (
	"slices"
	"strings"

	"golang.org/x/text/language"

	"dukani/models"
)

// The shop's languages; visitors who understand none of them get the first.
var (
	langs       = []models.Lang{models.Ka, models.En}
	langMatcher = language.NewMatcher([]language.Tag{language.Georgian, language.English})
)

// acceptedLang returns the language of the shop that suits an Accept-Language header
// best. Entries that cannot be read are skipped.
func acceptedLang(header string) models.Lang {
	wanted := slices.DeleteFunc(strings.Split(strings.ToLower(header), ","), func(entry string) bool {
		_, _, err := language.ParseAcceptLanguage(entry)
		return err != nil
	})
	_, i := language.MatchStrings(langMatcher, strings.Join(wanted, ","))
	return langs[i]
}
