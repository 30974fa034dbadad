package lives

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// shrink takes parts of a plan away for as long as what is left still fails, and returns what
// it came to: whoever looks for the cause reads a few lines and not two hundred lives. fails
// also returns what happened, for the faults that were met.
func shrink(p plan, fails func(plan) (outcome, bool), tries int) plan {
	s := shrinking{p, fails, tries}
	for before := -1; before != s.size() && s.tries > 0; {
		before = s.size()
		s.without(len(s.plan.Lives), func(p *plan, from, to int) { p.Lives = slices.Delete(p.Lives, from, to) })
		s.without(len(s.plan.Crashes), func(p *plan, from, to int) { p.Crashes = slices.Delete(p.Crashes, from, to) })
		for i := range s.plan.Lives {
			s.without(len(s.plan.Lives[i].Steps), func(p *plan, from, to int) { p.Lives[i].Steps = slices.Delete(p.Lives[i].Steps, from, to) })
		}
		s.try(func(p *plan) { p.Faulty, p.Faults = 0, nil })
		s.try(func(p *plan) { p.Month = false })
		s.try(func(p *plan) { p.Shelf = 1000 })
		s.try(func(p *plan) { p.Bank = "{}" })
		s.try(func(p *plan) { p.Holds = false })
		if o, failed := s.fails(s.plan); failed && s.plan.Faulty > 0 { // from now on they are listed
			s.try(func(p *plan) { p.Faulty, p.Faults = listed, o.faults })
		}
		s.without(len(s.plan.Faults), func(p *plan, from, to int) { p.Faults = slices.Delete(p.Faults, from, to) })
	}
	return s.plan
}

type shrinking struct {
	plan  plan
	fails func(plan) (outcome, bool)
	tries int
}

// size is what gets smaller.
func (s *shrinking) size() int {
	n := len(s.plan.Lives) + len(s.plan.Crashes) + len(s.plan.Faults)
	for _, l := range s.plan.Lives {
		n += len(l.Steps)
	}
	return n
}

// try keeps a change if the plan still fails with it.
func (s *shrinking) try(change func(*plan)) bool {
	if s.tries <= 0 {
		return false
	}
	s.tries--
	p := s.plan.clone()
	change(&p)
	if _, failed := s.fails(p); !failed {
		return false
	}
	s.plan = p
	return true
}

// without leaves out parts of a list of n, first halves of it, at last single ones.
func (s *shrinking) without(n int, cut func(p *plan, from, to int)) {
	for size := (n + 1) / 2; size > 0 && n > 0; size /= 2 {
		for from := 0; from < n; {
			to := min(from+size, n)
			if s.try(func(p *plan) { cut(p, from, to) }) {
				n -= to - from
			} else {
				from = to
			}
		}
	}
}

func (p plan) clone() plan {
	p.Lives = slices.Clone(p.Lives)
	for i := range p.Lives {
		p.Lives[i].Steps = slices.Clone(p.Lives[i].Steps)
	}
	p.Crashes, p.Faults = slices.Clone(p.Crashes), slices.Clone(p.Faults)
	return p
}

func TestAPlanIsShrunkToWhatFails(t *testing.T) {
	t.Parallel()
	p := drawPlan(7, 60)
	p.Crashes = []crash{{At: time.Minute}, {At: 2 * time.Minute}, {At: 3 * time.Minute}}
	p.Lives[17].Steps = append(p.Lives[17].Steps, step{Do: "the cause"})
	runs := 0
	got := shrink(p, func(p plan) (outcome, bool) {
		runs++
		crashed := slices.ContainsFunc(p.Crashes, func(c crash) bool { return c.At == 2*time.Minute })
		return outcome{}, crashed && slices.ContainsFunc(p.Lives, func(l life) bool {
			return slices.ContainsFunc(l.Steps, func(s step) bool { return s.Do == "the cause" })
		})
	}, 500)
	if len(got.Lives) != 1 || got.Lives[0].N != 17 || len(got.Lives[0].Steps) != 1 || len(got.Crashes) != 1 {
		t.Errorf("after %d runs:\n%s", runs, got)
	}
	if len(p.Lives) != 60 || !strings.Contains(p.String(), "life 59") {
		t.Error("the plan itself was changed")
	}
}
