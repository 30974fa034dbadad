package main

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"

	"dukani/handlers"
	"dukani/models"
	"dukani/payments"
)

// backlog lets an alarm be set on what no shopper sees: orders that need staff,
// payments that the bank should have been asked about, and mails that do not leave.
func backlog(store *models.Store) []prometheus.Collector {
	gauge := func(name, help string, count func(context.Context) (int, error)) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			n, err := count(ctx)
			if err != nil {
				return math.NaN()
			}
			return float64(n)
		})
	}
	mails := func(pick func(models.MailBacklog) int) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			b, err := store.MailBacklog(ctx)
			return pick(b), err
		}
	}
	return []prometheus.Collector{
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "dukani_transaction_repeats_total", Help: "Transactions that were run again because they came into conflict with others.",
		}, func() float64 { return float64(store.Repeats()) }),
		gauge("dukani_review_open", "Items of the review queue that staff have still to look at.", func(ctx context.Context) (int, error) {
			n, _, err := store.Backlog(ctx)
			return n, err
		}),
		gauge("dukani_payments_due", "Payments the bank is to be asked about now.", func(ctx context.Context) (int, error) {
			_, n, err := store.Backlog(ctx)
			return n, err
		}),
		gauge("dukani_mails_waiting", "Mails that have not left yet.", mails(func(b models.MailBacklog) int { return b.Waiting })),
		gauge("dukani_mails_failing", "Mails among them that the mail server has not taken so far.", mails(func(b models.MailBacklog) int { return b.Failing })),
		gauge("dukani_mails_given_up", "Mails that will not be tried again.", mails(func(b models.MailBacklog) int { return b.GivenUp })),
	}
}

// outages lets an alarm be set on a bank that is out of reach.
func outages(desk *payments.Desk) []prometheus.Collector {
	gauge := func(name, help string, on func(why error) bool) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 {
			if on(desk.Outage()) {
				return 1
			}
			return 0
		})
	}
	return []prometheus.Collector{
		gauge("dukani_bank_silent", "1 while the bank does not answer.", func(why error) bool { return why != nil && !errors.Is(why, payments.ErrNoAccess) }),
		gauge("dukani_bank_access_refused", "1 while the bank does not let the shop in: nobody can pay.", func(why error) bool {
			return errors.Is(why, payments.ErrNoAccess)
		}),
	}
}

func readiness(store *models.Store, jobs *river.Client[*sql.Tx], desk *payments.Desk, mailer *handlers.Mailer) []handlers.Check {
	return []handlers.Check{
		{Name: "database", Required: true, Func: store.Ping},
		{Name: "jobs", Required: true, Func: func(context.Context) error {
			select {
			case <-jobs.Stopped():
				return errors.New("stopped")
			default:
				return nil
			}
		}},
		{Name: "bank", Func: desk.CheckAccess},
		{Name: "mail", Func: mailer.Check},
	}
}

// reviewGauges lets an alarm be set on each kind of review items: how many are open, and how
// old the oldest is.
type reviewGauges struct{ store *models.Store }

var (
	reviewOpenDesc   = prometheus.NewDesc("dukani_review_items", "Open items of the review queue, by kind.", []string{"kind"}, nil)
	reviewOldestDesc = prometheus.NewDesc("dukani_review_oldest_seconds", "Age of the oldest open item, by kind.", []string{"kind"}, nil)
)

// Describe names the gauges.
func (g reviewGauges) Describe(to chan<- *prometheus.Desc) {
	to <- reviewOpenDesc
	to <- reviewOldestDesc
}

// Collect reads the queue. Kinds without an open item are 0.
func (g reviewGauges) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	list, err := g.store.ReviewGauges(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(reviewOpenDesc, err)
		return
	}
	open, oldest := map[models.ReviewKind]int{}, map[models.ReviewKind]float64{}
	for _, r := range list {
		open[r.Kind], oldest[r.Kind] = r.Open, g.store.Now().Sub(r.Oldest).Seconds()
	}
	for _, kind := range models.ReviewKinds() {
		to <- prometheus.MustNewConstMetric(reviewOpenDesc, prometheus.GaugeValue, float64(open[kind]), string(kind))
		to <- prometheus.MustNewConstMetric(reviewOldestDesc, prometheus.GaugeValue, oldest[kind], string(kind))
	}
}
