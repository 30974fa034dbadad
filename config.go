package main

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"dukani/handlers"
	"dukani/models"
	"dukani/payments/bog"
	"dukani/payments/simulator"
	"dukani/payments/simulator/identity"
)

// config is every setting of the shop. The tags name the environment variables;
// .env.example explains them one by one. Nothing else reads the environment.
type config struct {
	Addr                  string        `env:"SHOP_ADDR" envDefault:"127.0.0.1:8080"`
	BaseURL               string        `env:"SHOP_BASE_URL"`
	Secret                string        `env:"SHOP_SECRET"` // signs links in mails
	Database              string        `env:"DATABASE_URL" envDefault:"data/shop.db"`
	PaymentTTL            time.Duration `env:"SHOP_PAYMENT_TTL" envDefault:"15m"`
	Capture               string        `env:"SHOP_CAPTURE" envDefault:"automatic"`
	LogFormat             string        `env:"SHOP_LOG" envDefault:"text"`
	SMTP                  string        `env:"SMTP_URL"`
	MailFrom              string        `env:"SHOP_MAIL_FROM" envDefault:"Dukani <orders@dukani.example>"`
	UnpaidOrders          int           `env:"SHOP_UNPAID_ORDERS" envDefault:"3"`
	UnpaidUnits           int           `env:"SHOP_UNPAID_UNITS" envDefault:"300"`
	UnpaidNetworkOrders   *int          `env:"SHOP_UNPAID_NETWORK_ORDERS"`
	UnpaidNetworkUnits    *int          `env:"SHOP_UNPAID_NETWORK_UNITS"`
	ConnectionsPerAddress int           `env:"SHOP_CONNECTIONS_PER_ADDRESS"`
	ProxyHeader           string        `env:"SHOP_PROXY_HEADER"`
	Proxies               []string      `env:"SHOP_TRUSTED_PROXIES"`

	Bank         string `env:"BOG_ENV" envDefault:"simulator"`
	ClientID     string `env:"BOG_CLIENT_ID"`
	ClientSecret string `env:"BOG_CLIENT_SECRET"`
	CallbackKey  string `env:"BOG_CALLBACK_KEY"`

	SimulatorAddr         string `env:"SIMULATOR_ADDR" envDefault:"127.0.0.1:8081"`
	SimulatorDB           string `env:"SIMULATOR_DB" envDefault:"data/bank.db"`
	SimulatorClientID     string `env:"SIMULATOR_CLIENT_ID"`
	SimulatorClientSecret string `env:"SIMULATOR_CLIENT_SECRET"`

	Issuer             string `env:"OIDC_ISSUER"`
	IssuerClientID     string `env:"OIDC_CLIENT_ID"`
	IssuerClientSecret string `env:"OIDC_CLIENT_SECRET"`
	IssuerName         string `env:"OIDC_NAME"`
	IdentityAddr       string `env:"IDENTITY_ADDR" envDefault:"127.0.0.1:8082"` // where the simulated provider listens
}

const (
	demoSecret = "dukani-demo-only-not-a-secret-0123456789"
	minSecret  = 32
)

// simulated reports whether the shop runs against its own simulated bank.
func (c *config) simulated() bool { return c.Bank == "simulator" }

// readConfig reads the environment through getenv and reports everything that is
// wrong with it at once.
func readConfig(getenv func(string) string) (*config, error) {
	var c config
	fields, err := env.GetFieldParams(&c)
	if err != nil {
		return nil, err
	}
	set := map[string]string{}
	for _, f := range fields {
		if v := getenv(f.Key); v != "" {
			set[f.Key] = v
		}
	}
	if err := env.ParseWithOptions(&c, env.Options{Environment: set}); err != nil {
		return nil, err
	}
	c.Database = strings.TrimPrefix(c.Database, "sqlite://")
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	problems := c.check()
	if c.simulated() {
		c.fillDemo()
	} else if c.CallbackKey, err = keyText(c.CallbackKey); err != nil {
		problems = append(problems, err)
	}
	return &c, errors.Join(problems...)
}

// check lists what is wrong, unsafe mixtures included.
func (c *config) check() (problems []error) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	switch c.Bank {
	case "simulator", "sandbox", "live":
	default:
		wrong("BOG_ENV is %q, need simulator, sandbox or live", c.Bank)
	}
	if strings.Contains(c.Database, "://") {
		wrong("DATABASE_URL is %q, need the path of a SQLite file", redactURL(c.Database))
	}
	if c.Capture != "automatic" {
		wrong("SHOP_CAPTURE is %q, only automatic is available", c.Capture)
	}
	if c.PaymentTTL < 2*time.Minute || c.PaymentTTL > 24*time.Hour || c.PaymentTTL%time.Minute != 0 {
		wrong("SHOP_PAYMENT_TTL is %s, need whole minutes from 2m to 24h", c.PaymentTTL)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		wrong("SHOP_LOG is %q, need text or json", c.LogFormat)
	}
	if _, err := mail.ParseAddress(c.MailFrom); err != nil {
		wrong("SHOP_MAIL_FROM is not of the form Shop <orders@shop.example>")
	}
	for name, n := range map[string]*int{
		"SHOP_UNPAID_ORDERS": &c.UnpaidOrders, "SHOP_UNPAID_UNITS": &c.UnpaidUnits,
		"SHOP_UNPAID_NETWORK_ORDERS": c.UnpaidNetworkOrders, "SHOP_UNPAID_NETWORK_UNITS": c.UnpaidNetworkUnits,
	} {
		if n != nil && *n < 0 {
			wrong("%s is %d, need 0 (no bound) or more", name, *n)
		}
	}
	if c.ConnectionsPerAddress < 0 {
		wrong("SHOP_CONNECTIONS_PER_ADDRESS is %d, need 1 or more", c.ConnectionsPerAddress)
	}
	if (c.ProxyHeader == "") != (len(c.Proxies) == 0) {
		wrong("SHOP_PROXY_HEADER and SHOP_TRUSTED_PROXIES are needed together")
	}
	if c.SMTP != "" {
		if u, err := url.Parse(c.SMTP); err != nil || u.Host == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
			wrong("SMTP_URL is not of the form smtp://user:password@host:587")
		}
	}
	if p := c.provider(); p != nil {
		if err := p.Check(); err != nil {
			wrong("OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together: %w", err)
		}
	}
	if c.simulated() {
		return problems
	}
	if c.Issuer != "" && !strings.HasPrefix(c.Issuer, "https://") || c.IssuerClientID == identity.DefaultClientID || c.IssuerClientSecret == identity.DefaultClientSecret {
		wrong("OIDC_ISSUER must be a real provider's https address, with credentials from there")
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Scheme != "https" || base.Host == "" {
		wrong("SHOP_BASE_URL must be the shop's https address: the bank calls back only there")
	}
	if len(c.Secret) < minSecret || c.Secret == demoSecret {
		wrong("SHOP_SECRET must be a secret of your own with at least %d characters", minSecret)
	}
	if c.ClientID == "" || c.ClientSecret == "" {
		wrong("BOG_CLIENT_ID and BOG_CLIENT_SECRET are needed; the bank's Business Manager shows them")
	}
	if c.ClientID == simulator.DefaultClientID || c.ClientSecret == simulator.DefaultClientSecret {
		wrong("BOG_CLIENT_ID and BOG_CLIENT_SECRET are those of the simulated bank")
	}
	if c.Bank == "live" && c.SMTP == "" {
		wrong("SMTP_URL is needed: without it no shopper gets a mail")
	}
	return problems
}

// provider is by which customers can sign in, too; nil if nothing is set.
func (c *config) provider() *handlers.Provider {
	if c.Issuer+c.IssuerClientID+c.IssuerClientSecret == "" {
		return nil
	}
	return &handlers.Provider{Issuer: c.Issuer, ClientID: c.IssuerClientID, ClientSecret: c.IssuerClientSecret, Name: c.IssuerName}
}

// fillDemo completes what may stay unset beside the simulated bank.
func (c *config) fillDemo() {
	fill := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	fill(&c.Secret, demoSecret)
	fill(&c.SimulatorClientID, simulator.DefaultClientID)
	fill(&c.SimulatorClientSecret, simulator.DefaultClientSecret)
	fill(&c.ClientID, c.SimulatorClientID)
	fill(&c.ClientSecret, c.SimulatorClientSecret)
	c.CallbackKey = "" // the simulated bank has one of its own
}

// keyText returns the callback keys as PEM text; the setting may name a file.
// Empty stays empty: the bank's published key is built in.
func keyText(s string) (string, error) {
	if s == "" || strings.Contains(s, "BEGIN") {
		return s, nil
	}
	b, err := os.ReadFile(s)
	if err != nil {
		return "", fmt.Errorf("BOG_CALLBACK_KEY is neither a PEM key nor a readable file: %w", err)
	}
	return string(b), nil
}

func redactURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return "…"
	}
	return u.Redacted()
}

// rate is how many orders and searches while typing one address may make in a
// minute; beside the simulated bank, where tests come from one address, any number.
func (c *config) rate() int {
	if c.simulated() {
		return 0
	}
	return 120
}

// bounds is what can be reserved without paying. Beside the simulated bank, where tests
// come from one address, the network has no bound unless one is set.
func (c *config) bounds() models.Bounds {
	b := models.Bounds{Orders: c.UnpaidOrders, Units: c.UnpaidUnits, NetworkOrders: 10, NetworkUnits: 600}
	if c.simulated() {
		b.NetworkOrders, b.NetworkUnits = 0, 0
	}
	if c.UnpaidNetworkOrders != nil {
		b.NetworkOrders = *c.UnpaidNetworkOrders
	}
	if c.UnpaidNetworkUnits != nil {
		b.NetworkUnits = *c.UnpaidNetworkUnits
	}
	return b
}

// endpoints is where the bank is; bankURL is the simulated bank's address.
func (c *config) endpoints(bankURL string) bog.Endpoints {
	switch c.Bank {
	case "live":
		return bog.Production()
	case "sandbox":
		return bog.Sandbox()
	}
	return bog.Simulator(bankURL)
}
