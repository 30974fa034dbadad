package main

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"dukani/handlers"
	"dukani/models"
	"dukani/payments/bog"
	"dukani/payments/simulator"
)

// config is every setting of the shop. The tags name the environment variables;
// .env.example explains them one by one. Nothing else reads the environment.
type config struct {
	Addr                  string         `env:"SHOP_ADDR" envDefault:"127.0.0.1:8080"`
	BaseURL               string         `env:"SHOP_BASE_URL"`
	Secret                string         `env:"SHOP_SECRET"` // signs links in mails
	Database              string         `env:"DATABASE_URL" envDefault:"data/shop.db"`
	Drain                 *time.Duration `env:"SHOP_DRAIN"` // nil: none beside the simulated bank, else defaultDrain
	PaymentTTL            time.Duration  `env:"SHOP_PAYMENT_TTL" envDefault:"15m"`
	Capture               string         `env:"SHOP_CAPTURE" envDefault:"automatic"`
	Methods               []string       `env:"SHOP_PAYMENT_METHODS" envDefault:"card,apple_pay,google_pay,bog_p2p"`
	WalletButtons         []string       `env:"SHOP_WALLET_BUTTONS"` // nil: both beside the simulated bank, else none
	GooglePayScript       string         `env:"GOOGLE_PAY_SCRIPT"`
	GooglePayEnvironment  string         `env:"GOOGLE_PAY_ENVIRONMENT"`
	GooglePayMerchantID   string         `env:"GOOGLE_PAY_MERCHANT_ID"`
	GooglePayMerchantName string         `env:"GOOGLE_PAY_MERCHANT_NAME"`
	ApplePayScript        string         `env:"APPLE_PAY_SCRIPT"`
	Split                 string         `env:"SHOP_SPLIT" envDefault:"off"`
	SplitLines            int            `env:"SHOP_SPLIT_LINES" envDefault:"10"`
	LoanDecision          time.Duration  `env:"SHOP_LOAN_DECISION" envDefault:"24h"`
	LoanMonths            []int          `env:"SHOP_LOAN_MONTHS" envDefault:"3,6,12,24"`
	BNPLMonths            []int          `env:"SHOP_BNPL_MONTHS" envDefault:"2,3,4"`
	LoanRate              string         `env:"SHOP_LOAN_RATE" envDefault:"0"`    // percent a year
	LoanLeast             int            `env:"SHOP_LOAN_LEAST" envDefault:"100"` // lari
	Campaign              string         `env:"SHOP_CAMPAIGN"`
	LogFormat             string         `env:"SHOP_LOG" envDefault:"text"`
	SMTP                  string         `env:"SMTP_URL"`
	MailFrom              string         `env:"SHOP_MAIL_FROM" envDefault:"Dukani <orders@dukani.example>"`
	UnpaidOrders          int            `env:"SHOP_UNPAID_ORDERS" envDefault:"3"`
	UnpaidUnits           int            `env:"SHOP_UNPAID_UNITS" envDefault:"300"`
	UnpaidNetworkOrders   *int           `env:"SHOP_UNPAID_NETWORK_ORDERS"`
	UnpaidNetworkUnits    *int           `env:"SHOP_UNPAID_NETWORK_UNITS"`
	ConnectionsPerAddress int            `env:"SHOP_CONNECTIONS_PER_ADDRESS"`
	ProxyHeader           string         `env:"SHOP_PROXY_HEADER"`
	Proxies               []string       `env:"SHOP_TRUSTED_PROXIES"`

	// Who sells. Name and address are one text, or Georgian|English.
	SellerName    string `env:"SHOP_SELLER_NAME"`
	SellerID      string `env:"SHOP_SELLER_ID"`
	SellerAddress string `env:"SHOP_SELLER_ADDRESS"`
	SellerPhone   string `env:"SHOP_SELLER_PHONE"`
	SellerEmail   string `env:"SHOP_SELLER_EMAIL"`

	Bank         string `env:"BOG_ENV" envDefault:"simulator"`
	ClientID     string `env:"BOG_CLIENT_ID"`
	ClientSecret string `env:"BOG_CLIENT_SECRET"`
	CallbackKey  string `env:"BOG_CALLBACK_KEY"`
	Calculator   string `env:"BOG_CALCULATOR_URL"`

	SimulatorURL          string `env:"SIMULATOR_URL"` // a simulated bank in a process of its own
	SimulatorAddr         string `env:"SIMULATOR_ADDR" envDefault:"127.0.0.1:8081"`
	SimulatorDB           string `env:"SIMULATOR_DB" envDefault:"data/bank.db"`
	SimulatorClientID     string `env:"SIMULATOR_CLIENT_ID"`
	SimulatorClientSecret string `env:"SIMULATOR_CLIENT_SECRET"`

	Issuer             string `env:"OIDC_ISSUER"`
	IssuerClientID     string `env:"OIDC_CLIENT_ID"`
	IssuerClientSecret string `env:"OIDC_CLIENT_SECRET"`
	IssuerName         string `env:"OIDC_NAME"`
	IdentityAddr       string `env:"IDENTITY_ADDR" envDefault:"127.0.0.1:8082"` // where the simulated provider listens

	callbackKeys []string // PEM text of each key in CallbackKey
	loanRate     int      // LoanRate in hundredths of a percent
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
	c, problems := parseConfig(getenv)
	if c == nil {
		return nil, errors.Join(problems...)
	}
	problems = append(problems, c.check()...)
	if c.simulated() {
		c.fillDemo()
	}
	return c, errors.Join(problems...)
}

// parseConfig reads what is set. A setting that cannot be read is a problem and
// counts as not set, so that the others are looked at, too.
func parseConfig(getenv func(string) string) (*config, []error) {
	fields, err := env.GetFieldParams(&config{})
	if err != nil {
		return nil, []error{err}
	}
	set := map[string]string{}
	for _, f := range fields {
		if v := strings.TrimSpace(getenv(f.Key)); v != "" {
			set[f.Key] = v
		}
	}
	var problems []error
	for {
		c := &config{}
		err := env.ParseWithOptions(c, env.Options{Environment: set})
		if err == nil {
			return c, problems
		}
		unread, ok := errors.AsType[env.ParseError](err)
		if !ok {
			return nil, append(problems, err)
		}
		field, _ := reflect.TypeFor[config]().FieldByName(unread.Name)
		key := field.Tag.Get("env")
		problems = append(problems, fmt.Errorf("%s is %q: %w", key, set[key], unread.Err))
		delete(set, key)
	}
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
	fill(&c.SellerName, "შპს „დუქანი“ (საჩვენებელი მაღაზია)|Dukani LLC (a demonstration shop)")
	fill(&c.SellerID, "000000000")
	fill(&c.SellerAddress, "თბილისი, ვაზის ჩიხი 7|7 Vazi Lane, Tbilisi")
	fill(&c.SellerPhone, "+995 32 200 00 00")
	fill(&c.SellerEmail, "hello@dukani.example")
}

// loans is what pages show of loans; beside is the simulated bank, nil with a real one.
func (c *config) loans(beside *simulated) handlers.Loans {
	l := handlers.Loans{
		Months: map[models.Method][]int{models.ByLoan: c.LoanMonths, models.ByBNPL: c.BNPLMonths},
		Rate:   c.loanRate, Least: models.Tetri(c.LoanLeast) * 100,
	}
	switch {
	case c.Calculator == noCalculator:
	case c.Calculator != "":
		l.Calculator = strings.ReplaceAll(c.Calculator, "{client_id}", url.QueryEscape(c.ClientID))
	case beside != nil:
		l.Calculator = beside.url + simulator.CalculatorPath + "?version=2&client_id=" + url.QueryEscape(c.ClientID)
	default:
		l.Calculator = bog.CalculatorURL(c.ClientID)
	}
	return l
}

// defaultDrain is enough for a balancer that looks every two seconds.
const defaultDrain = 5 * time.Second

// drain is how long the shop goes on serving after it was told to stop.
func (c *config) drain() time.Duration {
	switch {
	case c.Drain != nil:
		return *c.Drain
	case c.simulated():
		return 0
	}
	return defaultDrain
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
