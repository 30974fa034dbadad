package main

import (
	"errors"
	"flag"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

// bogPath is the import path of the bank's client in this module, and its folder
// in the checkout without the module's name.
const (
	bogPath   = "dukani/payments/bog"
	bogFolder = "payments/bog"
)

// copyOptions says what of the bank's client is copied besides the client itself.
type copyOptions struct{ tests, conformance bool }

// runCopy carries out "copy bog DIR", whose flags may stand before or after the folder.
func runCopy(flags *flag.FlagSet, o *copyOptions, stdout io.Writer) error {
	var names []string
	for flags.NArg() > 0 {
		names = append(names, flags.Arg(0))
		if err := flags.Parse(flags.Args()[1:]); err != nil {
			return fmt.Errorf("%w; %w", err, errUsage)
		}
	}
	if len(names) != 2 || names[0] != "bog" {
		return fmt.Errorf("copy: want \"copy bog DIR\"; %w", errUsage)
	}
	return copyBog(names[1], *o, stdout)
}

// copyBog writes the bank's client into dir, a folder of another module, with its
// import paths set to where it now is. It reads the checkout in the working folder
// and writes into no folder that holds anything.
func copyBog(dir string, o copyOptions, stdout io.Writer) error {
	checkout := os.DirFS(".")
	if _, err := fs.Stat(checkout, bogFolder+"/client.go"); err != nil {
		return fmt.Errorf("copy: run this in a checkout of the shop: %w", err)
	}
	importPath, err := importPathOf(dir)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	if held, err := os.ReadDir(dir); err == nil && len(held) > 0 {
		return fmt.Errorf("copy: %s is not empty", dir)
	}
	files := 0
	err = fs.WalkDir(checkout, bogFolder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		in := strings.TrimPrefix(name, bogFolder+"/")
		if !o.wants(in) {
			return nil
		}
		content, err := fs.ReadFile(checkout, name)
		if err != nil {
			return err
		}
		if path.Ext(name) == ".go" {
			if content, err = moveImports(content, importPath); err != nil || content == nil {
				return err
			}
		}
		files++
		return writeCopy(filepath.Join(dir, filepath.FromSlash(in)), content)
	})
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	licence, err := fs.ReadFile(checkout, "LICENSE")
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	if err := writeCopy(filepath.Join(dir, "LICENSE"), licence); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	fmt.Fprintf(stdout, "%d files are in %s as %q; now run \"go mod tidy\" there\n", files, dir, importPath)
	return nil
}

// wants reports whether the file called name, as seen from the client's folder, is
// to be copied.
func (o copyOptions) wants(name string) bool {
	isTest := strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "testdata/")
	isConformance := strings.HasPrefix(name, "conformance/")
	return (o.tests || !isTest) && (o.conformance || !isConformance)
}

// moveImports returns a source file with the client's import paths changed to
// importPath. It returns nil for a test that needs another package of the shop.
func moveImports(source []byte, importPath string) ([]byte, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	moved := string(source)
	for _, i := range file.Imports {
		old, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return nil, err
		}
		rest, isClient := strings.CutPrefix(old, bogPath)
		if isClient && (rest == "" || rest[0] == '/') {
			moved = strings.ReplaceAll(moved, i.Path.Value, strconv.Quote(importPath+rest))
		} else if strings.HasPrefix(old, "dukani/") {
			return nil, nil
		}
	}
	return format.Source([]byte(moved)) // which sorts the imports anew
}

// importPathOf returns the import path that a package in dir has, from the go.mod
// above it.
func importPathOf(dir string) (string, error) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	below := ""
	for {
		text, err := os.ReadFile(filepath.Join(at, "go.mod"))
		if err == nil {
			return path.Join(modfile.ModulePath(text), below), nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if filepath.Dir(at) == at {
			return "", fmt.Errorf("no go.mod is above %s: run \"go mod init\" in your shop first", dir)
		}
		below, at = path.Join(filepath.Base(at), below), filepath.Dir(at)
	}
}

func writeCopy(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o644)
}
