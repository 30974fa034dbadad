package models

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// An instance holds a lock that is named after its job queue, on a connection of its own. The
// server releases it when the instance dies in whatever way, so that the others need no clock to
// know whose jobs nobody works on any more.

const queueLock = "hashtextextended('job queue ' || ?, 0)"

// lookAfterJobs is the pause between two looks at the jobs of others.
const lookAfterJobs = 2 * time.Second

// WatchJobs shows the other instances that this one lives, under the name of its job queue, and
// takes over the jobs of those that do not, until ctx ends. Call it before the queue starts. It
// returns an error if one of them has another value of something that all have to share. With
// SQLite there are no others.
func (s *Store) WatchJobs(ctx context.Context, queue string, all ...Shared) error {
	if !s.Postgres() {
		return nil
	}
	conn, err := s.lockQueue(ctx, queue, all)
	if err != nil {
		return err
	}
	if err := agree(ctx, conn, all); err != nil {
		return errors.Join(err, conn.Close())
	}
	go func() {
		for {
			if err := s.watchJobs(ctx, conn); ctx.Err() == nil {
				s.Log.Warn("the lock of the job queue was lost, and is taken again", "err", err)
			}
			conn.Close() // it is broken, and its lock released
			for conn = nil; conn == nil; {
				select {
				case <-ctx.Done():
					return
				case <-time.After(lookAfterJobs):
				}
				conn, _ = s.lockQueue(ctx, queue, all)
			}
		}
	}()
	return nil
}

// lockQueue takes the lock of a job queue, and those of what is shared, which the connection
// then has.
func (s *Store) lockQueue(ctx context.Context, queue string, all []Shared) (*sql.Conn, error) {
	conn, err := s.writeDB.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, postgresDialector{}.bind("SELECT pg_advisory_lock("+queueLock+")"), queue); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if err := hold(ctx, conn, all); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// watchJobs looks after the jobs of others until the connection is lost or ctx ends.
func (s *Store) watchJobs(ctx context.Context, conn *sql.Conn) error {
	look := time.NewTicker(lookAfterJobs)
	defer look.Stop()
	for {
		if err := conn.PingContext(ctx); err != nil {
			return err
		}
		if err := s.takeOverPostgresJobs(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("the jobs of instances that are gone were not looked after", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
}

// takeOverPostgresJobs puts back what queues worked on whose lock is free, and ends the leadership of
// such a queue, which starts the periodic jobs. Two instances that look at once lock the same
// queues' names, so that only one of them takes over.
func (s *Store) takeOverPostgresJobs(ctx context.Context) error {
	return s.inTx(ctx, func(tx *Tx) error {
		var queues, dead []string
		if err := queryAll(tx.DB, &queues, `SELECT attempted_by[array_upper(attempted_by, 1)] FROM river_job WHERE state = 'running'
			UNION SELECT leader_id FROM river_leader`); err != nil {
			return err
		}
		for _, queue := range queues {
			var free bool
			if err := query(tx.DB, []any{&free}, "SELECT pg_try_advisory_xact_lock("+queueLock+")", queue); err != nil {
				return err
			}
			if free {
				dead = append(dead, queue)
			}
		}
		if len(dead) == 0 {
			return nil
		}
		r := tx.Exec("UPDATE river_job SET state = 'available' WHERE state = 'running' AND attempted_by[array_upper(attempted_by, 1)] IN ?", dead)
		if r.Error != nil {
			return r.Error
		}
		if r.RowsAffected > 0 {
			s.Log.Info("jobs of an instance that is gone were taken over", "jobs", r.RowsAffected)
		}
		return tx.Exec("DELETE FROM river_leader WHERE leader_id IN ?", dead).Error
	})
}
