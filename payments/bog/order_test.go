package bog_test

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"

	"dukani/payments/bog"
)

func TestEncodeOrderExample(t *testing.T) {
	t.Parallel()
	got, err := bog.EncodeOrder(candles())
	if want := golden(t, "order_request.json"); !bytes.Equal(got, want) || err != nil {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestEncodeOrderEveryField(t *testing.T) {
	t.Parallel()
	got, err := bog.EncodeOrder(bog.OrderRequest{
		CallbackURL: "https://shop.example/hooks/bog?a=1&b=2", ApplicationType: bog.Mobile,
		PurchaseUnits: bog.PurchaseUnits{TotalAmount: 100, TotalDiscountAmount: 25, Basket: []bog.BasketItem{{
			ProductID: "1", Description: "თაფლი <1 კგ>", Quantity: 1, UnitPrice: 125, UnitDiscountPrice: 25, VAT: 15, VATPercent: "18",
			TotalPrice: 100, Image: "https://shop.example/1.webp", PackageCode: "p", TIN: "t", PINFL: "f", ProductDiscountID: "d",
		}}},
		PaymentMethods: []bog.Method{bog.MethodGooglePay},
		Config: &bog.OrderConfig{
			Loan:      &bog.LoanConfig{Type: "ZERO", Month: 6},
			Campaign:  &bog.CampaignConfig{Card: "visa", Type: "restrict"},
			GooglePay: &bog.GooglePayConfig{External: true, Token: `{"signature":"x"}`},
			ApplePay:  &bog.ApplePayConfig{},
			Account:   &bog.AccountConfig{Tag: "second"},
			Split: &bog.Split{Payments: []bog.SplitPayment{
				{IBAN: "GE00XX0000000000000001", Percent: 85, Description: "Seller 12"}, {IBAN: "GE00XX0000000000000002", Amount: 250},
			}},
		},
	})
	want := `{"callback_url":"https://shop.example/hooks/bog?a=1&b=2","application_type":"mobile",` +
		`"purchase_units":{"total_amount":1,"total_discount_amount":0.25,"basket":[{"product_id":"1","description":"თაფლი <1 კგ>","quantity":1,` +
		`"unit_price":1.25,"unit_discount_price":0.25,"vat":0.15,"vat_percent":18,"total_price":1,"image":"https://shop.example/1.webp",` +
		`"package_code":"p","tin":"t","pinfl":"f","product_discount_id":"d"}]},"payment_method":["google_pay"],` +
		`"config":{"loan":{"type":"ZERO","month":6},"campaign":{"card":"visa","type":"restrict"},` +
		`"google_pay":{"external":true,"google_pay_token":"{\"signature\":\"x\"}"},"apple_pay":{"external":false},"account":{"tag":"second"},` +
		`"split":{"split_payments":[{"iban":"GE00XX0000000000000001","percent":85,"description":"Seller 12"},{"iban":"GE00XX0000000000000002","amount":2.5}]}}}`
	if string(got) != want || err != nil {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestOrderShape(t *testing.T) {
	t.Parallel()
	split := func(p ...bog.SplitPayment) *bog.OrderConfig { return &bog.OrderConfig{Split: &bog.Split{Payments: p}} }
	for name, tc := range map[string]struct {
		change func(*bog.OrderRequest)
		field  string // "" if there is nothing wrong
	}{
		"the example": {func(*bog.OrderRequest) {}, ""},
		"the least that works": {func(r *bog.OrderRequest) {
			*r = bog.OrderRequest{CallbackURL: "https://s.example/cb", PurchaseUnits: bog.PurchaseUnits{
				TotalAmount: 1, Basket: []bog.BasketItem{{ProductID: "1", Quantity: 1, UnitPrice: 1}}}}
		}, ""},
		"a basket that does not add up": {func(r *bog.OrderRequest) { r.PurchaseUnits.TotalAmount = 1 }, ""},
		"a free line":                   {func(r *bog.OrderRequest) { r.PurchaseUnits.Basket[1].UnitPrice = 0 }, ""},
		"a method of tomorrow":          {func(r *bog.OrderRequest) { r.PaymentMethods = []bog.Method{"bog_crypto"} }, ""},
		"no callback":                   {func(r *bog.OrderRequest) { r.CallbackURL = "" }, "callback_url"},
		"callback without host":         {func(r *bog.OrderRequest) { r.CallbackURL = "/bog/callback" }, "callback_url"},
		"callback of another scheme":    {func(r *bog.OrderRequest) { r.CallbackURL = "ftp://shop.example" }, "callback_url"},
		"unknown application":           {func(r *bog.OrderRequest) { r.ApplicationType = "tv" }, "application_type"},
		"unknown capture":               {func(r *bog.OrderRequest) { r.Capture = "later" }, "capture"},
		"too short a life":              {func(r *bog.OrderRequest) { r.TTL = 1 }, "ttl"},
		"too long a life":               {func(r *bog.OrderRequest) { r.TTL = 1441 }, "ttl"},
		"unknown currency":              {func(r *bog.OrderRequest) { r.PurchaseUnits.Currency = "RUB" }, "purchase_units.currency"},
		"no total":                      {func(r *bog.OrderRequest) { r.PurchaseUnits.TotalAmount = 0 }, "purchase_units.total_amount"},
		"negative total":                {func(r *bog.OrderRequest) { r.PurchaseUnits.TotalAmount = -1 }, "purchase_units.total_amount"},
		"negative discount":             {func(r *bog.OrderRequest) { r.PurchaseUnits.TotalDiscountAmount = -1 }, "purchase_units.total_discount_amount"},
		"negative delivery":             {func(r *bog.OrderRequest) { r.PurchaseUnits.Delivery.Amount = -1 }, "purchase_units.delivery.amount"},
		"empty basket":                  {func(r *bog.OrderRequest) { r.PurchaseUnits.Basket = nil }, "purchase_units.basket"},
		"line without product":          {func(r *bog.OrderRequest) { r.PurchaseUnits.Basket[1].ProductID = "" }, "purchase_units.basket[1].product_id"},
		"line of none":                  {func(r *bog.OrderRequest) { r.PurchaseUnits.Basket[0].Quantity = 0 }, "purchase_units.basket[0].quantity"},
		"negative price":                {func(r *bog.OrderRequest) { r.PurchaseUnits.Basket[0].UnitPrice = -1 }, "purchase_units.basket[0].unit_price"},
		"VAT with a sign":               {func(r *bog.OrderRequest) { r.PurchaseUnits.Basket[0].VATPercent = "18%" }, "purchase_units.basket[0].vat_percent"},
		"bad success address":           {func(r *bog.OrderRequest) { r.RedirectURLs.Success = "thanks" }, "redirect_urls.success"},
		"bad fail address":              {func(r *bog.OrderRequest) { r.RedirectURLs.Fail = "javascript:alert(1)" }, "redirect_urls.fail"},
		"empty method":                  {func(r *bog.OrderRequest) { r.PaymentMethods = []bog.Method{""} }, "payment_method"},
		"a hold on a loan": {func(r *bog.OrderRequest) {
			r.Capture, r.PaymentMethods = bog.CaptureManual, []bog.Method{bog.MethodCard, bog.MethodLoan}
		}, "payment_method"},
		"loan without months": {func(r *bog.OrderRequest) { r.Config = &bog.OrderConfig{Loan: &bog.LoanConfig{Type: "ZERO"}} }, "config.loan"},
		"half a campaign":     {func(r *bog.OrderRequest) { r.Config = &bog.OrderConfig{Campaign: &bog.CampaignConfig{Card: "mc"}} }, "config.campaign"},
		"own Google Pay beside cards": {func(r *bog.OrderRequest) {
			r.Config = &bog.OrderConfig{GooglePay: &bog.GooglePayConfig{External: true, Token: "t"}}
		}, "payment_method"},
		"own Google Pay without token": {func(r *bog.OrderRequest) {
			r.PaymentMethods = []bog.Method{bog.MethodGooglePay}
			r.Config = &bog.OrderConfig{GooglePay: &bog.GooglePayConfig{External: true}}
		}, "config.google_pay.google_pay_token"},
		"own Apple Pay beside cards": {func(r *bog.OrderRequest) {
			r.Config = &bog.OrderConfig{ApplePay: &bog.ApplePayConfig{External: true}}
		}, "payment_method"},
		"split in dollars": {func(r *bog.OrderRequest) {
			r.PurchaseUnits.Currency, r.Config = bog.USD, split(bog.SplitPayment{IBAN: "GE1", Percent: 1})
		}, "config.split"},
		"empty split":           {func(r *bog.OrderRequest) { r.Config = split() }, "config.split.split_payments"},
		"share without account": {func(r *bog.OrderRequest) { r.Config = split(bog.SplitPayment{Percent: 1}) }, "config.split.split_payments[0].iban"},
		"share of nothing":      {func(r *bog.OrderRequest) { r.Config = split(bog.SplitPayment{IBAN: "GE1"}) }, "config.split.split_payments[0]"},
		"share of both kinds":   {func(r *bog.OrderRequest) { r.Config = split(bog.SplitPayment{IBAN: "GE1", Amount: 1, Percent: 1}) }, "config.split.split_payments[0]"},
		"negative share":        {func(r *bog.OrderRequest) { r.Config = split(bog.SplitPayment{IBAN: "GE1", Amount: -1, Percent: 1}) }, "config.split.split_payments[0]"},
		"more than all in one":  {func(r *bog.OrderRequest) { r.Config = split(bog.SplitPayment{IBAN: "GE1", Percent: 101}) }, "config.split.split_payments[0].percent"},
		"more than all together": {func(r *bog.OrderRequest) {
			r.Config = split(bog.SplitPayment{IBAN: "GE1", Percent: 60}, bog.SplitPayment{IBAN: "GE2", Percent: 41})
		}, "config.split.split_payments"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := candles()
			tc.change(&r)
			_, err := bog.EncodeOrder(r)
			e, _ := errors.AsType[*bog.RequestError](err)
			switch {
			case tc.field == "" && err != nil:
				t.Errorf("got %v, want none", err)
			case tc.field != "" && (e == nil || e.Field != tc.field || !bog.Refused(err)):
				t.Errorf("got %v, want an error about %s", err, tc.field)
			}
		})
	}
}

func TestBalance(t *testing.T) {
	t.Parallel()
	r := candles()
	if got, ok := r.Balance(); got != 0 || !ok {
		t.Errorf("got %d, %v; want 0", got, ok)
	}
	r.PurchaseUnits.TotalAmount += 3
	if got, ok := r.Balance(); got != 3 || !ok {
		t.Errorf("got %d, %v; want 3", got, ok)
	}
	r.PurchaseUnits.Basket[0].Quantity = 1 << 60
	if _, ok := r.Balance(); ok {
		t.Error("a sum out of range was added up")
	}
}

func TestCreateOrder(t *testing.T) {
	t.Parallel()
	b := &bank{answer: answers(200, string(golden(t, "order_created.json")))}
	c := start(t, b, func(c *bog.Config) { c.UserAgent = "dukani-test" })
	order, err := c.CreateOrder(t.Context(), candles(), bog.CallOptions{IdempotencyKey: testKey, Language: bog.English, Theme: bog.Dark})
	if err != nil {
		t.Fatal(err)
	}
	if order.ID != orderID || order.RedirectURL != "https://payment.bog.ge/?order_id="+orderID ||
		order.DetailsURL != "https://api.bog.ge/payments/v1/receipt/"+orderID || order.IdempotencyKey != testKey ||
		order.AcceptURL != "" || order.Status != "" || order.Details != nil || order.ApplePayResult != nil {
		t.Errorf("got %+v", order)
	}
	if !bytes.Equal(order.Raw, golden(t, "order_created.json")) {
		t.Errorf("raw answer changed: %s", order.Raw)
	}

	calls, auths := b.recorded()
	if len(calls) != 1 || len(auths) != 1 {
		t.Fatalf("%d calls and %d token calls, want one of each", len(calls), len(auths))
	}
	got := calls[0]
	if got.Method != "POST" || got.Path != "/payments/v1/ecommerce/orders" || got.Body != string(golden(t, "order_request.json")) {
		t.Errorf("sent %s %s %s", got.Method, got.Path, got.Body)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer token-1", "Content-Type": "application/json", "Accept": "application/json",
		"Idempotency-Key": testKey, "Accept-Language": "en", "Theme": "dark", "User-Agent": "dukani-test",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s: got %q, want %q", name, got.Header.Get(name), want)
		}
	}
}

func TestCreateOrderRawSendsTheStoredBytes(t *testing.T) {
	t.Parallel()
	b := &bank{answer: answers(201, string(golden(t, "order_created.json")))}
	c := start(t, b)
	stored := []byte("{ \"stored\": \"byte for byte\"}\n")
	for range 2 {
		if _, err := c.CreateOrderRaw(t.Context(), stored, bog.CallOptions{IdempotencyKey: testKey}); err != nil {
			t.Fatal(err)
		}
	}
	calls, _ := b.recorded()
	for _, call := range calls {
		if call.Body != string(stored) || call.Header.Get("Idempotency-Key") != testKey {
			t.Errorf("sent %q under %s", call.Body, call.Header.Get("Idempotency-Key"))
		}
		if call.Header.Get("Theme") != "" || call.Header.Get("Accept-Language") != "ka" {
			t.Errorf("a language has to be sent always, a theme only when it is set: %v", call.Header)
		}
	}
}

func TestCreateOrderMakesAKey(t *testing.T) {
	t.Parallel()
	b := &bank{answer: answers(200, string(golden(t, "order_created.json")))}
	c := start(t, b)
	order, err := c.CreateOrder(t.Context(), candles())
	if err != nil {
		t.Fatal(err)
	}
	calls, _ := b.recorded()
	if sent := calls[0].Header.Get("Idempotency-Key"); sent != order.IdempotencyKey || !bog.IsIdempotencyKey(sent) {
		t.Errorf("sent %q, returned %q", sent, order.IdempotencyKey)
	}
}

func TestCreateOrderRefusesToSend(t *testing.T) {
	t.Parallel()
	b := &bank{answer: answers(200, "{}")}
	c := start(t, b)
	_, errKey := c.CreateOrder(t.Context(), candles(), bog.CallOptions{IdempotencyKey: "A-1042"})
	_, errArray := c.CreateOrderRaw(t.Context(), []byte("[]"))
	_, errBroken := c.CreateOrderRaw(t.Context(), []byte(`{"callback_url":`))
	_, errEmpty := c.CreateOrderRaw(t.Context(), []byte{})
	_, errNil := c.CreateOrderRaw(t.Context(), nil)
	_, errPath := c.Receipt(t.Context(), "../ecommerce/orders")
	_, errNoID := c.Receipt(t.Context(), "")
	_, errLang := c.CreateOrder(t.Context(), candles(), bog.CallOptions{Language: "ru"})
	_, errTheme := c.CreateOrder(t.Context(), candles(), bog.CallOptions{Theme: "dark\n"})
	_, errShape := c.CreateOrder(t.Context(), bog.OrderRequest{})
	for i, err := range []error{errLang, errTheme, errShape, errKey, errArray, errBroken, errEmpty, errNil, errPath, errNoID} {
		if _, ok := errors.AsType[*bog.RequestError](err); !ok || !bog.Refused(err) {
			t.Errorf("%d: got %v, want a refused RequestError", i, err)
		}
	}
	if calls, auths := b.recorded(); len(calls)+len(auths) != 0 {
		t.Errorf("%d requests were sent", len(calls)+len(auths))
	}
}

func TestAnswersToCreate(t *testing.T) {
	t.Parallel()
	good := string(golden(t, "order_created.json"))
	long := `{"id":"` + orderID + `","pad":"` + strings.Repeat("x", 1<<20) + `"}`
	for name, tc := range map[string]struct {
		status      int
		contentType string
		body        string
		problem     string // "" if it is an order
	}{
		"with a charset":       {200, "application/json; charset=utf-8", good, ""},
		"in HAL":               {200, "application/hal+json", good, ""},
		"created":              {201, "application/json", good, ""},
		"no slash in the link": {200, "application/json", strings.Replace(good, "payment.bog.ge/?", "payment.bog.ge?", 1), ""},
		"new fields":           {200, "application/json", strings.Replace(good, "{", `{"new":{"a":[1]},`, 1), ""},
		"XML":                  {200, "application/xml", "<EntityModel><id>1</id></EntityModel>", "not JSON"},
		"HTML":                 {200, "text/html", "<h1>welcome</h1>", "not JSON"},
		"JSON called HTML":     {200, "text/html", good, "not JSON"},
		"no content type":      {200, "", good, "not JSON"},
		"empty":                {200, "application/json", "", "empty"},
		"no content":           {204, "application/json", "", "empty"},
		"cut short":            {200, "application/json", good[:40], "not an order"},
		"an array":             {200, "application/json", "[]", "not an order"},
		"no id":                {200, "application/json", `{"_links":{}}`, "no id"},
		"no link":              {200, "application/json", `{"id":"` + orderID + `"}`, "no redirect link"},
		"a link to a script":   {200, "application/json", `{"id":"1","_links":{"redirect":{"href":"javascript:alert(1)"}}}`, "redirect link is not a web address"},
		"a link with password": {200, "application/json", `{"id":"1","_links":{"redirect":{"href":"https://bog.ge@evil.example/"}}}`, "redirect link is not a web address"},
		"too long":             {200, "application/json", long, "longer than 1048576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &bank{answer: func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header()["Content-Type"] = nil // no sniffing
				if tc.contentType != "" {
					w.Header().Set("Content-Type", tc.contentType)
				}
				w.WriteHeader(tc.status)
				w.Write([]byte(tc.body))
			}}
			c := start(t, b)
			order, err := c.CreateOrder(t.Context(), candles(), bog.CallOptions{IdempotencyKey: testKey})
			if tc.problem == "" {
				if err != nil || order.ID != orderID {
					t.Errorf("got %+v, %v", order, err)
				}
				return
			}
			e, ok := errors.AsType[*bog.AnswerError](err)
			if !ok || e.Problem != tc.problem || e.Key != testKey || e.Status != tc.status || len(e.Body) > 2048 {
				t.Errorf("got %v (%+v), want %q", err, e, tc.problem)
			}
			if bog.Refused(err) {
				t.Error("an unreadable success counts as refused")
			}
			if calls, _ := b.recorded(); len(calls) != 1 {
				t.Errorf("%d calls, want 1", len(calls))
			}
		})
	}
}
