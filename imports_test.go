package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed says which packages of the shop each package may import. A new package
// has to be entered here, a new import to be thought about.
var allowed = map[string][]string{
	"dukani": {
		"dukani/handlers", "dukani/models", "dukani/models/catalog", "dukani/payments", "dukani/payments/bog", "dukani/payments/simulator",
		"dukani/payments/simulator/identity", "dukani/seed", "dukani/static", "dukani/views",
	},
	"dukani/bench":                          {"dukani/e2e/postgres"},
	"dukani/e2e/chaos":                      {"dukani/e2e/chaos/check", "dukani/e2e/postgres"},
	"dukani/e2e/chaos/check":                {},
	"dukani/e2e/faults":                     {},
	"dukani/e2e/postgres":                   {},
	"dukani/e2e/postgres/cmd/with-postgres": {"dukani/e2e/postgres"},
	"dukani/handlers": {
		"dukani/handlers/admin", "dukani/handlers/oidc", "dukani/handlers/pagecache", "dukani/models", "dukani/models/catalog", "dukani/payments", "dukani/payments/bog",
		"dukani/static", "dukani/views",
	},
	"dukani/handlers/admin":                               {"dukani/models", "dukani/models/catalog", "dukani/payments", "dukani/pictures", "dukani/static", "dukani/views"},
	"dukani/handlers/oidc":                                {},
	"dukani/handlers/pagecache":                           {},
	"dukani/models":                                       {},
	"dukani/models/catalog":                               {"dukani/models"},
	"dukani/models/storetest":                             {"dukani/models"},
	"dukani/payments":                                     {"dukani/models", "dukani/payments/bog"},
	"dukani/payments/apitest":                             {},
	"dukani/payments/bog":                                 {},
	"dukani/payments/bog/conformance":                     {"dukani/payments/bog"},
	"dukani/payments/bog/conformance/cmd/bog-conformance": {"dukani/payments/bog/conformance"},
	"dukani/payments/lives":                               {},
	"dukani/payments/planted":                             {},
	"dukani/payments/simulator":                           {},
	"dukani/payments/simulator/cmd/bog-simulator":         {"dukani/payments/simulator"},
	"dukani/payments/simulator/identity":                  {},
	"dukani/payments/simulator/simtest":                   {"dukani/payments/simulator", "dukani/payments/simulator/identity"},
	"dukani/pictures":                                     {},
	"dukani/seed":                                         {"dukani/models", "dukani/models/catalog"},
	"dukani/static":                                       {},
	"dukani/views":                                        {},
}

// forbidden are imports from elsewhere that a package must never have.
var forbidden = map[string][]string{
	"dukani/models":             {"net/http", "github.com/gofiber/fiber/v2"},
	"dukani/handlers/oidc":      {"github.com/gofiber/fiber/v2"},
	"dukani/models/catalog":     {"net/http", "github.com/gofiber/fiber/v2"},
	"dukani/payments":           {"github.com/gofiber/fiber/v2"},
	"dukani/payments/bog":       {"gorm.io/gorm", "github.com/gofiber/fiber/v2"},
	"dukani/payments/simulator": {"testing", "github.com/gofiber/fiber/v2"},

	"dukani/payments/simulator/identity": {"testing", "github.com/gofiber/fiber/v2"},
}

func TestImportsPointOneWay(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg, imports := fields[0], fields[1:]
		may, known := allowed[pkg]
		if !known {
			t.Errorf("%s is not in the list", pkg)
		}
		for _, i := range imports {
			ours := i == "dukani" || strings.HasPrefix(i, "dukani/")
			if ours && !slices.Contains(may, i) || slices.Contains(forbidden[pkg], i) {
				t.Errorf("%s must not import %s", pkg, i)
			}
		}
	}
}

// Later releases of fasthttp break Fiber v2; a dependency can raise it silently.
func TestFasthttpIsTheOneFiberWasMadeFor(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/valyala/fasthttp").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(out)); got != "v1.51.0" {
		t.Errorf("fasthttp %s, want v1.51.0", got)
	}
}

// GORM's driver asks for an SQLite engine in C, which nothing uses; go.mod puts an
// empty package in its place. Were it compiled, the first start would take a third
// longer.
func TestTheBinaryHasOneSQLiteEngine(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "-f",
		`{{if not .Standard}}{{if or .CgoFiles (eq .ImportPath "modernc.org/sqlite")}}{{.ImportPath}}{{end}}{{end}}`, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(strings.Fields(string(out)), " "); got != "modernc.org/sqlite" {
		t.Errorf("engines and packages in C: %s; want modernc.org/sqlite alone", got)
	}
}

// GO-2026-4950 is in how the fasthttp that Fiber was made for serves files from a folder,
// and the release that mends it breaks Fiber. The shop's files are embedded: nothing of
// ours may call what leads there.
func TestNobodyServesFilesFromAFolder(t *testing.T) {
	t.Parallel()
	leadsThere := []string{
		"SendFile", "SendFileBytes", "Download", "Static", "FSHandler", "NewRequestHandler", "ServeFS", "ServeFile",
		"ServeFileBytes", "ServeFileUncompressed", "ServeFileBytesUncompressed",
	}
	out, err := exec.Command("go", "list", "-f", `{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}{{"\n"}}{{end}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for name := range strings.FieldsSeq(string(out)) {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool {
			return strings.Contains(i.Path.Value, "gofiber/fiber") || strings.Contains(i.Path.Value, "valyala/fasthttp")
		}) {
			continue
		}
		looked++
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(leadsThere, s.Sel.Name) {
				t.Errorf("%s: %s", set.Position(s.Pos()), s.Sel.Name)
			}
			return true
		})
	}
	if looked < 10 {
		t.Errorf("looked at %d files only", looked)
	}
}
