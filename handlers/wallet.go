package handlers

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/payments"
	"dukani/payments/bog"
	"dukani/views"
)

// Wallets are the wallets whose own buttons the shop shows (bog-api.md §12). Without JavaScript, or
// in a browser that has no wallet, the same ways to pay lead to the bank's page.
type Wallets struct {
	Buttons                   []models.Method
	GoogleScript, AppleScript string // addresses of the wallets' own scripts
	// GoogleEnvironment is TEST or PRODUCTION; the merchant is as Google's console names it.
	GoogleEnvironment, GoogleMerchantID, GoogleMerchantName string
}

// foreign are the origins from which a page with a wallet's button may have something.
type foreign struct{ script, connect, frame, img string }

// allow adds the origins to the Content-Security-Policy of the page that is answered with.
func (f foreign) allow(c *fiber.Ctx) {
	policy := string(c.Response().Header.Peek(fiber.HeaderContentSecurityPolicy))
	for _, d := range []struct{ name, origin string }{
		{"script-src 'self'", f.script}, {"connect-src 'self'", f.connect}, {"img-src 'self'", f.img}, {"frame-src", f.frame},
	} {
		if d.origin == "" || strings.Contains(policy, d.name+d.origin+";") {
			continue
		}
		if before, after, has := strings.Cut(policy, d.name); has {
			policy = before + d.name + d.origin + after
		} else {
			policy += "; " + d.name + d.origin
		}
	}
	c.Set(fiber.HeaderContentSecurityPolicy, policy)
}

// walletOrigins are the origins that a page with a wallet's button names. The script of the
// stand-in beside the simulated bank needs nothing but itself.
func (w Wallets) walletOrigins(script string) foreign {
	u, err := url.Parse(script)
	if err != nil || u.Host == "" {
		return foreign{}
	}
	origin := " " + u.Scheme + "://" + u.Host
	switch u.Host {
	case "pay.google.com": // its sheet is a frame or a window, its button has a picture
		return foreign{script: origin, connect: origin + " https://google.com/pay", frame: origin, img: " https://www.gstatic.com"}
	case "applepay.cdn-apple.com":
		return foreign{script: origin, connect: origin, img: origin}
	}
	return foreign{script: origin}
}

// script is the address of the script behind a button, "" if the shop shows no such button.
func (w Wallets) script(m string) string {
	switch {
	case !slices.Contains(w.Buttons, models.Method(m)):
	case models.Method(m) == models.ByGooglePay:
		return w.GoogleScript
	case models.Method(m) == models.ByApplePay:
		return w.AppleScript
	}
	return ""
}

// walletView is what a page needs for the wallets among the ways to pay that it offers, nil if
// there are none. Such a page, and no other, lets the browser load the wallets' scripts.
func (a *app) walletView(c visit, offered []views.MethodChoice) *views.Wallet {
	v := &views.Wallet{
		Lang: string(c.lang), Shop: c.text("shop.name"), Environment: a.Wallets.GoogleEnvironment,
		Gateway: bog.GooglePayGateway, GatewayMerchantID: bog.GooglePayGatewayMerchantID,
		MerchantID: a.Wallets.GoogleMerchantID, MerchantName: a.Wallets.GoogleMerchantName,
	}
	for _, m := range offered {
		script := a.Wallets.script(m.Key)
		switch models.Method(m.Key) {
		case models.ByGooglePay:
			v.GoogleScript = script
		case models.ByApplePay:
			v.AppleScript = script
		}
		a.Wallets.walletOrigins(script).allow(c.Ctx)
	}
	if v.GoogleScript+v.AppleScript == "" {
		return nil
	}
	// A sheet may be a window of its own that reports to this one.
	c.Set("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
	c.Set(fiber.HeaderPermissionsPolicy, "camera=(), geolocation=(), microphone=(), payment=(self), usb=()")
	return v
}

// The steps that a wallet's script takes.
const (
	walletTries = "try" // is the form right? Nothing is placed
	walletPays  = "pay" // the consent was given or, with Apple Pay, the sheet is open
)

// maxWalletToken bounds a token; real ones have a few kilobytes.
const maxWalletToken = 64 << 10

// walletStep is what a form says about a wallet's button; the zero value is a form without one.
type walletStep struct {
	step  string
	token string // in no struct that is kept or logged
}

// readWallet reads the step of a wallet's script from a form for the way to pay method. The form of
// a shop that shows no such button counts as one without it: it leads to the bank's page.
func (a *app) readWallet(c visit, method string) (w walletStep, err error) {
	if a.Wallets.script(method) == "" {
		return w, nil
	}
	if w.step, err = formValue(c.Ctx, "wallet"); err != nil || w.step == "" {
		return w, err
	}
	w.token, err = formValue(c.Ctx, "wallet_token")
	unread := w.step != walletTries && w.step != walletPays || len(w.token) > maxWalletToken ||
		w.step == walletPays && models.Method(method) == models.ByGooglePay && w.token == ""
	if err == nil && unread {
		err = &models.Error{Kind: models.Invalid, Code: models.CodeFormUnreadable}
	}
	return w, err
}

// place places an order, by a wallet's button if w has one.
func (a *app) place(c visit, typed models.Checkout, w walletStep) (*models.Order, payments.PayResult, error) {
	if w.step == "" {
		return a.Desk.PlaceOrder(c.UserContext(), a.cartKey(c.Ctx), typed)
	}
	return a.Desk.PlaceOrderByWallet(c.UserContext(), a.cartKey(c.Ctx), typed, payments.WalletButton{Token: w.token})
}

// pay pays an order, by a wallet's button if w has one.
func (a *app) pay(c visit, o *models.Order, with models.PayWith, w walletStep) (payments.PayResult, error) {
	if w.step == "" {
		return a.Desk.Pay(c.UserContext(), o, with)
	}
	return a.Desk.PayByWallet(c.UserContext(), o, with.Method, payments.WalletButton{Token: w.token})
}

// tryOrder answers the script whether the form can be ordered as it is: with nothing if the sheet may
// open, else with where the shopper is told more.
func (a *app) tryOrder(c visit, form checkoutForm, typed models.Checkout) error {
	o, open, err := a.Desk.TryOrderByWallet(c.UserContext(), a.cartKey(c.Ctx), typed)
	switch {
	case err != nil:
		return a.checkoutRefused(c, form, err)
	case !open:
		return c.goTo(c.path("/orders/" + o.Token))
	}
	return c.JSON(struct{}{})
}

// toSheet lets Apple's sheet go on: with the session for the script, and where the token goes.
func (a *app) toSheet(c visit, o *models.Order, result payments.PayResult) error {
	return c.JSON(fiber.Map{
		"session": json.RawMessage(result.Session), "attempt": result.Attempt, "accept": c.path("/orders/" + o.Token + "/wallet"),
	})
}

// completeApplePay handles POST /{lang}/orders/{token}/wallet: the token of Apple's sheet. The answer
// says what the sheet shows, and where the order's page is.
func (a *app) completeApplePay(c visit) error {
	o, err := a.Store.OrderByToken(c.UserContext(), c.Params("token"))
	if err != nil {
		return err
	}
	attempt, err := formValue(c.Ctx, "attempt")
	if err != nil {
		return err
	}
	token, err := formValue(c.Ctx, "wallet_token")
	if err == nil && len(token) > maxWalletToken {
		err = &models.Error{Kind: models.Invalid, Code: models.CodeFormUnreadable}
	}
	if err != nil {
		return err
	}
	result, err := a.Desk.CompleteApplePay(c.UserContext(), o, attempt, token)
	page := c.path("/orders/" + o.Token)
	if models.IsKind(err, models.Conflict) {
		a.flash(c.Ctx, "order.wallet.void")
		return c.JSON(fiber.Map{"outcome": payments.Failed, "location": page})
	}
	if err != nil {
		return err
	}
	return c.JSON(fiber.Map{"outcome": result.Outcome, "location": page})
}

// answerScript is a middleware: a wallet's script is told where a form leads, so that it can close
// the sheet before the browser goes there.
func (a *app) answerScript(c *fiber.Ctx) error {
	wallet, err := formValue(c, "wallet")
	if err != nil {
		return err
	}
	if wallet == "" || c.Get(fiber.HeaderAccept) != fiber.MIMEApplicationJSON {
		return c.Next()
	}
	if err := c.Next(); err != nil {
		return err
	}
	location := string(c.Response().Header.Peek(fiber.HeaderLocation))
	if location == "" {
		return nil
	}
	c.Response().Header.Del(fiber.HeaderLocation)
	return c.Status(fiber.StatusOK).JSON(fiber.Map{"location": location})
}
