package main

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
	"dukani/payments/simulator"
	"dukani/payments/simulator/identity"
)

// check lists what is wrong, unsafe mixtures included, and brings what is right
// into the form that the rest of the program relies on.
func (c *config) check() (problems []error) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	switch c.Bank {
	case "simulator", "sandbox", "live":
	default:
		wrong("BOG_ENV is %q, need simulator, sandbox or live", c.Bank)
	}
	if c.Capture != string(bog.CaptureAutomatic) && c.Capture != string(bog.CaptureManual) {
		wrong("SHOP_CAPTURE is %q, need automatic or manual", c.Capture)
	}
	c.checkMethods(wrong)
	c.checkWallets(wrong)
	if c.Split != "on" && c.Split != "off" {
		wrong("SHOP_SPLIT is %q, need on or off", c.Split)
	}
	if c.SplitLines < 1 {
		wrong("SHOP_SPLIT_LINES is %d, need at least 1", c.SplitLines)
	}
	c.checkLoans(wrong)
	if _, err := payments.ParseCampaign(c.Campaign); err != nil {
		wrong("SHOP_CAMPAIGN: %w", err)
	}
	if c.PaymentTTL < 2*time.Minute || c.PaymentTTL > 24*time.Hour || c.PaymentTTL%time.Minute != 0 {
		wrong("SHOP_PAYMENT_TTL is %s, need whole minutes from 2m to 24h", c.PaymentTTL)
	}
	if d := c.drain(); d < 0 || d > maxDrain {
		wrong("SHOP_DRAIN is %s, need 0s to %s", d, maxDrain)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		wrong("SHOP_LOG is %q, need text or json", c.LogFormat)
	}
	if c.SMTP != "" {
		if u, err := url.Parse(c.SMTP); err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || !isMailServer(u) {
			wrong("SMTP_URL is not of the form smtp://user:password@host:587")
		}
	}
	if p := c.provider(); p != nil {
		if err := p.Check(); err != nil {
			wrong("OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together: %w", err)
		}
	}
	c.checkDatabase(wrong)
	c.checkAddresses(wrong)
	c.checkProxies(wrong)
	c.checkSeller(wrong)
	c.checkBounds(wrong)
	if !c.simulated() {
		c.checkRealBank(wrong)
	}
	return problems
}

// maxDrain is less than the time after which the systems that start programs kill them.
const maxDrain = time.Minute

// checkRealBank lists what only a demonstration may have.
func (c *config) checkRealBank(wrong func(string, ...any)) {
	if c.SimulatorURL != "" {
		wrong("SIMULATOR_URL belongs to BOG_ENV=simulator; with %s it would be ignored", c.Bank)
	}
	if c.Issuer != "" && !strings.HasPrefix(c.Issuer, "https://") ||
		c.IssuerClientID == identity.DefaultClientID || c.IssuerClientSecret == identity.DefaultClientSecret {
		wrong("OIDC_ISSUER must be a real provider's https address, with credentials from there")
	}
	if base, err := url.Parse(c.BaseURL); err == nil && (base.Scheme != "https" || !reachableFromOutside(base.Hostname())) {
		wrong("SHOP_BASE_URL must be the shop's public https address: the bank calls back only there")
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
	var err error
	if c.callbackKeys, err = callbackKeys(c.CallbackKey); err != nil {
		wrong("%w", err)
	}
}

func (c *config) checkBounds(wrong func(string, ...any)) {
	for _, bound := range []struct {
		name string
		n    *int
	}{
		{"SHOP_UNPAID_ORDERS", &c.UnpaidOrders}, {"SHOP_UNPAID_UNITS", &c.UnpaidUnits},
		{"SHOP_UNPAID_NETWORK_ORDERS", c.UnpaidNetworkOrders}, {"SHOP_UNPAID_NETWORK_UNITS", c.UnpaidNetworkUnits},
		{"SHOP_CONNECTIONS_PER_ADDRESS", &c.ConnectionsPerAddress},
	} {
		if bound.n != nil && *bound.n < 0 {
			wrong("%s is %d, need 0 or more", bound.name, *bound.n)
		}
	}
}

func (c *config) checkDatabase(wrong func(string, ...any)) {
	c.Database = strings.TrimPrefix(c.Database, "sqlite://")
	switch info, err := os.Stat(c.Database); {
	case models.IsPostgres(c.Database):
	case strings.Contains(c.Database, "://"):
		wrong("DATABASE_URL is %q, need the path of a SQLite file or a postgres:// URL", redactURL(c.Database))
	case strings.HasPrefix(c.Database, ":"), strings.HasPrefix(c.Database, "file:"), err == nil && info.IsDir():
		wrong("DATABASE_URL is %q, need the path of a SQLite file or a postgres:// URL", c.Database)
	case c.simulated() && c.SimulatorURL == "" && samePath(c.Database, c.SimulatorDB):
		wrong("DATABASE_URL and SIMULATOR_DB name the same file; shop and bank need one each")
	}
}

func samePath(a, b string) bool {
	a, errA := filepath.Abs(a)
	b, errB := filepath.Abs(b)
	return errA == nil && errB == nil && a == b
}

func (c *config) checkAddresses(wrong func(string, ...any)) {
	for _, listen := range []struct{ name, addr string }{
		{"SHOP_ADDR", c.Addr}, {"SIMULATOR_ADDR", c.SimulatorAddr}, {"IDENTITY_ADDR", c.IdentityAddr},
	} {
		_, port, err := net.SplitHostPort(listen.addr)
		if err == nil {
			_, err = net.LookupPort("tcp", port)
		}
		if err != nil {
			wrong("%s is %q, need host:port such as 127.0.0.1:8080 or :8080", listen.name, listen.addr)
		}
	}
	for _, public := range []struct {
		name    string
		address *string
	}{{"SHOP_BASE_URL", &c.BaseURL}, {"SIMULATOR_URL", &c.SimulatorURL}} {
		if *public.address == "" {
			continue
		}
		normal, err := origin(*public.address)
		if err != nil {
			wrong("%s is %q: %w", public.name, redactURL(*public.address), err)
			continue
		}
		*public.address = normal
	}
	if u, err := url.Parse(c.SimulatorURL); c.SimulatorURL != "" && err == nil && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		wrong("SIMULATOR_URL is %q; the simulated bank is asked only over http on this machine", c.SimulatorURL)
	}
}

// noProxy in SHOP_TRUSTED_PROXIES says that visitors connect to the shop directly.
const noProxy = "none"

var headerName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

func (c *config) checkProxies(wrong func(string, ...any)) {
	for i, p := range c.Proxies {
		c.Proxies[i] = strings.TrimSpace(p)
	}
	if len(c.Proxies) == 1 && c.Proxies[0] == noProxy {
		c.Proxies = nil
		if c.ProxyHeader != "" {
			wrong("SHOP_PROXY_HEADER is set, but SHOP_TRUSTED_PROXIES says that there is no proxy")
		}
		return
	}
	switch {
	case !c.simulated() && len(c.Proxies) == 0 && c.ProxyHeader == "":
		wrong("SHOP_TRUSTED_PROXIES and SHOP_PROXY_HEADER are needed: without them every visitor has the proxy's address, " +
			"and whoever mistypes a password a hundred times locks sign-in for all; SHOP_TRUSTED_PROXIES=none says that visitors connect directly")
	case (c.ProxyHeader == "") != (len(c.Proxies) == 0):
		wrong("SHOP_PROXY_HEADER and SHOP_TRUSTED_PROXIES are needed together")
	}
	if c.ProxyHeader != "" && !headerName.MatchString(c.ProxyHeader) {
		wrong("SHOP_PROXY_HEADER is %q, need the name of a header such as X-Real-IP", c.ProxyHeader)
	}
	for i, p := range c.Proxies {
		prefix, err := netip.ParsePrefix(p)
		if ip, notIP := netip.ParseAddr(p); notIP == nil && ip.Zone() == "" {
			prefix, err = netip.PrefixFrom(ip, ip.BitLen()), nil
		}
		if ip := prefix.Addr(); ip.Is4In6() && prefix.Bits() >= 96 { // connections say it in IPv4
			prefix = netip.PrefixFrom(ip.Unmap(), prefix.Bits()-96)
		}
		switch {
		case err != nil:
			wrong("SHOP_TRUSTED_PROXIES has %q, need addresses such as 10.0.0.2 or 10.0.0.0/24, or %s", p, noProxy)
		case prefix.Bits() == 0:
			wrong("SHOP_TRUSTED_PROXIES has %q: everybody could say that they are anybody", p)
		case prefix.IsSingleIP():
			c.Proxies[i] = prefix.Addr().String() // as it is compared with
		default:
			c.Proxies[i] = prefix.Masked().String()
		}
	}
}

// sellerID is how Georgian companies (9 digits) and people (11) are numbered.
var sellerID = regexp.MustCompile(`^(\d{9}|\d{11})$`)

// checkSeller lists what is missing of who sells, which a shop has to show.
func (c *config) checkSeller(wrong func(string, ...any)) {
	required := !c.simulated()
	for _, s := range []struct{ name, value string }{{"SHOP_SELLER_NAME", c.SellerName}, {"SHOP_SELLER_ADDRESS", c.SellerAddress}} {
		for text := range strings.SplitSeq(s.value, "|") {
			if s.value != "" && !strings.ContainsFunc(text, unicode.IsLetter) || strings.Count(s.value, "|") > 1 {
				wrong("%s is %q, need one text, or Georgian|English", s.name, s.value)
				break
			}
		}
	}
	if c.SellerPhone != "" && (!strings.ContainsFunc(c.SellerPhone, unicode.IsDigit) || strings.ContainsFunc(c.SellerPhone, unicode.IsLetter)) {
		wrong("SHOP_SELLER_PHONE is %q, need a number where customers reach you", c.SellerPhone)
	}
	for _, s := range []struct{ name, value string }{
		{"SHOP_SELLER_NAME", c.SellerName}, {"SHOP_SELLER_ADDRESS", c.SellerAddress}, {"SHOP_SELLER_PHONE", c.SellerPhone},
		{"SHOP_SELLER_ID", c.SellerID}, {"SHOP_SELLER_EMAIL", c.SellerEmail},
	} {
		if required && s.value == "" {
			wrong("%s is needed: a shop has to say who sells", s.name)
		}
	}
	if c.SellerID != "" && (!sellerID.MatchString(c.SellerID) || strings.Trim(c.SellerID, "0") == "") {
		wrong("SHOP_SELLER_ID is %q, need the 9 digits of a company or the 11 of a person", c.SellerID)
	}
	if c.SellerEmail != "" {
		if a, err := mail.ParseAddress(c.SellerEmail); err != nil || a.Address != c.SellerEmail || required && madeUp(a.Address) {
			wrong("SHOP_SELLER_EMAIL is %q, need an address where customers reach you", c.SellerEmail)
		}
	}
	from, err := mail.ParseAddress(c.MailFrom)
	switch {
	case err != nil:
		wrong("SHOP_MAIL_FROM is not of the form Shop <orders@shop.example>")
	case required && c.SMTP != "" && madeUp(from.Address):
		wrong("SHOP_MAIL_FROM is %q, need an address of your own: mail from there is refused", c.MailFrom)
	}
}

// madeUp reports whether nobody in the world gets mail at an e-mail address: its domain
// has one label, or exists for examples only.
func madeUp(email string) bool {
	domain := strings.ToLower(email[strings.LastIndexByte(email, '@')+1:])
	labels := strings.Split(domain, ".")
	last := labels[len(labels)-1]
	return len(labels) == 1 || slices.Contains([]string{"example", "test", "invalid", "localhost"}, last) ||
		labels[len(labels)-2] == "example" && slices.Contains([]string{"com", "net", "org"}, last)
}

// callbackKeys returns the keys of a setting, each as PEM text. They may stand one
// after the other, or in files whose names are separated by commas or line breaks.
// Empty stays empty: the bank's published key is built in.
func callbackKeys(setting string) (keys []string, err error) {
	texts := []string{setting}
	if !strings.Contains(setting, "-----BEGIN") {
		texts = strings.FieldsFunc(setting, func(r rune) bool { return r == ',' || r == '\n' })
		if setting != "" && len(texts) == 0 {
			return nil, errors.New("BOG_CALLBACK_KEY names no key")
		}
		for i, name := range texts {
			b, err := os.ReadFile(strings.TrimSpace(name))
			if err != nil {
				return nil, fmt.Errorf("BOG_CALLBACK_KEY is neither a PEM key nor a readable file: %w", err)
			}
			texts[i] = string(b)
		}
	}
	for _, text := range texts {
		text = strings.NewReplacer(`\r`, "", `\n`, "\n", "\r\n", "\n", ",", "\n").Replace(text)
		had := len(keys)
		for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
			key := string(pem.EncodeToMemory(block))
			if _, err := bog.ParsePublicKey(key); err != nil {
				return nil, fmt.Errorf("BOG_CALLBACK_KEY: %w", err)
			}
			keys = append(keys, key)
		}
		// What cannot be read is skipped without a word above.
		if n := strings.Count(text, "-----BEGIN"); n == 0 || len(keys)-had != n {
			return nil, errors.New("BOG_CALLBACK_KEY has something that is not a PEM key")
		}
	}
	return keys, nil
}
