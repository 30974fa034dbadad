package simulator_test

import (
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"
)

// Two sellers share the captured amount: one gets 85 %, the other 2.50.
const lines = `{"split_payments":[{"iban":"GE00XX0000000000000001","percent":85,"description":"Seller 12"},{"iban":"GE00XX0000000000000002","amount":2.5}]}`

// config is the change that adds a config to the create request.
func config(inner string) []string { return []string{`"ttl":20`, `"ttl":20,"config":{` + inner + `}`} }

func splitOf(r tree) any { return r.at("split.split_status") }

func echo(status string) string {
	return `"split":{"split_status":"` + status + `","currency":"GEL","request_channel":"public_api","split_payments":[` +
		`{"iban":"GE00XX0000000000000001","amount":null,"percent":"85","description":"Seller 12","status":"` + status + `"},` +
		`{"iban":"GE00XX0000000000000002","amount":"2.5","percent":null,"description":null,"status":"` + status + `"}]},"discount":null,`
}

func TestSplitIsEchoedByteForByteInReceiptAndCallback(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create(config(`"split":` + lines)...)
	if _, out := w.call("GET", "/receipt/"+id, ""); !strings.Contains(out, `"disputes":null,`+echo("created")) {
		t.Error(out)
	}
	w.pay(id, `{}`)
	m := w.shop.next(t)
	if !strings.Contains(string(m.Body), `"disputes":null,`+echo("completed")) || !w.verify(m) {
		t.Errorf("%s", m.Body)
	}
	w.shop.none(t) // split_payment is off by default
	order := w.order(id)
	if list := order.at("shares.lines").([]any); list[0].(map[string]any)["amount"] != 4020.0 || list[1].(map[string]any)["amount"] != 250.0 {
		t.Errorf("%v", list) // 85 % of 47.30 is 40.205, rounded down
	}
	order.expect(t, "shares.merchant", 460.0, "taken", 4730.0)

	w.call("POST", "/payment/refund/"+id, `{}`)
	r := w.receipt(id)
	r.expect(t, "order_status.key", "refunded", "split.split_status", "completed") // the sellers keep their shares
	w.order(id).expect(t, "shares.merchant", 460.0)
}

func TestS21_Validation_Split(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	many := func(n int) string {
		return `[` + strings.TrimSuffix(strings.Repeat(`{"iban":"GE1","percent":1},`, n), ",") + `]`
	}
	const at = "config.split.split_payments"
	for name, c := range map[string]struct{ lines, want string }{
		"percent":                    {`[{"iban":"GE1","percent":100}]`, ""},
		"amount":                     {`[{"iban":"GE1","amount":0.01}]`, ""},
		"percent as string":          {`[{"iban":"GE1","percent":"85"}]`, ""},
		"ten lines":                  {many(10), ""},
		"more than is there":         {`[{"iban":"GE1","amount":48}]`, ""},
		"description":                {`[{"iban":"GE1","percent":1,"description":"az AZ 09 /-?:().,'+ 67890"}]`, ""},
		"no lines":                   {`[]`, at + " must not be empty"},
		"lines missing":              {`null`, at + " must not be empty"},
		"eleven lines":               {many(11), at + " must have at most 10 lines"},
		"no iban":                    {`[{"percent":1}]`, at + "[0].iban is required"},
		"neither":                    {`[{"iban":"GE1"}]`, at + "[0] needs either amount or percent"},
		"both":                       {`[{"iban":"GE1","percent":1,"amount":1}]`, at + "[0] needs either amount or percent"},
		"zero amount":                {`[{"iban":"GE1","amount":0}]`, "Split amount should be more than 0"},
		"negative amount":            {`[{"iban":"GE1","amount":-1}]`, "Split amount should be more than 0"},
		"three decimals":             {`[{"iban":"GE1","amount":1.005}]`, at + "[0].amount must have at most 2 decimals"},
		"percent 0":                  {`[{"iban":"GE1","percent":0}]`, at + "[0].percent must be a whole number from 1 to 100"},
		"percent 101":                {`[{"iban":"GE1","percent":101}]`, at + "[0].percent must be a whole number from 1 to 100"},
		"percent 12.5":               {`[{"iban":"GE1","percent":12.5}]`, at + "[0].percent must be a whole number from 1 to 100"},
		"long description":           {`[{"iban":"GE1","percent":1,"description":"12345678901234567890123456"}]`, at + "[0].description must be at most 25 digits, Latin letters, spaces or / - ? : ( ) . , ' +"},
		"Georgian description":       {`[{"iban":"GE1","percent":1,"description":"გ"}]`, at + "[0].description must be at most 25 digits, Latin letters, spaces or / - ? : ( ) . , ' +"},
		"underscore in description":  {`[{"iban":"GE1","percent":1,"description":"a_b"}]`, at + "[0].description must be at most 25 digits, Latin letters, spaces or / - ? : ( ) . , ' +"},
		"transfers do not exist":     {`null,"transfers":[{"iban":"GE1","percent":1}]`, at + " must not be empty"},
		"the second line is checked": {`[{"iban":"GE1","percent":1},{"iban":"GE2"}]`, at + "[1] needs either amount or percent"},
	} {
		t.Run(name, func(t *testing.T) {
			status, out := w.call("POST", "/ecommerce/orders", w.body(config(`"split":{"split_payments":`+c.lines+`}`)...))
			if c.want == "" && status != 200 || c.want != "" && (status != 400 || parse(t, []byte(out)).at("message") != c.want) {
				t.Errorf("got %d %s, want %q", status, out, c.want)
			}
		})
	}
	status, out := w.call("POST", "/ecommerce/orders", w.body(append(config(`"split":`+lines), `"GEL"`, `"USD"`)...))
	if status != 400 || !strings.Contains(out, "config.split needs the currency GEL") {
		t.Errorf("dollars: %d %s", status, out)
	}
}

func TestS21_Validation_SplitRulesCanBeSet(t *testing.T) {
	t.Parallel()
	two := config(`"split":{"split_payments":[{"iban":"GE1","percent":60,"description":"a longer description than 25"},{"iban":"GE2","percent":60}]}`)
	for name, c := range map[string]struct {
		settings simulator.Settings
		want     string
	}{
		"as it is":        {simulator.Settings{}, "at most 25"},
		"longer texts":    {simulator.Settings{Split: simulator.SplitRules{MaxDescription: 30}}, ""},
		"one line":        {simulator.Settings{Split: simulator.SplitRules{MaxLines: 1, MaxDescription: 30}}, "at most 1 lines"},
		"not active":      {simulator.Settings{Split: simulator.SplitRules{Activation: "refused"}}, "config.split is not active for this merchant"},
		"quietly dropped": {simulator.Settings{Split: simulator.SplitRules{Activation: "ignored"}}, ""},
		"strict":          {simulator.Settings{Strict: true, Split: simulator.SplitRules{MaxDescription: 30}}, "more than 100 percent"},
	} {
		w := start(t, &simulator.Bank{Settings: c.settings})
		changes := append(two, `"callback_url":"`+w.shop.URL, `"callback_url":"https://shop.example`)
		status, out := w.call("POST", "/ecommerce/orders", w.body(changes...), "Idempotency-Key", "3f0c9a52-7b1e-4d68-9a3f-5c2d81e7b604")
		if c.want == "" && status != 200 || c.want != "" && (status != 400 || !strings.Contains(out, c.want)) {
			t.Errorf("%s: got %d %s", name, status, out)
		}
		if name == "quietly dropped" {
			w.receipt(idOf(t, out)).expect(t, "split", nil)
		}
	}
	if err := (&simulator.Bank{Settings: simulator.Settings{Split: simulator.SplitRules{Activation: "maybe"}}}).Open(); err == nil {
		t.Error("an unknown activation must be refused")
	}
}

func TestSplitFollowsTheOrder(t *testing.T) {
	t.Parallel()
	all := `["card","bog_p2p","bog_loyalty","google_pay","apple_pay","gift_card"]`
	for name, c := range map[string]struct{ pay, lines, want string }{
		"card":               {`{}`, lines, "completed"},
		"google_pay":         {`{"method":"google_pay"}`, lines, "completed"},
		"apple_pay":          {`{"method":"apple_pay"}`, lines, "completed"},
		"bog_p2p":            {`{"method":"bog_p2p"}`, lines, "completed"},
		"bog_loyalty":        {`{"method":"bog_loyalty"}`, lines, "completed"},
		"gift_card":          {`{"method":"gift_card"}`, lines, "created"}, // the bank does not say that it executes nothing
		"declined":           {`{"card":"4000000000000002"}`, lines, "rejected"},
		"cancelled":          {`{"outcome":"cancel"}`, lines, "rejected"},
		"more than is there": {`{}`, `{"split_payments":[{"iban":"GE1","percent":100},{"iban":"GE2","amount":0.01}]}`, "rejected"},
		"all of it":          {`{}`, `{"split_payments":[{"iban":"GE1","percent":60},{"iban":"GE2","amount":18.92}]}`, "completed"},
	} {
		w := start(t, &simulator.Bank{})
		id := w.create(append(config(`"split":`+c.lines), `["card"]`, all)...)
		w.pay(id, c.pay)
		if got := splitOf(w.receipt(id)); got != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
	w := start(t, &simulator.Bank{})
	late := w.create(config(`"split":` + lines)...)
	w.bank.Advance(21 * time.Minute)
	w.receipt(late).expect(t, "split.split_status", "rejected", "reject_reason", "expiration")
	w.pay(late, `{"force":true}`)
	w.receipt(late).expect(t, "order_status.key", "completed", "split.split_status", "completed")
}

func TestSplitOfAHold(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	other := `{"split_payments":[{"iban":"GE00XX0000000000000003","percent":10}]}`
	for name, c := range map[string]struct {
		call, body, want, iban string
		share, merchant        float64
	}{
		"approve as created":       {"approve", ``, "completed", "GE00XX0000000000000001", 4020, 460},
		"approve in part":          {"approve", `{"amount":20}`, "completed", "GE00XX0000000000000001", 1700, 50},
		"approve less than shared": {"approve", `{"amount":10}`, "rejected", "", 0, 0},
		"approve split anew":       {"approve", `{"amount":10,"split":` + other + `}`, "completed", "GE00XX0000000000000003", 100, 900},
		"cancel":                   {"cancel", ``, "canceled", "", 0, 0},
	} {
		id := w.create(`"ttl":20`, hold+`,"config":{"split":`+lines+`}`)
		w.pay(id, `{}`)
		w.receipt(id).expect(t, "order_status.key", "blocked", "split.split_status", "created")
		if status, out := w.call("POST", "/payment/authorization/"+c.call+"/"+id, c.body); status != 200 {
			t.Fatal(out)
		}
		if got := splitOf(w.receipt(id)); got != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
		if c.want != "completed" {
			continue
		}
		order := w.order(id)
		first := order.at("shares.lines").([]any)[0].(map[string]any)
		if first["iban"] != c.iban || first["amount"] != c.share {
			t.Errorf("%s: %v", name, first)
		}
		order.expect(t, "shares.merchant", c.merchant)
	}

	id := w.create(`"ttl":20`, hold)
	w.pay(id, `{}`)
	status, out := w.call("POST", "/payment/authorization/approve/"+id, `{"split":{"split_payments":[{"iban":"GE1","amount":0}]}}`)
	if status != 400 || out != `{"message":"Split amount should be more than 0"}` {
		t.Errorf("%d %s", status, out)
	}
	w.call("POST", "/payment/authorization/approve/"+id, `{"split":`+other+`}`)
	w.receipt(id).expect(t, "order_status.key", "completed", "split.split_status", "completed")

	released := w.create(`"ttl":20`, hold+`,"config":{"split":`+lines+`}`)
	w.pay(released, `{}`)
	w.bank.Advance(31 * 24 * time.Hour)
	w.receipt(released).expect(t, "split.split_status", "canceled")
}

func TestSplitTakesItsTimeAndTellsByEventIfAsked(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{Split: simulator.SplitRules{DelayMS: 60_000, Events: true, Numbers: true}}})
	id := w.create(config(`"split":` + lines)...)
	w.pay(id, `{}`)
	seen := map[any]any{} // the two are sent at once and may overtake each other
	for range 2 {
		m := w.shop.next(t)
		body := parse(t, m.Body)
		seen[body.at("event")] = body.at("body.split.split_status")
		if !w.verify(m) {
			t.Error("split events are signed like all others")
		}
	}
	if seen["order_payment"] != "processing" || seen["split_payment"] != "processing" {
		t.Errorf("%v", seen)
	}
	w.bank.Advance(time.Minute)
	body := parse(t, w.shop.next(t).Body)
	body.expect(t, "event", "split_payment", "body.order_id", id, "body.split.split_status", "completed")
	first := body.at("body.split.split_payments").([]any)[0].(map[string]any)
	if first["percent"] != 85.0 || first["status"] != "completed" {
		t.Errorf("%v", first)
	}
}

func TestSubscribeSharesAnew(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	parent := w.create(config(`"split":` + lines)...)
	w.call("PUT", "/orders/"+parent+"/subscriptions", "")
	w.pay(parent, `{}`)
	_, out := w.call("POST", "/ecommerce/orders/"+parent+"/subscribe", `{}`)
	w.receipt(idOf(t, out)).expect(t, "order_status.key", "completed", "split.split_status", "completed")
	_, out = w.call("POST", "/ecommerce/orders/"+parent, w.body())
	w.receipt(idOf(t, out)).expect(t, "split", nil) // a full request of its own
}
