package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"dukani/handlers"
	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
	"dukani/static"
	"dukani/views"
)

// shop is the running program without its listeners.
type shop struct {
	http  handlers.Server
	store *models.Store
	desk  *payments.Desk
	jobs  *river.Client[*sql.Tx]
	all   []models.Shared // what other instances have to have alike

	stopping atomic.Bool
}

func newShop(cfg *config, store *models.Store, log *slog.Logger, beside *simulated, provider *handlers.Provider) (*shop, error) {
	desk, bank, err := newDesk(cfg, store, log, beside)
	if err != nil {
		return nil, err
	}
	assets, err := static.New()
	if err != nil {
		return nil, err
	}
	engine, err := views.New(assets.URL)
	if err != nil {
		return nil, err
	}
	seller := handlers.Seller{Name: cfg.SellerName, ID: cfg.SellerID, Address: cfg.SellerAddress, Phone: cfg.SellerPhone, Email: cfg.SellerEmail}
	mailer, err := handlers.NewMailer(handlers.MailerConfig{
		Store: store, Views: engine, BaseURL: cfg.BaseURL, Secret: cfg.Secret, SMTP: cfg.SMTP, From: cfg.MailFrom, Seller: seller, Log: log,
	})
	if err != nil {
		return nil, err
	}
	workers := river.NewWorkers()
	desk.AddWorkers(workers)
	river.AddWorker(workers, mailer)
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[models.WarnJob]) error {
		return store.WarnOwner(ctx, j.Args.Email)
	}))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, _ *river.Job[models.ReviewMailJob]) error {
		return store.MailReviewItems(ctx)
	}))
	river.AddWorker(workers, &housekeeper{store: store})
	river.AddWorker(workers, &figureCounter{store: store})
	river.AddWorker(workers, &returnsReviewer{store: store})
	river.AddWorker(workers, &resetter{store: store})
	jobs, err := newQueue(store, workers, log)
	if err != nil {
		return nil, err
	}
	s := &shop{store: store, desk: desk, jobs: jobs, all: []models.Shared{{Name: "SHOP_SECRET", Value: cfg.Secret}}}
	if beside != nil {
		s.all = append(s.all, models.Shared{Name: "simulated bank (SIMULATOR_URL)", Value: beside.url})
	}
	s.http, err = handlers.New(handlers.Config{
		Store: store, Desk: desk, Views: engine, Assets: assets, Log: log,
		BaseURL: cfg.BaseURL, Secret: cfg.Secret, PaymentPageOrigin: bank.Endpoints().Page,
		Loans: cfg.loans(beside), Wallets: cfg.wallets(beside), Provider: provider, Seller: seller, Simulated: cfg.simulated(), NoSecondFactor: cfg.simulated(), ShowMailbox: cfg.simulated() && cfg.SMTP == "",
		Ready: readiness(store, jobs, desk, mailer), Stopping: s.stopping.Load, TrustedProxies: cfg.Proxies, ProxyHeader: cfg.ProxyHeader, RatePerMinute: cfg.rate(),
		Metrics: append(append(backlog(store), outages(desk)...), reviewGauges{store}),
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// newDesk makes the payment desk and the client of the bank it works with; beside
// is the simulated bank, nil with a real one.
func newDesk(cfg *config, store *models.Store, log *slog.Logger, beside *simulated) (*payments.Desk, *bog.Client, error) {
	c := bog.Config{ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret, CallbackKeys: cfg.callbackKeys, UserAgent: "dukani"}
	campaign, err := payments.ParseCampaign(cfg.Campaign)
	if err != nil {
		return nil, nil, err
	}
	desk := payments.Config{
		Store: store, BaseURL: cfg.BaseURL, TTL: cfg.PaymentTTL, Capture: bog.Capture(cfg.Capture), Methods: cfg.methods(), Campaign: campaign, Log: log,
	}
	switch {
	case beside != nil:
		c.Endpoints, desk.Verify = bog.Simulator(beside.url), beside.verify
	case cfg.Bank == "live":
		c.Endpoints = bog.Production()
	default:
		c.Endpoints = bog.Sandbox()
	}
	bank, err := bog.New(c)
	if err != nil {
		return nil, nil, err
	}
	desk.Bank = bank
	d, err := payments.New(desk)
	return d, bank, err
}

// newQueue is the job queue in the shop's own database. What a crash left
// running is taken up again after a minute, not after the library's hour.
func newQueue(store *models.Store, workers *river.Workers, log *slog.Logger) (*river.Client[*sql.Tx], error) {
	c, err := river.NewClient(store.QueueDriver(), &river.Config{
		ID:      rand.Text(),
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			models.QueuePayments: {MaxWorkers: 4},
			models.QueueMail:     {MaxWorkers: 4},
			models.QueueUpkeep:   {MaxWorkers: 2},
			river.QueueDefault:   {MaxWorkers: 1, FetchPollInterval: 30 * time.Second}, // jobs from before there were queues
		},
		PeriodicJobs:                append(payments.PeriodicJobs(), daily(), everyMinute(), countingFigures(), hourly()),
		FetchCooldown:               50 * time.Millisecond,
		FetchPollInterval:           500 * time.Millisecond,
		JobTimeout:                  30 * time.Second,
		RescueStuckJobsAfter:        time.Minute,
		CompletedJobRetentionPeriod: time.Hour,
		Logger:                      slog.New(quiet{log.Handler()}),
		ErrorHandler:                jobErrors{log},
	})
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return c, nil
}

// jobErrors writes down that a job failed, which the queue itself tells only to those
// who read its lesser messages. Trying again is the queue's affair.
type jobErrors struct{ log *slog.Logger }

func (h jobErrors) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	if !errors.Is(err, context.Canceled) { // told to stop
		h.log.WarnContext(ctx, "a job failed", "job", job.Kind, "attempt", job.Attempt, "of", job.MaxAttempts, "err", err)
	}
	return nil
}

func (h jobErrors) HandlePanic(ctx context.Context, job *rivertype.JobRow, cause any, trace string) *river.ErrorHandlerResult {
	h.log.ErrorContext(ctx, "a job failed", "job", job.Kind, "attempt", job.Attempt, "err", fmt.Errorf("panic: %v\n%s", cause, trace))
	return nil
}

// quiet lets only warnings and worse of the job queue into the log.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}

// Handle leaves out what ended because the queue was told to stop.
func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	stopped := false
	r.Attrs(func(a slog.Attr) bool {
		stopped = a.Value.String() == context.Canceled.Error()
		return !stopped
	})
	if stopped {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}

// start begins the work that needs no visitor, under the context work.
func (s *shop) start(ctx, work context.Context, cfg *config, log *slog.Logger) error {
	if err := s.store.WatchJobs(work, s.jobs.ID(), s.all...); err != nil {
		return fmt.Errorf("job queue: %w", err)
	}
	tryAccess(ctx, s.desk, cfg.Bank, log)
	if err := s.desk.Resume(ctx); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	if err := s.jobs.Start(work); err != nil {
		return fmt.Errorf("job queue: %w", err)
	}
	return nil
}

// tryAccess tries the credentials at the bank before the first shopper does. The shop
// starts whatever comes of it: people can look around, and their orders wait.
func tryAccess(ctx context.Context, desk *payments.Desk, bank string, log *slog.Logger) {
	switch err := desk.CheckAccess(ctx); {
	case errors.Is(err, payments.ErrNoAccess):
		log.Error("nobody can pay: the bank does not let the shop in. Check that BOG_CLIENT_ID and BOG_CLIENT_SECRET belong to BOG_ENV", "bank", bank, "err", err)
	case err != nil:
		log.Warn("the bank does not answer; orders wait until it does", "bank", bank, "err", err)
	}
}

// stop ends the shop in the order in which nothing is lost.
func (s *shop) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	return errors.Join(s.http.ShutdownWithContext(ctx), s.jobs.Stop(ctx))
}
