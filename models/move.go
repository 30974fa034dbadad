package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// MoveReport is what Move has taken over.
type MoveReport struct {
	Tables []MovedTable
	Jobs   int      // of the job queue that were waiting, such as mails to be sent
	Left   []string // tables that are not the shop's, which stay behind
}

// MovedTable is one table, as it was counted on both sides.
type MovedTable struct {
	Name  string
	Rows  int64
	Tetri Tetri // the sum of all its amounts
}

// Move takes the shop in from, an SQLite file that nobody else has, over into to, a PostgreSQL
// database with the shop's tables and nothing in them. All of it happens in one transaction there:
// after an error to is as empty as before, and from is only read.
//
// index fills the products' search in the same transaction: its words are the catalogue's (see
// catalog.Index).
func Move(ctx context.Context, from, to *Store, index func(tx *gorm.DB) error) (MoveReport, error) {
	if from.Postgres() || !to.Postgres() {
		return MoveReport{}, errors.New("a shop moves from SQLite to PostgreSQL")
	}
	if from.lock == nil {
		return MoveReport{}, errors.New("a shop is moved when nobody else has its file")
	}
	source, err := from.readDB.BeginTx(ctx, nil)
	if err != nil {
		return MoveReport{}, err
	}
	defer source.Rollback()
	conn, err := to.writeDB.Conn(ctx)
	if err != nil {
		return MoveReport{}, err
	}
	defer conn.Close()
	target, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return MoveReport{}, err
	}
	defer target.Rollback()
	m := &move{from: source, to: target, conn: conn, queue: to.queue}
	if err := m.run(ctx); err != nil {
		return MoveReport{}, err
	}
	products := to.write.Session(&gorm.Session{Context: ctx, NewDB: true})
	products.Statement.ConnPool = target
	if err := index(products); err != nil {
		return MoveReport{}, fmt.Errorf("index the products: %w", err)
	}
	return m.report, target.Commit()
}

// move is one run of Move.
type move struct {
	from   *sql.Tx
	to     *sql.Tx
	conn   *sql.Conn // the connection of to, for what database/sql has no words for
	queue  jobQueue
	tables []moveTable
	report MoveReport
}

func (m *move) run(ctx context.Context) error {
	// The bounds of the shop's own transactions are too tight for one that takes all there is.
	if _, err := m.to.ExecContext(ctx, "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"); err != nil {
		return err
	}
	if err := m.findTables(ctx); err != nil {
		return err
	}
	if err := m.lockEmpty(ctx); err != nil {
		return err
	}
	resume, err := m.suspendTriggers(ctx)
	if err != nil {
		return err
	}
	for _, t := range m.tables {
		if err := m.copy(ctx, t); err != nil {
			return fmt.Errorf("table %s: %w", t.name, err)
		}
	}
	if err := m.copyJobs(ctx); err != nil {
		return err
	}
	if err := m.indexPeople(ctx); err != nil {
		return fmt.Errorf("index the people of orders: %w", err)
	}
	if err := resume(); err != nil {
		return err
	}
	if err := m.count(ctx); err != nil {
		return err
	}
	return m.finish(ctx)
}

// lockEmpty keeps everybody else away from the tables and refuses those that have something in
// them: a shop that was already served there would be lost among the one that comes.
func (m *move) lockEmpty(ctx context.Context) error {
	if _, err := m.to.ExecContext(ctx, "LOCK TABLE "+m.names()+" IN ACCESS EXCLUSIVE MODE"); err != nil {
		return fmt.Errorf("have the tables alone: %w", err)
	}
	for _, t := range m.tables {
		if bornFilled[t.name] {
			continue
		}
		var filled bool
		if err := m.to.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+t.name+")").Scan(&filled); err != nil {
			return err
		}
		if filled {
			return fmt.Errorf("the database to move to is not empty, its table %s has rows: name a new one", t.name)
		}
	}
	return nil
}

// bornFilled are the tables to which migrations give their one row, and the one that says whose the
// database is. The rows of the shop that comes take their place.
var bornFilled = map[string]bool{"heartbeat": true, "catalog_version": true, "figures_counted": true, "owner": true}

// suspendTriggers has the tables take rows as they are, in any order, until resume is called: triggers
// do not act, or they would raise versions and count and note what comes over by itself; references,
// which go round in circles between payments and saved cards, are checked at the end. Both are
// rights of the tables' owner; a managed database gives no others.
func (m *move) suspendTriggers(ctx context.Context) (resume func() error, err error) {
	references, err := texts(ctx, m.to, `SELECT 'ALTER TABLE ' || conrelid::regclass || ' ALTER CONSTRAINT ' || quote_ident(conname)
		FROM pg_constraint WHERE contype = 'f' AND NOT condeferrable AND connamespace = current_schema()::regnamespace ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	var before, after []string
	for _, t := range m.tables {
		before = append(before, "ALTER TABLE "+t.name+" DISABLE TRIGGER USER")
		after = append(after, "ALTER TABLE "+t.name+" ENABLE TRIGGER USER")
	}
	for _, reference := range references {
		before = append(before, reference+" DEFERRABLE INITIALLY DEFERRED")
		after = append(after, reference+" NOT DEFERRABLE")
	}
	after = append([]string{"SET CONSTRAINTS ALL IMMEDIATE"}, after...) // which checks them
	if err := m.exec(ctx, before...); err != nil {
		return nil, err
	}
	return func() error { return m.exec(ctx, after...) }, nil
}

// count compares both sides: the rows of each table, and the sum of each column of money.
func (m *move) count(ctx context.Context) error {
	for _, t := range m.tables {
		columns := []string{"count(*)"}
		for _, c := range t.columns {
			if c.money() {
				columns = append(columns, "CAST(coalesce(sum("+quoted(c.name)+"), 0) AS bigint)")
			}
		}
		query := "SELECT " + strings.Join(columns, ", ") + " FROM " + t.name
		had, err := numbers(ctx, m.from, query, len(columns))
		if err != nil {
			return err
		}
		has, err := numbers(ctx, m.to, query, len(columns))
		if err != nil {
			return err
		}
		moved := MovedTable{Name: t.name, Rows: has[0]}
		for i := range had {
			if had[i] != has[i] {
				return fmt.Errorf("table %s: %s is %d in SQLite and %d in PostgreSQL", t.name, columns[i], had[i], has[i])
			}
			if i > 0 {
				moved.Tetri += Tetri(has[i])
			}
		}
		m.report.Tables = append(m.report.Tables, moved)
	}
	return nil
}

// finish has new rows continue where the ids end, and the server know how much there is: it
// would plan for empty tables. Sequences move whatever becomes of the transaction, which harms
// nobody: they are only ever moved before a first row.
func (m *move) finish(ctx context.Context) error {
	least, err := numbers(ctx, m.from, "SELECT user_version FROM pragma_user_version", 1)
	if err != nil {
		return err
	}
	for _, t := range m.tables {
		if t.identity == "" {
			continue
		}
		last := "(SELECT max(" + t.identity + ") FROM " + t.name + ")"
		if t.name == "orders" && least[0] > 0 { // see leastOrderID
			last = fmt.Sprintf("greatest(%d, %s)", least[0], last)
		}
		if err := m.exec(ctx, fmt.Sprintf("SELECT setval(pg_get_serial_sequence('%s', '%s'), %s) WHERE %s IS NOT NULL", t.name, t.identity, last, last)); err != nil {
			return err
		}
	}
	return m.exec(ctx, "ANALYZE "+m.names())
}

func (m *move) names() string {
	var names []string
	for _, t := range m.tables {
		names = append(names, t.name)
	}
	return strings.Join(names, ", ")
}

func (m *move) exec(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if _, err := m.to.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, at(err))
		}
	}
	return nil
}
