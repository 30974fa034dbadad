package models

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Dashboard is what staff see first: what waits for them, and how the shop has done in the
// last days.
type Dashboard struct {
	ToDo     ToDo
	Mails    MailBacklog
	Days     []DayFigures // oldest first, the last is today
	Declines []Decline    // the most frequent first
	Waits    int          // payments of which the time from opening to paid is known
	Median   time.Duration
	P90      time.Duration   // 90 of 100 took no longer
	Run      *Reconciliation // that ended last; nil: none has
	Behind   bool            // figures are still being counted, and what is shown is not all
}

// DayFigures are the figures of one day in Georgia. What happens later to a payment of that
// day is in the figures of the later day.
type DayFigures struct {
	Day             Day
	Orders          int // that were paid
	Captured        Tetri
	Refunded        Tetri
	Discount        Tetri // what the bank took off by campaigns
	Paid            int   // attempts to pay that the bank let through
	Declined        int
	Refused         int // attempts that the bank refused to open
	Expired         int
	CallbacksLate   int // see CallbackOnTime
	CallbacksMissed int
}

// Net is what was captured without what went back; it can be negative.
func (d DayFigures) Net() Tetri { return d.Captured - d.Refunded }

// Decided is how many attempts to pay the bank has decided about. Those that nobody paid in
// time are not among them.
func (d DayFigures) Decided() int { return d.Paid + d.Declined + d.Refused }

// Decline is how often the bank said no for one reason.
type Decline struct {
	Code    string // of the bank, or DeclinedByShopper; "" if it gave none
	Refused bool   // the bank did not open the payment
	Count   int
}

// Sum returns the figures of all days together.
func (d *Dashboard) Sum() (sum DayFigures) {
	for _, of := range d.Days {
		sum.Orders += of.Orders
		sum.Captured += of.Captured
		sum.Refunded += of.Refunded
		sum.Discount += of.Discount
		sum.Paid += of.Paid
		sum.Declined += of.Declined
		sum.Refused += of.Refused
		sum.Expired += of.Expired
		sum.CallbacksLate += of.CallbacksLate
		sum.CallbacksMissed += of.CallbacksMissed
	}
	return sum
}

// uncountedAtMost is how many rounds of countOn the dashboard does by itself. While the shop
// is running, one is enough; it takes more when the figures of an old database are first counted.
const uncountedAtMost = 10

// Dashboard returns the dashboard with the figures of the last days, today included.
func (s *Store) Dashboard(ctx context.Context, days int) (*Dashboard, error) {
	now := s.Now()
	d := &Dashboard{}
	var err error
	if d.ToDo, err = s.ToDo(ctx); err != nil {
		return nil, err
	}
	if d.Mails, err = s.MailBacklog(ctx); err != nil {
		return nil, err
	}
	if d.Run, err = s.LastReconciliation(ctx); err != nil {
		return nil, err
	}
	for i := range days {
		d.Days = append(d.Days, DayFigures{Day: DayOf(now).Add(i + 1 - days)})
	}
	sums := tallies{}
	// One transaction: what is counted for good meanwhile must be in neither or both parts.
	err = s.Read(ctx).Transaction(func(db *gorm.DB) error {
		if err := readTallies(db, sums, d.Days[0].Day); err != nil {
			return err
		}
		from, err := readCounted(db)
		d.Behind = true
		for i := 0; err == nil && d.Behind && i < uncountedAtMost; i++ {
			d.Behind, err = countOn(db, sums, &from, now, false)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	d.fill(sums)
	return d, nil
}

// readTallies reads what was counted for good since a day.
func readTallies(db *gorm.DB, sums tallies, since Day) error {
	var rows []struct {
		Figure figure
		Day    Day
		Detail string
		Count  int
		Tetri  Tetri
	}
	err := queryAll(db, &rows, "SELECT figure, day, detail, count, tetri FROM daily_figures WHERE day >= ?", since)
	for _, r := range rows {
		sums[tally{r.Figure, r.Day, r.Detail}] = tallied{r.Count, r.Tetri}
	}
	return err
}

// fill puts the tallies into the days and lists that they belong to.
func (d *Dashboard) fill(sums tallies) {
	days := map[Day]*DayFigures{}
	for i := range d.Days {
		days[d.Days[i].Day] = &d.Days[i]
	}
	waits, declines := map[time.Duration]int{}, map[Decline]int{}
	for key, sum := range sums {
		of := days[key.Day]
		if of == nil {
			continue
		}
		switch key.Figure {
		case figureCaptured:
			of.Captured += sum.Tetri
		case figureRefunded:
			of.Refunded += sum.Tetri
		case figureDiscount:
			of.Discount += sum.Tetri
		case figureOrder:
			of.Orders += sum.Count
		case figurePaid:
			of.Paid += sum.Count
		case figureDeclined:
			of.Declined += sum.Count
			declines[Decline{Code: key.Detail}] += sum.Count
		case figureRefused:
			of.Refused += sum.Count
			declines[Decline{Code: key.Detail, Refused: true}] += sum.Count
		case figureExpired:
			of.Expired += sum.Count
		case figureLate:
			of.CallbacksLate += sum.Count
		case figureMissing:
			of.CallbacksMissed += sum.Count
		case figureWait:
			seconds, _ := strconv.Atoi(key.Detail) // written by waitStep
			waits[time.Duration(seconds)*time.Second] += sum.Count
			d.Waits += sum.Count
		}
	}
	for decline, count := range declines {
		decline.Count = count
		d.Declines = append(d.Declines, decline)
	}
	slices.SortFunc(d.Declines, func(a, b Decline) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Code, b.Code), strings.Compare(strconv.FormatBool(a.Refused), strconv.FormatBool(b.Refused)))
	})
	d.Median, d.P90 = percentile(waits, d.Waits, 50), percentile(waits, d.Waits, 90)
}

// percentile returns the time that p of 100 took at most, of all in number.
func percentile(waits map[time.Duration]int, all, p int) time.Duration {
	seen := 0
	for _, wait := range slices.Sorted(maps.Keys(waits)) {
		if seen += waits[wait]; seen*100 >= all*p {
			return wait
		}
	}
	return 0
}
