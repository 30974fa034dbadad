package views

import (
	"net/http"
	"strconv"
)

// Error is pages/error.
type Error struct {
	Page
	Status    int
	Heading   string
	Message   string
	RequestID string // which the visitor can tell the shop; "" hides it
	Also      *ErrorText
}

// ErrorText is an error page's text in the other language. A request that was too large
// to read does not say which language its sender speaks.
type ErrorText struct{ Lang, Heading, Message string }

// NewError makes the page for an HTTP status. message is the translation key of a text
// that says more than the status does; without it, or if it is unknown, the status has
// words of its own.
func NewError(p Page, status int, message, requestID string) Error {
	key := "error." + strconv.Itoa(status)
	switch {
	case Has(key + ".title"):
	case status >= 500:
		key = "error.500"
	default:
		key = "error.400"
	}
	p.NoIndex = true
	e := Error{Page: p, Status: status, Heading: T(p.Lang, key+".title"), Message: T(p.Lang, key+".text")}
	if status < 500 && Has(message) {
		e.Message = T(p.Lang, message)
	}
	if e.Title == "" {
		e.Title = e.Heading
	}
	if status >= 500 {
		e.RequestID = requestID
	}
	if status == http.StatusRequestHeaderFieldsTooLarge {
		e.Also = &ErrorText{p.Other, T(p.Other, key+".title"), T(p.Other, key+".text")}
	}
	return e
}
