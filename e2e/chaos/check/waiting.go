package check

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Waiting reads from a running shop how much is due at a moment (questions to the bank, mails), and
// how much nobody has decided yet.
func Waiting(ctx context.Context, db *sql.DB, now time.Time) (due, undecided int, err error) {
	s, err := ReadShop(ctx, db)
	if err != nil {
		return 0, 0, err
	}
	isDue := func(text string) bool {
		at, e := readTime(text)
		if e != nil && text != "" {
			err = e
		}
		return text != "" && !at.After(now)
	}
	for _, p := range s.Payments {
		if isDue(p.NextCheck) {
			due++
		}
	}
	for _, a := range s.Actions {
		running := a.State == "queued" || a.State == "starting" || a.State == "requested"
		if running && !a.ByHand && isDue(a.NextAt) {
			due++
		}
	}
	for _, m := range s.Mails {
		if !m.Sent && !m.GivenUp {
			due++
		}
	}
	return due, len(allEnded(open(s, &Bank{}))), err
}

// readTime reads a time as one of the databases writes it as text.
func readTime(text string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999-07:00", "2006-01-02 15:04:05.999999999-07", "2006-01-02T15:04:05.999999999Z07:00"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time of a database", text)
}
