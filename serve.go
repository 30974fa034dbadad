package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"dukani/handlers"
	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
	"dukani/payments/simulator/identity"
	"dukani/seed"
	"dukani/static"
	"dukani/views"
)

// serve runs the shop, its jobs and, unless there is a real bank, the simulated
// one, until ctx ends.
func serve(ctx context.Context, cfg *config, store *models.Store, log *slog.Logger, stdout io.Writer) error {
	store.Bounds = cfg.bounds()
	ln, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("SHOP_ADDR: %w", err)
	}
	shopURL := "http://" + reachable(ln.Addr())
	if cfg.BaseURL == "" {
		cfg.BaseURL = shopURL
	}

	// The jobs and the bank outlive ctx: what runs when it ends is finished first.
	work, finish := context.WithCancel(context.WithoutCancel(ctx))
	defer finish()
	running, stopped := 0, make(chan error, 3)
	launch := func(serve func() error) {
		running++
		go func() { stopped <- serve() }()
	}
	bank, err := startBank(ctx, cfg, log, func(serve func(context.Context) error) { launch(func() error { return serve(work) }) })
	if err != nil {
		return err
	}
	if bank != nil {
		store.Now = bank.now
		if err := errors.Join(seed.Run(ctx, store), seed.People(ctx, store)); err != nil {
			return fmt.Errorf("seed: %w", err)
		}
	}

	provider := cfg.provider()
	if provider == nil && cfg.simulated() {
		simulated := &identity.Provider{RedirectURI: cfg.BaseURL + handlers.ProviderCallback, Now: store.Now, Log: log}
		if identityLn, issuer, err := simulated.Listen(cfg.IdentityAddr); err != nil {
			log.Warn("no simulated provider to sign in with", "err", fmt.Errorf("IDENTITY_ADDR: %w", err)) // the shop is whole without it
		} else {
			provider = &handlers.Provider{
				Issuer: issuer, ClientID: identity.DefaultClientID, ClientSecret: identity.DefaultClientSecret, Name: identity.Name,
			}
			launch(func() error { return simulated.Serve(work, identityLn) })
			fmt.Fprintf(stdout, "id: %s\n", issuer)
		}
	}
	shop, err := newShop(cfg, store, log, bank, provider)
	if err != nil {
		return err
	}
	tryAccess(ctx, shop.desk, cfg.Bank, log)
	if err := shop.desk.Resume(ctx); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	if err := shop.jobs.Start(work); err != nil {
		return fmt.Errorf("job queue: %w", err)
	}
	connections := maxConnections(openFiles())
	launch(func() error {
		return shop.http.Listener(bound(ln, connections, cfg.perAddress(connections), cfg.Proxies, log))
	})

	if bank != nil {
		fmt.Fprintf(stdout, "bank: %s\n", bank.url)
	}
	fmt.Fprintf(stdout, "shop: %s\n", shopURL)
	debug.FreeOSMemory() // starting takes more than waiting for visitors

	var failed error
	select {
	case <-ctx.Done():
	case failed = <-stopped:
		running--
	}
	log.Info("stopping")
	// New requests stop first, then the jobs finish, then the bank goes.
	failed = errors.Join(failed, shop.stop())
	ln.Close() // a shop told to stop before it served would start serving now
	finish()
	for range running {
		failed = errors.Join(failed, <-stopped)
	}
	return failed
}

// shop is the running program without its listeners.
type shop struct {
	http handlers.Server
	desk *payments.Desk
	jobs *river.Client[*sql.Tx]
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
	river.AddWorker(workers, &housekeeper{store: store})
	river.AddWorker(workers, &resetter{store: store})
	jobs, err := newQueue(store, workers, log)
	if err != nil {
		return nil, err
	}
	server, err := handlers.New(handlers.Config{
		Store: store, Desk: desk, Views: engine, Assets: assets, Log: log,
		BaseURL: cfg.BaseURL, Secret: cfg.Secret, PaymentPageOrigin: bank.Endpoints().Page,
		Provider: provider, Seller: seller, Simulated: cfg.simulated(), ShowMailbox: cfg.simulated() && cfg.SMTP == "",
		Ready: readiness(store, jobs, desk, mailer), TrustedProxies: cfg.Proxies, ProxyHeader: cfg.ProxyHeader, RatePerMinute: cfg.rate(),
		Metrics: append(backlog(store), outages(desk)...),
	})
	if err != nil {
		return nil, err
	}
	return &shop{http: server, desk: desk, jobs: jobs}, nil
}

// newDesk makes the payment desk and the client of the bank it works with; beside
// is the simulated bank, nil with a real one.
func newDesk(cfg *config, store *models.Store, log *slog.Logger, beside *simulated) (*payments.Desk, *bog.Client, error) {
	c := bog.Config{ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret, CallbackKeys: cfg.callbackKeys, UserAgent: "dukani"}
	desk := payments.Config{Store: store, BaseURL: cfg.BaseURL, TTL: cfg.PaymentTTL, Log: log}
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
	c, err := river.NewClient(riversqlite.New(store.JobsDB()), &river.Config{
		Workers: workers,
		Queues: map[string]river.QueueConfig{
			models.QueuePayments: {MaxWorkers: 4},
			models.QueueMail:     {MaxWorkers: 4},
			models.QueueUpkeep:   {MaxWorkers: 2},
			river.QueueDefault:   {MaxWorkers: 1, FetchPollInterval: 30 * time.Second}, // jobs from before there were queues
		},
		PeriodicJobs:                append(payments.PeriodicJobs(), daily()),
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
		gauge("dukani_bank_access_refused", "1 while the bank does not let the shop in: nobody can pay.", func(why error) bool { return errors.Is(why, payments.ErrNoAccess) }),
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

// stop ends the shop in the order in which nothing is lost.
func (s *shop) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	return errors.Join(s.http.ShutdownWithContext(ctx), s.jobs.Stop(ctx))
}

// reachable is the address to open for a listener on all interfaces.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return a.String()
}
