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

// MaxCallback is the longest callback worth reading, in bytes. Real ones have
// about two thousand.
const MaxCallback = 1 << 20

// EventOrderPayment is the event of ordinary callbacks. Record others, answer
// 200, and do nothing more.
const EventOrderPayment = "order_payment"

// Reasons to turn a callback away. All wrap ErrSignature.
var (
	ErrSignature          = errors.New("bog: bad callback signature")
	ErrSignatureMissing   = fmt.Errorf("%w: no %s header", ErrSignature, SignatureHeader)
	ErrSignatureMalformed = fmt.Errorf("%w: not base64", ErrSignature)
	ErrSignatureMismatch  = fmt.Errorf("%w: made by no known key over these bytes", ErrSignature)
	ErrNoCallbackKey      = fmt.Errorf("%w: no key to check it with", ErrSignature)
)

// Verifier tells the bank's callbacks from everybody else's. It is safe for
// use by several goroutines.
type Verifier struct {
	keys []*rsa.PublicKey
}

// NewVerifier accepts signatures by any of keys: several while the bank
// changes its key.
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

// Verify checks the value of the Callback-Signature header against the raw
// bytes of the request body: RSASSA-PKCS1-v1_5 with SHA-256, in standard
// base64. Call it before anything parses the body, with the bytes as they
// came; JSON that was read and written again no longer verifies. White space
// around the value is ignored, nothing else is.
//
// A good signature proves who sent the bytes, not when: old callbacks can be
// sent again. Let the receipt decide.
func (v *Verifier) Verify(body []byte, signature string) error {
	signature = strings.Trim(signature, " \t\r\n")
	if signature == "" {
		return ErrSignatureMissing
	}
	// The decoder would skip line breaks inside.
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

// SignCallback makes the header value that goes with body. The bank does this
// with a key nobody else has; use it with your own in tests.
func SignCallback(key *rsa.PrivateKey, body []byte) (string, error) {
	sum := sha256.Sum256(body)
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("bog: sign a callback: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

// Callback is a message of the bank about an order. Take it as a hint where to
// look: it may be late, repeated or never come.
//
// See https://api.bog.ge/docs/en/payments/standard-process/callback
type Callback struct {
	Event            string
	RequestTime      Time // local twin, undocumented
	ZonedRequestTime Time
	// Receipt is the order as it was when the bank wrote the message. It is
	// nil for events other than order_payment.
	Receipt *Receipt
	// Raw is the message exactly as it came.
	Raw json.RawMessage
}

// At is when the bank wrote the message.
func (c *Callback) At() time.Time { return preferZoned(c.ZonedRequestTime, c.RequestTime) }

// ParseCallback reads a callback whose signature was verified. It keeps a copy
// of body.
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

// Subject is what a callback is about.
type Subject struct {
	Event           string
	OrderID         string // the bank's; empty for events that are about no order
	ExternalOrderID string // the shop's own
}

// ParseSubject reads only what a callback, whose signature was verified, is about.
// It is enough for a shop that takes the message as a hint and reads the receipt
// for the rest, and costs a third of ParseCallback.
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
