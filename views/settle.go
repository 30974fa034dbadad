package views

import (
	"fmt"
	"html/template"
	"regexp"
	"text/template/parse"
)

// indentation is what stands at the beginning of a template's lines for the eye
// of its author only. (No template has a pre or textarea over several lines.)
var indentation = regexp.MustCompile(`\n\s+`)

// settler puts what never changes into parsed templates, so that a page costs no
// look-ups: the language itself in place of {{.Lang}}, its words in place of
// {{t .Lang "key"}}, addresses in place of {{asset "css/app.css"}}. It also drops
// indentation.
type settler struct {
	lang  string
	asset func(name string) string
}

func (s settler) settle(list *parse.ListNode) error {
	if list == nil {
		return nil
	}
	for i, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.TextNode:
			n.Text = indentation.ReplaceAll(n.Text, []byte("\n"))
		case *parse.ActionNode:
			text, ok, err := s.constant(n.Pipe)
			if err != nil {
				return err
			}
			if ok {
				list.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(template.HTMLEscapeString(text))}
			}
		case *parse.IfNode:
			if err := s.branch(&n.BranchNode); err != nil {
				return err
			}
		case *parse.RangeNode:
			if err := s.branch(&n.BranchNode); err != nil {
				return err
			}
		case *parse.WithNode:
			if err := s.branch(&n.BranchNode); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s settler) branch(b *parse.BranchNode) error {
	if err := s.settle(b.List); err != nil {
		return err
	}
	return s.settle(b.ElseList)
}

// constant returns what p always comes to, and whether it does.
func (s settler) constant(p *parse.PipeNode) (text string, ok bool, err error) {
	if len(p.Cmds) != 1 || len(p.Decl) != 0 {
		return "", false, nil
	}
	args := p.Cmds[0].Args
	if len(args) == 1 {
		return s.lang, isLang(args[0]), nil
	}
	f, ok := args[0].(*parse.IdentifierNode)
	key, isText := args[len(args)-1].(*parse.StringNode)
	switch {
	case !ok || !isText:
		return "", false, nil
	case f.Ident == "asset" && len(args) == 2:
		return s.asset(key.Text), true, nil
	case f.Ident == "t" && len(args) == 3:
		words, ok := words(s.lang, key.Text)
		if !ok {
			return "", false, fmt.Errorf("no words for %q in %q", key.Text, s.lang)
		}
		return words, true, nil
	}
	return "", false, nil
}

// isLang reports whether n is .Lang or $.Lang.
func isLang(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.FieldNode:
		return len(n.Ident) == 1 && n.Ident[0] == "Lang"
	case *parse.VariableNode:
		return len(n.Ident) == 2 && n.Ident[0] == "$" && n.Ident[1] == "Lang"
	}
	return false
}
