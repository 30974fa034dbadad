package models

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
)

// The figures of a day are counted from the ledger and the payment journal, in the order in
// which these were written. Both are append-only, so counting goes on from where it
// stopped, and counting everything anew gives the same. What was written in the last
// minute is counted whenever somebody looks, and for good a minute later: by then the
// transactions that wrote it are over, and a callback that is on time has come.

// figure is something that is counted for each day.
type figure string

const (
	figureCaptured figure = "captured" // money that came
	figureRefunded figure = "refunded" // money that went back
	figureDiscount figure = "discount" // what the bank took off
	figureOrder    figure = "order"    // orders that were paid; a second payment of one is not an order
	figurePaid     figure = "paid"     // attempts that the bank let through: captured, or held
	figureDeclined figure = "declined" // by the bank's code
	figureRefused  figure = "refused"  // attempts that the bank refused to open, by its code
	figureExpired  figure = "expired"  // attempts that nobody paid in time
	figureWait     figure = "wait"     // paid attempts by the seconds since the shopper could pay
	figureLate     figure = "callback_late"
	figureMissing  figure = "callback_missing"
)

// CallbackOnTime is how long after a payment was settled here the bank's callback about it
// still counts as on time. The shop settles when the callback comes, when the
// shopper comes back, or when it asks by itself, and the first of these wins: only the
// shop's own clock is compared. A callback that comes later is late; while none has come
// it is missing.
const CallbackOnTime = time.Minute

// DeclinedByShopper is the code of a decline for which the bank gives none, because the
// shopper has cancelled on its page.
const DeclinedByShopper = "cancelled"

// tally is a figure of a day; tallied is what it amounts to.
type tally struct {
	Figure figure
	Day    Day
	Detail string
}

type tallied struct {
	Count int
	Tetri Tetri
}

type tallies map[tally]tallied

func (t tallies) add(f figure, at time.Time, detail string, count int, amount Tetri) {
	key := tally{f, DayOf(at), detail}
	sum := t[key]
	sum.Count += count
	sum.Tetri += amount
	t[key] = sum
}

// counted is up to where the journal and the ledger were counted.
type counted struct{ Event, Entry int64 }

func readCounted(db *gorm.DB) (c counted, err error) {
	err = query(db, []any{&c.Event, &c.Entry}, "SELECT event, entry FROM figures_counted WHERE id = 1")
	return c, err
}

// figuresAtOnce is how many lines are read at once.
const figuresAtOnce = 2000

// CountFigures counts for good what was written more than a minute ago.
func (s *Store) CountFigures(ctx context.Context) error {
	for {
		more, err := s.countFigures(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// errCountedElsewhere says that another process has counted the same in the meantime.
var errCountedElsewhere = errors.New("counted elsewhere")

func (s *Store) countFigures(ctx context.Context) (more bool, err error) {
	from, err := readCounted(s.Read(ctx))
	if err != nil {
		return false, err
	}
	sums, to := tallies{}, from
	more, err = countOn(s.Read(ctx), sums, &to, s.Now(), true)
	if err != nil || to == from {
		return false, err
	}
	err = s.inTx(ctx, func(tx *Tx) error {
		moved, err := tx.execRows("UPDATE figures_counted SET event = ?, entry = ? WHERE event = ? AND entry = ?", to.Event, to.Entry, from.Event, from.Entry)
		if err != nil {
			return err
		}
		if moved == 0 {
			return errCountedElsewhere
		}
		for key, sum := range sums {
			if err := tx.exec(`INSERT INTO daily_figures (figure, day, detail, count, tetri) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (figure, day, detail) DO UPDATE SET count = daily_figures.count + excluded.count, tetri = daily_figures.tetri + excluded.tetri`,
				key.Figure, key.Day, key.Detail, sum.Count, sum.Tetri); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errCountedElsewhere) {
		return true, nil
	}
	return more, err
}

// countOn adds to sums what comes after from, at most figuresAtOnce lines each of the journal and
// of the ledger, and moves from to the last of them. With settled it stops at what is younger than
// CallbackOnTime. more says that there may be more to count.
func countOn(db *gorm.DB, sums tallies, from *counted, now time.Time, settled bool) (more bool, err error) {
	events, err := countEvents(db, sums, &from.Event, now, settled)
	if err != nil {
		return false, err
	}
	entries, err := countEntries(db, sums, &from.Entry, now, settled)
	return events || entries, err
}

// tooYoung reports whether something must wait a minute before it is counted for good. What a
// wrong clock has dated into the future is counted at once, so that it does not stop the others.
func tooYoung(at, now time.Time) bool { return at.After(now.Add(-CallbackOnTime)) && !at.After(now) }

// movesThatDecide are the moves by which the bank's decision about an attempt becomes known
// here, as the journal has them. Each is the bank's word: an attempt that was declined and
// is paid all the same has had two decisions.
func movesThatDecide() (verdicts []string) {
	for _, from := range []PaymentState{PaymentStarting, PaymentOpen, PaymentProcessing, PaymentDeclined, PaymentExpired, PaymentRefused} {
		for _, to := range []PaymentState{PaymentHeld, PaymentPaid, PaymentDeclined} {
			if from.canBecome(to) {
				verdicts = append(verdicts, moved(from, to))
			}
		}
	}
	return verdicts
}

// movesThatEnd are the moves by which an attempt ends without the bank's decision.
func movesThatEnd() (verdicts []string) {
	for _, from := range []PaymentState{PaymentStarting, PaymentOpen, PaymentProcessing} {
		for _, to := range []PaymentState{PaymentRefused, PaymentExpired} {
			if from.canBecome(to) {
				verdicts = append(verdicts, moved(from, to))
			}
		}
	}
	return verdicts
}

// moved is what the journal says of a move.
func moved(from, to PaymentState) string { return string(from) + " to " + string(to) }

// countedEvent is a line of the journal with what decides how it is counted.
type countedEvent struct {
	ID           int64
	At           time.Time
	Verdict      string
	Kind         PaymentKind
	BankCode     string
	RejectReason string
	OpenedAt     *time.Time // when the shopper could begin to pay
	DecisionID   int64      // the attempt's first decision, 0: none
	DecidedAt    *time.Time
	CallbackID   int64 // the first callback about the attempt, 0: none
	CallbackAt   *time.Time
}

// countEvents counts the next lines of the journal, and reports whether there may be more.
func countEvents(db *gorm.DB, sums tallies, last *int64, now time.Time, settled bool) (more bool, err error) {
	var lines []countedEvent
	decide := movesThatDecide()
	err = queryAll(db, &lines, `SELECT e.id, e.at, e.verdict, p.kind, p.bank_code, p.reject_reason, o.at AS opened_at,
			coalesce(d.id, 0) AS decision_id, d.at AS decided_at, coalesce(c.id, 0) AS callback_id, c.at AS callback_at
		FROM (SELECT id, payment_id, at, kind, verdict FROM payment_events WHERE id > ? ORDER BY id LIMIT ?) e
		LEFT JOIN payments p ON p.id = e.payment_id AND (e.kind = ? AND e.verdict IN ? OR e.kind = ? AND e.verdict = ?)
		LEFT JOIN payment_events d ON d.id = (SELECT min(id) FROM payment_events WHERE payment_id = p.id AND kind = ? AND verdict IN ?)
		LEFT JOIN payment_events c ON c.id = (SELECT min(id) FROM payment_events WHERE payment_id = p.id AND kind = ? AND verdict = ?)
		LEFT JOIN payment_events o ON o.id = (SELECT min(id) FROM payment_events WHERE payment_id = p.id AND kind = ? AND verdict = ?)
		ORDER BY e.id`,
		*last, figuresAtOnce, EventTransition, append(movesThatEnd(), decide...), EventCallback, callbackAccepted,
		EventTransition, decide, EventCallback, callbackAccepted, EventTransition, moved(PaymentStarting, PaymentOpen))
	for _, e := range lines {
		young := tooYoung(e.At, now)
		if young && settled {
			return false, err
		}
		*last = e.ID
		if e.Kind != "" {
			e.count(sums, young)
		}
	}
	return len(lines) == figuresAtOnce, err
}

func (e countedEvent) count(sums tallies, young bool) {
	switch {
	case e.ID == e.CallbackID && e.DecidedAt != nil && e.At.Sub(*e.DecidedAt) > CallbackOnTime:
		sums.add(figureMissing, *e.DecidedAt, "", -1, 0)
		sums.add(figureLate, *e.DecidedAt, "", 1, 0)
	case e.Verdict == callbackAccepted:
	case !slices.Contains(movesThatDecide(), e.Verdict):
		if e.ended(PaymentRefused) {
			sums.add(figureRefused, e.At, e.BankCode, 1, 0)
		} else {
			sums.add(figureExpired, e.At, "", 1, 0)
		}
	case e.ended(PaymentDeclined):
		code := e.BankCode
		if code == "" && e.RejectReason == "unknown" && e.Kind != Automatic {
			code = DeclinedByShopper
		}
		sums.add(figureDeclined, e.At, code, 1, 0)
	default:
		sums.add(figurePaid, e.At, "", 1, 0)
		if e.OpenedAt != nil {
			sums.add(figureWait, e.At, strconv.Itoa(waitStep(e.At.Sub(*e.OpenedAt))), 1, 0)
		}
	}
	if e.ID == e.DecisionID && !young && (e.CallbackAt == nil || e.CallbackAt.Sub(e.At) > CallbackOnTime) {
		sums.add(figureMissing, e.At, "", 1, 0)
	}
}

// ended reports whether the move that the line tells of was to a state.
func (e countedEvent) ended(in PaymentState) bool { return strings.HasSuffix(e.Verdict, moved("", in)) }

// waitStep rounds a time down so that a day has some hundred different ones at most: to two
// seconds within two minutes, to ten within ten, then to the minute, up to an hour.
func waitStep(d time.Duration) int {
	d = min(max(d, 0), time.Hour)
	step := time.Minute
	switch {
	case d < 2*time.Minute:
		step = 2 * time.Second
	case d < 10*time.Minute:
		step = 10 * time.Second
	}
	return int(d.Truncate(step) / time.Second)
}

// countedEntry is an entry of the ledger; Pays says that it is the one that paid its order.
type countedEntry struct {
	ID          int64
	At          time.Time
	Kind        LedgerKind
	AmountTetri Tetri
	Pays        bool
}

// countEntries counts the next entries of the ledger, and reports whether there may be more.
func countEntries(db *gorm.DB, sums tallies, last *int64, now time.Time, settled bool) (more bool, err error) {
	var entries []countedEntry
	err = queryAll(db, &entries, `SELECT l.id, l.at, l.kind, l.amount_tetri, coalesce(o.paid_payment_id = l.payment_id, false) AS pays
		FROM ledger l JOIN orders o ON o.id = l.order_id WHERE l.id > ? ORDER BY l.id LIMIT ?`, *last, figuresAtOnce)
	for _, l := range entries {
		if settled && tooYoung(l.At, now) {
			return false, err
		}
		*last = l.ID
		switch l.Kind {
		case moneyCaptured:
			sums.add(figureCaptured, l.At, "", 1, l.AmountTetri)
			if l.Pays {
				sums.add(figureOrder, l.At, "", 1, 0)
			}
		case moneyRefunded:
			sums.add(figureRefunded, l.At, "", 1, l.AmountTetri)
		case capturedCorrection:
			sums.add(figureCaptured, l.At, "", 0, l.AmountTetri)
		case refundedCorrection:
			sums.add(figureRefunded, l.At, "", 0, l.AmountTetri)
		case moneyDiscount:
			sums.add(figureDiscount, l.At, "", 1, l.AmountTetri)
		case discountCorrection:
			sums.add(figureDiscount, l.At, "", 0, l.AmountTetri)
		}
	}
	return len(entries) == figuresAtOnce, err
}
