package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Outcome is what became of a check.
type Outcome string

// Outcomes of a check.
const (
	// Passed: documented, or seen in several sources, and the target does it.
	Passed Outcome = "passed"
	// Failed: the target does something else, or the check could not be carried out.
	Failed Outcome = "failed"
	// Skipped: not examined; Detail says why.
	Skipped Outcome = "skipped"
	// Recorded: bog-api.md marks the behaviour as unconfirmed. Facts hold what
	// the target did; Differs where that is not what we read out of the sources.
	Recorded Outcome = "recorded"
)

var outcomes = []Outcome{Passed, Failed, Skipped, Recorded}

// Result is one check and what came of it.
type Result struct {
	ID      string  `json:"id"`
	Section string  `json:"section"` // of bog-api.md, "§8.2"
	Title   string  `json:"title"`
	Outcome Outcome `json:"outcome"`
	// Detail is why a check failed or was skipped.
	Detail string `json:"detail,omitempty"`
	// Differs is where unconfirmed behaviour is not what the simulator and the
	// client were built for: news worth carrying into bog-api.md.
	Differs []string `json:"differs,omitempty"`
	// Facts are observations, redacted: status codes, texts, shapes.
	Facts []Fact `json:"facts,omitempty"`
}

// Fact is something the target did.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Report is the results of a run, in the order of the suite.
type Report struct {
	Target  string   `json:"target"`
	Results []Result `json:"results"`
}

// Count is how many results have the outcome.
func (r *Report) Count(o Outcome) int { return len(r.With(o)) }

// With is the results with the outcome.
func (r *Report) With(o Outcome) []Result {
	var out []Result
	for _, one := range r.Results {
		if one.Outcome == o {
			out = append(out, one)
		}
	}
	return out
}

// Different is the results that differ from our reading of unconfirmed
// behaviour.
func (r *Report) Different() []Result {
	var out []Result
	for _, one := range r.Results {
		if len(one.Differs) > 0 {
			out = append(out, one)
		}
	}
	return out
}

// Result finds a check by its id.
func (r *Report) Result(id string) (Result, bool) {
	for _, one := range r.Results {
		if one.ID == id {
			return one, true
		}
	}
	return Result{}, false
}

// OK reports whether nothing failed. Skipped parts do not make a report bad,
// but they are in it.
func (r *Report) OK() bool { return r.Count(Failed) == 0 }

// Summary is the figures in one line.
func (r *Report) Summary() string {
	parts := make([]string, 0, len(outcomes))
	for _, o := range outcomes {
		parts = append(parts, fmt.Sprintf("%d %s", r.Count(o), o))
	}
	s := fmt.Sprintf("%s: %s", r.Target, strings.Join(parts, ", "))
	if n := len(r.Different()); n > 0 {
		s += fmt.Sprintf(" (%d not as we read the sources)", n)
	}
	return s
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, one := range r.Results {
		b.WriteString(one.String())
	}
	fmt.Fprintf(&b, "\n%s\n", r.Summary())
	_, err := io.WriteString(w, b.String())
	return err
}

// String is the result as it stands in a report for people.
func (r Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-9s %-34s %-6s %s\n", r.Outcome, r.ID, r.Section, r.Title)
	line := func(mark, text string) {
		fmt.Fprintf(&b, "          %s %s\n", mark, strings.ReplaceAll(text, "\n", "\n            "))
	}
	if r.Detail != "" {
		line(">", r.Detail)
	}
	for _, d := range r.Differs {
		line("!", d)
	}
	for _, f := range r.Facts {
		line("-", f.Name+": "+f.Value)
	}
	return b.String()
}

// WriteJSON writes the report for machines.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
