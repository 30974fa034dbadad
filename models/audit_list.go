package models

import (
	"context"
	"slices"
)

// AuditFilter says which lines of the audit list are wanted; an empty field excludes none.
type AuditFilter struct {
	Who     *int64 // a member of staff; 0: nobody of them, as the command line and strangers
	Action  string
	Subject string // "order D-1042", or the name alone
	Day     Day
	Before  int64 // only lines older than the one with this id
	After   int64 // only lines newer than it; the nearest ones
}

// auditKinds are the kinds of subjects that are tried when only a name is given.
var auditKinds = []string{"order", "product", "category", "staff", "review", "export"}

// AuditEntries returns at most n lines of the audit list, the latest first, and whether there
// are more of them on the side that Before or After leads to.
func (s *Store) AuditEntries(ctx context.Context, f AuditFilter, n int) (list []AuditEntry, more bool, err error) {
	db := s.Read(ctx)
	switch {
	case f.Who == nil:
	case *f.Who == 0:
		db = db.Where("staff_id IS NULL")
	default:
		db = db.Where("staff_id = ?", *f.Who)
	}
	if f.Action != "" {
		db = db.Where("action = ?", f.Action)
	}
	if f.Subject != "" {
		subjects := []string{f.Subject}
		for _, kind := range auditKinds {
			subjects = append(subjects, kind+" "+f.Subject)
		}
		db = db.Where("subject IN ?", subjects)
	}
	if f.Day != "" {
		db = db.Where("at >= ? AND at < ?", f.Day.Start(), f.Day.Add(1).Start())
	}
	order := "id DESC"
	switch {
	case f.After > 0:
		db, order = db.Where("id > ?", f.After), "id"
	case f.Before > 0:
		db = db.Where("id < ?", f.Before)
	}
	if err := db.Order(order).Limit(n + 1).Find(&list).Error; err != nil {
		return nil, false, err
	}
	if more = len(list) > n; more {
		list = list[:n]
	}
	if f.After > 0 {
		slices.Reverse(list)
	}
	return list, more, nil
}

// AuditActions lists the actions that the audit list has, each found by one step into its
// index.
func (s *Store) AuditActions(ctx context.Context) (actions []string, err error) {
	return actions, queryAll(s.Read(ctx), &actions, `WITH RECURSIVE each (action) AS (
			SELECT min(action) FROM audit
			UNION ALL SELECT (SELECT min(action) FROM audit WHERE action > each.action) FROM each WHERE each.action IS NOT NULL)
		SELECT action FROM each WHERE action IS NOT NULL`)
}
