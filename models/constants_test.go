package models_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The CHECK of a column and the constants of its Go type are the same set.
func TestConstantsAreWhatTheDatabaseTakes(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	constants := typedConstants(t)
	for column, name := range map[[2]string]string{
		{"orders", "status"}: "OrderStatus", {"orders", "fulfilment"}: "Fulfilment", {"staff", "role"}: "Role", {"payments", "state"}: "PaymentState", {"payments", "kind"}: "PaymentKind",
		{"refunds", "state"}: "ActionState", {"captures", "state"}: "ActionState", {"saved_cards", "state"}: "CardState", {"saved_cards", "kind"}: "CardKind",
		{"ledger", "kind"}: "LedgerKind", {"order_accesses", "what"}: "AccessKind", {"stock_moves", "kind"}: "moveKind", {"mail_links", "purpose"}: "LinkPurpose",
		{"splits", "state"}: "SplitState", {"split_shares", "state"}: "SplitState", {"splits", "why"}: "SplitWhy",
		{"daily_figures", "figure"}: "figure", {"returns", "state"}: "ReturnState", {"payments", "wallet_state"}: "WalletState",
		{"products", "withdrawal"}: "Withdrawal", {"order_lines", "withdrawal"}: "Withdrawal",
	} {
		schema := s.checks(column[0])
		check := regexp.MustCompile(`CHECK \(` + column[1] + ` IN \(([^)]*)\)`).FindStringSubmatch(schema)
		if check == nil {
			t.Errorf("%s has no CHECK for what it takes", column)
			continue
		}
		var takes []string
		for _, word := range regexp.MustCompile(`'([^']*)'`).FindAllStringSubmatch(check[1], -1) {
			takes = append(takes, word[1])
		}
		slices.Sort(takes)
		if has := slices.Sorted(maps.Keys(constants[name])); !slices.Equal(takes, has) {
			t.Errorf("%s takes %q, constants of %s are %q", column, takes, name, has)
		}
	}
}

// checks is the statement that made a table.
func (s *shop) checks(table string) string {
	s.t.Helper()
	if !s.Postgres() {
		return s.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", table)
	}
	files, err := filepath.Glob("migrations/postgres/*.sql")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		if _, rest, ok := strings.Cut(string(text), "CREATE TABLE "+table+" ("); ok {
			statement, _, _ := strings.Cut(rest, "\n);")
			return statement
		}
	}
	s.t.Fatalf("no migration makes %s", table)
	return ""
}

// typedConstants reads the package's text constants by the name of their type.
func typedConstants(t *testing.T) map[string]map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]bool{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			kind, typed := spec.Type.(*ast.Ident)
			value, text := spec.Values[0].(*ast.BasicLit)
			if typed && text && value.Kind == token.STRING {
				if found[kind.Name] == nil {
					found[kind.Name] = map[string]bool{}
				}
				word, _ := strconv.Unquote(value.Value)
				found[kind.Name][word] = true
			}
			return true
		})
	}
	return found
}
