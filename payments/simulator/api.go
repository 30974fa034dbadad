package simulator

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

const bodyLimit = 1 << 20

// call is one request to the API, with its body read.
type call struct {
	r      *http.Request
	route  string // one of routeNames
	order  string // {id} of the path
	body   []byte
	fields map[string]any // the fields of the body; nil if there is a problem
	// problem says why the body is not a JSON object; "" if it is one.
	problem string
	base    string // what links begin with
	jti     string // the id of the access token
}

// lang returns the language that the request asks for, or fallback.
func (c *call) lang(fallback string) string {
	switch text := strings.ToLower(strings.TrimSpace(c.r.Header.Get("Accept-Language"))); {
	case strings.HasPrefix(text, "ka"):
		return "ka"
	case strings.HasPrefix(text, "en"):
		return "en"
	}
	return fallback
}

// reply is an answer that is decided but not sent yet. Its zero value means that no
// answer is sent.
type reply struct {
	status int
	body   []byte
	header map[string]string
	order  string // the id of the order that this call made
}

func answer(status int, value any) reply { return reply{status: status, body: encode(value)} }

// refuse makes an error answer of the API.
func refuse(status int, message string) reply {
	return answer(status, struct {
		Message string `json:"message"`
	}{message})
}

type (
	readFunc   func(c *call) reply        // carries out a call that changes nothing
	changeFunc func(t *tx, c *call) reply // carries out a call that changes something
)

func (b *Bank) read(route string, fn readFunc) http.Handler {
	return b.api(route, fn)
}

// write carries out fn in a tx. The answer is stored under the Idempotency-Key together
// with what fn changed, so that a repetition gets the same answer. Two requests with the
// same key run one after the other.
func (b *Bank) write(route string, fn changeFunc) http.Handler {
	return b.api(route, func(c *call) reply {
		header := c.r.Header.Get("Idempotency-Key")
		if header != "" && !isUUID4(header) {
			return refuse(http.StatusBadRequest, "Invalid Idempotency-Key format. Should be UUID v4.")
		}
		key := ""
		if header != "" {
			key = c.r.Method + " " + c.r.URL.Path + " " + strings.ToLower(header)
		}
		c.fields, c.problem = parse(c.body) // outside the lock that inTx holds
		var out reply
		_, err := b.inTx(func(t *tx) {
			if header == "" && b.settings.Strict {
				out = refuse(http.StatusBadRequest, "Idempotency-Key is required")
				return
			}
			if key == "" {
				out = fn(t, c)
				return
			}
			if old, known := b.answers[key]; known {
				if out = old.reply(); b.settings.Strict && old.BodyHash != hashOf(c.body) {
					out = refuse(http.StatusConflict, "Idempotency-Key was used with another body")
				}
				return
			}
			out = fn(t, c)
			t.answerKey, t.answer = key, &storedAnswer{Status: out.status, Body: out.body, BodyHash: hashOf(c.body)}
		})
		if err != nil {
			return refuse(http.StatusInternalServerError, "Internal Server Error")
		}
		return out
	})
}

// storedAnswer is what a repeated call gets.
type storedAnswer struct {
	Status   int    `json:"status"`
	Body     []byte `json:"body"`
	BodyHash string `json:"sum"` // the hash of the request body
}

func (s storedAnswer) reply() reply { return reply{status: s.Status, body: s.Body} }

// isUUID4 reports whether text is a UUID of version 4 without braces, in upper or lower case.
func isUUID4(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && len(text) == 36 && id.Version() == 4
}

// api wraps what every call has in common: body limit, journal, faults and bearer token.
func (b *Bank) api(route string, fn readFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		c := &call{r: r, route: route, order: strings.ToLower(r.PathValue("id")), base: b.base(r)}
		entry := entry{Route: route, Order: c.order, At: b.now(), Method: r.Method, Path: r.URL.RequestURI(), Key: r.Header.Get("Idempotency-Key")}
		defer func() {
			entry.MS = time.Since(started).Milliseconds()
			b.journal.add(entry)
		}()

		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
		if err != nil {
			status := http.StatusBadRequest
			if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
				status = http.StatusRequestEntityTooLarge
			}
			entry.Status = status
			b.writeReply(w, r, refuse(status, http.StatusText(status)))
			return
		}
		c.body = body
		entry.Request = beginningOf(body)

		fault := b.faults.forCall(route, c.order)
		entry.Fault = fault.name()
		if out, instead := fault.before(b, w, c); instead {
			if entry.Status, entry.Answer = out.status, beginningOf(out.body); out.status != 0 {
				b.writeReply(w, r, out)
			}
			return
		}
		out := refuse(http.StatusUnauthorized, "Unauthorized")
		out.header = map[string]string{"WWW-Authenticate": `Bearer error="invalid_token"`}
		if b.hasValidToken(c) {
			out = fn(c)
		}
		if b.BeforeAnswer != nil {
			if status := b.BeforeAnswer(r); status != 0 {
				out = refuse(status, http.StatusText(status))
			}
		}
		out = fault.after(r.Context(), out)
		entry.Status, entry.Answer = out.status, beginningOf(out.body)
		if out.order != "" {
			entry.Order = out.order
		}
		b.writeReply(w, r, out)
	})
}

// writeReply sends a reply in the format that the settings ask for.
func (b *Bank) writeReply(w http.ResponseWriter, r *http.Request, out reply) {
	settings := b.currentSettings()
	hal, xml := settings.HAL, settings.XML
	if r.URL.Path == TokenPath {
		hal, xml = false, false // at the bank the token call is another service
	}
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	kind := "application/json"
	if hal {
		kind = "application/hal+json"
	}
	if xml && !strings.Contains(r.Header.Get("Accept"), "json") {
		kind, out.body = "application/xml", toXML(out.body)
	}
	if len(out.body) > 0 {
		header.Set("Content-Type", kind)
	}
	for name, value := range out.header {
		header.Set(name, value)
	}
	header.Set("Content-Length", strconv.Itoa(len(out.body)))
	w.WriteHeader(out.status)
	_, _ = w.Write(out.body) // the client may be gone
}
