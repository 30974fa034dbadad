package handlers

import "testing"

func TestOwnPath(t *testing.T) {
	t.Parallel()
	for next, own := range map[string]bool{
		"/ka/account":                true,
		"/en/account/orders?page=2":  true,
		"/ka":                        true,
		"/en/search?q=%2f%2fe":       true,
		"":                           false,
		"/":                          false,
		"/ru/account":                false,
		"/kakheti":                   false,
		"ka/account":                 false,
		"//e":                        false,
		"//e/ka/account":             false,
		"///e":                       false,
		`/\e`:                        false,
		`\\e`:                        false,
		`/ka\e`:                      false,
		"/ka//e":                     false,
		"https:e":                    false,
		"https:/ka/account":          false,
		"https://e/ka/account":       false,
		"http:///ka":                 false,
		"javascript:alert(1)":        false,
		"javascript:/ka":             false,
		"data:text/html,x":           false,
		"%2f%2fe":                    false,
		"/%2fe":                      false,
		"/%09/e":                     false,
		"/ka\t/account":              false,
		"\t//e":                      false,
		"/\t/e":                      false,
		"/ka\r\nLocation: https://e": false,
		"/ka\r":                      false,
		"/ka\x00":                    false,
		" /ka":                       false,
		"/ka@e":                      false,
		"@e/ka":                      false,
		"?next=/ka":                  false,
		"#/ka":                       false,
		"/ka%zz":                     false,
	} {
		got := ownPath(next, "fallback")
		if want := map[bool]string{true: next, false: "fallback"}[own]; got != want {
			t.Errorf("ownPath(%q) = %q, want %q", next, got, want)
		}
	}
}
