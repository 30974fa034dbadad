package simulator

import (
	_ "embed"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// openapiFile describes the bank's API. It is a copy of docs/openapi.yaml, because only files
// in this folder can be embedded; a test in payments/apitest compares the two.
//
//go:generate cp ../../docs/openapi.yaml openapi.yaml
//go:embed openapi.yaml
var openapiFile []byte

// showOpenAPI handles GET /_sim/openapi.yaml.
func showOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(openapiFile)
}

type apiView struct {
	Page
	Name  string
	URL   string // the address of the simulator
	Intro []block
	Calls []apiCall
	Types []apiType
}

// apiCall is one call, or the callback.
type apiCall struct {
	ID, Method, Path string
	Summary          string
	Provenance       provenance
	More             string // the address of the bank's own page
	Text             []block
	Params           []apiField
	Body             *apiBody
	Answers          []apiAnswer
	Curl             string
}

type apiBody struct {
	Type     apiKind
	Required bool
	Fields   []apiField // of a body whose type has no name
	Examples []apiExample
}

type apiAnswer struct {
	Status     string
	Text       []block
	Provenance provenance
	Types      []apiKind
	Examples   []apiExample
}

type apiExample struct{ Name, Text string }

type apiType struct {
	Name       string
	Provenance provenance
	Text       []block
	Fields     []apiField
}

type apiField struct {
	Name, In   string
	Type       apiKind
	Required   bool
	Provenance provenance
	Text       []block
	Values     []string
	Open       bool // the bank may add values
	Limits     string
}

// apiKind is a type in words. Name is that of the apiType to link to, or "".
type apiKind struct{ Text, Name string }

// provenance is which section of docs/bog-api.md describes something, and how sure it is.
type provenance struct{ Section, Confidence string }

// showAPI handles GET /_sim/api: the description of the API for people.
func (b *Bank) showAPI(w http.ResponseWriter, r *http.Request) {
	d, err := parsedAPI()
	if err != nil {
		b.log().Error("description of the API", "err", err)
		http.Error(w, "The description of the API cannot be read.", http.StatusInternalServerError)
		return
	}
	v := *d
	v.URL = b.base(r)
	b.render(w, http.StatusOK, "api.html", v, nil)
}

// parsedAPI returns the description, which is read once for all banks of the process.
var parsedAPI = sync.OnceValues(func() (*apiView, error) {
	var file yaml.Node
	if err := yaml.Unmarshal(openapiFile, &file); err != nil {
		return nil, err
	}
	d := apiReader{root: yamlNode{file.Content[0]}}
	v := &apiView{Page: Page{Title: "API", Lang: "en", Theme: "auto"}, Name: d.root.at("info", "title").text(),
		Intro: blocks(d.root.at("info", "description").text())}
	for _, part := range []string{"paths", "webhooks"} {
		for path, item := range d.root.at(part).each() {
			for _, method := range []string{"get", "put", "post", "delete"} {
				if op := item.at(method); op.Node != nil {
					v.Calls = append(v.Calls, d.call(part, path, method, item, op))
				}
			}
		}
	}
	for name, schema := range d.root.at("components", "schemas").each() {
		if isObject(schema) {
			text := blocks(schema.at("description").text())
			v.Types = append(v.Types, apiType{Name: name, Provenance: provenanceOf(schema), Text: text, Fields: d.fields(schema, "")})
		}
	}
	return v, nil
})

// apiReader turns nodes of the description into views.
type apiReader struct{ root yamlNode }

func (d apiReader) call(part, path, method string, item, op yamlNode) apiCall {
	c := apiCall{
		ID: op.at("operationId").text(), Method: strings.ToUpper(method), Path: APIPath + path, Summary: op.at("summary").text(),
		Provenance: provenanceOf(op), More: op.at("externalDocs", "url").text(), Text: blocks(op.at("description").text()),
	}
	switch {
	case part == "webhooks":
		c.Path = "callback_url"
	case item.at("servers").Node != nil:
		c.Path = path // the token call has another base address
	}
	for _, owner := range []yamlNode{item, op} {
		for _, p := range owner.at("parameters").list() {
			p = d.follow(p)
			field := d.field(p.at("name").text(), p.at("schema"))
			field.In, field.Required, field.Provenance = p.at("in").text(), p.at("required").text() == "true", provenanceOf(p)
			if text := p.at("description").text(); text != "" {
				field.Text = blocks(text)
			}
			c.Params = append(c.Params, field)
		}
	}
	for kind, media := range op.at("requestBody", "content").each() {
		schema := media.at("schema")
		c.Body = &apiBody{Type: d.kind(schema), Required: op.at("requestBody", "required").text() == "true", Examples: d.examples(media)}
		if c.Body.Type.Name == "" {
			c.Body.Fields = d.fields(schema, "")
		}
		c.Curl = curl(c, kind, d.firstExample(media))
	}
	switch {
	case part == "webhooks":
		c.Curl = "" // a webhook is called by the bank
	case c.Body == nil:
		c.Curl = curl(c, "", yamlNode{})
	}
	for status, answer := range op.at("responses").each() {
		answer = d.follow(answer)
		a := apiAnswer{Status: status, Text: blocks(answer.at("description").text()), Provenance: provenanceOf(answer)}
		for kind, media := range answer.at("content").each() {
			schema := media.at("schema")
			variants := schema.at("anyOf").list()
			if kind == "text/html" {
				variants = []yamlNode{}
				a.Types = append(a.Types, apiKind{Text: "HTML"})
			} else if len(variants) == 0 {
				variants = []yamlNode{schema}
			}
			for _, one := range variants {
				a.Types = append(a.Types, d.kind(one))
			}
			a.Examples = append(a.Examples, d.examples(media)...)
		}
		c.Answers = append(c.Answers, a)
	}
	return c
}

// fields returns the fields of an object. The fields of an inner object without a name follow
// it under dotted names.
func (d apiReader) fields(schema yamlNode, prefix string) []apiField {
	var out []apiField
	required := schema.at("required").texts()
	for name, s := range schema.at("properties").each() {
		f := d.field(prefix+name, s)
		f.Required = slices.Contains(required, name)
		out = append(out, f)
		switch {
		case f.Type.Name != "":
		case s.at("items", "properties").Node != nil:
			out = append(out, d.fields(s.at("items"), prefix+name+"[].")...)
		default:
			out = append(out, d.fields(s, prefix+name+".")...)
		}
	}
	return out
}

// field returns one field. Keys beside a $ref count before those of its target.
func (d apiReader) field(name string, schema yamlNode) apiField {
	target := d.follow(schema)
	lookup := func(key string) yamlNode {
		if n := schema.at(key); n.Node != nil {
			return n
		}
		return target.at(key)
	}
	f := apiField{Name: name, Type: d.kind(schema), Provenance: provenance{lookup("x-section").text(), lookup("x-confidence").text()}}
	if f.Type.Name == "" || schema.at("description").Node != nil {
		f.Text = blocks(lookup("description").text())
	}
	values := lookup("enum")
	if values.Node == nil {
		values = target.at("items", "enum")
	}
	if values.Node == nil {
		values, f.Open = lookup("x-extensible-enum"), true
	}
	for _, value := range values.texts() {
		if value == "" {
			value = `""`
		}
		f.Values = append(f.Values, value)
	}
	var limits []string
	for _, one := range []struct{ key, text string }{
		{"minimum", "from %s"}, {"exclusiveMinimum", "more than %s"}, {"maximum", "to %s"}, {"multipleOf", "in steps of %s"}, {"minItems", "at least %s"},
		{"maxItems", "at most %s"}, {"maxLength", "at most %s characters"}, {"default", "%s unless sent"},
	} {
		if n := lookup(one.key); n.Node != nil && !(one.key == "default" && n.text() == "false") {
			limits = append(limits, fmt.Sprintf(one.text, n.text()))
		}
	}
	f.Limits = strings.Join(limits, ", ")
	return f
}

// kind returns a type by its name or, if it has none, in the words of JSON.
func (d apiReader) kind(schema yamlNode) apiKind {
	target := d.follow(schema)
	if ref := schema.at("$ref").text(); ref != "" && isObject(target) {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		text := name
		if slices.Contains(target.at("type").texts(), "null") {
			text += " or null"
		}
		return apiKind{text, name}
	}
	types := target.at("type").texts()
	if t := target.at("type").text(); t != "" {
		types = []string{t}
	}
	if items := target.at("items"); items.Node != nil {
		of := d.kind(items)
		types[0] = "list of " + of.Text
		return apiKind{strings.Join(types, " or "), of.Name}
	}
	if len(types) == 0 {
		types = []string{"anything"}
	}
	return apiKind{Text: strings.Join(types, " or ")}
}

func isObject(schema yamlNode) bool { return schema.at("properties").Node != nil }

func provenanceOf(n yamlNode) provenance {
	return provenance{n.at("x-section").text(), n.at("x-confidence").text()}
}
