package models

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// jobQueue takes jobs as part of a transaction.
type jobQueue interface {
	InsertTx(ctx context.Context, tx *sql.Tx, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
}

// movedJob is a job by what it was queued with.
type movedJob struct {
	kind string
	args string
	opts river.InsertOpts
}

// Kind names the job in the queue's table.
func (j movedJob) Kind() string { return j.kind }

// MarshalJSON returns the arguments as they were.
func (j movedJob) MarshalJSON() ([]byte, error) { return json.RawMessage(j.args), nil }

// copyJobs queues anew what waits in SQLite's job queue. The queue's tables are not the same in both,
// and what is over is of no use any more.
func (m *move) copyJobs(ctx context.Context) error {
	jobs, err := m.waiting(ctx)
	if err != nil {
		return fmt.Errorf("read the job queue: %w", err)
	}
	for _, j := range jobs {
		if _, err := m.queue.InsertTx(ctx, m.to, j, &j.opts); err != nil {
			return fmt.Errorf("queue %s: %w", j.kind, err)
		}
	}
	m.report.Jobs = len(jobs)
	return nil
}

// waiting are the jobs that are not over. One that was under way when the shop was stopped is among
// them, as it is after a restart.
func (m *move) waiting(ctx context.Context) (list []movedJob, err error) {
	rows, err := m.from.QueryContext(ctx, `SELECT kind, json(args), queue, max_attempts, priority, scheduled_at FROM river_job
		WHERE state NOT IN ('completed', 'cancelled', 'discarded') ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var j movedJob
		var at time.Time
		if err := rows.Scan(&j.kind, &j.args, &j.opts.Queue, &j.opts.MaxAttempts, &j.opts.Priority, &at); err != nil {
			return nil, err
		}
		if at.After(time.Now()) { // the queue's clock, not the shop's
			j.opts.ScheduledAt = at
		}
		list = append(list, j)
	}
	return list, rows.Err()
}

// indexPeople has orders found by the words of their people.
func (m *move) indexPeople(ctx context.Context) error {
	for after := int64(0); ; {
		found, err := unindexed(ctx, m.from, after)
		if err != nil || len(found) == 0 {
			return err
		}
		var ids []int64
		var words []string
		for _, o := range found {
			ids, words = append(ids, o.ID), append(words, storable(orderWords(o.Name, o.Email, o.Phone)))
		}
		if _, err := m.to.ExecContext(ctx, `INSERT INTO order_words (rowid, words)
			SELECT id, array_to_tsvector(string_to_array(text, ' ')) FROM unnest($1::bigint[], $2::text[]) AS o (id, text)`, ids, words); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}
