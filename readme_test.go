package main

import (
	"os"
	"strings"
	"testing"

	"dukani/models"
)

// The README's table of ways to pay says what the table of rules does.
func TestREADMETellsTheRulesOfEveryWayToPay(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[models.Method][]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 10 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		key, _, _ := strings.Cut(strings.TrimPrefix(cells[0], "`"), "`")
		if m := models.Method(key); m.Known() {
			told[m] = cells[1:]
		}
	}
	word := map[bool]string{true: "yes", false: "no"}
	pace := map[bool]string{true: "leisure", false: "once"}
	for _, m := range models.Methods() {
		r := m.Rules()
		want := strings.Join([]string{
			word[r.Hold], word[r.FullRefund], word[r.PartialRefund], word[r.SaveCard], word[r.OneClick], word[r.Split], word[r.Button], string(r.Payer), pace[r.Credit],
		}, " ")
		if got := strings.Join(told[m], " "); got != want {
			t.Errorf("README says of %s %q, the rules %q", m, got, want)
		}
	}
}
