// Package static holds what pages refer to: style sheets, scripts, fonts and
// pictures. Each file is served under a name that contains the hash of its
// content, so that browsers may keep it for ever.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
)

//go:embed */*
var files embed.FS

// Prefix is where the assets live.
const Prefix = "/static/"

// ForEver lets browsers keep a file without asking again: its name changes with its content.
const ForEver = "public, max-age=31536000, immutable"

// types lists what is served. Other files, such as licences and notes, are for readers of
// the source.
var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".webp":        "image/webp",
	".woff2":       "font/woff2",
	".ico":         "image/x-icon",
	".webmanifest": "application/manifest+json",
}

// Assets is the set of all files. Make it with New.
type Assets struct {
	byName map[string]*asset // "css/app.css"
	byURL  map[string]*asset // "/static/css/app.e598f4ac59.css"
}

type asset struct {
	url         string
	contentType string

	// The content is read and compressed when it is first asked for, so that the start is fast.
	plain  func() []byte
	packs  bool
	brotli func() []byte
	gzip   func() []byte
}

// New reads the embedded files and works out their public names. It fails when a
// style sheet refers to a file that is not there.
func New() (*Assets, error) {
	a := &Assets{byName: map[string]*asset{}, byURL: map[string]*asset{}}
	var sheets []string
	buffer := make([]byte, 32<<10)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir():
			return err
		case types[path.Ext(name)] == "":
			return nil
		case path.Ext(name) == ".css" || path.Ext(name) == ".webmanifest":
			sheets = append(sheets, name) // after the files they refer to
			return nil
		}
		sum, err := sumOf(name, buffer)
		a.add(name, sum, sync.OnceValue(func() []byte {
			content, _ := files.ReadFile(name) // is part of the program
			return content
		}))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("static: %w", err)
	}
	for _, name := range sheets {
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("static: %w", err)
		}
		if content, err = join(name, content); err != nil {
			return nil, fmt.Errorf("static: %w", err)
		}
		if content, err = a.rewrite(name, content); err != nil {
			return nil, fmt.Errorf("static: %s: %w", name, err)
		}
		sum := sha256.Sum256(content)
		a.add(name, sum[:], func() []byte { return content })
	}
	return a, nil
}

// sumOf reads a file piece by piece: all pictures at once would stay in memory.
func sumOf(name string, buffer []byte) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.CopyBuffer(h, f, buffer)
	return h.Sum(nil), err
}

func (a *Assets) add(name string, sum []byte, content func() []byte) {
	ext := path.Ext(name)
	f := &asset{
		url:         Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:5]) + ext,
		contentType: types[ext],
		plain:       content,
	}
	switch ext {
	case ".css", ".js", ".svg", ".webmanifest":
		f.packs = true
		f.brotli = sync.OnceValue(func() []byte { return packBrotli(content()) })
		f.gzip = sync.OnceValue(func() []byte { return packGzip(content()) })
	}
	a.byName[name], a.byURL[f.url] = f, f
}

// imported finds the parts of a style sheet.
var imported = regexp.MustCompile(`@import url\("([^"]+)"\) layer\((\w+)\);`)

// join puts the parts of a style sheet in place of their imports, so that a page loads one file.
func join(name string, content []byte) ([]byte, error) {
	var missing error
	joined := imported.ReplaceAllFunc(content, func(match []byte) []byte {
		groups := imported.FindSubmatch(match)
		part, err := files.ReadFile(path.Join(path.Dir(name), string(groups[1])))
		if err != nil {
			missing = err
		}
		return fmt.Appendf(nil, "@layer %s {\n%s}", groups[2], part)
	})
	return joined, missing
}

// reference finds what a style sheet or a manifest refers to.
var reference = regexp.MustCompile(`url\(\s*['"]?([^'")]+)['"]?\s*\)|"src":\s*"([^"]+)"`)

// rewrite replaces references to other assets by their public names.
func (a *Assets) rewrite(name string, content []byte) ([]byte, error) {
	var missing error
	out := reference.ReplaceAllFunc(content, func(match []byte) []byte {
		groups := reference.FindSubmatch(match)
		target := string(groups[1]) + string(groups[2])
		if strings.HasPrefix(target, "data:") || strings.HasPrefix(target, "#") {
			return match
		}
		file, fragment, _ := strings.Cut(target, "#")
		if rooted, ok := strings.CutPrefix(file, Prefix); ok {
			file = rooted
		} else {
			file = path.Join(path.Dir(name), file)
		}
		f, ok := a.byName[file]
		if !ok {
			missing = fmt.Errorf("refers to %q, which does not exist", target)
			return match
		}
		url := f.url
		if fragment != "" {
			url += "#" + fragment
		}
		if len(groups[2]) > 0 {
			return []byte(`"src": "` + url + `"`)
		}
		return []byte("url(" + url + ")")
	})
	return out, missing
}

// URL returns the path under which the asset with the given name, "css/app.css",
// is served. A name that does not exist gets a path that answers 404.
func (a *Assets) URL(name string) string {
	if f, ok := a.byName[name]; ok {
		return f.url
	}
	return Prefix + name
}

// Has reports whether there is an asset with the given name.
func (a *Assets) Has(name string) bool { return a.byName[name] != nil }

// Names lists the assets whose names begin so.
func (a *Assets) Names(beginning string) (list []string) {
	for name := range a.byName {
		if strings.HasPrefix(name, beginning) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// Handler serves the assets under Prefix; what it does not know is
// fiber.ErrNotFound.
func (a *Assets) Handler() fiber.Handler {
	return func(c *fiber.Ctx) error {
		f, ok := a.byURL[c.Path()]
		if !ok {
			return fiber.ErrNotFound
		}
		c.Set(fiber.HeaderCacheControl, ForEver)
		f.send(c)
		return nil
	}
}

// File serves one asset under a fixed address, which browsers ask for on their
// own ("/favicon.ico"); they may keep it for a day.
func (a *Assets) File(name string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		f, ok := a.byName[name]
		if !ok {
			return fiber.ErrNotFound
		}
		c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
		f.send(c)
		return nil
	}
}

func (f *asset) send(c *fiber.Ctx) {
	pack := f.plain
	if f.packs {
		c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
		switch encoding := Negotiate(c.Get(fiber.HeaderAcceptEncoding), "br", "gzip"); encoding {
		case "br":
			pack = f.brotli
			c.Set(fiber.HeaderContentEncoding, encoding)
		case "gzip":
			pack = f.gzip
			c.Set(fiber.HeaderContentEncoding, encoding)
		}
	}
	c.Set(fiber.HeaderContentType, f.contentType)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Response().SetBodyRaw(pack())
}
