package apitest

import (
	"net/http"
	"strings"
	"testing"
)

// A check that cannot fail proves nothing: these are the mistakes it is for.
func TestTheCheckNoticesMistakes(t *testing.T) {
	t.Parallel()
	d := describe(t, true)
	const key, good = "3f0c9a52-7b1e-4d68-9a3f-5c2d81e7b604",
		`{"callback_url":"https://shop.example/cb","purchase_units":{"total_amount":47.3,"basket":[{"product_id":"A","quantity":1,"unit_price":47.3}]}}`
	send := func(key, body string) error {
		r, err := http.NewRequest(http.MethodPost, "http://127.0.0.1/payments/v1/ecommerce/orders", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Authorization": {"Bearer x"}, "Accept": {"application/json"}, "Content-Type": {"application/json"}, "Idempotency-Key": {key}}
		return d.checkRequest(d.match(r.Method, r.URL.Path), r, []byte(body))
	}
	if err := send(key, good); err != nil {
		t.Fatal(err)
	}
	for mistake, body := range map[string]string{
		"wrong tag":     strings.Replace(good, "callback_url", "callbackUrl", 1),
		"extra field":   strings.Replace(good, "{", `{"save_card":true,`, 1),
		"float":         strings.Replace(good, "47.3,", "47.300000000000004,", 1),
		"negative":      strings.Replace(good, "47.3,", "-47.3,", 1),
		"quoted amount": strings.Replace(good, "47.3,", `"47.3",`, 1),
		"minor units":   strings.Replace(good, "47.3,", "4730.001,", 1),
		"null":          strings.Replace(good, "{", `{"buyer":null,`, 1),
		"empty basket":  strings.Replace(good, `{"product_id":"A","quantity":1,"unit_price":47.3}`, "", 1),
		"no body":       "",
	} {
		if send(key, body) == nil {
			t.Errorf("%s passed: %s", mistake, body)
		}
	}
	for mistake, key := range map[string]string{"order number": "A-1042", "version 1": "3f0c9a52-7b1e-1d68-9a3f-5c2d81e7b604", "quoted": `"` + key + `"`} {
		if send(key, good) == nil {
			t.Errorf("key passed: %s", mistake)
		}
	}

	answer := func(status int, body string) error {
		return d.checkResponse(d.operation("refund"), status, http.Header{"Content-Type": {"application/json"}}, []byte(body))
	}
	const received = `{"key":"request_received","message":"Refund request received","action_id":"b1c5f0d8-3e7a-4f19-8c60-9a41d2e7734f"}`
	if err := answer(http.StatusOK, received); err != nil {
		t.Fatal(err)
	}
	for mistake, body := range map[string]string{
		"missing field": strings.Replace(received, `"message":"Refund request received",`, "", 1),
		"extra field":   strings.Replace(received, "{", `{"id":"1",`, 1),
		"other word":    strings.Replace(received, "request_received", "done", 1),
		"null":          strings.Replace(received, `"Refund request received"`, "null", 1),
		"upper case id": strings.Replace(received, "b1c5f0d8", "B1C5F0D8", 1),
	} {
		if answer(http.StatusOK, body) == nil {
			t.Errorf("answer passed: %s", mistake)
		}
	}
	if d.checkResponse(d.operation("saveCard"), http.StatusAccepted, nil, []byte("{}")) == nil {
		t.Error("a body passed where none belongs")
	}
}
