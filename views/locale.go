package views

import (
	"embed"
	"encoding/json"
	"fmt"
)

// Languages are the languages of the shop; the first is the default.
var Languages = []string{"ka", "en"}

//go:embed locales/*.json
var localeFiles embed.FS

var locales = loadLocales()

// loadLocales panics on a broken file: the files are part of the program, and its
// tests read them too.
func loadLocales() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, lang := range Languages {
		raw, err := localeFiles.ReadFile("locales/" + lang + ".json")
		if err != nil {
			panic(err)
		}
		texts := map[string]string{}
		if err := json.Unmarshal(raw, &texts); err != nil {
			panic(fmt.Errorf("locales/%s.json: %w", lang, err))
		}
		all[lang] = texts
	}
	return all
}

func words(lang, key string) (string, bool) {
	texts, ok := locales[lang]
	if !ok {
		texts = locales[Languages[0]]
	}
	s, ok := texts[key]
	return s, ok
}

// Has reports whether there are words for key.
func Has(key string) bool {
	_, ok := words(Languages[0], key)
	return ok
}

// T returns the words for key in lang, args put in as by fmt.Sprintf. An unknown
// key is returned as it is.
func T(lang, key string, args ...any) string {
	s, ok := words(lang, key)
	switch {
	case !ok:
		return key
	case len(args) == 0:
		return s
	}
	return fmt.Sprintf(s, args...)
}

// N returns the words for n things: key.one for 1, else key.other. The number
// comes first among what is put in, args follow.
func N(lang, key string, n int, args ...any) string {
	form := key + ".other"
	if n == 1 {
		form = key + ".one"
	}
	return T(lang, form, append([]any{n}, args...)...)
}
