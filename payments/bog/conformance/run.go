package conformance

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"

	"dukani/payments/bog"
)

// check is one entry of the suite.
type check struct {
	id      string
	section string // of docs/bog-api.md
	title   string
	// confirmed means that the behaviour is in the bank's documentation, in real traffic or in
	// several sources. Other behaviour is only recorded.
	confirmed bool
	run       func(*probe)
}

const (
	confirmed   = true
	unconfirmed = false
)

// session is what the checks of a run share.
type session struct {
	target  Target
	http    *http.Client
	client  *bog.Client
	token   string
	secrets []string // redacted in the report
	orders  int      // how many were made so far, for their ids
}

// Run carries out the checks. The error is about t or ctx; what the bank does wrong is in the
// report.
func Run(ctx context.Context, t Target) (*Report, error) {
	t, err := t.prepare()
	if err != nil {
		return nil, err
	}
	s := &session{target: t, secrets: []string{t.Config.ClientSecret, t.Config.ClientID}}
	s.http = &http.Client{
		Transport:     newLane(t),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer s.http.CloseIdleConnections()
	config := t.Config
	config.HTTPClient = s.http
	if s.client, err = bog.New(config); err != nil {
		return nil, err
	}
	report := &Report{Target: t.Name}
	for _, c := range checks() {
		if !t.Only(c.id) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return report, err
		}
		result := s.run(ctx, c)
		report.Results = append(report.Results, result)
		t.Observe(result)
	}
	return report, ctx.Err()
}

// run carries out one check. The check has a goroutine of its own, so that it can end anywhere,
// as a test can.
func (s *session) run(ctx context.Context, c check) Result {
	p := &probe{session: s, ctx: ctx, check: c}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.run(p)
	}()
	<-done
	r := Result{ID: c.id, Section: c.section, Title: c.title, Outcome: Recorded,
		Detail: s.redact(strings.Join(p.failures, "\n")), Differs: p.differs, Facts: p.facts}
	switch {
	case len(p.failures) > 0:
		r.Outcome = Failed
	case p.skipped != "":
		r.Outcome, r.Detail = Skipped, s.redact(p.skipped)
	case c.confirmed:
		r.Outcome = Passed
	}
	return r
}

// probe is one check while it runs.
type probe struct {
	*session
	ctx      context.Context
	check    check
	failures []string
	skipped  string
	differs  []string
	facts    []Fact
}

// must notes a failure unless ok: the target does not do what is documented.
func (p *probe) must(ok bool, format string, args ...any) {
	if !ok {
		p.failures = append(p.failures, fmt.Sprintf(format, args...))
	}
}

// need is must for a condition without which the check cannot go on: it ends the check.
func (p *probe) need(ok bool, format string, args ...any) {
	if !ok {
		p.must(false, format, args...)
		runtime.Goexit()
	}
}

// assume notes a difference unless ok: the target does not do what we assume about unconfirmed
// behaviour.
func (p *probe) assume(ok bool, format string, args ...any) {
	if !ok {
		p.differs = append(p.differs, p.redact(fmt.Sprintf(format, args...)))
	}
}

// skip ends a check that cannot be carried out, with the reason.
func (p *probe) skip(format string, args ...any) {
	p.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// note records a fact.
func (p *probe) note(name, format string, args ...any) {
	p.facts = append(p.facts, Fact{Name: name, Value: p.redact(fmt.Sprintf(format, args...))})
}
