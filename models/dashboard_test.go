package models_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"dukani/models"
)

// A story is what happens in a shop with ten jars of honey; a minute after it staff look.
type story struct {
	happens func(s *shop)
	want    models.DayFigures // of all days; Day is not compared
	todo    models.ToDo
	also    func(t *testing.T, d *models.Dashboard)
}

// settled has the bank decide about the newest attempt of an order.
func (s *shop) settled(o *models.Order, state models.PaymentState, change ...func(*models.Report)) *models.Order {
	s.t.Helper()
	r := report(o, s.order(o.ID).LastPayment(), state)
	for _, f := range change {
		f(&r)
	}
	return s.settle(r)
}

// told has the bank's callback about the newest attempt of an order come.
func (s *shop) told(o *models.Order) {
	s.t.Helper()
	p := s.order(o.ID).LastPayment()
	c := models.Callback{Body: fmt.Append(nil, p.ID, s.now), Event: "order_payment", BankOrderID: bankID(p), OrderNumber: o.Number}
	if err := s.StoreCallback(s.t.Context(), c); err != nil {
		s.t.Fatal(err)
	}
}

// ordered has somebody else order one jar, which takes a second.
func (s *shop) ordered() *models.Order {
	s.t.Helper()
	s.now = s.now.Add(time.Second)
	cart := fmt.Sprint("cart of ", s.now)
	s.add(cart, "honey", 1)
	return s.opened(cart, checkout(12_50))
}

func stories() map[string]story {
	code := func(code string) func(*models.Report) { return func(r *models.Report) { r.Code = code } }
	pay := func(s *shop, after time.Duration) *models.Order {
		o := s.ordered()
		s.now = s.now.Add(after)
		s.told(o)
		return s.settled(o, models.PaymentPaid)
	}
	return map[string]story{
		"nothing": {happens: func(*shop) {}},
		"an order is paid": {
			happens: func(s *shop) { pay(s, 34*time.Second) },
			want:    models.DayFigures{Orders: 1, Captured: 12_50, Paid: 1}, todo: models.ToDo{ToPack: 1},
			also: func(t *testing.T, d *models.Dashboard) {
				if d.Waits != 1 || d.Median != 34*time.Second || d.P90 != 34*time.Second {
					t.Errorf("%d waited %v, 90 of 100 %v; want 34 s", d.Waits, d.Median, d.P90)
				}
			},
		},
		"ten orders are paid, one of them slowly": {
			happens: func(s *shop) {
				for i := range 10 {
					pay(s, time.Duration(20+10*i)*time.Second)
				}
			},
			want: models.DayFigures{Orders: 10, Captured: 125_00, Paid: 10}, todo: models.ToDo{ToPack: 10, SoldOut: 1},
			also: func(t *testing.T, d *models.Dashboard) {
				if d.Waits != 10 || d.Median != 60*time.Second || d.P90 != 100*time.Second {
					t.Errorf("%d waited %v, 90 of 100 %v; want 60 s, 100 s", d.Waits, d.Median, d.P90)
				}
			},
		},
		"an order is paid and refunded": {
			happens: func(s *shop) { s.settled(pay(s, time.Second), models.PaymentRefunded) },
			want:    models.DayFigures{Orders: 1, Captured: 12_50, Refunded: 12_50, Paid: 1},
		},
		"the money comes and goes between two checks": {
			happens: func(s *shop) {
				o := s.ordered()
				s.told(o)
				s.settled(o, models.PaymentRefunded)
			},
			want: models.DayFigures{Orders: 1, Captured: 12_50, Refunded: 12_50, Paid: 1},
		},
		"a card is declined, another of the same order is good": {
			happens: func(s *shop) {
				o := s.ordered()
				s.told(o)
				s.settled(o, models.PaymentDeclined, code("107"))
				s.retried(o)
				s.told(o)
				s.settled(s.order(o.ID), models.PaymentPaid)
			},
			want: models.DayFigures{Orders: 1, Captured: 12_50, Paid: 1, Declined: 1}, todo: models.ToDo{ToPack: 1},
			also: wantDeclines(models.Decline{Code: "107", Count: 1}),
		},
		"reasons of declines": {
			happens: func(s *shop) {
				for _, c := range []string{"107", "107", "", "105"} {
					o := s.ordered()
					s.told(o)
					s.settled(o, models.PaymentDeclined, code(c), func(r *models.Report) { r.RejectReason = "unknown" })
				}
				o := s.place("a", s.seenOne("a"))
				if err := s.StartRefused(s.t.Context(), o.LastPayment().ID, "112", "refused", true); err != nil {
					s.t.Fatal(err)
				}
			},
			want: models.DayFigures{Declined: 4, Refused: 1}, todo: models.ToDo{LowStock: 1},
			also: wantDeclines(models.Decline{Code: "107", Count: 2}, models.Decline{Code: "105", Count: 1},
				models.Decline{Code: "112", Refused: true, Count: 1}, models.Decline{Code: models.DeclinedByShopper, Count: 1}),
		},
		"a decline that turns out paid is two decisions": {
			happens: func(s *shop) {
				o := s.ordered()
				s.told(o)
				s.settled(o, models.PaymentDeclined)
				s.settled(s.order(o.ID), models.PaymentPaid)
			},
			want: models.DayFigures{Orders: 1, Captured: 12_50, Paid: 1, Declined: 1}, todo: models.ToDo{ToPack: 1},
		},
		"an amount is held and captured": {
			happens: func(s *shop) {
				o := s.ordered()
				s.told(o)
				s.settled(o, models.PaymentHeld)
				s.settled(s.order(o.ID), models.PaymentPaid)
			},
			want: models.DayFigures{Orders: 1, Captured: 12_50, Paid: 1}, todo: models.ToDo{ToPack: 1},
		},
		"two amounts are held, one of them for long": {
			happens: func(s *shop) {
				for _, after := range []time.Duration{26 * 24 * time.Hour, 0} {
					o := s.ordered()
					s.told(o)
					s.settled(o, models.PaymentHeld)
					s.now = s.now.Add(after)
				}
			},
			want: models.DayFigures{Paid: 2}, todo: models.ToDo{ToCapture: 2, HoldsEnding: 1},
		},
		"an order is paid twice": {
			happens: func(s *shop) {
				o := s.ordered()
				s.told(o)
				s.settled(o, models.PaymentDeclined)
				first := s.order(o.ID).LastPayment()
				s.retried(o)
				s.told(o)
				o = s.settled(o, models.PaymentPaid)
				s.settle(report(o, first, models.PaymentPaid))
			},
			want: models.DayFigures{Orders: 1, Captured: 25_00, Paid: 2, Declined: 1},
			todo: models.ToDo{ToPack: 1, Review: 1, ReviewUrgent: 1},
		},
		"money comes when the units are gone, and the bank rejects its refund": {
			happens: func(s *shop) {
				o := s.ordered()
				s.told(o)
				s.settled(o, models.PaymentExpired)
				s.exec("UPDATE stock SET on_hand = reserved")
				s.settled(s.order(o.ID), models.PaymentPaid)
				if err := s.ActionFailed(s.t.Context(), models.ActionRefund, 1, models.Rejection{Code: "162", Why: "162"}); err != nil {
					s.t.Fatal(err)
				}
				s.exec("UPDATE stock SET on_hand = on_hand + 900")
			},
			want: models.DayFigures{Orders: 1, Captured: 12_50, Paid: 1, Expired: 1},
			todo: models.ToDo{Rejected: 1, Review: 2, ReviewUrgent: 1},
		},
		"nobody pays": {
			happens: func(s *shop) {
				o := s.ordered()
				s.settled(o, models.PaymentExpired)
			},
			want: models.DayFigures{Expired: 1},
		},
		"the last units are reserved": {
			happens: func(s *shop) {
				for range 6 {
					s.ordered()
				}
			},
			todo: models.ToDo{LowStock: 1},
		},
		"a mail is given up": {
			happens: func(s *shop) {
				pay(s, time.Second)
				mails, err := s.Mails(s.t.Context(), 1)
				if err == nil {
					err = s.MailFailed(s.t.Context(), &mails[0], "no such mailbox", true)
				}
				if err != nil {
					s.t.Fatal(err)
				}
			},
			want: models.DayFigures{Orders: 1, Captured: 12_50, Paid: 1}, todo: models.ToDo{ToPack: 1, Review: 1, MailsFailed: 1},
			also: func(t *testing.T, d *models.Dashboard) {
				if d.Mails != (models.MailBacklog{GivenUp: 1}) {
					t.Errorf("mails %+v, want one given up", d.Mails)
				}
			},
		},
		"the callback never comes": {
			happens: func(s *shop) { s.settled(s.ordered(), models.PaymentPaid) },
			want:    models.DayFigures{Orders: 1, Captured: 12_50, Paid: 1, CallbacksMissed: 1}, todo: models.ToDo{ToPack: 1},
		},
		"the callback comes half a minute after the shopper": {
			happens: func(s *shop) {
				o := s.settled(s.ordered(), models.PaymentPaid)
				s.now = s.now.Add(30 * time.Second)
				s.told(o)
			},
			want: models.DayFigures{Orders: 1, Captured: 12_50, Paid: 1}, todo: models.ToDo{ToPack: 1},
		},
		"the callback comes hours after the shopper, and once more": {
			happens: func(s *shop) {
				o := s.settled(s.ordered(), models.PaymentDeclined)
				for range 2 {
					s.now = s.now.Add(2 * time.Hour)
					s.told(o)
				}
			},
			want: models.DayFigures{Declined: 1, CallbacksLate: 1},
		},
	}
}

// retried makes another attempt to pay an order, which the bank opens.
func (s *shop) retried(o *models.Order) {
	s.t.Helper()
	if _, err := s.RetryPayment(s.t.Context(), o.ID, models.PayWith{}, s.request); err != nil {
		s.t.Fatal(err)
	}
	s.answer(o)
}

// seenOne is the form of somebody who has put a jar into the cart.
func (s *shop) seenOne(cart string) models.Checkout {
	s.t.Helper()
	s.add(cart, "honey", 1)
	return s.seen(cart, checkout(12_50))
}

func wantDeclines(want ...models.Decline) func(*testing.T, *models.Dashboard) {
	return func(t *testing.T, d *models.Dashboard) {
		if !slices.Equal(d.Declines, want) {
			t.Errorf("declines %+v, want %+v", d.Declines, want)
		}
	}
}

func (s *shop) dashboard(days int) *models.Dashboard {
	s.t.Helper()
	d, err := s.Dashboard(s.t.Context(), days)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// Whatever happens, the figures are right at once, and the same once they are counted for good.
func TestTheDashboardShowsWhatHappened(t *testing.T) {
	t.Parallel()
	for name, st := range stories() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t)
			s.product("honey", 12_50, 10)
			s.t = t
			st.happens(s)
			s.now = s.now.Add(models.CallbackOnTime + time.Second)
			live := s.dashboard(90)
			sum := live.Sum()
			if sum != st.want {
				t.Errorf("figures %+v, want %+v", sum, st.want)
			}
			if live.ToDo != st.todo {
				t.Errorf("to do %+v, want %+v", live.ToDo, st.todo)
			}
			if st.also != nil {
				st.also(t, live)
			}
			if err := s.CountFigures(t.Context()); err != nil {
				t.Fatal(err)
			}
			if counted := s.dashboard(90); !reflect.DeepEqual(counted, live) {
				t.Errorf("counted for good %+v, %+v; before %+v, %+v", counted.Sum(), counted.Declines, live.Sum(), live.Declines)
			}
		})
	}
}

// A day is one of Tbilisi, and what happens to a payment later belongs to the later day.
func TestFiguresBelongToTheDayInGeorgia(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 10)
	s.now = time.Date(2026, 11, 23, 19, 59, 30, 0, time.UTC) // half a minute before midnight there
	before := s.settled(s.ordered(), models.PaymentPaid)
	s.now = time.Date(2026, 11, 23, 20, 0, 30, 0, time.UTC)
	s.settled(s.ordered(), models.PaymentPaid)
	s.settled(before, models.PaymentRefunded)
	s.now = s.now.Add(time.Hour)
	days := s.dashboard(14).Days
	if len(days) != 14 || days[13].Day != "2026-11-24" || days[0].Day != "2026-11-11" {
		t.Fatalf("%d days from %v to %v", len(days), days[0].Day, days[len(days)-1].Day)
	}
	if d := days[12]; d.Orders != 1 || d.Net() != 12_50 {
		t.Errorf("the day before: %+v", d)
	}
	if d := days[13]; d.Orders != 1 || d.Net() != 0 || d.Refunded != 12_50 {
		t.Errorf("the day after: %+v", d)
	}
}

// The daily figures do not depend on when they were counted, nor in how many steps; and a
// plain recount of the ledger and the journal finds the same.
func TestDailyFiguresAreWhatARecountFinds(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.product("honey", 12_50, 1000)
	all := stories()
	r := rand.New(rand.NewPCG(23, 9))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if name == "reasons of declines" { // its cart is its own
			continue
		}
		all[name].happens(s)
		s.now = s.now.Add(time.Duration(r.IntN(3*3600)) * time.Second)
		if r.IntN(2) == 0 {
			if err := s.CountFigures(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.now = s.now.Add(models.CallbackOnTime + time.Second)
	figures := func() string {
		t.Helper()
		if err := s.CountFigures(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s.text(`SELECT string_agg(figure || ' ' || day || ' ' || detail || ' ' || count || ' ' || tetri, ';')
			FROM (SELECT * FROM daily_figures WHERE count <> 0 ORDER BY figure, day, detail) f`)
	}
	inSteps := figures()
	s.exec("DELETE FROM daily_figures")
	s.exec("UPDATE figures_counted SET event = 0, entry = 0")
	if atOnce := figures(); atOnce != inSteps {
		t.Errorf("counted at once:\n%s\nin steps:\n%s", atOnce, inSteps)
	}
	dayOf := "date(substr(at, 1, 19), '+4 hours')"
	if s.Postgres() {
		dayOf = "to_char(at AT TIME ZONE 'Asia/Tbilisi', 'YYYY-MM-DD')"
	}
	for figure, recount := range map[string]string{
		"captured": "SELECT " + dayOf + " AS day, count(*) AS count, sum(amount_tetri) AS tetri FROM ledger WHERE kind = 'captured' GROUP BY 1",
		"refunded": "SELECT " + dayOf + " AS day, count(*) AS count, sum(amount_tetri) AS tetri FROM ledger WHERE kind = 'refunded' GROUP BY 1",
		"order": `SELECT ` + dayOf + ` AS day, count(*) AS count, 0 AS tetri FROM ledger l WHERE kind = 'captured'
			AND EXISTS (SELECT 1 FROM orders o WHERE o.paid_payment_id = l.payment_id) GROUP BY 1`,
		"paid": `SELECT ` + dayOf + ` AS day, count(*) AS count, 0 AS tetri FROM payment_events WHERE kind = 'transition'
			AND (verdict LIKE '% to paid' OR verdict LIKE '% to held') AND verdict NOT LIKE 'held to %' GROUP BY 1`,
		"declined": "SELECT " + dayOf + " AS day, count(*) AS count, 0 AS tetri FROM payment_events WHERE verdict LIKE '% to declined' GROUP BY 1",
		"expired":  "SELECT " + dayOf + " AS day, count(*) AS count, 0 AS tetri FROM payment_events WHERE verdict LIKE '% to expired' GROUP BY 1",
	} {
		if n := s.number("SELECT count(*) FROM (" + recount + ") r"); n == 0 {
			t.Errorf("%s: nothing to count", figure)
		}
		counted := "SELECT day, sum(count) AS count, sum(tetri) AS tetri FROM daily_figures WHERE figure = '" + figure + "' GROUP BY day"
		if n := s.number("SELECT count(*) FROM (SELECT * FROM (" + recount + ") r EXCEPT SELECT * FROM (" + counted + ") c) d"); n != 0 {
			t.Errorf("%s: %d days have other figures than a recount", figure, n)
		}
	}
}
