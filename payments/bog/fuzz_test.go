package bog_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dukani/payments/bog"
)

// The decoders of answers are fuzzed through the client, in memory. Whatever the bank answers, a
// call returns a usable result or an error of this package, and no secret gets out.
//
// Run the targets with -fuzzminimizetime=10x. By default most of the time goes into shortening
// inputs that are only new.

// echoing returns a client whose calls are all answered with *status and *body.
func echoing(f *testing.F) (c *bog.Client, status *int, body *[]byte) {
	status, body = new(int), new([]byte)
	b := &bank{answer: func(w http.ResponseWriter, _ *http.Request, _ int) { sendJSON(w, *status, string(*body)) }}
	return inMemory(f, b, once), status, body
}

func addFiles(f *testing.F, pattern string) {
	files, err := filepath.Glob("testdata/" + pattern)
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

func wantAnswerError(t *testing.T, err error) {
	t.Helper()
	if e, ok := errors.AsType[*bog.AnswerError](err); !ok || bog.Refused(err) || len(e.Body) > 2048 || e.Problem == "" {
		t.Fatalf("got %v", err)
	}
}

func FuzzOrderAnswer(f *testing.F) {
	for _, pattern := range []string{"order_created.json", "google_pay_*.json", "apple_pay_*.json", "charge_started.json"} {
		addFiles(f, pattern)
	}
	f.Add([]byte(`{"id":7,"_links":"","status":null}`))
	c, status, body := echoing(f)
	*status = 200
	f.Fuzz(func(t *testing.T, data []byte) {
		*body = data
		o, err := c.CreateOrder(t.Context(), candles(), bog.CallOptions{IdempotencyKey: testKey})
		if err != nil {
			wantAnswerError(t, err)
			return
		}
		if o.ID == "" || o.IdempotencyKey != testKey || !bytes.Equal(o.Raw, data) || o.RedirectURL+o.AcceptURL+string(o.Status) == "" {
			t.Fatalf("%q read as %+v", data, o)
		}
		if o.RedirectURL != "" && !strings.HasPrefix(strings.ToLower(o.RedirectURL), "http") {
			t.Fatalf("%q would send a browser to %q", data, o.RedirectURL)
		}
	})
}

func FuzzAcknowledgement(f *testing.F) {
	addFiles(f, "*_received.json")
	f.Add([]byte(`{"action_id":null,"message":{}}`))
	c, status, body := echoing(f)
	*status = 200
	f.Fuzz(func(t *testing.T, data []byte) {
		*body = data
		a, err := c.Refund(t.Context(), orderID, bog.RefundRequest{All: true}, bog.CallOptions{IdempotencyKey: testKey})
		if err != nil {
			wantAnswerError(t, err)
			return
		}
		if a.ActionID == "" || a.IdempotencyKey != testKey || !bytes.Equal(a.Raw, data) {
			t.Fatalf("%q read as %+v", data, a)
		}
	})
}

func FuzzAPIError(f *testing.F) {
	for _, status := range []uint16{400, 401, 403, 404, 409, 429, 500, 302} {
		f.Add(status, "application/json", golden(f, "error_invalid_order.json"))
		f.Add(status, "text/html", []byte("<h1>Blocked</h1>"))
	}
	f.Add(uint16(400), "application/json", []byte(`{"key":1,"message":["already requested"],"error":"x"}`))
	var now struct {
		status      int
		contentType string
		body        []byte
	}
	c := inMemory(f, &bank{answer: func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header()["Content-Type"] = []string{now.contentType}
		w.WriteHeader(now.status)
		w.Write(now.body)
	}}, once)
	f.Fuzz(func(t *testing.T, status uint16, contentType string, body []byte) {
		now.status, now.contentType, now.body = 300+int(status)%300, contentType, body
		_, err := c.Refund(t.Context(), orderID, bog.RefundRequest{All: true}, bog.CallOptions{IdempotencyKey: testKey})
		e, ok := errors.AsType[*bog.APIError](err)
		if !ok || e.Status != now.status || e.Key != testKey || len(e.Body) > 2048 || len(e.Message) > 500 || len(e.Error()) > 1000 {
			t.Fatalf("%d %q %q: %v", now.status, contentType, body, err)
		}
		final := now.status >= 400 && now.status < 500 && now.status != 408 && now.status != 429
		if bog.Refused(err) != final {
			t.Fatalf("%d: refused %v", now.status, bog.Refused(err))
		}
		bog.IsNotFound(err)
		bog.IsAlreadyRequested(err)
		bog.IsIdempotencyFormat(err)
	})
}

// Whatever else is in the answer with an access token, the token is used. Without a token no
// call leaves.
func FuzzTokenAnswer(f *testing.F) {
	for _, s := range []string{"300", `"300"`, "1772449451000", "1772449451", "null", `""`, "-1", "3e2", "1e999", "{}", "[300]", "true", `"soon"`, `{"a":[1,{"b":""}]}`} {
		f.Add([]byte(s))
	}
	receipt := golden(f, "receipt_paid.json")
	f.Fuzz(func(t *testing.T, expiresIn []byte) {
		answer := []byte(`{"token_type":"Bearer","access_token":"token-1","expires_in":` + string(expiresIn) + `}`)
		b := &bank{
			token:  func(w http.ResponseWriter, _ *http.Request, _ int) { sendJSON(w, 200, string(answer)) },
			answer: answers(200, string(receipt)),
		}
		_, err := inMemory(t, b, once).Receipt(t.Context(), orderID)
		var members map[string]json.RawMessage
		readable := json.Unmarshal(answer, &members) == nil && string(members["access_token"]) == `"token-1"` && members["error"] == nil
		calls, _ := b.recorded()
		if readable && (err != nil || len(calls) != 1 || calls[0].Header.Get("Authorization") != "Bearer token-1") {
			t.Fatalf("%s: %v", answer, err)
		}
		if e, ok := errors.AsType[*bog.AuthError](err); err != nil && (!ok || len(calls) != 0 || strings.Contains(e.Error(), "token-1")) {
			t.Fatalf("%s: %v after %d calls", answer, err, len(calls))
		}
	})
}

func FuzzParsePublicKey(f *testing.F) {
	f.Add(bog.ProductionCallbackKey)
	f.Add(strings.ReplaceAll(bog.SandboxCallbackKey, "\n", `\n`))
	f.Add(strings.Replace(bog.SandboxCallbackKey, "MIIB", "MIIC", 1))
	f.Add("-----BEGIN RSA PUBLIC KEY-----\nMAA=\n-----END RSA PUBLIC KEY-----")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := bog.ParsePublicKey(text)
		if err != nil {
			return
		}
		if key.N.BitLen() < 2048 {
			t.Fatalf("%q: %d bits", text, key.N.BitLen())
		}
		// An accepted key can be used, and a wrong signature does not verify with it.
		if err := verifier(t, key).Verify([]byte(text), strings.Repeat("A", 342)+"=="); !errors.Is(err, bog.ErrSignatureMismatch) {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

func FuzzParseSubject(f *testing.F) {
	addFiles(f, "callback_*.json")
	f.Add([]byte(`{"event":"order_payment","body":{"order_id":5}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := bog.ParseSubject(body)
		if err == nil && s.Event == "" {
			t.Fatalf("%q is about nothing: %+v", body, s)
		}
		// If the whole message can be read, both functions agree.
		c, whole := bog.ParseCallback(body)
		if whole != nil || c.Receipt == nil {
			return
		}
		if err == nil && (s.Event != c.Event || s.OrderID != c.Receipt.OrderID || s.ExternalOrderID != c.Receipt.ExternalOrderID) {
			t.Fatalf("%q: %+v, but the receipt is of %q %q", body, s, c.Receipt.OrderID, c.Receipt.ExternalOrderID)
		}
	})
}

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{`"2"`, `2`, `"0.0"`, `"18.654321"`, `null`, `""`, `-1e-3`, `"x"`, `{}`, `"\u0031"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var d bog.Decimal
		if json.Unmarshal(data, &d) != nil {
			return
		}
		a, err := d.Amount()
		if n, whole := d.Int64(); whole && (err != nil || int64(a) != n*100) {
			t.Fatalf("%s is %d whole and %d, %v in hundredths", data, n, a, err)
		}
		wire, err := json.Marshal(d)
		if err != nil {
			return // the text is not a number
		}
		var again bog.Decimal
		if err := json.Unmarshal(wire, &again); err != nil || again != d {
			t.Fatalf("%s written as %s, read as %q, %v", data, wire, again, err)
		}
	})
}

// FuzzSalvage puts odd values in the place of every member of a whole receipt.
func FuzzSalvage(f *testing.F) {
	whole := golden(f, "receipt_every_field.json")
	for i := range 8 {
		f.Add(uint16(i*7), []byte(`""`))
		f.Add(uint16(i*9), []byte(`{"x":[1]}`))
		f.Add(uint16(i*11), []byte(`[]`))
	}
	places := bytes.Count(whole, []byte(`": `))
	f.Fuzz(func(t *testing.T, place uint16, value []byte) {
		if !json.Valid(value) {
			return
		}
		odd := replaceMember(whole, int(place)%places, value)
		r, err := bog.DecodeReceipt(odd)
		if err != nil {
			return
		}
		if r.OrderID == "" || !bytes.Equal(r.Raw, odd) || r.PurchaseUnits.RequestAmount < 0 && !bytes.Contains(value, []byte("-")) {
			t.Fatalf("%s at %d read as %+v", value, place, r)
		}
		r.PaidInFull(4730, bog.GEL)
		r.Action(actionID)
	})
}

// replaceMember replaces the value of the nth member of a document.
func replaceMember(document []byte, n int, value []byte) []byte {
	at := 0
	for range n + 1 {
		at += bytes.Index(document[at:], []byte(`": `)) + 3
	}
	d := json.NewDecoder(bytes.NewReader(document[at:]))
	var old json.RawMessage
	if err := d.Decode(&old); err != nil {
		panic(err)
	}
	end := at + int(d.InputOffset())
	return append(append(append([]byte(nil), document[:at]...), value...), document[end:]...)
}
