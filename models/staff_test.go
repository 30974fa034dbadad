package models_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"dukani/models"
)

var boss = models.Actor{Email: "test"}

// invite adds somebody and gives them a password of their own.
func (s *shop) invite(email string, role models.Role) *models.Staff {
	s.t.Helper()
	who, password, err := s.InviteStaff(s.t.Context(), boss, models.NewStaff{Name: "Somebody", Email: email, Role: role, Lang: models.En})
	if err == nil {
		who, err = s.StaffSignIn(s.t.Context(), email, password, models.StaffOrigin{Network: "n"})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return who
}

// sessionOf begins a session of somebody, proved.
func (s *shop) sessionOf(who *models.Staff) *models.StaffSession {
	s.t.Helper()
	key, err := s.StartStaffSession(s.t.Context(), who, models.StaffOrigin{Address: "10.0.0.1", Device: "Firefox"}, true)
	if err != nil {
		s.t.Fatal(err)
	}
	session, _, err := s.StaffSession(s.t.Context(), key)
	if err != nil || session == nil {
		s.t.Fatal("no session", err)
	}
	return session
}

func (s *shop) sessionsLeft(who *models.Staff) int {
	s.t.Helper()
	list, err := s.StaffSessions(s.t.Context(), who.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list)
}

func TestOneManagerWhoCanSignInRemains(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	one, two := s.invite("one@dukani.example", models.RoleManager), s.invite("two@dukani.example", models.RoleManager)
	s.invite("clerk@dukani.example", models.RoleClerk)
	for round, end := range map[string]func(id int64) error{
		"disabled": func(id int64) error { return s.DisableStaff(t.Context(), boss, id) },
		"demoted": func(id int64) error {
			return s.ChangeStaff(t.Context(), boss, id, "Somebody", models.En, models.RoleClerk)
		},
	} {
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, who := range []*models.Staff{one, two} {
			wg.Go(func() { errs[i] = end(who.ID) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("both managers %s at once: %v", round, errs)
		}
		for _, err := range errs {
			if err != nil && !models.IsKind(err, models.Conflict) {
				t.Errorf("%s: %v", round, err)
			}
		}
		for _, who := range []*models.Staff{one, two} {
			if err := s.EnableStaff(t.Context(), boss, who.ID); err != nil {
				t.Error(err)
			}
			if err := s.ChangeStaff(t.Context(), boss, who.ID, "Somebody", models.En, models.RoleManager); err != nil {
				t.Error(err)
			}
		}
	}
	self := models.Actor{StaffID: one.ID, Email: one.Email}
	if err := s.DisableStaff(t.Context(), self, one.ID); !models.IsKind(err, models.Conflict) {
		t.Errorf("somebody disables themselves: %v", err)
	}
}

// What changes what somebody may do, or how they prove who they are, ends their sessions at
// once; a name does not.
func TestSessionsEndWithTheRightToThem(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	s.invite("boss@dukani.example", models.RoleManager)
	who := s.invite("clerk@dukani.example", models.RoleClerk)
	for name, c := range map[string]struct {
		change func() error
		left   int
	}{
		"another name": {func() error {
			return s.ChangeStaff(t.Context(), boss, who.ID, "Another", models.Ka, models.RoleClerk)
		}, 2},
		"another role": {func() error {
			return s.ChangeStaff(t.Context(), boss, who.ID, "Another", models.Ka, models.RoleViewer)
		}, 0},
		"disabled":         {func() error { return s.DisableStaff(t.Context(), boss, who.ID) }, 0},
		"no second factor": {func() error { return s.ResetSecondFactor(t.Context(), boss, who.ID) }, 0},
		"generated password": {func() error {
			_, err := s.ResetStaffPassword(t.Context(), boss, who.ID, false)
			return err
		}, 0},
	} {
		s.exec("UPDATE staff SET disabled_at = NULL, role = 'clerk', totp_secret = 'x' WHERE id = ?", who.ID)
		s.exec("DELETE FROM staff_sessions")
		s.sessionOf(who)
		s.sessionOf(who)
		if err := c.change(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := s.number("SELECT count(*) FROM staff_sessions WHERE staff_id = ?", who.ID); n != c.left {
			t.Errorf("%s: %d sessions are left, want %d", name, n, c.left)
		}
	}
}

// A password or a second factor of one's own ends the other sessions and keeps this one.
func TestChangingHowOneSignsInEndsOnesOtherSessions(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	who := s.invite("boss@dukani.example", models.RoleManager)
	from := models.StaffOrigin{Network: "n"}
	here := s.sessionOf(who)
	s.sessionOf(who)
	wantField(t, "the generated one", s.ChangeStaffPassword(t.Context(), who, here, "", "short", from), "new_password", "account.error.password_short")
	if err := s.ChangeStaffPassword(t.Context(), who, here, "", "a password of my own", from); err != nil {
		t.Fatal(err)
	}
	if n := s.sessionsLeft(who); n != 1 {
		t.Errorf("%d sessions after another password", n)
	}
	who, err := s.StaffByID(t.Context(), who.ID)
	if err != nil || who.PasswordUntil != nil {
		t.Fatalf("the password still counts as generated: %v", err)
	}
	wantField(t, "a wrong old one", s.ChangeStaffPassword(t.Context(), who, here, "wrong", "a second of my own", from), "old_password", "admin.me.password_wrong")
	wantField(t, "the same again", s.ChangeStaffPassword(t.Context(), who, here, "a password of my own", "a password of my own", from),
		"new_password", "admin.me.password_same")
	s.sessionOf(who)
	codes, key, err := s.SetUpSecondFactor(t.Context(), who, here, "sealed", 1, from)
	if err != nil || len(codes) != 10 || key != "" || s.sessionsLeft(who) != 1 {
		t.Errorf("second factor: %v, %d codes, key %q, %d sessions", err, len(codes), key, s.sessionsLeft(who))
	}
	if _, _, err := s.SetUpSecondFactor(t.Context(), who, here, "another", 1, from); !models.IsKind(err, models.Conflict) {
		t.Errorf("set up in two windows: %v", err)
	}
}

func TestAGeneratedPasswordLapses(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	who, password, err := s.InviteStaff(t.Context(), boss, models.NewStaff{Name: "Nino", Email: "nino@dukani.example", Role: models.RoleClerk, Lang: models.Ka})
	if err != nil || who.PasswordUntil == nil {
		t.Fatal(err)
	}
	if s.number("SELECT count(*) FROM staff WHERE instr(password_hash, ?) > 0 OR id IN (SELECT staff_id FROM audit WHERE instr(after, ?) > 0)", password, password) != 0 {
		t.Error("the password is stored")
	}
	s.now = s.now.Add(7*24*time.Hour - time.Minute)
	if _, err := s.StaffSignIn(t.Context(), who.Email, password, models.StaffOrigin{Network: "n"}); err != nil {
		t.Errorf("within a week: %v", err)
	}
	s.now = s.now.Add(time.Minute)
	if _, err := s.StaffSignIn(t.Context(), who.Email, password, models.StaffOrigin{Network: "n"}); !models.IsKind(err, models.Invalid) {
		t.Errorf("after a week: %v", err)
	}
	_, _, err = s.InviteStaff(t.Context(), boss, models.NewStaff{Name: "N", Email: " NINO@dukani.example", Role: "king", Lang: models.Ka})
	wantField(t, "role", err, "role", "admin.error.role")
	wantField(t, "name", err, "name", "checkout.error.name")
	_, _, err = s.InviteStaff(t.Context(), boss, models.NewStaff{Name: "Nino", Email: " NINO@dukani.example", Role: models.RoleClerk, Lang: models.Ka})
	wantField(t, "address", err, "email", "admin.staff.taken")
}

// Strangers who try wrong passwords lock nobody out of a browser that is known, and what they
// try fills neither the audit list nor shows whether there is such an address.
func TestStrangersLockNoStaffOut(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	who, password, err := s.InviteStaff(t.Context(), boss, models.NewStaff{Name: "Nino", Email: "nino@dukani.example", Role: models.RoleManager, Lang: models.Ka})
	if err != nil {
		t.Fatal(err)
	}
	for _, email := range []string{who.Email, "nobody@dukani.example"} {
		for try := range 11 {
			_, err := s.StaffSignIn(t.Context(), email, "wrong", models.StaffOrigin{Network: "stranger"})
			want := models.Invalid
			if try == 10 {
				want = models.Limited
			}
			if !models.IsKind(err, want) {
				t.Errorf("%s, try %d: %v", email, try+1, err)
			}
		}
	}
	if _, err := s.StaffSignIn(t.Context(), who.Email, password, models.StaffOrigin{Network: "home"}); !models.IsKind(err, models.Limited) {
		t.Errorf("an unknown browser: %v", err)
	}
	if _, err := s.StaffSignIn(t.Context(), who.Email, password, models.StaffOrigin{Network: "home", Devices: map[int64]string{who.ID: "d"}}); err != nil {
		t.Errorf("their own browser: %v", err)
	}
	a, b := s.number("SELECT count(*) FROM audit WHERE subject = ?", "staff "+who.Email), s.number("SELECT count(*) FROM audit WHERE subject = 'staff'")
	if a != 11 || b != 10 {
		t.Errorf("%d lines about the address that is there, with the one that added it, and %d about the other", a, b)
	}
	if n := s.number("SELECT count(*) FROM audit WHERE who LIKE '%nobody%' OR subject LIKE '%nobody%'"); n != 0 {
		t.Error("what a stranger typed is in the audit list")
	}
	for i := range 60 {
		s.StaffSignIn(t.Context(), "nobody@dukani.example", "wrong", models.StaffOrigin{Network: "other", Devices: map[int64]string{0: string(rune('a' + i))}})
	}
	if n := s.number("SELECT count(*) FROM audit WHERE action = 'sign_in_failed'"); n != 60 {
		t.Errorf("%d failures are in the audit list, want at most 60 an hour", n)
	}
}

func TestSessionsOfStaffEnd(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	who := s.invite("boss@dukani.example", models.RoleManager)
	key, err := s.StartStaffSession(t.Context(), who, models.StaffOrigin{}, true)
	if err != nil {
		t.Fatal(err)
	}
	live := func() bool {
		session, _, err := s.StaffSession(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		return session != nil
	}
	begun := s.now
	for s.now.Sub(begun) < models.StaffLife-models.StaffIdle {
		s.now = s.now.Add(models.StaffIdle - time.Minute)
		if !live() {
			t.Fatalf("over after %s, though it was used", s.now.Sub(begun))
		}
	}
	if s.now = begun.Add(models.StaffLife); live() {
		t.Error("it lives longer than a working day")
	}
	key, err = s.StartStaffSession(t.Context(), who, models.StaffOrigin{}, true)
	if s.now = s.now.Add(models.StaffIdle); err != nil || live() {
		t.Error("it lives without being used", err)
	}
}

func TestTheAuditListIsFilteredAndPaged(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	who := s.invite("boss@dukani.example", models.RoleManager)
	for i := range 5 {
		s.exec("INSERT INTO audit (at, staff_id, who, address, action, subject, before, after) VALUES (?, ?, 'boss', '', 'price', 'product wine', ?, '2')",
			s.now.Add(time.Duration(i)*24*time.Hour), who.ID, fmt.Sprint(i))
	}
	all, more, err := s.AuditEntries(t.Context(), models.AuditFilter{}, 50)
	if err != nil || more || len(all) != 6 || all[0].Before != "4" || all[5].Action != "staff_add" {
		t.Fatalf("%d lines, more %v: %v", len(all), more, err)
	}
	nobody := int64(0)
	for name, c := range map[string]struct {
		filter models.AuditFilter
		want   int
	}{
		"by a person":   {models.AuditFilter{Who: &who.ID}, 5},
		"by nobody":     {models.AuditFilter{Who: &nobody}, 1},
		"an action":     {models.AuditFilter{Action: "price"}, 5},
		"a subject":     {models.AuditFilter{Subject: "product wine"}, 5},
		"its name":      {models.AuditFilter{Subject: "wine"}, 5},
		"another name":  {models.AuditFilter{Subject: "win"}, 0},
		"a day":         {models.AuditFilter{Day: models.DayOf(s.now.Add(24 * time.Hour))}, 1},
		"both":          {models.AuditFilter{Day: models.DayOf(s.now), Action: "price"}, 1},
		"of the past":   {models.AuditFilter{Before: all[2].ID}, 3},
		"of the future": {models.AuditFilter{After: all[2].ID}, 2},
	} {
		list, _, err := s.AuditEntries(t.Context(), c.filter, 50)
		if err != nil || len(list) != c.want {
			t.Errorf("%s: %d lines, want %d, %v", name, len(list), c.want, err)
		}
	}
	page, more, err := s.AuditEntries(t.Context(), models.AuditFilter{After: all[5].ID}, 2)
	if err != nil || !more || len(page) != 2 || page[0].ID != all[3].ID || page[1].ID != all[4].ID {
		t.Errorf("the two next newer ones: %v, more %v, %v", page, more, err)
	}
	actions, err := s.AuditActions(t.Context())
	if err != nil || len(actions) != 2 || actions[0] != "price" || actions[1] != "staff_add" {
		t.Errorf("actions: %q, %v", actions, err)
	}
}
