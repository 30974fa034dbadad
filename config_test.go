package main

import (
	"strings"
	"testing"

	"dukani/models"
	"dukani/payments/simulator/identity"
)

func settings(pairs ...string) func(string) string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(k string) string { return m[k] }
}

func TestNothingSetIsTheDemo(t *testing.T) {
	t.Parallel()
	c, err := readConfig(settings())
	if err != nil {
		t.Fatal(err)
	}
	if !c.simulated() || c.ClientID != "dukani" || c.ClientSecret != "dukani-demo-secret" ||
		c.Addr != "127.0.0.1:8080" || c.SimulatorAddr != "127.0.0.1:8081" || c.Database != "data/shop.db" {
		t.Errorf("%+v", c)
	}
}

func TestBoundsOfWhatIsReserved(t *testing.T) {
	t.Parallel()
	live := []string{"BOG_ENV", "live", "SHOP_BASE_URL", "https://shop.example", "SHOP_SECRET", strings.Repeat("x", 40),
		"BOG_CLIENT_ID", "10077", "BOG_CLIENT_SECRET", "s3cret", "SMTP_URL", "smtp://mail.example:587"}
	for name, c := range map[string]struct {
		set  []string
		want models.Bounds
	}{
		"beside the simulated bank": {nil, models.Bounds{Orders: 3, Units: 300}},
		"with a real one":           {live, models.Bounds{Orders: 3, Units: 300, NetworkOrders: 10, NetworkUnits: 600}},
		"set": {[]string{"SHOP_UNPAID_ORDERS", "0", "SHOP_UNPAID_UNITS", "5", "SHOP_UNPAID_NETWORK_ORDERS", "2", "SHOP_UNPAID_NETWORK_UNITS", "7"},
			models.Bounds{Units: 5, NetworkOrders: 2, NetworkUnits: 7}},
		"unbounded": {append(live, "SHOP_UNPAID_NETWORK_ORDERS", "0"), models.Bounds{Orders: 3, Units: 300, NetworkUnits: 600}},
	} {
		cfg, err := readConfig(settings(c.set...))
		if err != nil || cfg.bounds() != c.want {
			t.Errorf("%s: %+v, %v; want %+v", name, cfg, err, c.want)
		}
	}
}

func TestUnsafeSettingsAreNamedAllAtOnce(t *testing.T) {
	t.Parallel()
	good := []string{
		"BOG_ENV", "live", "SHOP_BASE_URL", "https://shop.example", "SHOP_SECRET", strings.Repeat("x", 40),
		"BOG_CLIENT_ID", "10077", "BOG_CLIENT_SECRET", "s3cret", "SMTP_URL", "smtp://mail.example:587",
	}
	for _, more := range [][]string{nil, {"OIDC_ISSUER", "https://id.example", "OIDC_CLIENT_ID", "a", "OIDC_CLIENT_SECRET", "b"}} {
		if c, err := readConfig(settings(append(good, more...)...)); err != nil || (c.provider() != nil) != (more != nil) {
			t.Fatalf("good settings: %v", err)
		}
	}
	for name, c := range map[string]struct {
		set  []string
		want []string
	}{
		"nothing but live":    {[]string{"BOG_ENV", "live"}, []string{"SHOP_BASE_URL", "SHOP_SECRET", "BOG_CLIENT_ID", "SMTP_URL"}},
		"plain http":          {append(good, "SHOP_BASE_URL", "http://shop.example"), []string{"SHOP_BASE_URL"}},
		"the demo's secret":   {append(good, "SHOP_SECRET", demoSecret), []string{"SHOP_SECRET"}},
		"the demo's merchant": {append(good, "BOG_CLIENT_ID", "dukani"), []string{"BOG_CLIENT_ID"}},
		"unknown bank":        {[]string{"BOG_ENV", "production"}, []string{"BOG_ENV"}},
		"PostgreSQL":          {[]string{"DATABASE_URL", "postgres://u:pass@h/d"}, []string{"DATABASE_URL"}},
		"half a minute":       {[]string{"SHOP_PAYMENT_TTL", "90s"}, []string{"SHOP_PAYMENT_TTL"}},
		"no key":              {append(good, "BOG_CALLBACK_KEY", "/nowhere.pem"), []string{"BOG_CALLBACK_KEY"}},
		"mail from nobody":    {[]string{"SHOP_MAIL_FROM", "Dukani"}, []string{"SHOP_MAIL_FROM"}},
		"header of nobody":    {[]string{"SHOP_PROXY_HEADER", "X-Real-IP"}, []string{"SHOP_TRUSTED_PROXIES"}},
		"provider in clear":   {[]string{"OIDC_ISSUER", "http://id.example", "OIDC_CLIENT_ID", "a", "OIDC_CLIENT_SECRET", "b"}, []string{"OIDC_ISSUER"}},
		"half a provider":     {[]string{"OIDC_ISSUER", "https://id.example", "OIDC_CLIENT_ID", "a"}, []string{"OIDC_CLIENT_SECRET"}},
		"a demo provider":     {append(good, "OIDC_ISSUER", "http://127.0.0.1:8082", "OIDC_CLIENT_ID", "a", "OIDC_CLIENT_SECRET", "b"), []string{"OIDC_ISSUER"}},
		"a demo's secret":     {append(good, "OIDC_ISSUER", "https://id.example", "OIDC_CLIENT_ID", "a", "OIDC_CLIENT_SECRET", identity.DefaultClientSecret), []string{"OIDC_ISSUER"}},
		"fewer than none":     {[]string{"SHOP_UNPAID_ORDERS", "-1", "SHOP_UNPAID_NETWORK_UNITS", "-5"}, []string{"SHOP_UNPAID_ORDERS", "SHOP_UNPAID_NETWORK_UNITS"}},
		"mail by web":         {[]string{"SMTP_URL", "https://mail.example"}, []string{"SMTP_URL"}},
	} {
		_, err := readConfig(settings(c.set...))
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not name %s", name, err, want)
			}
		}
		if strings.Contains(err.Error(), ":pass@") {
			t.Errorf("%s: %q tells the password", name, err)
		}
	}
}
