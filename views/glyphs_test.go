package views_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The shop's fonts have every character that the shop itself writes. A character that they
// lack is a box on a machine whose other fonts lack it too.
func TestFontsHaveEverySign(t *testing.T) {
	t.Parallel()
	sheet, err := os.ReadFile("../static/css/base.css")
	if err != nil {
		t.Fatal(err)
	}
	ranges := regexp.MustCompile(`unicode-range:\s+([^;]+);`).FindAllStringSubmatch(string(sheet), -1)
	if len(ranges) != 2 || ranges[0][1] != ranges[1][1] {
		t.Fatalf("%d fonts, or their ranges differ", len(ranges))
	}
	var in []func(r rune) bool
	for _, part := range strings.Split(ranges[0][1], ",") {
		from, to, isRange := strings.Cut(strings.TrimPrefix(strings.TrimSpace(part), "U+"), "-")
		if !isRange {
			to = from
		}
		lo, err1 := strconv.ParseInt(from, 16, 32)
		hi, err2 := strconv.ParseInt(to, 16, 32)
		if err1 != nil || err2 != nil {
			t.Fatalf("range %q", part)
		}
		in = append(in, func(r rune) bool { return r >= rune(lo) && r <= rune(hi) })
	}
	known := func(r rune) bool {
		for _, f := range in {
			if f(r) {
				return true
			}
		}
		return r == '\n' || r == '\t'
	}
	comment := regexp.MustCompile(`(?s)/\*.*?\*/|{{/\*.*?\*/}}`)
	check := func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range comment.ReplaceAllString(string(text), "") {
			if !known(r) {
				t.Errorf("%s: %q (%U) is in no font", path, r, r)
			}
		}
	}
	sheets, err := filepath.Glob("../static/css/*.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(sheets, "../static/js/app.js", "../seed/catalog.json") {
		check(path)
	}
	must := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err == nil && (ext == ".html" || ext == ".json") {
			check(path)
		}
		return err
	})
	if must != nil {
		t.Fatal(must)
	}
}
