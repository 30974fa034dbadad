package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"reflect"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPostgresPool returns the connections of one instance. Nothing is connected yet.
func openPostgresPool(config *pgx.ConnConfig) *sql.DB {
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	for setting, value := range map[string]string{
		"application_name":                    "dukani",
		"lock_timeout":                        "10s", // an instance that died keeps its locks until the server notices
		"statement_timeout":                   "30s",
		"idle_in_transaction_session_timeout": "30s",
		"jit":                                 "off", // compiling costs more than any query of the shop
	} {
		if config.RuntimeParams[setting] == "" {
			config.RuntimeParams[setting] = value
		}
	}
	db := sql.OpenDB(postgresConnector{stdlib.GetConnector(*config, stdlib.OptionAfterConnect(adaptTypes))})
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db
}

// adaptTypes has the connection read times in UTC and take true and false for columns that
// are 1 or 0, as SQLite does.
func adaptTypes(_ context.Context, conn *pgx.Conn) error {
	types := conn.TypeMap()
	types.RegisterType(&pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC}})
	types.TryWrapEncodePlanFuncs = append([]pgtype.TryWrapEncodePlanFunc{wrapBool}, types.TryWrapEncodePlanFuncs...)
	return nil
}

func wrapBool(value any) (pgtype.WrappedEncodePlanNextSetter, any, bool) {
	if _, ok := value.(bool); ok {
		return &boolAsNumber{}, int64(0), true
	}
	return nil, nil, false
}

// boolAsNumber encodes true as 1 and false as 0, where a column takes no bool.
type boolAsNumber struct{ next pgtype.EncodePlan }

func (p *boolAsNumber) SetNext(next pgtype.EncodePlan) { p.next = next }

func (p *boolAsNumber) Encode(value any, buf []byte) ([]byte, error) {
	if value.(bool) {
		return p.next.Encode(int64(1), buf)
	}
	return p.next.Encode(int64(0), buf)
}

// postgresConnector makes connections that take any text.
type postgresConnector struct{ driver.Connector }

func (c postgresConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &postgresConn{conn.(*stdlib.Conn)}, nil
}

type postgresConn struct{ *stdlib.Conn }

// CheckNamedValue brings text into a form that PostgreSQL takes: it refuses what is not UTF-8
// and the character 0, both of which a browser or a bank can send and SQLite keeps.
func (c *postgresConn) CheckNamedValue(v *driver.NamedValue) error {
	if err := c.Conn.CheckNamedValue(v); err != nil {
		return err
	}
	if s := reflect.ValueOf(v.Value); s.Kind() == reflect.String {
		v.Value = storable(s.String())
	}
	return nil
}

// QueryContext repeats a query whose prepared statement does not fit any more, because another
// instance has added a column. Within a transaction that fails again, and it is the transaction
// that is repeated.
func (c *postgresConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.QueryContext(ctx, query, args)
	if outdated(err) {
		if again, err := c.Conn.QueryContext(ctx, query, args); err == nil {
			return again, nil
		}
	}
	return rows, err
}

// outdated reports whether a prepared statement was made for a table as it was before.
func outdated(err error) bool {
	const unsupported = "0A000"
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == unsupported && strings.Contains(e.Message, "cached plan")
}

func storable(s string) string {
	if strings.ContainsRune(s, 0) {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
