package apitest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// sightings are the statuses, fields and values met so far.
type sightings struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (s *sightings) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[what] = true
}

// visit calls note for every described field that has a value, for those that
// are null, and for every listed value met.
func (d *description) visit(at string, value any, note func(string)) {
	at, schema := d.resolve(at)
	if value == nil || schema == nil {
		return
	}
	if values := listed(schema); values != nil {
		note(fmt.Sprintf("%s = %v", short(at), value))
	}
	switch value := value.(type) {
	case []any:
		for _, one := range value {
			d.visit(at+"/items", one, note)
		}
	case node:
		variants, _ := schema["anyOf"].([]any)
		for i := range variants {
			if branch := fmt.Sprintf("%s/anyOf/%d", at, i); d.checkValue(branch, value) == nil {
				d.visit(branch, value, note)
			}
		}
		for name, one := range value {
			if field := short(at + pointer("properties", name)); one == nil {
				note(field + " = null")
			} else {
				note(field)
			}
			d.visit(at+pointer("properties", name), one, note)
		}
	}
}

// listed are the values of a schema, if it lists them.
func listed(schema node) []any {
	if values, is := schema["enum"].([]any); is {
		return values
	}
	values, _ := schema["x-extensible-enum"].([]any)
	return values
}

// nullable says whether null is among the types of a schema.
func nullable(schema node) bool {
	types, _ := schema["type"].([]any)
	return schema["type"] == "null" || slices.Contains(types, any("null"))
}

// expected is everything that visit could report below a schema.
func (d *description) expected(at string, want map[string]bool) {
	at, schema := d.resolve(at)
	if schema == nil || want["visited "+at] {
		return
	}
	want["visited "+at] = true
	for _, value := range listed(schema) {
		if value != nil {
			want[fmt.Sprintf("%s = %v", short(at), value)] = true
		}
	}
	properties, _ := schema["properties"].(node)
	for name := range properties {
		field := at + pointer("properties", name)
		want[short(field)] = true
		if _, of := d.resolve(field); nullable(of) {
			want[short(field)+" = null"] = true
		}
		d.expected(field, want)
	}
	d.expected(at+"/items", want)
	variants, _ := schema["anyOf"].([]any)
	for i := range variants {
		d.expected(fmt.Sprintf("%s/anyOf/%d", at, i), want)
	}
}

// everything is what a complete exercise of the description would meet: each
// status of each call, each field with a value and, if it may be, null, each
// listed value.
func (d *description) everything() []string {
	want := map[string]bool{}
	for _, op := range d.operations {
		for _, key := range op.responses {
			want[op.id+" "+key] = true
			at, _ := d.resolve(op.at + "/responses/" + key)
			d.expected(at+"/content/application~1json/schema", want)
		}
		d.expected(op.at+"/requestBody/content/application~1json/schema", want)
	}
	var out []string
	for one := range want {
		if !strings.HasPrefix(one, "visited ") {
			out = append(out, one)
		}
	}
	return out
}

// short makes a pointer readable: "OrderRequest.buyer.full_name".
func short(at string) string {
	at = strings.TrimPrefix(at, "/components/schemas/")
	return strings.NewReplacer("/properties/", ".", "/items", "[]").Replace(at)
}
