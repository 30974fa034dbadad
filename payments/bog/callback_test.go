package bog_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"dukani/payments/bog"
)

// testKeys returns two key pairs, which are made once for all tests.
var testKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

func verifier(t testing.TB, keys ...*rsa.PublicKey) *bog.Verifier {
	t.Helper()
	v, err := bog.NewVerifier(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func sign(t testing.TB, key *rsa.PrivateKey, body []byte) string {
	t.Helper()
	s, err := bog.SignCallback(key, body)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPublishedKeys(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, sum string }{
		"production": {bog.ProductionCallbackKey, "00ce06ee8db57a339d3ff889bf0d7648f542c66b45fa9954d75d3f5e500fa77d"},
		"sandbox":    {bog.SandboxCallbackKey, "d51af4cc5ffe450d607356452a7b31ada83a95f9d48ce6054dedddf8fef0c750"},
	} {
		key, err := bog.ParsePublicKey(tc.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(der); hex.EncodeToString(sum[:]) != tc.sum {
			t.Errorf("%s: the key is damaged: %x", name, sum)
		}
	}
}

func TestParsePublicKey(t *testing.T) {
	t.Parallel()
	own := &testKeys()[0].PublicKey
	pkix, _ := x509.MarshalPKIXPublicKey(own)
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	plain := block("PUBLIC KEY", pkix)
	for name, text := range map[string]string{
		"PEM":                plain,
		"PKCS #1":            block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(own)),
		"escaped breaks":     strings.ReplaceAll(plain, "\n", `\n`),
		"escaped CRLF":       strings.ReplaceAll(plain, "\n", `\r\n`),
		"Windows breaks":     strings.ReplaceAll(plain, "\n", "\r\n"),
		"no break at end":    strings.TrimSpace(plain),
		"white space around": "\n  " + plain + "  \n",
	} {
		if got, err := bog.ParsePublicKey(text); err != nil || !got.Equal(own) {
			t.Errorf("%s: %v", name, err)
		}
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	smallDER, _ := x509.MarshalPKIXPublicKey(&small.PublicKey)
	for name, text := range map[string]string{
		"nothing":       "",
		"bare base64":   strings.Join(strings.Split(plain, "\n")[1:7], ""),
		"damaged":       strings.Replace(plain, "MIIB", "MIIX", 1),
		"a private key": block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(testKeys()[0])),
		"two keys":      plain + plain,
		"1024 bits":     block("PUBLIC KEY", smallDER),
	} {
		if _, err := bog.ParsePublicKey(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := bog.NewVerifier(); err == nil {
		t.Error("a verifier without keys was made")
	}
	if _, err := bog.NewVerifier(own, nil); err == nil {
		t.Error("a verifier with no key among the keys was made")
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	keys := testKeys()
	body := golden(t, "callback_paid.json")
	good := sign(t, keys[0], body)
	raw, _ := base64.StdEncoding.DecodeString(good)
	first := verifier(t, &keys[0].PublicKey)
	both := verifier(t, &keys[1].PublicKey, &keys[0].PublicKey)
	var spaced, again bytes.Buffer
	json.Indent(&spaced, body, "", " ")
	var parsed any
	json.Unmarshal(body, &parsed)
	json.NewEncoder(&again).Encode(parsed)

	for name, tc := range map[string]struct {
		verifier  *bog.Verifier
		body      []byte
		signature string
		want      error
	}{
		"as sent":                   {first, body, good, nil},
		"one of two keys":           {both, body, good, nil},
		"white space around":        {first, body, " \t" + good + "\r\n", nil},
		"no header":                 {first, body, "", bog.ErrSignatureMissing},
		"a blank header":            {first, body, " \r\n", bog.ErrSignatureMissing},
		"not base64":                {first, body, "***", bog.ErrSignatureMalformed},
		"no padding":                {first, body, strings.TrimRight(good, "="), bog.ErrSignatureMalformed},
		"a break inside":            {first, body, good[:76] + "\n" + good[76:], bog.ErrSignatureMalformed},
		"a space inside":            {first, body, good[:76] + " " + good[76:], bog.ErrSignatureMalformed},
		"address base64":            {first, body, base64.URLEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 256)), bog.ErrSignatureMalformed},
		"hex":                       {first, body, hex.EncodeToString(raw), bog.ErrSignatureMismatch},
		"cut short":                 {first, body, base64.StdEncoding.EncodeToString(raw[:255]), bog.ErrSignatureMismatch},
		"the other key":             {first, body, sign(t, keys[1], body), bog.ErrSignatureMismatch},
		"another body":              {first, bytes.Replace(body, []byte("47.3"), []byte("47.4"), 1), good, bog.ErrSignatureMismatch},
		"indented":                  {first, spaced.Bytes(), good, bog.ErrSignatureMismatch},
		"parsed and written again":  {first, again.Bytes(), good, bog.ErrSignatureMismatch},
		"a line break at the end":   {first, append(bytes.Clone(body), '\n'), good, bog.ErrSignatureMismatch},
		"an empty body":             {first, nil, good, bog.ErrSignatureMismatch},
		"no keys":                   {new(bog.Verifier), body, good, bog.ErrNoCallbackKey},
		"no verifier":               {nil, body, good, bog.ErrNoCallbackKey},
		"the real bank's key alone": {newClient(t, "http://bank.test", func(c *bog.Config) { c.Endpoints = bog.Production() }).Verifier(), body, good, bog.ErrSignatureMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tc.verifier.Verify(tc.body, tc.signature)
			if !errors.Is(err, tc.want) || (tc.want != nil) != errors.Is(err, bog.ErrSignature) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func TestClientKeys(t *testing.T) {
	t.Parallel()
	own := testKeys()[0]
	der, _ := x509.MarshalPKIXPublicKey(&own.PublicKey)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	body := []byte("{}")
	c := newClient(t, "http://bank.test", func(c *bog.Config) { c.CallbackKeys = []string{bog.SandboxCallbackKey, text} })
	if err := c.Verifier().Verify(body, sign(t, own, body)); err != nil {
		t.Error(err)
	}
	c = newClient(t, "http://bank.test")
	if err := c.Verifier().Verify(body, sign(t, own, body)); !errors.Is(err, bog.ErrNoCallbackKey) {
		t.Errorf("a client without a key said %v", err)
	}
}

func TestParseCallback(t *testing.T) {
	t.Parallel()
	body := golden(t, "callback_paid.json")
	given := bytes.Clone(body)
	c, err := bog.ParseCallback(given)
	if err != nil {
		t.Fatal(err)
	}
	clear(given) // servers reuse their buffers
	if !bytes.Equal(c.Raw, body) || !bytes.Contains(body, c.Receipt.Raw) {
		t.Error("Raw is not what came")
	}
	if c.Event != bog.EventOrderPayment || !c.At().Equal(time.Date(2026, 3, 2, 11, 5, 40, 511003000, time.UTC)) ||
		c.Receipt.OrderID != orderID || !c.Receipt.Status().IsPaid() || c.Receipt.PaymentDetail.TransferMethod.Value != "ბარათით გადახდა" ||
		c.Receipt.PurchaseUnits.RequestAmount != 4730 {
		t.Errorf("got %+v", c)
	}
	if c, err := bog.ParseCallback(golden(t, "callback_split.json")); err != nil || c.Event != "split_payment" || c.Receipt != nil {
		t.Errorf("another event: %+v, %v", c, err)
	}
	for name, body := range map[string]string{
		"empty":          "",
		"HTML":           "<html>",
		"an array":       "[]",
		"no event":       string(golden(t, "receipt_paid.json")),
		"no body":        `{"event":"order_payment"}`,
		"null body":      `{"event":"order_payment","body":null}`,
		"another body":   `{"event":"order_payment","body":[]}`,
		"no order":       `{"event":"order_payment","body":{}}`,
		"unreadable sum": `{"event":"order_payment","body":{"order_id":"x","purchase_units":{"request_amount":"x"}}}`,
		"cut short":      string(golden(t, "callback_paid.json")[:300]),
		"two in one":     string(golden(t, "callback_split.json")) + string(golden(t, "callback_split.json")),
	} {
		if c, err := bog.ParseCallback([]byte(body)); err == nil {
			t.Errorf("%s: read as %+v", name, c)
		}
	}
}

func TestCallbackHandler(t *testing.T) {
	t.Parallel()
	key := testKeys()[0]
	body := golden(t, "callback_paid.json")
	large := append(bytes.Clone(body), bytes.Repeat([]byte(" "), bog.MaxCallback)...)
	odd := []byte(`{"signed":"but no callback"}`)
	for name, tc := range map[string]struct {
		method    string
		body      []byte
		signature string
		encoding  string
		fails     error // what Handle returns
		status    int
		handled   bool
	}{
		"good":         {"POST", body, sign(t, key, body), "", nil, 200, true},
		"not stored":   {"POST", body, sign(t, key, body), "", errors.New("disk full"), 500, true},
		"forged":       {"POST", body, sign(t, testKeys()[1], body), "", nil, 401, false},
		"no signature": {"POST", body, "", "", nil, 401, false},
		"a GET":        {"GET", body, sign(t, key, body), "", nil, 405, false},
		"compressed":   {"POST", body, sign(t, key, body), "gzip", nil, 415, false},
		"too long":     {"POST", large, sign(t, key, large), "", nil, 413, false},
		"unreadable":   {"POST", odd, sign(t, key, odd), "", nil, 400, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got *bog.Callback
			var rejected error
			h := &bog.CallbackHandler{
				Verifier: verifier(t, &key.PublicKey),
				Handle: func(_ context.Context, c *bog.Callback) error {
					got = c
					return tc.fails
				},
				Rejected: func(_ *http.Request, body []byte, err error) {
					rejected = err
					if tc.status == 401 && !bytes.Equal(body, tc.body) {
						t.Error("the refused body was not handed over")
					}
				},
			}
			r := httptest.NewRequest(tc.method, "/bog/callback", bytes.NewReader(tc.body))
			if tc.signature != "" {
				r.Header.Set(bog.SignatureHeader, tc.signature)
			}
			if tc.encoding != "" {
				r.Header.Set("Content-Encoding", tc.encoding)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tc.status || (got != nil) != tc.handled || (rejected == nil) != (tc.status == 200) {
				t.Errorf("status %d, handled %v, rejected %v", w.Code, got != nil, rejected)
			}
			if tc.status == 401 != errors.Is(rejected, bog.ErrSignature) {
				t.Errorf("rejected with %v", rejected)
			}
			// Without Rejected the answer is the same.
			h.Rejected = nil
			if w.Code == 200 {
				return
			}
			r.Body = http.NoBody
			h.ServeHTTP(httptest.NewRecorder(), r)
		})
	}
}

func FuzzParseCallback(f *testing.F) {
	for _, name := range []string{"callback_paid.json", "callback_split.json", "receipt_paid.json"} {
		f.Add(golden(f, name))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := bog.ParseCallback(body)
		if err != nil {
			return
		}
		if c.Event == "" || !bytes.Equal(c.Raw, body) || (c.Receipt != nil) != (c.Event == bog.EventOrderPayment) {
			t.Fatalf("%q read as %+v", body, c)
		}
		if c.Receipt != nil && c.Receipt.OrderID == "" {
			t.Fatalf("%q names no order", body)
		}
	})
}

func FuzzVerify(f *testing.F) {
	key := testKeys()[0]
	v := verifier(f, &key.PublicKey)
	body := golden(f, "callback_paid.json")
	f.Add(body, "")
	f.Add(body, sign(f, key, body)[:100])
	f.Add([]byte(nil), strings.Repeat("A", 342)+"==")
	f.Fuzz(func(t *testing.T, body []byte, other string) {
		good := sign(t, key, body)
		if err := v.Verify(body, " "+good+"\n"); err != nil {
			t.Fatalf("%q, rightly signed: %v", body, err)
		}
		// No other text is a signature of these bytes.
		err := v.Verify(body, other)
		if same := strings.Trim(other, " \t\r\n") == good; (err == nil) != same || !same && !errors.Is(err, bog.ErrSignature) {
			t.Fatalf("%q for %q: %v", other, body, err)
		}
		if err := v.Verify(append(bytes.Clone(body), ' '), good); !errors.Is(err, bog.ErrSignatureMismatch) {
			t.Fatalf("%q with a space more: %v", body, err)
		}
	})
}

// BenchmarkCallback measures what a callback costs before it is stored.
func BenchmarkCallback(b *testing.B) {
	key := testKeys()[0]
	v := verifier(b, &key.PublicKey)
	body := golden(b, "callback_paid.json")
	signature := sign(b, key, body)
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if err := v.Verify(body, signature); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			if _, err := bog.ParseCallback(body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("both", func(b *testing.B) {
		for b.Loop() {
			if err := v.Verify(body, signature); err != nil {
				b.Fatal(err)
			}
			if _, err := bog.ParseCallback(body); err != nil {
				b.Fatal(err)
			}
		}
	})
}
