package payments

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"golang.org/x/sync/errgroup"

	"dukani/models"
	"dukani/payments/bog"
)

const (
	// reconcilePause is the pause between two questions of a reconciliation: the bank's
	// answers to shoppers must not wait for it.
	reconcilePause = 250 * time.Millisecond
	// reconcileAtOnce is how many of its questions may wait for an answer at the same time.
	reconcileAtOnce = 2
	// reconcileBatch is how many attempts are asked about between two marks of progress.
	reconcileBatch = 8
	// reconcileSlice is how long a job works on a run before it lets others work; it is less
	// than the queue lets a job take.
	reconcileSlice = 15 * time.Second
	// reconcileAgain is the pause before a run that the bank did not answer goes on.
	reconcileAgain = time.Minute
	// reconcilePatience is how long a run waits for a bank that is out of reach.
	reconcilePatience = 6 * time.Hour
)

// ReconcileDay asks the bank about every attempt of a run and returns it finished. If the
// bank is out of reach the run ends incomplete, and the error matches ErrBankSilent.
func (d *Desk) ReconcileDay(ctx context.Context, run *models.Reconciliation) (*models.Reconciliation, error) {
	for {
		done, err := d.reconcile(ctx, run, reconcileSlice)
		if err != nil {
			err = errors.Join(err, d.store.FinishReconciliation(context.WithoutCancel(ctx), run, false))
		}
		if done || err != nil {
			return run, err
		}
	}
}

// reconcile works on a run for a while and reports whether it is finished.
func (d *Desk) reconcile(ctx context.Context, run *models.Reconciliation, while time.Duration) (done bool, err error) {
	for begun := time.Now(); time.Since(begun) < while; {
		batch, err := d.store.ReconciliationBatch(ctx, run, reconcileBatch)
		if err != nil {
			return false, err
		}
		if len(batch) == 0 {
			return true, d.store.FinishReconciliation(ctx, run, true)
		}
		checked, err := d.checkAll(ctx, batch)
		if err != nil {
			return false, err
		}
		if err := d.store.ReconciliationChecked(context.WithoutCancel(ctx), run, checked); err != nil {
			return false, err
		}
	}
	return false, nil
}

// checkAll asks the bank about a batch of attempts. If the bank is out of reach, the batch is
// not done and is asked about again.
func (d *Desk) checkAll(ctx context.Context, batch []models.Payment) ([]models.BankAnswer, error) {
	checked := make([]models.BankAnswer, len(batch))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(reconcileAtOnce)
	for i := range batch {
		g.Go(func() (err error) {
			checked[i], err = d.check(ctx, &batch[i])
			return err
		})
	}
	return checked, g.Wait()
}

// check asks the bank how an attempt stands. If our ledger has other amounts, it asks once
// more: the attempt may have moved while the first answer was on its way.
func (d *Desk) check(ctx context.Context, p *models.Payment) (models.BankAnswer, error) {
	c, err := d.checkOnce(ctx, p)
	if err != nil {
		return c, err
	}
	if agrees, err := d.store.Agrees(ctx, c); agrees || err != nil {
		return c, err
	}
	return d.checkOnce(ctx, p)
}

func (d *Desk) checkOnce(ctx context.Context, p *models.Payment) (models.BankAnswer, error) {
	c := models.BankAnswer{PaymentID: p.ID}
	if p.BankOrderID == nil {
		c.Unknown = true
		return c, nil
	}
	if err := d.reconcilePace.wait(ctx); err != nil {
		return c, err
	}
	asked := d.store.Now()
	receipt, err := d.receipt(ctx, *p.BankOrderID)
	switch {
	case err == nil:
		c.Report = reportOf(p.ID, asked, models.CauseReconciliation, receipt)
	case outageOf(err) == nil && bog.IsNotFound(err):
		c.Unknown = true
	case errors.Is(err, errNotCalled) || d.Outage() != nil || ctx.Err() != nil:
		return c, fmt.Errorf("%w: %w", ErrBankSilent, err)
	}
	return c, nil // an attempt without a usable answer is counted as unanswered
}

// pacer lets callers through one at a time, with a pause between them.
type pacer struct {
	every time.Duration

	mu   sync.Mutex
	next time.Time
}

// wait returns when it is the caller's turn, or with an error when ctx ends before.
func (p *pacer) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(p.every)
	p.mu.Unlock()
	turn := time.NewTimer(at.Sub(now))
	defer turn.Stop()
	select {
	case <-turn.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

type reconcileWorker struct {
	river.WorkerDefaults[models.ReconcileJob]
	desk *Desk
}

// Work takes a run a slice further.
func (w *reconcileWorker) Work(ctx context.Context, job *river.Job[models.ReconcileJob]) error {
	store := w.desk.store
	run, err := store.ReconciliationByID(ctx, job.Args.RunID)
	if err != nil || run.FinishedAt != nil {
		return err
	}
	done, err := w.desk.reconcile(ctx, run, reconcileSlice)
	switch {
	case ctx.Err() != nil:
		return river.JobSnooze(0) // the shop stops; the run goes on when it is back
	case errors.Is(err, ErrBankSilent) && store.Now().Sub(run.StartedAt) > reconcilePatience:
		return store.FinishReconciliation(ctx, run, false)
	case errors.Is(err, ErrBankSilent):
		if err := store.ReconciliationChecked(ctx, run, nil); err != nil {
			return err
		}
		return river.JobSnooze(reconcileAgain)
	case err != nil || done:
		return err
	}
	return river.JobSnooze(0)
}

type nightlyWorker struct {
	river.WorkerDefaults[models.NightlyJob]
	desk *Desk
}

// Work begins the reconciliation of the day before, if it is time for that.
func (w *nightlyWorker) Work(ctx context.Context, _ *river.Job[models.NightlyJob]) error {
	return w.desk.store.BeginNightly(ctx)
}
