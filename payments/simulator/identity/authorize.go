package identity

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"sync"
)

//go:embed views/*.html
var viewFiles embed.FS

var views = sync.OnceValues(func() (*template.Template, error) { return template.ParseFS(viewFiles, "views/*.html") })

// person is the person that somebody chose to be.
type person struct {
	subject, name, email string
	verified             bool // the provider is sure that the e-mail is theirs
}

// authorization is the request of a client, and the page that asks the person about it.
type authorization struct {
	Lang, Client string
	Action       string // where the form is sent: the same address
	Person       string // the radio button that is chosen
	Email        string // typed
	Verified     bool
	Problem      string // what is wrong with the address

	state, nonce, challenge, redirectURI string
}

// T returns a text in the language of the page.
func (a *authorization) T(key string) string { return texts[key].in(a.Lang) }

// read reads a client's request. Errors go back to the client, except when client_id or
// redirect_uri is wrong: then the page says so, and the browser is not sent anywhere.
func (p *Provider) read(w http.ResponseWriter, r *http.Request) (*authorization, bool) {
	q := r.URL.Query()
	a := &authorization{
		Lang: "ka", Client: origin(p.RedirectURI), Action: "/authorize?" + r.URL.RawQuery, Person: "nino", Verified: true,
		state: q.Get("state"), nonce: q.Get("nonce"), challenge: q.Get("code_challenge"), redirectURI: q.Get("redirect_uri"),
	}
	for lang := range strings.FieldsSeq(q.Get("ui_locales")) {
		if lang == "ka" || lang == "en" {
			a.Lang = lang
			break
		}
	}
	if q.Get("client_id") != p.clientID() || a.redirectURI != p.RedirectURI || p.RedirectURI == "" {
		p.render(w, http.StatusBadRequest, "stranger.html", a)
		return nil, false
	}
	problem := ""
	switch {
	case q.Get("response_type") != "code":
		problem = "unsupported_response_type"
	case !slices.Contains(strings.Fields(q.Get("scope")), "openid"):
		problem = "invalid_scope"
	case q.Get("code_challenge_method") != "S256" || len(a.challenge) != 43:
		problem = "invalid_request"
	case q.Get("prompt") == "none": // nobody stays signed in here
		problem = "login_required"
	default:
		return a, true
	}
	p.back(w, r, a, url.Values{"error": {problem}})
	return nil, false
}

// back sends the browser back to the client.
func (p *Provider) back(w http.ResponseWriter, r *http.Request, a *authorization, answer url.Values) {
	answer.Set("iss", p.issuer)
	if a.state != "" {
		answer.Set("state", a.state)
	}
	http.Redirect(w, r, a.redirectURI+"?"+answer.Encode(), http.StatusSeeOther)
}

// showAuthorize handles GET /authorize.
func (p *Provider) showAuthorize(w http.ResponseWriter, r *http.Request) {
	if a, ok := p.read(w, r); ok {
		p.render(w, http.StatusOK, "authorize.html", a)
	}
}

// authorize handles POST /authorize.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	a, ok := p.read(w, r)
	if !ok {
		return
	}
	if r.PostFormValue("action") != "continue" {
		p.back(w, r, a, url.Values{"error": {"access_denied"}})
		return
	}
	a.Person, a.Email, a.Verified = r.PostFormValue("person"), strings.TrimSpace(r.PostFormValue("email")), r.PostFormValue("verified") != ""
	who := person{"nino", a.T("nino"), "nino@example.ge", true}
	if a.Person != "nino" {
		address, err := mail.ParseAddress(a.Email)
		if err != nil || address.Address != a.Email || len(a.Email) > 254 {
			a.Problem = a.T("email.wrong")
			p.render(w, http.StatusUnprocessableEntity, "authorize.html", a)
			return
		}
		sum := sha256.Sum256([]byte(a.Email)) // the same e-mail is always the same newcomer
		who = person{"newcomer-" + hex.EncodeToString(sum[:8]), a.T("newcomer"), a.Email, a.Verified}
	}
	code := rand.Text()
	if !p.keep(p.codes, code, grant{who, a.challenge, a.nonce, a.redirectURI, p.now(), p.now().Add(codeLife)}) {
		p.back(w, r, a, url.Values{"error": {"temporarily_unavailable"}})
		return
	}
	p.back(w, r, a, url.Values{"code": {code}})
}

// render shows a page. form-action names the client, because browsers apply it to the
// redirect after a form as well.
func (p *Provider) render(w http.ResponseWriter, status int, view string, a *authorization) {
	set, err := views()
	var out bytes.Buffer
	if err == nil {
		err = set.ExecuteTemplate(&out, view, a)
	}
	if err != nil {
		p.fault(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' "+origin(p.RedirectURI)+
		"; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the browser may be gone
}
