package conformance_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"dukani/payments/bog"
	"dukani/payments/bog/conformance"
	"dukani/payments/simulator"
)

// distortion makes a correct bank wrong in one thing.
type distortion struct {
	settings simulator.Settings
	request  func(*http.Request)                                      // on its way to the bank
	answer   func(path string, status int, body string) (int, string) // on its way back
	location func(string) string                                      // where browsers are sent
	callback func(string) string                                      // the body of callbacks, after signing
}

func replaceBody(pattern, with string) func(string, int, string) (int, string) {
	re := regexp.MustCompile(pattern)
	return func(_ string, status int, body string) (int, string) { return status, re.ReplaceAllString(body, with) }
}

func changeStatus(from, to int, path string) func(string, int, string) (int, string) {
	return func(at string, status int, body string) (int, string) {
		if status == from && strings.Contains(at, path) {
			return to, body
		}
		return status, body
	}
}

func withoutKey(path string) func(*http.Request) {
	return func(r *http.Request) {
		if strings.Contains(r.URL.Path, path) {
			r.Header.Del("Idempotency-Key")
		}
	}
}

func insert(before, text string) func(string) string {
	return func(body string) string { return strings.Replace(body, before, text+before, 1) }
}

func TestWrongBankIsNoticed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		distortion
		check string
	}{
		"amounts as numbers":                {distortion{answer: replaceBody(`"request_amount":"([\d.]+)"`, `"request_amount":$1`)}, "receipt.amounts"},
		"trailing zeros":                    {distortion{answer: replaceBody(`"request_amount":"5\.3"`, `"request_amount":"5.30"`)}, "receipt.amounts"},
		"quantities as numbers":             {distortion{answer: replaceBody(`"quantity":"(\d+)"`, `"quantity":$1`)}, "create.full"},
		"replay ignored":                    {distortion{request: withoutKey("/ecommerce/orders")}, "idempotency.create"},
		"refund carried out twice":          {distortion{request: withoutKey("/payment/refund")}, "idempotency.refund"},
		"any key is a key":                  {distortion{request: withoutKey("")}, "idempotency.format"},
		"other words for a bad key":         {distortion{answer: replaceBody(`Should be UUID v4\.`, `Use a UUID.`)}, "idempotency.format"},
		"404 for a bad order":               {distortion{answer: changeStatus(400, 404, "/ecommerce/orders")}, "create.refuse.basket"},
		"bad orders are accepted":           {distortion{answer: changeStatus(400, 200, "/ecommerce/orders")}, "create.refuse.product_id"},
		"ids in capitals":                   {distortion{answer: replaceBody(`"id":"[0-9a-f-]{36}"`, `"id":"6E1D2B7C-90AA-4C35-B7F1-2D4E58C3A911"`)}, "create.minimal"},
		"ttl forgotten":                     {distortion{request: func(r *http.Request) { edit(r, `"ttl":\d+,?`, ``) }}, "create.ttl"},
		"page language forgotten":           {distortion{answer: replaceBody(`"lang":"ka"`, `"lang":"en"`)}, "create.language"},
		"[] instead of null":                {distortion{answer: replaceBody(`"actions":null`, `"actions":[]`)}, "receipt.unpaid"},
		"null instead of empty":             {distortion{answer: replaceBody(`"transfer_method":\{"key":"","value":""\}`, `"transfer_method":null`)}, "receipt.unpaid"},
		"a field left out":                  {distortion{answer: replaceBody(`"disputes":null,`, ``)}, "receipt.fields"},
		"local dates in UTC":                {distortion{answer: replaceBody(`"create_date":"[^"]+","zoned_create_date":"([^"]+)Z"`, `"create_date":"$1","zoned_create_date":"${1}Z"`)}, "receipt.dates"},
		"milliseconds":                      {distortion{answer: replaceBody(`(\.\d{3})\d{3}(Z?")`, `$1$2`)}, "receipt.dates"},
		"codes as numbers":                  {distortion{answer: replaceBody(`"code":"(\d+)"`, `"code":$1`)}, "payment.declined"},
		"no 401":                            {distortion{answer: changeStatus(401, 403, "/receipt/")}, "bearer.foreign"},
		"tokens of another kind":            {distortion{answer: replaceBody(`"token_type":"Bearer"`, `"token_type":"MAC"`)}, "token.issue"},
		"order id appended to the redirect": {distortion{location: func(l string) string { return l + "&order_id=1" }}, "page.redirects"},
		"redirect tidied up":                {distortion{location: func(l string) string { return strings.Replace(l, "%2F", "/", 1) }}, "page.redirects"},
		"signature over other bytes":        {distortion{callback: insert(`"body":`, ` `)}, "callback.signature"},
		"signed with another key":           {distortion{settings: simulator.Settings{Callback: simulator.Delivery{Mode: simulator.ModeOtherKey}}}, "callback.signature"},
		"no signature":                      {distortion{settings: simulator.Settings{Callback: simulator.Delivery{Mode: simulator.ModeMissingHeader}}}, "callback.paid"},
		"no callbacks":                      {distortion{settings: simulator.Settings{Callback: simulator.Delivery{Mode: simulator.ModeLost}}}, "callback.paid"},
		"callbacks with spaces":             {distortion{callback: insert(`"body":`, ` `)}, "callback.bytes"},
		"callbacks with a line end":         {distortion{callback: func(b string) string { return b + "\n" }}, "callback.bytes"},
		"Georgian escaped":                  {distortion{callback: func(b string) string { return strings.Trim(strconv.QuoteToASCII(b), `"`) }}, "callback.bytes"},
		"callback and receipt disagree": {distortion{callback: func(b string) string {
			return strings.Replace(b, `"transfer_amount":"5.3"`, `"transfer_amount":"5.2"`, 1)
		}}, "callback.same_as_receipt"},
		"acknowledged in other words":        {distortion{answer: replaceBody(`"key":"request_received"`, `"key":"ok"`)}, "refund.full"},
		"more than captured is refunded":     {distortion{answer: changeStatus(400, 200, "/payment/refund")}, "refund.over"},
		"a hold looks paid":                  {distortion{answer: replaceBody(`"key":"blocked"`, `"key":"completed"`)}, "hold.blocked"},
		"a hold approved beyond its amount":  {distortion{answer: changeStatus(400, 200, "/approve/")}, "hold.approve_over"},
		"save-card requests answer 200":      {distortion{answer: changeStatus(202, 200, "/orders/")}, "cards.save"},
		"automatic charges have a link":      {distortion{answer: replaceBody(`"_links":\{"details"`, `"_links":{"redirect":{"href":"https://shop.invalid"},"details"`)}, "cards.subscription"},
		"the saved card's parent is unknown": {distortion{answer: replaceBody(`"parent_order_id":"[^"]+"`, `"parent_order_id":null`)}, "cards.recurrent"},
		"old paths answer":                   {distortion{answer: changeStatus(404, 200, "/services/")}, "absent.paths"},
		// Unconfirmed behaviour is not a failure, but the report shows it.
		"404 for an unknown receipt": {distortion{answer: changeStatus(400, 404, "/receipt/")}, "receipt.unknown"},
		"whole amounts without .0":   {distortion{answer: replaceBody(`"10\.0"`, `"10"`)}, "receipt.whole_amounts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := wrongBank(t, c.distortion)
			target.Only = func(id string) bool { return id == c.check }
			report := run(t, target)
			if r, ok := report.Result(c.check); !ok || r.Outcome != conformance.Failed && len(r.Differs) == 0 {
				t.Error(asText(t, report))
			}
		})
	}
}

// wrongBank returns a simulator behind a proxy that distorts what passes.
func wrongBank(t *testing.T, w distortion) conformance.Target {
	t.Helper()
	b := wholeBank()
	if w.settings.Callback.Mode != "" {
		b.Settings.Callback = w.settings.Callback
	}
	if w.callback != nil {
		b.CallbackTransport = distortedCallbacks{w.callback}
	}
	right := target(t, b)
	behind, err := url.Parse(b.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(behind)
			r.Out.Host = r.In.Host // so that links lead through the proxy
			if w.request != nil {
				w.request(r.Out)
			}
		},
		ModifyResponse: func(r *http.Response) error { return w.apply(r) },
	})
	t.Cleanup(proxy.Close)
	right.Config.Endpoints = bog.Simulator(proxy.URL)
	right.Patience = 2 * time.Second
	return right
}

func (w distortion) apply(r *http.Response) error {
	if l := r.Header.Get("Location"); w.location != nil && strings.HasPrefix(l, "https://shop.invalid") {
		r.Header.Set("Location", w.location(l))
	}
	if w.answer == nil {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	status, text := w.answer(r.Request.URL.Path, r.StatusCode, string(body))
	r.StatusCode, r.Body = status, io.NopCloser(strings.NewReader(text))
	r.ContentLength = int64(len(text))
	r.Header.Set("Content-Length", strconv.Itoa(len(text)))
	return nil
}

// edit changes the body of a request.
func edit(r *http.Request, pattern, with string) {
	if r.Body == nil {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the bank refuses the rest
	}
	body = regexp.MustCompile(pattern).ReplaceAll(body, []byte(with))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
}

// distortedCallbacks is a transport that changes callbacks after they were signed.
type distortedCallbacks struct{ change func(string) string }

func (c distortedCallbacks) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	text := c.change(string(body))
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	return http.DefaultTransport.RoundTrip(r)
}
