package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"dukani/models"
	"dukani/views"
)

// staffOptions is what the staff command is asked to do.
type staffOptions struct {
	verb              string
	email, name, role string
	lang              string
}

var staffVerbs = []string{"add", "list", "disable", "enable", "reset"}

// take reads the verb, which stands before the flags, and returns the rest.
func (o *staffOptions) take(args []string) ([]string, error) {
	if len(args) == 0 || !slices.Contains(staffVerbs, args[0]) {
		return nil, fmt.Errorf("staff needs one of %s; %w", strings.Join(staffVerbs, ", "), errUsage)
	}
	o.verb = args[0]
	return args[1:], nil
}

func (o *staffOptions) flags(f *flag.FlagSet) {
	if o.verb == "list" {
		return
	}
	f.StringVar(&o.email, "email", "", "their address, with which they sign in")
	if o.verb != "add" {
		return
	}
	f.StringVar(&o.name, "name", "", "their name")
	f.StringVar(&o.role, "role", "", "viewer, clerk or manager")
	f.StringVar(&o.lang, "lang", "ka", "the language of their pages, ka or en")
}

// check returns what is missing. Errors match errUsage.
func (o *staffOptions) check() error {
	_, langOK := models.ParseLang(o.lang)
	switch {
	case o.verb == "list":
		return nil
	case o.email == "":
		return fmt.Errorf("staff %s needs -email; %w", o.verb, errUsage)
	case o.verb != "add":
		return nil
	case o.name == "":
		return fmt.Errorf("staff add needs -name; %w", errUsage)
	case !slices.Contains(models.Roles, models.Role(o.role)):
		return fmt.Errorf("-role is %q, need viewer, clerk or manager; %w", o.role, errUsage)
	case !langOK:
		return fmt.Errorf("-lang is %q, need ka or en; %w", o.lang, errUsage)
	}
	return nil
}

// staff adds somebody who runs the shop, lists them, locks one out or lets one in again. A
// password that it makes is printed once and must be changed at the first sign-in.
func staff(ctx context.Context, cfg *config, store *models.Store, o staffOptions, stdout io.Writer) error {
	switch o.verb {
	case "list":
		return listStaff(ctx, store, stdout)
	case "add":
		lang, _ := models.ParseLang(o.lang)
		who, password, err := store.InviteStaff(ctx, commandLine, models.NewStaff{Name: o.name, Email: o.email, Role: models.Role(o.role), Lang: lang})
		if err != nil {
			return inWords(o.email, err)
		}
		printPassword(stdout, cfg, who, password)
		return nil
	}
	who, err := store.StaffByEmail(ctx, o.email)
	if err != nil {
		return inWords(o.email, err)
	}
	switch o.verb {
	case "disable":
		err = store.DisableStaff(ctx, commandLine, who.ID)
	case "enable":
		err = store.EnableStaff(ctx, commandLine, who.ID)
	case "reset":
		var password string
		if password, err = store.ResetStaffPassword(ctx, commandLine, who.ID, true); err == nil {
			printPassword(stdout, cfg, who, password)
		}
		return inWords(o.email, err)
	}
	if err != nil {
		return inWords(o.email, err)
	}
	fmt.Fprintf(stdout, "%s: %sd\n", who.Email, o.verb)
	return nil
}

func printPassword(w io.Writer, cfg *config, who *models.Staff, password string) {
	base := cfg.BaseURL
	if base == "" {
		base = "http://" + cfg.Addr
	}
	fmt.Fprintf(w, "sign in: %s/admin/login\nemail: %s\npassword: %s\n", base, who.Email, password)
	fmt.Fprintln(w, "The password is shown only now. It works for a week and is changed at the first sign-in.")
}

// listStaff prints everybody, with what they may do and whether they can sign in.
func listStaff(ctx context.Context, store *models.Store, stdout io.Writer) error {
	list, err := store.StaffList(ctx)
	if err != nil {
		return err
	}
	for _, m := range list {
		state := "active"
		switch {
		case m.DisabledAt != nil:
			state = "disabled"
		case m.PasswordUntil != nil:
			state = "has not signed in yet"
		case m.TOTPSecret == "":
			state = "active, without a second factor"
		}
		fmt.Fprintf(stdout, "%s  %s  %s  %s\n", m.Email, m.Role, m.Name, state)
	}
	if len(list) == 0 {
		fmt.Fprintln(stdout, "nobody; staff add -email … -name … -role manager adds the first")
	}
	return nil
}

// inWords says in English what a page would say.
func inWords(email string, err error) error {
	e, ok := errors.AsType[*models.Error](err)
	if !ok {
		return err
	}
	why := []string{}
	for _, key := range e.Fields {
		key, _, _ = strings.Cut(key, " ")
		why = append(why, views.T("en", key))
	}
	if len(why) == 0 {
		why = append(why, views.T("en", string(e.Code)))
	}
	slices.Sort(why)
	return fmt.Errorf("%s: %s", email, strings.Join(why, " "))
}
