package simulator

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// envelope is the body of a callback.
type envelope struct {
	Event            string  `json:"event"`
	RequestTime      string  `json:"request_time"`
	ZonedRequestTime string  `json:"zoned_request_time"`
	Body             receipt `json:"body"`
}

// contentOverride is what a callback says in place of the facts. The zero value changes nothing.
type contentOverride struct {
	Event  string `json:"event,omitempty"`  // "" means the true event
	Status string `json:"status,omitempty"` // order_status.key
	Amount string `json:"amount,omitempty"` // request_amount and, once there is one, transfer_amount
	Raw    string `json:"raw,omitempty"`    // the whole body; excludes the other fields
}

func (w contentOverride) check() error {
	if w.Raw != "" && (w.Event != "" || w.Status != "" || w.Amount != "") {
		return errors.New("raw: the bytes say event, status and amount themselves")
	}
	if w.Amount != "" {
		if _, err := parseMoney(w.Amount); err != nil {
			return fmt.Errorf("amount %w", err)
		}
	}
	return nil
}

// callbackBody is the body of a callback about the order, before setBody alters its bytes.
func (t *tx) callbackBody(o *order, mode, event string, at time.Time, override contentOverride) []byte {
	if override.Raw != "" {
		return []byte(override.Raw)
	}
	if event != eventSplit {
		event = "order_payment"
	}
	message := envelope{
		Event:            cmp.Or(override.Event, event),
		RequestTime:      localStamp(at),
		ZonedRequestTime: zonedStamp(at),
		Body:             t.b.receiptOf(o, o.Lang),
	}
	units := &message.Body.PurchaseUnits
	setAmount := func(text string) {
		units.RequestAmount = text
		if units.TransferAmount != nil {
			units.TransferAmount = &text
		}
	}
	if override.Status != "" {
		message.Body.OrderStatus = keyValue{override.Status, cmp.Or(statusTexts[override.Status].in(o.Lang), override.Status)}
	}
	if override.Amount != "" {
		amount, _ := parseMoney(override.Amount) // checked before
		setAmount(amount.String())
	}
	switch mode {
	case ModeUnknownEvent:
		message.Event = "order_rumour"
	case ModeUnknownOrder:
		message.Body.OrderID = t.b.newID()
	case ModeOtherOrder:
		message.Body.ExternalOrderID = orNull("OTHER-" + t.b.digits(6))
	case ModeWrongAmount:
		setAmount("1.0")
	case ModeWrongCurrency:
		if units.CurrencyCode = "USD"; o.Currency == "USD" {
			units.CurrencyCode = "GEL"
		}
	}
	return encode(message)
}

// setBody gives d its body, with the bytes altered as its mode says.
func (d *delivery) setBody(message []byte) {
	d.Body, d.Signed = message, nil
	switch d.Mode {
	case ModeTruncated:
		d.Body = message[:len(message)/2]
		return
	case ModeAlteredBody:
		d.Body = bytes.Replace(message, []byte(`,"body":`), []byte(`, "body": `), 1)
	case ModeAlteredEscapes:
		d.Body = withPHPEscapes(message)
	case ModeAlteredOrder:
		d.Body = withSortedKeys(message)
	}
	if !bytes.Equal(d.Body, message) {
		d.Signed = message
	}
}

// withPHPEscapes returns the JSON as PHP writes it by default: letters beyond ASCII as \u
// escapes, slashes with a backslash.
func withPHPEscapes(message []byte) []byte {
	out := make([]byte, 0, 2*len(message))
	for len(message) > 0 {
		r, size := utf8.DecodeRune(message)
		switch high, low := utf16.EncodeRune(r); {
		case r == '/':
			out = append(out, '\\', '/')
		case r < utf8.RuneSelf, r == utf8.RuneError && size == 1:
			out = append(out, message[0])
		case high != utf8.RuneError:
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		message = message[size:]
	}
	return out
}

// withSortedKeys returns the JSON with the keys of its objects in alphabetical order.
func withSortedKeys(message []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(message))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return message // a body from contentOverride.Raw need not be JSON
	}
	return encode(value)
}

// signatureOf returns the value of the signature header of d; "" means no header.
func (b *Bank) signatureOf(d *delivery) (string, error) {
	body := d.Body
	if d.Signed != nil {
		body = d.Signed
	}
	switch d.Mode {
	case ModeMissingHeader:
		return "", nil
	case ModeBadSignature:
		noise := make([]byte, b.key.Size())
		_, _ = mathrand.NewChaCha8(sha256.Sum256([]byte(d.ID))).Read(noise) // never fails
		return base64.StdEncoding.EncodeToString(noise), nil
	case ModeOtherKey:
		key, err := foreignKey()
		if err != nil {
			return "", err
		}
		return sign(key, body)
	}
	return sign(b.key, body)
}
