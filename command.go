package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

const usage = `usage: dukani [command]

  (none)       serve the shop; beside the simulated bank unless BOG_ENV says otherwise
  migrate      bring the database up to date, and search with texts that another program changed
  seed         put the demo catalogue in; -products N adds N made-up products
  copy bog DIR write the bank's client into a folder of your own module; -tests with its tests,
               -conformance with the checks that a bank speaks the API
  reconcile    ask the bank about every payment that is due, once, and list what needs review (then it ends with status 2);
               instead of the round: -ask NUMBER asks about one order, -retry-refund ID asks again for a refund that was
               rejected, -resolve ID -because "…" closes an item, -day 2026-11-27 compares the ledger of a day with the
               bank's receipts (status 2 if they differ)
  staff        who runs the shop: add -email ADDRESS -name NAME -role viewer|clerk|manager prints a password to begin with;
               list; disable or enable -email ADDRESS; reset -email ADDRESS takes the second factor away and prints a new
               password. This one and reconcile can be used while the shop runs
  move         take a stopped shop over from its SQLite file into an empty PostgreSQL database: -to postgres://…
  backup DIR   write a copy of the SQLite file into a folder, also while the shop runs
  restore FILE make a backup the database, where there is none; order numbers then go on 10,000 above its last
  help         show this

Settings are environment variables; .env.example explains each.
`

// errUsage says that the program was called in a way it does not know.
var errUsage = errors.New("see dukani --help")

// command is what the program was told to do.
type command struct {
	name     string // "" is serve
	products int
	copied   copyOptions
	todo     reconcileOptions
	staff    staffOptions
	to       string // where move moves to
	place    string // the folder of backup, the file of restore
	flags    *flag.FlagSet
}

// parseCommand reads the arguments of the program. Errors match errUsage.
func parseCommand(args []string) (*command, error) {
	if len(args) > 0 && args[0] == "help" || slices.ContainsFunc(args, asksForHelp) {
		return &command{name: "help"}, nil
	}
	c := &command{}
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		c.name, args = args[0], args[1:]
	}
	c.flags = flag.NewFlagSet(c.name, flag.ContinueOnError)
	c.flags.SetOutput(io.Discard) // its errors say what the matter is
	switch c.name {
	case "copy":
		c.flags.BoolVar(&c.copied.tests, "tests", false, "with the tests")
		c.flags.BoolVar(&c.copied.conformance, "conformance", false, "with the conformance suite")
	case "seed":
		c.flags.IntVar(&c.products, "products", 0, "how many made-up products to add")
	case "reconcile":
		c.todo.flags(c.flags)
	case "move":
		c.flags.StringVar(&c.to, "to", "", "the URL of an empty PostgreSQL database")
	case "staff":
		rest, err := c.staff.take(args)
		if err != nil {
			return nil, err
		}
		args = rest
		c.staff.flags(c.flags)
	case "", "migrate", "backup", "restore":
	default:
		return nil, fmt.Errorf("there is no command %q; %w", c.name, errUsage)
	}
	switch err := c.flags.Parse(args); {
	case err != nil:
		return nil, fmt.Errorf("%w; %w", err, errUsage)
	case c.name == "backup", c.name == "restore":
		return c, c.takePlace()
	case c.flags.NArg() > 0 && c.name != "copy":
		return nil, fmt.Errorf("nothing can be done with %q; %w", c.flags.Arg(0), errUsage)
	case c.products < 0:
		return nil, fmt.Errorf("-products cannot be less than 0; %w", errUsage)
	case c.name == "staff":
		return c, c.staff.check()
	case c.name == "move":
		return c, checkMove(c.to)
	}
	return c, nil
}

func asksForHelp(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" }
