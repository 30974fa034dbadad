package bog

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Op is the name of a call, for a journal.
type Op string

// The calls of the API.
const (
	OpToken            Op = "token"
	OpCreateOrder      Op = "create_order"
	OpReceipt          Op = "receipt"
	OpRefund           Op = "refund"
	OpApprove          Op = "approve"
	OpCancel           Op = "cancel"
	OpSaveCard         Op = "save_card"
	OpSaveSubscription Op = "save_subscription"
	OpPayWithSavedCard Op = "pay_with_saved_card"
	OpChargeSavedCard  Op = "charge_saved_card"
	OpForgetCard       Op = "forget_card"
	OpCompleteApplePay Op = "complete_apple_pay"
)

// APIError is an answer of the bank with a status other than 2xx (§17).
type APIError struct {
	Op      Op
	Status  int    // HTTP status
	Message string // the bank's message; "" if the body was not JSON
	// Reason is the "key" beside the message, such as request_received. Only acknowledgements
	// are known to have one (unconfirmed).
	Reason string
	// Key is the idempotency key of the call.
	Key string
	// Body is the beginning of the answer. It may hold personal data, so it belongs in a
	// journal and not in a log.
	Body        string
	ContentType string
	RequestID   string        // from the answer's headers
	RetryAfter  time.Duration // from the answer's header, or 0
	// OutcomeUnknown means that an earlier attempt of the same call ended with no answer, or
	// with 408, 429 or 5xx. This answer does not tell whether the bank carried out that one.
	OutcomeUnknown bool
}

// Error names the call, the status and the bank's message.
func (e *APIError) Error() string {
	s := fmt.Sprintf("bog: %s: %d %s", e.Op, e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		s += ": " + truncate(e.Message, 200)
	} else if e.ContentType != "" && !isJSON(e.ContentType) {
		s += " (" + truncate(e.ContentType, 40) + ")"
	}
	if e.RequestID != "" {
		s += " [request " + e.RequestID + "]"
	}
	return s
}

// AuthError means that there was no access token (§4), so that the call itself was not sent.
type AuthError struct {
	Op             Op     // the call that needed the token
	Status         int    // HTTP status of the token call, 0 if there was no answer
	Code           string // OAuth error code, such as invalid_client
	Description    string // OAuth error_description
	Key            string // idempotency key of the call
	OutcomeUnknown bool   // see APIError
	Err            error  // why there was no answer, or no readable one
}

// Error never contains a credential or a token.
func (e *AuthError) Error() string {
	s := fmt.Sprintf("bog: %s: no access token", e.Op)
	if e.Status != 0 {
		s += fmt.Sprintf(": %d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Code != "" {
		s += ": " + truncate(e.Code, 60)
	}
	if e.Description != "" {
		s += ": " + truncate(e.Description, 200)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *AuthError) Unwrap() error { return e.Err }

// Temporary reports whether another attempt later can help: there was no answer, or one with
// 408, 429 or 5xx. Otherwise the credentials or the settings are wrong.
func (e *AuthError) Temporary() bool {
	return e.Status == 0 || e.Status >= 200 && e.Status < 300 || isRetryable(e.Status)
}

// NetworkError means that there was no complete answer.
type NetworkError struct {
	Op  Op
	Key string // idempotency key of the call
	// Sent is false if the request certainly never left: there was no connection, or the
	// context had ended before.
	Sent           bool
	OutcomeUnknown bool // see APIError
	Err            error
}

func (e *NetworkError) Error() string { return fmt.Sprintf("bog: %s: no answer: %v", e.Op, e.Err) }

// Unwrap returns the cause, which may be context.DeadlineExceeded or context.Canceled.
func (e *NetworkError) Unwrap() error { return e.Err }

// AnswerError is a 2xx answer that cannot be used: it is not JSON, too long, or lacks what the
// call is for. The bank has most probably carried out the call.
type AnswerError struct {
	Op          Op
	Status      int
	ContentType string
	Problem     string
	Key         string // idempotency key of the call
	Body        string // the beginning of the answer, see APIError
	Err         error
}

func (e *AnswerError) Error() string {
	s := fmt.Sprintf("bog: %s: unusable answer: %s", e.Op, e.Problem)
	if e.ContentType != "" && !isJSON(e.ContentType) {
		s += " (" + truncate(e.ContentType, 40) + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *AnswerError) Unwrap() error { return e.Err }

// RequestError is a request that this package refused to send.
type RequestError struct {
	Op      Op
	Field   string // the JSON path of the field, or the name of the argument
	Problem string
}

func (e *RequestError) Error() string {
	return fmt.Sprintf("bog: %s: %s %s", e.Op, e.Field, e.Problem)
}

// Refused reports whether the bank certainly did not carry out the call:
//
//   - it answered 4xx, other than 408 and 429;
//   - there was no access token to send the call with;
//   - the request never left: no connection, or refused by this package.
//
// If err is not nil and Refused is false, the outcome is unknown: read the receipt, or repeat
// the call with the same idempotency key and the same body, never with a new key. That
// includes a refusal of which OutcomeUnknown is true.
//
// Refused is about this call only. If the call repeats an earlier one with an unknown outcome,
// then a 401, a 403, a missing token or a missing connection says nothing about the earlier one.
//
// Refused alone is no reason to give up: without a connection, with wrong credentials or
// behind a firewall it is true although the bank has not looked at the call. To give up, ask
// [RefusedForGood].
func Refused(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return !e.OutcomeUnknown && e.Status >= 400 && e.Status < 500 && !isRetryable(e.Status)
	}
	if e, ok := errors.AsType[*AuthError](err); ok {
		return !e.OutcomeUnknown
	}
	if e, ok := errors.AsType[*NetworkError](err); ok {
		return !e.OutcomeUnknown && !e.Sent
	}
	_, ok := errors.AsType[*RequestError](err)
	return ok
}

// RefusedForGood reports whether the bank has looked at the call, refused it with a message of
// the API, and would refuse the same call again; or whether this package refuses to send it.
//
// It is false if there was no connection or no token, if [IsAccessRefused] is true, and for an
// answer without a message, which came from somewhere on the way. In these cases repeat the
// call with its key once the bank can be reached again.
//
// It is false if [IsAlreadyRequested] is true as well, because the call may succeed when the
// other action has ended. Read the receipt first, since the other action may be an earlier call
// of the shop's own, and then use a new key, since the bank keeps the refusal under the old one.
func RefusedForGood(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return Refused(err) && !IsAccessRefused(err) && e.Message != "" && !IsAlreadyRequested(err)
	}
	_, ok := errors.AsType[*RequestError](err)
	return ok
}

// IsNotFound reports whether the bank does not know the order (§6.5). It says so with 404, or
// with 400 and "Invalid order_id". A 404 in HTML comes from the edge in front of the API and
// says nothing about the order.
func IsNotFound(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && (e.Status == http.StatusNotFound && !strings.Contains(e.ContentType, "html") ||
		e.matches(http.StatusBadRequest, "invalid order_id"))
}

// IsAccessRefused reports whether the bank did not even look at the call: there was no token,
// or the bank did not accept it (401), or the feature is not open for the merchant (403), or
// the edge in front of the API refused the call with a page of HTML. It says nothing about
// earlier calls with the same key.
func IsAccessRefused(err error) bool {
	if e, ok := errors.AsType[*APIError](err); ok {
		return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden ||
			e.Status/100 == 4 && strings.Contains(e.ContentType, "html")
	}
	_, ok := errors.AsType[*AuthError](err)
	return ok
}

// IsCardNotFound reports whether a call about a saved card (§11) was refused because the bank
// does not have that card, or no longer has it. The bank may also accept such a call and
// reject the order with code 102; which of the two it does is not documented.
func IsCardNotFound(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && e.Status/100 == 4 && (e.matches(e.Status, strings.ToLower(codes[CodeCardNotFound].en)) ||
		strings.Contains(e.Message, codes[CodeCardNotFound].ka))
}

// IsMethodRefused reports whether the bank refused an order because of its payment_method: the
// merchant does not have that method (§5.2). The text of that refusal is not known; one that names
// the field counts (unconfirmed).
func IsMethodRefused(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && e.Status/100 == 4 && (e.matches(e.Status, "payment_method") || e.matches(e.Status, "payment method"))
}

// IsSplitRefused reports whether the bank refused an order, or the approval of a hold, because of
// its split (§14): it is not activated for the merchant, or a line of it is wrong. The text of that
// refusal is not known; one that names the split counts (unconfirmed).
func IsSplitRefused(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && e.Status/100 == 4 && e.matches(e.Status, "split")
}

// IsAlreadyRequested reports whether the call was refused because another action on the same
// order (an approval or a cancellation of its hold, a refund) is still running. Wait and read
// the receipt.
func IsAlreadyRequested(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && e.matches(http.StatusBadRequest, "already requested")
}

// IsIdempotencyFormat reports whether the bank refused the form of the idempotency key.
func IsIdempotencyFormat(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && e.matches(http.StatusBadRequest, "invalid idempotency-key format")
}

func (e *APIError) matches(status int, text string) bool {
	return e.Status == status && strings.Contains(strings.ToLower(e.Message), text)
}

// isRetryable reports whether the same request may succeed later.
func isRetryable(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500
}

// apiError reads an error answer, which may be JSON, HTML or nothing.
func apiError(op Op, key string, status int, header http.Header, body []byte, now time.Time) *APIError {
	e := &APIError{
		Op: op, Status: status, Key: key, Body: excerpt(body), ContentType: header.Get("Content-Type"),
		RetryAfter: retryAfter(header.Get("Retry-After"), now),
	}
	for _, name := range []string{"X-Request-Id", "X-Correlation-Id", "X-Trace-Id"} {
		if id := header.Get(name); id != "" {
			e.RequestID = truncate(id, 64)
			break
		}
	}
	if isJSON(e.ContentType) {
		var answer struct {
			Key         string `json:"key"`
			Message     string `json:"message"`
			Error       string `json:"error"`
			Description string `json:"error_description"`
		}
		// Of a body in another form whatever can be read counts; Body has all of it.
		_ = json.Unmarshal(body, &answer)
		e.Reason = truncate(answer.Key, 64)
		for _, text := range []string{answer.Message, answer.Description, answer.Error} {
			if text != "" {
				e.Message = truncate(text, 500)
				break
			}
		}
	}
	return e
}

// maxExcerpt is how many bytes of a body an error carries.
const maxExcerpt = 2048

func excerpt(body []byte) string { return truncate(string(body), maxExcerpt) }

// truncate shortens s to at most n bytes of valid UTF-8.
func truncate(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}
