package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
)

// input is a JSON request being read. encoding/json into structs would accept keys in any
// case ("Callback_URL"), and a simulator that is more lenient than the bank hides a
// client's mistake. The first problem is kept and becomes the answer.
type input struct {
	problem string
	strict  bool // unknown fields and numbers as strings are problems
	numbers bool // numbers as strings are problems
}

// node is one JSON object of the request.
type node struct {
	in     *input
	path   string
	fields map[string]any
	seen   []string // the fields that were read; kept only if strict
}

// What is wrong with a body that is not a JSON object.
const (
	malformed = "Malformed JSON request"
	noObject  = "The request body must be a JSON object"
)

// parse returns the fields of a body that is a JSON object, or else the problem with it.
// An empty body counts as an empty object.
func parse(body []byte) (fields map[string]any, problem string) {
	if len(bytes.TrimSpace(body)) == 0 {
		return map[string]any{}, ""
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // amounts never become floats
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, malformed
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, noObject
	}
	return fields, ""
}

// root returns the whole request as a node.
func (in *input) root(c *call) *node {
	if c.problem != "" {
		in.fail("", c.problem)
	}
	return &node{in: in, fields: c.fields}
}

func (in *input) fail(path, text string) {
	if in.problem != "" {
		return
	}
	if path != "" {
		text = path + " " + text
	}
	in.problem = text
}

func (n *node) fail(name, text string) { n.in.fail(n.at(name), text) }

func (n *node) at(name string) string {
	if n.path == "" {
		return name
	}
	return n.path + "." + name
}

// get returns the value of a field. null counts as missing.
func (n *node) get(name string) (any, bool) {
	if n.in.strict {
		n.seen = append(n.seen, name)
	}
	value, ok := n.fields[name]
	return value, ok && value != nil
}

// rejectUnknown fails if the object has a field that nothing read, and in.strict is set.
// It is called after all fields were read.
func (n *node) rejectUnknown() {
	if !n.in.strict {
		return
	}
	names := make([]string, 0, len(n.fields))
	for name := range n.fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if !slices.Contains(n.seen, name) {
			n.fail(name, "is not a known field")
		}
	}
}

// text returns a string, or nil if it is missing. A number becomes text, as in Java's decoders.
func (n *node) text(name string) *string {
	value, ok := n.get(name)
	if !ok {
		return nil
	}
	switch v := value.(type) {
	case string:
		return &v
	case json.Number:
		text := v.String()
		return &text
	}
	n.fail(name, "must be a string")
	return nil
}

// oneOf returns a string that must be one of allowed, or fallback if it is missing.
func (n *node) oneOf(name, fallback string, allowed ...string) string {
	text := n.text(name)
	if text == nil {
		return fallback
	}
	if !slices.Contains(allowed, *text) {
		n.fail(name, fmt.Sprintf("must be one of %q", allowed))
	}
	return *text
}

// number returns the decimal text of a number, and false if it is missing.
func (n *node) number(name string) (string, bool) {
	value, ok := n.get(name)
	if !ok {
		return "", false
	}
	switch v := value.(type) {
	case json.Number:
		return v.String(), true
	case string:
		if !n.in.strict && !n.in.numbers {
			return v, true
		}
	}
	n.fail(name, "must be a number")
	return "", false
}

func (n *node) money(name string) (money, bool) {
	text, ok := n.number(name)
	if !ok {
		return 0, false
	}
	m, err := parseMoney(text)
	if err != nil {
		n.fail(name, err.Error())
		return 0, false
	}
	return m, true
}

func (n *node) decimal(name string) (*big.Rat, bool) {
	text, ok := n.number(name)
	if !ok {
		return nil, false
	}
	value, ok := parseDecimal(text)
	if !ok {
		n.fail(name, "must be a number")
	}
	return value, ok
}

func (n *node) flag(name string) bool {
	value, ok := n.get(name)
	if !ok {
		return false
	}
	flag, ok := value.(bool)
	if !ok {
		n.fail(name, "must be true or false")
	}
	return flag
}

// object returns a nested object, or nil if it is missing.
func (n *node) object(name string) *node {
	value, ok := n.get(name)
	if !ok {
		return nil
	}
	fields, ok := value.(map[string]any)
	if !ok {
		n.fail(name, "must be an object")
		return nil
	}
	return &node{in: n.in, path: n.at(name), fields: fields}
}

func (n *node) objects(name string) []*node {
	value, ok := n.get(name)
	if !ok {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		n.fail(name, "must be a list")
		return nil
	}
	out := make([]*node, 0, len(list))
	for i, one := range list {
		path := n.at(name) + "[" + strconv.Itoa(i) + "]"
		fields, ok := one.(map[string]any)
		if !ok {
			n.in.fail(path, "must be an object")
			return nil
		}
		out = append(out, &node{in: n.in, path: path, fields: fields})
	}
	return out
}

func (n *node) texts(name string) []string {
	value, ok := n.get(name)
	if !ok {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		n.fail(name, "must be a list")
		return nil
	}
	out := make([]string, 0, len(list))
	for _, one := range list {
		text, ok := one.(string)
		if !ok {
			n.fail(name, "must be a list of strings")
			return nil
		}
		out = append(out, text)
	}
	return out
}
