package main

import (
	"context"
	"database/sql"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dukani/models"
)

// say runs a command that must work and returns what it prints.
func say(t *testing.T, getenv func(string) string, args ...string) string {
	t.Helper()
	var said strings.Builder
	if err := run(t.Context(), args, getenv, &said, io.Discard); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	return said.String()
}

var printedPassword = regexp.MustCompile(`(?m)^password: ([a-z2-7]{4}(?:-[a-z2-7]{4}){3})$`)

// enter posts to the sign-in of the back office and returns where it leads.
func enter(t *testing.T, shop, email, password string) (to string) {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(shop+"/admin/login", url.Values{"email": {email}, "password": {password}})
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.Header.Get("Location")
}

// The first manager is added from the command line, also beside a running shop; with a real
// bank the password alone opens nothing.
func TestStaffFromTheCommandLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.db")
	pairs := append(realBank("sandbox"), "DATABASE_URL", file)
	getenv := settings(own(t, pairs...)...)
	if said := say(t, getenv, "staff", "list"); !strings.Contains(said, "nobody") {
		t.Errorf("an empty list: %q", said)
	}
	at, stop := launch(t, pairs...)
	said := say(t, getenv, "staff", "add", "-email", "Tamar@Candles.ge", "-name", "თამარ", "-role", "manager")
	first := printedPassword.FindStringSubmatch(said)
	if first == nil || !strings.Contains(said, "sign in: https://shop.example/admin/login\nemail: tamar@candles.ge\n") {
		t.Fatalf("it prints %q", said)
	}
	if to := enter(t, at["shop"], "tamar@candles.ge", first[1]); to != "/admin/login/code" {
		t.Errorf("the password leads to %q", to)
	}
	if to := enter(t, at["shop"], "tamar@candles.ge", "another-password"); to != "" {
		t.Errorf("a wrong password leads to %q", to)
	}
	second := printedPassword.FindStringSubmatch(say(t, getenv, "staff", "reset", "-email", "tamar@candles.ge"))
	if second == nil || second[1] == first[1] {
		t.Fatalf("reset prints %v", second)
	}
	if to := enter(t, at["shop"], "tamar@candles.ge", first[1]); to != "" {
		t.Error("the password from before the reset works")
	}
	if to := enter(t, at["shop"], "tamar@candles.ge", second[1]); to == "" {
		t.Error("the password of the reset does not work")
	}
	say(t, getenv, "staff", "add", "-email", "giorgi@candles.ge", "-name", "Giorgi", "-role", "clerk", "-lang", "en")
	say(t, getenv, "staff", "disable", "-email", "giorgi@candles.ge")
	if said := say(t, getenv, "staff", "list"); !strings.Contains(said, "giorgi@candles.ge  clerk  Giorgi  disabled\n") ||
		!strings.Contains(said, "tamar@candles.ge  manager") {
		t.Errorf("list: %q", said)
	}
	say(t, getenv, "staff", "enable", "-email", "giorgi@candles.ge")
	for want, args := range map[string][]string{
		"There is somebody with this address already": {"add", "-email", "giorgi@candles.ge", "-name", "Giorgi", "-role", "clerk"},
		"This is the last manager":                    {"disable", "-email", "tamar@candles.ge"},
		"There is no such member of staff":            {"reset", "-email", "nobody@candles.ge"},
	} {
		if err := run(t.Context(), append([]string{"staff"}, args...), getenv, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var lines int
	err = db.QueryRow(`SELECT count(*) FROM audit WHERE who = 'command line' AND staff_id IS NULL
		AND action IN ('staff_add', 'staff_disable', 'staff_enable', 'password_reset')`).Scan(&lines)
	if err != nil || lines != 5 {
		t.Errorf("%d lines in the audit list, %v", lines, err)
	}
}

// Whoever tried the shop beside the simulated bank must not find the demo manager beside a real
// one.
func TestNoDemoManagerBesideARealBank(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "shop.db")
	store, err := models.Open(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.AddStaff(t.Context(), models.Actor{Email: "test"}, models.NewStaff{
		Name: "Demo", Email: "staff@example.ge", Password: "dukani-staff", Role: models.RoleViewer, Lang: models.En,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, args := range everyCommand {
		if said := refused(t, args, append(realBank("live"), "DATABASE_URL", file)...); !strings.Contains(said, "staff@example.ge") {
			t.Errorf("%v: started with the demo manager: %v", args, said)
		}
	}
}
