package models

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Tx is a transaction. An entity is created, loaded and saved by GORM's methods; what
// GORM has no words for is SQL, through query, list and exec.
//
// A function that reads something and then writes what follows from it says first, by
// one of the lock methods, what must not change in between. SQLite has one writer, so
// there these methods have nothing to do; a database with many writers needs them all.
// Locks are taken in this order, so that no two transactions wait for each other:
//
//  1. a customer, then the customer's cart, then a guest's cart;
//  2. the first order of a chain of reorders, then other orders. The lock of an order is
//     also that of its payments and refunds, and of the cards saved with them;
//  3. rows of stock, which reserve and release lock by changing them;
//  4. subjects that have no row of their own, such as a network address.
//
// Within a transaction the time stands still.
type Tx struct {
	*gorm.DB
	now   time.Time
	store *Store
	after []func()
}

// inTx runs fn inside a transaction and returns once it is durable on disk. If
// fn returns an error nothing of it remains.
//
// Inside fn: only tx, no network, no waiting. A database may run fn again when it
// comes into conflict with another transaction, so fn sets all that it returns anew.
func (s *Store) inTx(ctx context.Context, fn func(tx *Tx) error) error {
	return s.dialect.run(ctx, fn)
}

// afterCommit has f run once what tx does is durable; it is not run if tx fails.
func (tx *Tx) afterCommit(f func()) { tx.after = append(tx.after, f) }

// lockOrder loads an order with lines, payments and events, and locks it. Errors:
// NotFound.
func (tx *Tx) lockOrder(id int64) (*Order, error) {
	if err := tx.lockRow("orders", id); err != nil {
		return nil, err
	}
	return loadOrder(tx.DB, "id = ?", id)
}

// lockPayment loads an attempt with its order, and locks the order. Errors: NotFound.
func (tx *Tx) lockPayment(id int64) (*Payment, *Order, error) {
	var orderID int64
	if err := query(tx.DB, []any{&orderID}, "SELECT order_id FROM payments WHERE id = ?", id); err != nil {
		return nil, nil, notFound(err, "payment.not_found")
	}
	o, err := tx.lockOrder(orderID)
	if err != nil {
		return nil, nil, err
	}
	for i := range o.Payments {
		if o.Payments[i].ID == id {
			return &o.Payments[i], o, nil
		}
	}
	return nil, nil, &Error{Kind: NotFound, Message: "payment.not_found"}
}

// lockRow locks the row of a table that has this id, if there is one.
func (tx *Tx) lockRow(table string, id int64) error { return tx.store.dialect.lockRow(tx, table, id) }

// lockSubject locks what has no row to lock: until tx ends, nobody else locks the same
// subject. It is for what is counted before one more is added.
func (tx *Tx) lockSubject(subject string) error { return tx.store.dialect.lockSubject(tx, subject) }

// nextID returns the id of the next row of a table, before the row is there.
func (tx *Tx) nextID(table string) (int64, error) { return tx.store.dialect.nextID(tx, table) }

// createUnlessThere creates x unless a unique index says that it is there, and reports
// whether it did.
func (tx *Tx) createUnlessThere(x any) (created bool, err error) {
	r := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(x)
	return r.RowsAffected > 0, r.Error
}

// save stores the named fields of x, which was loaded before.
func (tx *Tx) save(x any, fields ...string) error {
	return tx.Model(x).Select(fields).UpdateColumns(x).Error
}

// exec runs a statement for its effect.
func (tx *Tx) exec(sql string, args ...any) error {
	_, err := tx.execRows(sql, args...)
	return err
}

// execRows is exec that tells how many rows were changed.
func (tx *Tx) execRows(sql string, args ...any) (int64, error) {
	r := tx.Exec(sql, args...)
	return r.RowsAffected, r.Error
}

// list reads all rows of a query into dest, a slice.
func list(db *gorm.DB, dest any, sql string, args ...any) error {
	return db.Raw(sql, args...).Scan(dest).Error
}

// query reads the one row of a query into dest. Errors: gorm.ErrRecordNotFound.
func query(db *gorm.DB, dest []any, text string, args ...any) error {
	err := db.Raw(text, args...).Row().Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return gorm.ErrRecordNotFound
	}
	return err
}
