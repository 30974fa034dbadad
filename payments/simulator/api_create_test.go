package simulator_test

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"

	"github.com/google/go-cmp/cmp"
)

func TestS21_01_LinksPointToTheSimulatorsOwnHosts(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	status, out := w.call("POST", "/ecommerce/orders", w.body())
	id := idOf(t, out)
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("id %q is no lower-case UUID v4", id)
	}
	want := `{"id":"` + id + `","_links":{"details":{"href":"` + w.url + `/payments/v1/receipt/` + id + `"},"redirect":{"href":"` + w.url + `/?order_id=` + id + `"}}}`
	if status != 200 || out != want {
		t.Errorf("got %d %s\nwant %s", status, out, want)
	}
}

func TestS21_01_LinksUseTheConfiguredBase(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{BaseURL: "https://bank.example/"})
	if _, out := w.call("POST", "/ecommerce/orders", w.body()); !strings.Contains(out, `"https://bank.example/?order_id=`) {
		t.Error(out)
	}
}

func TestS21_Validation_Create(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	basket := `"basket":[{"product_id":"CNDL-3","description":"სანთელი <თაფლის> & \"ცვილი\"","quantity":2,"unit_price":18.65},{"product_id":"CARD-1","description":"Gift note","quantity":1,"unit_price":5}]`
	local := `"callback_url":"` + w.shop.URL + `/callback"`
	for name, c := range map[string]struct {
		old, new string
		want     string // "" if it is accepted
	}{
		"complete":                          {"", "", ""},
		"empty body":                        {w.body(), "", "callback_url is required"},
		"not JSON":                          {w.body(), "{", "Malformed JSON request"},
		"a list":                            {w.body(), "[]", "The request body must be a JSON object"},
		"two values":                        {w.body(), w.body() + w.body(), "Malformed JSON request"},
		"no callback_url":                   {local + ",", "", "callback_url is required"},
		"http callback elsewhere":           {local, `"callback_url":"http://shop.example/x"`, "callback_url must be an https URL"},
		"https callback":                    {local, `"callback_url":"https://shop.example/x"`, ""},
		"http callback on localhost":        {local, `"callback_url":"http://localhost:1/x"`, ""},
		"relative callback":                 {local, `"callback_url":"/x"`, "callback_url must be an absolute URL"},
		"keys are case-sensitive":           {`"callback_url"`, `"Callback_URL"`, "callback_url is required"},
		"empty basket":                      {basket, `"basket":[]`, "purchase_units.basket must not be empty"},
		"no basket":                         {"," + basket, ``, "purchase_units.basket must not be empty"},
		"no purchase_units":                 {`"purchase_units"`, `"units"`, "purchase_units is required"},
		"no product_id":                     {`"product_id":"CARD-1",`, ``, "purchase_units.basket[1].product_id is required"},
		"no quantity":                       {`"quantity":2,`, ``, "purchase_units.basket[0].quantity is required"},
		"quantity below 1":                  {`"quantity":2`, `"quantity":0.5`, "purchase_units.basket[0].quantity must be at least 1"},
		"no unit_price":                     {`,"unit_price":18.65`, ``, "purchase_units.basket[0].unit_price is required"},
		"negative unit_price":               {`18.65`, `-18.65`, "purchase_units.basket[0].unit_price must not be negative"},
		"zero total":                        {`47.3`, `0`, "purchase_units.total_amount must be greater than 0"},
		"negative total":                    {`47.3`, `-1`, "purchase_units.total_amount must be greater than 0"},
		"three decimals":                    {`47.3`, `47.301`, "purchase_units.total_amount must have at most 2 decimals"},
		"trailing zero is no third decimal": {`47.3`, `47.300`, ""},
		"total as string":                   {`47.3`, `"47.3"`, ""},
		"total as word":                     {`47.3`, `"much"`, "purchase_units.total_amount must be a number"},
		"total in exponent form":            {`47.3`, `4.73e1`, ""},
		"absurd exponent":                   {`47.3`, `1e999999999`, "purchase_units.total_amount must be a number"},
		"unknown currency":                  {`"GEL"`, `"RUB"`, `purchase_units.currency must be one of ["GEL" "USD" "EUR" "GBP"]`},
		"dollars":                           {`"GEL"`, `"USD"`, ""},
		"unknown capture":                   {`"ttl":20`, `"capture":"later"`, `capture must be one of ["automatic" "manual"]`},
		"unknown method":                    {`["card"]`, `["cash"]`, `payment_method "cash" is unknown`},
		"inactive method":                   {`["card"]`, `["bog_loan"]`, `payment_method "bog_loan" is not active for this merchant`},
		"no method":                         {`"payment_method":["card"],`, ``, ""},
		"manual by card":                    {`"ttl":20`, `"capture":"manual"`, ""},
		"manual by points":                  {`"payment_method":["card"]`, `"capture":"manual","payment_method":["bog_loyalty"]`, `payment_method "bog_loyalty" cannot be used with manual capture`},
		"unknown application type":          {`"ttl":20`, `"application_type":"tv"`, `application_type must be one of ["web" "mobile"]`},
		"ttl 1":                             {`"ttl":20`, `"ttl":1`, "ttl must be a whole number from 2 to 1440"},
		"ttl 2":                             {`"ttl":20`, `"ttl":2`, ""},
		"ttl 1440":                          {`"ttl":20`, `"ttl":1440`, ""},
		"ttl 1441":                          {`"ttl":20`, `"ttl":1441`, "ttl must be a whole number from 2 to 1440"},
		"ttl 2.5":                           {`"ttl":20`, `"ttl":2.5`, "ttl must be a whole number from 2 to 1440"},
		"no ttl":                            {`"ttl":20,`, ``, ""},
		"nulls count as missing":            {`"ttl":20`, `"ttl":null,"capture":null,"config":null`, ""},
		"unknown fields":                    {`"ttl":20`, `"ttl":20,"intent":"x","save_card":true`, ""},
		"basket differs from total":         {`47.3`, `50`, ""},
		"numeric external id":               {`"A-1042"`, `1042`, ""},
		"redirect to a script":              {`"fail":"`, `"fail":"javascript:`, "redirect_urls.fail must be an absolute URL"},
	} {
		t.Run(name, func(t *testing.T) {
			status, out := w.call("POST", "/ecommerce/orders", w.body(c.old, c.new))
			if c.want == "" {
				if status != 200 {
					t.Errorf("got %d %s, want it accepted", status, out)
				}
				return
			}
			got := parse(t, []byte(out))
			if status != 400 || got.at("message") != c.want || len(got) != 1 {
				t.Errorf("got %d %s, want 400 %q", status, out, c.want)
			}
		})
	}
}

func TestS21_Honesty_OnlyStrictRefusesWhatTheBankDoesNot(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{Strict: true}})
	https := []string{`"callback_url":"` + w.shop.URL, `"callback_url":"https://shop.example`}
	key := func(n string) []string {
		return []string{"Idempotency-Key", "3f0c9a52-7b1e-4d68-9a3f-5c2d81e7b60" + n}
	}
	if status, out := w.call("POST", "/ecommerce/orders", w.body(), key("1")...); status != 400 || !strings.Contains(out, "https") {
		t.Errorf("http callback: %d %s", status, out)
	}
	if status, out := w.call("POST", "/ecommerce/orders", w.body(https...)); status != 400 || !strings.Contains(out, "Idempotency-Key is required") {
		t.Errorf("no key: %d %s", status, out)
	}
	for i, c := range [][3]string{
		{`"ttl":20`, `"ttl":20,"intent":"x"`, "intent is not a known field"},
		{`47.3`, `"47.3"`, "total_amount must be a number"},
		{`47.3`, `50`, "differs from the sum"},
	} {
		status, out := w.call("POST", "/ecommerce/orders", w.body(append(https, c[0], c[1])...), key(string(rune('2'+i)))...)
		if status != 400 || !strings.Contains(out, c[2]) {
			t.Errorf("%s: %d %s", c[2], status, out)
		}
	}
	status, first := w.call("POST", "/ecommerce/orders", w.body(https...), key("8")...)
	if status != 200 {
		t.Fatalf("%d %s", status, first)
	}
	// The same key is used with another body, in which the ttl differs.
	if status, out := w.call("POST", "/ecommerce/orders", w.body(append(https, `"ttl":20`, `"ttl":30`)...), key("8")...); status != 409 {
		t.Errorf("key reused: %d %s", status, out)
	}
}

// The receipt of a new order is compared byte for byte: the order of keys, nulls, empty
// strings, minimal digits, both forms of dates.
func TestS21_08_ReceiptOfANewOrderIsByteExact(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 11, 4, 11, 120934789, time.UTC)
	w := start(t, &simulator.Bank{Now: func() time.Time { return now }})
	id := w.create()
	_, got := w.call("GET", "/receipt/"+id, "")
	want := `{"order_id":"` + id + `","external_order_id":"A-1042",` +
		`"client":{"id":"10077","brand_ka":"დუქანი","brand_en":"Dukani","url":"https://dukani.example"},` +
		`"create_date":"2026-03-02T15:04:11.120934","zoned_create_date":"2026-03-02T11:04:11.120934Z",` +
		`"expire_date":"2026-03-02T15:24:11.120934","zoned_expire_date":"2026-03-02T11:24:11.120934Z",` +
		`"order_status":{"key":"created","value":"Created"},` +
		`"buyer":{"full_name":"ნინო კ.","email":"n***@mail.example","phone_number":"+9955*****12"},` +
		`"redirect_links":{"success":"` + w.shop.URL + `/thanks?o=A-1042&x=%20","fail":"` + w.shop.URL + `/failed?o=A-1042"},` +
		`"payment_detail":{"transfer_method":{"key":"","value":""},"transaction_id":null,"payer_identifier":null,"payment_option":"direct_debit",` +
		`"card_type":null,"card_expiry_date":null,"request_account_tag":null,"transfer_account_tag":null,"saved_card_type":null,"parent_order_id":null,` +
		`"code":null,"code_description":null,"pg_trx_id":null,"auth_code":null},` +
		`"actions":null,"disputes":null,"split":null,"discount":null,"lang":"ka","reject_reason":null,"industry":"ecommerce","capture":"automatic",` +
		`"purchase_units":{"request_amount":"47.3","transfer_amount":null,"refund_amount":null,"currency_code":"GEL","items":[` +
		`{"external_item_id":"CNDL-3","unit_price":"18.65","description":"სანთელი <თაფლის> & \"ცვილი\"","quantity":"2","unit_discount_price":"0.0",` +
		`"package_code":null,"total_price":null,"vat":null,"vat_percent":null,"tin":null,"pinfl":null,"product_discount_id":null},` +
		`{"external_item_id":"CARD-1","unit_price":"5.0","description":"Gift note","quantity":"1","unit_discount_price":"0.0",` +
		`"package_code":null,"total_price":null,"vat":null,"vat_percent":null,"tin":null,"pinfl":null,"product_discount_id":null}]}}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestS21_08_ReceiptOfAMinimalOrder(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	status, out := w.call("POST", "/ecommerce/orders", `{"callback_url":"https://shop.example/cb","purchase_units":{"total_amount":10,"basket":[{"product_id":"p","quantity":1,"unit_price":10}]}}`,
		"Accept-Language", "en", "Theme", "dark")
	if status != 200 {
		t.Fatal(out)
	}
	id := idOf(t, out)
	r := w.receipt(id)
	page := w.url + "/receipt?order_id=" + id
	r.expect(t, "external_order_id", nil, "buyer", nil, "lang", "en", "redirect_links.success", page, "redirect_links.fail", page,
		"purchase_units.request_amount", "10.0", "purchase_units.currency_code", "GEL")
	begin, _ := time.Parse(time.RFC3339Nano, r.at("zoned_create_date").(string))
	end, _ := time.Parse(time.RFC3339Nano, r.at("zoned_expire_date").(string))
	if end.Sub(begin) != 15*time.Minute {
		t.Errorf("default ttl is %v", end.Sub(begin))
	}
}

func TestS21_09_ReceiptOfAnUnknownOrderIs400(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	if status, out := w.call("GET", "/receipt/6e1d2b7c-90aa-4c35-b7f1-2d4e58c3a911", ""); status != 400 || out != `{"message":"Invalid order_id"}` {
		t.Errorf("%d %s", status, out)
	}
}

func TestS21_02_WhatTheBankDoesNotHaveIs404(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	for _, c := range [][2]string{{"POST", "/services/orders/" + id}, {"POST", "/services/orders/" + id + "/refund"}, {"POST", "/services/split-payment/create"},
		{"GET", "/orders/" + id + "/payments"}, {"POST", "/orders/" + id + "/save-card"}, {"POST", "/checkout/refund"}, {"POST", "/checkout/orders"},
		{"POST", "/charges/card"}, {"POST", "/charges/card/" + id}, {"POST", "/applepay/complete"}, {"POST", "/googlepay/complete"},
		{"GET", "/ecommerce/orders"}, {"GET", "/ecommerce/orders/" + id}, {"DELETE", "/ecommerce/orders/" + id}, {"PUT", "/ecommerce/orders/" + id}, {"POST", "/webhooks"}} {
		if status, out := w.call(c[0], c[1], "{}"); status != 404 {
			t.Errorf("%s %s: %d %s", c[0], c[1], status, out)
		}
	}
}

func TestS21_09_XMLAndHALBySwitch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		settings           simulator.Settings
		accept, kind, body string
	}{
		{simulator.Settings{}, "text/plain, */*", "application/json", "{"},
		{simulator.Settings{XML: true}, "text/plain, */*", "application/xml", "<EntityModel>"},
		{simulator.Settings{XML: true}, "application/json", "application/json", "{"},
		{simulator.Settings{HAL: true}, "application/json", "application/hal+json", "{"},
	} {
		w := start(t, &simulator.Bank{Settings: c.settings})
		response, err := http.DefaultClient.Do(w.request("POST", "/ecommerce/orders", w.body(), "Accept", c.accept))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if kind := response.Header.Get("Content-Type"); kind != c.kind || !strings.HasPrefix(string(body), c.body) {
			t.Errorf("%+v, accepting %s: %s %s", c.settings, c.accept, kind, body)
		}
	}
}
