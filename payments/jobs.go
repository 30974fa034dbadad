package payments

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"dukani/models"
)

// sweepEvery is the pause between two sweeps: the longest a lost callback or a
// lost answer goes unnoticed once it is due.
const sweepEvery = 5 * time.Second

// AddWorkers adds the desk's background work to the queue's workers.
func (d *Desk) AddWorkers(w *river.Workers) {
	river.AddWorker(w, &settleWorker{desk: d})
	river.AddWorker(w, &reconcileWorker{desk: d})
	river.AddWorker(w, &nightlyWorker{desk: d})
}

// PeriodicJobs is what the queue has to start by itself, the first time at once:
// whatever a crash cut short is taken up as soon as the shop is back.
func PeriodicJobs() []*river.PeriodicJob {
	return []*river.PeriodicJob{
		river.NewPeriodicJob(river.PeriodicInterval(sweepEvery), func() (river.JobArgs, *river.InsertOpts) {
			return models.SettleJob{}, nil
		}, &river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(time.Hour), func() (river.JobArgs, *river.InsertOpts) {
			return models.NightlyJob{}, nil
		}, &river.PeriodicJobOpts{RunOnStart: true}),
	}
}

type settleWorker struct {
	river.WorkerDefaults[models.SettleJob]
	desk *Desk
}

// Work makes one round over the payments that are due.
func (w *settleWorker) Work(ctx context.Context, _ *river.Job[models.SettleJob]) error {
	_, err := w.desk.Sweep(ctx)
	return err
}

// sweepDelay gathers the callbacks of a moment into one sweep.
const sweepDelay = 50 * time.Millisecond

// sweepSoon queues a sweep for the payments that just became due. It only saves time: they
// are due on disk, and the next regular sweep would find them too.
func (d *Desk) sweepSoon() { d.sweepIn(sweepDelay) }

func (d *Desk) sweepIn(delay time.Duration) {
	if !d.sweepQueued.CompareAndSwap(false, true) {
		return
	}
	time.AfterFunc(delay, func() {
		d.sweepQueued.Store(false)
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := d.store.QueueSettling(ctx); err != nil {
			d.log.Warn("a sweep was not queued", "err", err)
		}
	})
}
