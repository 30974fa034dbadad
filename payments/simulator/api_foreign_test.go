package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

// sent is one request as a foreign client sends it. ID stands for the first order that it
// made, SHOP for the shop's address, SHOP\ for the same address as PHP's json_encode writes
// it. The path "pay" means that the payer pays.
type sent struct {
	method, path, body string
	headers            string // "Name: value", one a line
	status             int
	want               string // part of the answer
}

const (
	asJSON    = "Content-Type: application/json"
	wantsJSON = "\nAccept: application/json"
	withKey   = "\nIdempotency-Key: " + keyA
	axios     = "Accept: application/json, text/plain, */*"
)

var payer = sent{path: "pay"}

// foreignClients are what public clients of the bank send, with their headers and oddities,
// as their sources at the named commit write it. What the bank refuses or does not have must
// fail here too.
var foreignClients = map[string]struct {
	token string // headers of the token call besides Basic and the form's type
	calls []sent
}{
	// gigoshkin/bog-payments-php 7b7e3d8, 8ab6cb1 (PHP): slashes escaped, floats
	// keep their .0, an empty body is [] (the sandbox refused it, bog-api §9).
	"gigoshkin, PHP": {token: "Accept: application/json", calls: []sent{
		{"POST", "/ecommerce/orders", `{"callback_url":"SHOP\/cb","purchase_units":{"total_amount":47.0,"currency":"GEL","basket":[{"product_id":"p","quantity":1,"unit_price":47.0,"description":"სანთელი"}]},"capture":"automatic","redirect_urls":{"success":"SHOP\/ok"}}`,
			asJSON + wantsJSON + withKey, 200, `"redirect":{"href":`},
		{"PUT", "/orders/ID/cards", ``, wantsJSON + withKey, 202, ``},
		payer,
		{"GET", "/receipt/ID", ``, wantsJSON, 200, `"saved_card_type":"recurrent"`},
		{"POST", "/payment/refund/ID", `[]`, asJSON + wantsJSON + withKey, 400, `"message":`},
		{"POST", "/payment/refund/ID", `{"amount":47.0}`, asJSON + wantsJSON, 200, `"key":"request_received"`},
		{"DELETE", "/charges/card/ID", ``, wantsJSON, 202, ``},
	}},
	// RedberryProducts/laravel-bog-payment a8a2a5c (PHP, Laravel; payloads from its origin
	// Jorjika, uchm4n/laravel-bog-payment 00c7f35): no Accept, no key, numbers for ids, null
	// addresses, [] as the body of PUT, the whole payload to subscribe.
	"Redberry, Laravel": {calls: []sent{
		{"POST", "/ecommerce/orders", `{"callback_url":"SHOP\/bog-payment\/payment\/callback","redirect_urls":{"success":null,"fail":null},"external_order_id":1042,"purchase_units":{"currency":"GEL","total_amount":12.5,"basket":[{"quantity":1,"unit_price":12.5,"product_id":1042}]}}`,
			asJSON, 200, `"details":{"href":`},
		{"PUT", "/orders/ID/subscriptions", `[]`, asJSON, 202, ``},
		payer,
		{"POST", "/ecommerce/orders/ID/subscribe", `{"callback_url":"SHOP\/bog-payment\/payment\/callback","redirect_urls":{"success":null,"fail":null},"external_order_id":1043,"purchase_units":{"currency":"GEL","total_amount":12.5,"basket":[{"quantity":1,"unit_price":12.5,"product_id":1043}]}}`,
			asJSON, 200, `"details":{"href":`},
		{"GET", "/receipt/ID", ``, ``, 200, `"external_order_id":"1042"`},
		{"DELETE", "/charges/card/ID", ``, ``, 202, ``},
	}},
	// irakli-ika/Bog-payment 15d56e1 (PHP, Laravel): the same, with keys; a
	// refund carries what a create does. That it then looks for an id in the
	// answer is its own mistake (bog-api §22, 25).
	"irakli-ika, Laravel": {calls: []sent{
		{"POST", "/ecommerce/orders", `{"callback_url":"SHOP\/callback","redirect_urls":{"success":"SHOP\/ok","fail":"SHOP\/no"},"purchase_units":{"currency":"GEL","total_amount":20,"basket":[{"quantity":1,"unit_price":20,"product_id":7}]},"external_order_id":7}`,
			asJSON + withKey, 200, `"redirect":{"href":`},
		{"PUT", "/orders/ID/cards", `[]`, asJSON, 202, ``},
		payer,
		{"POST", "/ecommerce/orders/ID", `{"callback_url":"SHOP\/callback","redirect_urls":{"success":"SHOP\/ok","fail":"SHOP\/no"},"purchase_units":{"currency":"GEL","total_amount":5.25,"basket":[{"quantity":1,"unit_price":5.25,"product_id":8}]},"external_order_id":8}`,
			asJSON + withKey, 200, `"details":{"href":`},
		{"POST", "/payment/refund/ID", `{"callback_url":"SHOP\/callback","redirect_urls":{"success":"SHOP\/ok","fail":"SHOP\/no"},"purchase_units":{"currency":"GEL"},"external_order_id":9}`,
			asJSON + withKey, 200, `"action_id":"`},
		{"GET", "/receipt/ID", ``, ``, 200, `"refund_amount":"20.0"`},
	}},
	// komisia/bog-payment-gateway 5316372 (PHP, WooCommerce): amounts as strings
	// with two digits, fields of iPay, braces in an address, no key.
	"komisia, WooCommerce": {calls: []sent{
		{"POST", "/ecommerce/orders", `{"callback_url":"SHOP\/?wc-api=bog_callback","redirect_urls":{"success":"SHOP\/?wc-api=bog_success&order_id=12&bog_order_id={order_id}","fail":"SHOP\/?wc-api=bog_fail&order_id=12"},"purchase_units":{"total_amount":"47.30","currency":"GEL","basket":[{"quantity":2,"unit_price":"18.65","product_id":31,"description":"\u10d7\u10d0\u10e4\u10da\u10d8"},{"quantity":1,"unit_price":"10.00","product_id":"SHIPPING","description":"Shipping"}]},"capture":"automatic","intent":"CAPTURE","locale":"ka","external_order_id":"12"}`,
			asJSON + wantsJSON, 200, `"redirect":{"href":`},
		payer,
		{"GET", "/receipt/ID", ``, wantsJSON, 200, `bog_order_id={order_id}`},
	}},
	// helixge/BankOfGeorgia.AggregatorEcommerceClient be314da (.NET): a charset,
	// \u escapes, trailing zeros, nulls left out; the key is sent in quotes,
	// which the bank refuses, so it only works without.
	"helixge, .NET": {calls: []sent{
		{"POST", "/ecommerce/orders", `{"callback_url":"SHOP/bog","purchase_units":{"total_amount":47.30,"basket":[{"product_id":"p","quantity":1,"unit_price":47.30,"description":"\u10D7\u10D0\u10E4\u10DA\u10D8 \u002B"}]},"payment_method":["card"]}`,
			"Content-Type: application/json; charset=utf-8\nIdempotency-Key: \"" + keyA + `"`, 400, `Invalid Idempotency-Key format. Should be UUID v4.`},
		{"POST", "/ecommerce/orders", `{"callback_url":"SHOP/bog","purchase_units":{"total_amount":47.30,"basket":[{"product_id":"p","quantity":1,"unit_price":47.30,"description":"\u10D7\u10D0\u10E4\u10DA\u10D8 \u002B"}]},"payment_method":["card"]}`,
			"Content-Type: application/json; charset=utf-8", 200, `"redirect":{"href":`},
		{"PUT", "/orders/ID/cards", ``, ``, 202, ``},
		payer,
		{"POST", "/payment/refund/ID", `{"amount":7.30}`, "Content-Type: application/json; charset=utf-8", 200, `"action_id":"`},
		{"GET", "/receipt/ID", ``, ``, 200, `"description":"თაფლი +"`},
	}},
	// Lh4cKg/geopayment 1217696 (Python): decimals become strings, GET has a body; payment_method
	// is "card" unless a list is given, and refunds and deletions use the wrong method.
	"geopayment, Python": {token: "Accept: application/json", calls: []sent{
		{"POST", "/ecommerce/orders", `{"callback_url": "SHOP/cb", "purchase_units": {"total_amount": "47.30", "basket": [{"product_id": "p", "quantity": 1, "unit_price": "47.30"}], "currency": "GEL"}, "redirect_urls": {"success": "SHOP/ok", "fail": "SHOP/no"}, "capture": "manual", "ttl": 15, "payment_method": "card"}`,
			asJSON + wantsJSON + withKey + "\nAccept-Language: ka\nTheme: light", 400, `payment_method must be a list`},
		{"POST", "/ecommerce/orders", `{"callback_url": "SHOP/cb", "purchase_units": {"total_amount": "47.30", "basket": [{"product_id": "p", "quantity": 1, "unit_price": "47.30"}], "currency": "GEL"}, "redirect_urls": {"success": "SHOP/ok", "fail": "SHOP/no"}, "capture": "manual", "ttl": 15, "payment_method": ["card"]}`,
			asJSON + wantsJSON + "\nAccept-Language: ka\nTheme: light", 200, `"redirect":{"href":`},
		{"PUT", "/orders/ID/subscriptions", ``, asJSON + wantsJSON + withKey, 202, ``},
		payer,
		{"GET", "/receipt/ID", `{"order_id": "ID"}`, asJSON + wantsJSON, 200, `"key":"blocked"`},
		{"POST", "/payment/authorization/approve/ID", `{"amount": "40.00", "description": "sent"}`, asJSON + wantsJSON + withKey, 200, `"action_id":"`},
		{"GET", "/payment/refund/ID", `{"amount": "40.00"}`, asJSON + wantsJSON, 404, ``},
		{"PUT", "/charges/card/ID", ``, asJSON + wantsJSON, 404, ``},
	}},
	// Boku52500/pika 395f73e (TypeScript, fetch).
	"pika, TypeScript": {token: "Accept: */*", calls: []sent{
		{"POST", "/ecommerce/orders", `{"callback_url":"SHOP/api/payments/bog/callback","external_order_id":"PK-1","capture":"automatic","purchase_units":{"currency":"GEL","total_amount":52.3,"basket":[{"product_id":"p","description":"თაფლი","quantity":2,"unit_price":25,"total_price":50}],"total_discount_amount":2.7,"delivery":{"amount":5}},"redirect_urls":{"success":"SHOP/ok?o=1","fail":"SHOP/no?o=1"},"payment_method":["card"],"buyer":{"full_name":"Nino K."}}`,
			asJSON + wantsJSON + withKey + "\nAccept-Language: ka", 200, `"redirect":{"href":`},
		payer,
		{"GET", "/receipt/ID", ``, wantsJSON, 200, `"total_price":"50.0"`},
		{"POST", "/payment/refund/ID", `{}`, asJSON + wantsJSON + withKey, 200, `"action_id":"`},
	}},
	// vaqsi1990/cloth 214352c (TypeScript, axios): a type on GET, the split at the
	// approval. Its create call was not read; this one is ours.
	"cloth, TypeScript": {token: axios, calls: []sent{
		{"POST", "/ecommerce/orders", `{"callback_url":"SHOP/cb","capture":"manual","purchase_units":{"currency":"GEL","total_amount":47.3,"basket":[{"product_id":"p","quantity":1,"unit_price":47.3}]},"payment_method":["card"]}`,
			asJSON + "\n" + axios + withKey, 200, `"redirect":{"href":`},
		payer,
		{"POST", "/payment/authorization/approve/ID", `{"amount":47.3,"split":{"split_payments":[{"iban":"GE00XX0000000000000001","percent":85}]}}`, asJSON + "\n" + axios + withKey, 200, `"action_id":"`},
		{"GET", "/receipt/ID", ``, asJSON + "\n" + axios, 200, `"split_status":"completed"`},
	}},
	// dtchkoidze/go-bog 01bffce (Go): no Accept at all, numbers for ids, prices
	// in quotes beside a total without.
	"go-bog, Go": {calls: []sent{
		{"POST", "/ecommerce/orders", `{"callback_url":"SHOP/cb","external_order_id":7,"purchase_units":{"currency":"GEL","total_amount":2,"basket":[{"quantity":2,"unit_price":"1","product_id":7}]},"redirect_urls":{"success":"SHOP/ok","fail":"SHOP/no"}}`,
			asJSON + "\nAccept-Language: en", 200, `"redirect":{"href":`},
		payer,
		{"GET", "/receipt/ID", ``, ``, 200, `"key":"completed"`},
	}},
}

// headers sets exactly these headers; Go's own client would add a User-Agent.
func headers(r *http.Request, lines string) {
	r.Header.Set("User-Agent", "")
	for line := range strings.Lines(lines) {
		if name, value, is := strings.Cut(strings.TrimSpace(line), ": "); is {
			r.Header.Set(name, value)
		}
	}
}

func TestForeignClients(t *testing.T) {
	t.Parallel()
	for name, c := range foreignClients {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &world{t: t, bank: &simulator.Bank{}, shop: newShop(t)}
			w.url = simtest.StartBank(t, w.bank)
			r, _ := http.NewRequest("POST", w.url+simulator.TokenPath, strings.NewReader("grant_type=client_credentials"))
			r.SetBasicAuth(simulator.DefaultClientID, simulator.DefaultClientSecret)
			headers(r, "Content-Type: application/x-www-form-urlencoded\n"+c.token)
			status, out := send(t, r)
			w.token, _ = parse(t, out).at("access_token").(string)
			if status != 200 {
				t.Fatalf("token: %d %s", status, out)
			}
			id := ""
			for _, s := range c.calls {
				if s.path == "pay" {
					w.pay(id, `{}`)
					if m := w.shop.next(t); !w.verify(m) || parse(t, m.Body).at("body.order_id") != id {
						t.Errorf("callback %s", m.Body)
					}
					continue
				}
				places := strings.NewReplacer(`SHOP\`, strings.ReplaceAll(w.shop.URL, "/", `\/`)+`\`, "SHOP", w.shop.URL, "ID", id)
				r, _ := http.NewRequest(s.method, w.url+simulator.APIPath+places.Replace(s.path), strings.NewReader(places.Replace(s.body)))
				headers(r, "Authorization: Bearer "+w.token+"\n"+s.headers)
				status, out := send(t, r)
				if status != s.status || !strings.Contains(string(out), s.want) {
					t.Errorf("%s %s: %d %s, want %d with %s", s.method, s.path, status, out, s.status, s.want)
				}
				if id == "" && status == 200 {
					id = idOf(t, string(out))
				}
			}
		})
	}
}
