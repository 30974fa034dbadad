package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"dukani/handlers"
	"dukani/payments/simulator/identity"
	"dukani/payments/simulator/simtest"
)

// provided is a shop beside a simulated provider; requests between the two go over
// HTTP.
type provided struct {
	*shop
	provider *identity.Provider
	issuer   string
	stop     func() // ends the provider
}

// withProvider lets customers sign in by a simulated provider.
func withProvider(t testing.TB) func(*handlers.Config) {
	issuer, _ := simtest.StartProvider(t, &identity.Provider{RedirectURI: shopURL + handlers.ProviderCallback})
	return func(cfg *handlers.Config) {
		cfg.Provider = &handlers.Provider{Issuer: issuer, ClientID: identity.DefaultClientID, ClientSecret: identity.DefaultClientSecret}
	}
}

func newProvided(t testing.TB, change ...func(*handlers.Provider)) *provided {
	t.Helper()
	p := &provided{provider: &identity.Provider{RedirectURI: shopURL + handlers.ProviderCallback}}
	p.issuer, p.stop = simtest.StartProvider(t, p.provider)
	p.shop = newShop(t, func(cfg *handlers.Config) {
		cfg.Provider = &handlers.Provider{
			Issuer: p.issuer, ClientID: identity.DefaultClientID, ClientSecret: identity.DefaultClientSecret, Name: identity.Name,
		}
		for _, f := range change {
			f(cfg.Provider)
		}
	})
	return p
}

// browser talks to the provider and follows no redirects.
var browser = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

var (
	asNino     = url.Values{"action": {"continue"}, "person": {"nino"}}
	asRefusing = url.Values{"action": {"refuse"}}
)

func asNewcomer(email string, verified bool) url.Values {
	form := url.Values{"action": {"continue"}, "person": {"newcomer"}, "email": {email}}
	if verified {
		form.Set("verified", "1")
	}
	return form
}

// begin presses the button and returns the provider's address that it leads to.
func (v *visitor) begin(next string) string {
	v.t.Helper()
	r := v.post("/en/login/provider", url.Values{"next": {next}})
	if r.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("begin: %d\n%s", r.StatusCode, r.text)
	}
	return r.Header.Get("Location")
}

// agree answers the provider's page and returns where the browser is sent back to,
// path and query.
func (v *visitor) agree(address string, form url.Values) string {
	v.t.Helper()
	resp, err := browser.PostForm(address, form)
	must(v.t, err)
	resp.Body.Close()
	back, ok := strings.CutPrefix(resp.Header.Get("Location"), shopURL)
	if !ok {
		v.t.Fatalf("the provider answered %s, to %q", resp.Status, resp.Header.Get("Location"))
	}
	return back
}

// follow opens where the browser is sent back to.
func (v *visitor) follow(back string) *reply {
	v.t.Helper()
	return v.send(request("GET", back, nil, "Sec-Fetch-Site", "cross-site", "Accept-Language", "en"))
}

// byProvider is a whole sign-in.
func (v *visitor) byProvider(form url.Values) *reply {
	v.t.Helper()
	return v.follow(v.agree(v.begin(""), form))
}

// refused checks that the visitor is sent to the sign-in page, which says why, once.
func (v *visitor) refused(name string, r *reply, want string) {
	v.t.Helper()
	to := r.Header.Get("Location")
	if r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/en/login") || v.isIn() {
		v.t.Errorf("%s: %d to %q", name, r.StatusCode, to)
		return
	}
	if got := textOf(v.open(to), "form-error"); !strings.Contains(got, want) {
		v.t.Errorf("%s: the page says %q, want %q", name, got, want)
	}
	if got := textOf(v.open(to), "form-error"); got != "" {
		v.t.Errorf("%s: said twice: %q", name, got)
	}
}

const (
	saysFailed  = "could not be trusted"
	saysExpired = "took too long"
	saysDown    = "does not answer now"
)

func TestNewcomerByProvider(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	v := s.visitor()
	v.add(wine, "1")
	if got := textOf(v.open("/ka/login"), "provider-submit"); got != "შესვლა: ბანკის ანგარიში (სიმულაცია)" {
		t.Errorf("the button says %q", got)
	}
	address := v.begin("/en/checkout")
	u, err := url.Parse(address)
	must(t, err)
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || len(q.Get("state")) < 40 || len(q.Get("nonce")) < 40 || q.Get("ui_locales") != "en" ||
		q.Get("scope") != "openid email profile" || strings.Contains(address, identity.DefaultClientSecret) {
		t.Errorf("sent to %s", address)
	}
	before := v.cookies["__Host-session"]
	r := v.follow(v.agree(address, asNewcomer("Giorgi@Example.GE", true)))
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/en/checkout" || !v.isIn() {
		t.Fatalf("%d to %q\n%s", r.StatusCode, r.Header.Get("Location"), s.log)
	}
	if before == "" || v.cookies["__Host-session"] == before {
		t.Error("the session's key stayed the same")
	}
	if n := s.number("SELECT count(*) FROM customers WHERE email = 'giorgi@example.ge' AND verified_at IS NOT NULL AND password_hash = ''"); n != 1 {
		t.Errorf("%d customers", n)
	}
	doc := v.open("/en/account/profile")
	if textOf(doc, "account-email") != "giorgi@example.ge" || doc.Find("#name").AttrOr("value", "") != "Giorgi Beridze" || textOf(doc, "last-way") == "" {
		t.Errorf("the profile is %q", doc.Find("main").Text())
	}
	again := s.visitor()
	if r := again.byProvider(asNewcomer("Giorgi@Example.GE", true)); r.StatusCode != http.StatusSeeOther || !again.isIn() {
		t.Errorf("the second time: %d", r.StatusCode)
	}
	if n := s.number("SELECT count(*) FROM customers"); n != 1 {
		t.Errorf("%d customers after the second time", n)
	}
}

// The rule of Store.SignInByProvider and linkPending.
func TestLinkingRule(t *testing.T) {
	t.Parallel()
	const address = "nino@example.ge"
	for _, c := range []struct {
		name                             string
		account, linked, verified, email bool
		want                             string // "in", or what the page says
	}{
		{"nobody, sure of the address", false, false, true, true, "in"},
		{"nobody, not sure", false, false, false, true, "no confirmed e-mail"},
		{"nobody, no address", false, false, true, false, "no confirmed e-mail"},
		{"an account, sure", true, false, true, true, "with its password once"},
		{"an account, not sure", true, false, false, true, "no confirmed e-mail"},
		{"an account, no address", true, false, true, false, "no confirmed e-mail"},
		{"linked, sure", true, true, true, true, "in"},
		{"linked, not sure any more", true, true, false, true, "in"},
		{"linked, address withdrawn", true, true, true, false, "in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newProvided(t)
			if c.account {
				s.member(address)
			}
			if c.linked {
				s.exec("INSERT INTO identities SELECT ?, 'nino', id, created_at FROM customers", s.issuer)
			}
			s.provider.IDToken = func(claims jwt.MapClaims, sign func(jwt.MapClaims) (string, error)) (string, error) {
				claims["email_verified"] = c.verified
				if !c.email {
					claims["email"], claims["email_verified"] = "not an address", true
				}
				return sign(claims)
			}
			accounts, identities := s.number("SELECT count(*) FROM customers"), s.number("SELECT count(*) FROM identities")
			v := s.visitor()
			r := v.byProvider(asNino)
			if c.want == "in" {
				if r.StatusCode != http.StatusSeeOther || !v.isIn() {
					t.Fatalf("%d to %q\n%s", r.StatusCode, r.Header.Get("Location"), s.log)
				}
				return
			}
			v.refused(c.name, r, c.want)
			if s.number("SELECT count(*) FROM customers") != accounts || s.number("SELECT count(*) FROM identities") != identities {
				t.Error("something was made")
			}
		})
	}
}

func TestLinkByPassword(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	s.member("nino@example.ge")
	s.member("other@example.ge")
	linked := func() int { return s.number("SELECT count(*) FROM identities") }

	v := s.visitor()
	v.byProvider(asNino)
	v.logIn("nino@example.ge", "not the password")
	if linked() != 0 {
		t.Fatal("linked by a wrong password")
	}
	v.logIn("other@example.ge", goodPassword) // somebody else at this browser
	if !strings.Contains(v.open("/en/account").Text(), "was not linked") || linked() != 0 {
		t.Error("linked with another account")
	}
	v.submit("/en/logout", nil)
	v.logIn("nino@example.ge", goodPassword)
	if linked() != 0 {
		t.Error("linked by a visit at the provider that was used up")
	}

	v = s.visitor()
	v.byProvider(asNino)
	s.store.Now = func() time.Time { return time.Now().UTC().Add(31 * time.Minute) }
	v.logIn("nino@example.ge", goodPassword)
	if linked() != 0 {
		t.Error("linked half an hour later")
	}
	s.store.Now = func() time.Time { return time.Now().UTC() }

	// The accounts swap their addresses meanwhile: neither may be linked.
	for _, email := range []string{"nino@example.ge", "other@example.ge"} {
		v = s.visitor()
		v.byProvider(asNino)
		s.exec("UPDATE customers SET email = id || email")
		s.exec("UPDATE customers SET email = CASE WHEN email LIKE '%nino@%' THEN 'other@example.ge' ELSE 'nino@example.ge' END")
		v.logIn(email, goodPassword)
		if !v.isIn() || linked() != 0 {
			t.Errorf("linked with %s, or not signed in", email)
		}
		s.exec("UPDATE customers SET email = id || email")
		s.exec("UPDATE customers SET email = CASE WHEN email LIKE '%nino@%' THEN 'other@example.ge' ELSE 'nino@example.ge' END")
	}

	v = s.visitor()
	v.byProvider(asNino)
	v.logIn("nino@example.ge", goodPassword)
	if doc := v.open("/en/account"); !strings.Contains(doc.Text(), "Done: from now on") || linked() != 1 {
		t.Error("not linked")
	}
	if n := s.number("SELECT count(*) FROM customers WHERE email = 'nino@example.ge' AND verified_at IS NOT NULL"); n != 1 {
		t.Error("the address does not count as verified")
	}
	if n := s.number("SELECT count(*) FROM mails WHERE kind = 'sign_in_changed' AND recipient = 'nino@example.ge'"); n != 1 {
		t.Errorf("%d mails tell it", n)
	}
	fresh := s.visitor()
	fresh.byProvider(asNino)
	if got := textOf(fresh.open("/en/account"), "account-email"); got != "nino@example.ge" {
		t.Errorf("signed in as %q", got)
	}
}

func TestUnlink(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	v := s.visitor()
	v.byProvider(asNino)
	form := func() url.Values { return url.Values{"issuer": {s.issuer}, "subject": {"nino"}} }
	if r := v.submit("/en/account/unlink", form()); r.StatusCode != http.StatusConflict {
		t.Errorf("the only way in was taken away: %d", r.StatusCode)
	}
	s.exec("UPDATE customers SET password_hash = 'x'")
	if r := s.member("other@example.ge").submit("/en/account/unlink", form()); r.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else's: %d", r.StatusCode)
	}
	if r := v.post("/en/account/unlink", form()); r.StatusCode != http.StatusForbidden {
		t.Errorf("without the form's token: %d", r.StatusCode)
	}
	other := s.visitor()
	other.byProvider(asNino)
	s.store.Now = func() time.Time { return time.Now().UTC().Add(31 * time.Minute) }
	if r := v.submit("/en/account/unlink", form()); !strings.HasPrefix(r.Header.Get("Location"), "/en/account/confirm") {
		t.Errorf("half an hour later without a proof: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	s.store.Now = func() time.Time { return time.Now().UTC() }
	key := v.cookies["__Host-session"]
	if r := v.submit("/en/account/unlink", form()); r.StatusCode != http.StatusSeeOther || !v.isIn() || v.cookies["__Host-session"] == key {
		t.Errorf("unlink: %d", r.StatusCode)
	}
	if other.isIn() || s.number("SELECT count(*) FROM identities") != 0 || s.number("SELECT count(*) FROM mails WHERE kind = 'sign_in_changed'") != 1 {
		t.Error("the other browser is still in, or the provider still linked, or nobody was told")
	}
}

// A customer without a password proves by the provider who they are.
func TestProofByProvider(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	v := s.visitor()
	v.byProvider(asNino)
	later := time.Hour
	clock := func() time.Time { return time.Now().UTC().Add(later) }
	s.store.Now, s.provider.Now = clock, clock

	confirm := func() string {
		t.Helper()
		doc := v.open("/en/account/confirm?next=/en/account/addresses")
		if named(doc, "confirm-provider").Length() != 1 || named(doc, "confirm-submit").Length() != 0 || named(doc, "no-password").Length() != 1 {
			t.Fatal("the page does not offer the provider alone")
		}
		r := v.submit("/en/account/confirm/provider", url.Values{"next": {"/en/account/addresses"}})
		address := r.Header.Get("Location")
		if !strings.Contains(address, "prompt=login") || !strings.Contains(address, "max_age=0") {
			t.Fatalf("sent to %q", address)
		}
		return address
	}
	says := func(r *reply, want string) {
		t.Helper()
		if to := r.Header.Get("Location"); !strings.HasPrefix(to, "/en/account/confirm?next=") {
			t.Errorf("%d to %q", r.StatusCode, to)
		} else if got := textOf(v.open(to), "form-error"); !strings.Contains(got, want) {
			t.Errorf("the page says %q, want %q", got, want)
		}
	}
	started := func() int {
		return s.number("SELECT count(*) FROM sessions WHERE customer_id IS NOT NULL AND started_at > ?", time.Now().UTC().Add(later/2).Format("2006-01-02 15:04:05"))
	}

	says(v.follow(v.agree(confirm(), asRefusing)), "cancelled")
	says(v.follow(v.agree(confirm(), asNewcomer("giorgi@example.ge", true))), "somebody else") // unknown here
	customer := asNewcomer("customer@example.ge", true)
	if r := s.visitor().byProvider(customer); r.Header.Get("Location") != "/en/account" {
		t.Fatalf("another customer: %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	s.exec("DELETE FROM sessions WHERE customer_id = 2")
	says(v.follow(v.agree(confirm(), customer)), "somebody else")
	for name, at := range map[string]any{"long ago": clock().Add(-30 * time.Minute).Unix(), "not said": nil} {
		s.provider.IDToken = func(claims jwt.MapClaims, sign func(jwt.MapClaims) (string, error)) (string, error) {
			claims["auth_time"] = at
			return sign(claims)
		}
		t.Log(name)
		says(v.follow(v.agree(confirm(), asNino)), saysFailed)
	}
	if started() != 0 {
		t.Fatal("something was taken for a proof")
	}
	s.provider.IDToken = nil
	r := v.follow(v.agree(confirm(), asNino))
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/en/account/addresses" || started() != 1 {
		t.Errorf("%d to %q, %d proofs\n%s", r.StatusCode, r.Header.Get("Location"), started(), s.log)
	}
}

func TestNextLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	s := newProvided(t)
	for _, next := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "/en//evil.example", "javascript:alert(1)", "/en/../..//evil.example"} {
		v := s.visitor()
		if to := v.follow(v.agree(v.begin(next), asNino)).Header.Get("Location"); to != "/en/account" {
			t.Errorf("%q led to %q", next, to)
		}
	}
}
