package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"dukani/payments/simulator/identity"
)

func TestStateOfTheVisit(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	back := func(v *visitor) string { return v.agree(v.begin(""), asNino) }
	state := func(back, value string) string {
		u, err := url.Parse(back)
		must(t, err)
		q := u.Query()
		if q.Set("state", value); value == "" {
			q.Del("state")
		}
		return u.Path + "?" + q.Encode()
	}

	v := s.visitor()
	mine := back(v)
	v.refused("another state", v.follow(state(mine, "AAAA")), saysExpired)
	v.refused("no state", v.follow(state(mine, "")), saysExpired)
	stranger := s.visitor()
	stranger.refused("another browser", stranger.follow(mine), saysExpired)
	begun := s.visitor()
	begun.begin("")
	begun.refused("a browser that began another", begun.follow(mine), saysExpired)

	if r := v.follow(mine); !v.isIn() { // none of these attempts used it up
		t.Fatalf("%d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	if r := v.follow(mine); r.Header.Get("Location") != "/en/account" || !v.isIn() {
		t.Errorf("Back in the browser: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	v.submit("/en/logout", nil)
	v.refused("a replay", v.follow(mine), saysExpired)

	v = s.visitor()
	old := back(v)
	newer := back(v)
	v.refused("an older one", v.follow(old), saysExpired)
	if v.follow(newer); !v.isIn() {
		t.Error("the newer one failed")
	}

	v = s.visitor()
	late := back(v)
	s.store.Now = func() time.Time { return time.Now().UTC().Add(11 * time.Minute) }
	v.refused("eleven minutes later", v.follow(late), saysExpired)
	s.store.Now = func() time.Time { return time.Now().UTC() }
	v.refused("and for good", v.follow(late), saysExpired)

	if r := s.visitor().send(request("POST", "/en/login/provider", url.Values{}, "Sec-Fetch-Site", "cross-site")); r.StatusCode != http.StatusForbidden {
		t.Errorf("begun by another site: %d", r.StatusCode)
	}
}

func TestAnswersOfTheProvider(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	change := func(back string, pairs ...string) string {
		u, err := url.Parse(back)
		must(t, err)
		q := u.Query()
		for i := 0; i < len(pairs); i += 2 {
			if q.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
				q.Del(pairs[i])
			}
		}
		return u.Path + "?" + q.Encode()
	}
	for name, c := range map[string]struct {
		form  url.Values
		pairs []string
		want  string
	}{
		"refused by the person": {asRefusing, nil, "cancelled"},
		"out of order":          {asNino, []string{"error", "temporarily_unavailable"}, saysDown},
		"another error":         {asNino, []string{"error", "<b>secret-looking</b>"}, saysFailed},
		"another code":          {asNino, []string{"code", "AAAA"}, saysFailed},
		"no code":               {asNino, []string{"code", ""}, saysFailed},
		"from another provider": {asNino, []string{"iss", "https://evil.example"}, saysFailed},
		"from nobody said whom": {asNino, []string{"iss", ""}, saysFailed},
	} {
		v := s.visitor()
		v.refused(name, v.follow(change(v.agree(v.begin(""), c.form), c.pairs...)), c.want)
	}
	// An attacker injects a code that belongs to their own sign-in.
	victim, attacker := s.visitor(), s.visitor()
	stolen, _ := url.Parse(attacker.agree(attacker.begin(""), asNino))
	victim.refused("an injected code", victim.follow(change(victim.agree(victim.begin(""), asNino), "code", stolen.Query().Get("code"))), saysFailed)
	for _, secret := range []string{identity.DefaultClientSecret, "secret-looking", stolen.Query().Get("code"), stolen.Query().Get("state"), "eyJ"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}

func TestProviderDown(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	v := s.visitor()
	back := v.agree(v.begin(""), asNino)
	s.stop()
	v.refused("in the middle", v.follow(back), saysDown)

	s = newProvided(t)
	s.stop()
	v = s.visitor()
	r := v.post("/en/login/provider", url.Values{"next": {"/en/checkout"}})
	if r.Header.Get("Location") != "/en/login?next=%2Fen%2Fcheckout" {
		t.Errorf("sent to %q", r.Header.Get("Location"))
	}
	v.refused("at the start", r, saysDown)
	s.member("nino@example.ge") // the shop works without it
}

func TestProviderSettings(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	policy := s.get("/en/login").Header.Get("Content-Security-Policy")
	for part := range strings.SplitSeq(policy, "; ") {
		if name, sources, _ := strings.Cut(part, " "); name == "form-action" && !slices.Contains(strings.Fields(sources), s.issuer) {
			t.Errorf("form-action %q does not let a form lead to %s", sources, s.issuer)
		}
	}
	without := newShop(t)
	if named(without.page("/en/login"), "provider-submit").Length() != 0 || without.get("/oidc/callback").StatusCode != http.StatusNotFound {
		t.Error("a shop without a provider offers one")
	}
}
