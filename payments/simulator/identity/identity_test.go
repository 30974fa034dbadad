package identity_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"dukani/payments/simulator/identity"
	"dukani/payments/simulator/simtest"
)

const client = "https://shop.example/oidc/callback"

var browser = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type answer struct {
	*http.Response
	text string
}

func send(t testing.TB, method, address string, form url.Values, credentials ...string) answer {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	must(t, err)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if len(credentials) == 2 {
		r.SetBasicAuth(credentials[0], credentials[1])
	}
	resp, err := browser.Do(r)
	must(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(t, err)
	return answer{resp, string(text)}
}

// question is a good authorization request. The pairs of name and value change it; "" removes
// a value.
func question(issuer, verifier string, pairs ...string) string {
	q := url.Values{
		"client_id": {identity.DefaultClientID}, "redirect_uri": {client}, "response_type": {"code"}, "scope": {"openid email"},
		"state": {"st"}, "nonce": {"no"}, "code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
		"ui_locales": {"en"},
	}
	for i := 0; i < len(pairs); i += 2 {
		if q.Set(pairs[i], pairs[i+1]); pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	return issuer + "/authorize?" + q.Encode()
}

// code lets Nino agree and returns the code that the client is sent.
func code(t testing.TB, issuer, verifier string) string {
	t.Helper()
	r := send(t, "POST", question(issuer, verifier), url.Values{"action": {"continue"}, "person": {"nino"}})
	to, err := url.Parse(r.Header.Get("Location"))
	must(t, err)
	if q := to.Query(); r.StatusCode != http.StatusSeeOther || q.Get("code") == "" || q.Get("state") != "st" || q.Get("iss") != issuer {
		t.Fatalf("%s to %s", r.Status, to)
	}
	return to.Query().Get("code")
}

func redeem(code, verifier string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {client}, "code_verifier": {verifier}}
}

func TestAuthorizeRefuses(t *testing.T) {
	t.Parallel()
	issuer, _ := simtest.StartProvider(t, &identity.Provider{RedirectURI: client})
	for name, c := range map[string]struct {
		pairs []string
		want  string // the error that the client gets; "" if the browser is not sent back
	}{
		"another client":      {[]string{"client_id", "x"}, ""},
		"another address":     {[]string{"redirect_uri", "https://evil.example/"}, ""},
		"a longer address":    {[]string{"redirect_uri", client + "/x"}, ""},
		"no address":          {[]string{"redirect_uri", ""}, ""},
		"a token, not a code": {[]string{"response_type", "token"}, "unsupported_response_type"},
		"no openid":           {[]string{"scope", "email"}, "invalid_scope"},
		"no PKCE":             {[]string{"code_challenge", ""}, "invalid_request"},
		"plain PKCE":          {[]string{"code_challenge_method", "plain"}, "invalid_request"},
		"nobody may be asked": {[]string{"prompt", "none"}, "login_required"},
	} {
		for _, method := range []string{"GET", "POST"} {
			r := send(t, method, question(issuer, "v", c.pairs...), url.Values{"action": {"continue"}, "person": {"nino"}})
			to, _ := url.Parse(r.Header.Get("Location"))
			if c.want == "" {
				if r.StatusCode != http.StatusBadRequest || to.String() != "" {
					t.Errorf("%s, %s: %s to %q", method, name, r.Status, to)
				}
			} else if to.Query().Get("error") != c.want || to.Query().Get("state") != "st" || to.Query().Get("code") != "" {
				t.Errorf("%s, %s: %s to %q", method, name, r.Status, to)
			}
		}
	}
}

func TestTokenRefuses(t *testing.T) {
	t.Parallel()
	now := time.Now()
	p := &identity.Provider{RedirectURI: client, Now: func() time.Time { return now }}
	issuer, _ := simtest.StartProvider(t, p)
	const id, secret = identity.DefaultClientID, identity.DefaultClientSecret
	refused := func(name string, form url.Values, status int, want string, credentials ...string) {
		t.Helper()
		r := send(t, "POST", issuer+"/token", form, credentials...)
		var body map[string]any
		must(t, json.Unmarshal([]byte(r.text), &body))
		if r.StatusCode != status || body["error"] != want || body["id_token"] != nil {
			t.Errorf("%s: %s %v", name, r.Status, body)
		}
	}
	good := redeem(code(t, issuer, "v"), "v")
	refused("no credentials", good, 401, "invalid_client")
	refused("a wrong secret", good, 401, "invalid_client", id, "x")
	refused("another client", good, 401, "invalid_client", "x", secret)
	refused("another grant", url.Values{"grant_type": {"password"}}, 400, "unsupported_grant_type", id, secret)
	if r := send(t, "POST", issuer+"/token", good, id, secret); r.StatusCode != http.StatusOK { // the refused requests have not used up the code
		t.Fatalf("%s %s", r.Status, r.text)
	}
	refused("a second time", good, 400, "invalid_grant", id, secret)

	wrong := redeem(code(t, issuer, "v"), "w")
	refused("another verifier", wrong, 400, "invalid_grant", id, secret)
	wrong.Set("code_verifier", "v")
	refused("a code that was tried", wrong, 400, "invalid_grant", id, secret)
	elsewhere := redeem(code(t, issuer, "v"), "v")
	elsewhere.Set("redirect_uri", "https://evil.example/")
	refused("another address", elsewhere, 400, "invalid_grant", id, secret)
	late := redeem(code(t, issuer, "v"), "v")
	now = now.Add(time.Minute)
	refused("a minute later", late, 400, "invalid_grant", id, secret)

	for _, bearer := range []string{"", "Bearer x"} {
		r, err := http.NewRequest("GET", issuer+"/userinfo", nil)
		must(t, err)
		r.Header.Set("Authorization", bearer)
		resp, err := browser.Do(r)
		must(t, err)
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("userinfo for %q: %s", bearer, resp.Status)
		}
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	issuer, _ := simtest.StartProvider(t, &identity.Provider{RedirectURI: client})
	r := send(t, "GET", question(issuer, "v"), nil)
	policy := r.Header.Get("Content-Security-Policy")
	if r.StatusCode != http.StatusOK || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "form-action 'self' https://shop.example;") ||
		!strings.Contains(r.text, "This is a simulation") {
		t.Errorf("%s, %s\n%s", r.Status, policy, r.text)
	}
	if r := send(t, "GET", question(issuer, "v", "ui_locales", "fr ka en"), nil); !strings.Contains(r.text, "ეს სიმულაციაა") {
		t.Errorf("not in Georgian:\n%s", r.text)
	}
	r = send(t, "POST", question(issuer, "v"), url.Values{"action": {"continue"}, "person": {"newcomer"}, "email": {`<b>"`}})
	if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(r.text, "Enter an e-mail") || !strings.Contains(r.text, "&lt;b&gt;&#34;") ||
		strings.Contains(r.text, `name="verified" value="1" checked`) {
		t.Errorf("%s\n%s", r.Status, r.text)
	}
	if r := send(t, "GET", issuer+"/assets/identity.css", nil); r.StatusCode != http.StatusOK || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/css") {
		t.Errorf("the style: %s %s", r.Status, r.Header.Get("Content-Type"))
	}
}

func TestListensOnThisMachineOnly(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "8082"} {
		if ln, _, err := (&identity.Provider{}).Listen(addr); err == nil {
			ln.Close()
			t.Errorf("listens on %s", addr)
		}
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	if _, _, err := (&identity.Provider{}).Listen(taken.Addr().String()); err == nil {
		t.Error("listens on a port that is taken")
	}
}
