package models

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/riverqueue/river"
)

// The queues. Jobs wait only for others of their queue: money never waits for a mail server,
// and neither waits for tidying up.
const (
	QueuePayments = "payments"
	QueueMail     = "mail"
	QueueUpkeep   = "upkeep"
)

// SettleJob asks the bank about every payment that is due. The payments themselves say when
// they are due, so that a lost job loses nothing.
type SettleJob struct{}

// Kind names the job in the queue's table.
func (SettleJob) Kind() string { return "settle_due_payments" }

// InsertOpts says that a failed round is not repeated: the next regular one finds
// the same payments due.
func (SettleJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueuePayments, MaxAttempts: 1}
}

// QueueSettling starts a SettleJob before its next regular time.
func (s *Store) QueueSettling(ctx context.Context) error {
	return s.inTx(ctx, func(tx *Tx) error { return enqueue(tx, SettleJob{}) })
}

// MailJob writes and sends one mail. It is queued in the same transaction as
// the change of the order that it tells about.
type MailJob struct {
	MailID int64 `json:"mail_id"`
}

// Kind names the job in the queue's table.
func (MailJob) Kind() string { return "send_mail" }

// InsertOpts leaves it to the mail's own age when it is given up; see handlers.Mailer.
func (MailJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueMail, MaxAttempts: 100}
}

// WarnJob warns the owner of the account with this address, if there is one, that somebody
// tries passwords.
type WarnJob struct {
	Email string `json:"email"`
}

// Kind names the job in the queue's table.
func (WarnJob) Kind() string { return "warn_owner" }

// InsertOpts names the queue.
func (WarnJob) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueUpkeep} }

// ResetJob mails a link to choose a new password, if there is an account with this address.
type ResetJob struct {
	Email string `json:"email"`
}

// Kind names the job in the queue's table.
func (ResetJob) Kind() string { return "send_reset" }

// InsertOpts names the queue.
func (ResetJob) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueUpkeep} }

// ReconcileJob takes a run of the reconciliation further. It is done in slices, so that neither
// a restart nor a bank that is out of reach loses more than a moment's work.
type ReconcileJob struct {
	RunID int64 `json:"run_id"`
}

// Kind names the job in the queue's table.
func (ReconcileJob) Kind() string { return "reconcile_day" }

// InsertOpts names the queue.
func (ReconcileJob) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: QueueUpkeep} }

// NightlyJob begins the reconciliation of the day before, if it is time for that.
type NightlyJob struct{}

// Kind names the job in the queue's table.
func (NightlyJob) Kind() string { return "begin_nightly" }

// InsertOpts says that a failed try is not repeated: the next hour brings another.
func (NightlyJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueUpkeep, MaxAttempts: 1}
}

// ReviewMailJob mails staff about what is new in the review queue.
type ReviewMailJob struct{}

// Kind names the job in the queue's table.
func (ReviewMailJob) Kind() string { return "mail_review_items" }

// InsertOpts says that a failed try is not repeated: the next minute brings another.
func (ReviewMailJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueUpkeep, MaxAttempts: 1}
}

// enqueue adds a job to the queue as part of tx: it runs if, and only if, tx
// commits.
func enqueue(tx *Tx, args river.JobArgs) error {
	t, err := sqlTx(tx)
	if err != nil {
		return err
	}
	if _, err := tx.store.queue.InsertTx(context.WithoutCancel(tx.Statement.Context), t, args, nil); err != nil {
		return fmt.Errorf("queue %s: %w", args.Kind(), err)
	}
	return nil
}

// TakeOverJobs puts back into the queue what a process was working on when it was killed: a mail
// would otherwise wait until the queue takes its job for lost, and then for the pause after a failed
// try, two minutes in all. With SQLite it is for the start of a process that has the database to
// itself, and does nothing for another one. With PostgreSQL it can be called at any time.
func (s *Store) TakeOverJobs(ctx context.Context) error {
	if s.Postgres() {
		return s.takeOverPostgresJobs(ctx)
	}
	if s.lock == nil {
		return nil
	}
	return s.inTx(ctx, func(tx *Tx) error {
		return tx.exec("UPDATE river_job SET state = 'available' WHERE state = 'running'")
	})
}

// sqlTx is the database/sql transaction underneath GORM's.
func sqlTx(tx *Tx) (*sql.Tx, error) {
	if t, ok := tx.Statement.ConnPool.(*sql.Tx); ok {
		return t, nil
	}
	return nil, fmt.Errorf("queue: %T is not a transaction", tx.Statement.ConnPool)
}
