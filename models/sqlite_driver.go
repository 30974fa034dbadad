package models

import (
	"context"
	"database/sql"
	"database/sql/driver"

	modernc "modernc.org/sqlite"
)

// driverName is SQLite with cached prepared statements. Parsing and planning cost more than
// running most of the shop's queries, and neither database/sql nor GORM caches a statement
// across the transactions of the one writing connection.
const driverName = "sqlite-prepared"

// maxPrepared bounds the statements that one connection caches; the shop, its job queue and
// its migrations have fewer different ones.
const maxPrepared = 300

// moderncConn is what the driver's connections can do and database/sql asks for.
type moderncConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type moderncStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type preparedDriver struct{ modernc.Driver }

func (d *preparedDriver) Open(name string) (driver.Conn, error) {
	c, err := d.Driver.Open(name)
	if err != nil {
		return nil, err
	}
	return &preparedConn{moderncConn: c.(moderncConn), idle: map[string]moderncStmt{}}, nil
}

// preparedConn hands out idle statements. It has no Exec and Query of its own, so
// database/sql prepares every statement here and closes it after use.
type preparedConn struct {
	moderncConn
	idle map[string]moderncStmt
}

func (c *preparedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, ok := c.idle[query]
	if ok {
		delete(c.idle, query) // in use: its rows may still be read when the query is run again
	} else {
		p, err := c.moderncConn.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		s = p.(moderncStmt)
	}
	return &preparedStmt{moderncStmt: s, conn: c, query: query}, nil
}

func (c *preparedConn) Close() error {
	for _, s := range c.idle {
		s.Close()
	}
	return c.moderncConn.Close()
}

type preparedStmt struct {
	moderncStmt
	conn  *preparedConn
	query string
}

func (s *preparedStmt) Close() error {
	if _, have := s.conn.idle[s.query]; have || len(s.conn.idle) >= maxPrepared {
		return s.moderncStmt.Close()
	}
	s.conn.idle[s.query] = s.moderncStmt
	return nil
}

func init() { // database/sql knows drivers only by global names
	sql.Register(driverName, &preparedDriver{})
}
