package handlers

import (
	"errors"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"dukani/handlers/oidc"
	"dukani/models"
	"dukani/views"
)

// Provider is an OpenID Connect provider by which customers can sign in.
type Provider struct {
	Issuer, ClientID, ClientSecret string
	// Name is what the button says: one text, or Georgian|English.
	Name string
}

func (p *Provider) oidc() oidc.Provider {
	return oidc.Provider{Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.ClientSecret}
}

// Check returns what is wrong with p.
func (p *Provider) Check() error { return p.oidc().Check() }

// In returns the name in a language, the issuer's host if there is none.
func (p *Provider) In(lang models.Lang) string {
	if name := inLang(p.Name, lang); name != "" {
		return name
	}
	return host(p.Issuer)
}

// ProviderCallback is the path where a provider sends browsers back to. It has no language:
// a provider knows one address.
const ProviderCallback = "/oidc/callback"

// Names under which the session keeps what follows.
const (
	keyStart   = "provider"
	keyLink    = "provider_link"
	keyProblem = "problem"
)

const (
	startLife = 10 * time.Minute // how long a visit at the provider may take
	linkLife  = 30 * time.Minute // how long the password that links an account may take
)

// providerVisit is a visit at the provider that a browser has begun. Only its newest
// counts, and only once.
type providerVisit struct {
	Start oidc.Start
	Next  string // path of the page to go on to
	Lang  models.Lang
}

// pendingLink is an identity at a provider that is linked with the account once the
// account's password is given.
type pendingLink struct {
	Claim      models.Claim
	CustomerID int64
	At         time.Time
}

// startProvider handles POST /{lang}/login/provider.
func (a *app) startProvider(c visit) error {
	next, err := formValue(c.Ctx, "next")
	if err != nil {
		return err
	}
	next = ownPath(next, c.path("/account"))
	if c.who != nil {
		return c.goTo(next)
	}
	return a.toProvider(c, next, false)
}

// confirmByProvider handles POST /{lang}/account/confirm/provider: the provider asks
// again who is at the keyboard, in place of the password.
func (a *app) confirmByProvider(c visit) error {
	next, err := formValue(c.Ctx, "next")
	if err != nil {
		return err
	}
	return a.toProvider(c, ownPath(next, c.path("/account")), true)
}

// toProvider sends the browser to the provider. With again the customer who is signed in
// has to show there that it is them.
func (a *app) toProvider(c visit, next string, again bool) error {
	start, address, err := a.provider.Start(c.UserContext(), string(c.lang), again)
	began := providerVisit{Start: start, Next: next, Lang: c.lang}
	if err != nil {
		began.Start.Again = again
		return a.providerFailed(c, &began, providerError(err))
	}
	a.remember(c.Ctx, keyStart, began)
	return c.goTo(address)
}

// returnFromProvider handles GET /oidc/callback.
func (a *app) returnFromProvider(c visit) error {
	began, err := a.takeProviderVisit(c.Ctx)
	c.lang = began.Lang
	switch {
	case models.IsKind(err, models.Forbidden) && c.who != nil: // they went back in the browser
		return c.goTo(c.path("/account"))
	case err != nil:
		return a.providerFailed(c, began, err)
	case !began.Start.Again && c.who != nil: // signed in meanwhile, in another tab
		return c.goTo(began.Next)
	}
	claim, err := a.claim(c, began)
	switch {
	case err != nil:
		return a.providerFailed(c, began, err)
	case began.Start.Again:
		return a.confirmedByProvider(c, began, claim)
	}
	customer, err := a.Store.SignInByProvider(c.UserContext(), claim, c.lang)
	switch {
	case models.IsKind(err, models.Conflict): // there is an account with this address: its password links them
		a.remember(c.Ctx, keyLink, pendingLink{claim, customer.ID, a.Store.Now()})
		return a.backFromProvider(c, began, message{Key: "provider.known_address", What: claim.Email})
	case err != nil:
		return a.providerFailed(c, began, err)
	}
	return a.enter(c, customer.ID, began.Next)
}

// takeProviderVisit takes out of the session the visit that the browser comes back from.
// The error is Forbidden if this browser did not begin it, if it took too long, or if it was
// used before; then the visit that is returned is good for its language and next page only.
func (a *app) takeProviderVisit(c *fiber.Ctx) (*providerVisit, error) {
	unknown, expired := &providerVisit{Lang: a.visitorLang(c)}, &models.Error{Kind: models.Forbidden, Code: models.CodeProviderExpired}
	began, ok := a.remembered(c, keyStart).(providerVisit)
	if !ok || !began.Start.Is(c.Query("state")) {
		return unknown, expired
	}
	a.forget(c, keyStart)
	if a.Store.Now().Sub(began.Start.At) > startLife {
		return &began, expired
	}
	return &began, nil
}

// claim is what the provider says of the person who comes back.
func (a *app) claim(c visit, began *providerVisit) (models.Claim, error) {
	query := url.Values{"error": {c.Query("error")}, "code": {c.Query("code")}, "iss": {c.Query("iss")}}
	p, err := a.provider.Finish(c.UserContext(), began.Start, query)
	if err != nil {
		return models.Claim{}, providerError(err)
	}
	return models.Claim{Issuer: p.Issuer, Subject: p.Subject, Email: p.Email, EmailVerified: p.EmailVerified, Name: p.Name}, nil
}

// providerError turns an error of the provider's into what the visitor may read.
func providerError(err error) error {
	switch {
	case errors.Is(err, oidc.ErrRefused):
		return &models.Error{Kind: models.Forbidden, Code: models.CodeProviderRefused}
	case errors.Is(err, oidc.ErrDown):
		return &models.Error{Kind: models.Unavailable, Code: models.CodeProviderDown, Err: err}
	case errors.Is(err, oidc.ErrUntrusted):
		return &models.Error{Kind: models.Forbidden, Code: models.CodeProviderFailed, Err: err}
	}
	return err
}

// confirmedByProvider goes on to what needed a proof if the provider says that it is
// the customer who is signed in.
func (a *app) confirmedByProvider(c visit, began *providerVisit, claim models.Claim) error {
	id, err := a.Store.IdentityOf(c.UserContext(), claim.Issuer, claim.Subject)
	if err != nil && !models.IsKind(err, models.NotFound) {
		return err
	}
	if err != nil || c.who == nil || id != c.who.ID {
		return a.providerFailed(c, began, &models.Error{Kind: models.Forbidden, Code: models.CodeProviderNotYou})
	}
	return a.enter(c, c.who.ID, began.Next)
}

// providerFailed says on the page that the visitor came from why nobody was signed in.
// The log gets what only the shop's owner can mend.
func (a *app) providerFailed(c visit, began *providerVisit, err error) error {
	e, ok := errors.AsType[*models.Error](err)
	if !ok {
		return err
	}
	if e.Err != nil {
		a.Log.WarnContext(c.UserContext(), "no sign-in by the provider", "reason", e.Code, "err", e.Err)
	}
	return a.backFromProvider(c, began, message{Key: string(e.Code)})
}

// backFromProvider leads back to the page where the visit began, which says why nobody was
// signed in: m, with the mail address of an account that can be linked.
func (a *app) backFromProvider(c visit, began *providerVisit, m message) error {
	a.remember(c.Ctx, keyProblem, m)
	page := "/login"
	if began.Start.Again {
		page = "/account/confirm"
	}
	to := c.path(page)
	if began.Next != "" {
		to += "?next=" + url.QueryEscape(began.Next)
	}
	return c.goTo(to)
}

// takeProblem returns why nobody was signed in by the provider, in the page's language, ""
// if there is nothing to tell, and the mail address of the account that it could be linked
// with. It is shown once.
func (a *app) takeProblem(c visit) (problem, email string) {
	m, ok := a.remembered(c.Ctx, keyProblem).(message)
	if !ok || speculative(c.Ctx) {
		return "", ""
	}
	a.forget(c.Ctx, keyProblem)
	return c.text(m.Key), m.What
}

// linkPending links the account whose password was just given with the identity at the
// provider that waits for that, if it waits for this account.
func (a *app) linkPending(c visit, customerID int64) error {
	link, ok := a.remembered(c.Ctx, keyLink).(pendingLink)
	if !ok {
		return nil
	}
	a.forget(c.Ctx, keyLink)
	if a.Store.Now().Sub(link.At) > linkLife {
		return nil
	}
	var err error = &models.Error{Kind: models.Conflict, Code: models.CodeProviderNotLinked}
	if link.CustomerID == customerID {
		err = a.Store.LinkIdentity(c.UserContext(), customerID, link.Claim)
	}
	switch {
	case err == nil:
		a.flash(c.Ctx, "provider.linked")
	case models.IsKind(err, models.Conflict):
		a.flash(c.Ctx, "provider.not_linked")
	default:
		return err
	}
	return nil
}

// unlink handles POST /{lang}/account/unlink.
func (a *app) unlink(c visit) error {
	form, err := a.readForm(c, "issuer", "subject")
	if err != nil {
		return err
	}
	if !a.proved(c.who) {
		return a.toProof(c.Ctx, c.path("/account/profile"))
	}
	s, _, err := a.session(c.Ctx)
	if err != nil {
		return err
	}
	if err := a.Store.Unlink(c.UserContext(), c.who.Customer, form.Values["issuer"], form.Values["subject"], s.ID, a.cartKey(c.Ctx)); err != nil {
		return err
	}
	if err := a.rekey(c); err != nil {
		return err
	}
	a.flash(c.Ctx, "provider.unlinked")
	return c.goTo(c.path("/account/profile"))
}

// providerName is what the provider is called on the page, "" if there is none.
func (a *app) providerName(c visit) string {
	if a.provider == nil {
		return ""
	}
	return a.Provider.In(c.lang)
}

// linked lists the providers that a customer can sign in by.
func (a *app) linked(c visit) ([]views.LinkedProvider, error) {
	identities, err := a.Store.Identities(c.UserContext(), c.who.ID)
	if err != nil {
		return nil, err
	}
	var list []views.LinkedProvider
	for _, i := range identities {
		v := views.LinkedProvider{
			Issuer: i.Issuer, Subject: i.Subject, Name: host(i.Issuer), Since: views.Date(string(c.lang), i.CreatedAt),
			CanUnlink: c.who.PasswordHash != "" || len(identities) > 1,
		}
		if a.provider != nil && i.Issuer == a.provider.Issuer {
			v.Name, v.Current = a.providerName(c), true
		}
		list = append(list, v)
	}
	return list, nil
}
