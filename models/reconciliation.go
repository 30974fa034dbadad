package models

import (
	"cmp"
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// Reconciliation is one run over the attempts of a day: it compares our ledger with the bank's
// receipts, which are read anew.
type Reconciliation struct {
	ID         int64
	Day        Day
	StaffID    *int64 // nil: nobody pressed a button for it
	Who        string
	StartedAt  time.Time
	TouchedAt  time.Time  // when it last made progress, or tried to
	FinishedAt *time.Time // nil: it is under way
	Result     ReconciliationResult
	Attempts   int // to be asked about
	Asked      int // so far
	Unanswered int // of these: the bank gave no usable answer
	LastID     int64

	Differences int `gorm:"->;-:migration"` // that it found
	Open        int `gorm:"->;-:migration"` // of these: not resolved
}

// ReconciliationResult is what a run has come to.
type ReconciliationResult string

// The results of a run.
const (
	ReconciliationRunning    ReconciliationResult = ""
	ReconciliationAgrees     ReconciliationResult = "agrees"
	ReconciliationDiffers    ReconciliationResult = "differs"
	ReconciliationIncomplete ReconciliationResult = "incomplete" // it was cut short, or the bank did not answer about all
)

// abandonedAfter is how long a run may stand still until another may take its place: the
// program that made it has ended.
const abandonedAfter = 10 * time.Minute

// attemptsOf selects the attempts that a run of a day looks at: those that began on the day
// and those whose money moved on it, if the bank or the ledger knows them.
const attemptsOf = `SELECT p.id FROM payments p JOIN (
		SELECT id FROM payments WHERE created_at >= ? AND created_at < ?
		UNION SELECT payment_id FROM ledger WHERE at >= ? AND at < ?) of_day ON of_day.id = p.id
	WHERE (p.bank_order_id IS NOT NULL OR EXISTS (SELECT 1 FROM ledger l WHERE l.payment_id = p.id))`

// reconciliationOf is the subject to lock for the runs of a day.
func reconciliationOf(day Day) string { return "reconciliation of " + string(day) }

// BeginReconciliation stores a run for a day, and with inBackground queues it. Errors: Invalid
// (field "day") for a day that has not come; Conflict while a run of the day is under way.
func (s *Store) BeginReconciliation(ctx context.Context, by Actor, day Day, inBackground bool) (run *Reconciliation, err error) {
	err = s.inTx(ctx, func(tx *Tx) error {
		run, err = beginReconciliation(tx, by, day, inBackground)
		return err
	})
	return run, err
}

func beginReconciliation(tx *Tx, by Actor, day Day, inBackground bool) (*Reconciliation, error) {
	if day.Start().After(tx.now) {
		return nil, &Error{Kind: Invalid, Code: CodeFormUnreadable, Fields: map[string]string{"day": "admin.day.future"}}
	}
	if err := tx.lockSubject(reconciliationOf(day)); err != nil {
		return nil, err
	}
	var running []Reconciliation // one at most
	if err := tx.Where("day = ? AND finished_at IS NULL", day).Find(&running).Error; err != nil {
		return nil, err
	}
	for i := range running {
		if tx.now.Sub(running[i].TouchedAt) < abandonedAfter {
			return nil, &Error{Kind: Conflict, Code: CodeReconciliationRunning}
		}
		if err := finishReconciliation(tx, &running[i], ReconciliationIncomplete); err != nil {
			return nil, err
		}
	}
	run := &Reconciliation{Day: day, StaffID: by.staffID(), Who: cmp.Or(by.Email, nightlyRun), StartedAt: tx.now, TouchedAt: tx.now}
	from, to := day.Start(), day.Add(1).Start()
	if err := query(tx.DB, []any{&run.Attempts}, "SELECT count(*) FROM ("+attemptsOf+") counted", from, to, from, to); err != nil {
		return nil, err
	}
	if err := tx.Create(run).Error; err != nil {
		return nil, err
	}
	if by != (Actor{}) {
		if err := audit(tx, by, "reconcile", "day "+string(day), "", ""); err != nil {
			return nil, err
		}
	}
	if !inBackground {
		return run, nil
	}
	return run, enqueue(tx, ReconcileJob{RunID: run.ID})
}

// nightlyRun is who began a run that began by itself.
const nightlyRun = "nightly"

// nightlyHour is when, in Tbilisi, the day before is reconciled: what the last shoppers of
// the day began has ended by then.
const nightlyHour = 3

// BeginNightly begins the run over yesterday, once, unless it is too early for it.
func (s *Store) BeginNightly(ctx context.Context) error {
	return s.inTx(ctx, func(tx *Tx) error {
		today := DayOf(tx.now)
		if tx.now.In(Tbilisi).Hour() < nightlyHour {
			return nil
		}
		if err := tx.lockSubject(reconciliationOf(today.Add(-1))); err != nil {
			return err
		}
		var done bool
		if err := query(tx.DB, []any{&done}, "SELECT EXISTS (SELECT 1 FROM reconciliations WHERE day = ? AND started_at >= ?)",
			today.Add(-1), today.Start()); err != nil || done {
			return err
		}
		_, err := beginReconciliation(tx, Actor{}, today.Add(-1), true)
		return err
	})
}

// ReconciliationBatch lists the next attempts that a run has to ask about.
func (s *Store) ReconciliationBatch(ctx context.Context, run *Reconciliation, limit int) (list []Payment, err error) {
	from, to := run.Day.Start(), run.Day.Add(1).Start()
	err = queryAll(s.Read(ctx), &list, "SELECT * FROM payments WHERE id IN ("+attemptsOf+" AND p.id > ? ORDER BY p.id LIMIT ?) ORDER BY id",
		from, to, from, to, run.LastID, limit)
	return list, err
}

// FinishReconciliation ends a run: with every attempt asked about, or before, because the bank
// is out of reach.
func (s *Store) FinishReconciliation(ctx context.Context, run *Reconciliation, complete bool) error {
	return s.inTx(ctx, func(tx *Tx) error {
		if err := tx.locked().Where("id = ?", run.ID).Take(run).Error; err != nil || run.FinishedAt != nil {
			return err
		}
		result := ReconciliationIncomplete
		if complete && run.Unanswered == 0 {
			result = ReconciliationAgrees
		}
		return finishReconciliation(tx, run, result)
	})
}

func finishReconciliation(tx *Tx, run *Reconciliation, result ReconciliationResult) error {
	var differences int
	if err := query(tx.DB, []any{&differences}, "SELECT count(*) FROM reconciliation_differences WHERE run_id = ?", run.ID); err != nil {
		return err
	}
	if differences > 0 && result == ReconciliationAgrees {
		result = ReconciliationDiffers
	}
	run.FinishedAt, run.TouchedAt, run.Result, run.Differences = &tx.now, tx.now, result, differences
	return tx.save(run, "FinishedAt", "TouchedAt", "Result")
}

// withDifferences selects runs with the number of their differences.
const withDifferences = `SELECT r.*, (SELECT count(*) FROM reconciliation_differences d WHERE d.run_id = r.id) AS differences,
	(SELECT count(*) FROM reconciliation_differences d WHERE d.run_id = r.id AND d.resolved_at IS NULL) AS open FROM reconciliations r `

// ReconciliationByID returns a run. Errors: NotFound.
func (s *Store) ReconciliationByID(ctx context.Context, id int64) (*Reconciliation, error) {
	return oneRun(s.Read(ctx), "WHERE r.id = ?", id)
}

// ReconciliationOf returns the newest run of a day. Errors: NotFound.
func (s *Store) ReconciliationOf(ctx context.Context, day Day) (*Reconciliation, error) {
	return oneRun(s.Read(ctx), "WHERE r.day = ? ORDER BY r.id DESC LIMIT 1", day)
}

// LastReconciliation returns the run that finished last, nil if there is none.
func (s *Store) LastReconciliation(ctx context.Context) (*Reconciliation, error) {
	return orNil(oneRun(s.Read(ctx), "WHERE r.finished_at IS NOT NULL ORDER BY r.finished_at DESC, r.id DESC LIMIT 1"))
}

func oneRun(db *gorm.DB, where string, args ...any) (*Reconciliation, error) {
	var list []Reconciliation
	if err := queryAll(db, &list, withDifferences+where, args...); err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, &Error{Kind: NotFound, Code: CodeReconciliationNotFound, Err: errors.New("no run")}
	}
	return &list[0], nil
}

// ReconciledDays lists the newest run of each day before the given one, the latest day first.
func (s *Store) ReconciledDays(ctx context.Context, before Day, limit int) (list []Reconciliation, err error) {
	err = queryAll(s.Read(ctx), &list, withDifferences+`WHERE r.id IN (SELECT max(id) FROM reconciliations WHERE day < ? GROUP BY day)
		ORDER BY r.day DESC LIMIT ?`, before, limit)
	return list, err
}

// Nightly reports whether the run began by itself.
func (r *Reconciliation) Nightly() bool { return r.Who == nightlyRun }
