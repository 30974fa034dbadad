package simulator

import (
	"fmt"
	"iter"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlNode is a node of a YAML file; its keys keep their order. The zero value stands for a
// missing node.
type yamlNode struct{ *yaml.Node }

func (n yamlNode) at(path ...string) yamlNode {
	for _, name := range path {
		var found yamlNode
		for key, value := range n.each() {
			if key == name {
				found = value
				break
			}
		}
		n = found
	}
	return n
}

func (n yamlNode) each() iter.Seq2[string, yamlNode] {
	return func(yield func(string, yamlNode) bool) {
		if n.Node == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, unalias(n.Content[i+1])) {
				return
			}
		}
	}
}

func (n yamlNode) list() []yamlNode {
	if n.Node == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	out := make([]yamlNode, len(n.Content))
	for i, one := range n.Content {
		out[i] = unalias(one)
	}
	return out
}

func unalias(n *yaml.Node) yamlNode {
	if n.Kind == yaml.AliasNode {
		return yamlNode{n.Alias}
	}
	return yamlNode{n}
}

func (n yamlNode) text() string {
	if n.Node == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return strings.TrimSpace(n.Value)
}

func (n yamlNode) texts() []string {
	var out []string
	for _, one := range n.list() {
		out = append(out, one.text())
	}
	return out
}

// follow returns the target of a $ref, and any other node as it is.
func (d apiReader) follow(n yamlNode) yamlNode {
	if ref := n.at("$ref").text(); ref != "" {
		return d.follow(d.root.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...))
	}
	return n
}

// json writes the node as indented JSON.
func (n yamlNode) json(indent string) string {
	inner := indent + "  "
	var parts []string
	switch {
	case n.Node == nil:
		return "null"
	case n.Kind == yaml.MappingNode:
		for key, value := range n.each() {
			parts = append(parts, string(encode(key))+": "+value.json(inner))
		}
		if len(parts) == 0 {
			return "{}"
		}
		return "{\n" + inner + strings.Join(parts, ",\n"+inner) + "\n" + indent + "}"
	case n.Kind == yaml.SequenceNode:
		for _, one := range n.list() {
			parts = append(parts, one.json(indent))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case n.Tag == "!!str":
		return string(encode(n.Value))
	}
	return n.Value
}

// examples returns the examples of a body as JSON.
func (d apiReader) examples(media yamlNode) []apiExample {
	var out []apiExample
	if one := media.at("example"); one.Node != nil {
		out = append(out, apiExample{Name: "Example", Text: one.json("")})
	}
	for _, one := range media.at("examples").each() {
		one = d.follow(one)
		out = append(out, apiExample{Name: one.at("summary").text(), Text: one.at("value").json("")})
	}
	return out
}

func (d apiReader) firstExample(media yamlNode) yamlNode {
	if one := media.at("example"); one.Node != nil {
		return one
	}
	for _, one := range media.at("examples").each() {
		return d.follow(one).at("value")
	}
	return yamlNode{}
}

// curl returns the command line for a call, in which $BANK, $TOKEN and $ID are to be set.
func curl(c apiCall, kind string, example yamlNode) string {
	path := strings.NewReplacer("{order_id}", "$ID", "{parent_order_id}", "$ID").Replace(c.Path)
	if kind == "application/x-www-form-urlencoded" {
		return `curl -s "$BANK` + path + `" -u dukani:dukani-demo-secret -d grant_type=client_credentials`
	}
	lines := []string{`curl -s "$BANK` + path + `" -H "Authorization: Bearer $TOKEN" -H 'Accept: application/json'`}
	if c.Method != "GET" {
		lines[0] = strings.Replace(lines[0], "-s ", "-s -X "+c.Method+" ", 1)
		lines = append(lines, `-H "Idempotency-Key: $(uuidgen -r)"`)
	}
	if example.Node != nil {
		body := strings.ReplaceAll(example.json(""), "'", `'\''`)
		lines = append(lines, fmt.Sprintf("-H 'Content-Type: application/json' -d '%s'", body))
	}
	return strings.Join(lines, " \\\n  ")
}

// block is a paragraph or an item of a list.
type block struct {
	Item  bool
	Spans []span
}

type span struct {
	Text       string
	Code, Bold bool
}

// blocks reads the Markdown that descriptions use: paragraphs, lists, `code` and **bold**.
func blocks(text string) []block {
	var out []block
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if paragraph == "" {
			continue
		}
		items := strings.Split("\n"+paragraph, "\n- ")
		for i, one := range items {
			if one = strings.Join(strings.Fields(one), " "); one != "" {
				out = append(out, block{Item: i > 0, Spans: spans(one)})
			}
		}
	}
	return out
}

func spans(text string) []span {
	var out []span
	for i, part := range strings.Split(text, "`") {
		if i%2 == 1 {
			out = append(out, span{Text: part, Code: true})
			continue
		}
		for k, piece := range strings.Split(part, "**") {
			if piece != "" {
				out = append(out, span{Text: piece, Bold: k%2 == 1})
			}
		}
	}
	return out
}
