package bog

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// CallbackHandler receives callbacks over net/http: it bounds the body,
// verifies the signature over the raw bytes, and only then parses.
//
// It answers 200 when Handle returned nil and 500 when it did not; 401 for a
// bad signature; 400 for a signed body that cannot be read; 405, 413 and 415
// for what is not a callback at all. Nothing but exactly 200 counts as
// received, and the bank promises no second delivery, so Handle should store
// the message, return, and leave the work for later.
type CallbackHandler struct {
	Verifier *Verifier
	Handle   func(context.Context, *Callback) error
	// Rejected, when not nil, hears of everything that did not reach Handle,
	// or that Handle returned an error for. body is what was read of it.
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
	// The signature is over the bytes as sent; the bank does not compress.
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
