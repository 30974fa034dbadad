package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// answer is an answer of the bank, byte for byte.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) ok() bool { return a.status >= 200 && a.status <= 299 }

func (a answer) refused() bool { return a.status >= 400 && a.status <= 499 }

func (a answer) kind() string {
	kind, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
	return strings.TrimSpace(kind)
}

// text returns the answer in short, for reports.
func (a answer) text() string {
	out := http.StatusText(a.status)
	if a.kind() != "" {
		out += " " + a.kind()
	}
	body := strings.Join(strings.Fields(string(a.body)), " ")
	if len(body) > 300 {
		body = strings.ToValidUTF8(body[:300], "") + "…"
	}
	return strings.TrimSpace(strings.Join([]string{strconv.Itoa(a.status), out, body}, " "))
}

// brief is like text, but returns only the status of a success.
func (a answer) brief() string {
	if a.ok() {
		return "accepted, " + strconv.Itoa(a.status)
	}
	return a.text()
}

// message returns the message of an API error, or "".
func (a answer) message() string {
	var m struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(a.body, &m) // a body that is not JSON has no message
	return m.Message
}

// decode reads the body as JSON. If it is not JSON, the check ends.
func (p *probe) decode(a answer) doc {
	d, err := parse(a.body)
	p.need(err == nil, "the answer is not JSON: %s", a.text())
	return d
}

type option func(*http.Request)

func header(name, value string) option {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func key(k string) option { return header("Idempotency-Key", k) }

// bearer sends another access token than the suite's own; "" sends none.
func bearer(token string) option {
	return func(r *http.Request) {
		r.Header.Del("Authorization")
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
	}
}

// call makes an API call. path is what follows the API base, body a JSON text or "" for none. If
// the suite's access token has expired, it gets a new one and makes the call once more.
func (p *probe) call(method, path, body string, options ...option) answer {
	address := strings.TrimRight(p.target.Config.Endpoints.API, "/") + path
	if p.token == "" {
		p.renew()
	}
	a, own := p.send(method, address, body, options)
	if a.status == http.StatusUnauthorized && own {
		p.renew()
		a, _ = p.send(method, address, body, options)
	}
	return a
}

// send makes one request. own is whether it had the suite's own token.
func (p *probe) send(method, address, body string, options []option) (a answer, own bool) {
	r, err := http.NewRequestWithContext(p.ctx, method, address, strings.NewReader(body))
	p.need(err == nil, "%s %s: %v", method, address, err)
	mine := "Bearer " + p.token
	r.Header.Set("Authorization", mine)
	r.Header.Set("Accept", "application/json")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, o := range options {
		o(r)
	}
	return p.do(r), r.Header.Get("Authorization") == mine
}

func (p *probe) do(r *http.Request) answer {
	response, err := p.http.Do(r)
	p.need(err == nil, "%s %s: no answer: %v", r.Method, r.URL.Path, err)
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	p.need(err == nil, "%s %s: the answer broke off: %v", r.Method, r.URL.Path, err)
	return answer{response.StatusCode, response.Header, body}
}

// renew gets a new access token for call.
func (p *probe) renew() {
	a := p.askToken(url.Values{"grant_type": {"client_credentials"}}, func(r *http.Request) {
		r.SetBasicAuth(p.target.Config.ClientID, p.target.Config.ClientSecret)
	})
	var out struct {
		Token string `json:"access_token"`
	}
	err := json.Unmarshal(a.body, &out)
	p.need(a.ok() && err == nil && out.Token != "", "no access token: %s", a.text())
	p.token = out.Token
	p.secrets = append(p.secrets, out.Token)
}

func (p *probe) askToken(form url.Values, options ...option) answer {
	r, err := http.NewRequestWithContext(p.ctx, http.MethodPost, p.target.Config.Endpoints.Token, strings.NewReader(form.Encode()))
	p.need(err == nil, "token: %v", err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	for _, o := range options {
		o(r)
	}
	return p.do(r)
}

var (
	jwtPattern    = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]*`)
	uuidPattern   = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)
	originPattern = regexp.MustCompile(`https?://(127\.0\.0\.1|\[::1\]|localhost):\d+`)
)

// redact replaces secrets and local addresses, and the ids that differ between two reports about
// the same bank.
func (s *session) redact(text string) string {
	for _, secret := range s.secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "<secret>")
		}
	}
	text = jwtPattern.ReplaceAllString(text, "<token>")
	text = uuidPattern.ReplaceAllString(text, "<uuid>")
	return originPattern.ReplaceAllString(text, "<local>")
}
