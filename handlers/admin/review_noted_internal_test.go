package admin

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"dukani/views"
)

// Whatever closes an item by itself is said in the reader's language.
func TestWhatClosesAnItemByItselfHasWords(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../models/*.go")
	if err != nil {
		t.Fatal(err)
	}
	over := regexp.MustCompile(`(?:reviewOver|differenceOver)\([^"\n]*"([^"]+)"( ?\+)?`)
	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range over.FindAllStringSubmatch(string(source), -1) {
			if found++; m[2] == "" && !views.Has(healed[m[1]]) {
				t.Errorf("%s: nothing is said about %q", file, m[1])
			}
		}
	}
	if found < len(healed) {
		t.Errorf("%d were found, %d have words", found, len(healed))
	}
}
