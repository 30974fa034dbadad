package lives

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// plan is everything that happens in one world. It is drawn from the seed alone. Shrinking
// takes parts of it away, and what stays keeps its meaning: each part draws from a source of
// its own, see draw.
type plan struct {
	Seed    uint64
	Holds   bool          // the bank holds the money until staff capture it
	TTL     time.Duration // how long an order can be paid
	Shelf   int           // units of each product at the beginning
	Faulty  int           // percentage of messages that meet a fault; listed: those of Faults do
	Bank    string        // switches of the simulated bank, as JSON
	Month   bool          // the world goes on for a month, until the last of the later checks
	Lives   []life
	Crashes []crash
	Faults  []string // names of messages
}

// listed stands in place of a percentage.
const listed = -1

// life is what one shopper does, and what staff and the bank do about their order.
type life struct {
	N     int // its number stays when others are left out
	At    time.Duration
	Who   string
	Steps []step
}

// step is one thing that somebody does, After the one before it.
type step struct {
	After time.Duration
	Do    string
	How   string
}

// crash ends the process of the shop at the n-th boundary after At: before a transaction,
// before a message to the bank leaves, or when an answer arrives. It is started again after
// Down.
type crash struct {
	At    time.Duration
	Steps int
	Down  time.Duration
}

// The kinds of people.
const (
	guest     = "guest"
	account   = "account"
	saver     = "saver"     // has the card saved, and buys again by it on the bank's page
	oneClick  = "one click" // agrees to one click, and buys again so
	byWallet  = "wallet"
	impatient = "impatient" // sends each form twice
	borrower  = "borrower"  // pays in instalments, or later: the bank decides on a loan
)

var people = []string{guest, guest, guest, account, saver, oneClick, byWallet, impatient}

// opening is how long new shoppers come; calm is when all faults and crashes are over, and so
// is what people do. Then everything has to come to an end by itself.
const (
	opening = 20 * time.Minute
	calm    = 50 * time.Minute
)

// draw returns the random source of one part of the world. The parts do not share one, so
// that what is left out of a plan changes no other part's draws.
func draw(seed uint64, part string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(part))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// upTo is a random duration with a random magnitude: short ones, which make things meet, are
// as likely as long ones. The odd nanoseconds keep two things from happening at one moment.
func upTo(r *rand.Rand, most time.Duration) time.Duration {
	scale := most >> r.IntN(12)
	return scale/2 + time.Duration(r.Int64N(int64(scale)/2+1)) + time.Duration(r.IntN(1000))
}

func drawPlan(seed uint64, lives int) plan {
	r := draw(seed, "world")
	p := plan{
		Seed: seed, Holds: r.IntN(4) == 0, TTL: time.Duration(pick(r, 2, 2, 3, 5, 15)) * time.Minute, Shelf: pick(r, lives/10, lives/3, 10*lives) + 1,
		Faulty: pick(r, 0, 2, 5, 20), Month: r.IntN(10) == 0,
		Bank: fmt.Sprintf(`{"retries":%d,"retry_ms":%d,"leave_early":%t,"settle_ms":%d,"action_ms":%d,"cancelled_hold":%q,"charge_capture":%q,"late_save":%q,"accept_2xx":%t}`,
			r.IntN(4), pick(r, 1000, 15_000, 120_000), r.IntN(2) == 0, pick(r, 0, 0, 3000), pick(r, 0, 0, 2000, 60_000),
			pick(r, "rejected", "refunded"), pick(r, "inherited", "automatic"), pick(r, "refused", "ignored"), r.IntN(2) == 0),
	}
	for n := range lives {
		l := drawLife(draw(seed, fmt.Sprint("life ", n)), n, p.Holds)
		// Loans came later: drawn apart, they leave the other lives of the kept seeds what they were.
		if r := draw(seed, fmt.Sprint("loan of life ", n)); r.IntN(12) == 0 {
			l.borrow(r)
		}
		p.Lives = append(p.Lives, l)
	}
	for range pick(r, 1, 2, 4, 20) {
		p.Crashes = append(p.Crashes, crash{time.Duration(r.Int64N(int64(opening + 5*time.Minute))), r.IntN(12), upTo(r, 2*time.Minute)})
	}
	slices.SortFunc(p.Crashes, func(a, b crash) int { return int(a.At - b.At) })
	return p
}

func drawLife(r *rand.Rand, n int, holds bool) life {
	l := life{N: n, At: time.Duration(r.Int64N(int64(opening))), Who: pick(r, people...)}
	do := func(most time.Duration, what, how string) { l.Steps = append(l.Steps, step{upTo(r, most), what, how}) }
	do(time.Second, "place", fmt.Sprint(1+r.IntN(3)))
	if r.IntN(12) == 0 { // long after their time is over, and perhaps their units are sold
		l.Steps = append(l.Steps, step{8*time.Minute + upTo(r, 20*time.Minute), "old page", `{"outcome":"100"` + onTheWay(r) + `}`})
		return l
	}
	attempts := pick(r, 1, 1, 1, 1, 2, 3)
	for i := range attempts {
		way := r.IntN(12)
		if i < attempts-1 && r.IntN(3) > 0 {
			way = r.IntN(4) // whoever comes back has mostly failed
		}
		if i > 0 {
			do(5*time.Minute, "retry", "")
		}
		switch way {
		case 0:
			do(10*time.Minute, "leave", "")
		case 1:
			do(5*time.Minute, "pay", `{"outcome":"cancel"`+onTheWay(r)+`}`)
		case 2, 3:
			do(5*time.Minute, "pay", fmt.Sprintf(`{"outcome":%q%s}`, pick(r, "101", "107", "109", "110", "199"), onTheWay(r)))
		case 4:
			do(20*time.Minute, "pay", fmt.Sprintf(`{"settle_ms":%d%s}`, pick(r, 2000, 30_000, 400_000), onTheWay(r)))
		case 5:
			do(5*time.Minute, "pay", fmt.Sprintf(`{"later":%q%s}`, pick(r, "reject", "slow", "162", "163"), onTheWay(r)))
		default:
			do(5*time.Minute, "pay", `{"outcome":"100"`+onTheWay(r)+`}`)
		}
		if r.IntN(3) > 0 {
			do(20*time.Second, "return", "")
		}
	}
	if attempts > 1 && r.IntN(2) == 0 { // the first page is still open in another tab
		do(5*time.Minute, "old page", `{"outcome":"100"`+onTheWay(r)+`}`)
	}
	afterwards := []string{"return", "retry", "ask", "message", "message", "refund", "refund", "refund all", "console", "cancel", "customer cancels", "old page", "again", "remove card", "place"}
	if holds {
		afterwards = append(afterwards, "capture", "capture", "capture", "capture part", "release")
		if r.IntN(3) > 0 {
			do(5*time.Minute, "capture", "")
		}
	}
	for range pick(r, 0, 0, 0, 0, 1, 1, 2, 3) {
		what := pick(r, afterwards...)
		how := fmt.Sprint(1 + r.IntN(2000))
		switch what {
		case "message":
			how = fmt.Sprintf(`{"mode":%q}`, pick(r, messageModes...))
		case "place":
			how = fmt.Sprint(1 + r.IntN(3))
		case "again", "old page":
			how = `{"outcome":"100"` + onTheWay(r) + `}`
		}
		do(8*time.Minute, what, how)
	}
	return l
}

// borrow makes a life one that pays by a loan. The bank decides on some loans while their units
// are reserved, on some when they no longer are, and on some never. The bank refunds none of them
// at the shop's request, nor in its console: a refund waits for staff.
func (l *life) borrow(r *rand.Rand) {
	l.Who = borrower
	for i := range l.Steps {
		s := &l.Steps[i]
		if s.Do == "pay" && !strings.Contains(s.How, "settle_ms") && r.IntN(3) > 0 {
			s.How = strings.Replace(s.How, "{", fmt.Sprintf(`{"settle_ms":%d,`, pick(r, 30_000, loanDecision.Milliseconds()/2, 2*loanDecision.Milliseconds(), -1)), 1)
		}
	}
	if r.IntN(3) == 0 {
		l.Steps = append(l.Steps, step{upTo(r, 8*time.Minute), "refund", fmt.Sprint(1 + r.IntN(500))})
	}
}

// loanDecision is how long units are reserved while the bank decides on a loan.
const loanDecision = 15 * time.Minute

// messageModes are the ways in which a message that nobody expects comes.
var messageModes = []string{"sent", "duplicate", "resigned", "bad_signature", "altered_body", "unknown_event", "unknown_order", "other_order",
	"wrong_amount", "wrong_currency", "truncated", "out_of_order"}

// onTheWay is how the callbacks about a payment travel, as further fields of a JSON object.
func onTheWay(r *rand.Rand) string {
	if r.IntN(2) == 0 {
		return ""
	}
	mode := pick(r, "lost", "lost", "delayed", "duplicate", "resigned", "out_of_order", "before_redirect", "after_redirect", "bad_signature", "other_key",
		"missing_header", "altered_body", "altered_escapes", "altered_order", "truncated")
	if mode == "delayed" {
		return fmt.Sprintf(`,"callback":{"mode":"delayed","delay_ms":%d}`, upTo(r, 10*time.Minute).Milliseconds())
	}
	return fmt.Sprintf(`,"callback":{"mode":%q}`, mode)
}

// String is the plan as a person reads it.
func (p plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: holds %t, time to pay %v, %d units of each product, %d %% faults, a month %t\nbank %s\n",
		p.Seed, p.Holds, p.TTL, p.Shelf, p.Faulty, p.Month, p.Bank)
	for _, l := range p.Lives {
		fmt.Fprintf(&b, "life %d, %s, comes after %v:\n", l.N, l.Who, l.At)
		for _, s := range l.Steps {
			fmt.Fprintf(&b, "    after %v: %s %s\n", s.After, s.Do, s.How)
		}
	}
	for _, c := range p.Crashes {
		fmt.Fprintf(&b, "crash after %v, %d boundaries later, down for %v\n", c.At, c.Steps, c.Down)
	}
	for _, name := range p.Faults {
		fmt.Fprintf(&b, "fault: %s meets %s\n", name, faultOf(p.Seed, name))
	}
	return b.String()
}
