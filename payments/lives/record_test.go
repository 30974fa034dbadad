package lives

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// noted is a line of the trace.
type noted struct {
	at   time.Duration
	text string
}

func (w *world) since() time.Duration { return time.Since(w.began) }

// name names the next message of a life, -1 for no life's, by a route.
func (w *world) name(route string, life int) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := fmt.Sprintf("life %d %s", life, route)
	w.count[key]++
	return fmt.Sprint(key, " ", w.count[key])
}

// belongs notes whose order the bank has made.
func (w *world) belongs(bankOrderID string, life int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made[bankOrderID] = life
}

func (w *world) lifeOfBankOrder(id string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n, ok := w.made[id]; ok {
		return n
	}
	return -1
}

func (w *world) lifeOfNumber(number string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, ok := w.numbers[number]
	if ok {
		return n
	}
	n = -1
	var email string
	if err := w.raw.QueryRow("SELECT email FROM orders WHERE number = ?", number).Scan(&email); err == nil {
		if _, err := fmt.Sscanf(email, "life%d@", &n); err == nil {
			w.numbers[number] = n
		}
	}
	return n
}

func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trace = append(w.trace, noted{w.since(), fmt.Sprintf(format, args...)})
}

// lines is the trace. What several callers learn from one answer of the bank, they learn in
// the same moment: there is no order in which they do, so the lines have that of the alphabet.
func (w *world) lines() (lines []string) {
	slices.SortStableFunc(w.trace, func(a, b noted) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.text, b.text)) })
	for _, n := range w.trace {
		lines = append(lines, fmt.Sprintf("%-16v %s", n.at, n.text))
	}
	return append(lines, w.story...)
}

func (w *world) fail(format string, args ...any) {
	w.note("BROKEN "+format, args...)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = append(w.broken, fmt.Sprintf(format, args...))
}

func (w *world) count1(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tally[what]++
}
