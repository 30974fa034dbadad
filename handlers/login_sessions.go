package handlers

import (
	"github.com/gofiber/fiber/v2"

	"dukani/views"
)

// showSessions handles GET /{lang}/account/sessions.
func (a *app) showSessions(c *fiber.Ctx) error {
	s, _, err := a.session(c)
	if err != nil {
		return err
	}
	list, err := a.Store.SessionsOf(c.UserContext(), mustBeSignedIn(c).ID, s.ID)
	if err != nil {
		return err
	}
	l := string(a.lang(c))
	v := views.Sessions{Account: a.accountPage(c, "sessions", "sessions.title")}
	for _, x := range list {
		device := x.Device
		if device == "" {
			device = views.T(l, "sessions.unknown")
		}
		v.List = append(v.List, views.SessionItem{
			ID: x.ID, Device: device, Started: views.DateTime(l, x.StartedAt), Seen: views.DateTime(l, x.SeenAt), Current: x.Current,
		})
	}
	return c.Render("pages/sessions", v)
}

// endSession handles POST /{lang}/account/sessions/{id}/end. Ending the session of this
// browser signs out.
func (a *app) endSession(c *fiber.Ctx) error {
	who := mustBeSignedIn(c)
	if err := a.Store.EndSession(c.UserContext(), who.ID, c.Params("id"), a.cartKey(c)); err != nil {
		return err
	}
	s, _, err := a.session(c)
	if err != nil {
		return err
	}
	if live, _, err := a.Store.Session(c.UserContext(), s.ID); err != nil || live == nil {
		if err != nil {
			return err
		}
		return a.logout(c)
	}
	return a.toSessions(c)
}

// endOtherSessions handles POST /{lang}/account/sessions/end: all but this one.
func (a *app) endOtherSessions(c *fiber.Ctx) error {
	s, _, err := a.session(c)
	if err != nil {
		return err
	}
	if err := a.Store.EndSessions(c.UserContext(), mustBeSignedIn(c).ID, s.ID, a.cartKey(c)); err != nil {
		return err
	}
	return a.toSessions(c)
}

// endAllSessions handles POST /{lang}/account/sessions/end-all: this one, too.
func (a *app) endAllSessions(c *fiber.Ctx) error {
	if err := a.Store.EndSessions(c.UserContext(), mustBeSignedIn(c).ID, "", ""); err != nil {
		return err
	}
	return a.leaveShop(c, "sessions.all_ended")
}

func (a *app) toSessions(c *fiber.Ctx) error {
	a.flash(c, "sessions.ended")
	return c.Redirect(a.local(c, "/account/sessions"), fiber.StatusSeeOther)
}

// rekey gives the session another key, and changes nothing else about it.
func (a *app) rekey(c *fiber.Ctx) error {
	_, b, err := a.session(c)
	if err != nil {
		return err
	}
	stored := b.stored
	if err := a.renewSession(c); err != nil {
		return err
	}
	b.stored = stored
	return nil
}
