package main

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

// The lines of the README, typed as they are, do what the README says.
func TestReadmeWorksAsWritten(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, found := strings.Cut(string(readme), "## Everything with curl")
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	var script strings.Builder
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(chapter, -1) {
		script.WriteString(block[1])
	}
	promises := regexp.MustCompile(`# → (.*)`).FindAllStringSubmatch(script.String(), -1)
	if !found || len(promises) < 10 {
		t.Fatalf("the chapter is gone or promises little: %d", len(promises))
	}

	bank := simtest.StartBank(t, &simulator.Bank{})
	shell := exec.Command("bash", "-e")
	shell.Stdin = strings.NewReader(strings.Replace(script.String(), "BANK=http://127.0.0.1:8081", "BANK="+bank, 1))
	said, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	rest := string(said)
	for _, promise := range promises {
		_, after, kept := strings.Cut(rest, promise[1])
		if !kept {
			t.Fatalf("%q does not follow in\n%s", promise[1], rest)
		}
		rest = after
	}
}
