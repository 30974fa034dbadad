package main

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"dukani/models"
)

// housekeepingJob forgets, once a day, what nobody needs any more.
type housekeepingJob struct{}

// Kind names the job in the queue's table.
func (housekeepingJob) Kind() string { return "housekeeping" }

// InsertOpts names the queue.
func (housekeepingJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: models.QueueUpkeep}
}

type housekeeper struct {
	river.WorkerDefaults[housekeepingJob]
	store *models.Store
}

func (h *housekeeper) Work(ctx context.Context, _ *river.Job[housekeepingJob]) error {
	_, carts := h.store.ForgetCarts(ctx)
	_, people := h.store.ForgetPeople(ctx)
	return errors.Join(carts, people, h.store.ForgetLinks(ctx))
}

// figuresJob counts the figures of the dashboard.
type figuresJob struct{}

// Kind names the job in the queue's table.
func (figuresJob) Kind() string { return "count_figures" }

// InsertOpts says that a failed round is not repeated: the next one counts the same.
func (figuresJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: models.QueueUpkeep, MaxAttempts: 1}
}

type figureCounter struct {
	river.WorkerDefaults[figuresJob]
	store *models.Store
}

// Work counts for a while. The first time in the database of a large shop that is not enough:
// what was counted stays, and the next round goes on.
func (f *figureCounter) Work(ctx context.Context, _ *river.Job[figuresJob]) error {
	ctx, cancel := context.WithTimeout(ctx, figuresEvery/3)
	defer cancel()
	err := f.store.CountFigures(ctx)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil
	}
	return err
}

// figuresEvery is how often they are counted: what has come since is counted anew whenever
// somebody opens the dashboard.
const figuresEvery = time.Minute

func countingFigures() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(figuresEvery), func() (river.JobArgs, *river.InsertOpts) {
		return figuresJob{}, nil
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// returnsJob looks, once an hour, for returns whose money should have gone back: nothing else
// happens when that day passes.
type returnsJob struct{}

// Kind names the job in the queue's table.
func (returnsJob) Kind() string { return "overdue_returns" }

// InsertOpts names the queue. A failed round is not repeated: the next one finds the same.
func (returnsJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: models.QueueUpkeep, MaxAttempts: 1}
}

type returnsReviewer struct {
	river.WorkerDefaults[returnsJob]
	store *models.Store
}

func (r *returnsReviewer) Work(ctx context.Context, _ *river.Job[returnsJob]) error {
	_, err := r.store.ReviewOverdueReturns(ctx)
	return err
}

// resetter looks up who asked for a new password.
type resetter struct {
	river.WorkerDefaults[models.ResetJob]
	store *models.Store
}

func (r *resetter) Work(ctx context.Context, job *river.Job[models.ResetJob]) error {
	return r.store.SendReset(ctx, job.Args.Email)
}

func daily() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(24*time.Hour), func() (river.JobArgs, *river.InsertOpts) {
		return housekeepingJob{}, nil
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// everyMinute has staff mailed about what is new in the review queue and not urgent.
func everyMinute() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(time.Minute), func() (river.JobArgs, *river.InsertOpts) {
		return models.ReviewMailJob{}, nil
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

func hourly() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(time.Hour), func() (river.JobArgs, *river.InsertOpts) {
		return returnsJob{}, nil
	}, &river.PeriodicJobOpts{RunOnStart: true})
}
