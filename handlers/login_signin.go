package handlers

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
)

// account is the customer who is signed in with the request's session.
type account struct {
	*models.Customer
	session models.Session
	token   string // goes with every form that changes something
}

// proved reports whether the password was given lately enough to spend money or to
// change who can sign in.
func (a *app) proved(who *account) bool { return who.session.Proved(a.Store.Now()) }

// errProof says that the password has to be given again first.
var errProof = errors.New("the password was given too long ago")

type accountKey struct{}

// signedIn returns the customer who is signed in, nil for a guest. Without a session's
// cookie it costs nothing.
func (a *app) signedIn(c *fiber.Ctx) (*account, error) {
	if who, ok := c.Locals(accountKey{}).(*account); ok {
		return who, nil
	}
	var who *account
	if a.hasSession(c) {
		s, b, err := a.session(c)
		if err != nil {
			return nil, err
		}
		if id := b.stored.CustomerID; id != nil {
			customer, err := a.Store.CustomerByID(a.small(c), *id)
			if err != nil {
				return nil, err
			}
			who = &account{Customer: customer, session: b.stored, token: formToken(s.ID)}
		}
	}
	c.Locals(accountKey{}, who)
	return who, nil
}

// formToken is the token of the forms in a session. It changes with the session's key,
// which only the browser knows, and does not reveal it.
func formToken(sessionKey string) string {
	sum := sha256.Sum256([]byte("form of " + sessionKey))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// signIn starts a session of the customer under a new key, so that a key that leaked
// before opens nothing. What the old session kept for the visitor is taken over.
func (a *app) signIn(c *fiber.Ctx, customerID int64) error {
	if err := a.renewSession(c); err != nil {
		return err
	}
	_, b, err := a.session(c)
	if err != nil {
		return err
	}
	b.stored = models.Session{CustomerID: &customerID, Device: device(c.Get(fiber.HeaderUserAgent))}
	b.changed = true
	c.Locals(accountKey{}, nil)
	return nil
}

// signOut ends the session and drops what it kept.
func (a *app) signOut(c *fiber.Ctx) error {
	if err := a.renewSession(c); err != nil {
		return err
	}
	s, b, err := a.session(c)
	if err != nil {
		return err
	}
	clear(s.Values)
	b.stored, b.changed = models.Session{}, true
	c.Locals(accountKey{}, nil)
	return nil
}

// renewSession takes the session's key away; saving it makes a new one.
func (a *app) renewSession(c *fiber.Ctx) error {
	s, b, err := a.session(c)
	if err != nil || s.ID == "" {
		return err
	}
	if err := a.Store.DeleteSession(c.UserContext(), s.ID); err != nil {
		return err
	}
	s.ID, b.changed = "", true
	return nil
}

// customersOnly is a middleware: a guest is sent to sign in, and comes back to the page
// they wanted. A request that changes something needs the form's token.
func (a *app) customersOnly(c *fiber.Ctx) error {
	who, err := a.signedIn(c)
	if err != nil {
		return err
	}
	if who == nil {
		return a.toSignIn(c)
	}
	if c.Method() != fiber.MethodGet && c.Method() != fiber.MethodHead {
		if err := checkToken(c, who); err != nil {
			return err
		}
	}
	return c.Next()
}

// checkToken refuses a form that does not come from a page of this session.
func checkToken(c *fiber.Ctx, who *account) error {
	got, err := formValue(c, "token")
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(got), []byte(who.token)) != 1 {
		return &models.Error{Kind: models.Forbidden, Code: models.CodeFormStale}
	}
	return nil
}

// toSignIn sends the visitor to the sign-in page, from where they come back.
func (a *app) toSignIn(c *fiber.Ctx) error {
	next := ""
	if c.Method() == fiber.MethodGet {
		next = "?next=" + url.QueryEscape(string(c.Request().URI().RequestURI()))
	}
	return c.Redirect(a.local(c, "/login"+next), fiber.StatusSeeOther)
}

// toProof asks for the password again, and then leads to next.
func (a *app) toProof(c *fiber.Ctx, next string) error {
	return c.Redirect(a.local(c, "/account/confirm"+nextQuery(next)), fiber.StatusSeeOther)
}

// ownPath returns next if it is the address of a page of this shop in one of its
// languages, else fallback: nobody is sent anywhere else from here.
func ownPath(next, fallback string) string {
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.ContainsAny(next, "\\\r\n\t") || strings.Contains(next, "//") {
		return fallback
	}
	if _, _, ok := splitLang(u.Path); !ok {
		return fallback
	}
	return next
}

// device names a browser and its system in a few words, for the list of sessions.
func device(agent string) string {
	pick := func(known ...string) string {
		for i := 0; i < len(known); i += 2 {
			if strings.Contains(agent, known[i]) {
				return known[i+1]
			}
		}
		return ""
	}
	browser := pick("Edg", "Edge", "OPR/", "Opera", "YaBrowser", "Yandex", "SamsungBrowser", "Samsung Internet",
		"Firefox", "Firefox", "FxiOS", "Firefox", "CriOS", "Chrome", "Chrome/", "Chrome", "Safari", "Safari")
	system := pick("Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows", "Mac OS", "Mac", "CrOS", "ChromeOS", "Linux", "Linux")
	return strings.Trim(browser+" · "+system, " ·")
}
