package oidc_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"dukani/handlers/oidc"
	"dukani/payments/simulator/identity"
	"dukani/payments/simulator/simtest"
)

// callback is where the provider sends browsers back to; nobody listens there.
const callback = "https://shop.example/callback"

// world is a client of a simulated provider.
type world struct {
	t        testing.TB
	provider *identity.Provider
	issuer   string
	client   *oidc.Client
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, provider: &identity.Provider{RedirectURI: callback}}
	w.issuer, _ = simtest.StartProvider(t, w.provider)
	w.client = newClient(t, w.issuer)
	return w
}

func newClient(t testing.TB, issuer string) *oidc.Client {
	t.Helper()
	client, err := oidc.New(oidc.Provider{Issuer: issuer, ClientID: identity.DefaultClientID, ClientSecret: identity.DefaultClientSecret}, callback, time.Now)
	must(t, err)
	return client
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// browser follows nothing.
var browser = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// signIn is a whole sign-in of Nino.
func (w *world) signIn(again bool) (oidc.Person, error) {
	w.t.Helper()
	start, address, err := w.client.Start(w.t.Context(), "en", again)
	must(w.t, err)
	resp, err := browser.PostForm(address, url.Values{"action": {"continue"}, "person": {"nino"}})
	must(w.t, err)
	resp.Body.Close()
	back, err := resp.Location()
	must(w.t, err)
	if !start.Is(back.Query().Get("state")) || start.Is("") {
		w.t.Errorf("state %q came back", back.Query().Get("state"))
	}
	return w.client.Finish(w.t.Context(), start, back.Query())
}

func TestProviderSettings(t *testing.T) {
	t.Parallel()
	for issuer, good := range map[string]bool{
		"https://id.example": true, "https://id.example/realms/shop": true, "http://127.0.0.1:8082": true, "http://localhost:8082": true,
		"http://id.example": false, "id.example": false, "https://id.example?x=1": false, "https://u:p@id.example": false, "": false, "https://": false,
	} {
		p := oidc.Provider{Issuer: issuer, ClientID: "a", ClientSecret: "b"}
		if err := p.Check(); (err == nil) != good {
			t.Errorf("%q: %v", issuer, err)
		}
	}
}
