package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"dukani/e2e/chaos/check"
)

// maxHistories is how many orders that do not fit are told in full.
const maxHistories = 12

// report prints the table of a run and, of each order that does not fit, what both sides have.
func (w *world) report(out io.Writer, shop *check.Shop, bank *check.Bank, found []check.Violation) {
	say := func(name, format string, args ...any) {
		fmt.Fprintf(out, "| %-14s | %s\n", name, fmt.Sprintf(format, args...))
	}
	states := map[string]int{}
	for _, o := range shop.Orders {
		states[o.Status]++
	}
	say("orders", "%d in the shop, %d at the bank: %s", len(shop.Orders), len(bank.Orders), inWords(states))
	by := map[string]map[string]int{}
	for name, n := range w.outcomes.get() {
		kind, what, _ := strings.Cut(name, "|")
		if by[kind] == nil {
			by[kind] = map[string]int{}
		}
		by[kind][what] += n
	}
	for _, kind := range slices.Sorted(maps.Keys(by)) {
		say(kind, "%s", inWords(by[kind]))
	}
	say("kill -9", "%s", inWords(w.kills.get()))
	say("bank's faults", "%s", inWords(w.faults.get()))
	network := w.toxic.hits.get()
	maps.Copy(network, w.balancer.hits.get())
	say("network", "%s", inWords(network))
	reviews, mails := map[string]int{}, map[string]int{}
	for _, r := range shop.Reviews {
		reviews[r.Kind]++
	}
	for _, m := range shop.Mails {
		mails[m.Kind]++
	}
	say("review items", "%s", inWords(reviews))
	say("mails", "%s", inWords(mails))
	captured, refunded := int64(0), int64(0)
	for _, o := range bank.Orders {
		captured, refunded = captured+o.Captured, refunded+o.Refunded
	}
	say("bank's money", "%d tetri captured, %d refunded", captured, refunded)
	say("journal", "%d lines, compared with %d earlier readings", len(shop.Journal), len(shop.Marks))
	say("seconds", "%s", strings.Join(w.took, ", "))
	counts := map[string]int{}
	for _, v := range found {
		counts[v.Invariant]++
	}
	for _, r := range check.Rules() {
		say(r.Name, "%d violations: %s", counts[r.Name], r.Text)
	}
	told := map[string]bool{}
	for _, v := range found {
		fmt.Fprintf(out, "\n%s\n", v)
		if v.Order != "" && !told[v.Order] && len(told) < maxHistories {
			told[v.Order] = true
			fmt.Fprint(out, check.History(shop, bank, v.Order))
		}
	}
}

// inWords lists counts, the largest first.
func inWords(counts map[string]int) string {
	names := slices.Collect(maps.Keys(counts))
	slices.SortFunc(names, func(x, y string) int {
		if counts[x] != counts[y] {
			return counts[y] - counts[x]
		}
		return strings.Compare(x, y)
	})
	var words []string
	for _, name := range names {
		words = append(words, fmt.Sprintf("%d %s", counts[name], name))
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}
