package simulator_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"dukani/payments/simulator"

	"github.com/google/go-cmp/cmp"
)

func TestS21_18_CallbackIsByteExactAndSigned(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 11, 4, 11, 120934000, time.UTC)
	w := start(t, &simulator.Bank{Now: func() time.Time { return now }})
	id := w.create("Gift note", `line\u2028end \\u2028 \u0001 / ლარი`)
	w.pay(id, `{"expiry":"11/29"}`)
	m := w.shop.next(t)
	if !w.verify(m) {
		t.Error("signature does not verify")
	}
	if raw, err := base64.StdEncoding.DecodeString(m.Signature); err != nil || len(raw) != 256 {
		t.Errorf("signature is no base64 of 2048 bits: %v", err)
	}
	if kind := m.Header.Get("Content-Type"); kind != "application/json" {
		t.Error(kind)
	}
	detail := parse(t, m.Body).at("body.payment_detail").(map[string]any)
	want := `{"event":"order_payment","request_time":"2026-03-02T15:04:11.120934","zoned_request_time":"2026-03-02T11:04:11.120934Z","body":` +
		`{"order_id":"` + id + `","external_order_id":"A-1042",` +
		`"client":{"id":"10077","brand_ka":"დუქანი","brand_en":"Dukani","url":"https://dukani.example"},` +
		`"create_date":"2026-03-02T15:04:11.120934","zoned_create_date":"2026-03-02T11:04:11.120934Z",` +
		`"expire_date":"2026-03-02T15:24:11.120934","zoned_expire_date":"2026-03-02T11:24:11.120934Z",` +
		`"order_status":{"key":"completed","value":"წარმატებული"},` +
		`"buyer":{"full_name":"ნინო კ.","email":"n***@mail.example","phone_number":"+9955*****12"},` +
		`"redirect_links":{"success":"` + w.shop.URL + `/thanks?o=A-1042&x=%20","fail":"` + w.shop.URL + `/failed?o=A-1042"},` +
		`"payment_detail":{"transfer_method":{"key":"card","value":"ბარათით გადახდა"},"transaction_id":"` + detail["transaction_id"].(string) + `",` +
		`"payer_identifier":"400000***0001","payment_option":"direct_debit","card_type":"visa","card_expiry_date":"11/29",` +
		`"request_account_tag":null,"transfer_account_tag":null,"saved_card_type":null,"parent_order_id":null,` +
		`"code":"100","code_description":"წარმატებული გადახდა","pg_trx_id":null,"auth_code":"` + detail["auth_code"].(string) + `"},` +
		`"actions":null,"disputes":null,"split":null,"discount":null,"lang":"ka","reject_reason":null,"industry":"ecommerce","capture":"automatic",` +
		`"purchase_units":{"request_amount":"47.3","transfer_amount":"47.3","refund_amount":null,"currency_code":"GEL","items":[` +
		`{"external_item_id":"CNDL-3","unit_price":"18.65","description":"სანთელი <თაფლის> & \"ცვილი\"","quantity":"2","unit_discount_price":"0.0",` +
		`"package_code":null,"total_price":null,"vat":null,"vat_percent":null,"tin":null,"pinfl":null,"product_discount_id":null},` +
		`{"external_item_id":"CARD-1","unit_price":"5.0","description":"line` + "\u2028" + `end \\u2028 \u0001 / ლარი","quantity":"1","unit_discount_price":"0.0",` +
		`"package_code":null,"total_price":null,"vat":null,"vat_percent":null,"tin":null,"pinfl":null,"product_discount_id":null}]}}}`
	if diff := cmp.Diff(want, string(m.Body)); diff != "" {
		t.Error(diff)
	}
}

func TestS21_20_CallbackModes(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	wrong := func(path string, value any) func(*testing.T, *world, string) {
		return func(t *testing.T, w *world, id string) {
			m := w.shop.next(t)
			if !w.verify(m) {
				t.Error("must be signed properly")
			}
			parse(t, m.Body).expect(t, path, value)
		}
	}
	unsigned := func(t *testing.T, w *world, id string) {
		m := w.shop.next(t)
		if w.verify(m) {
			t.Error("signature verifies")
		}
		parse(t, m.Body).expect(t, "body.order_id", id)
	}
	for _, c := range []struct {
		how   string
		check func(t *testing.T, w *world, id string)
	}{
		{`{"mode":"lost"}`, func(t *testing.T, w *world, id string) {
			w.shop.none(t)
			w.order(id).expect(t, "status", "completed")
		}},
		{`{"mode":"delayed","delay_ms":30}`, func(t *testing.T, w *world, id string) { w.shop.next(t) }},
		{`{"mode":"duplicate","copies":3}`, func(t *testing.T, w *world, id string) {
			one, two, three := w.shop.next(t), w.shop.next(t), w.shop.next(t)
			if string(one.Body) != string(two.Body) || string(two.Body) != string(three.Body) || !w.verify(one) {
				t.Error("copies differ")
			}
		}},
		{`{"mode":"resigned"}`, func(t *testing.T, w *world, id string) {
			one, two := w.shop.next(t), w.shop.next(t)
			if string(one.Body) == string(two.Body) || !w.verify(one) || !w.verify(two) {
				t.Error("copies must differ and both be signed")
			}
		}},
		{`{"mode":"bad_signature"}`, unsigned},
		{`{"mode":"other_key"}`, unsigned},
		{`{"mode":"altered_body"}`, unsigned},
		{`{"mode":"altered_escapes"}`, unsigned},
		{`{"mode":"altered_order"}`, unsigned},
		{`{"mode":"missing_header"}`, func(t *testing.T, w *world, id string) {
			if m := w.shop.next(t); m.HasHeader {
				t.Error("header is there")
			}
		}},
		{`{"mode":"unknown_event"}`, wrong("event", "order_rumour")},
		{`{"mode":"wrong_amount"}`, wrong("body.purchase_units.request_amount", "1.0")},
		{`{"mode":"wrong_currency"}`, wrong("body.purchase_units.currency_code", "USD")},
		{`{"mode":"unknown_order"}`, func(t *testing.T, w *world, id string) {
			if got := parse(t, w.shop.next(t).Body).at("body.order_id"); got == id {
				t.Error("the order is known")
			}
		}},
		{`{"mode":"other_order"}`, func(t *testing.T, w *world, id string) {
			if got := parse(t, w.shop.next(t).Body).at("body.external_order_id"); got == "A-1042" {
				t.Error("the shop's order is named")
			}
		}},
		{`{"mode":"truncated"}`, func(t *testing.T, w *world, id string) {
			if m := w.shop.next(t); json.Valid(m.Body) || !w.verify(m) {
				t.Error("must be half a JSON, signed")
			}
		}},
		{`{"mode":"after_redirect"}`, func(t *testing.T, w *world, id string) { w.shop.next(t) }},
		{`{"mode":"before_redirect"}`, func(t *testing.T, w *world, id string) { w.shop.next(t) }},
	} {
		t.Run(c.how, func(t *testing.T) {
			w := *w
			w.shop = newShop(t)
			id := w.create()
			w.pay(id, `{"callback":`+c.how+`}`)
			c.check(t, &w, id)
			w.shop.none(t)
		})
	}
}

func TestS21_19_CallbackFiresForEveryEventAndEachCanBeSilent(t *testing.T) {
	t.Parallel()
	run := func(silent ...string) []string {
		w := start(t, &simulator.Bank{Settings: simulator.Settings{SilentOn: silent}})
		var got []string
		take := func(id string) {
			w.settled(id)
			select {
			case m := <-w.shop.messages:
				got = append(got, parse(t, m.Body).at("body.order_status.key").(string))
			default:
				got = append(got, "-")
			}
		}
		after := func(id, path, body string) {
			w.call("POST", path+id, body)
			take(id)
		}
		paid, declined, late := w.create(), w.create(), w.create()
		w.pay(paid, `{}`)
		take(paid)
		after(paid, "/payment/refund/", `{"amount":7.3}`)
		after(paid, "/payment/refund/", `{}`)
		w.pay(declined, `{"card":"4000000000000002"}`)
		take(declined)
		for _, operation := range []string{"approve", "cancel"} {
			held := w.create(ttl20, hold)
			w.pay(held, `{}`)
			take(held)
			after(held, "/payment/authorization/"+operation+"/", ``)
		}
		w.bank.Advance(21 * time.Minute)
		take(late)
		return got
	}
	all := []string{"completed", "refunded_partially", "refunded", "rejected", "blocked", "completed", "blocked", "rejected", "rejected"}
	events := []string{"completed", "refund", "refund", "rejected", "blocked", "authorization", "blocked", "authorization", "expiration"}
	if got := run(); !cmp.Equal(got, all) {
		t.Errorf("got %q, want %q", got, all)
	}
	for _, event := range slices.Compact(slices.Sorted(slices.Values(events))) {
		want := slices.Clone(all)
		for i := range want {
			if events[i] == event {
				want[i] = "-"
			}
		}
		if got := run(event); !cmp.Equal(got, want) {
			t.Errorf("without %s: got %q, want %q", event, got, want)
		}
	}
}

func TestS21_21_CallbackSuccessIsExactly200AndThereAreNoRetries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		settings simulator.Settings
		status   int
		state    string
		tries    int
	}{
		{simulator.Settings{}, 200, "delivered", 1},
		{simulator.Settings{}, 201, "failed", 1},
		{simulator.Settings{}, 204, "failed", 1},
		{simulator.Settings{}, 302, "failed", 1},
		{simulator.Settings{}, 500, "failed", 1},
		{simulator.Settings{Accept2xx: true}, 204, "delivered", 1},
		{simulator.Settings{Retries: 2, RetryMS: 5}, 500, "failed", 3},
	} {
		w := start(t, &simulator.Bank{Settings: c.settings})
		w.shop.answers(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/callback" {
				t.Errorf("redirect followed to %s", r.URL)
			}
			rw.Header().Set("Location", "/elsewhere")
			rw.WriteHeader(c.status)
		})
		id := w.create()
		w.pay(id, `{}`)
		first := w.shop.next(t)
		for range c.tries - 1 {
			if again := w.shop.next(t); string(again.Body) != string(first.Body) || again.Signature != first.Signature {
				t.Error("a repetition must be the same bytes")
			}
		}
		w.settled(id)
		one := w.callbacks(id)[0]
		if one["state"] != c.state || len(one["sends"].([]any)) != c.tries {
			t.Errorf("status %d: %v after %v, want %s after %d", c.status, one["state"], one["sends"], c.state, c.tries)
		}
		w.shop.none(t)
	}
}

func TestCallbackCanBeRepeatedByteForByte(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	id := w.create()
	w.pay(id, `{}`)
	first := w.shop.next(t)
	w.call("POST", "/payment/refund/"+id, ``)
	w.shop.next(t)
	w.steer("orders/"+id+"/callback", `{"repeat":"`+w.callbacks(id)[0]["id"].(string)+`"}`)
	if again := w.shop.next(t); string(again.Body) != string(first.Body) || again.Signature != first.Signature {
		t.Error("the repeated callback differs")
	}
	w.steer("orders/"+id+"/callback", `{"mode":"sent"}`)
	parse(t, w.shop.next(t).Body).expect(t, "body.order_status.key", "refunded")
}

func TestCallbackOfASlowShopDoesNotHangThePayer(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{Settings: simulator.Settings{RedirectWaitMS: 20}})
	free := make(chan struct{})
	w.shop.answers(func(http.ResponseWriter, *http.Request) { <-free })
	defer close(free)
	id := w.create()
	b := newBrowser(t)
	got := b.post(w.url+"/?order_id="+id, "action", "pay", "number", "4000000000000010", "expiry", "1129", "cvv", "123")
	if got.location() != w.shop.URL+"/thanks?o=A-1042&x=%20" {
		t.Errorf("%d %s", got.Status, got.location())
	}
	w.shop.next(t)
}
