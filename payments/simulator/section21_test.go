package simulator_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each line of docs/bog-api.md §21 has tests with its number in their names, TestS21_06_….
// The tests of its three paragraphs without a number are called TestS21_Validation_…,
// TestS21_Determinism_… and TestS21_Honesty_….
func TestEveryLineOfSection21HasATest(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/bog-api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## 21. ")
	section, _, _ = strings.Cut(section, "\n## 22. ")
	tests := map[string]int{}
	for _, line := range regexp.MustCompile(`(?m)^(?:(\d+)\. |\*\*(\w+)[\w ]*\*\*:)`).FindAllStringSubmatch(section, -1) {
		if name := line[2]; name != "" {
			tests[name] = 0
		} else {
			tests[strings.Repeat("0", 2-len(line[1]))+line[1]] = 0
		}
	}
	if len(tests) != 21+3 {
		t.Fatalf("§21 has %d lines: %v", len(tests), tests)
	}

	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`^TestS21_([0-9A-Za-z]+)_[A-Z0-9]\w{4,}$`)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range parsed.Decls {
			fn, is := one.(*ast.FuncDecl)
			if !is || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "TestS21") {
				continue
			}
			said := name.FindStringSubmatch(fn.Name.Name)
			if said == nil {
				t.Errorf("%s: %s names no line of §21 and what it proves", file, fn.Name.Name)
			} else if _, known := tests[said[1]]; !known {
				t.Errorf("%s: %s, but §21 has no %s", file, fn.Name.Name, said[1])
			} else {
				tests[said[1]]++
			}
		}
	}
	for line, n := range tests {
		if n == 0 {
			t.Errorf("no test names line %s of §21", line)
		}
	}
}
