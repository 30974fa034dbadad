package simulator_test

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"dukani/payments/simulator"
)

// The calls of docs/bog-api.md §2 are made in an order in which each can succeed.
func TestS21_01_AllElevenCallsAnswerUnderTheBanksPaths(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{}) // this makes the token call
	call := func(method, path, body string, want int) string {
		t.Helper()
		status, out := w.call(method, path, body)
		if status != want || want == 202 && out != "" {
			t.Fatalf("%s %s: %d %s, want %d", method, path, status, out, want)
		}
		return out
	}
	once := idOf(t, call("POST", "/ecommerce/orders", w.body(), 200))
	call("PUT", "/orders/"+once+"/cards", "", 202)
	w.pay(once, `{}`)
	call("GET", "/receipt/"+once, "", 200)
	call("POST", "/payment/refund/"+once, `{"amount":1}`, 200)
	again := idOf(t, call("POST", "/ecommerce/orders/"+once, w.body(), 200))
	call("DELETE", "/charges/card/"+once, "", 202)

	monthly := w.create()
	call("PUT", "/orders/"+monthly+"/subscriptions", "", 202)
	w.pay(monthly, `{}`)
	call("POST", "/ecommerce/orders/"+monthly+"/subscribe", `{}`, 200)

	for _, operation := range []string{"approve", "cancel"} {
		call("POST", "/payment/authorization/"+operation+"/"+w.paid(good, ttl20, hold), `{}`, 200)
	}
	wallet := w.made(apple...).at("id").(string)
	call("POST", "/ecommerce/orders/"+wallet+"/payment", `{"apple_pay_token":"x"}`, 200)

	for path, testid := range map[string]string{"/?order_id=" + again: "pay-submit", "/receipt?order_id=" + once: "pay-result"} {
		if p := newBrowser(t).get(w.url + path); p.Status != 200 || p.id(testid).Length() != 1 {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
}

// The hosts file can send a client that cannot be configured to the simulator, which then
// stands for all hosts of the bank.
func TestS21_01_AnyHostNameWillDo(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{BaseURL: "https://payment.bog.ge"})
	r := w.request("POST", "/ecommerce/orders", w.body())
	r.Host = "api.bog.ge"
	if status, out := send(t, r); status != 200 || !strings.Contains(string(out), `"https://payment.bog.ge/?order_id=`) {
		t.Errorf("%d %s", status, out)
	}
}

func TestS21_02_UnknownPathsAre404SometimesHTML(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for path, kind := range map[string]string{simulator.APIPath + "/nothing": "application/json", "/nothing": "text/html"} {
		if p := newBrowser(t).get(w.url + path); p.Status != 404 || !strings.HasPrefix(p.Header.Get("Content-Type"), kind) {
			t.Errorf("%s: %d %s", path, p.Status, p.Header.Get("Content-Type"))
		}
	}
}

func TestS21_02_InventedFieldsDoNothing(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create(ttl20, ttl20+`,"save_card":true,"intent":"AUTHORIZE","shop_order_id":"B-7","config":{"save_card":true}`)
	w.pay(id, `{}`)
	w.receipt(id).expect(t, "order_status.key", "completed", "payment_detail.saved_card_type", nil, "external_order_id", "A-1042")
}

// The bank's two published keys are known by the SHA-256 of their DER (docs/bog-api.md §8.3).
func TestS21_03_TheKeyIsPublishedAndNotTheBanks(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	r, _ := http.NewRequest("GET", w.url+"/_sim/public-key.pem", nil)
	status, text := send(t, r)
	if status != 200 || string(text) != w.bank.PublicKeyPEM() {
		t.Errorf("%d %s", status, text)
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" || len(strings.TrimSpace(string(rest))) != 0 {
		t.Fatalf("no PEM: %s", text)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil || key.(*rsa.PublicKey).N.BitLen() != 2048 {
		t.Errorf("no RSA key of 2048 bits: %v", err)
	}
	sum := sha256.Sum256(block.Bytes)
	if slices.Contains([]string{
		"00ce06ee8db57a339d3ff889bf0d7648f542c66b45fa9954d75d3f5e500fa77d",
		"d51af4cc5ffe450d607356452a7b31ada83a95f9d48ce6054dedddf8fef0c750",
	}, hex.EncodeToString(sum[:])) {
		t.Error("this is a key of the bank")
	}
}

// A client that follows the bank's paths and answers finds nothing of the steering API.
func TestS21_Determinism_NothingOfItIsUnderTheBanksPaths(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	for _, path := range []string{"/_sim/", "/_sim/orders", "/orders", "/ledger", "/requests", "/settings", "/clock", "/reset", "/seed", "/faults", "/public-key.pem"} {
		for _, method := range []string{"GET", "POST"} {
			if status, _ := w.call(method, path, `{}`); status != 404 {
				t.Errorf("%s %s%s: %d", method, simulator.APIPath, path, status)
			}
		}
	}
	id := w.create()
	w.pay(id, `{}`)
	texts := []string{string(w.shop.next(t).Body)}
	for _, r := range []*http.Request{w.request("POST", "/ecommerce/orders", w.body()), w.request("GET", "/receipt/"+id, ""), w.request("POST", "/payment/refund/"+id, `{}`), w.request("GET", "/receipt/x", "")} {
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(body), fmt.Sprint(response.Header))
	}
	for _, text := range texts {
		if lower := strings.ToLower(text); strings.Contains(lower, "_sim") || strings.Contains(lower, "simul") {
			t.Errorf("steering shows in %s", text)
		}
	}
}

func TestS21_Honesty_NotMoreHelpfulThanTheBank(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	one, two := w.create(), w.create() // the same external_order_id
	if one == two {
		t.Error("external ids are unique")
	}
	for _, path := range []string{"/ecommerce/orders", "/orders", "/receipt", "/receipt?external_order_id=A-1042", "/charges/card", "/receipt/A-1042"} {
		if status, out := w.call("GET", path, ""); status != 404 && out != `{"message":"Invalid order_id"}` {
			t.Errorf("%s: %d %s", path, status, out)
		}
	}
	back := newBrowser(t).post(w.page(one), typed("4000000000000010")...).location()
	if back != w.shop.URL+"/thanks?o=A-1042&x=%20" {
		t.Errorf("the browser goes to %s", back)
	}
}

// The README lists what the bank leaves open and the simulator had to choose.
func TestS21_Honesty_TheReadmeSaysWhatIsNotConfirmed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## What is not confirmed\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, choice := range []string{"Invalid order_id", "reject_reason", "order_status.value", "silent_on", "retries", "only 200 counts", "cancelled_hold", "`blocked`",
		"partial_refund", "179", "auth_code", "102", `"5.0"`, "whatever the body", "expires_in", "Amex", "split_payment", "discounted_amount", "strict_loan", "gift card",
		"charge_capture", "cancelled_hold_card", "late_save", "strict_headers", "`inactive`", "163", "`[]`"} {
		if !strings.Contains(section, choice) {
			t.Errorf("nothing about %s", choice)
		}
	}
}
