package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// object is a JSON object under construction.
type object map[string]any

// num is a JSON number with exactly this text.
func num(text string) json.Number { return json.Number(text) }

// with returns a copy of o with another value at path ("a.b.0.c"). The value drop removes the
// field.
func (o object) with(path string, value any) object {
	text, _ := json.Marshal(o) // maps of strings, numbers and lists do not fail
	var copied object
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	_ = d.Decode(&copied)
	set(map[string]any(copied), strings.Split(path, "."), value)
	return copied
}

type dropped struct{}

var drop dropped

func set(node any, path []string, value any) {
	switch n := node.(type) {
	case map[string]any:
		switch {
		case len(path) > 1:
			if n[path[0]] == nil {
				n[path[0]] = map[string]any{}
			}
			set(n[path[0]], path[1:], value)
		case value == drop:
			delete(n, path[0])
		default:
			n[path[0]] = value
		}
	case []any:
		i, err := strconv.Atoi(path[0])
		if err == nil && i < len(n) && len(path) > 1 {
			set(n[i], path[1:], value)
		}
	}
}

// text returns the object as JSON.
func (o object) text() string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(o) // cannot fail, as in with
	return strings.TrimSpace(b.String())
}

// doc is a JSON text and its value, in which numbers keep their text.
type doc struct {
	raw   []byte
	value any
}

func parse(raw []byte) (doc, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return doc{}, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return doc{}, errors.New("more than one JSON value")
	}
	return doc{raw, value}, nil
}

// at returns the value at path ("a.b.0"), and whether there is one, which may be null.
func (d doc) at(path string) (any, bool) {
	value := d.value
	for _, step := range strings.Split(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			next, ok := v[step]
			if !ok {
				return nil, false
			}
			value = next
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// string returns the string at path, or "".
func (d doc) string(path string) string {
	value, _ := d.at(path)
	text, _ := value.(string)
	return text
}

// show returns the value at path as JSON, for reports.
func (d doc) show(path string) string {
	value, ok := d.at(path)
	if !ok {
		return "nothing"
	}
	return spell(value)
}

func spell(value any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSpace(b.String())
}

// equal notes a failure unless the value at path is want. Types count: "5.3" is not 5.3, and
// null is not "".
func (p *probe) equal(d doc, path string, want any) {
	got, ok := d.at(path)
	p.must(ok && spell(got) == spell(want), "%s is %s, want %s", path, d.show(path), spell(want))
}

// keys returns the names in the object at path, in their order.
func (d doc) keys(path ...string) []string {
	raw := json.RawMessage(d.raw)
	for _, step := range path {
		var m map[string]json.RawMessage
		if json.Unmarshal(raw, &m) != nil {
			return nil
		}
		raw = m[step]
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil
	}
	var out []string
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return out
		}
		out = append(out, fmt.Sprint(name))
		var skip json.RawMessage
		if decoder.Decode(&skip) != nil {
			return out
		}
	}
	return out
}

// shape returns the names and types of a JSON value, in their order.
func (d doc) shape() string { return shapeOf(d.raw) }

func shapeOf(raw []byte) string {
	d, err := parse(raw)
	if err != nil {
		return "not JSON"
	}
	switch v := d.value.(type) {
	case map[string]any:
		var parts []string
		var fields map[string]json.RawMessage
		_ = json.Unmarshal(raw, &fields) // parsed above
		for _, name := range d.keys() {
			parts = append(parts, name+": "+shapeOf(fields[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var items []json.RawMessage
		_ = json.Unmarshal(raw, &items)
		if len(v) == 0 {
			return "[]"
		}
		return "[" + shapeOf(items[0]) + "]"
	case string:
		return "string"
	case json.Number:
		return "number"
	case bool:
		return "bool"
	}
	return "null"
}
