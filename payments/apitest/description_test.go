package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

const file = "../../docs/openapi.yaml"

// node is an object of the description.
type node = map[string]any

// description is docs/openapi.yaml with its schemas ready for use. They are
// taken by a JSON Schema 2020-12 validator as they stand, which is what OpenAPI
// 3.1 means them to be; kin-openapi would check most of them by the rules of
// 3.0, and with a tolerance that lets 47.300000000000004 pass for an amount.
type description struct {
	root       node
	mu         sync.Mutex // the compiler keeps what it compiled
	compiler   *jsonschema.Compiler
	operations []*operation
	headers    []string // every header that is a parameter of some operation
}

// operation is one call, or the callback.
type operation struct {
	id        string
	method    string
	path      *regexp.Regexp // after the simulator's address; nil for the callback
	at        string         // JSON pointer
	node      node
	params    []parameter
	responses []string
}

type parameter struct {
	name, in string
	required bool
	schema   string // JSON pointer
}

// describe reads the description. With strict, it says what the simulator
// promises instead of what can be relied on with the bank: answers hold every
// field described and no other, known values are all there are.
func describe(t testing.TB, strict bool) *description {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var root node
	if err := yaml.Unmarshal(raw, &root); err != nil {
		t.Fatal(err)
	}
	if strict {
		tighten(root["components"].(node)["schemas"])
	}
	// Through JSON, so that numbers become what the validator wants.
	text, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	d := &description{root: resource.(node), compiler: jsonschema.NewCompiler()}
	if err := d.compiler.AddResource("openapi.json", resource); err != nil {
		t.Fatal(err)
	}
	for path, item := range d.root["paths"].(node) {
		prefix := simulatorPath(t, d.root)
		if _, own := item.(node)["servers"]; own {
			prefix = simulatorPath(t, item.(node))
		}
		pattern := regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(prefix+path), `([^/]+)`)
		d.add(regexp.MustCompile("^"+pattern+"$"), pointer("paths", path), item.(node))
	}
	for name, item := range d.root["webhooks"].(node) {
		d.add(nil, pointer("webhooks", name), item.(node))
	}
	slices.SortFunc(d.operations, func(a, b *operation) int { return strings.Compare(a.id, b.id) })
	return d
}

// simulatorPath is the path of the server that is the simulator.
func simulatorPath(t testing.TB, n node) string {
	t.Helper()
	for _, server := range n["servers"].([]any) {
		u, err := url.Parse(server.(node)["url"].(string))
		if err == nil && u.Host == "127.0.0.1:8081" {
			return u.Path
		}
	}
	t.Fatal("no server is the simulator")
	return ""
}

func (d *description) add(path *regexp.Regexp, at string, item node) {
	for _, method := range []string{"get", "put", "post", "delete"} {
		n, is := item[method].(node)
		if !is {
			continue
		}
		op := &operation{id: n["operationId"].(string), method: strings.ToUpper(method), path: path, at: at + "/" + method, node: n}
		for owner, list := range map[string]any{at: item["parameters"], op.at: n["parameters"]} {
			params, _ := list.([]any)
			for i := range params {
				where, p := d.resolve(fmt.Sprintf("%s/parameters/%d", owner, i))
				required, _ := p["required"].(bool)
				op.params = append(op.params, parameter{p["name"].(string), p["in"].(string), required, where + "/schema"})
				if p["in"] == "header" {
					d.headers = append(d.headers, p["name"].(string))
				}
			}
		}
		for status := range n["responses"].(node) {
			op.responses = append(op.responses, status)
		}
		d.operations = append(d.operations, op)
	}
}

// tighten turns the schemas under n from what the bank may answer into what
// the simulator does answer.
func tighten(n any) {
	switch n := n.(type) {
	case []any:
		for _, one := range n {
			tighten(one)
		}
	case node:
		if values, is := n["x-extensible-enum"]; is {
			n["enum"] = values
		}
		if more, is := n["x-simulator"].(node); is {
			for name, value := range more {
				n[name] = value
			}
		}
		properties, isObject := n["properties"].(node)
		if _, decided := n["additionalProperties"]; isObject && !decided {
			n["additionalProperties"] = false
			required := []any{}
			for name, p := range properties {
				if optional, _ := p.(node)["x-optional"].(bool); !optional {
					required = append(required, name)
				}
			}
			n["required"] = required
		}
		for _, one := range n {
			tighten(one)
		}
	}
}

// pointer is a JSON pointer, fit for a URL fragment.
func pointer(names ...string) string {
	out := ""
	for _, name := range names {
		out += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(name)
	}
	return out
}

// get follows a pointer.
func (d *description) get(at string) any {
	var n any = d.root
	for _, name := range strings.Split(at, "/")[1:] {
		name = strings.NewReplacer("%7B", "{", "%7D", "}", "~1", "/", "~0", "~").Replace(name)
		switch in := n.(type) {
		case node:
			n = in[name]
		case []any:
			var i int
			if _, err := fmt.Sscan(name, &i); err != nil || i >= len(in) {
				return nil
			}
			n = in[i]
		default:
			return nil
		}
	}
	return n
}

// resolve follows a pointer and the $ref found there.
func (d *description) resolve(at string) (string, node) {
	n, _ := d.get(at).(node)
	if ref, is := n["$ref"].(string); is {
		return d.resolve(strings.TrimPrefix(ref, "#"))
	}
	return at, n
}

// check holds a JSON text against the schema at a pointer.
func (d *description) check(at string, text []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return d.checkValue(at, value)
}

func (d *description) checkValue(at string, value any) error {
	d.mu.Lock()
	schema, err := d.compiler.Compile("openapi.json#" + at)
	d.mu.Unlock()
	if err != nil {
		return err
	}
	return schema.Validate(value)
}
