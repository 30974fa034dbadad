package main

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"dukani/handlers"
	"dukani/models"
	"dukani/payments/simulator"
)

// The scripts that Google and Apple publish for their buttons.
const (
	googlePayScript = "https://pay.google.com/gp/p/js/pay.js"
	applePayScript  = "https://applepay.cdn-apple.com/jsapi/1.latest/apple-pay-sdk.js"
)

// noButtons in SHOP_WALLET_BUTTONS says that wallets are paid on the bank's page.
const noButtons = "none"

// checkWallets makes sure that the buttons are wallets which the shop offers, and that their
// scripts can be trusted to come as they were sent.
func (c *config) checkWallets(wrong func(string, ...any)) {
	buttons := c.buttons()
	for i, b := range buttons {
		switch {
		case !b.Rules().Button:
			wrong("SHOP_WALLET_BUTTONS has %q, need google_pay, apple_pay or, alone, %s", b, noButtons)
		case slices.Contains(buttons[:i], b):
			wrong("SHOP_WALLET_BUTTONS has %q twice", b)
		case c.WalletButtons != nil && !slices.Contains(c.methods(), b):
			wrong("SHOP_WALLET_BUTTONS has %q, which SHOP_PAYMENT_METHODS has not", b)
		case b == models.ByGooglePay && c.googleEnvironment() == "PRODUCTION" && c.GooglePayMerchantID == "":
			wrong("GOOGLE_PAY_MERCHANT_ID is needed for Google Pay's button in PRODUCTION")
		}
	}
	if e := c.GooglePayEnvironment; e != "" && e != "TEST" && e != "PRODUCTION" {
		wrong("GOOGLE_PAY_ENVIRONMENT is %q, need TEST or PRODUCTION", e)
	}
	for name, script := range map[string]string{"GOOGLE_PAY_SCRIPT": c.GooglePayScript, "APPLE_PAY_SCRIPT": c.ApplePayScript} {
		if script != "" && (!isScript(script) || !c.simulated() && !strings.HasPrefix(script, "https:")) {
			wrong("%s is %q, need an https address", name, script)
		}
	}
}

// buttons are the wallets whose buttons the shop shows.
func (c *config) buttons() (list []models.Method) {
	named := []string{string(models.ByGooglePay), string(models.ByApplePay)}
	switch {
	case c.WalletButtons != nil:
		named = c.WalletButtons
	case !c.simulated():
		return nil
	}
	for _, b := range named {
		list = append(list, models.Method(strings.TrimSpace(b)))
	}
	if len(list) == 1 && list[0] == noButtons {
		return nil
	}
	return list
}

// isScript reports whether text is the address of a script whose origin can stand in a page's
// Content-Security-Policy: https or, on this machine, http.
func isScript(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())) && u.Host != "" && u.User == nil &&
		!strings.ContainsAny(text, " ;,'\"")
}

func (c *config) googleEnvironment() string {
	if c.GooglePayEnvironment == "" && c.Bank == "live" {
		return "PRODUCTION"
	}
	return cmp.Or(c.GooglePayEnvironment, "TEST")
}

// wallets is what the pages need for the wallets' buttons; beside is the simulated bank, nil with a
// real one.
func (c *config) wallets(beside *simulated) handlers.Wallets {
	google, apple := googlePayScript, applePayScript
	if beside != nil {
		google, apple = beside.url+simulator.GooglePayScript, beside.url+simulator.ApplePayScript
	}
	return handlers.Wallets{
		Buttons: c.buttons(), GoogleScript: cmp.Or(c.GooglePayScript, google), AppleScript: cmp.Or(c.ApplePayScript, apple),
		GoogleEnvironment: c.googleEnvironment(), GoogleMerchantID: c.GooglePayMerchantID, GoogleMerchantName: c.GooglePayMerchantName,
	}
}
