package conformance

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Outcome is the outcome of a check.
type Outcome string

// Outcomes of a check.
const (
	// Passed means that the target does what is documented, or seen in several sources.
	Passed Outcome = "passed"
	// Failed means that it does something else, or that the check could not be carried out.
	Failed Outcome = "failed"
	// Skipped means that the check was left out; Detail says why.
	Skipped Outcome = "skipped"
	// Recorded means that docs/bog-api.md calls the behaviour unconfirmed. Facts are what the
	// target did, Differs where that is not what we assume.
	Recorded Outcome = "recorded"
)

var outcomes = []Outcome{Passed, Failed, Skipped, Recorded}

// Result is one check and its outcome.
type Result struct {
	ID      string  `json:"id"`
	Section string  `json:"section"` // of docs/bog-api.md, such as "§8.2"
	Title   string  `json:"title"`
	Outcome Outcome `json:"outcome"`
	// Detail is why a check failed or was skipped.
	Detail string `json:"detail,omitempty"`
	// Differs is where unconfirmed behaviour is not what the simulator and the client assume,
	// which is worth an entry in docs/bog-api.md.
	Differs []string `json:"differs,omitempty"`
	// Facts are observations, without secrets and ids: status codes, texts, shapes.
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

// Count returns how many results have the outcome.
func (r *Report) Count(o Outcome) int { return len(r.With(o)) }

// With returns the results with the outcome.
func (r *Report) With(o Outcome) []Result {
	var out []Result
	for _, one := range r.Results {
		if one.Outcome == o {
			out = append(out, one)
		}
	}
	return out
}

// Different returns the results in which unconfirmed behaviour differs from what we assume.
func (r *Report) Different() []Result {
	var out []Result
	for _, one := range r.Results {
		if len(one.Differs) > 0 {
			out = append(out, one)
		}
	}
	return out
}

// Result returns the result of the check with this id.
func (r *Report) Result(id string) (Result, bool) {
	for _, one := range r.Results {
		if one.ID == id {
			return one, true
		}
	}
	return Result{}, false
}

// OK reports whether no check failed. Skipped checks do not count as failed.
func (r *Report) OK() bool { return r.Count(Failed) == 0 }

// Summary returns the numbers of outcomes in one line.
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

// WriteText writes the report as text for people.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, one := range r.Results {
		b.WriteString(one.String())
	}
	fmt.Fprintf(&b, "\n%s\n", r.Summary())
	_, err := io.WriteString(w, b.String())
	return err
}

// String returns the result as WriteText writes it.
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

// WriteJSON writes the report as JSON.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
