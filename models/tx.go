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
// GORM has no words for is SQL, through query, queryAll and exec.
//
// A function that reads something and then writes what follows from it first locks what must
// not change in between. SQLite has one writer, so there the lock methods only load; a
// database with many writers needs them all. Locks are taken in this order, so that
// transactions do not wait for each other in a circle:
//
//  1. a customer, then carts, the customer's before a guest's;
//  2. the first order of a chain of reorders, then other orders. The lock of an order is
//     also that of its payments and refunds;
//  3. rows of stock, by product, which reserve and release lock by changing them;
//  4. saved cards, and subjects, which have no row of their own, such as a network address.
//
// Within a transaction time stands still: now is the moment it began.
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

// locked is for loading rows that nobody else changes until tx ends.
func (tx *Tx) locked() *gorm.DB { return tx.Clauses(clause.Locking{Strength: "UPDATE"}) }

// lockOrder loads the newest order for which where holds, with lines, payments and
// events, and locks it. Errors: NotFound.
func (tx *Tx) lockOrder(where string, args ...any) (*Order, error) {
	return wholeOrder(tx.DB, tx.locked().Where(where, args...))
}

// lockChain locks the chain of reorders that an order belongs to, and loads and locks
// the order. Errors: NotFound.
func (tx *Tx) lockChain(orderID int64) (*Order, error) {
	first := "id = (SELECT coalesce(root_id, id) FROM orders WHERE id = ?)"
	if err := tx.locked().Select("id").Where(first, orderID).Take(&Order{}).Error; err != nil {
		return nil, notFound(err, CodeOrderNotFound)
	}
	return tx.lockOrder("id = ?", orderID)
}

// lockOrders locks the orders for which where holds, and loads nothing.
func (tx *Tx) lockOrders(where string, args ...any) error {
	if tx.store.dialect.forUpdate == "" {
		return nil // nobody else writes
	}
	return tx.exec("SELECT id FROM orders WHERE "+where+" ORDER BY id FOR UPDATE", args...)
}

// lockPayment loads an attempt with its order, and locks the order. Errors: NotFound.
func (tx *Tx) lockPayment(id int64) (*Payment, *Order, error) {
	o, err := tx.lockOrder("id = (SELECT order_id FROM payments WHERE id = ?)", id)
	if err != nil {
		return nil, nil, err
	}
	for i := range o.Payments {
		if o.Payments[i].ID == id {
			return &o.Payments[i], o, nil
		}
	}
	return nil, nil, &Error{Kind: NotFound, Code: CodePaymentNotFound}
}

// lockCustomer loads the customer for whom where holds, and locks them. Errors: NotFound.
func (tx *Tx) lockCustomer(where string, arg any) (*Customer, error) {
	return customerWhere(tx.locked(), where, arg)
}

// lockCart loads the row of the cart with the key that hash is of, and locks both: while
// there is no such cart, nobody else makes it. Its ID is 0 if there is none.
func (tx *Tx) lockCart(hash string) (c storedCart, err error) {
	if err := tx.lockSubject("cart " + hash); err != nil {
		return c, err
	}
	err = query(tx.DB, []any{&c.ID, &c.CustomerID, &c.UpdatedAt}, `SELECT id, customer_id, updated_at FROM carts
		WHERE id = (SELECT cart_id FROM cart_keys WHERE key_hash = ?)`+tx.store.dialect.forUpdate, hash)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return c, nil
	}
	return c, err
}

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

// exec and query leave GORM's statement builder out, and so halve what a statement costs.
// Arguments stand as ?; bind writes them as the database wants them.

// exec runs a statement for its effect.
func (tx *Tx) exec(text string, args ...any) error {
	_, err := tx.execRows(text, args...)
	return err
}

// execRows is exec that tells how many rows were changed.
func (tx *Tx) execRows(text string, args ...any) (int64, error) {
	r, err := tx.Statement.ConnPool.ExecContext(tx.Statement.Context, bind(tx.DB, text), args...)
	if err != nil {
		return 0, translated(tx.DB, err)
	}
	return r.RowsAffected()
}

// query reads the one row of a query into dest. Errors: gorm.ErrRecordNotFound.
func query(db *gorm.DB, dest []any, text string, args ...any) error {
	err := db.Statement.ConnPool.QueryRowContext(db.Statement.Context, bind(db, text), args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return gorm.ErrRecordNotFound
	}
	return translated(db, err)
}

// queryAll reads all rows of a query into dest, a slice.
func queryAll(db *gorm.DB, dest any, text string, args ...any) error {
	return db.Raw(text, args...).Scan(dest).Error
}

// translated is err in GORM's words, where it has some.
func translated(db *gorm.DB, err error) error {
	if t, ok := db.Dialector.(gorm.ErrorTranslator); ok && err != nil {
		return t.Translate(err)
	}
	return err
}

// bind is text with the placeholders of db's engine.
func bind(db *gorm.DB, text string) string {
	if d, ok := db.Dialector.(interface{ bind(text string) string }); ok {
		return d.bind(text)
	}
	return text
}
