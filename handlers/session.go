package handlers

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/gob"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"dukani/models"
	"dukani/views"
)

// keyBytes is the length of the random keys in cookies; the database has only their
// hashes.
const keyBytes = 32

// newKey makes an unguessable key for a cookie.
func newKey() string {
	b := make([]byte, keyBytes)
	rand.Read(b) // never fails: it ends the program rather than be guessable
	return base64.RawURLEncoding.EncodeToString(b)
}

// validKey reports whether s could be a key of ours.
func validKey(s string) bool {
	b, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil && len(b) == keyBytes
}

// sessionStore keeps gorilla sessions in the shop's database, under a random key
// that only the visitor's cookie holds. A key that the store did not give out opens no
// session. As long as no cookie has come back from a browser, the session's content
// travels sealed in the cookie, so that requests without cookies store nothing.
type sessionStore struct {
	store   *models.Store
	options sessions.Options
	codec   securecookie.GobEncoder
	sealer  *securecookie.SecureCookie
}

// waitingSession is a session that is not stored before its cookie has come back.
type waitingSession struct {
	Key    string // the key it will be stored under, so that one cookie makes one row
	Values map[any]any
}

func (a *app) newSessionStore() *sessionStore {
	gob.Register(message{})
	gob.Register(checkoutForm{})
	gob.Register(refusal{})
	gob.Register(providerVisit{})
	gob.Register(pendingLink{})
	return &sessionStore{store: a.Store, sealer: a.sealer, options: sessions.Options{
		Path: "/", MaxAge: int(models.SessionLife.Seconds()),
		// Lax, not Strict: the shopper comes back from the bank's site by a link.
		HttpOnly: true, Secure: a.https, SameSite: http.SameSiteLaxMode,
	}}
}

// Get returns the request's session, the same each time.
func (s *sessionStore) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the request's cookie names, or makes an empty one.
func (s *sessionStore) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	options := s.options
	session.Options, session.IsNew = &options, true
	keys, b := r.CookiesNamed(name), bridgeOf(r)
	for _, cookie := range keys { // the first that opens a session; the others are another program's, or have ended
		key, waiting := cookie.Value, waitingSession{}
		if s.sealer.Decode(name, key, &waiting) == nil {
			key = waiting.Key
		}
		stored, old, err := s.store.Session(s.store.SmallRead(r.Context()), key)
		if err != nil {
			return session, err
		}
		b.returned = b.returned || stored != nil || waiting.Key != ""
		if stored == nil && waiting.Key != "" {
			b.waiting, session.Values, session.IsNew = waiting.Key, waiting.Values, false
			return session, nil
		}
		if stored == nil {
			continue
		}
		if len(stored.Data) > 0 { // most sessions only say whose they are
			if err := s.codec.Deserialize(stored.Data, &session.Values); err != nil {
				// Another version of the program wrote it: the visitor gets a new one.
				return session, s.store.DeleteSession(r.Context(), key)
			}
		}
		session.ID, session.IsNew = key, false
		b.stored = *stored
		b.changed = b.changed || old
		return session, nil
	}
	b.changed = b.changed || len(keys) > 0 // so that the browser forgets the session that has ended
	return session, nil
}

// Save writes the session. An empty session of a guest is ended: its row and its cookie
// go. A guest's session goes sealed into the cookie until the browser has brought a cookie
// of ours back; one that is too long for a cookie is dropped.
func (s *sessionStore) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	options := *session.Options
	b := bridgeOf(r)
	if len(session.Values) == 0 && b.stored.CustomerID == nil || options.MaxAge < 0 {
		if session.ID != "" {
			if err := s.store.DeleteSession(r.Context(), session.ID); err != nil {
				return fmt.Errorf("end session: %w", err)
			}
		}
		options.MaxAge = -1
		http.SetCookie(w, sessions.NewCookie(session.Name(), "", &options))
		return nil
	}
	if session.ID == "" && b.stored.CustomerID == nil && !b.proved {
		waiting := waitingSession{newKey(), session.Values}
		if value, err := s.sealer.Encode(session.Name(), waiting); err == nil {
			http.SetCookie(w, sessions.NewCookie(session.Name(), value, &options))
		}
		return nil
	}
	b.stored.Data = []byte{}
	var err error
	if len(session.Values) > 0 {
		if b.stored.Data, err = s.codec.Serialize(session.Values); err != nil {
			return fmt.Errorf("save session: %w", err)
		}
	}
	live := true
	if session.ID == "" {
		if session.ID = newKey(); b.waiting != "" && b.stored.CustomerID == nil {
			session.ID = b.waiting
		}
		err = s.store.StartSession(r.Context(), session.ID, b.stored)
	} else {
		live, err = s.store.SaveSession(r.Context(), session.ID, b.stored)
	}
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	switch {
	case !live: // ended meanwhile, in another browser
		options.MaxAge = -1
	case b.stored.CustomerID != nil:
		options.MaxAge = int(models.SignedInLife.Seconds())
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), session.ID, &options))
	return nil
}

// bridge lets gorilla's sessions, which know net/http, read a fiber request and
// write its cookies. One lives as long as the request.
type bridge struct {
	request  *http.Request
	header   http.Header
	stored   models.Session // whose session it is, and since when
	waiting  string         // the key that a session sealed in its cookie will be stored under
	returned bool           // the session's cookie has come back
	proved   bool           // some cookie of ours has come back
	changed  bool           // the session has to be saved
}

func (b *bridge) Header() http.Header         { return b.header }
func (b *bridge) Write(p []byte) (int, error) { return len(p), nil }
func (b *bridge) WriteHeader(int)             {}

type bridgeKey struct{}

// bridgeOf returns the bridge that r belongs to.
func bridgeOf(r *http.Request) *bridge {
	b, _ := r.Context().Value(bridgeKey{}).(*bridge) // session made r with it
	return b
}

// session returns the visitor's session. Without a cookie it costs nothing, and
// while nothing is put into it nothing is stored.
func (a *app) session(c *fiber.Ctx) (*sessions.Session, *bridge, error) {
	b, ok := c.Locals(bridgeKey{}).(*bridge)
	if !ok {
		b = &bridge{header: http.Header{}}
		h := http.Header{}
		for _, key := range a.sessionKeys(c) {
			h.Add(fiber.HeaderCookie, a.cookieName(sessionCookie)+"="+key)
		}
		ctx := context.WithValue(c.UserContext(), bridgeKey{}, b)
		b.request = (&http.Request{Method: c.Method(), URL: &url.URL{Path: "/"}, Header: h}).WithContext(ctx)
		c.Locals(bridgeKey{}, b)
	}
	s, err := a.sessions.Get(b.request, a.cookieName(sessionCookie))
	if err != nil {
		return nil, nil, fmt.Errorf("session: %w", err)
	}
	return s, b, nil
}

// saveSession is a middleware: a session that was changed is saved, also when the
// request failed.
func (a *app) saveSession(c *fiber.Ctx) error {
	err := c.Next()
	b, ok := c.Locals(bridgeKey{}).(*bridge)
	if !ok || !b.changed {
		return err
	}
	unsaved := a.writeSession(c)
	if unsaved != nil && c.Method() == fiber.MethodGet && c.Path() != ProviderCallback { // which signs in
		// Showing a page must not need a write. The change is only that a message was
		// shown, or when the visitor was last here.
		a.Log.WarnContext(c.UserContext(), "session not saved", "err", unsaved)
		return err
	}
	return errors.Join(err, unsaved)
}

func (a *app) writeSession(c *fiber.Ctx) error {
	s, b, err := a.session(c)
	if err != nil {
		return err
	}
	if b.proved = a.returned(c); b.proved && b.waiting == "" {
		// A visitor who brings back only the cookie of their cart gets one session, not one
		// with each request.
		if key := a.cartKey(c); key != "" {
			b.waiting = a.sessionOfCart(key)
		}
	}
	if err := a.sessions.Save(b.request, b, s); err != nil {
		return err
	}
	for _, cookie := range b.header["Set-Cookie"] {
		c.Response().Header.Add(fiber.HeaderSetCookie, cookie)
	}
	return nil
}

// remember puts a value into the visitor's session, and reports whether it could.
func (a *app) remember(c *fiber.Ctx, key string, value any) bool {
	s, b, err := a.session(c)
	if err != nil {
		a.Log.WarnContext(c.UserContext(), "session not read", "err", err)
		return false
	}
	s.Values[key], b.changed = value, true
	return true
}

// remembered returns a value of the visitor's session, nil if it has none.
func (a *app) remembered(c *fiber.Ctx, key string) any {
	if !a.hasSession(c) {
		return nil
	}
	s, _, err := a.session(c)
	if err != nil {
		a.Log.WarnContext(c.UserContext(), "session not read", "err", err)
		return nil
	}
	return s.Values[key]
}

// forget removes a value from the visitor's session.
func (a *app) forget(c *fiber.Ctx, key string) {
	if a.remembered(c, key) == nil {
		return
	}
	if s, b, err := a.session(c); err == nil {
		delete(s.Values, key)
		b.changed = true
	}
}

// sessionOfCart is the key of the session of a guest whose cart has the given key.
func (a *app) sessionOfCart(key string) string {
	mac := hmac.New(sha256.New, []byte(a.Secret))
	mac.Write([]byte("session of the cart " + key))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// cookiesWork reports whether the browser keeps cookies: one of ours came with the
// request. Nothing can be kept for a visitor whose browser does not.
func (a *app) cookiesWork(c *fiber.Ctx) bool {
	for _, name := range []string{sessionCookie, cartCookie, tryCookie, langCookie} {
		if len(a.cookies(c, name)) > 0 {
			return true
		}
	}
	return false
}

// message is for the visitor's next page. It is kept as a key, so that it appears in
// that page's language.
type message struct {
	Key     string
	N       int    // the number in the text, 0 if it has none
	What    string // the name in the text, "" if it has none
	Slug    string // the product that it is about, "" for none
	Removed bool   // the product was removed from the cart and can be put back
}

// flash leaves a message, a translation key, for the visitor's next page.
func (a *app) flash(c *fiber.Ctx, key string) { a.flashMessage(c, message{Key: key}) }

func (a *app) flashMessage(c *fiber.Ctx, m message) {
	s, b, err := a.session(c)
	if err != nil {
		// What it says has happened: the answer must not fail because it cannot be said.
		a.Log.WarnContext(c.UserContext(), "message not left", "key", m.Key, "err", err)
		return
	}
	s.AddFlash(m)
	b.changed = true
}

// takeFlash returns the text of the message that was left for this page, "" if there is
// none; it is shown once.
func (a *app) takeFlash(c *fiber.Ctx) string { return a.messageText(c, a.takeMessage(c)) }

// takeMessage returns the message that was left for this page, for once.
func (a *app) takeMessage(c *fiber.Ctx) (m message) {
	begun := c.Locals(bridgeKey{}) != nil // this very request may have left something
	if !begun && !a.hasSession(c) || speculative(c) {
		return m
	}
	s, b, err := a.session(c)
	if err != nil {
		a.Log.WarnContext(c.UserContext(), "message not read", "err", err)
		return m
	}
	if all := s.Flashes(); len(all) > 0 {
		b.changed = true
		m, _ = all[len(all)-1].(message)
	}
	return m
}

func (a *app) messageText(c *fiber.Ctx, m message) string {
	switch {
	case m.Key == "":
		return ""
	case m.What != "":
		return a.text(c, m.Key, m.What)
	case m.N > 0:
		return views.N(string(a.lang(c)), m.Key, m.N)
	}
	return a.text(c, m.Key)
}
