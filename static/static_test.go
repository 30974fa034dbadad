package static_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/gofiber/fiber/v2"

	"dukani/static"
)

func newServer(t *testing.T) (*static.Assets, *fiber.App) {
	t.Helper()
	assets, err := static.New()
	if err != nil {
		t.Fatal(err)
	}
	app := fiber.New(fiber.Config{Immutable: true})
	app.Get(static.Prefix+"*", assets.Handler())
	return assets, app
}

func get(t *testing.T, app *fiber.App, method, path, encoding string) (*http.Response, []byte) {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	resp, err := app.Test(r, -1)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

func TestAssets(t *testing.T) {
	assets, app := newServer(t)
	for name, want := range map[string]struct {
		contentType string
		packed      bool
	}{
		"pictures/hero.svg":                {"image/svg+xml", true},
		"pictures/products/apple-160.webp": {"image/webp", false},
		"pictures/apple-touch-icon.png":    {"image/png", false},
		"fonts/noto-serif-georgian.woff2":  {"font/woff2", false},
		"css/app.css":                      {"text/css; charset=utf-8", true},
		"js/app.js":                        {"text/javascript; charset=utf-8", true},
	} {
		t.Run(name, func(t *testing.T) {
			url := assets.URL(name)
			if !regexp.MustCompile(`^/static/.+\.[0-9a-f]{10}\.[a-z0-9]+$`).MatchString(url) {
				t.Fatalf("URL = %q, want a hashed name", url)
			}
			_, plain := get(t, app, "GET", url, "")
			for _, encoding := range []string{"", "gzip", "gzip, deflate, br, zstd"} {
				resp, body := get(t, app, "GET", url, encoding)
				if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != want.contentType ||
					resp.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" ||
					resp.Header.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("accepting %q: %d %v", encoding, resp.StatusCode, resp.Header)
				}
				if got := resp.Header.Get("Content-Encoding") != ""; got != (want.packed && encoding != "") {
					t.Errorf("accepting %q: Content-Encoding = %q", encoding, resp.Header.Get("Content-Encoding"))
				}
				if !bytes.Equal(unpack(t, resp, body), plain) {
					t.Errorf("accepting %q: content differs", encoding)
				}
			}
			resp, body := get(t, app, "HEAD", url, "")
			if resp.StatusCode != 200 || len(body) != 0 || resp.ContentLength != int64(len(plain)) {
				t.Errorf("HEAD = %d with %d bytes, length %d, want 200 with none and %d", resp.StatusCode, len(body), resp.ContentLength, len(plain))
			}
		})
	}
}

func unpack(t *testing.T, resp *http.Response, body []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(body)
	switch resp.Header.Get("Content-Encoding") {
	case "br":
		r = brotli.NewReader(r)
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestUnknownAssets(t *testing.T) {
	assets, app := newServer(t)
	for name, path := range map[string]string{
		"without hash":      "/static/pictures/hero.svg",
		"wrong hash":        strings.Replace(assets.URL("pictures/hero.svg"), "hero.", "hero.0", 1),
		"not an asset":      "/static/fonts/join.py",
		"licence":           "/static/fonts/OFL.txt",
		"source":            "/static/static.go",
		"outside":           "/static/../main.go",
		"folder":            "/static/pictures/",
		"URL of an unknown": assets.URL("pictures/nothing.svg"),
	} {
		if resp, _ := get(t, app, "GET", path, ""); resp.StatusCode != 404 {
			t.Errorf("%s: GET %s = %d, want 404", name, path, resp.StatusCode)
		}
	}
}

func TestStyleSheetsReferToHashedNames(t *testing.T) {
	assets, app := newServer(t)
	_, css := get(t, app, "GET", assets.URL("css/app.css"), "")
	refs := regexp.MustCompile(`url\(([^)]+)\)`).FindAllSubmatch(css, -1)
	if len(refs) == 0 {
		t.Fatal("the style sheet refers to no font")
	}
	for _, ref := range refs {
		if url := string(ref[1]); !strings.HasPrefix(url, "data:") {
			if resp, _ := get(t, app, "GET", url, ""); resp.StatusCode != 200 {
				t.Errorf("GET %s = %d, want 200", url, resp.StatusCode)
			}
		}
	}
}

func TestStyleSheetHasAllParts(t *testing.T) {
	assets, app := newServer(t)
	_, shop := get(t, app, "GET", assets.URL("css/app.css"), "")
	_, office := get(t, app, "GET", assets.URL("css/admin.css"), "")
	parts, err := filepath.Glob("css/*.css")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range parts {
		text, err := os.ReadFile(part)
		if err != nil {
			t.Fatal(err)
		}
		opening, _, _ := bytes.Cut(text, []byte("\n"))
		css := shop
		if strings.HasPrefix(filepath.Base(part), "admin") {
			css = office
		}
		if !bytes.Contains(css, opening) {
			t.Errorf("%s is not imported", part)
		}
	}
	if bytes.Contains(slices.Concat(shop, office), []byte("@import")) {
		t.Error("a page loads more than one style sheet")
	}
}

func TestNegotiate(t *testing.T) {
	for accept, want := range map[string]string{
		"":                        "",
		"identity":                "",
		"gzip":                    "gzip",
		"gzip, deflate, br, zstd": "br",
		"br;q=0, gzip":            "gzip",
		"br; q=0, gzip; q=0.0":    "",
		"gzip;q=0.5":              "gzip",
		"brotli, x-gzip":          "",
	} {
		if got := static.Negotiate(accept, "br", "gzip"); got != want {
			t.Errorf("Negotiate(%q) = %q, want %q", accept, got, want)
		}
	}
	if got := static.Negotiate("br", "gzip"); got != "" {
		t.Errorf("a client that knows only br is offered %q", got)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := static.New(); err != nil {
			b.Fatal(err)
		}
	}
}
