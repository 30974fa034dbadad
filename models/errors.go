package models

import (
	"database/sql"
	"errors"

	"gorm.io/gorm"
	modernc "modernc.org/sqlite"
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
	Kind    Kind
	Message string            // translation key, may be shown
	Fields  map[string]string // form field -> translation key, for Invalid
	Err     error             // cause: logged, never shown
}

// Messages of errors that callers act on.
const (
	CardUnusable = "card.unusable"  // the saved card has expired, was removed or is of the other kind
	NotInCart    = "cart.no_line"   // the cart has no such product
	CardNotFound = "card.not_found" // there is no such card, or it is another customer's
)

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// StorageDown reports whether err came from a database that cannot do its work now:
// the disk is full or broken, the file cannot be written, somebody else keeps it.
// It is nobody's mistake, and the same may work later.
func StorageDown(err error) bool {
	e, ok := errors.AsType[*modernc.Error](err)
	if !ok {
		return false
	}
	const ( // SQLite's result codes; the extended ones have more in their upper bytes
		busy, locked, noMemory, readOnly = 5, 6, 7, 8
		ioError, full, cannotOpen        = 10, 13, 14
	)
	switch e.Code() & 0xff {
	case busy, locked, noMemory, readOnly, ioError, full, cannotOpen:
		return true
	}
	return false
}

// IsKind reports whether err is, or wraps, an Error of kind k.
func IsKind(err error, k Kind) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == k
}

// notFound turns GORM's missing-record error into a NotFound with message, and
// leaves every other error as it is.
func notFound(err error, message string) error {
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return &Error{Kind: NotFound, Message: message, Err: err}
	}
	return err
}

// notFoundRow is notFound for queries that scan a single row.
func notFoundRow(err error, message string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &Error{Kind: NotFound, Message: message, Err: err}
	}
	return err
}
