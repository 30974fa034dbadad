package main

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"dukani/models"
)

// housekeepingJob forgets, once a day, what nobody needs any more.
type housekeepingJob struct{}

// Kind names the job in the queue's table.
func (housekeepingJob) Kind() string { return "housekeeping" }

type housekeeper struct {
	river.WorkerDefaults[housekeepingJob]
	store *models.Store
}

func (h *housekeeper) Work(ctx context.Context, _ *river.Job[housekeepingJob]) error {
	_, err := h.store.ForgetCarts(ctx)
	return err
}

func daily() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(24*time.Hour), func() (river.JobArgs, *river.InsertOpts) {
		return housekeepingJob{}, nil
	}, &river.PeriodicJobOpts{RunOnStart: true})
}
