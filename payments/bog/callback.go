package bog

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// SignatureHeader is the header that carries a callback's signature.
const SignatureHeader = "Callback-Signature"

// MaxCallback is the longest callback to read, in bytes. Real ones have about two thousand.
const MaxCallback = 1 << 20

// EventOrderPayment is the event of ordinary callbacks. Record callbacks with other events,
// answer 200, and do nothing more.
const EventOrderPayment = "order_payment"

// Errors of Verifier.Verify. All of them wrap ErrSignature.
var (
	ErrSignature          = errors.New("bog: bad callback signature")
	ErrSignatureMissing   = fmt.Errorf("%w: no %s header", ErrSignature, SignatureHeader)
	ErrSignatureMalformed = fmt.Errorf("%w: not base64", ErrSignature)
	ErrSignatureMismatch  = fmt.Errorf("%w: made by no known key over these bytes", ErrSignature)
	ErrNoCallbackKey      = fmt.Errorf("%w: no key to check it with", ErrSignature)
)

// Verifier checks whether callbacks come from the bank. It is safe for use by several goroutines.
type Verifier struct {
	keys []*rsa.PublicKey
}

// NewVerifier returns a verifier that accepts signatures by any of keys. There are several of
// them while the bank changes its key.
func NewVerifier(keys ...*rsa.PublicKey) (*Verifier, error) {
	v := new(Verifier)
	for _, key := range keys {
		if err := checkKey(key); err != nil {
			return nil, err
		}
		v.keys = append(v.keys, key)
	}
	if len(v.keys) == 0 {
		return nil, errors.New("bog: a verifier needs a key")
	}
	return v, nil
}

// Verify checks the value of the Callback-Signature header against the raw bytes of the request
// body: RSASSA-PKCS1-v1_5 with SHA-256, in standard base64 (§8.3). Call it before anything parses
// the body, with the bytes exactly as they came: JSON that was parsed and written again no longer
// verifies. Only white space around the value is ignored. The error wraps [ErrSignature].
//
// A good signature proves who made the bytes, not when: somebody may send an old callback
// again. Let the receipt decide.
func (v *Verifier) Verify(body []byte, signature string) error {
	signature = strings.Trim(signature, " \t\r\n")
	if signature == "" {
		return ErrSignatureMissing
	}
	// The decoder would ignore line breaks in the middle.
	if strings.ContainsAny(signature, "\r\n") {
		return ErrSignatureMalformed
	}
	sig, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil {
		return ErrSignatureMalformed
	}
	if v == nil || len(v.keys) == 0 {
		return ErrNoCallbackKey
	}
	sum := sha256.Sum256(body)
	for _, key := range v.keys {
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig) == nil {
			return nil
		}
	}
	return ErrSignatureMismatch
}

// SignCallback returns the value of the Callback-Signature header for body. It is for tests, with
// a key of their own: only the bank has the key that signs real callbacks.
func SignCallback(key *rsa.PrivateKey, body []byte) (string, error) {
	sum := sha256.Sum256(body)
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("bog: sign a callback: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

// Callback is a message of the bank about an order (§8). Take it as a hint to read the receipt:
// it may be late, come twice or never come.
//
// See https://api.bog.ge/docs/en/payments/standard-process/callback
type Callback struct {
	Event            string
	RequestTime      Time // the same in local time; undocumented
	ZonedRequestTime Time
	// Receipt is the order as it was when the bank wrote the message; nil if Event is not
	// EventOrderPayment.
	Receipt *Receipt
	// Raw is the message exactly as it came.
	Raw json.RawMessage
}

// At returns when the bank wrote the message.
func (c *Callback) At() time.Time { return preferZoned(c.ZonedRequestTime, c.RequestTime) }

// ParseCallback reads the body of a callback whose signature was verified. Raw gets a copy of
// body.
func ParseCallback(body []byte) (*Callback, error) {
	var envelope struct {
		Event            string          `json:"event"`
		RequestTime      Time            `json:"request_time"`
		ZonedRequestTime Time            `json:"zoned_request_time"`
		Body             json.RawMessage `json:"body"`
	}
	raw := bytes.Clone(body)
	if err := json.Unmarshal(raw, &envelope); err != nil {
		return nil, fmt.Errorf("bog: read a callback: %w", err)
	}
	if envelope.Event == "" {
		return nil, errors.New("bog: read a callback: no event")
	}
	c := &Callback{
		Event: envelope.Event, RequestTime: envelope.RequestTime, ZonedRequestTime: envelope.ZonedRequestTime, Raw: raw,
	}
	if c.Event != EventOrderPayment {
		return c, nil
	}
	if isNull(envelope.Body) {
		return nil, errors.New("bog: read a callback: no body in it")
	}
	receipt, err := decodeReceipt(envelope.Body)
	if err != nil {
		return nil, fmt.Errorf("bog: read a callback: %w", err)
	}
	c.Receipt = receipt
	return c, nil
}

// Subject is the order that a callback is about.
type Subject struct {
	Event           string
	OrderID         string // the bank's id; empty if the event is not about an order
	ExternalOrderID string // the shop's own number
}

// ParseSubject reads only which order a callback, whose signature was verified, is about. That
// is enough for a shop that then reads the receipt, and costs a third of ParseCallback.
func ParseSubject(body []byte) (Subject, error) {
	var envelope struct {
		Event string `json:"event"`
		Body  struct {
			OrderID         Text `json:"order_id"`
			ExternalOrderID Text `json:"external_order_id"`
		} `json:"body"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return Subject{}, fmt.Errorf("bog: read a callback: %w", err)
	}
	if envelope.Event == "" {
		return Subject{}, errors.New("bog: read a callback: no event")
	}
	return Subject{
		Event: envelope.Event, OrderID: string(envelope.Body.OrderID), ExternalOrderID: string(envelope.Body.ExternalOrderID),
	}, nil
}
