package handlers

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/handlers/admin"
)

type header struct{ name, value []byte }

// noStore is the Cache-Control of pages that belong to one visitor.
const noStore = "no-store"

// securityHeaders are on every answer.
func (a *app) securityHeaders() ([]header, error) {
	formAction := "'self'"
	if a.PaymentPageOrigin != "" {
		u, err := url.Parse(a.PaymentPageOrigin)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("handlers: %q is not the payment page's address", a.PaymentPageOrigin)
		}
		// Browsers apply form-action to where a posted form is redirected to, too.
		formAction += " " + u.Scheme + "://" + u.Host
	}
	if a.Provider != nil {
		formAction += " " + a.Provider.oidc().Origin()
	}
	calculator, err := a.Loans.calculatorOrigin()
	if err != nil {
		return nil, err
	}
	if calculator != "" {
		a.calculatorPolicy = contentPolicy(formAction, calculator)
	}
	list := []header{}
	add := func(name, value string) { list = append(list, header{[]byte(name), []byte(value)}) }
	add(fiber.HeaderContentSecurityPolicy, contentPolicy(formAction, ""))
	add("X-Content-Type-Options", "nosniff")
	add("Cross-Origin-Opener-Policy", "same-origin")
	add("Cross-Origin-Resource-Policy", "same-origin")
	add("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if a.https {
		add("Strict-Transport-Security", "max-age=63072000")
	}
	return list, nil
}

// contentPolicy is a Content-Security-Policy. A page that shows something of another origin, such as the
// bank's calculator, names exactly that; "" names none.
func contentPolicy(formAction, origin string) string {
	if origin != "" {
		origin = " " + origin
	}
	list := []string{"default-src 'none'"}
	for _, kind := range []string{"script-src", "style-src", "img-src", "font-src", "connect-src"} {
		list = append(list, kind+" 'self'"+origin)
	}
	if origin != "" {
		list = append(list, "frame-src"+origin)
	}
	return strings.Join(append(list, "manifest-src 'self'", "form-action "+formAction, "base-uri 'none'", "frame-ancestors 'none'"), "; ")
}

// secure is a middleware: every answer gets the security headers.
func (a *app) secure(c *fiber.Ctx) error {
	a.setHeaders(c)
	return c.Next()
}

// setHeaders sets the headers that every answer has. Answers are not cached unless their
// handler allows it.
func (a *app) setHeaders(c *fiber.Ctx) {
	h := &c.Response().Header
	for _, x := range a.headers {
		h.SetCanonical(x.name, x.value)
	}
	// Not "no-referrer": with it browsers post forms with "Origin: null". The addresses
	// of orders and of links in mails are keys, and other sites must not see them.
	policy := "strict-origin-when-cross-origin"
	_, rest, isPage := splitLang(c.Path())
	isKey := isPage && (strings.HasPrefix(rest, "/orders/") || rest == "/reset" || rest == "/verify")
	if isKey || strings.HasPrefix(c.Path(), admin.Prefix) {
		policy = "same-origin"
	}
	h.Set(fiber.HeaderReferrerPolicy, policy)
	h.Set(fiber.HeaderCacheControl, noStore)
}
