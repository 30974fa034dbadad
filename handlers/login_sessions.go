package handlers

import (
	"dukani/views"
)

// showSessions handles GET /{lang}/account/sessions.
func (a *app) showSessions(c visit) error {
	s, _, err := a.session(c.Ctx)
	if err != nil {
		return err
	}
	list, err := a.Store.SessionsOf(c.UserContext(), c.who.ID, s.ID)
	if err != nil {
		return err
	}
	l := string(c.lang)
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
func (a *app) endSession(c visit) error {
	if err := a.Store.EndSession(c.UserContext(), c.who.ID, c.Params("id"), a.cartKey(c.Ctx)); err != nil {
		return err
	}
	s, _, err := a.session(c.Ctx)
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
func (a *app) endOtherSessions(c visit) error {
	s, _, err := a.session(c.Ctx)
	if err != nil {
		return err
	}
	if err := a.Store.EndSessions(c.UserContext(), c.who.ID, s.ID, a.cartKey(c.Ctx)); err != nil {
		return err
	}
	return a.toSessions(c)
}

// endAllSessions handles POST /{lang}/account/sessions/end-all: this one, too.
func (a *app) endAllSessions(c visit) error {
	if err := a.Store.EndSessions(c.UserContext(), c.who.ID, "", ""); err != nil {
		return err
	}
	return a.leaveShop(c, "sessions.all_ended")
}

func (a *app) toSessions(c visit) error {
	a.flash(c.Ctx, "sessions.ended")
	return c.goTo(c.path("/account/sessions"))
}

// rekey gives the session another key, and changes nothing else about it.
func (a *app) rekey(c visit) error {
	_, b, err := a.session(c.Ctx)
	if err != nil {
		return err
	}
	stored := b.stored
	if err := a.renewSession(c.Ctx); err != nil {
		return err
	}
	b.stored = stored
	return nil
}
