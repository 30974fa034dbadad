package apitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// match finds the call that a request to the simulator is; nil for none.
func (d *description) match(method, path string) *operation {
	for _, op := range d.operations {
		if op.path != nil && op.method == method && op.path.MatchString(path) {
			return op
		}
	}
	return nil
}

func (d *description) operation(id string) *operation {
	for _, op := range d.operations {
		if op.id == id {
			return op
		}
	}
	return nil
}

// checkRequest holds a request against its call: headers, id in the path,
// credentials, body.
func (d *description) checkRequest(op *operation, r *http.Request, body []byte) error {
	var problems []error
	described := []string{}
	for _, p := range op.params {
		var value string
		switch p.in {
		case "header":
			described = append(described, http.CanonicalHeaderKey(p.name))
			value = r.Header.Get(p.name)
		case "path": // one in each path
			value = op.path.FindStringSubmatch(r.URL.Path)[1]
		}
		if value == "" && p.required {
			problems = append(problems, fmt.Errorf("no %s", p.name))
		} else if value != "" {
			problems = append(problems, named(p.name, d.checkValue(p.schema, value)))
		}
	}
	for _, name := range d.headers {
		if name = http.CanonicalHeaderKey(name); r.Header.Get(name) != "" && !slices.Contains(described, name) {
			problems = append(problems, fmt.Errorf("header %s does not belong to this call", name))
		}
	}
	if scheme := d.scheme(op); scheme != "" {
		if got, secret, _ := strings.Cut(r.Header.Get("Authorization"), " "); !strings.EqualFold(got, scheme) || secret == "" {
			problems = append(problems, fmt.Errorf("Authorization is not %s", scheme))
		}
		if r.Header.Get("Accept") != "application/json" {
			problems = append(problems, fmt.Errorf("Accept is %q", r.Header.Get("Accept")))
		}
	}
	if r.URL.RawQuery != "" {
		problems = append(problems, fmt.Errorf("query %q", r.URL.RawQuery))
	}
	at, content := d.resolve(op.at + "/requestBody")
	required, _ := content["required"].(bool)
	switch {
	case content == nil && len(body) > 0:
		problems = append(problems, errors.New("a body where none is described"))
	case required && len(body) == 0:
		problems = append(problems, errors.New("no body"))
	case len(body) > 0:
		problems = append(problems, named("body", d.checkContent(at, r.Header, body)))
	}
	return errors.Join(problems...)
}

// scheme is what the Authorization header of a call starts with.
func (d *description) scheme(op *operation) string {
	security, own := op.node["security"].([]any)
	if !own {
		security = d.root["security"].([]any)
	}
	for _, one := range security {
		for name := range one.(node) {
			return d.get("/components/securitySchemes/" + name).(node)["scheme"].(string)
		}
	}
	return ""
}

// response is the pointer to what the description says of a status, and the
// name under which it says so.
func (d *description) response(op *operation, status int) (at, key string) {
	for _, key := range []string{fmt.Sprint(status), "default"} {
		if slices.Contains(op.responses, key) {
			at, _ := d.resolve(op.at + "/responses/" + key)
			return at, key
		}
	}
	return "", ""
}

func (d *description) checkResponse(op *operation, status int, header http.Header, body []byte) error {
	at, _ := d.response(op, status)
	if at == "" {
		return fmt.Errorf("status %d is not described", status)
	}
	if _, has := d.get(at).(node)["content"]; !has {
		if len(body) > 0 {
			return fmt.Errorf("status %d has a body: %s", status, body)
		}
		return nil
	}
	return named(fmt.Sprintf("status %d", status), d.checkContent(at, header, body))
}

// checkContent holds a body against the schema of its type.
func (d *description) checkContent(at string, header http.Header, body []byte) error {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("Content-Type %q: %w", header.Get("Content-Type"), err)
	}
	schema := at + pointer("content", kind, "schema")
	if d.get(schema) == nil {
		return fmt.Errorf("type %s is not described", kind)
	}
	switch kind {
	case "application/json":
		return d.check(schema, body)
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return err
		}
		fields := node{}
		for name := range form {
			fields[name] = form.Get(name)
		}
		return d.checkValue(schema, fields)
	}
	return d.checkValue(schema, string(body))
}

func named(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

// witness stands between the client and the simulator. It passes everything on
// as it is and reports whatever the description does not say.
type witness struct {
	t    testing.TB
	d    *description
	seen *sightings
}

// wrong marks requests that are wrong on purpose; only their answers are held
// against the description.
const wrong = "X-Wrong-On-Purpose"

func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	op := w.d.match(r.Method, r.URL.Path)
	if op == nil {
		w.t.Errorf("%s %s: no such call", r.Method, r.URL.Path)
		return http.DefaultTransport.RoundTrip(r)
	}
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	onPurpose := r.Header.Get(wrong) != ""
	if err := w.d.checkRequest(op, r, sent); err != nil && !onPurpose {
		w.t.Errorf("the client's %s:\n%v\n%s", op.id, err, sent)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(got))
	if err := w.d.checkResponse(op, res.StatusCode, res.Header, got); err != nil {
		w.t.Errorf("the simulator's answer to %s:\n%v\n%s", op.id, err, got)
	}
	at, key := w.d.response(op, res.StatusCode)
	w.seen.note(op.id + " " + key)
	if !onPurpose {
		w.noteBody(op.at+"/requestBody/content/application~1json/schema", sent)
	}
	w.noteBody(at+"/content/application~1json/schema", got)
	return res, nil
}

// noteBody takes down which fields had a value, and which of the values that
// are listed.
func (w *witness) noteBody(at string, body []byte) {
	var value any
	if len(body) > 0 && json.Unmarshal(body, &value) == nil {
		w.d.visit(at, value, w.seen.note)
	}
}
