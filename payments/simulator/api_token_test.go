package simulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator"
	"dukani/payments/simulator/simtest"
)

func TestS21_04_TokenTakesBasicAndFormOnly(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct {
		id, secret, kind, body string
		status                 int
		want                   string
	}{
		"basic and form":       {"dukani", "dukani-demo-secret", form, "grant_type=client_credentials", 200, `"expires_in":300`},
		"Keycloak's extras":    {"dukani", "dukani-demo-secret", form, "grant_type=client_credentials", 200, `"not-before-policy":0`},
		"wrong secret":         {"dukani", "x", form, "grant_type=client_credentials", 401, `{"error":"invalid_client","error_description":`},
		"no credentials":       {"", "", form, "grant_type=client_credentials", 401, `"invalid_client"`},
		"credentials in form":  {"", "", form, "grant_type=client_credentials&client_id=dukani&client_secret=dukani-demo-secret", 401, `"invalid_client"`},
		"JSON body":            {"dukani", "dukani-demo-secret", "application/json", `{"grant_type":"client_credentials"}`, 400, `"invalid_request"`},
		"other grant":          {"dukani", "dukani-demo-secret", form, "grant_type=password", 400, `"unsupported_grant_type"`},
		"missing grant":        {"dukani", "dukani-demo-secret", form, "", 400, `"invalid_request"`},
		"escaped inside Basic": {"duk%61ni", "dukani-demo-secret", form, "grant_type=client_credentials", 200, `"token_type":"Bearer"`},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := http.NewRequest("POST", w.url+simulator.TokenPath, strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.kind)
			if c.id != "" {
				r.SetBasicAuth(c.id, c.secret)
			}
			status, body := send(t, r)
			if status != c.status || !strings.Contains(string(body), c.want) {
				t.Errorf("got %d %s, want %d with %s", status, body, c.status, c.want)
			}
		})
	}
}

func TestS21_04_CredentialsInTheFormBySwitch(t *testing.T) {
	t.Parallel()
	w := &world{t: t, url: simtest.StartBank(t, &simulator.Bank{Settings: simulator.Settings{FormCredentials: true}})}
	for secret, want := range map[string]int{"dukani-demo-secret": 200, "x": 401} {
		r, _ := http.NewRequest("POST", w.url+simulator.TokenPath, strings.NewReader("grant_type=client_credentials&client_id=dukani&client_secret="+secret))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if status, body := send(t, r); status != want {
			t.Errorf("%s: %d %s", secret, status, body)
		}
	}
	w.newToken() // Basic goes on working
}

func TestS21_04_TokenFormsOfExpiresIn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)
	for form, want := range map[string]string{"seconds": `"expires_in":60,`, "epoch_s": `"expires_in":1772449260,`, "epoch_ms": `"expires_in":1772449260000,`, "zero": `"expires_in":0,`} {
		w := start(t, &simulator.Bank{Now: func() time.Time { return now }, Settings: simulator.Settings{TokenSeconds: 60, ExpiresIn: form}})
		r, _ := http.NewRequest("POST", w.url+simulator.TokenPath, strings.NewReader("grant_type=client_credentials"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("dukani", "dukani-demo-secret")
		if _, body := send(t, r); !strings.Contains(string(body), want) {
			t.Errorf("%s: got %s, want %s", form, body, want)
		}
	}
}

func TestS21_05_BearerIsCheckedOnEveryCall(t *testing.T) {
	t.Parallel()
	w := start(t, &simulator.Bank{})
	expired := w.token
	w.bank.Advance(301 * time.Second)
	foreign := start(t, &simulator.Bank{}).token
	calls := [][2]string{
		{"POST", "/ecommerce/orders"}, {"GET", "/receipt/x"}, {"POST", "/payment/refund/x"}, {"POST", "/payment/authorization/approve/x"},
		{"POST", "/payment/authorization/cancel/x"}, {"PUT", "/orders/x/cards"}, {"PUT", "/orders/x/subscriptions"},
		{"POST", "/ecommerce/orders/x"}, {"POST", "/ecommerce/orders/x/subscribe"}, {"DELETE", "/charges/card/x"},
		{"POST", "/ecommerce/orders/x/payment"},
	}
	for _, c := range calls {
		for name, header := range map[string]string{"missing": "", "basic": "Basic ZHVrYW5pOmR1a2FuaS1kZW1vLXNlY3JldA==", "foreign": "Bearer " + foreign, "expired": "Bearer " + expired, "garbage": "Bearer a.b.c"} {
			r := w.request(c[0], c[1], "{}")
			r.Header.Set("Authorization", header)
			if status, body := send(t, r); status != 401 {
				t.Errorf("%s %s with %s token: %d %s", c[0], c[1], name, status, body)
			}
		}
	}
}

func TestS21_04_TokenLivesShortly(t *testing.T) {
	t.Parallel()
	for set, life := range map[int]time.Duration{0: 300 * time.Second, 2: 2 * time.Second} {
		w := start(t, &simulator.Bank{StartTime: time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC), FixedClock: true, Settings: simulator.Settings{TokenSeconds: set}})
		id := w.create()
		unused := w.newToken()
		w.token = w.newToken()
		for _, c := range []struct {
			wait   time.Duration
			status int
		}{{life - time.Second, 200}, {time.Second, 401}} {
			if err := w.bank.Advance(c.wait); err != nil {
				t.Fatal(err)
			}
			if status, _ := w.call("GET", "/receipt/"+id, ""); status != c.status {
				t.Errorf("life of %s, %s later: %d, want %d", life, c.wait, status, c.status)
			}
		}
		w.token = unused
		if status, _ := w.call("GET", "/receipt/"+id, ""); status != 401 {
			t.Errorf("life of %s, first used at its end: %d", life, status)
		}
		w.receipt(id) // with a new token
	}
}
