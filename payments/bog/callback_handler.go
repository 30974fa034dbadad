package bog

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// CallbackHandler receives callbacks over net/http (§8). It limits the length of the body and
// verifies the signature over the raw bytes before it parses them.
//
// It answers 200 if Handle returned nil, and 500 if Handle returned an error. The answer to a bad
// signature is 401, to a signed body that cannot be read 400, and to what is not a callback at
// all 405, 413 or 415. Only 200 counts as received (§8.4), and the bank promises no second
// delivery, so Handle should store the message, return, and leave the work for later.
type CallbackHandler struct {
	Verifier *Verifier
	Handle   func(context.Context, *Callback) error
	// Rejected, if not nil, gets every request that did not reach Handle, or for which Handle
	// returned an error. body is what was read of the request's body.
	Rejected func(r *http.Request, body []byte, err error)
}

var _ http.Handler = (*CallbackHandler)(nil)

// ServeHTTP implements http.Handler.
func (h *CallbackHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, status, err := h.serve(w, r)
	if err != nil && h.Rejected != nil {
		h.Rejected(r, body, err)
	}
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	w.WriteHeader(status)
}

func (h *CallbackHandler) serve(w http.ResponseWriter, r *http.Request) (body []byte, status int, err error) {
	if r.Method != http.MethodPost {
		return nil, http.StatusMethodNotAllowed, errors.New("bog: callback: not a POST")
	}
	// The signature is over the bytes as sent, and the bank does not compress them.
	if r.Header.Get("Content-Encoding") != "" {
		return nil, http.StatusUnsupportedMediaType, errors.New("bog: callback: compressed")
	}
	body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, MaxCallback))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return body, http.StatusRequestEntityTooLarge, errors.New("bog: callback: too long")
	}
	if err != nil {
		return body, http.StatusBadRequest, err
	}
	if err := h.Verifier.Verify(body, r.Header.Get(SignatureHeader)); err != nil {
		return body, http.StatusUnauthorized, err
	}
	callback, err := ParseCallback(body)
	if err != nil {
		return body, http.StatusBadRequest, err
	}
	if err := h.Handle(r.Context(), callback); err != nil {
		return body, http.StatusInternalServerError, err
	}
	return body, http.StatusOK, nil
}
