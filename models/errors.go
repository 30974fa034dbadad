package models

import (
	"database/sql"
	"errors"

	"gorm.io/gorm"
)

// Kind says what sort of failure an Error is. Its zero value is Internal, so a
// forgotten kind becomes a logged 500 and never a message to a visitor.
type Kind int

// The kinds of Error; handlers map each to one HTTP status.
const (
	Internal    Kind = iota // a fault of ours
	Invalid                 // what was typed cannot be accepted; see Fields
	NotFound                // no such thing, or not this visitor's
	Conflict                // the state does not allow it (any more)
	Forbidden               // known visitor, not allowed
	Unavailable             // something we need does not answer now
	Limited                 // too often; it may be tried again later
)

// Error is the one error type that rules and queries return when the visitor
// can be told something.
type Error struct {
	Kind   Kind
	Code   ErrorCode
	Fields map[string]string // form field -> translation key, for Invalid
	Err    error             // cause: logged, never shown
}

func (e *Error) Error() string {
	if e.Err != nil {
		return string(e.Code) + ": " + e.Err.Error()
	}
	return string(e.Code)
}

func (e *Error) Unwrap() error { return e.Err }

// IsKind reports whether err is, or wraps, an Error of kind k.
func IsKind(err error, k Kind) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == k
}

// notFound turns GORM's missing-record error into a NotFound with code, and
// leaves every other error as it is.
func notFound(err error, code ErrorCode) error {
	if errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, sql.ErrNoRows) {
		return &Error{Kind: NotFound, Code: code, Err: err}
	}
	return err
}

// orNil returns nil for what need not be there and is not.
func orNil[T any](x *T, err error) (*T, error) {
	if IsKind(err, NotFound) {
		return nil, nil
	}
	return x, err
}
