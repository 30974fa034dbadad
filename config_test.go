package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dukani/models"
	"dukani/payments/bog"
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
	for name, c := range map[string]struct {
		set  []string
		want models.Bounds
	}{
		"beside the simulated bank": {nil, models.Bounds{Orders: 3, Units: 300}},
		"with a real one":           {realBank("live"), models.Bounds{Orders: 3, Units: 300, NetworkOrders: 10, NetworkUnits: 600}},
		"set": {[]string{"SHOP_UNPAID_ORDERS", "0", "SHOP_UNPAID_UNITS", "5", "SHOP_UNPAID_NETWORK_ORDERS", "2", "SHOP_UNPAID_NETWORK_UNITS", "7"},
			models.Bounds{Units: 5, NetworkOrders: 2, NetworkUnits: 7}},
		"unbounded": {realBank("live", "SHOP_UNPAID_NETWORK_ORDERS", "0"), models.Bounds{Orders: 3, Units: 300, NetworkUnits: 600}},
	} {
		cfg, err := readConfig(settings(c.set...))
		if err != nil || cfg.bounds() != c.want {
			t.Errorf("%s: %+v, %v; want %+v", name, cfg, err, c.want)
		}
	}
}

// realBank is the settings of a shop that takes money, with more in the end.
func realBank(bank string, more ...string) []string {
	return append([]string{
		"BOG_ENV", bank, "SHOP_BASE_URL", "https://shop.example", "SHOP_SECRET", strings.Repeat("x", 40), "SHOP_DRAIN", "0s",
		"BOG_CLIENT_ID", "10077", "BOG_CLIENT_SECRET", "s3cret", "SMTP_URL", "smtp://mail.example:587",
		"SHOP_MAIL_FROM", "Candles <orders@candles.ge>", "SHOP_TRUSTED_PROXIES", "10.0.0.2, fd00::/64", "SHOP_PROXY_HEADER", "X-Real-IP",
		"SHOP_SELLER_NAME", "შპს სანთლები|Candles LLC", "SHOP_SELLER_ID", "405123456", "SHOP_SELLER_ADDRESS", "თბილისი, აღმაშენებლის 12|12 Aghmashenebeli, Tbilisi",
		"SHOP_SELLER_PHONE", "+995 32 212 34 56", "SHOP_SELLER_EMAIL", "hello@candles.ge",
	}, more...)
}

func TestSettingsOfARealShop(t *testing.T) {
	t.Parallel()
	provider := []string{"OIDC_ISSUER", "https://id.example", "OIDC_CLIENT_ID", "a", "OIDC_CLIENT_SECRET", "b"}
	for name, more := range map[string][]string{
		"behind a proxy":            nil,
		"with a provider":           provider,
		"without a proxy":           {"SHOP_TRUSTED_PROXIES", "none", "SHOP_PROXY_HEADER", ""},
		"a person sells":            {"SHOP_SELLER_ID", "01001012345"},
		"two keys of the bank":      {"BOG_CALLBACK_KEY", bog.ProductionCallbackKey + "\n" + bog.SandboxCallbackKey},
		"a word in both languages":  {"SHOP_SELLER_NAME", "Candles"},
		"the sqlite:// of a folder": {"DATABASE_URL", "sqlite://data/other.db"},
		"both wallets by a button":  {"SHOP_WALLET_BUTTONS", "google_pay, apple_pay", "GOOGLE_PAY_MERCHANT_ID", "12345678901234567890"},
		"no wallet by a button":     {"SHOP_WALLET_BUTTONS", "none"},
		"every way to pay":          {"SHOP_PAYMENT_METHODS", "card, apple_pay,google_pay,bog_p2p,bog_loyalty,bnpl,bog_loan,gift_card"},
	} {
		for _, bank := range []string{"live", "sandbox"} {
			c, err := readConfig(settings(realBank(bank, more...)...))
			if err != nil {
				t.Errorf("%s, %s: %v", bank, name, err)
			} else if (c.provider() != nil) != (name == "with a provider") {
				t.Errorf("%s, %s: provider %v", bank, name, c.provider())
			}
		}
	}
}

func TestUnsafeSettingsAreNamedAllAtOnce(t *testing.T) {
	t.Parallel()
	good := realBank("live")
	for name, c := range map[string]struct {
		set  []string
		want []string
	}{
		"nothing but live": {[]string{"BOG_ENV", "live"}, []string{
			"SHOP_BASE_URL", "SHOP_SECRET", "BOG_CLIENT_ID", "SMTP_URL", "SHOP_TRUSTED_PROXIES=none",
			"SHOP_SELLER_NAME", "SHOP_SELLER_ID", "SHOP_SELLER_ADDRESS", "SHOP_SELLER_PHONE", "SHOP_SELLER_EMAIL",
		}},
		"what cannot be read hides nothing": {[]string{"SHOP_PAYMENT_TTL", "soon", "SHOP_LOG", "loud", "BOG_ENV", "production"}, []string{"SHOP_PAYMENT_TTL is \"soon\"", "SHOP_LOG", "BOG_ENV"}},

		"a campaign that is none":      {append(good, "SHOP_CAMPAIGN", "visa:gift"), []string{"SHOP_CAMPAIGN"}},
		"a way to pay that is none":    {append(good, "SHOP_PAYMENT_METHODS", "card,crypto"), []string{`SHOP_PAYMENT_METHODS has "crypto"`}},
		"a way to pay named twice":     {append(good, "SHOP_PAYMENT_METHODS", "card,card"), []string{`"card" twice`}},
		"a button that is no wallet's": {append(good, "SHOP_WALLET_BUTTONS", "card"), []string{`SHOP_WALLET_BUTTONS has "card"`}},
		"a button and none":            {append(good, "SHOP_WALLET_BUTTONS", "none,google_pay"), []string{`SHOP_WALLET_BUTTONS has "none"`}},
		"a button twice":               {append(good, "SHOP_WALLET_BUTTONS", "google_pay,google_pay"), []string{`SHOP_WALLET_BUTTONS has "google_pay" twice`}},
		"scripts that end a policy": {append(good, "GOOGLE_PAY_SCRIPT", "https://a;script-src/x.js", "APPLE_PAY_SCRIPT", "https://a,b/x.js", "BOG_CALCULATOR_URL", "https://a;b/x.js"),
			[]string{"GOOGLE_PAY_SCRIPT is", "APPLE_PAY_SCRIPT is", "BOG_CALCULATOR_URL is"}},
		"a button that is not offered": {append(good, "SHOP_PAYMENT_METHODS", "card", "SHOP_WALLET_BUTTONS", "apple_pay"), []string{"which SHOP_PAYMENT_METHODS has not"}},
		"a capture that is none":       {append(good, "SHOP_CAPTURE", "later"), []string{"SHOP_CAPTURE"}},
		"a split that is none":         {append(good, "SHOP_SPLIT", "yes", "SHOP_SPLIT_LINES", "0"), []string{"SHOP_SPLIT ", "SHOP_SPLIT_LINES"}},
		"no word about proxies":        {append(good, "SHOP_TRUSTED_PROXIES", "", "SHOP_PROXY_HEADER", ""), []string{"SHOP_TRUSTED_PROXIES"}},
		"a proxy, and none":            {append(good, "SHOP_TRUSTED_PROXIES", "none"), []string{"SHOP_PROXY_HEADER"}},
		"none among others":            {append(good, "SHOP_TRUSTED_PROXIES", "none,10.0.0.2"), []string{`"none"`}},
		"a proxy by name":              {append(good, "SHOP_TRUSTED_PROXIES", "proxy.internal"), []string{"proxy.internal"}},
		"everybody is a proxy":         {append(good, "SHOP_TRUSTED_PROXIES", "0.0.0.0/0,::/0"), []string{`"0.0.0.0/0"`, `"::/0"`}},
		"a header that is none":        {append(good, "SHOP_PROXY_HEADER", "X-Real-IP: 1"), []string{"SHOP_PROXY_HEADER"}},
		"an address nobody can call":   {append(good, "SHOP_BASE_URL", "https://localhost"), []string{"SHOP_BASE_URL"}},
		"an address in the house":      {append(good, "SHOP_BASE_URL", "https://192.168.1.5"), []string{"SHOP_BASE_URL"}},
		"the demo's seller":            {append(good, "SHOP_SELLER_ID", "000000000"), []string{"SHOP_SELLER_ID"}},
		"an id of ten digits":          {append(good, "SHOP_SELLER_ID", "4051234567"), []string{"SHOP_SELLER_ID"}},
		"the demo's mailbox":           {append(good, "SHOP_SELLER_EMAIL", "hello@dukani.example"), []string{"SHOP_SELLER_EMAIL"}},
		"a mailbox with a name":        {append(good, "SHOP_SELLER_EMAIL", "Us <hello@candles.ge>"), []string{"SHOP_SELLER_EMAIL"}},
		"mail from the demo":           {append(good, "SHOP_MAIL_FROM", ""), []string{"SHOP_MAIL_FROM"}},
		"the simulator's address":      {append(good, "SIMULATOR_URL", "http://127.0.0.1:8081"), []string{"SIMULATOR_URL"}},
		"a simulator elsewhere":        {[]string{"SIMULATOR_URL", "http://bank.example:8081"}, []string{"SIMULATOR_URL"}},
		"one file for two":             {[]string{"DATABASE_URL", "data/x.db", "SIMULATOR_DB", "./data/x.db"}, []string{"DATABASE_URL", "SIMULATOR_DB"}},
		"a database that is a folder":  {[]string{"DATABASE_URL", "models"}, []string{"DATABASE_URL"}},
		"a database in memory":         {[]string{"DATABASE_URL", ":memory:"}, []string{"DATABASE_URL"}},
		"a port alone":                 {[]string{"SHOP_ADDR", "8080", "SIMULATOR_ADDR", "localhost:99999"}, []string{"SHOP_ADDR", "SIMULATOR_ADDR"}},
		"a key cut short":              {append(good, "BOG_CALLBACK_KEY", bog.ProductionCallbackKey+bog.SandboxCallbackKey[:200]), []string{"BOG_CALLBACK_KEY"}},
		"a second key that is no file": {append(good, "BOG_CALLBACK_KEY", "go.mod,/nowhere.pem"), []string{"BOG_CALLBACK_KEY"}},
		"a file that is no key":        {append(good, "BOG_CALLBACK_KEY", "go.mod"), []string{"BOG_CALLBACK_KEY"}},
		"plain http":                   {append(good, "SHOP_BASE_URL", "http://shop.example"), []string{"SHOP_BASE_URL"}},
		"the demo's secret":            {append(good, "SHOP_SECRET", demoSecret), []string{"SHOP_SECRET"}},
		"the demo's merchant":          {append(good, "BOG_CLIENT_ID", "dukani"), []string{"BOG_CLIENT_ID"}},
		"unknown bank":                 {[]string{"BOG_ENV", "production"}, []string{"BOG_ENV"}},
		"MySQL":                        {[]string{"DATABASE_URL", "mysql://u:pass@h/d"}, []string{"DATABASE_URL"}},
		"half a minute":                {[]string{"SHOP_PAYMENT_TTL", "90s"}, []string{"SHOP_PAYMENT_TTL"}},
		"no key":                       {append(good, "BOG_CALLBACK_KEY", "/nowhere.pem"), []string{"BOG_CALLBACK_KEY"}},
		"mail from nobody":             {[]string{"SHOP_MAIL_FROM", "Dukani"}, []string{"SHOP_MAIL_FROM"}},
		"header of nobody":             {[]string{"SHOP_PROXY_HEADER", "X-Real-IP"}, []string{"SHOP_TRUSTED_PROXIES"}},
		"provider in clear":            {[]string{"OIDC_ISSUER", "http://id.example", "OIDC_CLIENT_ID", "a", "OIDC_CLIENT_SECRET", "b"}, []string{"OIDC_ISSUER"}},
		"half a provider":              {[]string{"OIDC_ISSUER", "https://id.example", "OIDC_CLIENT_ID", "a"}, []string{"OIDC_CLIENT_SECRET"}},
		"a demo provider":              {append(good, "OIDC_ISSUER", "http://127.0.0.1:8082", "OIDC_CLIENT_ID", "a", "OIDC_CLIENT_SECRET", "b"), []string{"OIDC_ISSUER"}},
		"a demo's secret":              {append(good, "OIDC_ISSUER", "https://id.example", "OIDC_CLIENT_ID", "a", "OIDC_CLIENT_SECRET", identity.DefaultClientSecret), []string{"OIDC_ISSUER"}},
		"fewer than none":              {[]string{"SHOP_UNPAID_ORDERS", "-1", "SHOP_UNPAID_NETWORK_UNITS", "-5", "SHOP_CONNECTIONS_PER_ADDRESS", "-1"}, []string{"SHOP_UNPAID_ORDERS", "SHOP_UNPAID_NETWORK_UNITS", "SHOP_CONNECTIONS_PER_ADDRESS"}},
		"mail to port 99999":           {[]string{"SMTP_URL", "smtp://mail.example:99999"}, []string{"SMTP_URL"}},
		"mail to no port":              {[]string{"SMTP_URL", "smtp://mail.example:0"}, []string{"SMTP_URL"}},
		"mail to no host":              {[]string{"SMTP_URL", "smtp://:587"}, []string{"SMTP_URL"}},
		"mail to a page":               {[]string{"SMTP_URL", "smtp://mail.example/inbox"}, []string{"SMTP_URL"}},
		"mail with options":            {[]string{"SMTP_URL", "smtps://mail.example?tls=no"}, []string{"SMTP_URL"}},
		"a seller of no name":          {append(good, "SHOP_SELLER_NAME", "|"), []string{"SHOP_SELLER_NAME"}},
		"a seller only in Georgian":    {append(good, "SHOP_SELLER_NAME", "სანთლები|", "SHOP_SELLER_ADDRESS", "| Tbilisi"), []string{"SHOP_SELLER_NAME", "SHOP_SELLER_ADDRESS"}},
		"a seller in three languages":  {append(good, "SHOP_SELLER_NAME", "ა|b|c"), []string{"SHOP_SELLER_NAME"}},
		"a telephone of no number":     {append(good, "SHOP_SELLER_PHONE", "on request"), []string{"SHOP_SELLER_PHONE"}},
		"a mailbox of this machine":    {append(good, "SHOP_SELLER_EMAIL", "root@shop", "SHOP_MAIL_FROM", "root@test"), []string{"SHOP_SELLER_EMAIL", "SHOP_MAIL_FROM"}},
		"a mailbox of examples":        {append(good, "SHOP_SELLER_EMAIL", "hello@example.com", "SHOP_MAIL_FROM", "x@mail.Example.ORG"), []string{"SHOP_SELLER_EMAIL", "SHOP_MAIL_FROM"}},
		"everybody in IPv6 clothes":    {append(good, "SHOP_TRUSTED_PROXIES", "::ffff:0:0/96"), []string{`"::ffff:0:0/96"`}},
		"a proxy on one network card":  {append(good, "SHOP_TRUSTED_PROXIES", "fe80::1%eth0"), []string{`"fe80::1%eth0"`}},
		"a comma for a key":            {append(good, "BOG_CALLBACK_KEY", ","), []string{"BOG_CALLBACK_KEY"}},
		"mail by web":                  {[]string{"SMTP_URL", "https://mail.example"}, []string{"SMTP_URL"}},
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

func TestTheShopsAddressIsAnOrigin(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://shop.example":        "https://shop.example",
		"https://shop.example/":       "https://shop.example",
		" HTTPS://Shop.Example:443/ ": "https://shop.example",
		"http://shop.example:80":      "http://shop.example",
		"http://shop.example:443":     "http://shop.example:443",
		"http://127.0.0.1:08080":      "http://127.0.0.1:8080",
		"https://დუქანი.გე":           "https://xn--lodfqp7am.xn--node",
		"https://shop.example.":       "https://shop.example",
		"http://[::1]:8080":           "http://[::1]:8080",
		"https://[2001:DB8::0:1]":     "https://[2001:db8::1]",
	} {
		c, err := readConfig(settings("SHOP_BASE_URL", address))
		if err != nil || c.BaseURL != want {
			t.Errorf("%q: %+v, %v, want %s", address, c, err, want)
		}
	}
	for address, why := range map[string]string{
		"https://shop.example/shop":                       "path",
		"https://shop.example//":                          "path",
		"https://shop.example/?a=1":                       "query",
		"https://shop.example?":                           "query",
		"https://shop.example#top":                        "fragment",
		"https://shop.example/#":                          "fragment",
		"https://me:pass@shop.example":                    "user",
		"https://me@shop.example":                         "user",
		"https://:pass@x y":                               "",
		"https://shop.example:":                           "port",
		"https://shop.example:0":                          "port",
		"https://shop.example:99999":                      "port",
		"https://shop.example:http":                       "",
		"https://sh op.example":                           "",
		"https://[fe80::1%25eth0]":                        "",
		"https://sh_op!.example":                          "host",
		"https://shop..example":                           "host",
		"https://.shop.example":                           "host",
		"https://127.1":                                   "host", // browsers make an IP address of it
		"https://2130706433":                              "host",
		"https://0x7f.0x1":                                "host",
		"https://1.2.3.4.5":                               "host",
		"https://10.0.0.300":                              "host",
		"https://" + strings.Repeat("a", 64) + ".example": "host",
		"https://":                                        "origin",
		"shop.example":                                    "origin",
		"shop.example:8080":                               "origin",
		"//shop.example":                                  "origin",
		"ftp://shop.example":                              "origin",
		"https:shop.example":                              "origin",
	} {
		_, err := readConfig(settings("SHOP_BASE_URL", address))
		if err == nil || !strings.Contains(err.Error(), "SHOP_BASE_URL") || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "pass") {
			t.Errorf("%q: %v, want %q", address, err, why)
		}
	}
}

// The addresses are compared as text, with how a connection writes its own.
func TestProxiesAreWrittenAsConnectionsDo(t *testing.T) {
	t.Parallel()
	c, err := readConfig(settings(realBank("live", "SHOP_TRUSTED_PROXIES", "FD00:0:0::1, ::ffff:10.0.0.2, ::ffff:10.1.0.0/112,10.2.0.7/24,fd01::9/64")...))
	if want := []string{"fd00::1", "10.0.0.2", "10.1.0.0/16", "10.2.0.0/24", "fd01::/64"}; err != nil || !slices.Equal(c.Proxies, want) {
		t.Errorf("%+v, %v, want %v", c, err, want)
	}
}

func TestCallbackKeys(t *testing.T) {
	t.Parallel()
	live, sandbox := strings.TrimSpace(bog.ProductionCallbackKey), strings.TrimSpace(bog.SandboxCallbackKey)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		setting string
		want    int
	}{
		"none":                       {"", 0},
		"one":                        {live, 1},
		"one on one line":            {strings.ReplaceAll(live, "\n", `\n`), 1},
		"two":                        {live + "\n" + sandbox + "\n", 2},
		"two on one line":            {strings.ReplaceAll(live+"\n"+sandbox, "\n", `\n`), 2},
		"two with a comma between":   {live + ",\n" + sandbox, 2},
		"a file":                     {file("a.pem", live), 1},
		"a file with two":            {file("b.pem", live+"\r\n\r\n"+sandbox), 2},
		"two files":                  {file("c.pem", live) + ", " + file("d.pem", sandbox), 2},
		"two files, a line for each": {file("e.pem", live) + "\n" + file("f.pem", sandbox) + "\n", 2},
	} {
		got, err := readConfig(settings(realBank("live", "BOG_CALLBACK_KEY", c.setting)...))
		if err != nil || len(got.callbackKeys) != c.want {
			t.Errorf("%s: %v, %v, want %d keys", name, got.callbackKeys, err, c.want)
			continue
		}
		desk, bank, err := newDesk(got, nil, nil, nil)
		if err != nil || desk == nil || bank == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
