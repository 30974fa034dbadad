package handlers_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"dukani/handlers/admin"
	"dukani/models"
	"dukani/models/storetest"
)

// paramValues are what stands in the addresses of TestAdminRights in place of a parameter; any
// other is a number that nothing has, for which a page is not there.
var paramValues = map[string]string{"day": "2026-11-01"}

var parameter = regexp.MustCompile(`:([a-z]+)`)

func addressOf(path string) string {
	return parameter.ReplaceAllStringFunc(path, func(p string) string {
		if value, ok := paramValues[p[1:]]; ok {
			return value
		}
		return "999999"
	})
}

// person is somebody who tries all addresses of the back office.
type person struct {
	name string
	role models.Role // "" for whoever is not staff
	// What the session is like: proved when, or not at all; of somebody disabled.
	stale, halfway, disabled bool
	browser                  *visitor
	key                      string // of their session
}

// meet makes everybody: one member of staff each, with the session that they have.
func (s *shop) meet() []*person {
	all := []*person{
		{name: "nobody"}, {name: "customer"}, {name: "halfway", role: models.RoleManager, halfway: true},
		{name: "viewer", role: models.RoleViewer}, {name: "clerk", role: models.RoleClerk}, {name: "manager", role: models.RoleManager},
		{name: "stale", role: models.RoleManager, stale: true}, {name: "disabled", role: models.RoleManager, disabled: true},
	}
	for _, p := range all {
		p.browser = s.visitor()
		switch {
		case p.name == "customer":
			p.browser = s.member("nino@example.ge")
		case p.role != "":
			p.browser.enterAdmin(s.hire(p.name, p.role).Email)
			p.key = p.browser.cookies["__Host-staff"]
		}
	}
	return all
}

// arrive gives somebody the session that they have, whatever happened to it.
func (p *person) arrive() {
	if p.role == "" {
		return
	}
	s, now := p.browser.shop, p.browser.store.Now()
	var proved *time.Time
	switch {
	case p.stale:
		at := now.Add(-models.StaffProofLife)
		proved = &at
	case !p.halfway:
		proved = &now
	}
	email := p.name + "@dukani.example"
	s.exec(`INSERT INTO staff_sessions (key_hash, staff_id, token, address, created_at, seen_at, proved_at)
		SELECT ?, id, 'token', '', ?, ?, ? FROM staff WHERE email = ?
		ON CONFLICT (key_hash) DO UPDATE SET token = 'token', seen_at = excluded.seen_at, proved_at = excluded.proved_at, message = '', form = ''`,
		hash(p.key), now, now, proved, email)
	var off *time.Time
	if p.disabled {
		off = &now
	}
	s.exec("UPDATE staff SET role = ?, disabled_at = ?, password_until = NULL WHERE email = ?", p.role, off, email)
	p.browser.cookies["__Host-staff"] = p.key
}

// ask requests the address of a right as a page of the back office would.
func (p *person) ask(right admin.Right, form url.Values, headers ...string) *reply {
	path := addressOf(right.Path)
	if right.Method == http.MethodGet {
		return p.browser.send(request("GET", path, nil, headers...))
	}
	if len(headers) == 0 {
		headers = []string{"Sec-Fetch-Site", "same-origin", "Referer", shopURL + "/admin/rights"}
	}
	return p.browser.send(request(right.Method, path, form, headers...))
}

// verdict is what an answer says about a right.
func verdict(right admin.Right, r *reply) string {
	to := r.Header.Get("Location")
	asked := func(page string) bool {
		return to == page && right.Path == admin.Prefix || strings.HasPrefix(to, page+"?next=")
	}
	switch {
	case r.StatusCode == http.StatusForbidden:
		return "forbidden"
	case r.StatusCode != http.StatusSeeOther:
		return "lets in"
	case asked("/admin/login"):
		return "sign in"
	case asked("/admin/login/code") && !strings.HasPrefix(right.Path, "/admin/login/"):
		return "second factor"
	case asked("/admin/confirm"):
		return "proof"
	}
	return "lets in"
}

// wanted is what the table of rights says about somebody.
func (p *person) wanted(right admin.Right) string {
	switch {
	case right.Least == "":
		return "lets in"
	case p.role == "" || p.disabled:
		return "sign in"
	case right.Least == "halfway":
		return "lets in"
	case p.halfway:
		return "second factor"
	case !p.role.Includes(right.Least):
		return "forbidden"
	case right.Money && p.stale:
		return "proof"
	}
	return "lets in"
}

func TestAdminRights(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	watch, err := s.raw.Conn(t.Context())
	must(t, err)
	defer watch.Close()
	everybody := s.meet()
	for _, right := range admin.Rights() {
		for _, p := range everybody {
			p.arrive()
			before := readState(t, watch)
			r := p.ask(right, url.Values{"token": {"token"}})
			got, want, name := verdict(right, r), p.wanted(right), right.Method+" "+right.Path
			if got != want || r.StatusCode >= http.StatusInternalServerError {
				t.Errorf("%s: %s: %q (%d to %q), want %q\n%s", name, p.name, got, r.StatusCode, r.Header.Get("Location"), want, clip(r.text))
			}
			after := readState(t, watch)
			onlyExport := after.exports > before.exports
			keepsForm := want == "proof" && right.Method == http.MethodPost
			if (right.Method == http.MethodGet && !onlyExport || want != "lets in" && !keepsForm) && after.version != before.version {
				t.Errorf("%s: %s has changed the database", name, p.name)
			}
		}
	}
}

// state is by what a change of the database shows.
type state struct{ version, exports int }

func readState(t *testing.T, db *sql.Conn) (s state) {
	t.Helper()
	must(t, db.QueryRowContext(t.Context(), "SELECT count(*) FROM audit WHERE action LIKE 'export%'").Scan(&s.exports))
	if storetest.Server() == "" { // PostgreSQL tells of a server's changes only, not of a database's
		must(t, db.QueryRowContext(t.Context(), "PRAGMA data_version").Scan(&s.version)) // moves when another connection writes
	}
	return s
}

func clip(text string) string { return text[:min(len(text), 400)] }

func TestEveryRouteOfTheBackOfficeIsInTheTableOfRights(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	served := map[string]bool{}
	for _, route := range s.server.GetRoutes(true) {
		if strings.HasPrefix(route.Path, admin.Prefix) && route.Method != http.MethodHead {
			served[route.Method+" "+route.Path] = true
		}
	}
	for _, right := range admin.Rights() {
		if key := right.Method + " " + right.Path; !served[key] {
			t.Errorf("%s is in the table and not served", key)
		} else {
			delete(served, key)
		}
		if right.Method != http.MethodGet && right.Method != http.MethodPost {
			t.Errorf("%s: no form sends that", right.Method)
		}
	}
	for key := range served {
		t.Errorf("%s is served and not in the table", key)
	}
}

// A form of the back office comes from its own page: with the session's token, from this shop.
func TestFormsOfTheBackOfficeComeFromItsPages(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.open(withBank(t, s.store))
	var manager, viewer *person
	for _, p := range s.meet() {
		switch p.name {
		case "manager":
			manager = p
		case "viewer":
			viewer = p
		}
	}
	s.exec("UPDATE staff_sessions SET token = 'another' WHERE key_hash = ?", hash(viewer.key))
	forms := 0
	for _, right := range admin.Rights() {
		if right.Method == http.MethodGet {
			continue
		}
		forms++
		for name, c := range map[string]struct {
			token   string
			headers []string
		}{
			"no token":          {"", nil},
			"somebody's token":  {"another", nil},
			"from another site": {"token", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}},
			"from a sibling":    {"token", []string{"Sec-Fetch-Site", "same-site", "Origin", "https://blog.dukani.example"}},
			"an old browser":    {"token", []string{"Origin", "https://evil.example"}},
		} {
			if right.Least == "" && c.headers == nil {
				continue // nobody has a token before the sign-in
			}
			manager.arrive()
			before := s.number("SELECT count(*) FROM audit")
			r := manager.ask(right, url.Values{"token": {c.token}}, c.headers...)
			if r.StatusCode != http.StatusForbidden || s.number("SELECT count(*) FROM audit") != before {
				t.Errorf("%s, %s: %d", right.Path, name, r.StatusCode)
			}
		}
	}
	if forms < 10 {
		t.Errorf("only %d forms were found", forms)
	}
}

func TestThePageOfRightsIsTheTable(t *testing.T) {
	t.Parallel()
	s := newShop(t, noSecondFactor)
	doc := s.staff(models.RoleViewer).open("/admin/rights")
	rows := map[string]string{}
	for _, row := range named(doc, "right").EachIter() {
		var may []string
		for _, cell := range row.Find("td").EachIter() {
			may = append(may, cell.AttrOr("data-status", ""))
		}
		rows[row.AttrOr("data-value", "")] = fmt.Sprint(may)
	}
	for key, want := range map[string]string{
		"POST /admin/staff": "[no no yes]", "GET /admin/audit": "[no no yes]", "POST /admin/me": "[yes yes yes]",
	} {
		if rows[key] != want {
			t.Errorf("%s: %s, want %s", key, rows[key], want)
		}
	}
}
