package handlers_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"dukani/models"
)

func hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

func TestSigningInTakesASecondFactor(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	who, v := s.hire("manager", models.RoleManager), s.visitor()
	if r := v.enterAdmin(who.Email); r.Header.Get("Location") != "/admin/login/code" {
		t.Errorf("the password leads to %q", r.Header.Get("Location"))
	}
	if r := v.send(request("GET", "/admin", nil)); !strings.HasPrefix(r.Header.Get("Location"), "/admin/login/code") {
		t.Errorf("the password alone opens the back office: %d", r.StatusCode)
	}
	halfway := v.cookies["__Host-staff"]
	device, codes := v.setUpDevice("/admin/login/setup")
	if v.cookies["__Host-staff"] == halfway {
		t.Error("the key of the session is the one from before the second factor")
	}
	v.open("/admin")

	other := s.visitor()
	other.enterAdmin(who.Email)
	if r := other.send(request("GET", "/admin/login/setup", nil)); r.StatusCode != http.StatusSeeOther {
		t.Errorf("who has the password sets up another second factor: %d", r.StatusCode)
	}
	if r := other.command("/admin/login/code", url.Values{"code": {device.code()}}); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a code works twice: %d", r.StatusCode)
	}
	for _, wrong := range []string{"", "000000", device.codeAt(s.store.Now().Add(-2 * time.Minute)), device.codeAt(s.store.Now().Add(2 * time.Minute))} {
		r := other.command("/admin/login/code", url.Values{"code": {wrong}})
		if r.StatusCode != http.StatusUnprocessableEntity || named(r.document(), "field-error").Length() != 1 {
			t.Errorf("code %q: %d", wrong, r.StatusCode)
		}
	}
	s.later(30 * time.Second)
	spaced := device.code()[:3] + " " + device.code()[3:]
	if r := other.command("/admin/login/code", url.Values{"code": {spaced}, "next": {"/admin/me"}}); r.Header.Get("Location") != "/admin/me" {
		t.Errorf("the next code: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}

	third := s.visitor()
	third.enterAdmin(who.Email)
	if r := third.command("/admin/login/code", url.Values{"recovery": {strings.ToLower(codes[3])}}); r.Header.Get("Location") != "/admin" {
		t.Errorf("a recovery code: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	fourth := s.visitor()
	fourth.enterAdmin(who.Email)
	if r := fourth.command("/admin/login/code", url.Values{"recovery": {codes[3]}}); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a recovery code works twice: %d", r.StatusCode)
	}
	if s.number("SELECT count(*) FROM staff WHERE instr(totp_secret, ?) > 0", device.secret) != 0 ||
		s.number("SELECT count(*) FROM staff_recovery_codes WHERE instr(code_hash, ?) > 0", strings.ReplaceAll(codes[0], "-", "")) != 0 {
		t.Error("a secret is stored as it is")
	}
}

func TestACodeThatIsGivenTwiceAtOnceWorksOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	_, who, device, codes := s.withDevice(t, "manager", models.RoleManager)
	s.later(time.Minute)
	for name, form := range map[string]url.Values{"code": {"code": {device.code()}}, "recovery code": {"recovery": {codes[0]}}} {
		browsers := make([]*visitor, 4)
		for i := range browsers {
			browsers[i] = s.visitor()
			browsers[i].enterAdmin(who.Email)
		}
		var wg sync.WaitGroup
		statuses := make([]int, len(browsers))
		for i, v := range browsers {
			wg.Go(func() { statuses[i] = v.command("/admin/login/code", form).StatusCode })
		}
		wg.Wait()
		in := 0
		for _, status := range statuses {
			if status == http.StatusSeeOther {
				in++
			}
		}
		if in != 1 {
			t.Errorf("%s: %d of %d are in: %v", name, in, len(browsers), statuses)
		}
	}
}

func TestConfirmingRenewsTheProof(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v, who, device, codes := s.withDevice(t, "manager", models.RoleManager)
	before := v.cookies["__Host-staff"]
	s.later(time.Minute)
	s.forgetProof()
	doc := v.open("/admin/confirm?next=%2Fadmin%2Fme")
	if got := doc.Find("form[action='/admin/confirm'] [name=next]").AttrOr("value", ""); got != "/admin/me" {
		t.Errorf("it leads on to %q", got)
	}
	if r := v.command("/admin/confirm", url.Values{"code": {"123"}}); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a wrong code: %d", r.StatusCode)
	}
	for _, next := range []string{"https://evil.example/admin", "//evil.example", "/ka", "/administrator", ""} {
		s.later(time.Minute)
		s.forgetProof()
		if r := v.command("/admin/confirm", url.Values{"code": {device.code()}, "next": {next}}); r.Header.Get("Location") != "/admin" {
			t.Errorf("%q leads to %q, %d", next, r.Header.Get("Location"), r.StatusCode)
		}
	}
	s.forgetProof()
	if r := v.command("/admin/confirm", url.Values{"recovery": {codes[0]}, "next": {"/admin/me"}}); r.Header.Get("Location") != "/admin/me" {
		t.Errorf("a recovery code: %d", r.StatusCode)
	}
	if v.cookies["__Host-staff"] != before {
		t.Error("the session has another key")
	}
	if n := s.number("SELECT count(*) FROM staff_sessions WHERE staff_id = ? AND proved_at > ?", who.ID, s.store.Now().Add(-time.Minute)); n != 1 {
		t.Errorf("%d sessions are proved now", n)
	}
	s.forgetProof()
	for range 10 {
		v.command("/admin/confirm", url.Values{"code": {"000000"}})
	}
	if r := v.command("/admin/confirm", url.Values{"recovery": {codes[1]}}); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("after ten wrong codes: %d", r.StatusCode)
	}
}

func TestBesideTheSimulatedBankThePasswordConfirms(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	v := s.staff(models.RoleClerk)
	s.forgetProof()
	doc := v.open("/admin/confirm")
	if doc.Find("[name=password]").Length() != 1 || named(doc, "no-second-factor").Length() != 1 {
		t.Error("the page does not ask for the password, or does not say why")
	}
	if r := v.command("/admin/confirm", url.Values{"password": {"wrong"}}); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password: %d", r.StatusCode)
	}
	if r := v.command("/admin/confirm", url.Values{"password": {staffPassword}}); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the password: %d", r.StatusCode)
	}
}
