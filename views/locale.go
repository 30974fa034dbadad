package views

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
)

// Languages are the languages of the shop; the first is the default.
var Languages = []string{"ka", "en"}

//go:embed locales/*/*.json
var localeFiles embed.FS

var locales = loadLocales()

// loadLocales reads the files of each language: shop.json, and one for each part of the back
// office. It panics on a broken file: the files are part of the program, and its
// tests read them too.
func loadLocales() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, lang := range Languages {
		paths, err := fs.Glob(localeFiles, "locales/"+lang+"/*.json")
		if err != nil {
			panic(err)
		}
		all[lang] = map[string]string{}
		for _, path := range paths {
			texts := map[string]string{}
			raw, err := localeFiles.ReadFile(path)
			if err == nil {
				err = json.Unmarshal(raw, &texts)
			}
			if err != nil {
				panic(fmt.Errorf("%s: %w", path, err))
			}
			maps.Copy(all[lang], texts)
		}
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
