package handlers

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/oauth2"

	"dukani/models"
	"dukani/views"
)

// ProviderCallback is the path where a provider sends browsers back to. It has no language:
// a provider knows one address.
const ProviderCallback = "/oidc/callback"

// Names under which the session keeps what follows.
const (
	keyStart   = "provider"
	keyLink    = "provider_link"
	keyProblem = "problem"
)

// How long a visit at the provider may take, and how long a password that links an
// account may be looked for.
const (
	startLife = 10 * time.Minute
	linkLife  = 30 * time.Minute
)

// providerStart is a visit at the provider that a browser has begun. Only its newest
// counts, and only once.
type providerStart struct {
	State, Nonce, Verifier string
	Next                   string // path of the page to go on to
	Lang                   models.Lang
	At                     time.Time
	Again                  bool // a customer who has signed in has to show again that it is them
}

// pendingLink is somebody at a provider who is linked with the account once its
// password is given.
type pendingLink struct {
	Claim      models.Claim
	CustomerID int64
	At         time.Time
}

// startProvider handles POST /{lang}/login/provider.
func (a *app) startProvider(c *fiber.Ctx) error {
	who, err := a.signedIn(c)
	if err != nil {
		return err
	}
	next, err := formValue(c, "next")
	if err != nil {
		return err
	}
	next = ownPath(next, a.local(c, "/account"))
	if who != nil {
		return c.Redirect(next, fiber.StatusSeeOther)
	}
	return a.toProvider(c, next, false)
}

// confirmByProvider handles POST /{lang}/account/confirm/provider: the provider asks
// again who is at the keyboard, in place of the password.
func (a *app) confirmByProvider(c *fiber.Ctx) error {
	next, err := formValue(c, "next")
	if err != nil {
		return err
	}
	return a.toProvider(c, ownPath(next, a.local(c, "/account")), true)
}

func (a *app) toProvider(c *fiber.Ctx, next string, again bool) error {
	start := providerStart{
		State: newKey(), Nonce: newKey(), Verifier: oauth2.GenerateVerifier(), Next: next, Lang: a.lang(c), At: a.Store.Now(), Again: again,
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), providerTimeout)
	defer cancel()
	address, err := a.provider.address(ctx, &start)
	if err != nil {
		return a.noSignIn(c, &start, err)
	}
	s, b, err := a.session(c)
	if err != nil {
		return err
	}
	s.Values[keyStart], b.changed = start, true
	return c.Redirect(address, fiber.StatusSeeOther)
}

// returnFromProvider handles GET /oidc/callback.
func (a *app) returnFromProvider(c *fiber.Ctx) error {
	who, err := a.signedIn(c)
	if err != nil {
		return err
	}
	start, err := a.takeStart(c)
	switch {
	case models.IsKind(err, models.Forbidden) && who != nil: // they went back in the browser
		return c.Redirect("/"+string(start.Lang)+"/account", fiber.StatusSeeOther)
	case err != nil:
		return a.noSignIn(c, start, err)
	case !start.Again && who != nil: // signed in meanwhile, in another tab
		return c.Redirect(start.Next, fiber.StatusSeeOther)
	}
	// From here on the page is in the language that the visit began in.
	c.Path("/" + string(start.Lang) + ProviderCallback)
	claim, err := a.claim(c, start)
	switch {
	case err != nil:
		return a.noSignIn(c, start, err)
	case start.Again:
		return a.provedByProvider(c, start, who, claim)
	}
	customer, err := a.Store.SignInByProvider(c.UserContext(), claim, start.Lang)
	if models.IsKind(err, models.Conflict) {
		s, b, err := a.session(c)
		if err != nil {
			return err
		}
		s.Values[keyLink], b.changed = pendingLink{claim, customer.ID, a.Store.Now()}, true
	}
	if err != nil {
		return a.noSignIn(c, start, err)
	}
	return a.enter(c, customer.ID, start.Next)
}

// takeStart takes out of the session the visit that the browser comes back from. Errors:
// Forbidden if it did not begin it, took too long, or was here with it before; then
// what is returned has the language only, or where it wanted to go.
func (a *app) takeStart(c *fiber.Ctx) (*providerStart, error) {
	unknown, expired := &providerStart{Lang: a.visitorLang(c)}, &models.Error{Kind: models.Forbidden, Message: "provider.expired"}
	if !a.hasSession(c) {
		return unknown, expired
	}
	s, b, err := a.session(c)
	if err != nil {
		return unknown, err
	}
	start, ok := s.Values[keyStart].(providerStart)
	if !ok || subtle.ConstantTimeCompare([]byte(start.State), []byte(c.Query("state"))) != 1 {
		return unknown, expired
	}
	delete(s.Values, keyStart)
	b.changed = true
	if a.Store.Now().Sub(start.At) > startLife {
		return &start, expired
	}
	return &start, nil
}

// claim is what the provider says of who comes back.
func (a *app) claim(c *fiber.Ctx, start *providerStart) (models.Claim, error) {
	switch code := c.Query("error"); code {
	case "":
	case "access_denied":
		return models.Claim{}, &models.Error{Kind: models.Forbidden, Message: "provider.refused"}
	case "server_error", "temporarily_unavailable":
		return models.Claim{}, providerDown(errors.New("it says so itself"))
	default:
		if len(code) > 40 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz_") != "" {
			code = "of no known form" // anybody can write it into the address
		}
		return models.Claim{}, distrust(fmt.Errorf("the browser was sent back with error %s", code))
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), providerTimeout)
	defer cancel()
	return a.provider.redeem(ctx, start, c.Query("code"), c.Query("iss"))
}

// provedByProvider goes on to what needed a proof if the provider says that it is
// the customer who has signed in, and asked them just now.
func (a *app) provedByProvider(c *fiber.Ctx, start *providerStart, who *account, claim models.Claim) error {
	id, err := a.Store.IdentityOf(c.UserContext(), claim.Issuer, claim.Subject)
	if err != nil && !models.IsKind(err, models.NotFound) {
		return err
	}
	if err != nil || who == nil || id != who.ID {
		return a.noSignIn(c, start, &models.Error{Kind: models.Forbidden, Message: "provider.not_you"})
	}
	return a.enter(c, who.ID, start.Next)
}

// noSignIn says on the page that the visitor came from why the provider did not help.
// The log is told what only its owner can mend; nothing that came from a browser or a
// token gets there but an error's name.
func (a *app) noSignIn(c *fiber.Ctx, start *providerStart, err error) error {
	e, ok := errors.AsType[*models.Error](err)
	if !ok {
		return err
	}
	if e.Err != nil {
		a.Log.WarnContext(c.UserContext(), "no sign-in by the provider", "reason", e.Message, "err", e.Err)
	}
	s, b, err := a.session(c)
	if err != nil {
		return err
	}
	s.AddFlash(e.Message, keyProblem)
	b.changed = true
	page := "/login"
	if start.Again {
		page = "/account/confirm"
	}
	to := "/" + string(start.Lang) + page
	if start.Next != "" {
		to += "?next=" + url.QueryEscape(start.Next)
	}
	return c.Redirect(to, fiber.StatusSeeOther)
}

// takeProblem returns why the provider did not help, in the page's language, "" if
// there is nothing to tell, and the address of the account that it could be linked
// with. It is shown once.
func (a *app) takeProblem(c *fiber.Ctx) (problem, email string, err error) {
	if a.provider == nil || !a.hasSession(c) || justLooking(c) {
		return "", "", nil
	}
	s, b, err := a.session(c)
	if err != nil {
		return "", "", err
	}
	all := s.Flashes(keyProblem)
	if len(all) == 0 {
		return "", "", nil
	}
	b.changed = true
	key, _ := all[len(all)-1].(string)
	if link, ok := s.Values[keyLink].(pendingLink); ok && key == "provider.known_address" {
		email = link.Claim.Email
	}
	return a.text(c, key), email, nil
}

// linkPending links the account whose password was just given with who was at the
// provider before, if it is the account that they were asked for.
func (a *app) linkPending(c *fiber.Ctx, customerID int64) error {
	s, b, err := a.session(c)
	if err != nil {
		return err
	}
	link, ok := s.Values[keyLink].(pendingLink)
	if !ok {
		return nil
	}
	delete(s.Values, keyLink)
	b.changed = true
	if a.Store.Now().Sub(link.At) > linkLife {
		return nil
	}
	err = &models.Error{Kind: models.Conflict, Message: "provider.not_linked"}
	if link.CustomerID == customerID {
		err = a.Store.LinkIdentity(c.UserContext(), customerID, link.Claim)
	}
	switch {
	case err == nil:
		a.flash(c, "provider.linked")
	case models.IsKind(err, models.Conflict):
		a.flash(c, "provider.not_linked")
	default:
		return err
	}
	return nil
}

// unlink handles POST /{lang}/account/unlink.
func (a *app) unlink(c *fiber.Ctx) error {
	form, err := a.readForm(c, "issuer", "subject")
	if err != nil {
		return err
	}
	who := mustBeSignedIn(c)
	if !a.proved(who) {
		return a.toProof(c, a.local(c, "/account/profile"))
	}
	s, _, err := a.session(c)
	if err != nil {
		return err
	}
	if err := a.Store.Unlink(c.UserContext(), who.Customer, form.Values["issuer"], form.Values["subject"], s.ID, a.cartKey(c)); err != nil {
		return err
	}
	if err := a.rekey(c); err != nil {
		return err
	}
	a.flash(c, "provider.unlinked")
	return c.Redirect(a.local(c, "/account/profile"), fiber.StatusSeeOther)
}

// providerName is what the provider is called on the page, "" if there is none.
func (a *app) providerName(c *fiber.Ctx) string {
	if a.provider == nil {
		return ""
	}
	return a.provider.In(a.lang(c))
}

// linked lists the providers that a customer can sign in by.
func (a *app) linked(c *fiber.Ctx, who *account) ([]views.LinkedProvider, error) {
	identities, err := a.Store.Identities(c.UserContext(), who.ID)
	if err != nil {
		return nil, err
	}
	var list []views.LinkedProvider
	for _, i := range identities {
		v := views.LinkedProvider{
			Issuer: i.Issuer, Subject: i.Subject, Name: host(i.Issuer), Since: views.Date(string(a.lang(c)), i.CreatedAt),
			CanUnlink: who.PasswordHash != "" || len(identities) > 1,
		}
		if a.provider != nil && i.Issuer == a.provider.Issuer {
			v.Name, v.Current = a.providerName(c), true
		}
		list = append(list, v)
	}
	return list, nil
}
